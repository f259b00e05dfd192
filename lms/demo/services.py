"""Moving the demonstration's time: everything that fell due on the way happens in the order of its instants."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Protocol

from lms.core.calendar import days, instant, local_date
from lms.core.config import config
from lms.core.db import release
from lms.core.errors import Conflict, Invalid
from lms.demo import queries
from lms.demo.clock import shared_clock
from lms.exams.rules.exam import GRACE

FARTHEST = timedelta(days=3 * 366)


class Sweep(Protocol):
    """The scheduler's."""

    def __call__(self, now: datetime, *, passing: bool = False) -> object: ...


def move_clock(target: datetime, *, sweep: Sweep) -> datetime:
    """Jump to ``target`` (CONTRACT.md); 409 ``clock.backwards`` for a past instant.

    Every midnight on the way is swept (Mondays, windows, display ends begin there), and every stored instant at which an
    attempt ends or a training opens.
    """
    with _alone():
        return _move_clock(target, sweep)


@contextmanager
def _alone() -> Iterator[None]:
    """One jump after the other, in all processes: a shorter one beside a longer one would put the clock back."""
    with (config().var_dir / "jump.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _move_clock(target: datetime, sweep: Sweep) -> datetime:
    clock = shared_clock()
    start = clock()
    if target < start:
        raise Conflict("clock.backwards", now=start)
    if target - start > FARTHEST:
        raise Invalid("clock.too_far", days=FARTHEST.days)
    midnights = {instant(day) for day in days(local_date(start), local_date(target) + timedelta(days=1))}
    settled = {at + GRACE for at in queries.due_instants(start, target)}
    release()
    for at in sorted(at for at in midnights | settled if start < at < target):
        sweep(at, passing=True)
    clock.move_to(target)
    sweep(target)
    return clock()
