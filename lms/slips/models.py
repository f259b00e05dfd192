"""Bank slips (dekont) of payments made at a branch: who sent which, when it arrived, and what accounting found (R045)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import Key, Model
from lms.membership.models import Member


class BankSlip(Model):
    """One slip as it arrived, by mail to muhasebe@ or by upload. ``member_id`` is empty while nobody knows whose it is."""

    __tablename__ = "bank_slip"
    __table_args__ = (
        CheckConstraint("source IN ('mail', 'form', 'staff')", name="source"),
        CheckConstraint("status IN ('waiting', 'accepted', 'refused')", name="status"),
        Index("ix_bank_slip_status", "status", "arrived_at"),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    member: Mapped[Member | None] = relationship(lazy="joined", foreign_keys=[member_id])
    source: Mapped[str] = mapped_column(String(5))
    mail_code: Mapped[str | None] = mapped_column(String(40))
    sender: Mapped[str] = mapped_column(String(254), default="")
    replies_to: Mapped[str | None] = mapped_column(Text)  # of one by mail: its thread, in which the answer goes
    arrived_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(10))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    decider: Mapped[Member | None] = relationship(lazy="joined", foreign_keys=[decided_by])
    reason: Mapped[str | None] = mapped_column(Text)
    documents: Mapped[list["SlipDocument"]] = relationship(order_by="SlipDocument.id", lazy="selectin")


class SlipDocument(Model):
    """A cleaned file behind a random key."""

    __tablename__ = "slip_document"

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    slip_id: Mapped[int] = mapped_column(ForeignKey("bank_slip.id"), index=True)
    label: Mapped[str] = mapped_column(String(120))
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    file_key: Mapped[str] = mapped_column(String(200))
    erased_at: Mapped[datetime | None]
