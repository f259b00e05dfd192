"""When a question leaves the draw by itself: its numbers are no longer what holds today, or its own version was corrected. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from lms.questions.rules.drawing import Entry, Slot, shortages
from lms.questions.rules.question import Cite, Question
from lms.tariff.rules.standing import standing
from lms.tariff.rules.versions import Catalogue

Why = Literal["replaced", "corrected"]


@dataclass(frozen=True, slots=True)
class Held:
    """A question is not drawn from a civil day on, and why."""

    from_day: date
    why: Why


def replaced(question: Question, catalogue: Catalogue) -> Held | None:
    """A wording that claims what is current leaves the day a later version says something else, or nothing, of a cell
    that it rests on. A wording that names its version's date stays true."""
    if not question.claims:
        return None
    cites = set(_cites(question))
    days = sorted({t.from_day for t in catalogue.tariffs} | {law.from_day for law in catalogue.laws})
    stale = (day for day in days for cite in cites if standing(cite.address, cite.shown, catalogue, day).stale)
    first = next(stale, None)
    return Held(first, "replaced") if first else None


def corrected(question: Question, source_hash: str, recorded: Iterable[Mapping[str, str]]) -> bool:
    """Whether nobody touched a plain question since its wording was stored, but a cell it cites prints another value now.

    A computed question takes its numbers from the tariff and is right by itself.
    """
    if question.what or question.source != source_hash:
        return False
    before = {cite["address"]: cite["shown"] for cite in recorded}
    return any(before.get(cite.address, cite.shown) != cite.shown for cite in _cites(question))


def _cites(question: Question) -> Iterable[Cite]:
    return (cite for variant in question.variants for cite in variant.cites)


@dataclass(frozen=True, slots=True)
class Short:
    """A slot that cannot be filled from a day on."""

    slot: Slot
    day: date
    have: int
    needed: int


def first_shortage(
    questions: Sequence[Question], held: Mapping[str, Held], slots: Sequence[Slot], papers: int, today: date
) -> Short | None:
    """The first day from today on which a slot could not serve ``papers`` papers from its own questions."""
    edges = {day for question in questions for day in (question.from_day, question.until) if day}
    for day in sorted({today} | {day for day in edges | {one.from_day for one in held.values()} if day > today}):
        stock = [
            Entry(number, question.code, question.topic, question.difficulty)
            for number, question in enumerate(questions)
            if question.holds_on(day) and not (question.code in held and held[question.code].from_day <= day)
        ]
        for slot, have, needed in shortages(stock, slots, papers):
            return Short(slot, day, have, needed)
    return None
