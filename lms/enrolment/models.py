"""Applications: the form as it was sent, the training date promised, and how it ended."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import Key, Model
from lms.exemptions.models import ExemptionRequest
from lms.membership.models import Member
from lms.payments.models import Entitlement
from lms.terms.models import Term

_OPEN = text("outcome IS NULL")


class Application(Model):
    """One application (R058, R062). Names and contact are the snapshot taken at BAŞVUR (R047, R055); ``term`` is the
    frozen row; ``assigned_at`` and its explanation are frozen too (R064, R127). Paid by an entitlement or exempt."""

    __tablename__ = "application"
    __table_args__ = (
        UniqueConstraint("member_id", "term_code", "ordinal"),
        CheckConstraint("applicant_type IN ('agency', 'bank', 'insurer', 'broker', 'other')", name="applicant_type"),
        CheckConstraint("outcome IS NULL OR outcome IN ('passed', 'failed', 'lapsed', 'invalid')", name="outcome"),
        CheckConstraint("(entitlement_id IS NULL) <> (exemption_id IS NULL)", name="paid_or_exempt"),
        Index("ux_application_open", "member_id", "term_code", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_application_open_term", "term_id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    member: Mapped[Member] = relationship(lazy="joined", innerjoin=True)
    term_id: Mapped[int] = mapped_column(ForeignKey("term.id"))
    term: Mapped[Term] = relationship(lazy="joined", innerjoin=True)
    term_code: Mapped[str] = mapped_column(String(40))
    ordinal: Mapped[int]
    entitlement_id: Mapped[int | None] = mapped_column(ForeignKey("entitlement.id"), unique=True)
    entitlement: Mapped[Entitlement | None] = relationship()
    exemption_id: Mapped[int | None] = mapped_column(ForeignKey("exemption_request.id"))
    exemption: Mapped[ExemptionRequest | None] = relationship()
    submitted_at: Mapped[datetime] = mapped_column(index=True)
    first_name: Mapped[str] = mapped_column(String(80))
    last_name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(16))
    province: Mapped[str | None] = mapped_column(String(60))
    district: Mapped[str | None] = mapped_column(String(80))
    applicant_type: Mapped[str] = mapped_column(String(10))
    institution: Mapped[str] = mapped_column(String(200))
    education: Mapped[str] = mapped_column(String(20))
    assigned_at: Mapped[datetime] = mapped_column(index=True)
    assigned_why: Mapped[dict[str, Any]]
    announced_at: Mapped[datetime | None]  # the training's notice was queued
    outcome: Mapped[str | None] = mapped_column(String(10), index=True)
    outcome_at: Mapped[datetime | None]
