"""Decisions to announce."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.db import Key, Model

_WAITING = text("spread_at IS NULL")


class TermAnnouncement(Model):
    """The news of a term shall go out: a job puts it into the outbox for whoever allows it then. Who decided stands in the
    trail."""

    __tablename__ = "term_announcement"
    __table_args__ = (
        Index(
            "ux_term_announcement_waiting", "term_code", unique=True,
            sqlite_where=_WAITING, postgresql_where=_WAITING,
        ),
    )  # fmt: skip

    id: Mapped[Key]
    term_code: Mapped[str] = mapped_column(String(40))
    decided_at: Mapped[datetime]
    spread_at: Mapped[datetime | None]
