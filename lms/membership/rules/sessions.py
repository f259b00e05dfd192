"""How long a log-in lasts, and how long the other short-lived things do. All on the wall clock, never the demo clock.

| what | ends when unused for | ends in any case after |
|---|---|---|
| a candidate's browser session | 60 minutes | 12 hours |
| a staff member's browser session | 30 minutes | 10 hours |
| a bearer token of the API (candidates only) | 7 days | 30 days |

An exam in progress (`busy_until`) keeps a session from idling out until 10 minutes after its end; it never moves the
absolute end. Several sessions at once are allowed (phone and desk): the learning and exam rules decide what a second
device may do; the member sees all sessions and can end each. A session is renewed (new token) at log-in and at every
step-up; a password change ends all others.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    MEMBER = "member"
    STAFF = "staff"
    TOKEN = "token"  # noqa: S105  a kind of session, not a secret


@dataclass(frozen=True, slots=True)
class Lifetime:
    idle: timedelta
    absolute: timedelta


LIFETIMES: Final = {
    Kind.MEMBER: Lifetime(idle=timedelta(minutes=60), absolute=timedelta(hours=12)),
    Kind.STAFF: Lifetime(idle=timedelta(minutes=30), absolute=timedelta(hours=10)),
    Kind.TOKEN: Lifetime(idle=timedelta(days=7), absolute=timedelta(days=30)),
}
BUSY_SLACK: Final = timedelta(minutes=10)
TOUCH_EVERY: Final = timedelta(minutes=5)
"""`last_seen_at` is written at most this often; a session may idle out that much early, never late."""

STEP_UP: Final = timedelta(minutes=10)
"""How long a confirmed password (or code) allows changes of e-mail, mobile and password (V7.5.1)."""
SECOND_STEP: Final = timedelta(minutes=10)
"""How long the second step may follow the password."""
RESET_LINK: Final = timedelta(minutes=30)
STAFF_LINK: Final = timedelta(hours=24)
KNOWN_DEVICE: Final = timedelta(days=365)


def absolute_end(kind: Kind, started_at: datetime) -> datetime:
    return started_at + LIFETIMES[kind].absolute


def ends_at(
    kind: Kind, *, started_at: datetime, last_seen_at: datetime, busy_until: datetime | None = None
) -> datetime:
    """When the session is over if nothing more happens in it."""
    idle = last_seen_at + LIFETIMES[kind].idle
    if busy_until is not None:
        idle = max(idle, busy_until + BUSY_SLACK)
    return min(idle, absolute_end(kind, started_at))


def needs_touch(last_seen_at: datetime, now: datetime) -> bool:
    return now - last_seen_at >= TOUCH_EVERY


def is_fresh(confirmed_at: datetime | None, now: datetime) -> bool:
    """Whether the member has just proved again who they are."""
    return confirmed_at is not None and confirmed_at <= now < confirmed_at + STEP_UP
