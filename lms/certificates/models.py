"""Certificates: frozen at issue, never deleted; revoked by two persons; who looked them up."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import BigKey, Key, Model
from lms.enrolment.models import Application
from lms.exams.models import Attempt

_OPEN = text("status = 'requested'")


class Certificate(Model):
    """One issued certificate; a corrected re-issue is a new ``version`` of the same number. ``code`` answers employers (D-22)."""

    __tablename__ = "certificate"
    __table_args__ = (UniqueConstraint("number", "version"), UniqueConstraint("application_id", "version"))

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(24), unique=True)
    number: Mapped[str] = mapped_column(String(40), index=True)
    version: Mapped[int] = mapped_column(default=1)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    application: Mapped[Application] = relationship(lazy="joined", innerjoin=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    attempt: Mapped[Attempt] = relationship()
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    printed_name: Mapped[str] = mapped_column(String(170))
    content: Mapped[dict[str, Any]]  # every field as printed, frozen
    available_from: Mapped[datetime] = mapped_column(index=True)
    view_days: Mapped[int]
    issued_at: Mapped[datetime]
    announced_at: Mapped[datetime | None]
    pdf_key: Mapped[str | None] = mapped_column(String(200))
    pdf_sha256: Mapped[str | None] = mapped_column(String(64))
    revoked_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]


class Revocation(Model):
    """Four eyes (R114): that an application with all it gave be invalid; requested by one staff member with a reason,
    confirmed or refused by another. ``certificate`` is the one it was asked about, or empty before there is one."""

    __tablename__ = "revocation"
    __table_args__ = (
        CheckConstraint("status IN ('requested', 'confirmed', 'refused')", name="status"),
        CheckConstraint("decided_by IS NULL OR decided_by <> requested_by", name="four_eyes"),
        Index("ux_revocation_open", "application_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    application: Mapped[Application] = relationship(lazy="joined", innerjoin=True)
    certificate_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id"))
    certificate: Mapped[Certificate | None] = relationship(lazy="joined")
    status: Mapped[str] = mapped_column(String(12))
    ground: Mapped[str] = mapped_column(String(20))  # R115
    reason: Mapped[str] = mapped_column(Text)
    requested_by: Mapped[int] = mapped_column(ForeignKey("member.id"))
    requested_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str | None] = mapped_column(Text)
    informed_at: Mapped[datetime | None]  # SEDDK and ÖRYM were told


class CertificateLookup(Model):
    """That somebody asked for a certificate's status: when, nothing about who."""

    __tablename__ = "certificate_lookup"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), index=True)
    at: Mapped[datetime]
