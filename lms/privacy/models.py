"""Personal data as a right: what a person asks of the institution, the copy they fetch, and what was destroyed."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import Key, Model
from lms.membership.models import Member
from lms.privacy.rules.requests import Kind, Outcome, Reason

_OPEN = text("outcome IS NULL")
_WANTED = text("erased_at IS NULL")


def _one_of(column: str, values: type[Kind] | type[Outcome] | type[Reason]) -> str:
    return f"{column} IN ({', '.join(repr(one.value) for one in values)})"


class PrivacyRequest(Model):
    """KVKK m.11, m.13: one request of one person, answered within 30 days and once. ``subject_code``: the attempt objected to.

    A new kind or reason is a migration: the constraints name them.
    """

    __tablename__ = "privacy_request"
    __table_args__ = (
        CheckConstraint(_one_of("kind", Kind), name="kind"),
        CheckConstraint(f"outcome IS NULL OR {_one_of('outcome', Outcome)}", name="outcome"),
        CheckConstraint("source IN ('form', 'mail', 'staff')", name="source"),
        CheckConstraint("(outcome IS NULL) = (decided_by IS NULL AND decided_at IS NULL)", name="decided"),
        Index(
            "ux_privacy_request_open", "member_id", "kind", "subject_code", unique=True,
            sqlite_where=_OPEN, postgresql_where=_OPEN,
        ),
        Index("ix_privacy_request_waiting", "asked_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )  # fmt: skip

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    member: Mapped[Member] = relationship(lazy="joined", innerjoin=True, foreign_keys=[member_id])
    kind: Mapped[str] = mapped_column(String(12))
    subject_code: Mapped[str] = mapped_column(String(60))
    body: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(8))
    asked_at: Mapped[datetime]
    outcome: Mapped[str | None] = mapped_column(String(10))
    reason: Mapped[str | None] = mapped_column(String(20))
    answer: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    decided_at: Mapped[datetime | None]


class PersonalExport(Model):
    """A copy of everything about one person, made by a job, fetched once, erased after it or after seven days."""

    __tablename__ = "personal_export"
    __table_args__ = (
        Index("ux_personal_export_wanted", "member_id", unique=True, sqlite_where=_WANTED, postgresql_where=_WANTED),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    member: Mapped[Member] = relationship(lazy="joined", innerjoin=True)
    asked_at: Mapped[datetime] = mapped_column(index=True)
    made_at: Mapped[datetime | None]
    file_key: Mapped[str | None] = mapped_column(String(200))
    size: Mapped[int | None]
    fetched_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]


class Destruction(Model):
    """What was deleted or anonymised because its class's time was over, or because a person asked; kept three years itself."""

    __tablename__ = "destruction"

    id: Mapped[Key]
    at: Mapped[datetime] = mapped_column(index=True)
    retention_class: Mapped[str] = mapped_column(String(30))
    what: Mapped[str] = mapped_column(String(60))
    action: Mapped[str] = mapped_column(String(10))
    rows: Mapped[int]
    older_than: Mapped[datetime | None]
    request_code: Mapped[str | None] = mapped_column(String(40))
