"""Lesson files -> plain values, noting every fault with its file, line and reason.

lessons/course.yaml                  title, spoken (abbreviation -> how it is said)
lessons/NN-slug/lesson.yaml          code, title, summary, as_of, objectives, sources
lessons/NN-slug/slides.md            what is shown and said (see slides.py)
lessons/NN-slug/check.yaml           three questions that a viewer asks himself afterwards
lessons/NN-slug/narration/ID.txt     narration of the slide ID in place of the one in slides.md
lessons/NN-slug/narration/ID.wav     a recorded voice for it in place of the synthetic one

Any text of a lesson may hold references to the tariff, `{{DDAS-TT-2020:min_premium}}`.
"""

from __future__ import annotations

import re
from datetime import date

from lms.core.sources import (
    Documents,
    Fault,
    Part,
    folders_in,
    names_in,
    raise_if_broken,
    read_document,
)
from lms.courses.formats.references import References
from lms.courses.formats.slides import read_slides
from lms.courses.rules.lesson import CODE, Check, Course, Lesson, check_faults, course_faults, lesson_faults
from lms.tariff.rules.versions import Catalogue

_FOLDER = re.compile(r"(\d\d)-([a-z0-9]+(?:-[a-z0-9]+)*)")


def lessons_of(programme: str) -> str:
    """The folder of a programme's lessons."""
    return f"content/programmes/{programme}/lessons"


def read_course(documents: Documents, programme: str, catalogue: Catalogue) -> Course:
    """The course of a programme; raises BrokenSource with every fault found."""
    faults: list[Fault] = []
    lessons = lessons_of(programme)
    root = read_document(documents, f"{lessons}/course.yaml", faults)
    title, lexicon = "", {}
    if root is not None:
        root.only("title", "spoken")
        title = root.need("title", str, "")
        spoken = root.at("spoken")
        lexicon = {key: str(part.plain(str, "")) for key, part in spoken.pairs()} if spoken else {}
    read_lessons = [
        _lesson(documents, f"{lessons}/{folder}", catalogue, lexicon, faults)
        for folder in folders_in(documents, lessons)
    ]
    course = Course(programme, title, tuple(lesson for lesson in read_lessons if lesson is not None))
    if not read_lessons:
        faults.append(Fault(lessons, 1, "no lesson folders (NN-slug)"))
    for folder_name, reason in course_faults(course):
        faults.append(Fault(f"{lessons}/{folder_name}/lesson.yaml", 1, reason))
    raise_if_broken(faults)
    return course


def _lesson(
    documents: Documents, folder: str, catalogue: Catalogue, lexicon: dict[str, str], faults: list[Fault]
) -> Lesson | None:
    name = folder.rpartition("/")[2]
    named = _FOLDER.fullmatch(name)
    if not named:
        faults.append(Fault(folder, 1, "a lesson's folder is called NN-slug (01-giris)"))
        return None
    root = read_document(documents, f"{folder}/lesson.yaml", faults)
    slides = read_slides(documents, folder, catalogue, lexicon, faults)
    own = References(catalogue, faults)
    checks = _checks(documents, f"{folder}/check.yaml", own)
    if root is None:
        return None
    root.only("code", "title", "summary", "as_of", "objectives", "sources")
    for key in ("summary", "objectives", "sources"):
        if part := root.at(key):
            own.part(part, key)
    code = root.need("code", str, "x")
    if not CODE.fullmatch(code):
        (root.at("code") or root).fault("a code is made of a-z, 0-9 and single hyphens")
    lesson = Lesson(
        code=code,
        number=int(named.group(1)),
        title=root.need("title", str, ""),
        summary=root.need("summary", str, ""),
        as_of=root.need("as_of", date, date.min),
        objectives=tuple(part.plain(str, "") for part in root.items("objectives")),
        sources=tuple(part.plain(str, "") for part in root.items("sources")),
        slides=tuple(slides),
        checks=checks,
        cited=tuple(own.found),
        folder=name,
    )
    faults += [Fault(f"{folder}/slides.md", line, reason) for line, reason in lesson_faults(lesson)]
    if f"{folder}/check.yaml" in documents:
        faults += [Fault(f"{folder}/check.yaml", line, reason) for line, reason in check_faults(checks, lesson.slides)]
    _strays(documents, folder, lesson, faults)
    return lesson


def _checks(documents: Documents, name: str, own: References) -> tuple[Check, ...]:
    root = read_document(documents, name, own.faults)
    if root is None:
        return ()
    root.only("questions")
    if part := root.at("questions"):
        own.part(part, "checks")
    return tuple(_check(part) for part in root.items("questions"))


def _check(part: Part) -> Check:
    part.only("stem", "answer", "distractors", "explanation", "slide")
    return Check(
        stem=part.need("stem", str, ""),
        answer=part.need("answer", str, ""),
        distractors=tuple(item.plain(str, "") for item in part.items("distractors")),
        explanation=part.need("explanation", str, ""),
        slide=part.need("slide", str, ""),
        line=part.line,
    )


def _strays(documents: Documents, folder: str, lesson: Lesson, faults: list[Fault]) -> None:
    """A narration that belongs to no slide would silently not be heard."""
    known = {f"{slide.id}.{kind}" for slide in lesson.slides for kind in ("txt", "wav")}
    faults += [
        Fault(name, 1, "no slide of this lesson has this id (<id>.wav or <id>.txt)")
        for name in names_in(documents, f"{folder}/narration")
        if name.rpartition("/")[2] not in known
    ]
