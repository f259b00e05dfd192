"""Versions of the tariff and other dated rule texts, with a source for each value. Pure; amounts are integer kuruş, table
edges whole lira, rates basis points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from lms.core.errors import Invalid

Status = Literal["document", "public", "inferred", "unknown"]
STATUSES: tuple[Status, ...] = ("document", "public", "inferred", "unknown")

KURUS = 100
BPS = 10_000

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
        """A cell by its address: "premium/3.000.001-5.000.000/120", "limits/0-5.000.000", "min_premium",
        "instalments.down_percent", "effective".

        Errors: tariff.no_cell when the version prints no such thing or does not know it.
        """
        key, _, place = address.partition("/")
        if not place:
            return _statement(self, address)
        fact = self.fact(key)
        if key not in TABLES or not fact.known:
            raise Invalid("tariff.no_cell", version=self.id, cell=address)
        band, _, column = place.partition("/")
        column = column or ("limit" if key == "limits" else "multiple")
        row = next((row for row in fact.value if row.label == band), None)
        value = row.cells.get(column) if row else None
        if value is None:
            raise Invalid("tariff.no_cell", version=self.id, cell=address)
        return Cell(self.id, address, value, cell_text(column, value), fact)


@dataclass(frozen=True, slots=True)
class Law:
    """Another dated rule text that is taught and asked: thresholds, general conditions, what a page said at a time.

    A later document of the same ``series`` takes its place.
    """

    id: str
    title: str
    series: str
    effective: Fact
    note: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)

    @property
    def from_day(self) -> date:
        return self.effective.value  # type: ignore[no-any-return]

    def fact(self, key: str) -> Fact:
        """The statement, or an unknown one."""
        return self.facts.get(key) or Fact(key, "unknown", note="")

    def cell(self, address: str) -> Cell:
        """A statement's value by its address: "medium_sales", "ceiling_raise.percent", "effective". Errors: tariff.no_cell."""
        return _statement(self, address)


RuleText = Tariff | Law


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a version, with the statement that sources it; ``text`` is how it is printed."""

    version: str
    address: str
    value: Any
    text: str
    fact: Fact


def _statement(text: RuleText, address: str) -> Cell:
    """The value of a statement, or of a part of it: ".name" goes into a mapping, ".0" into a list."""
    key, *path = address.split(".")
    fact = text.effective if key == "effective" else text.fact(key)
    value = None if key in TABLES else fact.value
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            value = None
    if value is None:
        raise Invalid("tariff.no_cell", version=text.id, cell=address)
    return Cell(text.id, address, value, printed(value), fact)


def printed(value: Any) -> str:
    """A statement's value as a reader meets it: 2500 -> "2.500", a day written out, a list as "a, b ve c"."""
    if isinstance(value, bool):
        return "evet" if value else "hayır"
    if isinstance(value, int):
        return lira(value)
    if isinstance(value, date):
        return day_text(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {printed(part)}" for key, part in value.items())
    if isinstance(value, list):
        *most, last = [printed(part) for part in value] or [""]
        return f"{', '.join(most)} ve {last}" if most else last
    return str(value)


@dataclass(frozen=True, slots=True)
class Reference:
    """A document or a public page that may be cited."""

    key: str
    kind: str
    title: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every version of the tariff and every other rule text, each oldest first, and what they cite."""

    tariffs: tuple[Tariff, ...]
    references: Mapping[str, Reference]
    laws: tuple[Law, ...] = ()

    def version(self, version: str) -> Tariff | None:
        return next((tariff for tariff in self.tariffs if tariff.id == version), None)

    def rule_text(self, name: str) -> RuleText | None:
        """A tariff version or another rule text by its id."""
        return self.version(name) or next((law for law in self.laws if law.id == name), None)

    def superseded(self, law: Law, on: date) -> bool:
        """Whether a later text of its series is in force on a civil day."""
        return any(other.series == law.series and law.from_day < other.from_day <= on for other in self.laws)

    def cell(self, address: str) -> Cell:
        """The cell at "DDAS-TT-2020:premium/0-3.000.000/120" or "KOBI-2023:medium_sales". Errors: tariff.no_cell."""
        name, _, place = address.partition(":")
        text = self.rule_text(name)
        if text is None:
            raise Invalid("tariff.no_cell", version=name, cell=place)
        return text.cell(place)


def cell_text(column: str, value: int | None) -> str:
    """A table cell as it is printed: rates with a comma, limits in lira; unknown as a question mark."""
    if value is None:
        return "?"
    if column == "limit":
        return lira(value)
    return str(value) if column == "multiple" else percent(value)


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


def anchor(address: str) -> str:
    """The id under which a version's page shows a cell: "premium/3.000.001-5.000.000/120" -> "premium-3000001-5000000-120",
    "instalments.down_percent" -> "instalments"."""
    if "/" not in address:
        return address.partition(".")[0]
    return address.replace("/", "-").replace(".", "")


def same(old: Tariff, new: Tariff, key: str) -> bool:
    """Whether both know a statement and give the same value: another wording of it is no change."""
    return old.fact(key).known and new.fact(key).known and old.fact(key).value == new.fact(key).value
