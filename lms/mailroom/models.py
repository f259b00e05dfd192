"""What came by mail: each mail once, what became of it, and its attachments."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import Key, Model
from lms.mailroom.rules import Outcome
from lms.membership.models import Member

_OUTCOMES = ", ".join(f"'{one}'" for one in Outcome)


class InboundMail(Model):
    """One mail. ``received_at``: when our server took it, which is when it counts. Identity numbers in its words are masked;
    the sealed bytes (``raw_key``) hold them until they are erased."""

    __tablename__ = "inbound_mail"
    __table_args__ = (
        CheckConstraint("mailbox IN ('bilgi', 'muhasebe')", name="mailbox"),
        CheckConstraint(f"outcome IN ({_OUTCOMES})", name="outcome"),
        Index("ix_inbound_mail_outcome", "outcome", "received_at"),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    mailbox: Mapped[str] = mapped_column(String(10))
    message_id: Mapped[str] = mapped_column(String(260), unique=True)
    replies_to: Mapped[str] = mapped_column(Text, default="")
    sender: Mapped[str] = mapped_column(String(254))
    sender_name: Mapped[str] = mapped_column(String(120))
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime]
    taken_at: Mapped[datetime]
    size: Mapped[int]
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    member: Mapped[Member | None] = relationship(lazy="joined", foreign_keys=[member_id])
    match: Mapped[str] = mapped_column(String(10))
    outcome: Mapped[str] = mapped_column(String(14))
    case_code: Mapped[str | None] = mapped_column(String(40), index=True)
    reason: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    decider: Mapped[Member | None] = relationship(lazy="joined", foreign_keys=[decided_by])
    raw_key: Mapped[str | None] = mapped_column(String(200))
    erased_at: Mapped[datetime | None]
    documents: Mapped[list["InboundDocument"]] = relationship(order_by="InboundDocument.id", lazy="selectin")

    @property
    def thread(self) -> str:
        """The message ids that an answer refers to, this mail's last."""
        return f"{self.replies_to} {self.message_id}".strip()


class InboundDocument(Model):
    """An attachment: cleaned and kept, or left out with the reason (``refused``)."""

    __tablename__ = "inbound_document"

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    mail_id: Mapped[int] = mapped_column(ForeignKey("inbound_mail.id"), index=True)
    label: Mapped[str] = mapped_column(String(120))
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    file_key: Mapped[str | None] = mapped_column(String(200))
    refused: Mapped[str | None] = mapped_column(String(60))
