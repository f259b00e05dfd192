"""Tables under a question's stem: rows as the tariff prints them, so that they cannot be mistyped. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from lms.questions.rules.question import Table
from lms.tariff.rules.versions import Row, Tariff, cell_text, day_text

_TURNOVER = "Vadeli satış cirosu (TL)"


def premium_table(tariff: Tariff, rows: Sequence[Row], terms: Sequence[int], *, multiple: bool = False) -> Table:
    """Rates of some rows for some terms, with the multiple of the cover where it is asked for."""
    columns = [str(term) for term in terms] + (["multiple"] if multiple else [])
    head = (_TURNOVER, *(f"{term} gün" for term in terms), *(["Net primin katı"] if multiple else []))
    lines = tuple((row.label, *(cell_text(column, row.cells[column]) for column in columns)) for row in rows)
    cells = ("", *(f"{tariff.id}:premium/{{}}/{column}" for column in columns))
    return Table(f"{day_text(tariff.from_day)} tarifesi: prim oranları (%)", head, lines, cells)


def limit_table(tariff: Tariff, rows: Sequence[Row]) -> Table:
    """Per-buyer limits of some rows."""
    lines = tuple((row.label, cell_text("limit", row.cells["limit"])) for row in rows)
    caption = f"{day_text(tariff.from_day)} tarifesi: alıcı başına azami kredi limiti"
    return Table(caption, (_TURNOVER, "Alıcı başına azami limit (TL)"), lines, ("", f"{tariff.id}:limits/{{}}"))


def neighbours(rows: Sequence[Row], row: Row) -> list[Row]:
    """A row with the one before and the one after it; three rows also at the table's ends."""
    place = rows.index(row)
    start = max(0, min(place - 1, len(rows) - 3))
    return list(rows[start : start + 3])
