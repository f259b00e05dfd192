"""Lessons from authored files to what a candidate watches: check, build, publish. A fault anywhere stops it before anything changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lms.core.errors import Invalid
from lms.core.sources import Documents, Fault, folders_in, raise_if_broken
from lms.courses import loader
from lms.courses.build import pipeline
from lms.courses.build.pipeline import Built, Progress
from lms.courses.formats import lessons_of, read_course
from lms.courses.models import CourseRelease
from lms.courses.rules.lesson import Course
from lms.tariff.loader import load as load_tariffs
from lms.tariff.rules.versions import Catalogue


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
    """Every course, read and held against the tariffs it cites. Errors: BrokenSource with every fault."""
    courses = [read_course(documents, programme) for programme in programmes(documents)]
    catalogue = load_tariffs(documents)
    faults = [fault for course in courses for fault in _citation_faults(course, catalogue)]
    raise_if_broken(faults)
    return courses


def _citation_faults(course: Course, catalogue: Catalogue) -> list[Fault]:
    """A lesson may not show another number than the tariff that it cites."""
    faults = []
    for lesson in course.lessons:
        for cited in lesson.cites:
            reason = _citation_fault(catalogue, cited.version, cited.cell, cited.shows)
            if reason:
                file = f"{lessons_of(course.programme)}/{lesson.folder}/lesson.yaml"
                faults.append(Fault(file, cited.line, reason))
    return faults


def _citation_fault(catalogue: Catalogue, version: str, address: str, shows: str) -> str | None:
    tariff = catalogue.version(version)
    if tariff is None:
        return f"there is no tariff {version}"
    try:
        text = tariff.cell(address).text
    except Invalid:
        return f"{version} has no cell {address!r}"
    return None if text == shows else f"{version} {address} is {text}, the lesson shows {shows}"


def build(documents: Documents, out: Path, progress: Progress | None = None) -> dict[str, list[Built]]:
    """Check, then build what changed; by programme."""
    return {course.programme: pipeline.build(course, documents, out, progress) for course in check(documents)}


def publish(built: dict[str, list[Built]], *, now: datetime) -> list[Published]:
    """R079: make what was built the current release of each programme; started candidates keep theirs."""
    return [
        Published(*loader.load(programme, [loader.Source(lesson.facts, lesson.folder) for lesson in lessons], now))
        for programme, lessons in built.items()
    ]
