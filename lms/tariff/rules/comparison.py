"""Two versions side by side, cell by cell. Bands that one of them cut differently are held against each other turnover by
turnover, so that a moved edge is not mistaken for a new rate. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from lms.tariff.rules.versions import FACTS, TABLES, Row, Tariff, cell_text, lira, same


@dataclass(frozen=True, slots=True)
class Pair:
    """What two versions say at one place. "?" = unknown, empty = this version has no such thing.

    ``changed``: both are known and differ in value; another wording of the same value is no change. ``cells``: the full
    addresses of what stands before and after; empty where nothing is known.
    """

    column: str
    before: str
    after: str
    changed: bool
    cells: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of turnovers (over .. upto, whole lira) within one row of each version, with its cells."""

    over: int
    upto: int
    pairs: tuple[Pair, ...]

    @property
    def label(self) -> str:
        return f"{lira(self.over + 1 if self.over else 0)}-{lira(self.upto)}"


def segments(old: Tariff, new: Tariff, key: str) -> list[Segment]:
    """A table of two versions over the union of their edges; nothing if neither knows it."""
    before, after = old.table(key) or (), new.table(key) or ()
    edges = sorted({edge for row in (*before, *after) for edge in (row.over, row.upto)})
    columns = _columns(before, after)
    found = []
    for over, upto in pairwise(edges):
        rows = _row(before, over, upto), _row(after, over, upto)
        if any(rows):
            pairs = []
            for column in columns:
                said = _said(old, rows[0], key, column), _said(new, rows[1], key, column)
                cells = _cell(old, rows[0], key, column), _cell(new, rows[1], key, column)
                pairs.append(Pair(column, *said, "?" not in said and said[0] != said[1], cells))
            found.append(Segment(over, upto, tuple(pairs)))
    return found


def statements(old: Tariff, new: Tariff) -> list[Pair]:
    """Every statement of either version that is no table both print."""
    keys = [key for key in FACTS if (key in old.facts or key in new.facts) and key not in TABLES]
    return [
        Pair(
            key,
            _sentence(old, key),
            _sentence(new, key),
            changed=old.fact(key).known and new.fact(key).known and not same(old, new, key),
            cells=(_whole(old, key), _whole(new, key)),
        )
        for key in keys
    ]


def _columns(before: Sequence[Row], after: Sequence[Row]) -> list[str]:
    columns = {column for rows in (before, after) for row in rows[:1] for column in row.cells}
    return sorted(columns, key=lambda column: (not column.isdigit(), int(column) if column.isdigit() else 0, column))


def _row(rows: Sequence[Row], over: int, upto: int) -> Row | None:
    return next((row for row in rows if row.over <= over and upto <= row.upto), None)


def _said(tariff: Tariff, row: Row | None, key: str, column: str) -> str:
    if row is None:
        return "" if tariff.whole(key) else "?"
    return cell_text(column, row.cells[column]) if column in row.cells else ""


def _cell(tariff: Tariff, row: Row | None, key: str, column: str) -> str:
    if row is None or row.cells.get(column) is None:
        return ""
    return f"{tariff.id}:{key}/{row.label}" + ("" if column == "limit" else f"/{column}")


def _whole(tariff: Tariff, key: str) -> str:
    return f"{tariff.id}:{key}" if tariff.fact(key).known else ""


def _sentence(tariff: Tariff, key: str) -> str:
    fact = tariff.facts.get(key)
    return "?" if fact is None or not fact.known else fact.text
