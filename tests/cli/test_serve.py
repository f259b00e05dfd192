"""The demonstration is stopped as a person stops it: Ctrl-C in its terminal, with pages still open in a browser."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from tests.journeys.conftest import ROOT, free_port

PATIENCE = 90
DEMONSTRATION = f"""
from lms.cli import main, serve
from lms.demo import data

data.prepare = lambda say: None  # without the ready accounts
serve.GRACE_SECONDS = {PATIENCE * 3}  # who waits for the connections is not there in time
raise SystemExit(main.main(["serve"]))
"""


def test_ctrl_c_ends_the_demonstration_while_browsers_hold_connections(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("LMS_")},
        "PORT": str(port), "LMS_MODE": "demo", "LMS_VAR_DIR": str(tmp_path), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    with log.open("w") as out, ExitStack() as open_pages:
        server = subprocess.Popen(
            [sys.executable, "-c", DEMONSTRATION], env=environment, cwd=ROOT, stdout=out, stderr=out, process_group=0
        )
        try:
            for one in (port, port + 1):
                for request in (b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n", b""):  # a page, and one opened ahead
                    page = open_pages.enter_context(_connected(one))
                    page.sendall(request)
                    assert not request or page.recv(4096)
            os.killpg(server.pid, signal.SIGINT)
            assert server.wait(timeout=PATIENCE) == 0, log.read_text()
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGKILL)
    assert "Traceback" not in log.read_text()
    for one in (port, port + 1):
        with socket.socket() as free:
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            free.bind(("127.0.0.1", one))


def _connected(port: int) -> socket.socket:
    """A connection to ``port`` as soon as somebody listens there."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
