"""References in authored text: a number that a lesson shows or a question asks is the cell itself, not a copy of it.

``{{DDAS-TT-2020:premium/0-3.000.000/120}}`` prints the cell, ``{{KOBI-2023:medium_sales|short}}`` prints it in a format,
``{{quote:DDAS-TT-2020/4000000/180/net_premium}}`` prints what the version answers. Units and suffixes stand outside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from lms.core.errors import DomainError
from lms.tariff.rules.quotes import Quote, quote_by
from lms.tariff.rules.versions import KURUS, Catalogue, Cell, day_text, lira, percent

_MARK = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_QUOTE = re.compile(r"quote:([^/]+)/(\d[\d.]*)/(\d+)/([a-z_]+)")
_SCALES = ((1_000_000_000, "milyar"), (1_000_000, "milyon"))
# what a quote's field is made from, as keys of `Quote.cells` or statements; the first is what its number links to
_MADE_FROM: Mapping[str, tuple[str, ...]] = {
    "rate": ("rate",),
    "net_premium": ("rate", "floor"),
    "max_cover": ("multiple", "rate", "floor"),
    "per_buyer_limit": ("limit",),
    "cash_price": ("cash_discount", "rate", "floor"),
}


class BadReference(ValueError):
    """A reference that prints nothing; says why."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A cell that a text stands on: its full address, how it is printed (`Cell.text`), and where the text shows it.

    ``text[start:end]`` is what the reader sees, in the reference's format; for a quote that is the computed number.
    """

    address: str
    shown: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Expanded:
    """A text with its references filled in, and the cells they cite in the order of the text."""

    text: str
    citations: tuple[Citation, ...] = ()


def expand(text: str, catalogue: Catalogue) -> Expanded:
    """Fill every reference of a text. Errors: BadReference for the first one that names no known value."""
    parts: list[str] = []
    citations: list[Citation] = []
    done = length = 0
    for mark in _MARK.finditer(text):
        before = text[done : mark.start()]
        shown, cells = _filled(mark[1], catalogue)
        start = length + len(before)
        length = start + len(shown)
        parts += [before, shown]
        citations += [Citation(f"{cell.version}:{cell.address}", cell.text, start, length) for cell in cells]
        done = mark.end()
    parts.append(text[done:])
    return Expanded("".join(parts), tuple(citations))


def _filled(reference: str, catalogue: Catalogue) -> tuple[str, list[Cell]]:
    asked = _QUOTE.fullmatch(reference)
    if asked:
        return _quoted(reference, asked, catalogue)
    address, _, form = reference.partition("|")
    try:
        cell = catalogue.cell(address.strip())
    except DomainError as error:
        raise BadReference(f"{{{{{reference}}}}}: there is no such known value") from error
    form = form.strip()
    if form not in _FORMS:
        raise BadReference(f"{{{{{reference}}}}}: a format is one of {', '.join(filter(None, _FORMS))}")
    shown = _FORMS[form](cell)
    if not shown:
        raise BadReference(f"{{{{{reference}}}}}: the value cannot be printed as {form or 'text'}")
    return shown, [cell]


def _quoted(reference: str, asked: re.Match[str], catalogue: Catalogue) -> tuple[str, list[Cell]]:
    version, turnover, days, field = asked.groups()
    tariff = catalogue.version(version)
    if tariff is None or field not in _MADE_FROM:
        raise BadReference(
            f"{{{{{reference}}}}}: quote:VERSION/TURNOVER/DAYS/FIELD, FIELD one of {', '.join(_MADE_FROM)}"
        )
    try:
        answer = quote_by(tariff, turnover=int(turnover.replace(".", "")) * KURUS, days=int(days), on=tariff.from_day)
        cells = [tariff.cell(answer.cells.get(key, key)) for key in _MADE_FROM[field]]
    except DomainError as error:
        raise BadReference(f"{{{{{reference}}}}}: {version} does not answer this ({error.code})") from error
    shown = _answer(answer, field)
    if shown is None:
        raise BadReference(f"{{{{{reference}}}}}: the sources leave this open")
    return shown, cells


def _answer(answer: Quote, field: str) -> str | None:
    if field == "rate":
        return percent(answer.rate_bps)
    kurus: int | None = getattr(answer, field)
    return None if kurus is None else money_text(kurus)


def money_text(kurus: int) -> str:
    """2800000 -> "28.000", 40500014 -> "405.000,14": an amount in lira without its unit."""
    whole, rest = divmod(kurus, KURUS)
    return f"{lira(whole)},{rest:02d}" if rest else lira(whole)


def short(value: int) -> str:
    """125000000 -> "125 milyon", 2500000 -> "2,5 milyon"; what is not short stays whole."""
    for scale, name in _SCALES:
        hundredths, rest = divmod(value * 100, scale)
        if value >= scale and not rest:
            digits = f"{hundredths // 100},{hundredths % 100:02d}".rstrip("0").rstrip(",")
            return f"{digits} {name}"
    return lira(value)


_FORMS: Mapping[str, Callable[[Cell], str]] = {
    "": lambda cell: cell.text,
    "date": lambda cell: day_text(cell.value) if isinstance(cell.value, date) else "",
    "text": lambda cell: cell.fact.text,
    "short": lambda cell: short(cell.value) if type(cell.value) is int else "",
}
