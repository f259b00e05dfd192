"""Tariff versions and what follows from them. Pure; amounts are integer kuruş, table edges whole lira, rates basis points.

One rate holds for the whole turnover, so the premium falls just past a band's edge; that is the tariff, not a slip.
What no source prints (DOMAIN.md 1.2, 6) is never decided here: it is answered as an open point or refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from lms.core.errors import Invalid

Status = Literal["document", "public", "inferred", "unknown"]
STATUSES: tuple[Status, ...] = ("document", "public", "inferred", "unknown")

KURUS = 100
BPS = 10_000
MAX_TURNOVER = 10**15  # kuruş; ten thousand times the largest band: keeps nonsense out of the sums

# What a version may say, in the order people read it. The tables among them are marked.
FACTS = (
    "products",
    "legal_basis",
    "training",
    "classes",
    "ceiling",
    "renewal_ceiling",
    "staged",
    "age_rule",
    "taxpayer_rule",
    "buyers_excluded",
    "terms",
    "premium_base",
    "premium",
    "cover_multiple",
    "min_premium",
    "cash_discount",
    "intro_discount",
    "instalments",
    "limits",
    "limit_allocation",
    "scores",
    "residual",
    "cover_ratios",
    "deductible",
    "query_fee",
    "quote_validity",
    "add_buyer",
    "claims",
    "legal_costs",
    "expense_rule",
)
TABLES = ("premium", "cover_multiple", "limits")


def lira(value: int) -> str:
    """3000001 -> "3.000.001"."""
    return f"{value:,}".replace(",", ".")


def percent(bps: int) -> str:
    """123 -> "1,23"."""
    return f"{bps // 100},{bps % 100:02d}"


MONTHS = (
    "Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran", "Temmuz", "Ağustos", "Eylül", "Ekim", "Kasım", "Aralık",
)  # fmt: skip


def day_text(day: date) -> str:
    """2020-03-25 -> "25 Mart 2020": how authored content names a version."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value comes from: one of our documents or a public page, with the words or the place in it."""

    key: str
    kind: Literal["document", "page", "gazette"]
    quote: str = ""
    place: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement of a version. ``value`` is None exactly if the status is unknown, and then ``note`` says why."""

    key: str
    status: Status
    value: Any = None
    text: str = ""
    note: str = ""
    sources: tuple[Source, ...] = ()

    @property
    def known(self) -> bool:
        return self.status != "unknown"


@dataclass(frozen=True, slots=True)
class Row:
    """A printed row: turnovers over ``over`` up to and including ``upto`` (whole lira), and its cells by column.

    Columns of a premium table are its terms ("120" -> basis points) and "multiple"; of a limit table "limit" (lira).
    A cell that no source gives is None. The printed "3.000.001" is a whole-lira rendering of "over 3.000.000":
    3.000.000,50 TL is in the next row.
    """

    over: int
    upto: int
    cells: Mapping[str, int | None]

    @property
    def label(self) -> str:
        return f"{lira(self.over + 1 if self.over else 0)}-{lira(self.upto)}"

    def holds(self, turnover: int) -> bool:
        """Whether a turnover in kuruş falls in this row; zero belongs to the first."""
        return self.over * KURUS < turnover <= self.upto * KURUS or (turnover == 0 and self.over == 0)


Table = tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Tariff:
    """One version of the tariff: an act, the day it took effect, and what it says with a source for each value."""

    id: str
    act: str
    gazette_date: date
    gazette_number: str
    effective: Fact
    authority: str
    centre: str
    note: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    partial: frozenset[str] = frozenset()

    @property
    def from_day(self) -> date:
        return self.effective.value  # type: ignore[no-any-return]

    @property
    def title(self) -> str:
        """How people call it: "25 Mart 2020 tarifesi (Resmî Gazete 31079)"."""
        return f"{day_text(self.from_day)} tarifesi (Resmî Gazete {self.gazette_number})"

    def fact(self, key: str) -> Fact:
        """The statement, or an unknown one if this version's file is silent."""
        return self.facts.get(key) or Fact(key, "unknown", note="")

    def table(self, key: str) -> Table | None:
        """The table, or None if it is unknown."""
        return self.fact(key).value  # type: ignore[no-any-return]

    def whole(self, key: str) -> bool:
        """Whether the table is known from its first row to its last."""
        return self.fact(key).known and key not in self.partial

    @property
    def terms(self) -> tuple[int, ...]:
        return tuple(self.fact("terms").value or ())

    @property
    def quotable(self) -> bool:
        """Whether a premium, a cover and a limit can be computed from this version alone."""
        return all(self.whole(key) for key in ("premium", "limits")) and self.fact("min_premium").known

    def cell(self, address: str) -> Cell:
        """A cell by its address: "premium/3.000.001-5.000.000/120", "limits/0-5.000.000", "min_premium".

        Errors: tariff.no_cell when the version prints no such thing or does not know it.
        """
        key, _, place = address.partition("/")
        fact = self.fact(key)
        if key not in FACTS or not fact.known or bool(place) != (key in TABLES):
            raise Invalid("tariff.no_cell", version=self.id, cell=address)
        if not place:
            return Cell(self.id, address, fact.value, fact.text, fact)
        band, _, column = place.partition("/")
        column = column or ("limit" if key == "limits" else "multiple")
        row = next((row for row in fact.value if row.label == band), None)
        value = row.cells.get(column) if row else None
        if value is None:
            raise Invalid("tariff.no_cell", version=self.id, cell=address)
        return Cell(self.id, address, value, cell_text(column, value), fact)


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a version, with the statement that sources it."""

    version: str
    address: str
    value: Any
    text: str
    fact: Fact


def cell_text(column: str, value: int | None) -> str:
    """A table cell as it is printed: rates with a comma, limits in lira; unknown as a question mark."""
    if value is None:
        return "?"
    if column == "limit":
        return lira(value)
    return str(value) if column == "multiple" else percent(value)


@dataclass(frozen=True, slots=True)
class Quote:
    """What a version answers for a turnover, a term and a day. Amounts in kuruş.

    ``cash_price`` is the premium with the discount for paying at once, None where the sources leave it open whether
    the discount comes before or after the floor. ``offered_from`` is set when the act let this size in only later.
    """

    version: str
    on: date
    turnover: int
    days: int
    rate_bps: int
    net_premium: int
    multiple: int
    max_cover: int
    per_buyer_limit: int
    floor: int
    floor_applied: bool
    cells: Mapping[str, str]
    cash_discount: int | None
    cash_price: int | None
    offered_from: date | None


def in_force(tariffs: Sequence[Tariff], on: date) -> Tariff:
    """The version in force on a civil day: the last one that took effect on or before it.

    Errors: tariff.not_in_force before the first version.
    """
    known = [tariff for tariff in tariffs if tariff.from_day <= on]
    if not known:
        first = min((tariff.from_day for tariff in tariffs), default=on)
        raise Invalid("tariff.not_in_force", on=on, first=first)
    return max(known, key=lambda tariff: tariff.from_day)


def until(tariffs: Sequence[Tariff], tariff: Tariff) -> date | None:
    """The first day on which a later version holds; None for the last one."""
    return min((other.from_day for other in tariffs if other.from_day > tariff.from_day), default=None)


def quote(tariffs: Sequence[Tariff], *, turnover: int, days: int, on: date) -> Quote:
    """Premium, cover and limit by the version in force on a day. ``turnover``: kuruş from sales on credit; ``days``: the term.

    Errors: tariff.turnover_invalid (negative or absurd), tariff.not_in_force, tariff.unknown (the version's tables are
    not known), tariff.term_not_offered, tariff.turnover_out_of_range (past the table's last row).
    """
    if not 0 <= turnover <= MAX_TURNOVER:
        raise Invalid("tariff.turnover_invalid")
    return quote_by(in_force(tariffs, on), turnover=turnover, days=days, on=on)


def quote_by(tariff: Tariff, *, turnover: int, days: int, on: date) -> Quote:
    """As `quote`, by a version already chosen."""
    for key in ("premium", "limits", "min_premium"):
        if not (tariff.whole(key) if key in TABLES else tariff.fact(key).known):
            raise Invalid("tariff.unknown", version=tariff.id, effective=tariff.from_day, table=key)
    if days not in tariff.terms:
        raise Invalid("tariff.term_not_offered", version=tariff.id, days=days, terms=", ".join(map(str, tariff.terms)))
    row, limit_row = row_of(tariff, "premium", turnover), row_of(tariff, "limits", turnover)
    rate, multiple, limit = row.cells[str(days)], row.cells["multiple"], limit_row.cells["limit"]
    if rate is None or multiple is None or limit is None:
        raise Invalid("tariff.unknown", version=tariff.id, effective=tariff.from_day, table="premium")

    floor = tariff.fact("min_premium").value * KURUS
    product = turnover * rate  # in kuruş x basis points: rounded only at the end, and the cover apart from the premium
    floor_applied = product < floor * BPS
    discount = tariff.fact("cash_discount").value
    return Quote(
        version=tariff.id,
        on=on,
        turnover=turnover,
        days=days,
        rate_bps=rate,
        net_premium=floor if floor_applied else half_up(product, BPS),
        multiple=multiple,
        max_cover=multiple * floor if floor_applied else half_up(multiple * product, BPS),
        per_buyer_limit=limit * KURUS,
        floor=floor,
        floor_applied=floor_applied,
        cells={
            "rate": f"premium/{row.label}/{days}",
            "multiple": f"premium/{row.label}/multiple",
            "limit": f"limits/{limit_row.label}",
            "floor": "min_premium",
        },
        cash_discount=discount,
        cash_price=cash_price(product, floor, discount),
        offered_from=_offered_from(tariff, turnover, on),
    )


def cash_price(product: int, floor: int, discount: int | None) -> int | None:
    """The premium paid at once, in kuruş; None if unknown or if "discount, then floor" and "floor, then discount" differ."""
    if discount is None:
        return None
    discounted = product * (100 - discount)
    return half_up(discounted, BPS * 100) if discounted >= floor * BPS * 100 else None


def row_of(tariff: Tariff, key: str, turnover: int) -> Row:
    """The row of a known table that a turnover (kuruş) falls in. Errors: tariff.turnover_out_of_range."""
    table = tariff.table(key) or ()
    row = next((row for row in table if row.holds(turnover)), None)
    if row is None:
        most = lira(max((row.upto for row in table), default=0))
        raise Invalid("tariff.turnover_out_of_range", version=tariff.id, most=most)
    return row


def half_up(numerator: int, denominator: int) -> int:
    """Exact division of non-negative integers, halves up."""
    return (2 * numerator + denominator) // (2 * denominator)


def _offered_from(tariff: Tariff, turnover: int, on: date) -> date | None:
    """The day from which the act let enterprises of this size in, if that is after ``on`` (a turnover from credit sales
    is never above the sales that the act measures, so this is a sure refusal, not a guess)."""
    for step in tariff.fact("staged").value or ():
        if turnover > step["over"] * KURUS and on < step["from"]:
            return step["from"]  # type: ignore[no-any-return]
    return None


def anchor(address: str) -> str:
    """The id under which a version's page shows a cell: "premium/3.000.001-5.000.000/120" -> "premium-3000001-5000000-120"."""
    return address.replace("/", "-").replace(".", "")


_TURNOVER = re.compile(r"(\d{1,3}(?:\.\d{3})+|\d+)(?:,(\d{1,2}))?|(\d+)\.(\d{1,2})", re.ASCII)


def turnover_of(text: str) -> int:
    """A turnover as people type it, in kuruş: "4000000", "4.000.000", "4.000.000,50", "4000000.50", with or without TL.

    Errors: tariff.turnover_invalid.
    """
    plain = re.sub(r"\s|TL|₺", "", text, flags=re.IGNORECASE)
    match = _TURNOVER.fullmatch(plain) if len(plain) <= 30 else None
    if match is None:
        raise Invalid("tariff.turnover_invalid")
    whole = (match[1] or match[3]).replace(".", "")
    kurus = int(whole) * KURUS + int((match[2] or match[4] or "").ljust(2, "0"))
    if kurus > MAX_TURNOVER:
        raise Invalid("tariff.turnover_invalid")
    return kurus


@dataclass(frozen=True, slots=True)
class Stretch:
    """One band of the premium curve: premiums (kuruş) at its first and last whole lira, and the fall just past its end."""

    row: Row
    rate_bps: int
    first: int
    last: int
    fall: int | None


def curve(tariff: Tariff, days: int) -> list[Stretch]:
    """How the premium of a quotable version runs over the turnover for one term; it falls at every band's edge."""
    found: list[Stretch] = []
    for row in reversed(tariff.table("premium") or ()):
        start = row.over + 1 if row.over else 0
        first, last = (
            quote_by(tariff, turnover=lira_ * KURUS, days=days, on=tariff.from_day).net_premium
            for lira_ in (start, row.upto)
        )
        fall = last - found[0].first if found else None
        found.insert(0, Stretch(row, row.cells[str(days)] or 0, first, last, fall))
    return found


@dataclass(frozen=True, slots=True)
class Difference:
    """A statement or a cell that two versions give differently; an empty text = absent, "?" = unknown."""

    address: str
    before: str
    after: str


def compare(old: Tariff, new: Tariff) -> list[Difference]:
    """What changed between two versions, cell by cell, in the order of reading."""
    before, after = _texts(old), _texts(new)
    keys = [*before, *(key for key in after if key not in before)]
    keys.sort(key=lambda address: FACTS.index(address.partition("/")[0]))
    return [
        Difference(key, before.get(key, ""), after.get(key, "")) for key in keys if before.get(key) != after.get(key)
    ]


def _texts(tariff: Tariff) -> dict[str, str]:
    texts: dict[str, str] = {}
    for key in FACTS:
        fact = tariff.facts.get(key)
        if fact is None:
            continue
        if not fact.known:
            texts[key] = "?"
        elif key in TABLES:
            for row in fact.value:
                for column, value in row.cells.items():
                    texts[f"{key}/{row.label}/{column}"] = cell_text(column, value)
        else:
            texts[key] = fact.text
    return texts
