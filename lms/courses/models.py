"""Course releases: immutable once imported, so that a started candidate keeps the version promised (R079)."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import JsonValue, Key, Model

_OPEN = text("state = 'proposed'")


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


class RecordingProposal(Model):
    """Four eyes: one person uploads a film for a lesson, or asks for the built one back (``film`` is null); another publishes it.

    Whoever proposed it may take it back. ``film`` holds the keys of the checked files, the length in milliseconds, the cues.
    """

    __tablename__ = "recording_proposal"
    __table_args__ = (
        CheckConstraint("state IN ('proposed', 'published', 'returned')", name="state"),
        CheckConstraint("state <> 'published' OR decided_code <> author_code", name="four_eyes"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided"),
        Index("ux_recording_proposal_open", "programme_code", "lesson_code", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )  # fmt: skip

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    programme_code: Mapped[str] = mapped_column(String(40))
    lesson_code: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(12), default="proposed")
    film: Mapped[dict[str, Any] | None] = mapped_column(JsonValue)
    author_code: Mapped[str] = mapped_column(String(40))
    author_label: Mapped[str] = mapped_column(String(170))
    proposed_at: Mapped[datetime]
    decided_code: Mapped[str | None] = mapped_column(String(40))
    decided_label: Mapped[str | None] = mapped_column(String(170))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(500))
