"""Seeing before publishing: a question as the exam shows it, a slide as the film shows it, by the readers and renderers that run."""

from __future__ import annotations

from dataclasses import replace

from lms.core.access import Actor
from lms.core.errors import NotFound
from lms.core.sources import BrokenSource
from lms.courses import services as courses
from lms.courses.build import slides
from lms.documents.rules import Kind, kind_of
from lms.editorial.services import checking
from lms.questions import loader as bank
from lms.questions.rules.question import Question
from lms.tariff import loader as tariffs


def question(path: str, text: str, code: str, actor: Actor) -> Question | None:
    """A question of a topic's text, with its options as they stand; None while it cannot be read."""
    texts = checking.as_seen_by(actor, {path: text.encode()})
    catalogue, _faults = tariffs.check(texts)
    found, _more = bank.check(texts, catalogue)
    return next((one for one in found.questions if one.code == code and one.variants), None)


def slide(path: str, text: str, number: int, actor: Actor) -> bytes:
    """The picture of one slide (counted from 1) of a lesson's text. Errors: BrokenSource, not_found."""
    if kind_of(path) is not Kind.SLIDES:
        raise NotFound
    folder = path.split("/")[-2]
    try:
        read = courses.check(checking.as_seen_by(actor, {path: text.encode()}))
    except BrokenSource as broken:
        if any(fault.file == path for fault in broken.faults):
            raise
        raise NotFound from broken
    for course in read:
        for lesson in course.lessons:
            if lesson.folder == folder and f"/{course.programme}/" in path and 1 <= number <= len(lesson.slides):
                one = replace(lesson, slides=(lesson.slides[number - 1],))
                return slides.draw(one, course.title, len(lesson.slides))[0]
    raise NotFound
