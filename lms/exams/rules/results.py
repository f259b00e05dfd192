"""R090b: what a candidate is told of the areas of a finished paper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lms.exams.rules.exam import FULL_SCORE

ALONE: Final = 2  # an area of fewer questions is not told alone


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a finished paper: its topic, the lesson and slide that teach it, and whether it was right."""

    topic: str
    lesson: str
    slide: str | None
    right: bool


@dataclass(frozen=True, slots=True)
class AreaResult:
    """What a candidate is told of some topics. ``titles``: of the area in a language; empty = what no area names."""

    titles: tuple[Mapping[str, str], ...]
    right: int
    total: int
    weak: bool
    taught_by: frozenset[tuple[str, str | None]]


def by_area(asked: Sequence[Asked], areas: Sequence[Mapping[str, Any]], pass_mark: int) -> list[AreaResult]:
    """R090b: right of total by area; weak below the pass mark's share, and then where all its questions are taught.

    It depends on counts only, never on which question was right, so no key and no single result can be read from it: an
    area that has one question in this paper is told together with the next one (docs/decisions/0011).
    """
    named = [topic for area in areas for topic in area["topics"]]
    groups = [([area], [one for one in asked if one.topic in area["topics"]]) for area in areas]
    groups.append(([], [one for one in asked if one.topic not in named]))
    told: list[tuple[list[Mapping[str, Any]], list[Asked]]] = []
    for titles, questions in (group for group in groups if group[1]):
        if told and min(len(questions), len(told[-1][1])) < ALONE:
            told[-1] = (told[-1][0] + titles, told[-1][1] + questions)
        else:
            told.append((titles, questions))
    return [_area(titles, questions, pass_mark) for titles, questions in told]


def _area(titles: Sequence[Mapping[str, Any]], questions: Sequence[Asked], pass_mark: int) -> AreaResult:
    right, total = sum(one.right for one in questions), len(questions)
    return AreaResult(
        titles=tuple({"tr": area["title"], "en": area["title_en"]} for area in titles),
        right=right,
        total=total,
        weak=right * FULL_SCORE < pass_mark * total,
        taught_by=frozenset((one.lesson, one.slide) for one in questions),
    )
