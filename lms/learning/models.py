"""The learning ledger: which seconds were really played. Beats are appended; the union is folded beside them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import BigKey, Key, Model
from lms.courses.models import CourseRelease, Lesson
from lms.enrolment.models import Application


class Training(Model):
    """One application's course: made by the first beat, bound to one release (R079). Public id: the application's code."""

    __tablename__ = "training"

    id: Mapped[Key]
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), unique=True)
    application: Mapped[Application] = relationship()
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("course_release.id"))
    release: Mapped[CourseRelease] = relationship()
    started_at: Mapped[datetime]
    completed_at: Mapped[datetime | None] = mapped_column(index=True)


class LearnerClock(Model):
    """The member's last accepted beat, whatever the device or lesson: elapsed time is credited once.

    ``slack_ms`` is what the network may still take without a loss (0-2000); ``session`` says whose beat it was.
    """

    __tablename__ = "learner_clock"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    last_beat_at: Mapped[datetime]
    slack_ms: Mapped[int]
    session: Mapped[str] = mapped_column(String(40))


class LessonProgress(Model):
    """The union of played seconds of one lesson: sorted, disjoint, half-open ranges, and how many seconds that is."""

    __tablename__ = "lesson_progress"
    __table_args__ = (UniqueConstraint("training_id", "lesson_id"), CheckConstraint("watched >= 0", name="watched"))

    id: Mapped[Key]
    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"))
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id"))
    lesson: Mapped[Lesson] = relationship()
    ranges: Mapped[list[Any]]
    watched: Mapped[int]
    position: Mapped[int]
    updated_at: Mapped[datetime]


class Beat(Model):
    """One accepted report of a player: claimed and credited ranges. The newest row of a session answers a repeat.

    It refers to what it was folded into, a row of the same person: a report takes no lock on a lesson that thousands watch.
    """

    __tablename__ = "beat"
    __table_args__ = (
        UniqueConstraint("training_id", "session", "seq"),
        ForeignKeyConstraint(
            ["training_id", "lesson_id"], ["lesson_progress.training_id", "lesson_progress.lesson_id"]
        ),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    training_id: Mapped[int] = mapped_column(BigKey)
    lesson_id: Mapped[int] = mapped_column(BigKey)
    session: Mapped[str] = mapped_column(String(40))
    seq: Mapped[int]
    at: Mapped[datetime]
    claimed: Mapped[list[Any]]
    credited: Mapped[list[Any]]
    answer: Mapped[dict[str, Any]]
