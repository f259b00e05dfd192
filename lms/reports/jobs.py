"""What reports do without anybody asking: count, write what was asked for, look for signs, erase."""

from datetime import datetime

from lms.core import clock
from lms.core.db import transaction
from lms.reports.services import figures, lists, signs


def count_terms(now: datetime) -> int:
    """The figures of the terms, anew; hourly."""
    with transaction():
        return figures.count(now=now)


def make_lists(now: datetime) -> int:
    """Lists that were asked for, each in a transaction of its own; every five seconds."""
    made = 0
    while True:
        with transaction():
            step = lists.make_next(now=now)
        made += step
        if not step:
            return made


def erase_lists(now: datetime) -> int:
    """R063: the files after seven days; what nobody names, by the store's own clock; hourly."""
    with transaction():
        erased = lists.erase(now=now)
    return erased + lists.sweep(clock.wall())


def find_signs(now: datetime) -> int:
    """Signs of the last days, for a person to look at; and the old ones erased; every six hours."""
    with transaction():
        signs.erase(now=now)
        return signs.find(now=now)
