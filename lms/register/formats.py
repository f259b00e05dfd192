"""R003, R029: certificates of earlier years as a table: tckn; number; holder; issued_on; revoked_on (may be empty)."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from lms.core.errors import Invalid
from lms.core.sources import Fault
from lms.core.text import nfc
from lms.membership.rules.identity import tckn as read_tckn

COLUMNS: Final = ("tckn", "number", "holder", "issued_on", "revoked_on")
_LONGEST: Final = {"number": 40, "holder": 170}


@dataclass(frozen=True, slots=True)
class Row:
    """One certificate of an earlier year."""

    tckn: str
    number: str
    holder: str
    issued_on: date
    revoked_on: date | None


def read(data: bytes, name: str, faults: list[Fault]) -> list[Row]:
    """Every row, or the faults with their lines. A fault never repeats a T.C. kimlik number."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        faults.append(Fault(name, 1, "not UTF-8 text"))
        return []
    reader = csv.DictReader(io.StringIO(text), delimiter=";", strict=True)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        faults.append(Fault(name, 1, f"the first line must be {';'.join(COLUMNS)}"))
        return []
    rows: list[Row] = []
    seen: dict[str, int] = {}
    try:
        for raw in reader:
            row = _row(raw, name, reader.line_num, faults)
            if row is None:
                continue
            if row.number in seen:
                faults.append(
                    Fault(name, reader.line_num, f"number {row.number!r} stands in line {seen[row.number]} too")
                )
            seen[row.number] = reader.line_num
            rows.append(row)
    except csv.Error as error:
        faults.append(Fault(name, reader.line_num, f"not a table: {error}"))
    return rows


def _row(raw: Mapping[str | None, str | None], name: str, line: int, faults: list[Fault]) -> Row | None:
    before = len(faults)
    if None in raw or None in raw.values():
        faults.append(Fault(name, line, f"{len(COLUMNS)} columns are expected"))
        return None
    values = {key: nfc(value or "") for key, value in raw.items() if key}
    number = ""
    try:
        number = read_tckn(values["tckn"])
    except Invalid:
        faults.append(Fault(name, line, "the tckn is not valid"))
    for column, longest in _LONGEST.items():
        if not 0 < len(values[column]) <= longest:
            faults.append(Fault(name, line, f"{column} must have 1 to {longest} characters"))
    issued = _day(values["issued_on"], "issued_on", name, line, faults)
    revoked = _day(values["revoked_on"], "revoked_on", name, line, faults) if values["revoked_on"] else None
    if len(faults) > before or issued is None:
        return None
    return Row(number, values["number"], values["holder"], issued, revoked)


def _day(typed: str, column: str, name: str, line: int, faults: list[Fault]) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        faults.append(Fault(name, line, f"{column} must be a date like 2023-03-06"))
        return None
