"""The demonstration as it is really served: web server, bank simulator, jobs, simulated clock; one for the session."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]


class Demo:
    """A running demonstration, as an outsider sees it."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.bank_url = f"http://127.0.0.1:{port + 1}"
        self.http = httpx.Client(base_url=self.url, timeout=180)

    def now(self) -> datetime:
        return datetime.fromisoformat(self.http.get("/demo/clock").json()["now"])

    def jump(self, to: datetime | str) -> datetime:
        """Move the domain clock; everything due on the way happens."""
        text = to if isinstance(to, str) else to.isoformat()
        answer = self.http.post("/demo/clock", json={"now": text})
        assert answer.status_code == 200, answer.text
        return datetime.fromisoformat(answer.json()["now"])

    def key(self, exam: str) -> dict[str, str]:
        """The letters of a started exam's paper."""
        return dict(self.http.get(f"/demo/exams/{exam}/key").json()["answers"])

    def outbox(self) -> list[dict[str, Any]]:
        return list(self.http.get("/demo/outbox", headers={"Accept": "application/json"}).json())

    def account(self, **wanted: str) -> dict[str, str]:
        """A ready account by stage or role."""
        rows = self.http.get("/demo/accounts").json()
        return dict(next(row for row in rows if all(row.get(k) == v for k, v in wanted.items())))


def free_port() -> int:
    """A port that is free together with the next one (the bank's); below those that the system hands out by itself."""
    while True:
        port = random.randrange(20_000, 32_000, 2)
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("127.0.0.1", port))
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    running_port = os.environ.get("LMS_TEST_DEMO_PORT")
    if running_port:  # a demonstration that runs already, while a test is being written
        yield Demo(int(running_port))
        return
    port = free_port()
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("LMS_")},
        "PORT": str(port), "LMS_MODE": "demo", "LMS_VAR_DIR": str(tmp_path_factory.mktemp("demo")), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    log = tmp_path_factory.mktemp("log") / "serve.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "lms.cli", "serve", "--port", str(port)],
            env=environment,
            cwd=ROOT,
            stdout=out,
            stderr=out,
        )
    running = Demo(port)
    try:
        _wait(running, process, log)
        yield running
    finally:
        running.http.close()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _wait(running: Demo, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(1200):
        if process.poll() is not None:
            pytest.fail(f"the demonstration ended: {log.read_text()}")
        try:
            if running.http.get("/readyz").status_code == 200 and httpx.get(running.bank_url).status_code < 500:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.25)
    pytest.fail(f"the demonstration did not start: {log.read_text()}")
