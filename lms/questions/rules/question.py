"""Questions: what a candidate reads of one, what identifies its version, and which words may not be asked. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from lms.tariff.rules.versions import Source

LETTERS = "ABCD"
OPTIONS = len(LETTERS)
DIFFICULTIES = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Table:
    """A real table under the stem: the printed tariff rows that the question needs. ``cells`` are the addresses of its
    columns, with {} for the row's label ("DDAS-TT-2020:premium/{}/120"); "" for a column that is no cell of a tariff."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    cells: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a wording shows a cited cell: the characters from ``start`` to ``end`` of "stem", "explanation" or "options/0"."""

    place: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Cite:
    """A cell of a tariff or a statement of another rule text that a wording rests on, what it showed, and where."""

    address: str
    shown: str
    marks: tuple[Mark, ...] = ()


def gathered(cites: Iterable[Cite]) -> tuple[Cite, ...]:
    """Each cell once, with every place that shows it."""
    found: dict[tuple[str, str], Cite] = {}
    for cite in cites:
        before = found.get((cite.address, cite.shown))
        found[cite.address, cite.shown] = replace(cite, marks=(*before.marks, *cite.marks)) if before else cite
    return tuple(found.values())


def shown_at(citations: Iterable[Mapping[str, Any]], place: str) -> list[dict[str, Any]]:
    """What a stored wording cites at a place of its text: address, start, end."""
    return [
        {"address": one["address"], "start": mark["start"], "end": mark["end"]}
        for one in citations
        for mark in one.get("marks", ())
        if mark["place"] == place
    ]


@dataclass(frozen=True, slots=True)
class Variant:
    """What a candidate reads: a question with one set of numbers. The first option is the key; candidates see them shuffled.

    ``given`` are the numbers put into a computed question, ``mistakes`` the names of its distractors in their order.
    """

    stem: str
    options: tuple[str, ...]
    explanation: str
    table: Table | None = None
    cites: tuple[Cite, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
    mistakes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A question as its author wrote it: one variant, or as many as a computed question has numbers.

    ``from_day`` and ``until`` bound the days on which it may be drawn: a sentence about what holds today stops being
    true when a new act takes effect. ``what`` is what a computed question asks for. ``claims``: it asks what is current.
    ``source`` is the hash of what the author wrote, whatever the cited cells print.
    """

    code: str
    programme: str
    topic: str
    lesson: str
    difficulty: int
    sources: tuple[Source, ...]
    variants: tuple[Variant, ...]
    slide: str | None = None
    what: str | None = None
    from_day: date | None = None
    until: date | None = None
    claims: bool = False
    source: str = ""

    @property
    def content_hash(self) -> str:
        """The identity of this version: any change of anything in it makes another one."""
        text = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def holds_on(self, day: date) -> bool:
        """Whether it may be drawn on a civil day."""
        return (self.from_day is None or self.from_day <= day) and (self.until is None or day < self.until)


# --- checks on text -----------------------------------------------------------------------------------------------

# Points that no source settles (DOMAIN.md): a question on one of them would have no right answer.
OPEN_POINTS = (
    (re.compile(r"tam(?: olarak)? 2\.500 TL", re.IGNORECASE), "a loss of exactly 2.500 TL is an open point"),
    (re.compile(r"\bBSMV\b"), "BSMV is in no source"),
    (re.compile(r"(indirim\w*\s.*\btaban|taban\w*\s.*\bindirim)", re.IGNORECASE), "discount and floor: their order is an open point"),
)  # fmt: skip
CLAIMS_TODAY = re.compile(r"\b(bugün|hâlen|halen|güncel|şu an|yürürlükteki)", re.IGNORECASE)
ALL_OF_ABOVE = re.compile(r"\b(hepsi|hiçbiri|yukarıdaki\w*|[A-D] ve [A-D])\b", re.IGNORECASE)


def claims_today(stems: Iterable[str]) -> bool:
    """Whether a wording says that something holds now."""
    return any(CLAIMS_TODAY.search(stem) for stem in stems)


def same_option(one: str, two: str) -> bool:
    """Whether two options say the same: case, spaces, final stops and trailing decimal zeros do not count."""
    return _plain(one) == _plain(two)


def _plain(text: str) -> str:
    text = re.sub(r",0+(?=\D|$)", "", re.sub(r"(,\d*[1-9])0+(?=\D|$)", r"\1", text))
    return re.sub(r"[\s.!]+$", "", " ".join(text.split())).replace("I", "ı").replace("İ", "i").lower()


def text_faults(question: Question) -> list[str]:
    """What is wrong with a question's words, in any of its variants."""
    faults = [reason for variant in question.variants for reason in _variant_faults(variant)]
    return list(dict.fromkeys(faults))


def _variant_faults(variant: Variant) -> Iterable[str]:
    options = variant.options
    if any(same_option(options[i], options[j]) for i in range(len(options)) for j in range(i)):
        yield "two options are equal"
    whole = " ".join((variant.stem, *options))
    yield from (reason for pattern, reason in OPEN_POINTS if pattern.search(whole))
    if any(ALL_OF_ABOVE.search(option) for option in options):
        yield "an option points at the others (hepsi, hiçbiri, A ve B): options are shuffled"
    if len(variant.stem) > 700 or any(len(option) > 220 for option in options):
        yield "the stem (700 characters) or an option (220) is too long for a phone"
