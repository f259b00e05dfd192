"""Lessons from authored files to what a candidate watches: check, build, publish. A fault anywhere stops it before anything changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lms.core.sources import Documents, folders_in
from lms.courses import loader
from lms.courses.formats.course import lessons_of, read_course
from lms.courses.models import CourseRelease, Lesson
from lms.courses.rules.lesson import Course
from lms.tariff import services as tariffs
from lms.tariff.loader import load as load_tariffs
from lms.tariff.rules.standing import standing
from lms.tariff.rules.versions import RuleText

if TYPE_CHECKING:
    from lms.courses.build.pipeline import Built, Progress


@dataclass(frozen=True, slots=True)
class Published:
    """A release as it stands, and whether this import made it."""

    release: CourseRelease
    fresh: bool


def programmes(documents: Documents) -> list[str]:
    """The programmes that have lessons."""
    found = folders_in(documents, "content/programmes")
    return [programme for programme in found if f"{lessons_of(programme)}/course.yaml" in documents]


def check(documents: Documents) -> list[Course]:
    """Every course, with what its references to the tariffs give. Errors: BrokenSource with every fault."""
    catalogue = load_tariffs(documents)
    return [read_course(documents, programme, catalogue) for programme in programmes(documents)]


def build(documents: Documents, out: Path, progress: Progress | None = None) -> dict[str, list[Built]]:
    """Check, then build what changed; by programme."""
    from lms.courses.build import pipeline  # noqa: PLC0415 - pictures, voice and film: a web server never builds

    return {course.programme: pipeline.build(course, documents, out, progress) for course in check(documents)}


def build_one(documents: Documents, out: Path) -> tuple[int, str]:
    """Check, then build one lesson that is missing: how many still are, and the title of the one that was made ("")."""
    from lms.courses.build import pipeline  # noqa: PLC0415 - as above

    courses = check(documents)
    title = next(filter(None, (pipeline.build_one(course, documents, out) for course in courses)), "")
    return sum(len(pipeline.missing(course, documents, out)) for course in courses), title


def publish(built: dict[str, list[Built]], *, now: datetime) -> list[Published]:
    """R079: make what was built the current release of each programme; started candidates keep theirs."""
    return [
        Published(*loader.load(programme, [loader.Source(lesson.facts, lesson.folder) for lesson in lessons], now))
        for programme, lessons in built.items()
    ]


def historical(lesson: Lesson, today: date) -> list[RuleText]:
    """The rule texts whose numbers a lesson shows although a later one has taken their place."""
    catalogue = tariffs.catalogue()
    found: dict[str, RuleText] = {}
    for one in lesson.citations:
        text = catalogue.rule_text(one["address"].partition(":")[0])
        if text and standing(one["address"], one["shown"], catalogue, today).kind.startswith("superseded"):
            found[text.id] = text
    return list(found.values())
