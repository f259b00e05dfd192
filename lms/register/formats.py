"""R003, R029: certificates of earlier years as a table, CSV or XLSX: tckn, number, holder, issued_on, revoked_on (may be empty)."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from lms.core.errors import Invalid
from lms.core.text import nfc
from lms.membership.rules.identity import tckn as read_tckn

COLUMNS: Final = ("tckn", "number", "holder", "issued_on", "revoked_on")
MOST_LINES: Final = 20_000
_MOST_UNPACKED: Final = 100 * 1024 * 1024
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
    cells = _sheet(data) if data.startswith(b"PK") else _table(data)
    head = next(cells, (0, ()))[1]
    if tuple(text.lower() for text in head) != COLUMNS:
        raise Invalid("register.columns", columns="; ".join(COLUMNS))
    lines: list[Line] = []
    seen: set[str] = set()
    for number, values in cells:
        if not any(values):
            continue
        if len(lines) == MOST_LINES:
            raise Invalid("register.too_long", most=MOST_LINES)
        one = _line(number, values)
        if one.row is not None and one.number in seen:
            one = Line(number, one.number, None, "twice")
        seen.add(one.number)
        lines.append(one)
    return lines


def _table(data: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("register.file") from None
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        for values in reader:
            yield reader.line_num, [nfc(value) for value in values]
    except csv.Error:
        raise Invalid("register.file") from None


def _sheet(data: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    from openpyxl import load_workbook  # noqa: PLC0415 - 23 MB in each worker, for a file a year

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(part.file_size for part in packed.infolist()) > _MOST_UNPACKED:
                raise Invalid("register.file")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        for number, values in enumerate(sheet.iter_rows(max_col=len(COLUMNS), values_only=True), 1):
            yield number, [_written(value) for value in values]
        book.close()
    except (zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError, TypeError, AttributeError):
        raise Invalid("register.file") from None


def _written(value: object) -> str:
    """A cell as somebody would have typed it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return nfc(str(value))


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
    issued = _day(said, "issued_on")
    revoked = _day(said, "revoked_on") if said["revoked_on"] else None
    if revoked is not None and revoked < issued:
        raise _Wrong("revoked_on")
    return Row(person, said["number"], said["holder"], issued, revoked)


def _day(said: Mapping[str, str], column: str) -> date:
    """2023-03-06, or 06.03.2023 as a Turkish spreadsheet writes it."""
    typed = said[column]
    try:
        if "." in typed:
            return datetime.strptime(typed, "%d.%m.%Y").date()  # noqa: DTZ007 - a civil day, no instant
        return date.fromisoformat(typed)
    except ValueError:
        raise _Wrong(column) from None
