"""Built lessons -> an immutable course release: media into the file store, one row per lesson, all or nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from lms.core.db import db
from lms.core.files import files
from lms.courses import queries
from lms.courses.models import CourseRelease, Lesson

_MEDIA = (("video_key", "video.mp4"), ("captions_key", "captions.vtt"), ("poster_key", "poster.jpg"))


@dataclass(frozen=True, slots=True)
class Source:
    """A built lesson: what `lesson.json` says, and the folder that holds its files."""

    facts: dict[str, Any]
    folder: Path


def load(programme_code: str, sources: Sequence[Source], now: datetime) -> tuple[CourseRelease, bool]:
    """R079: the release with this content, and whether it is new. A lesson whose video was uploaded keeps that video."""
    current = queries.current_release(programme_code)
    recorded = {lesson.code: lesson for lesson in current.lessons if lesson.recorded} if current else {}
    hashes = {source.facts["code"]: _hash(source.facts) for source in sources}
    content = [(code, found, _film(recorded.get(code))) for code, found in hashes.items()]
    known = _again(programme_code, content, now)
    if known is not None:
        return known, False
    lessons = [_lesson(source, hashes[source.facts["code"]]) for source in sources]
    for lesson in lessons:
        if old := recorded.get(lesson.code):
            put_film(lesson, {name: getattr(old, name) for name in FILM}, dict(old.recorded or {}))
    return _release(programme_code, content, lessons, now), True


def replace(current: CourseRelease, lesson: Lesson, now: datetime) -> CourseRelease:
    """R079: a release like the current one with another row for one of its lessons."""
    rows = [lesson if one.code == lesson.code else copied(one) for one in current.lessons]
    content = [(one.code, one.source_hash, _film(one)) for one in rows]
    known = _again(current.programme_code, content, now)
    return known or _release(current.programme_code, content, rows, now)


FILM = ("video_key", "captions_key", "poster_key", "duration", "transcript", "citations")


def copied(lesson: Lesson) -> Lesson:
    """The same lesson for another release."""
    return Lesson(**{name: getattr(lesson, name) for name in _COLUMNS})


def put_film(lesson: Lesson, film: dict[str, Any], recorded: dict[str, Any] | None) -> None:
    """Another film for a lesson; with `recorded`, what was built is kept beside it."""
    if recorded is not None:
        built = (lesson.recorded or {}).get("built") or {name: getattr(lesson, name) for name in FILM}
        recorded = {**recorded, "built": built}
    for name, value in film.items():
        setattr(lesson, name, value)
    lesson.recorded = recorded


_COLUMNS = (
    "code", "ordinal", "title", "summary", "about", "slides", "checks", "source_hash", "recorded", *FILM,
)  # fmt: skip


def _hash(facts: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _film(lesson: Lesson | None) -> str:
    return str(lesson.recorded["sha256"]) if lesson and lesson.recorded else ""


def _again(programme_code: str, content: Sequence[tuple[str, str, str]], now: datetime) -> CourseRelease | None:
    """Content already published is found again, not doubled; if it is an older state it becomes the current one again."""
    known = queries.release_with(programme_code, _name(content))
    current = queries.current_release(programme_code)
    if known is not None and current is not None and current.id != known.id:
        known.published_at = now
        db.session.flush()
    return known


def _name(content: Sequence[tuple[str, str, str]]) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _release(
    programme_code: str, content: Sequence[tuple[str, str, str]], lessons: list[Lesson], now: datetime
) -> CourseRelease:
    release = CourseRelease(programme_code=programme_code, content_hash=_name(content), published_at=now)
    for ordinal, lesson in enumerate(lessons, start=1):
        lesson.ordinal = ordinal
    release.lessons = lessons
    db.session.add(release)
    db.session.flush()
    return release


def _lesson(source: Source, source_hash: str) -> Lesson:
    facts = source.facts
    keys = {
        column: files().put("lessons", (source.folder / name).read_bytes(), Path(name).suffix)
        for column, name in _MEDIA
    }
    return Lesson(
        code=facts["code"],
        title=facts["title"],
        summary=facts["summary"],
        duration=facts["duration"],
        about={name: facts[name] for name in ("as_of", "objectives", "sources")},
        transcript=json.loads((source.folder / "transcript.json").read_text("utf-8")),
        slides=facts["slides"],
        checks=facts["checks"],
        citations=facts["cited"],
        source_hash=source_hash,
        **keys,
    )
