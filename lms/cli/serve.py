"""Serving: gunicorn in production; in demo one supervisor that starts and stops the web server and the bank simulator."""

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from flask_migrate import upgrade
from gunicorn.app.base import BaseApplication

from lms import scheduler
from lms.app import create_app
from lms.core.config import ROOT, Config

_SHM = "/dev/shm"  # noqa: S108 - gunicorn writes its heartbeat there, nothing of ours
_BANK = "lms.bank_simulator.app:create_app()"


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn on our application; the jobs run in the first worker where they are wanted in process."""

    def __init__(self, config: Config, options: dict[str, object]) -> None:
        self._config, self._options = config, options
        super().__init__()

    def load_config(self) -> None:
        for key, value in self._options.items():
            self.cfg.set(key, value)
        if self._config.scheduler_in_process:
            self.cfg.set("post_worker_init", _start_jobs)

    def load(self) -> Any:
        return create_app(self._config)


def _start_jobs(worker: Any) -> None:
    worker.lms_scheduler = scheduler.start(worker.wsgi)


def web(args: argparse.Namespace) -> int:
    """The web server alone."""
    config = Config.from_env()
    workers = args.workers or (1 if config.demo else 2)
    options = {
        "bind": f"{args.host}:{args.port}", "workers": workers, "worker_class": "gthread", "threads": args.threads,
        "timeout": 60, "graceful_timeout": 10, "keepalive": 15, "accesslog": None, "loglevel": "warning",
        "worker_tmp_dir": _SHM if Path(_SHM).is_dir() else None,
    }  # fmt: skip
    Server(config, options).run()
    return 0


def serve(args: argparse.Namespace) -> int:
    """Serve the product; in demo mode with the bank simulator beside it, after preparing database and content."""
    config = Config.from_env()
    if not config.demo:
        return web(args)
    _prepare(config)
    print(f"SEGEM Akademi, gösterim: http://127.0.0.1:{args.port}/  (tur: /demo, banka: :{args.port + 1})", flush=True)
    return _supervise(args)


def _prepare(config: Config) -> None:
    from lms.demo import data  # noqa: PLC0415 - heavy, and only wanted by the demo

    app = create_app(config)
    with app.app_context():
        upgrade()
        data.prepare(say=lambda line: print(line, flush=True))


def _supervise(args: argparse.Namespace) -> int:
    environment = {**os.environ, "PORT": str(args.port), "LMS_MODE": "demo"}
    common = ["--threads", str(args.threads)]
    web_command = [sys.executable, "-m", "lms.cli", "web", "--host", args.host, "--port", str(args.port), *common]
    bank = [
        "--bind",
        f"127.0.0.1:{args.port + 1}",
        "--worker-class",
        "gthread",
        "--threads",
        "4",
        "--log-level",
        "warning",
    ]
    bank_command = [sys.executable, "-m", "gunicorn", *bank, _BANK]
    children = [subprocess.Popen(c, env=environment, cwd=ROOT) for c in (bank_command, web_command)]  # noqa: S603 - our own commands

    def stop(_signal: int, _frame: FrameType | None) -> None:
        for child in children:
            child.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while all(child.poll() is None for child in children):
        time.sleep(0.2)
    stop(signal.SIGTERM, None)
    codes = [child.wait(timeout=20) for child in children]
    return 0 if all(code in (0, -signal.SIGTERM, -signal.SIGINT) for code in codes) else 1
