"""What falls due in exams by itself. No right hangs on any of it: jobs close, announce and tell, late or twice alike."""

from collections.abc import Callable
from datetime import datetime, timedelta

from lms.core import clock
from lms.core.access import SYSTEM
from lms.core.calendar import instant, local
from lms.core.db import transaction
from lms.exams.queries import due
from lms.exams.services import accommodation, items, reminders
from lms.exams.services import attempts as services

BATCH = 1000
LOOK_BACK = timedelta(days=21)


def _in_batches(work: Callable[[], int]) -> int:
    """Bounded transactions, so that a great day holds no lock for long and one stop loses little."""
    done = 0
    while True:
        with transaction():
            step = work()
        done += step
        if step < BATCH:
            return done


def settle_overdue(now: datetime) -> int:
    """Close attempts whose time is over, each at its own end (R085); every minute."""
    return _in_batches(lambda: services.settle_due(now=now, batch=BATCH))


def lapse_applications(now: datetime) -> int:
    """R013: tell enrolment which applications the end of a study window has closed; after settle_overdue, every minute."""
    return _in_batches(lambda: services.lapse_due(now=now, batch=BATCH))


def announce_results(now: datetime) -> int:
    """R053: each result once, by mail, and by SMS where the form gave a mobile; every minute."""
    return _in_batches(lambda: services.tell_results(due.unannounced_results(BATCH), now=now))


def remind_of_study(now: datetime) -> int:
    """R013, R096: a training not finished, an open exam not sat, 7 and 2 days before the end; hourly."""
    with transaction():
        return reminders.remind(now=now)


def count_items(now: datetime) -> int:
    """Item statistics from the finished papers, and a regrade that an annulment may have missed; hourly."""
    with transaction():
        items.regrade(actor=SYSTEM, now=now)
    with transaction():
        return items.count(now=now)


def announce_assignments(now: datetime) -> int:
    """R082, R091, R095: tell who may take an exam now; every five minutes, and it catches up three weeks of silence."""
    here = local(now)
    monday = instant(here.date() - timedelta(days=here.weekday()))
    with transaction():
        opened = due.first_attempts_to_announce(now - LOOK_BACK, now)
        opened += due.next_attempts_to_announce(monday - LOOK_BACK, monday, now)
        return services.tell_assignments(opened, now=now)


def erase_accommodations(now: datetime) -> int:
    """D-10, D-14: what extra time rested on, 60 days after the study window; and files no row names. Hourly."""
    with transaction():
        done = accommodation.erase(now=now)
    return done + accommodation.sweep_files(clock.wall())
