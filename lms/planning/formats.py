"""A list of days as an office sends it: one a line, pasted from a letter or a table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from lms.core.calendar import DayKind
from lms.core.text import fold, nfc

MOST_LINES: Final = 200
_APART: Final = re.compile(r"[;\t]")
_KINDS: Final[Mapping[str, DayKind]] = {
    "": DayKind.HOLIDAY, "tam": DayKind.HOLIDAY, "tam gun": DayKind.HOLIDAY, "kapali": DayKind.HOLIDAY,
    "yarim": DayKind.HALF_DAY, "yarim gun": DayKind.HALF_DAY,
    "calisma": DayKind.BUSINESS, "calisma gunu": DayKind.BUSINESS, "is gunu": DayKind.BUSINESS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list: a day, or why it is none (an error code)."""

    number: int
    text: str
    day: date | None = None
    kind: DayKind = DayKind.HOLIDAY
    name: str = ""
    error: str = ""


def read_days(text: str) -> list[Line]:
    """ "23.03.2026; yarım; Köprü günü" a line; a bad line is told and stops no other. Empty lines count for the number only."""
    lines = enumerate(text.splitlines()[:MOST_LINES], 1)
    return [_line(number, line) for number, line in lines if line.strip()]


def _line(number: int, text: str) -> Line:
    parts = [nfc(part) for part in _APART.split(text)]
    day = _day(parts[0])
    if day is None:
        return Line(number, text, error="calendar.line_day")
    kind = _KINDS.get(fold(parts[1])) if len(parts) > 2 else DayKind.HOLIDAY
    if kind is None:
        return Line(number, text, day, error="calendar.line_kind")
    name = parts[-1] if len(parts) > 1 else ""
    return Line(number, text, day, kind, name)


def _day(text: str) -> date | None:
    for form in ("%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a civil day has no zone
        except ValueError:
            continue
    return None
