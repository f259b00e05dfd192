"""Answers already given, by the caller's Idempotency-Key."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.db import Key, Model


class IdempotentAnswer(Model):
    """One POST of one member under one key: what was asked (hash) and what was answered; kept for a day."""

    __tablename__ = "idempotent_answer"
    __table_args__ = (UniqueConstraint("member_id", "key"),)

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    key: Mapped[str] = mapped_column(String(200))
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    body: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(index=True)
