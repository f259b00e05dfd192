"""The audit trail: one row for every business act, sealed into a chain; and what was told to whom outside. All append-only:
the database's own triggers refuse every change (ADR 12)."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.db import BigKey, Key, Model


class AuditEntry(Model):
    """Who did what to which subject, when. ``data`` holds no TCKN and no secret; a candidate stands here by code alone,
    so that erasing the account leaves nothing to change (``actor_label`` names staff)."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_time", "at", "id"),
        Index("ix_audit_entry_act", "act", "at", "id"),
        Index("ix_audit_entry_actor", "actor_code", "at", "id"),
        Index("ix_audit_entry_subject", "subject_code", "at", "id"),
    )

    id: Mapped[Key]
    at: Mapped[datetime]
    act: Mapped[str] = mapped_column(String(60))
    actor_kind: Mapped[str] = mapped_column(String(12))
    actor_code: Mapped[str] = mapped_column(String(40))
    actor_label: Mapped[str] = mapped_column(String(120))
    actor_role: Mapped[str | None] = mapped_column(String(20))
    ip: Mapped[str | None] = mapped_column(String(45))
    subject_kind: Mapped[str] = mapped_column(String(30))
    subject_code: Mapped[str] = mapped_column(String(60))
    data: Mapped[dict[str, Any]]


class AuditSeal(Model):
    """One block of the chain: the rows ``from_id`` to ``to_id`` that stood then, and rows of earlier gaps that came late.

    ``gaps`` are the ids in between that held nothing, as [first, last]; ``digests`` the SHA-256 of each row in id order;
    ``head`` binds them to the block before (formats.head).
    """

    __tablename__ = "audit_seal"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    from_id: Mapped[int] = mapped_column(BigKey)
    to_id: Mapped[int] = mapped_column(BigKey)
    rows: Mapped[int]
    gaps: Mapped[list[Any] | None]
    late: Mapped[list[Any] | None]
    digests: Mapped[bytes] = mapped_column(LargeBinary)
    head: Mapped[str] = mapped_column(String(64), unique=True)
    sealed_at: Mapped[datetime]


class Disclosure(Model):
    """R063: facts about one person that left the institution: to whom, on what basis, which ones, by whom."""

    __tablename__ = "disclosure"
    __table_args__ = (Index("ix_disclosure_subject", "subject_code", "at"), Index("ix_disclosure_time", "at", "id"))

    id: Mapped[Key]
    batch: Mapped[str] = mapped_column(String(20), index=True)  # one act may tell of many persons
    at: Mapped[datetime]
    recipient: Mapped[str] = mapped_column(String(12))
    recipient_name: Mapped[str] = mapped_column(String(200))  # which institution or authority
    basis: Mapped[str] = mapped_column(String(20))
    reference: Mapped[str] = mapped_column(String(120))  # the letter or application that it answers
    subject_kind: Mapped[str] = mapped_column(String(30))
    subject_code: Mapped[str] = mapped_column(String(60))
    what: Mapped[list[Any]]
    actor_code: Mapped[str] = mapped_column(String(40))
    actor_label: Mapped[str] = mapped_column(String(120))
