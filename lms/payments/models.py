"""Payments: what is owed, every try at the bank, append-only events, and the rights that a settled payment gives."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import Key, Model
from lms.membership.models import Member
from lms.terms.models import Term

_PENDING = text("status = 'pending'")
_TOLD_ONCE = text("NOT repeats")


class Payment(Model):
    """One payment for one thing: ``subject`` is the application's ordinal in its term, a certificate's code, or of which
    persons a group's payment is (``Seat``), made ``on_behalf_of`` an institution.

    ``amount_kurus`` is the base amount frozen at the start; ``captured_kurus`` what the bank took with its commission
    (R040, D-7). ``note`` tells what settling found: duplicate, underpaid, quarantined; ``reviewed_at`` that accounting said
    what was done about it (the event says who and why).
    """

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint("purpose IN ('application', 'certificate', 'group')", name="purpose"),
        CheckConstraint("channel IN ('card', 'branch')", name="channel"),
        CheckConstraint("status IN ('pending', 'paid', 'failed', 'expired')", name="status"),
        CheckConstraint("amount_kurus > 0", name="amount"),
        Index(
            "ux_payment_pending",
            "member_id",
            "purpose",
            "term_code",
            "subject",
            unique=True,
            sqlite_where=_PENDING,
            postgresql_where=_PENDING,
        ),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    member: Mapped[Member] = relationship(lazy="joined", innerjoin=True)
    term_id: Mapped[int] = mapped_column(ForeignKey("term.id"))
    term: Mapped[Term] = relationship(lazy="joined", innerjoin=True)
    term_code: Mapped[str] = mapped_column(String(40))
    purpose: Mapped[str] = mapped_column(String(12))
    subject: Mapped[str] = mapped_column(String(60))
    on_behalf_of: Mapped[str | None] = mapped_column(
        String(200)
    )  # the institution whose representative pays for others
    channel: Mapped[str] = mapped_column(String(8), default="card")
    amount_kurus: Mapped[int]
    captured_kurus: Mapped[int | None]
    status: Mapped[str] = mapped_column(String(10), index=True)
    note: Mapped[str | None] = mapped_column(String(20))
    created_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]  # the bank's authorisation time
    closed_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]


class Seat(Model):
    """A person whom a group's payment is for, fixed when it starts. Settling gives each the right of an application; who had
    paid meanwhile keeps that right, and the seat's money is kept (R018, R022): ``note`` "duplicate"."""

    __tablename__ = "payment_seat"
    __table_args__ = (UniqueConstraint("payment_id", "member_id"),)

    id: Mapped[Key]
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"))
    payment: Mapped[Payment] = relationship(lazy="joined", innerjoin=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    ordinal: Mapped[int]  # of the person's application in the term
    note: Mapped[str | None] = mapped_column(String(20))


class BankOrder(Model):
    """One try at the hosted page: a fresh order number each time, the key that binds the bank's answer to us."""

    __tablename__ = "bank_order"

    id: Mapped[Key]
    order_id: Mapped[str] = mapped_column(String(24), unique=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), index=True)
    payment: Mapped[Payment] = relationship(lazy="joined", innerjoin=True)
    amount_kurus: Mapped[int]
    opened_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]  # the last inquiry
    next_inquiry_at: Mapped[datetime | None] = mapped_column(index=True)
    result: Mapped[str | None] = mapped_column(String(12))  # approved | declined | none


class PaymentEvent(Model):
    """Everything that happened to a payment, in order; never changed. A bad call-back has no payment."""

    __tablename__ = "payment_event"

    id: Mapped[Key]
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"), index=True)
    order_id: Mapped[str | None] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(30))
    at: Mapped[datetime]
    data: Mapped[dict[str, Any]]


class Entitlement(Model):
    """The right that a settled payment gives: one per payment and person, one per thing paid for (R022)."""

    __tablename__ = "entitlement"
    __table_args__ = (
        Index(
            "ux_entitlement_application", "member_id", "term_code", "subject", unique=True,
            sqlite_where=text("purpose = 'application'"), postgresql_where=text("purpose = 'application'"),
        ),
        UniqueConstraint("payment_id", "member_id"),
        Index("ix_entitlement_subject", "purpose", "subject"),
    )  # fmt: skip

    id: Mapped[Key]
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"))
    payment: Mapped[Payment] = relationship(lazy="joined", innerjoin=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(12))
    term_code: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(60))
    paid_at: Mapped[datetime]
    opens_at: Mapped[datetime]
    consumed_at: Mapped[datetime | None]
    consumed_by: Mapped[str | None] = mapped_column(String(60))


class Permit(Model):
    """R099: an approved request to apply again lets one more payment of the term count; ``ordinal`` is that application's.

    Granted from above (exams), read by the payment page, by settling, and by the form of an exempt person (D-16).
    """

    __tablename__ = "payment_permit"
    __table_args__ = (UniqueConstraint("member_id", "term_code", "ordinal"),)

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    term_code: Mapped[str] = mapped_column(String(40))
    ordinal: Mapped[int]
    granted_at: Mapped[datetime]


class BranchFile(Model):
    """A collection file of the bank (R044): once for each number, with the digest by which a repeat is known."""

    __tablename__ = "branch_file"
    __table_args__ = (UniqueConstraint("bank", "number"),)

    id: Mapped[Key]
    bank: Mapped[str] = mapped_column(String(4))
    number: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]  # by the bank
    covers_from: Mapped[datetime]
    covers_to: Mapped[datetime]
    imported_at: Mapped[datetime]
    imported_by: Mapped[str] = mapped_column(String(200))
    lines: Mapped[int]
    total_kurus: Mapped[int] = mapped_column(BigInteger)


class BranchLine(Model):
    """A payment at a branch, or one taken back (``kind`` "R"), as the bank told it, and what became of it.

    ``waits``: nobody has settled it yet. A line with a payment of a known member names it.
    """

    __tablename__ = "branch_line"
    __table_args__ = (
        UniqueConstraint("file_id", "line_no"),
        CheckConstraint("kind IN ('D', 'R')", name="kind"),
        Index(
            "ux_branch_line_reference", "bank", "bank_ref", "kind", unique=True,
            sqlite_where=_TOLD_ONCE, postgresql_where=_TOLD_ONCE,
        ),
        Index("ix_branch_line_waits", "waits", "result"),
    )  # fmt: skip

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("branch_file.id"))
    file: Mapped[BranchFile] = relationship(lazy="joined", innerjoin=True)
    line_no: Mapped[int]
    kind: Mapped[str] = mapped_column(String(1))
    tckn_index: Mapped[str] = mapped_column(String(64), index=True)
    tckn_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    tckn_masked: Mapped[str] = mapped_column(String(11))
    name: Mapped[str] = mapped_column(String(30))
    service: Mapped[str] = mapped_column(String(10))
    amount_kurus: Mapped[int]
    paid_at: Mapped[datetime]
    channel: Mapped[str] = mapped_column(String(2))
    branch: Mapped[str] = mapped_column(String(5))
    bank: Mapped[str] = mapped_column(String(4))
    bank_ref: Mapped[str] = mapped_column(String(20))
    result: Mapped[str] = mapped_column(String(16))
    repeats: Mapped[bool] = mapped_column(default=False)  # the reference was told before: the same money
    waits: Mapped[bool] = mapped_column(default=False)
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"), index=True)
    payment: Mapped[Payment | None] = relationship(lazy="joined")
    matched_at: Mapped[datetime | None]
    decision: Mapped[str | None] = mapped_column(String(10))
    reason: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    decider: Mapped[Member | None] = relationship(lazy="joined", foreign_keys=[decided_by])
