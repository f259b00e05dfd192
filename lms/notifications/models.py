"""The outbox: what shall leave by mail or SMS, stored with the act that caused it and sent after its commit."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.db import Key, Model

SEALED: Final = "_sealed"
"""The parameter that holds what must not lie readable (a link for one use); empty once it was sent."""

_LOST = text("(failed_at IS NOT NULL OR bounced_at IS NOT NULL) AND settled_at IS NULL")


class OutboxMessage(Model):
    """One message on one channel. ``dedupe`` makes enqueueing idempotent; ``params`` fill the template and hold no TCKN.

    A lost one (failed or bounced) waits for staff until it is sent again or settled: the person was told in another way.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        CheckConstraint("channel IN ('mail', 'sms')", name="channel"),
        CheckConstraint("substr(template, 1, 10) <> 'marketing/' OR consent_id IS NOT NULL", name="consent"),
        Index("ix_outbox_message_lost", "failed_at", "bounced_at", sqlite_where=_LOST, postgresql_where=_LOST),
        Index(
            "ix_outbox_message_waiting", "next_try_at",
            sqlite_where=text("sent_at IS NULL AND failed_at IS NULL"), postgresql_where=text("sent_at IS NULL AND failed_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[Key]
    dedupe: Mapped[str] = mapped_column(String(120), unique=True)
    channel: Mapped[str] = mapped_column(String(4))
    recipient: Mapped[str] = mapped_column(String(254), index=True)
    member_code: Mapped[str | None] = mapped_column(String(40), index=True)
    language: Mapped[str] = mapped_column(String(2))
    template: Mapped[str] = mapped_column(String(60))
    params: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
    message_id: Mapped[str | None] = mapped_column(String(60), unique=True)  # random: a stranger cannot name it
    replies_to: Mapped[str | None] = mapped_column(Text)  # the message ids of the thread, the newest last
    consent_id: Mapped[int | None] = mapped_column(BigInteger)  # the acceptance that allows a marketing message
    bounced_at: Mapped[datetime | None]
    bounce_reason: Mapped[str | None] = mapped_column(Text)
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None] = mapped_column(String(170))

    @property
    def spent(self) -> bool:
        """Whether it carried something for one use, which is forgotten."""
        return self.params.get(SEALED) == ""
