"""Signs that one person may have sat for several: what counts as one, and a person's word about it.

A sign proves nothing and changes nothing. Each says what was seen, what else explains it, and waits for somebody to look.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from lms.core.errors import Invalid

SHARED_BY: Final = 3
"""So many people of one term in one browser: two may be a household, a shared computer of two colleagues."""
QUICK: Final = timedelta(seconds=90)
PATTERN_ANSWERS: Final = 5
"""Two papers answered to the second alike are told of only when so many different seconds agree."""
NIGHT_HOURS: Final = 6
NIGHT_BY: Final = 5
LOOK_BACK: Final = timedelta(days=8)
KEPT: Final = timedelta(days=730)
REASON_MIN, REASON_MAX = 10, 1000


class Kind(StrEnum):
    """What was seen."""

    DEVICE = "device"
    QUICK = "quick"
    PATTERN = "pattern"
    NIGHT = "night"


class State(StrEnum):
    """What a person said of it. Nothing follows from any of them by itself."""

    NEW = "new"
    CLEAR = "clear"
    WATCHED = "watched"
    OBJECTED = "objected"


@dataclass(frozen=True, slots=True)
class Found:
    """A sign as the job found it; ``exams`` are codes of attempts, oldest first."""

    kind: Kind
    term_code: str
    key: str
    exams: tuple[str, ...]
    facts: Mapping[str, Any]
    first_at: datetime
    last_at: datetime


def check_word(state: str, reason: str) -> tuple[State, str]:
    """Somebody looked: what they say of it, and why."""
    reason = reason.strip()
    if state not in (State.CLEAR, State.WATCHED, State.OBJECTED):
        raise Invalid("sign.state")
    if not REASON_MIN <= len(reason) <= REASON_MAX:
        raise Invalid("sign.reason", least=REASON_MIN, most=REASON_MAX)
    return State(state), reason
