"""Exercises of a member: what was quoted, issued and claimed in them. Nothing here touches applications or exams."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import Key, Model
from lms.membership.models import Member


class PracticeExercise(Model):
    """A task as one member works on it, or the free one. ``today`` is the exercise's own day, moved by the learner;
    ``answers``: {step: {"text", "right"}}; ``completed_at`` stays when the task is started again."""

    __tablename__ = "practice_exercise"
    __table_args__ = (UniqueConstraint("member_id", "task"),)

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    member: Mapped[Member] = relationship()
    task: Mapped[str] = mapped_column(String(40))
    began_on: Mapped[date]
    today: Mapped[date]
    started_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    answers: Mapped[dict[str, Any]]
    quotes: Mapped[list["PracticeQuote"]] = relationship(
        order_by="PracticeQuote.ordinal", cascade="all, delete-orphan", back_populates="exercise"
    )


class PracticeQuote(Model):
    """An application and, once sent, the frozen answer with the version of the tariff that gave it."""

    __tablename__ = "practice_quote"
    __table_args__ = (
        UniqueConstraint("exercise_id", "ordinal"),
        CheckConstraint("state IN ('draft', 'offered', 'declined', 'issued')", name="state"),
        CheckConstraint("(state = 'draft') = (result IS NULL)", name="frozen"),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    exercise_id: Mapped[int] = mapped_column(ForeignKey("practice_exercise.id"))
    exercise: Mapped[PracticeExercise] = relationship(back_populates="quotes")
    ordinal: Mapped[int]
    number: Mapped[str] = mapped_column(String(20))
    firm: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(10))
    opened_on: Mapped[date]
    sent_on: Mapped[date | None]
    version: Mapped[str | None] = mapped_column(String(40))
    application: Mapped[dict[str, Any]]
    result: Mapped[dict[str, Any] | None]
    policy: Mapped["PracticePolicy | None"] = relationship(
        cascade="all, delete-orphan", back_populates="quote", lazy="selectin"
    )


class PracticePolicy(Model):
    """The policy of a quote. ``buyers``: the grants of the quote and those of buyers added later, each with its day."""

    __tablename__ = "practice_policy"

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    quote_id: Mapped[int] = mapped_column(ForeignKey("practice_quote.id"), unique=True)
    quote: Mapped[PracticeQuote] = relationship(back_populates="policy")
    number: Mapped[str] = mapped_column(String(20))
    issued_on: Mapped[date]
    ends_on: Mapped[date]
    printed_on: Mapped[date | None]
    payment: Mapped[dict[str, Any]]
    buyers: Mapped[list[Any]]
    claims: Mapped[list["PracticeClaim"]] = relationship(
        order_by="PracticeClaim.id", cascade="all, delete-orphan", back_populates="policy", lazy="selectin"
    )


class PracticeClaim(Model):
    """A claim as it was opened, with its frozen days and payment."""

    __tablename__ = "practice_claim"

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    policy_id: Mapped[int] = mapped_column(ForeignKey("practice_policy.id"), index=True)
    policy: Mapped[PracticePolicy] = relationship(back_populates="claims")
    number: Mapped[str] = mapped_column(String(20))
    opened_on: Mapped[date]
    invoice: Mapped[dict[str, Any]]
    result: Mapped[dict[str, Any]]
