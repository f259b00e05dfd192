"""Serving: gunicorn in production; in demo with the bank simulator as a process beside it."""

import argparse
import gc
import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from flask_migrate import upgrade
from gunicorn.app.base import BaseApplication

from lms import scheduler
from lms.app import create_app
from lms.cli import presence
from lms.core.config import ROOT, Config

_SHM = "/dev/shm"  # noqa: S108 - gunicorn writes its heartbeat there, nothing of ours
GRACE_SECONDS = 10
"""What a request, and the job of that moment, have to end when the server stops."""


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn on our application; the jobs run in the first worker where they are wanted in process."""

    def __init__(self, config: Config, options: dict[str, object]) -> None:
        self._config, self._options = config, options
        super().__init__()

    def load_config(self) -> None:
        for key, value in self._options.items():
            self.cfg.set(key, value)
        self.cfg.set("post_worker_init", self._settle)
        self.cfg.set("worker_exit", self._leave)

    def load(self) -> Any:
        return create_app(self._config)

    def _settle(self, worker: Any) -> None:
        """The application stays for the worker's life: the garbage collector need not look at it again and again.

        Ctrl-C reaches the whole group. The arbiter alone takes it and tells its workers: a worker that is told twice at once
        waits for itself. So does one that is told while it hands a connection to its threads, for gunicorn's own answer
        closes them under the lock that the interrupted line holds; ours only ends that line.
        """

        def end(_signal: int, _frame: object) -> None:
            worker.alive = False
            raise SystemExit(0)

        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGQUIT, end)
        gc.collect()
        gc.freeze()
        if self._config.scheduler_in_process:
            worker.lms_scheduler = scheduler.start(worker.wsgi)

    def _leave(self, _arbiter: Any, worker: Any) -> None:
        """Requests have had gunicorn's time to end, and the running job ends here; Python itself would go on to wait for the
        threads in which browsers hold a connection open."""
        if worker.alive:  # nobody told it: it failed, and the arbiter reads why from how it exits
            return
        if self._config.scheduler_in_process:
            worker.lms_scheduler.shutdown()
        os._exit(0)


def web(args: argparse.Namespace, **hooks: object) -> int:
    """The web server alone; ``hooks`` are gunicorn's."""
    config = Config.from_env()
    presence.need_ports(args.host, [args.port])
    workers = args.workers or (1 if config.demo else 2)
    options = {
        "bind": f"{args.host}:{args.port}", "workers": workers, "worker_class": "gthread", "threads": args.threads,
        "timeout": 60, "graceful_timeout": GRACE_SECONDS, "keepalive": 15, "accesslog": None, "loglevel": "warning",
        "worker_tmp_dir": _SHM if Path(_SHM).is_dir() else None, "control_socket_disable": True, **hooks,
    }  # fmt: skip
    Server(config, options).run()
    return 0


def serve(args: argparse.Namespace) -> int:
    """Serve the product; in demo mode with the bank simulator beside it, after preparing database and content."""
    os.environ["PORT"] = str(args.port)  # our own address and the bank's follow from it
    config = Config.from_env()
    if not config.demo:
        return web(args)
    presence.need_ports(args.host, [args.port, args.port + 1])
    bank = subprocess.Popen([sys.executable, "-m", "lms.bank_simulator", str(args.port + 1)], cwd=ROOT)  # noqa: S603 - our own command
    try:
        prepared = _prepared_apart(config)
    except BaseException:
        _stop(bank)
        raise
    if not prepared:
        _stop(bank)
        return 1
    print(f"SEGEM Akademi, gösterim: http://127.0.0.1:{args.port}/  (tur: /demo, banka: :{args.port + 1})", flush=True)
    return web(args, on_exit=lambda _arbiter: _stop(bank))


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """At once, whatever it does: what the bank has settled is stored, and nobody's money waits for it."""
    process.kill()
    process.wait()


def _prepared_apart(config: Config) -> bool:
    """In a fork that ends with it: typesetting leaves threads behind, which the server's own forks would wait for in vain."""
    child = multiprocessing.get_context("fork").Process(target=_prepare, args=(config,))
    child.start()
    child.join()
    return child.exitcode == 0


def _prepare(config: Config) -> None:
    from lms.demo import data  # noqa: PLC0415 - heavy, and only wanted by the demo

    app = create_app(config)
    with app.app_context():
        upgrade()
        data.prepare(say=lambda line: print(line, flush=True))
