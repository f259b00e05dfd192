"""A real virus scanner for tests: Debian's clamd with one signature of our own, on a socket of its own."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIGNATURE = "Segem.Test.File"
HARMFUL = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The test file that every scanner's maker agrees on (eicar.org); it harms nothing."""


@contextmanager
def server(*, tcp: bool = False) -> Iterator[str]:
    """The URL of a running clamd; stopped and removed at the end."""
    program = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin")
    assert program, "clamd is missing: sh tests/install_tools.sh"
    folder = Path(tempfile.mkdtemp(prefix="lmsclamd", dir="/tmp"))
    (folder / "db").mkdir()
    (folder / "db" / "test.ndb").write_text(f"{SIGNATURE}:0:*:{HARMFUL.hex()}\n")
    where = f"LocalSocket {folder}/s"
    url = f"unix:{folder}/s"
    if tcp:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        where, url = f"TCPAddr 127.0.0.1\nTCPSocket {port}", f"tcp://127.0.0.1:{port}"
    (folder / "clamd.conf").write_text(f"DatabaseDirectory {folder}/db\n{where}\nForeground yes\n")
    running = subprocess.Popen([program, "-c", str(folder / "clamd.conf")], stdout=subprocess.DEVNULL)
    try:
        _wait(url)
        yield url
    finally:
        running.terminate()
        running.wait(20)
        shutil.rmtree(folder)


def _wait(url: str) -> None:
    from lms.attachments.gateways import ScannerError, version

    for _ in range(200):
        try:
            version(url)
        except ScannerError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("clamd did not start")
