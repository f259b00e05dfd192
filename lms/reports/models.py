"""What reports keep: counted figures of a term, lists made for the authorities, signs that wait for a person's judgement."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import Key, Model
from lms.membership.models import Member

_WAITING = text("state = 'waiting'")


class TermFigures(Model):
    """What a job counted of a term, all its versions together (`rules.figures.Figures`); made anew every hour."""

    __tablename__ = "term_figures"

    term_code: Mapped[str] = mapped_column(String(40), primary_key=True)
    counted_at: Mapped[datetime]
    figures: Mapped[dict[str, Any]]


class CompletionList(Model):
    """R063: who completed, for an authority. The files hold full TCKNs: a job writes them, and erases them after seven days.

    ``disclosure`` is the code of the log's rows, one of each person.
    """

    __tablename__ = "completion_list"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'ready', 'erased')", name="state"),
        CheckConstraint("(state = 'ready') = (csv_key IS NOT NULL AND xlsx_key IS NOT NULL)", name="files"),
        Index("ix_completion_list_waiting", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    recipient: Mapped[str] = mapped_column(String(12))
    basis: Mapped[str] = mapped_column(String(12))
    reference: Mapped[str] = mapped_column(String(120))  # the letter's date and number
    term_code: Mapped[str | None] = mapped_column(String(40))
    from_day: Mapped[date | None]  # certificates of these days, both included
    to_day: Mapped[date | None]
    requested_by: Mapped[int] = mapped_column(ForeignKey("member.id"))
    requester: Mapped[Member] = relationship(lazy="joined", innerjoin=True)
    requested_at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(8))
    rows: Mapped[int | None]
    made_at: Mapped[datetime | None]
    csv_key: Mapped[str | None] = mapped_column(String(200))
    xlsx_key: Mapped[str | None] = mapped_column(String(200))
    disclosure: Mapped[str | None] = mapped_column(String(40))
    erased_at: Mapped[datetime | None]


class ExamSign(Model):
    """Something about exams that a person should look at; it proves nothing, and nothing follows from it by itself.

    ``key`` makes finding it again idempotent; ``exams`` are the attempts' codes, ``facts`` the numbers of its sentence.
    ``seen_exams`` says how many there were when somebody judged it. Erased two years after its last exam.
    """

    __tablename__ = "exam_sign"
    __table_args__ = (
        UniqueConstraint("kind", "term_code", "key"),
        CheckConstraint("kind IN ('device', 'quick', 'pattern', 'night')", name="kind"),
        CheckConstraint("state IN ('new', 'clear', 'watched', 'objected')", name="state"),
        Index("ix_exam_sign_state", "state", "last_at"),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    term_code: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(64))
    exams: Mapped[list[Any]]
    facts: Mapped[dict[str, Any]]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime] = mapped_column(index=True)
    found_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(8), default="new")
    seen_exams: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    judge: Mapped[Member | None] = relationship(lazy="joined")
    decided_at: Mapped[datetime | None]
