"""What became of a cited value: still current, superseded (by the same or another value), or corrected. Pure.

A lesson or a question recorded the cell it stands on and how that was printed. Whether it may still be told as what
holds today is asked of the catalogue as it is now, for a civil day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from lms.core.errors import DomainError
from lms.tariff.rules.versions import TABLES, Catalogue, Cell, RuleText, Tariff

Kind = Literal[
    "current",  # the text cited is the one in force
    "ahead",  # it takes effect only after the day
    "superseded_same_value",  # a later text is in force and says the same: needs only a look
    "superseded_changed",  # it says something else
    "superseded_gone",  # it has no such band or term any more; `value` is what holds for those turnovers, if one cell does
    "superseded_unknown",  # what it says there is not in our sources
    "corrected",  # the text cited itself says something else now
    "lost",  # the text cited no longer exists, or no longer says anything there
]
STALE: frozenset[Kind] = frozenset({"superseded_changed", "superseded_gone", "superseded_unknown", "corrected", "lost"})


@dataclass(frozen=True, slots=True)
class Standing:
    """How a citation stands on a day. ``address`` is the full address of the cell that holds then, ``value`` how it is
    printed; ``from_day`` the first day since which it stands so (None if corrected or lost: the day is that of the act
    of publishing). Unknown or gone: no value.
    """

    kind: Kind
    address: str = ""
    value: str = ""
    from_day: date | None = None

    @property
    def stale(self) -> bool:
        """Whether a text that claims to say what is current is wrong or unfounded."""
        return self.kind in STALE


def standing(address: str, shown: str, catalogue: Catalogue, on: date) -> Standing:
    """How a citation recorded as ``shown`` stands on a civil day.

    A correction of the cited version itself comes before what later versions say. ``effective`` is a version's name in
    texts ("25 Mart 2020 tarifesi"): a later version never changes it.
    """
    name, _, place = address.partition(":")
    own = catalogue.rule_text(name)
    cell = _cell(own, place)
    if own is None or cell is None:
        return Standing("lost", address)
    if cell.text != shown:
        return Standing("corrected", address, cell.text)
    if own.from_day > on:
        return Standing("ahead", address, cell.text, own.from_day)
    later = [text for text in _successors(own, catalogue) if text.from_day <= on]
    if not later:
        return Standing("current", address, cell.text, own.from_day)
    if place == "effective":
        return Standing("superseded_same_value", address, shown, later[0].from_day)
    return _since(later, lambda text: _said(text, place, shown))


def _successors(own: RuleText, catalogue: Catalogue) -> list[RuleText]:
    """The later texts that take this one's place, in order."""
    texts: Sequence[RuleText] = (
        catalogue.tariffs if isinstance(own, Tariff) else [law for law in catalogue.laws if law.series == own.series]
    )
    return sorted((text for text in texts if text.from_day > own.from_day), key=lambda text: text.from_day)


def _since(later: Sequence[RuleText], said: Callable[[RuleText], tuple[Kind, str, str]]) -> Standing:
    """What the last of the later texts says, dated from the first of those that say so without a break."""
    *before, last = later
    kind, address, value = said(last)
    from_day = last.from_day
    for text in reversed(before):
        if said(text)[::2] != (kind, value):
            break
        from_day = text.from_day
    return Standing(kind, address, value, from_day)


def _said(text: RuleText, place: str, shown: str) -> tuple[Kind, str, str]:
    """What a later text says at the same place: kind, full address, printed value."""
    found = _cell(text, place)
    if found is not None:
        kind: Kind = "superseded_same_value" if found.text == shown else "superseded_changed"
        return kind, f"{text.id}:{place}", found.text
    key, slash, rest = place.partition("/")
    if not slash or not isinstance(text, Tariff) or key not in TABLES or not text.whole(key):
        return "superseded_unknown", f"{text.id}:{key.partition('.')[0]}", ""
    near = _enclosing(text, key, rest)
    return (
        ("superseded_gone", f"{text.id}:{near.address}", near.text)
        if near
        else ("superseded_gone", f"{text.id}:{key}", "")
    )


def _enclosing(tariff: Tariff, key: str, rest: str) -> Cell | None:
    """The cell of the one row that now holds the whole of a band that is printed no more."""
    band, slash, column = rest.partition("/")
    first, _, last = (edge.replace(".", "") for edge in band.partition("-"))
    over, upto = max(int(first) - 1, 0), int(last)
    for row in tariff.table(key) or ():
        if row.over <= over and upto <= row.upto:
            return _cell(tariff, f"{key}/{row.label}{slash}{column}")
    return None


def _cell(text: RuleText | None, place: str) -> Cell | None:
    try:
        return text.cell(place) if text is not None else None
    except DomainError:
        return None
