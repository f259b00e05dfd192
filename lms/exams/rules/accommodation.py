"""D-14: extra time for somebody who cannot work at the usual pace: asked for, decided once, frozen at the start."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from lms.core.calendar import Window
from lms.core.errors import Conflict, Invalid
from lms.learning.rules import MAX_RATE

NEED_MIN: Final = 20
NEED_MAX: Final = 2000
KEEP: Final = timedelta(days=60)
"""What it rests on is erased so long after the end of the study window: it may speak of somebody's health."""


class Unit(StrEnum):
    MINUTES = "minutes"
    PERCENT = "percent"


class Status(StrEnum):
    REQUESTED = "requested"
    GRANTED = "granted"
    REJECTED = "rejected"


TRANSITIONS: Final[Mapping[tuple[Status, str], Status]] = {
    (Status.REQUESTED, "grant"): Status.GRANTED,
    (Status.REQUESTED, "reject"): Status.REJECTED,
}


def wanted_minutes(unit: str, value: int | None, exam_minutes: int) -> int:
    """What was asked for in whole minutes, a share rounded up; at most as much again as the exam lasts."""
    if unit not in list(Unit) or value is None:
        raise Invalid("accommodation.amount", most=exam_minutes)
    minutes = value if unit == Unit.MINUTES else -(-value * exam_minutes // 100)
    return check_minutes(minutes, exam_minutes)


def check_minutes(minutes: int | None, exam_minutes: int) -> int:
    """Between one minute and the length of the exam."""
    if minutes is None or not 1 <= minutes <= exam_minutes:
        raise Invalid("accommodation.amount", most=exam_minutes)
    return minutes


def check_need(need: str) -> str:
    """Why, in 20 to 2,000 characters; a document is not demanded."""
    told = need.strip()
    if not NEED_MIN <= len(told) <= NEED_MAX:
        raise Invalid("accommodation.need", least=NEED_MIN, most=NEED_MAX)
    return told


def check_ask(outcome: str | None, study: Window, now: datetime, *, pending: bool) -> None:
    """From the application on, as long as an exam can still be taken; one request at a time."""
    if outcome is not None or now >= study.end:
        raise Conflict("accommodation.over")
    if pending:
        raise Conflict("accommodation.exists")


def first_exam(assigned_at: datetime, completed_at: datetime | None, left: int, now: datetime) -> datetime:
    """R082: the earliest instant at which the first exam can be begun: when the training was complete, or after the `left`
    seconds of it played at the highest rate that counts, from now or from its opening on."""
    if completed_at is not None:
        return completed_at
    return max(assigned_at, now) + timedelta(seconds=left / MAX_RATE)


def decide(
    status: Status, act: str, *, minutes: int | None, exam_minutes: int, reason: str
) -> tuple[Status, int | None]:
    """Grant some minutes, or reject with the reason that the candidate will read; once."""
    following = TRANSITIONS.get((status, act))
    if following is None:
        raise Conflict("accommodation.decided", by="", at="")
    if following is Status.GRANTED:
        return following, check_minutes(minutes, exam_minutes)
    if not reason.strip():
        raise Invalid("accommodation.reason")
    return following, None
