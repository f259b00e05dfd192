"""``make bench``: the hot paths on PostgreSQL beside a bare endpoint measured in the same run. Prints ratios.

`python -m tests.bench hot` and `office` measure one section alone. PERF: answer and progress reach 80 % of the floor's rate within 1.5 times its p99; three SQL statements at most; a worker
below 150 MB; Monday's 10,000 certificates below 5 s in a number of statements that does not grow. Writes var/bench.json.
"""

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import event

from lms.app import create_app
from lms.certificates.services import certificates
from lms.core import clock
from lms.core.config import Config
from lms.core.db import db, transaction
from tests import postgres
from tests.bench import office, seed
from tests.bench.client import Measured, Requests, exchange, load, request

ROOT = Path(__file__).resolve().parents[2]
ROUNDS, SECONDS, WARM_UP = 7, 1.5, 1.5
SECRETS = {
    name: f"bench-{name}-0123456789abcdef0123456789" for name in ("LMS_SECRET_KEY", "LMS_DATA_KEY", "LMS_INDEX_KEY")
}
LETTERS = "ABCD"


def production(url: str, var: Path) -> dict[str, str]:
    """The environment of a production server, as the README says."""
    return {
        **SECRETS, "LMS_MODE": "production", "LMS_DATABASE_URL": url, "LMS_VAR_DIR": str(var), "LMS_BASE_URL": "https://bench.example",
        "LMS_BANK_URL": "https://bank.example", "LMS_BANK_PASSWORD": "bench-bank-password", "LMS_BANK_STORE_KEY": "bench-store-key",
        "LMS_MAIL_URL": "smtp://localhost:25", "LMS_TRUSTED_PROXIES": "1",
    }  # fmt: skip


@contextmanager
def server(command: list[str], environment: dict[str, str], port: int) -> Iterator[int]:
    """Start one server, wait until it listens, answer its process id; stop it at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command], env={**os.environ, **environment, "PYTHONPATH": str(ROOT)}, cwd=ROOT
    )
    try:
        _listens(process, port)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _listens(process: "subprocess.Popen[bytes]", port: int) -> None:
    for _ in range(1200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit(f"bench: no server on port {port}")


def _floor_streams() -> list[Callable[[], Requests]]:
    def stream(person: int) -> Callable[[], Requests]:
        def requests() -> Requests:
            for seq in itertools.count(1):
                body = json.dumps({"option": LETTERS[seq % 4], "seq": seq}).encode()
                yield request("PUT", f"/value/{seq % 10 + 1}", body, X_Token=f"token-{person}")

        return requests

    return [stream(person) for person in range(1, seed.CONNECTIONS + 1)]


def _answer_streams(sitting: list[dict[str, str]], start: int) -> list[Callable[[], Requests]]:
    def stream(one: dict[str, str]) -> Callable[[], Requests]:
        def requests() -> Requests:
            for seq in itertools.count(start):
                body = json.dumps({"option": LETTERS[seq % 4], "seq": seq}).encode()
                yield request(
                    "PUT",
                    f"/api/v1/exams/{one['exam']}/answers/{seq % 10 + 1}",
                    body,
                    Authorization=f"Bearer {one['token']}",
                )

        return requests

    return [stream(one) for one in sitting]


def _beat_streams(watching: list[dict[str, str]], start: int, began: float) -> list[Callable[[], Requests]]:
    """Players that play on: each report names the second of the lesson that its player is in."""

    def stream(one: dict[str, str]) -> Callable[[], Requests]:
        def requests() -> Requests:
            for seq in itertools.count(start):
                second = int(time.perf_counter() - began) % 600
                body = json.dumps(
                    {"session": "bench", "seq": seq, "played": [[second, second + 1]], "position": second, "rate": 1}
                ).encode()
                yield request(
                    "POST",
                    f"/api/v1/trainings/{one['training']}/lessons/{one['lesson']}/progress",
                    body,
                    Authorization=f"Bearer {one['token']}",
                )

        return requests

    return [stream(one) for one in watching]


def _verify_streams(code: str) -> list[Callable[[], Requests]]:
    def stream(number: int) -> Callable[[], Requests]:
        def requests() -> Requests:
            for turn in itertools.count():
                yield request(
                    "GET", f"/api/v1/verify/{code}", X_Forwarded_For=f"10.{number}.{turn // 250 % 250}.{turn % 250}"
                )

        return requests

    return [stream(number) for number in range(seed.CONNECTIONS)]


def compare(floor_port: int, port: int, facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Interleaved rounds, short because the machine's own speed drifts: the floor and each path in turn, first one and
    then the other first; medians of rates, ratios and p99."""
    starts, began = itertools.count(1, 1_000_000), time.perf_counter()
    paths: dict[str, Callable[[], list[Callable[[], Requests]]]] = {
        "answer_save": lambda: _answer_streams(facts["sitting"], next(starts)),
        "progress_beat": lambda: _beat_streams(facts["watching"], next(starts), began),
        "verify": lambda: _verify_streams(facts["code"]),
    }
    load(floor_port, _floor_streams(), WARM_UP)
    for streams in paths.values():
        load(port, streams(), WARM_UP)
    found: dict[str, list[tuple[Measured, Measured]]] = {name: [] for name in paths}
    for turn in range(ROUNDS):
        for name, streams in paths.items():
            before = load(floor_port, _floor_streams(), SECONDS) if turn % 2 else None
            mine = load(port, streams(), SECONDS)
            found[name].append((mine, before or load(floor_port, _floor_streams(), SECONDS)))
    return [_row(name, pairs) for name, pairs in found.items()]


def _row(name: str, pairs: list[tuple[Measured, Measured]]) -> dict[str, Any]:
    refused = {status: count for mine, _ in pairs for status, count in mine.refused.items()}
    if refused:
        raise SystemExit(f"bench: {name} was refused: {refused}")
    return {
        "name": name, "value": round(median(m.rate for m, _ in pairs), 1), "unit": "requests/s", "floor": round(median(f.rate for _, f in pairs), 1),
        "ratio": round(median(m.rate / f.rate for m, f in pairs), 2), "p99_ms": round(median(m.percentile(99) for m, _ in pairs), 1),
        "floor_p99_ms": round(median(f.percentile(99) for _, f in pairs), 1),
        "p99_ratio": round(median(m.percentile(99) / f.percentile(99) for m, f in pairs), 2), "p50_ms": round(median(m.percentile(50) for m, _ in pairs), 1),
    }  # fmt: skip


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def _cpu_ms(pids: list[int]) -> float:
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")


def _rss_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def exam_cpu(port: int, workers: list[int], sitting: list[dict[str, str]]) -> dict[str, Any]:
    """Server CPU of what one exam costs: the paper, twenty saves, the finish (milliseconds, all workers)."""
    before = _cpu_ms(workers)
    for one in sitting:
        headers = {"Authorization": f"Bearer {one['token']}"}
        with socket.create_connection(("127.0.0.1", port)) as connection:
            status, _ = exchange(connection, request("POST", f"/api/v1/exams/{one['exam']}/start", b"{}", **headers))
            assert status == 200, status
            for n in range(20):
                body = json.dumps({"option": LETTERS[n % 4], "seq": 2_000_000_000 + n}).encode()
                status, _ = exchange(
                    connection, request("PUT", f"/api/v1/exams/{one['exam']}/answers/{n % 10 + 1}", body, **headers)
                )
                assert status == 200, status
            status, _ = exchange(connection, request("POST", f"/api/v1/exams/{one['exam']}/complete", b"{}", **headers))
            assert status == 200, status
    return {
        "name": "exam_cpu_ms",
        "value": round((_cpu_ms(workers) - before) / len(sitting), 1),
        "unit": "ms",
        "floor": None,
        "ratio": None,
    }


def monday() -> list[dict[str, Any]]:
    """The Monday job for 1,000 and for 10,000 due candidates: seconds and statements."""
    rows = []
    for count in (1_000, 10_000):
        seed.passes(count)
        statements = 0

        def counted(*_: object) -> None:
            nonlocal statements
            statements += 1

        event.listen(db.engine, "before_cursor_execute", counted)
        started = time.perf_counter()
        with transaction():
            issued = certificates.issue_due(now=clock.now())
        seconds = time.perf_counter() - started
        event.remove(db.engine, "before_cursor_execute", counted)
        assert issued >= count, issued
        rows.append(
            {
                "name": f"monday_{count // 1000}k_s",
                "value": round(seconds, 2),
                "unit": "s",
                "floor": None,
                "ratio": None,
                "statements": statements,
            }
        )
    return rows


def tell(row: dict[str, Any]) -> dict[str, Any]:
    """Print one finding as it comes."""
    print(" ".join(f"{key}={value}" for key, value in row.items() if value is not None), flush=True)
    return row


def hot() -> list[dict[str, Any]]:
    """The hot paths beside the floor, and Monday."""
    with tempfile.TemporaryDirectory(prefix="lmsbench") as folder, postgres.server() as url:
        environment = production(url, Path(folder))
        app = create_app(Config.from_env(environment))
        with app.app_context():
            upgrade()
            with transaction():
                facts = seed.people()
            rows = [tell(row) for row in monday()]
            facts["code"] = seed.certificate_code()
            seed.grown(facts["release"])
            db.session.remove()
            db.engine.dispose()
        dsn = url.replace("postgresql+psycopg://", "postgresql://")
        from psycopg import connect

        from tests.bench.floor import SCHEMA

        with connect(dsn) as connection:
            connection.execute(SCHEMA)
        floor_command = [
            "gunicorn",
            "--bind",
            "127.0.0.1:8951",
            "--workers",
            "2",
            "--threads",
            "8",
            "--worker-class",
            "gthread",
            "--log-level",
            "warning",
            "tests.bench.floor:create_app()",
        ]
        web_command = ["lms.cli", "web", "--port", "8952", "--workers", "2", "--threads", "8"]
        with server(floor_command, {"FLOOR_DSN": dsn}, 8951), server(web_command, environment, 8952) as pid:
            rows += [tell(row) for row in compare(8951, 8952, facts)]
            workers = _children(pid)
            rows.append(tell(exam_cpu(8952, workers, facts["sitting"])))
            memory = round(max(_rss_mb(worker) for worker in workers), 1)
            rows.append(tell({"name": "worker_rss_mb", "value": memory, "unit": "MB", "floor": None, "ratio": None}))
    return rows


def pages() -> list[dict[str, Any]]:
    """The office's pages at 100,000 candidates."""
    with tempfile.TemporaryDirectory(prefix="lmsbench") as folder, postgres.server() as url:
        app = create_app(Config.from_env(production(url, Path(folder))))
        with app.app_context():
            upgrade()
            started = time.perf_counter()
            office.seed()
            print(f"office seeded in {time.perf_counter() - started:.0f} s", flush=True)
            rows = [tell(row) for row in office.measure(app)]
            db.session.remove()
            db.engine.dispose()
    return rows


SECTIONS = {"hot": hot, "office": pages}


def main() -> None:
    """Measure the named sections, or all; what the others measured before stays in the file."""
    named = sys.argv[1:] or list(SECTIONS)
    rows = [row for name in named for row in SECTIONS[name]()]
    out = ROOT / "var" / "bench.json"
    out.parent.mkdir(exist_ok=True)
    measured = {row["name"] for row in rows}
    before = json.loads(out.read_text("utf-8")) if out.exists() else []
    rows += [row for row in before if row["name"] not in measured]
    out.write_text(json.dumps(rows, indent=1), "utf-8")


if __name__ == "__main__":
    main()
