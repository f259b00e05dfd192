"""Answers already given, by the caller's Idempotency-Key."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.db import Key, Model

_STRANGERS = text("member_id IS NULL")


class IdempotentAnswer(Model):
    """One POST under one key: what was asked (keyed hash) and what was answered; kept for a day.

    A stranger's key is a keyed hash of their word and of everything they sent, so that nobody meets another's.
    """

    __tablename__ = "idempotent_answer"
    __table_args__ = (
        UniqueConstraint("member_id", "key"),
        Index(
            "ux_idempotent_answer_stranger", "key", unique=True,
            sqlite_where=_STRANGERS, postgresql_where=_STRANGERS,
        ),
    )  # fmt: skip

    id: Mapped[Key]
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    key: Mapped[str] = mapped_column(String(200))
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    body: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(index=True)
