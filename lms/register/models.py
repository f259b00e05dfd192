"""The register: who ever held a certificate of which programme (R002, R003, R029), and leave given by staff to apply."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.db import Key, Model


class RegisterEntry(Model):
    """One certificate of one person. Found by the TCKN's keyed hash, so that it exists before and after any account."""

    __tablename__ = "register_entry"
    __table_args__ = (
        UniqueConstraint("programme_code", "number"),
        Index("ix_register_entry_person", "tckn_index", "programme_code"),
    )

    id: Mapped[Key]
    tckn_index: Mapped[str] = mapped_column(String(64))
    tckn_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    programme_code: Mapped[str] = mapped_column(String(40))
    number: Mapped[str] = mapped_column(String(40))
    holder: Mapped[str] = mapped_column(String(170))
    issued_on: Mapped[date]
    verification_code: Mapped[str | None] = mapped_column(String(24), unique=True)
    source: Mapped[str] = mapped_column(String(10))  # issued | imported
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Leave(Model):
    """Leave to apply that staff gave to a person: once more in a term after three fails (R099), or although a certificate
    was revoked (D-2). It stands below payments, so that a payment can know what it may be for."""

    __tablename__ = "leave"
    __table_args__ = (
        UniqueConstraint("tckn_index", "scope", "ordinal"),
        CheckConstraint("kind IN ('reapplication', 'after_revocation')", name="kind"),
    )

    id: Mapped[Key]
    tckn_index: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(20))
    scope: Mapped[str] = mapped_column(String(40))  # a term's code, or a programme's
    ordinal: Mapped[int]  # the application it opens; 0 after a revocation
    given_by: Mapped[str] = mapped_column(String(40))  # the staff member's code
    given_at: Mapped[datetime]
