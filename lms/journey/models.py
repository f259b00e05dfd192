"""The secret address under which a candidate's own calendar program reads their dates."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import Key, Model
from lms.membership.models import Member


class CalendarFeed(Model):
    """One address a member, kept as a hash: whoever reads the database learns no address. A new one ends the old one."""

    __tablename__ = "calendar_feed"

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), unique=True)
    member: Mapped[Member] = relationship(lazy="joined", innerjoin=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
