"""Attempts, their frozen papers, the append-only answer ledger, and requests to apply again after three failures."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import BigKey, Key, Model
from lms.enrolment.models import Application
from lms.questions.models import QuestionVersion

_RUNNING = text("state = 'in_progress'")
_MARKED = text("device IS NOT NULL")
_COUNTED = text("returned_from IS NULL")
_STANDS = text("status <> 'rejected'")
_ASKED = text("status = 'requested'")


class Attempt(Model):
    """A started attempt; rights not yet used have no row. Everything that decides is frozen here at the start (R084)."""

    __tablename__ = "attempt"
    __table_args__ = (
        Index(
            "ux_attempt_counted", "application_id", "ordinal", unique=True,
            sqlite_where=_COUNTED, postgresql_where=_COUNTED,
        ),
        CheckConstraint("annul_kind IS NULL OR annul_kind IN ('technical', 'misconduct')", name="annul_kind"),
        CheckConstraint("(annul_kind IS NULL) = (annulled_at IS NULL)", name="annulled"),
        CheckConstraint("(returned_from IS NOT NULL) = (COALESCE(annul_kind, '') = 'technical')", name="returned"),
        CheckConstraint("state IN ('in_progress', 'finished')", name="state"),
        CheckConstraint(
            "(state = 'finished') = (finalised_at IS NOT NULL AND score IS NOT NULL AND passed IS NOT NULL)",
            name="finished",
        ),
        Index("ix_attempt_running", "ends_at", sqlite_where=_RUNNING, postgresql_where=_RUNNING),
        Index("ix_attempt_passed", "finalised_at", "passed"),
        Index("ix_attempt_device", "device", sqlite_where=_MARKED, postgresql_where=_MARKED),
    )  # fmt: skip

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(44), unique=True)  # <application code>-<ordinal>, "-<ordinal>.2" sat again
    application_id: Mapped[int] = mapped_column(
        ForeignKey("application.id"), index=True
    )  # the unique one above is partial
    application: Mapped[Application] = relationship(lazy="joined", innerjoin=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    ordinal: Mapped[int]
    available_at: Mapped[datetime]
    extra_minutes: Mapped[int] = mapped_column(default=0, server_default="0")  # D-14, in `ends_at` already
    started_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    question_count: Mapped[int]
    pass_mark: Mapped[int]
    state: Mapped[str] = mapped_column(String(12))
    last_seq: Mapped[int] = mapped_column(default=0)
    finalised_at: Mapped[datetime | None]
    finished_by: Mapped[str | None] = mapped_column(String(10))  # candidate | deadline | staff
    correct: Mapped[int | None]
    credited: Mapped[int] = mapped_column(default=0, server_default="0")  # annulled items counted as right (R093)
    score: Mapped[int | None]
    passed: Mapped[bool | None]
    regraded_at: Mapped[datetime | None]  # an annulled item made a pass of it (R093, D-15)
    announced_at: Mapped[datetime | None]  # the result's notice was queued
    annulled_at: Mapped[datetime | None]
    annul_kind: Mapped[str | None] = mapped_column(String(12))  # R025 misconduct | R098 technical
    annul_cause: Mapped[str | None] = mapped_column(String(20))
    annul_reason: Mapped[str | None] = mapped_column(Text)
    annulled_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    returned_from: Mapped[datetime | None]  # R098: from then the same ordinal may be sat again; this row counts no more
    device: Mapped[str | None] = mapped_column(
        String(64)
    )  # the mark of the browser it was started in; erased with signs
    items: Mapped[list["PaperItem"]] = relationship(order_by="PaperItem.number", back_populates="attempt")


class PaperItem(Model):
    """One question of one paper as it was shown; ``key`` never leaves the server."""

    __tablename__ = "paper_item"
    __table_args__ = (UniqueConstraint("attempt_id", "number"), UniqueConstraint("attempt_id", "question_version_id"))

    id: Mapped[Key]
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    attempt: Mapped[Attempt] = relationship(back_populates="items")
    number: Mapped[int]
    question_version_id: Mapped[int] = mapped_column(ForeignKey("question_version.id"), index=True)
    question_version: Mapped[QuestionVersion] = relationship()
    variant: Mapped[int] = mapped_column(default=0, server_default="0")  # which of the version's variants
    stem: Mapped[str] = mapped_column(Text)
    table: Mapped[dict[str, Any] | None]
    options: Mapped[list[Any]]  # [{"key": "A", "text": ...}]
    key: Mapped[str] = mapped_column(String(1))


class Answer(Model):
    """The current answer to one item; ``option`` NULL means cleared. A lower ``seq`` never overwrites a higher one."""

    __tablename__ = "answer"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    option: Mapped[str | None] = mapped_column(String(1))
    seq: Mapped[int]
    saved_at: Mapped[datetime]


class AnswerEvent(Model):
    """Every accepted save, in order; never changed."""

    __tablename__ = "answer_event"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), index=True)
    number: Mapped[int]
    option: Mapped[str | None] = mapped_column(String(1))
    seq: Mapped[int]
    at: Mapped[datetime]


class Annulment(Model):
    """R093: a wording that counts as right for everybody who met it, before and after, for the reason given."""

    __tablename__ = "annulment"

    question_version_id: Mapped[int] = mapped_column(ForeignKey("question_version.id"), primary_key=True)
    at: Mapped[datetime]
    by_label: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int]  # finished papers whose score rose
    passes: Mapped[int]  # those among them that became a pass


class ItemStatistic(Model):
    """What the finished papers say of a wording, as a job counted them: `questions.rules.statistics.Sums` and the choices.

    ``chosen`` counts the options by their place in the wording ("0" is the key, "blank" no answer), of a computed question
    by the name of the mistake.
    """

    __tablename__ = "item_statistic"

    question_version_id: Mapped[int] = mapped_column(ForeignKey("question_version.id"), primary_key=True)
    papers: Mapped[int]
    right: Mapped[int]
    rest: Mapped[int]
    rest_squared: Mapped[int]
    rest_of_right: Mapped[int]
    recent: Mapped[int]
    recent_right: Mapped[int]
    chosen: Mapped[dict[str, Any]]
    counted_at: Mapped[datetime]


class ReapplicationRequest(Model):
    """After three failures: request and approval open a new payment and form in the same term (R099-R101)."""

    __tablename__ = "reapplication_request"
    __table_args__ = (
        CheckConstraint("status IN ('requested', 'approved', 'rejected')", name="status"),
        CheckConstraint("source IN ('form', 'mail', 'staff')", name="source"),
        Index(
            "ux_reapplication_request_open", "application_id", unique=True, sqlite_where=_ASKED, postgresql_where=_ASKED
        ),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    application: Mapped[Application] = relationship(lazy="joined", innerjoin=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    explanation: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(5), default="form")
    replies_to: Mapped[str | None] = mapped_column(Text)  # of one by mail: its thread, in which the answer goes
    exempt_declared: Mapped[bool] = mapped_column(default=False)  # D-16: the fee exemption was declared to hold still
    status: Mapped[str] = mapped_column(String(12), index=True)
    requested_at: Mapped[datetime]  # the arrival, whatever the way
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    reason: Mapped[str | None] = mapped_column(Text)


class Accommodation(Model):
    """D-14: extra time asked for one application. ``need`` and the document may speak of health: restricted, erased."""

    __tablename__ = "accommodation"
    __table_args__ = (
        CheckConstraint("status IN ('requested', 'granted', 'rejected')", name="status"),
        CheckConstraint("(status = 'granted') = (minutes IS NOT NULL)", name="minutes"),
        Index("ux_accommodation_stands", "application_id", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    application: Mapped[Application] = relationship(lazy="joined", innerjoin=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    need: Mapped[str] = mapped_column(Text)
    wanted: Mapped[int]  # minutes
    status: Mapped[str] = mapped_column(String(12), index=True)
    requested_at: Mapped[datetime]
    minutes: Mapped[int | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    file_key: Mapped[str | None] = mapped_column(String(200))
    file_label: Mapped[str | None] = mapped_column(String(120))
    media_type: Mapped[str | None] = mapped_column(String(40))
    erased_at: Mapped[datetime | None]
