"""Dates as a calendar program reads them (RFC 5545): instants in UTC, whole days as days, ids that stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Final

from icalendar import Calendar, Event

PRODUCT: Final = "-//SEGEM Akademi//takvim//TR"
REFRESH: Final = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the calendar. `key` names it for good; `at` is an instant, or a day for what lasts the whole of it."""

    key: str
    at: datetime | date
    summary: str


def ics(entries: Sequence[Entry], *, name: str, url: str, host: str, now: datetime) -> bytes:
    """The whole calendar. A summary is read by others: it says no name, number or score."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")
    for entry in entries:
        event = Event()
        event.add("uid", f"{sha256(entry.key.encode()).hexdigest()[:32]}@{host}")
        event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
        event.add("dtstart", _plain(entry.at))
        event.add("summary", entry.summary)
        event.add("url", url)
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _plain(at: datetime | date) -> datetime | date:
    return at.astimezone(UTC).replace(microsecond=0) if isinstance(at, datetime) else at
