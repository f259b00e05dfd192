"""Programmes and terms: every date, fee, count and percentage of a guide is a column here (R007)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.calendar import Window
from lms.core.db import Key, Model
from lms.terms.rules import PARAMETERS, Schedule


class Programme(Model):
    """What is taught and certified, for example state-supported trade credit insurance."""

    __tablename__ = "programme"

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name_tr: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    service_name: Mapped[str] = mapped_column(String(120))  # the row's label at "Ödeme Yap"
    number_prefix: Mapped[str] = mapped_column(String(12))
    certificate_basis: Mapped[str] = mapped_column(Text, default="")  # the law that the certificate cites
    branch_service: Mapped[str] = mapped_column(String(10), default="")  # R042: its code in the bank's collection files

    def name(self, language: str) -> str:
        """The programme's name for a reader."""
        return self.name_en if language == "en" else self.name_tr


class Term(Model):
    """One version of one term's parameters. A change is a new row (R127): what was promised keeps pointing at the old."""

    __tablename__ = "term"
    __table_args__ = (
        UniqueConstraint("code", "version"),
        CheckConstraint("kind IN ('first_time', 'renewal')", name="kind"),
        CheckConstraint("application_from < application_to AND study_from < study_to", name="windows"),
        CheckConstraint("source IN ('file', 'desk')", name="source"),
        CheckConstraint("fee_kurus >= 0 AND attempts > 0 AND question_count > 0 AND exam_minutes > 0", name="counts"),
        Index(
            "ux_term_current", "code", unique=True,
            sqlite_where=text("superseded_at IS NULL"), postgresql_where=text("superseded_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40))
    version: Mapped[int]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    programme: Mapped[Programme] = relationship(lazy="joined", innerjoin=True)
    kind: Mapped[str] = mapped_column(String(12))
    name_tr: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    is_example: Mapped[bool] = mapped_column(default=False)
    application_from: Mapped[datetime]
    application_to: Mapped[datetime]
    study_from: Mapped[datetime]
    study_to: Mapped[datetime]
    fee_kurus: Mapped[int]
    vat_percent: Mapped[int]
    attempts: Mapped[int]
    question_count: Mapped[int]
    pass_mark: Mapped[int]  # of 100
    exam_minutes: Mapped[int]
    view_days: Mapped[int]
    view_fee_kurus: Mapped[int]
    view_fee_is_example: Mapped[bool] = mapped_column(default=False)
    assignment_hours: Mapped[int]  # R064
    branch_hours: Mapped[int]  # R043
    receipt_days: Mapped[int]  # R045, business days
    exemption_safe_days: Mapped[int]  # D-20, business days
    exemption_two_persons: Mapped[bool] = mapped_column(default=False)  # R119: a second person confirms an approval
    guard_minutes: Mapped[int]  # D-3: no card payment starts in the last minutes
    warn_minutes: Mapped[int]  # D-3
    source: Mapped[str] = mapped_column(String(4), default="file")  # who wrote this version: a content file or the desk
    created_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]

    @property
    def parameters(self) -> dict[str, Any]:
        """What a version says, by the names of its columns."""
        return {name: getattr(self, name) for name in PARAMETERS}

    @property
    def schedule(self) -> Schedule:
        """The parameters that decide about time, as the rules take them."""
        return Schedule(
            application=Window(self.application_from, self.application_to),
            study=Window(self.study_from, self.study_to),
            attempts=self.attempts,
            assignment_hours=self.assignment_hours,
            branch_hours=self.branch_hours,
            guard_minutes=self.guard_minutes,
            receipt_days=self.receipt_days,
            warn_minutes=self.warn_minutes,
            exemption_safe_days=self.exemption_safe_days,
        )

    def name(self, language: str) -> str:
        """The term's name for a reader."""
        return self.name_en if language == "en" else self.name_tr


class TermException(Model):
    """R127: a longer window for one person: the row of the term that holds for them in place of the newest one."""

    __tablename__ = "term_exception"
    __table_args__ = (UniqueConstraint("member_id", "term_code"),)

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    term_code: Mapped[str] = mapped_column(String(40))
    term_id: Mapped[int] = mapped_column(ForeignKey("term.id"))
    term: Mapped[Term] = relationship(lazy="joined", innerjoin=True)


class CalendarOverride(Model):
    """A day that an operator declared a holiday, a half-day or a business day (administrative leave, bridge days)."""

    __tablename__ = "calendar_override"
    __table_args__ = (CheckConstraint("kind IN ('holiday', 'half_day', 'business')", name="kind"),)

    id: Mapped[Key]
    on: Mapped[date] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]  # the row stays, so that a file does not enter the day again
