"""Support tickets as threads (R112), and the answers that stand ready."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import Key, Model
from lms.membership.models import Member


class Ticket(Model):
    """A question with the context it was asked in, by value; what was written since is its messages.

    ``since``: when the present status began: how long an open one waits, how long an answered one is quiet. ``messages``
    counts them: who answers says how many they saw. ``tckn_index``: whom somebody without access to the account says to be.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'answered', 'closed')", name="status"),
        CheckConstraint("source IN ('form', 'mail', 'staff')", name="source"),
        Index("ix_ticket_status_since", "status", "since"),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    member: Mapped[Member | None] = relationship(foreign_keys=[member_id], lazy="joined")
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str | None] = mapped_column(String(120))
    tckn_index: Mapped[str | None] = mapped_column(String(64), index=True)
    subject: Mapped[str] = mapped_column(String(160))
    category: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(5))
    context: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
    since: Mapped[datetime]
    messages: Mapped[int]
    assigned_to: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    holder: Mapped[Member | None] = relationship(foreign_keys=[assigned_to], lazy="joined")
    assigned_at: Mapped[datetime | None]
    thread: Mapped[list["TicketMessage"]] = relationship(order_by="TicketMessage.id", lazy="select")


class TicketMessage(Model):
    """One entry of a thread. ``note`` is for staff alone. What came by mail names the mail, and its id for the answer."""

    __tablename__ = "ticket_message"
    __table_args__ = (CheckConstraint("author IN ('person', 'staff', 'note', 'system')", name="author"),)

    id: Mapped[Key]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    author: Mapped[str] = mapped_column(String(8))
    body: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    written_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    writer: Mapped[Member | None] = relationship(lazy="joined")
    mail_code: Mapped[str | None] = mapped_column(String(40))
    message_id: Mapped[str | None] = mapped_column(Text)


class CannedAnswer(Model):
    """A text that stands ready, in both languages; a manager keeps them."""

    __tablename__ = "canned_answer"

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(120))
    body_tr: Mapped[str] = mapped_column(Text)
    body_en: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime]
