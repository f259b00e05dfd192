"""Support tickets (R112)."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import Key, Model
from lms.membership.models import Member


class Ticket(Model):
    """A question from a person, with the context it was asked in; answered by mail."""

    __tablename__ = "ticket"
    __table_args__ = (CheckConstraint("status IN ('open', 'answered', 'closed')", name="status"),)

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    member: Mapped[Member | None] = relationship(foreign_keys="Ticket.member_id", lazy="joined")
    email: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(160))
    body: Mapped[str] = mapped_column(Text)
    context: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(10), index=True)
    created_at: Mapped[datetime]
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
