"""A computed question: its numbers, the variants that come of them, and what is wrong with any of them. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from lms.core.errors import DomainError
from lms.questions.rules.question import OPTIONS, Cite, Mark, Variant, gathered, same_option
from lms.questions.rules.sums import KINDS, Worked, countable
from lms.tariff.rules.versions import Tariff

FEWEST, MOST = 4, 60  # variants: enough to be fresh, few enough to read
_WORD = re.compile(r"\{\{([a-z_]+)\}\}")
_PARTS = re.compile(r"(\{\{[a-z_]+\}\})")
_GIVEN = frozenset({"turnover", "days", "longer", "buyers", "limits", "loss", "due"})  # no number of the tariff


@dataclass(frozen=True, slots=True)
class Sum:
    """What a computed question asks of the version in force on a day. Every combination of ``given`` is a variant;
    ``mistakes`` name the distractors (a name a second time: the next one of that kind)."""

    what: str
    on: date
    given: Mapping[str, tuple[Any, ...]]
    mistakes: tuple[str, ...]

    def combinations(self) -> list[dict[str, Any]]:
        return [dict(zip(self.given, values, strict=True)) for values in itertools.product(*self.given.values())]


def sum_faults(asks: Sum) -> list[str]:
    """What is wrong with a sum before any number is looked at."""
    if asks.what not in KINDS:
        return [f"what is one of {', '.join(KINDS)}"]
    needs = KINDS[asks.what].needs
    if frozenset(asks.given) not in needs:
        return [f"{asks.what} is given {' or '.join(', '.join(sorted(names)) for names in needs)}"]
    if len(asks.mistakes) != OPTIONS - 1:
        return [f"a computed question names {OPTIONS - 1} mistakes"]
    count = len(asks.combinations())
    return [] if FEWEST <= count <= MOST else [f"{count} variants; a computed question has {FEWEST} to {MOST}"]


def variants(asks: Sum, tariff: Tariff, stem: str, explanation: str) -> tuple[list[Variant], list[str]]:
    """Every variant, and what is wrong with any: each fault names the numbers that it came of."""
    found: list[Variant] = []
    faults: list[str] = []
    floors = set()
    for given in asks.combinations():
        named = ", ".join(f"{name} {value}" for name, value in given.items())
        try:
            worked = KINDS[asks.what].work(tariff, given)
        except DomainError as error:
            faults.append(f"{named}: {tariff.id} cannot answer this ({error.code})")
            continue
        floors.add(worked.floor_applied)
        mistakes, texts, missing = _distractors(worked, asks.mistakes)
        faults += [f"{named}: {reason}" for reason in (*missing, *_count_faults(worked))]
        words = {**worked.words, "answer": worked.answer}
        faults += [f"there is no {{{{{name}}}}}; there are {', '.join(sorted(words))}" for name in _unknown(words, stem, explanation)]  # fmt: skip
        cells = tuple(Cite(f"{tariff.id}:{cell}", tariff.cell(cell).text) for cell in dict.fromkeys(worked.cells))
        origin = {name: _origin(text, cells) for name, text in words.items() if name not in _GIVEN}
        if "floor" in words:
            origin["floor"] = Cite(f"{tariff.id}:min_premium", tariff.cell("min_premium").text)
        asked, told = _Told("stem", stem, words, origin), _Told("explanation", explanation, words, origin)
        answer = replace(cells[0], marks=(Mark("options/0", 0, len(worked.answer)),))
        cites = gathered((*cells, *asked.cites, answer, *told.cites))
        found.append(
            Variant(asked.text, (worked.answer, *texts), told.text, worked.table, cites, given, mistakes)
        )  # fmt: skip
    if len(floors) > 1:
        faults.append("the minimum premium decides some variants only: make two questions of it")
    if len({variant.stem for variant in found}) < len(found):
        faults.append("two variants have the same stem: it does not show every number")
    return found, list(dict.fromkeys(faults))


def _distractors(worked: Worked, names: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...], list[str]]:
    """For each mistake its first answer that is whole lira and no option yet; what could not be found."""
    taken = [worked.answer]
    missing: list[str] = []
    made: list[str] = []
    for name in names:
        fitting = (text for slip, text in worked.slips if slip == name and not _crooked(text))
        text = next((text for text in fitting if not any(same_option(text, other) for other in taken)), None)
        if text is None:
            some = ", ".join(dict.fromkeys(slip for slip, _ in worked.slips))
            missing.append(f"the mistake {name!r} gives no further option; mistakes here: {some}")
            text = f"? {len(taken)}"
        taken.append(text)
        made.append(name)
    return tuple(made), tuple(taken[1:]), missing


def _crooked(text: str) -> bool:
    """No option anybody would take: with kuruş, nothing or less."""
    return bool(re.search(r",\d\d TL$", text)) or text.startswith(("0 ", "-"))


def _count_faults(worked: Worked) -> Iterable[str]:
    """What cannot be done in the head."""
    for one, two in worked.steps:
        if not countable(one, two):
            yield f"{one} × {two} is not done in the head"
    if _crooked(worked.answer):
        yield f"the answer {worked.answer!r} is not a whole number"


def _unknown(words: Mapping[str, str], *texts: str) -> list[str]:
    return [name for text in texts for name in _WORD.findall(text) if name not in words]


def _origin(text: str, cells: Sequence[Cite]) -> Cite:
    """The cell that a number is read in; a computed number leads to the first cell that it is made from."""
    return next((cell for cell in cells if cell.shown == text), cells[0])


class _Told:
    """A text with its numbers filled in, and the cells that they come from."""

    def __init__(self, place: str, text: str, words: Mapping[str, str], origin: Mapping[str, Cite]) -> None:
        self.text = ""
        self.cites: list[Cite] = []
        for part in _PARTS.split(text):
            word = _WORD.fullmatch(part)
            shown = words.get(word[1], part) if word else part
            if word and word[1] in words and word[1] in origin:
                mark = Mark(place, len(self.text), len(self.text) + len(shown))
                self.cites.append(replace(origin[word[1]], marks=(mark,)))
            self.text += shown
