"""The audit trail: one row for every business act, append-only."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.db import Key, Model


class AuditEntry(Model):
    """Who did what to which subject, when. ``data`` holds no TCKN and no secret."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_subject", "subject_kind", "subject_code"),
        Index("ix_audit_entry_actor", "actor_code"),
    )

    id: Mapped[Key]
    at: Mapped[datetime] = mapped_column(index=True)
    act: Mapped[str] = mapped_column(String(60), index=True)
    actor_kind: Mapped[str] = mapped_column(String(12))
    actor_code: Mapped[str] = mapped_column(String(40))
    actor_label: Mapped[str] = mapped_column(String(120))
    actor_role: Mapped[str | None] = mapped_column(String(20))
    ip: Mapped[str | None] = mapped_column(String(45))
    subject_kind: Mapped[str] = mapped_column(String(30))
    subject_code: Mapped[str] = mapped_column(String(60))
    data: Mapped[dict[str, Any]]
