"""Corporate applications (R063): institutions, who acts for them, and the people they invite."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import Key, Model
from lms.membership.models import Member
from lms.terms.models import Term

_LIVE = text("ended_at IS NULL")
_STANDING = text("state IN ('invited', 'accepted')")


class Institution(Model):
    """An institution that may invite its people and pay for them."""

    __tablename__ = "institution"

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    created_at: Mapped[datetime]


class Representative(Model):
    """A member whom staff appointed, on a written request, to act for one institution; one institution at a time."""

    __tablename__ = "representative"
    __table_args__ = (
        Index("ux_representative_live", "member_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    institution: Mapped[Institution] = relationship(lazy="joined", innerjoin=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    member: Mapped[Member] = relationship(lazy="joined", innerjoin=True, foreign_keys="Representative.member_id")
    reason: Mapped[str] = mapped_column(Text)
    appointed_by: Mapped[int] = mapped_column(ForeignKey("member.id"))
    appointed_at: Mapped[datetime]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(Text)


class Invitation(Model):
    """One person of an uploaded list: invited, nothing more. Only who accepts becomes a ``member_id``.

    What the institution told of a person who does not join is erased (``erased_at``); that somebody was invited stays.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint("state IN ('invited', 'accepted', 'refused', 'withdrawn')", name="state"),
        CheckConstraint("(state = 'accepted') = (member_id IS NOT NULL)", name="accepted"),
        Index(
            "ux_invitation_standing", "institution_id", "term_code", "tckn_index", unique=True,
            sqlite_where=_STANDING, postgresql_where=_STANDING,
        ),
        Index("ix_invitation_state", "state", "until"),
    )  # fmt: skip

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    institution: Mapped[Institution] = relationship(lazy="joined", innerjoin=True)
    term_id: Mapped[int] = mapped_column(ForeignKey("term.id"))
    term: Mapped[Term] = relationship(lazy="joined", innerjoin=True)
    term_code: Mapped[str] = mapped_column(String(40))
    tckn_index: Mapped[str | None] = mapped_column(String(64))
    first_name: Mapped[str] = mapped_column(String(80))
    last_name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(254))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[str] = mapped_column(String(10))
    invited_by: Mapped[int] = mapped_column(ForeignKey("member.id"))
    invited_at: Mapped[datetime]
    until: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    member: Mapped[Member | None] = relationship(foreign_keys="Invitation.member_id", lazy="joined")
    told_at: Mapped[datetime | None]  # when the completion was disclosed to the institution
    erased_at: Mapped[datetime | None]
