"""Who somebody is, put right: a name or an identity number corrected, an account that is somebody else's."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from lms.core.db import Key, Model
from lms.membership.models import Member

_OPEN = text("status = 'requested'")


class Correction(Model):
    """R055, R115: a name is corrected by one staff member, an identity number asked for by one and confirmed by another.

    What it was and became is kept masked; the new number is sealed until the account carries it.
    """

    __tablename__ = "correction"
    __table_args__ = (
        CheckConstraint("kind IN ('name', 'tckn')", name="kind"),
        CheckConstraint("status IN ('requested', 'confirmed', 'refused')", name="status"),
        CheckConstraint("kind = 'name' OR decided_by IS NULL OR decided_by <> requested_by", name="four_eyes"),
        Index("ux_correction_open", "member_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    member: Mapped[Member] = relationship(foreign_keys=[member_id], lazy="joined", innerjoin=True)
    kind: Mapped[str] = mapped_column(String(4))
    ground: Mapped[str] = mapped_column(String(12))
    evidence: Mapped[str] = mapped_column(Text)
    before: Mapped[str] = mapped_column(String(170))  # masked
    after: Mapped[str] = mapped_column(String(170))  # masked
    tckn_index: Mapped[str | None] = mapped_column(String(64))
    tckn_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(String(12))
    requested_by: Mapped[int] = mapped_column(ForeignKey("member.id"))
    requested_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    decided_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(Text)
    reissued: Mapped[int] = mapped_column(default=0)  # certificates made anew by it


class Dispute(Model):
    """ "This identity number is mine, the account is not": a claim with evidence; two persons move the account (R126).

    The claim alone changes nothing. ``account`` is whose the number is now (it may be corrected, or an account opened,
    meanwhile), its owner is never told; ``member`` is the account that was frozen or moved, or to which an erased claim was.
    """

    __tablename__ = "dispute"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'proposed', 'moved', 'refused')", name="status"),
        CheckConstraint("status <> 'moved' OR decided_by <> proposed_by", name="four_eyes"),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    tckn_index: Mapped[str] = mapped_column(String(64), index=True)
    tckn_masked: Mapped[str] = mapped_column(String(11))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    member: Mapped[Member | None] = relationship(foreign_keys=[member_id], lazy="joined")
    account: Mapped[Member | None] = relationship(
        primaryjoin=lambda: (foreign(Dispute.tckn_index) == Member.tckn_index) & Member.staff_role.is_(None),
        lazy="joined",
        viewonly=True,
    )
    name: Mapped[str] = mapped_column(String(170))
    email: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(2))
    explanation: Mapped[str] = mapped_column(Text)
    file_key: Mapped[str | None] = mapped_column(String(200))
    file_label: Mapped[str | None] = mapped_column(String(120))
    media_type: Mapped[str | None] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(10), index=True)
    opened_at: Mapped[datetime]
    frozen_at: Mapped[datetime | None]  # staff closed the account while they look
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    proposed_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    decided_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
