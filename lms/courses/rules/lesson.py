"""A lesson as plain values, and what a lesson must be: enough to be understood on a phone, said aloud and captioned."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from lms.courses.rules.speech import Sentence

CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")  # of a lesson, and of a slide in it
LAYOUTS = ("content", "cover", "closing")
MAX_TITLE = 64
MAX_BULLETS = 6
MAX_BULLET = 120
MAX_SENTENCE = 260
CHECKS = 3
DISTRACTORS = 3


@dataclass(frozen=True, slots=True)
class Cited:
    """A cell that the lesson shows, and where: the characters from `start` to `end` of a place of a slide ("title", "bullets/1",
    "block/rows/0/2", "narration/3") or, with slide "", of the lesson ("summary", "objectives/0", "checks/1/stem"). `shown` is how
    the tariff prints the cell; the characters may show it in another format, or a number computed from several cells."""

    slide: str
    place: str
    start: int
    end: int
    address: str
    shown: str


@dataclass(frozen=True, slots=True)
class Check:
    """A question that a viewer asks himself after the lesson; `slide` is where the answer was told."""

    stem: str
    answer: str
    distractors: tuple[str, ...]
    explanation: str
    slide: str
    line: int


@dataclass(frozen=True, slots=True)
class Block:
    """A table or picture drawn from data; `data` is checked, plain and JSON-able."""

    kind: str
    data: dict[str, Any]
    line: int


@dataclass(frozen=True, slots=True)
class Slide:
    """What is shown and what is said about it; `wav` names the recording that replaces the synthetic voice."""

    id: str
    number: int
    title: str
    layout: str
    kicker: str
    source: str
    bullets: tuple[str, ...]
    block: Block | None
    sentences: tuple[Sentence, ...]
    cited: tuple[Cited, ...]
    wav: str | None
    line: int


@dataclass(frozen=True, slots=True)
class Lesson:
    """One video of a course. `code` is its name in addresses and records for good; `as_of` says how old its facts are."""

    code: str
    number: int
    title: str
    summary: str
    as_of: date
    objectives: tuple[str, ...]
    sources: tuple[str, ...]
    slides: tuple[Slide, ...]
    checks: tuple[Check, ...]
    cited: tuple[Cited, ...]
    folder: str

    @property
    def all_cited(self) -> tuple[Cited, ...]:
        """What the lesson cites, in its own texts and on its slides."""
        return (*self.cited, *(one for slide in self.slides for one in slide.cited))


@dataclass(frozen=True, slots=True)
class Course:
    """The lessons of a programme, in order."""

    programme: str
    title: str
    lessons: tuple[Lesson, ...]


def slide_faults(slide: Slide) -> Iterator[tuple[int, str]]:
    """(line, reason) for whatever keeps a slide from being read and heard well."""
    if len(slide.title) > MAX_TITLE:
        yield slide.line, f"the title has {len(slide.title)} characters, at most {MAX_TITLE} fit"
    if slide.layout not in LAYOUTS:
        yield slide.line, f"unknown layout {slide.layout!r}; known: {', '.join(LAYOUTS)}"
    if len(slide.bullets) > MAX_BULLETS:
        yield slide.line, f"{len(slide.bullets)} bullets, at most {MAX_BULLETS} fit"
    for bullet in slide.bullets:
        if len(bullet) > MAX_BULLET:
            yield slide.line, f"a bullet has {len(bullet)} characters, at most {MAX_BULLET} fit: {bullet[:40]}…"
    if slide.bullets and slide.block and len(slide.bullets) > 3:
        yield slide.line, "beside a picture or table at most 3 bullets fit"
    yield from _narration_faults(slide)


def _narration_faults(slide: Slide) -> Iterator[tuple[int, str]]:
    if not slide.sentences:
        yield slide.line, "no narration (after ???): every slide is told"
    for sentence in slide.sentences:
        if len(sentence.shown) > MAX_SENTENCE:
            yield (
                slide.line,
                f"a sentence of {len(sentence.shown)} characters is too long to follow: {sentence.shown[:40]}…",
            )
        if not sentence.shown.rstrip('”")').endswith((".", "?", "!", "…")):
            yield slide.line, f"a sentence without an end: …{sentence.shown[-40:]}"


def lesson_faults(lesson: Lesson) -> Iterator[tuple[int, str]]:
    """(line, reason) for a lesson as a whole; lines are those of slides.md."""
    if not lesson.slides:
        yield 1, "no slides"
    seen: set[str] = set()
    for slide in lesson.slides:
        yield from slide_faults(slide)
        if slide.id in seen:
            yield slide.line, f"the slide id {slide.id!r} stands twice"
        seen.add(slide.id)


def check_faults(checks: tuple[Check, ...], slides: tuple[Slide, ...]) -> Iterator[tuple[int, str]]:
    """(line, reason) for the questions after a lesson."""
    if len(checks) != CHECKS:
        yield 1, f"{len(checks)} questions; a lesson has {CHECKS}"
    ids = {slide.id for slide in slides}
    for check in checks:
        options = [check.answer, *check.distractors]
        if len(check.distractors) != DISTRACTORS:
            yield check.line, f"{len(check.distractors)} distractors; a question has {DISTRACTORS}"
        if len({" ".join(option.casefold().split()) for option in options}) != len(options):
            yield check.line, "two options are equal"
        if check.slide not in ids:
            yield check.line, f"the lesson has no slide {check.slide!r}"


def course_faults(course: Course) -> Iterator[tuple[str, str]]:
    """(lesson folder, reason) for what only shows in the whole course."""
    seen: dict[str, str] = {}
    for lesson in course.lessons:
        if lesson.code in seen:
            yield lesson.folder, f"the code {lesson.code!r} is taken by {seen[lesson.code]}"
        seen[lesson.code] = lesson.folder


# --- a published lesson, as it is stored ------------------------------------------------------------------------------------------


def second_of(transcript: Sequence[Mapping[str, Any]], slide: str) -> int | None:
    """The whole second at which a slide begins; None where the film does not say (a recorded video without its slides)."""
    return next((chapter["start"] // 1000 for chapter in transcript if chapter.get("id") == slide), None)


def options(check: Mapping[str, Any]) -> list[str]:
    """The answer among its distractors, in an order that tells nothing and is always the same."""
    texts = [check["answer"], *check["distractors"]]
    return sorted(texts, key=lambda text: sha256(f"{check['stem']}|{text}".encode()).digest())
