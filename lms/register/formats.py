"""R003, R029: certificates of earlier years as a table, CSV or XLSX: tckn, number, holder, issued_on, revoked_on (may be empty)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from lms.core.errors import Invalid
from lms.core.sheets import read_rows
from lms.membership.rules.identity import person_name
from lms.membership.rules.identity import tckn as read_tckn

COLUMNS: Final = ("tckn", "number", "holder", "issued_on", "revoked_on")
MOST_LINES: Final = 20_000
_LONGEST: Final = {"number": 40, "holder": 170}


@dataclass(frozen=True, slots=True)
class Row:
    """One certificate of an earlier year."""

    tckn: str
    number: str
    holder: str
    issued_on: date
    revoked_on: date | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: what it says, or the code of what is wrong with it. Never a T.C. kimlik number."""

    line: int
    number: str
    row: Row | None
    fault: str | None = None


def read(data: bytes) -> list[Line]:
    """Every line, the bad ones with their fault. What is no such table at all is refused: register.file, register.columns."""
    try:
        rows = read_rows(data, MOST_LINES + 1)
    except Invalid as refused:
        raise Invalid(
            "register.too_long" if refused.code == "sheet.too_long" else "register.file", most=MOST_LINES
        ) from None
    if not rows or tuple(text.lower() for text in rows[0][1]) != COLUMNS:
        raise Invalid("register.columns", columns="; ".join(COLUMNS))
    lines: list[Line] = []
    seen: set[str] = set()
    for number, values in rows[1:]:
        one = _line(number, values)
        if one.row is not None and one.number in seen:
            one = Line(number, one.number, None, "twice")
        seen.add(one.number)
        lines.append(one)
    return lines


class _Wrong(Exception):
    """The column that cannot be read."""


def _line(line: int, values: Sequence[str]) -> Line:
    if len(values) != len(COLUMNS):
        return Line(line, "", None, "columns")
    said = dict(zip(COLUMNS, values, strict=True))
    try:
        return Line(line, said["number"], _row(said))
    except _Wrong as wrong:
        return Line(line, said["number"][: _LONGEST["number"]], None, str(wrong))


def _row(said: Mapping[str, str]) -> Row:
    for column, longest in _LONGEST.items():
        if not 0 < len(said[column]) <= longest:
            raise _Wrong(column)
    try:
        person = read_tckn(said["tckn"])
    except Invalid:
        raise _Wrong("tckn") from None
    try:
        holder = " ".join(person_name(word) for word in said["holder"].split())
    except Invalid:
        raise _Wrong("holder") from None
    issued = _day(said, "issued_on")
    revoked = _day(said, "revoked_on") if said["revoked_on"] else None
    if revoked is not None and revoked < issued:
        raise _Wrong("revoked_on")
    return Row(person, said["number"], holder, issued, revoked)


def _day(said: Mapping[str, str], column: str) -> date:
    """2023-03-06, or 06.03.2023 as a Turkish spreadsheet writes it."""
    typed = said[column]
    try:
        if "." in typed:
            return datetime.strptime(typed, "%d.%m.%Y").date()  # noqa: DTZ007 - a civil day, no instant
        return date.fromisoformat(typed)
    except ValueError:
        raise _Wrong(column) from None
