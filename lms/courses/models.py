"""Course releases: immutable once imported, so that a started candidate keeps the version promised (R079)."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import JsonValue, Key, Model


class CourseRelease(Model):
    """One published state of a programme's lessons; ``content_hash`` makes the import idempotent."""

    __tablename__ = "course_release"
    __table_args__ = (UniqueConstraint("programme_code", "content_hash"),)

    id: Mapped[Key]
    programme_code: Mapped[str] = mapped_column(String(40), index=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime]
    lessons: Mapped[list["Lesson"]] = relationship(order_by="Lesson.ordinal", lazy="selectin", back_populates="release")

    @property
    def duration(self) -> int:
        """Whole seconds of all lessons."""
        return sum(lesson.duration for lesson in self.lessons)


class Lesson(Model):
    """One video of a release. ``duration`` is the floor of the file's seconds; media are keys below the content folder."""

    __tablename__ = "lesson"
    __table_args__ = (
        UniqueConstraint("release_id", "code"),
        UniqueConstraint("release_id", "ordinal"),
        CheckConstraint("duration > 0", name="duration"),
    )

    id: Mapped[Key]
    release_id: Mapped[int] = mapped_column(ForeignKey("course_release.id"))
    release: Mapped[CourseRelease] = relationship(back_populates="lessons")
    code: Mapped[str] = mapped_column(String(60))
    ordinal: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(String(1000), default="")
    duration: Mapped[int]
    video_key: Mapped[str] = mapped_column(String(200))
    captions_key: Mapped[str] = mapped_column(String(200))
    poster_key: Mapped[str] = mapped_column(String(200))
    about: Mapped[dict[str, Any]]  # {"as_of": ISO date, "objectives": [...], "sources": [...]}
    transcript: Mapped[
        list[Any]
    ]  # [{"id", "title", "start", "end", "sentences": [{"start", "end", "text"}]}], milliseconds
    slides: Mapped[
        list[Any]
    ]  # what each slide shows: {"id", "layout", "title", "kicker", "source", "bullets", "block"}
    checks: Mapped[list[Any]]  # [{"stem", "answer", "distractors", "explanation", "slide"}]
    citations: Mapped[list[Any]]  # rules.lesson.Cited: {"slide", "place", "start", "end", "address", "shown"}
    source_hash: Mapped[str] = mapped_column(
        String(64), default=""
    )  # of what was built; with `sha256` below it names the content
    # an uploaded video in place of the built one: {"sha256", "by", "at", "built": what the columns above held}
    recorded: Mapped[dict[str, Any] | None] = mapped_column(JsonValue)
