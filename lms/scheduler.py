"""Everything that falls due by itself: one table of jobs in a fixed order, handed to APScheduler or swept once by hand.

No right hangs on a job (HOUSE.md): jobs announce, close, issue and tidy. Each is idempotent and may run late, twice, or
in two processes.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask

from lms.core import clock

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """``run(now)`` answers how many things it did; ``every`` is the pause in seconds."""

    name: str
    run: Callable[[datetime], int]
    every: int


JOBS: tuple[Job, ...] = ()


def sweep(now: datetime) -> dict[str, int]:
    """Run everything due at ``now`` once, in the table's order; a job that fails is logged and does not stop the rest."""
    done = {}
    for job in JOBS:
        try:
            done[job.name] = job.run(now)
        except Exception:
            log.exception("job failed", extra={"job": job.name})
            done[job.name] = -1
    return done


def start(app: Flask) -> BackgroundScheduler:
    """Start the jobs in this process; overlapping runs of one job are coalesced."""
    scheduler = BackgroundScheduler(timezone="Europe/Istanbul", job_defaults={"coalesce": True, "max_instances": 1})

    def runner(job: Job) -> Callable[[], None]:
        def run() -> None:
            with app.app_context():
                try:
                    job.run(clock.now())
                except Exception:
                    log.exception("job failed", extra={"job": job.name})

        return run

    for job in JOBS:
        scheduler.add_job(runner(job), IntervalTrigger(seconds=job.every), id=job.name, name=job.name)
    scheduler.start()
    return scheduler
