"""What a version of a rule text does to the lessons and questions that stand on it: which value changed, what only needs a look.

Computed from what each recorded when it was published and from the texts as they are; nothing is flagged by a job.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from lms.courses import queries as courses
from lms.courses import services as course_services
from lms.courses.models import Lesson
from lms.documents import services as documents
from lms.questions import queries as questions
from lms.tariff import services as tariffs
from lms.tariff.rules.standing import Kind, Standing, standing
from lms.tariff.rules.versions import Catalogue, RuleText, Tariff

_OTHERWISE: frozenset[Kind] = frozenset({"superseded_changed", "superseded_gone"})
_LOST: frozenset[Kind] = frozenset({"corrected", "lost"})


@dataclass(frozen=True, slots=True)
class Use:
    """A cell that something stands on: what it showed, what held before the version, what the version says."""

    address: str
    shown: str
    before: Standing
    after: Standing
    text: str = ""
    slide: str = ""
    number: int = 0

    @property
    def changed(self) -> bool:
        """Whether another value holds with this version than before it; what the sources leave open only needs a look."""
        if self.after.kind in _LOST:
            return True
        told = (self.after.kind, self.after.value) != (self.before.kind, self.before.value)
        return self.after.kind in _OTHERWISE and told


@dataclass(frozen=True, slots=True)
class Item:
    """A lesson or a question with everything of it that the version touches."""

    what: str  # lesson, question
    code: str
    title: str
    uses: tuple[Use, ...]
    held_from: date | None = None
    held_why: str = ""

    @property
    def changed(self) -> bool:
        return bool(self.held_why) or any(use.changed for use in self.uses)


def newest(catalogue: Catalogue) -> RuleText:
    """The tariff version that takes effect last."""
    return catalogue.tariffs[-1]


def touched(version: RuleText, catalogue: Catalogue) -> list[Item]:
    """Everything that stands on this version or on what it takes the place of; what changed first."""
    items = [item for item in (*_lessons(version, catalogue), *_questions(version, catalogue)) if item.uses]
    return sorted(items, key=lambda item: (not item.changed, item.what, item.code))


def held() -> list[Any]:
    """The questions that leave the draw by themselves, the soonest first."""
    rows = [row for row in questions.questions_by_code().values() if row.held_why and row.withdrawn_at is None]
    return sorted(rows, key=lambda row: (row.held_from, row.code))


def _family(version: RuleText, catalogue: Catalogue) -> set[str]:
    if isinstance(version, Tariff):
        return {tariff.id for tariff in catalogue.tariffs if tariff.from_day <= version.from_day}
    return {law.id for law in catalogue.laws if law.series == version.series and law.from_day <= version.from_day}


def _lessons(version: RuleText, catalogue: Catalogue) -> Iterable[Item]:
    family = _family(version, catalogue)
    for programme in course_services.programmes(documents.published()):
        release = courses.current_release(programme)
        for lesson in release.lessons if release else ():
            uses = [
                replace(
                    _use(one, version, catalogue),
                    text=_context(lesson, one),
                    slide=one["slide"],
                    number=_number(lesson, one["slide"]),
                )
                for one in lesson.citations
                if one["address"].partition(":")[0] in family and not one["address"].endswith(":effective")
            ]
            yield Item("lesson", lesson.code, f"{lesson.ordinal}. {lesson.title}", tuple(uses))


def _questions(version: RuleText, catalogue: Catalogue) -> Iterable[Item]:
    family = _family(version, catalogue)
    known = {row.id: row for row in questions.questions_by_code().values() if row.withdrawn_at is None}
    for wording in questions.current_versions(list(known)):
        row = known[wording.question_id]
        variants = wording.variants or [{"stem": wording.stem, "citations": wording.citations}]
        seen: dict[str, Use] = {}
        for variant in variants:
            for one in variant["citations"]:
                address = one["address"]
                if address.partition(":")[0] in family and not address.endswith(":effective") and address not in seen:
                    seen[address] = replace(_use(one, version, catalogue), text=variant["stem"])
        yield Item("question", row.code, wording.stem, tuple(seen.values()), row.held_from, row.held_why or "")


def _use(cited: Mapping[str, Any], version: RuleText, catalogue: Catalogue) -> Use:
    address, shown, day = cited["address"], cited["shown"], version.from_day
    before, after = (standing(address, shown, catalogue, on) for on in (day - timedelta(days=1), day))
    return Use(address, shown, before, after)


def _number(lesson: Lesson, slide: str) -> int:
    return next((number for number, one in enumerate(lesson.slides, 1) if one["id"] == slide), 0)


def _context(lesson: Lesson, cited: Mapping[str, Any]) -> str:
    """The text around a citation: the sentence, the bullet, the cell."""
    place = cited["place"].split("/")
    if place[0] == "narration":
        chapter: Any = next((one for one in lesson.transcript if one.get("id") == cited["slide"]), None)
        path: list[str] = ["sentences", place[1], "text"]
    elif cited["slide"]:
        chapter = next((one for one in lesson.slides if one["id"] == cited["slide"]), None)
        path = place
    else:
        chapter = {**lesson.about, "summary": lesson.summary, "checks": lesson.checks}
        path = place
    for step in path:
        if isinstance(chapter, list) and step.isdigit() and int(step) < len(chapter):
            chapter = chapter[int(step)]
        elif isinstance(chapter, Mapping):
            chapter = chapter.get(step)
        else:
            chapter = None
    return chapter if isinstance(chapter, str) else ""


def current_catalogue() -> Catalogue:
    """The published rule texts."""
    return tariffs.catalogue()
