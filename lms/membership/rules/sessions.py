"""How long a log-in lasts, and how long the other short-lived things do. All on the wall clock, never the demo clock.

| what | ends when unused for | ends in any case after |
|---|---|---|
| a candidate's browser session | 60 minutes | 12 hours |
| a staff member's browser session | 30 minutes | 10 hours |
| a bearer token of the API (candidates only) | 7 days | 30 days |

An exam in progress keeps a session from idling out until 10 minutes after its end; it never moves the
absolute end. Several sessions at once are allowed (phone and desk): the learning and exam rules decide what a second
device may do; the member sees all sessions and can end each. A session is renewed (new token) at log-in and at every
step-up (second factor, confirmed password); a password change ends all others.
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
SECOND_STEP: Final = timedelta(minutes=10)
"""How long the second step may follow the password."""
FRESH: Final = timedelta(minutes=15)
"""How long ago password and second factor may have been proved for a dangerous act of the staff (V7.5.3)."""
RESET_LINK: Final = timedelta(minutes=30)
RESET_PAUSE: Final = timedelta(minutes=2)
"""A further link is sent to the same person this much later at the earliest; the answer on the page is the same."""
STAFF_LINK: Final = timedelta(hours=24)
KNOWN_DEVICE: Final = timedelta(days=365)


def kind_of(channel: str, *, staff: bool) -> Kind:
    """The kind of a log-in by where it is ("web" or "api") and whose it is."""
    if channel == "api":
        return Kind.TOKEN
    return Kind.STAFF if staff else Kind.MEMBER


def absolute_end(kind: Kind, started_at: datetime) -> datetime:
    return started_at + LIFETIMES[kind].absolute


def ends_at(kind: Kind, *, seen_at: datetime, expires_at: datetime) -> datetime:
    """When the session is over if nothing more happens in it."""
    return min(seen_at + LIFETIMES[kind].idle, expires_at)


def seen_while_busy(kind: Kind, busy_until: datetime) -> datetime:
    """The `seen_at` that keeps a session from idling out until a while after `busy_until`."""
    return busy_until + BUSY_SLACK - LIFETIMES[kind].idle


def needs_touch(kind: Kind, seen_at: datetime, now: datetime) -> bool:
    """`seen_at` is written twelve times per idle time at most, so a session idles out that much early, never late."""
    return now - seen_at >= LIFETIMES[kind].idle / 12


def is_fresh(confirmed_at: datetime, now: datetime) -> bool:
    """Whether the last full proof is recent enough for a dangerous act; at exactly `FRESH` it no longer is."""
    return now - confirmed_at < FRESH


_BROWSERS: Final = (("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))  # fmt: skip
_SYSTEMS: Final = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"))  # fmt: skip


def browser_of(user_agent: str) -> tuple[str, str]:
    """The names of browser and system that a person recognises, "" where there is none; the first sign that fits."""
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), "")
    return browser, next((name for sign, name in _SYSTEMS if sign in user_agent), "")
