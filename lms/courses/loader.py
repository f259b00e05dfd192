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


def load(programme_code: str, lessons: Sequence[Source], now: datetime) -> tuple[CourseRelease, bool]:
    """R079: the release with this content, and whether it is new. Content already published is found again, not doubled;
    if an older state is published anew it becomes the current one again."""
    content_hash = hashlib.sha256(
        json.dumps([lesson.facts for lesson in lessons], sort_keys=True, ensure_ascii=False).encode()
    ).hexdigest()
    known = queries.release_with(programme_code, content_hash)
    if known is not None:
        current = queries.current_release(programme_code)
        if current is not None and current.id != known.id:
            known.published_at = now
            db.session.flush()
        return known, False
    release = CourseRelease(programme_code=programme_code, content_hash=content_hash, published_at=now)
    release.lessons = [_lesson(lesson, ordinal) for ordinal, lesson in enumerate(lessons, start=1)]
    db.session.add(release)
    db.session.flush()
    return release, True


def _lesson(source: Source, ordinal: int) -> Lesson:
    facts = source.facts
    keys = {
        column: files().put("lessons", (source.folder / name).read_bytes(), Path(name).suffix)
        for column, name in _MEDIA
    }
    return Lesson(
        code=facts["code"],
        ordinal=ordinal,
        title=facts["title"],
        summary=facts["summary"],
        duration=facts["duration"],
        about={name: facts[name] for name in ("as_of", "objectives", "sources")},
        transcript=json.loads((source.folder / "transcript.json").read_text("utf-8")),
        slides=facts["slides"],
        checks=facts["checks"],
        citations=facts["cited"],
        **keys,
    )
