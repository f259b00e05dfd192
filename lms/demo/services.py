"""Moving the demonstration's time: everything that fell due on the way happens in the order of its instants."""

from collections.abc import Callable
from datetime import datetime, timedelta

from lms.core.calendar import days, instant, local_date
from lms.core.db import release
from lms.core.errors import Conflict, Invalid
from lms.demo import queries
from lms.demo.clock import shared_clock
from lms.exams.rules import GRACE

FARTHEST = timedelta(days=3 * 366)


def move_clock(target: datetime, *, sweep: Callable[[datetime], object]) -> datetime:
    """Jump to ``target`` (CONTRACT.md); 409 ``clock.backwards`` for a past instant.

    Every midnight on the way is swept (Mondays, windows, display ends begin there), and every stored instant at which an
    attempt ends or a training opens. ``sweep`` is the scheduler's.
    """
    clock = shared_clock()
    start = clock()
    if target < start:
        raise Conflict("clock.backwards", now=start.isoformat())
    if target - start > FARTHEST:
        raise Invalid("clock.too_far", days=FARTHEST.days)
    midnights = {instant(day) for day in days(local_date(start), local_date(target) + timedelta(days=1))}
    settled = {at + GRACE for at in queries.due_instants(start, target)}
    release()
    for at in sorted(at for at in midnights | settled if start < at < target):
        sweep(at)
    clock.move_to(target)
    sweep(target)
    return clock()
