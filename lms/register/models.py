"""The register: who ever held a certificate of which programme (R002, R003, R029), and leave to apply after a revocation."""

from datetime import date, datetime

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
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
    """D-2: staff decided that a person whose certificate was revoked may apply again."""

    __tablename__ = "leave"
    __table_args__ = (UniqueConstraint("tckn_index", "programme_code"),)

    id: Mapped[Key]
    tckn_index: Mapped[str] = mapped_column(String(64))
    programme_code: Mapped[str] = mapped_column(String(40))
    given_by: Mapped[str] = mapped_column(String(40))  # the staff member's code
    given_at: Mapped[datetime]
