"""Reading payments: by person, by bank order, by what was paid for."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, and_, func, or_, select, update

from lms.core.db import db, take_turns
from lms.membership.models import Member
from lms.payments.models import BankOrder, BranchFile, BranchLine, Entitlement, Payment, PaymentEvent, Permit, Seat


def lock_member(member_id: int) -> None:
    """Let one person's payments change one at a time (PostgreSQL; SQLite's BEGIN IMMEDIATE does it by itself)."""
    db.session.execute(select(Member.id).where(Member.id == member_id).with_for_update(key_share=True))


def member(member_id: int) -> Member:
    return db.session.get_one(Member, member_id)


def payments_of(member_id: int) -> Sequence[Payment]:
    """Newest first."""
    chosen = (
        select(Payment).where(Payment.member_id == member_id).order_by(Payment.created_at.desc(), Payment.id.desc())
    )
    return db.session.scalars(chosen).all()


def payment_by_code(code: str) -> Payment | None:
    return db.session.scalar(select(Payment).where(Payment.code == code))


def pending(member_id: int, purpose: str, term_code: str, subject: str) -> Payment | None:
    """The one open order for a thing."""
    return db.session.scalar(
        select(Payment).where(
            Payment.member_id == member_id,
            Payment.purpose == purpose,
            Payment.term_code == term_code,
            Payment.subject == subject,
            Payment.status == "pending",
        )
    )


def bank_order(order_id: str, *, fresh: bool = False) -> BankOrder | None:
    """`fresh`: read again what another transaction may have changed, after the lock."""
    chosen = select(BankOrder).where(BankOrder.order_id == order_id)
    return db.session.scalar(chosen.execution_options(populate_existing=fresh))


def newest_order(payment_id: int) -> BankOrder | None:
    chosen = select(BankOrder).where(BankOrder.payment_id == payment_id).order_by(BankOrder.id.desc()).limit(1)
    return db.session.scalar(chosen)


def open_order_ids(payment_id: int) -> Sequence[str]:
    """The tries at the bank about which it is still asked."""
    chosen = select(BankOrder.order_id).where(
        BankOrder.payment_id == payment_id, BankOrder.next_inquiry_at.is_not(None)
    )
    return db.session.scalars(chosen.order_by(BankOrder.id)).all()


def unsettled_order_ids(member_id: int, purpose: str, term_code: str, subject: str) -> Sequence[str]:
    """The same of all payments for one thing, also of one that was declined or given up."""
    chosen = (
        select(BankOrder.order_id)
        .join(Payment, Payment.id == BankOrder.payment_id)
        .where(
            Payment.member_id == member_id,
            Payment.purpose == purpose,
            Payment.term_code == term_code,
            Payment.subject == subject,
            BankOrder.next_inquiry_at.is_not(None),
        )
    )
    return db.session.scalars(chosen.order_by(BankOrder.id)).all()


def due_orders(now: datetime, limit: int) -> Sequence[tuple[str, datetime]]:
    """Bank orders to ask about, the longest waiting first."""
    chosen = (
        select(BankOrder.order_id, BankOrder.next_inquiry_at)
        .where(BankOrder.next_inquiry_at <= now)
        .order_by(BankOrder.next_inquiry_at)
        .limit(limit)
    )
    return [(order_id, due) for order_id, due in db.session.execute(chosen) if due is not None]


def last_event(payment_id: int, kind: str) -> PaymentEvent | None:
    chosen = select(PaymentEvent).where(PaymentEvent.payment_id == payment_id, PaymentEvent.kind == kind)
    return db.session.scalar(chosen.order_by(PaymentEvent.id.desc()).limit(1))


def permitted_ordinal(member_id: int, term_code: str) -> int:
    """The highest application ordinal that this person may pay for, or fill in as exempt, in this term: 1 at first."""
    query = select(func.max(Permit.ordinal)).where(Permit.member_id == member_id, Permit.term_code == term_code)
    return db.session.scalar(query) or 1


def application_entitlement(member_id: int, term_code: str, subject: str) -> Entitlement | None:
    return db.session.scalar(
        select(Entitlement).where(
            Entitlement.member_id == member_id,
            Entitlement.purpose == "application",
            Entitlement.term_code == term_code,
            Entitlement.subject == subject,
        )
    )


def entitlement_of(payment_id: int) -> Entitlement | None:
    """A right that this payment gave: the only one, or one of a group's."""
    return db.session.scalar(select(Entitlement).where(Entitlement.payment_id == payment_id).limit(1))


# --- one payment for many ---------------------------------------------------------------------------------------------


def members(ids: Collection[int]) -> Sequence[Member]:
    return db.session.scalars(select(Member).where(Member.id.in_(ids)).order_by(Member.id)).all()


def permitted_ordinals(member_ids: Collection[int], term_code: str) -> dict[int, int]:
    """``permitted_ordinal`` of many; whoever is not in it has 1."""
    rows = select(Permit.member_id, func.max(Permit.ordinal)).where(
        Permit.member_id.in_(member_ids), Permit.term_code == term_code
    )
    return {member_id: int(ordinal) for member_id, ordinal in db.session.execute(rows.group_by(Permit.member_id))}


def entitled(member_ids: Collection[int], term_code: str) -> set[tuple[int, str]]:
    """(member, ordinal) of everything that was paid for in the term."""
    rows = select(Entitlement.member_id, Entitlement.subject).where(
        Entitlement.member_id.in_(member_ids), Entitlement.term_code == term_code, Entitlement.purpose == "application"
    )
    return {(member_id, subject) for member_id, subject in db.session.execute(rows)}


def undecided() -> ColumnElement[bool]:
    """R024: a payment was too low and accounting has not decided yet: by card about itself, at a branch about its line."""
    return (Payment.note == "underpaid") & or_(
        and_(Payment.channel == "card", Payment.reviewed_at.is_(None)),
        select(BranchLine.id).where(BranchLine.payment_id == Payment.id, BranchLine.waits).exists(),
    )


def is_undecided(payment: Payment) -> bool:
    """R024: whether this one waits for accounting."""
    return db.session.scalar(select(Payment.id).where(Payment.id == payment.id, undecided())) is not None


def unfinished() -> ColumnElement[bool]:
    """A payment that is being made at this moment, or was too low and is with accounting."""
    return or_(Payment.status == "pending", undecided())


def paying(member_ids: Collection[int], term_code: str) -> set[int]:
    """Whose fee of the term is being paid at this moment, by themselves or for them, or was too low and is with accounting (R024)."""
    open_one = unfinished() & (Payment.term_code == term_code)
    own = select(Payment.member_id).where(open_one, Payment.purpose == "application", Payment.member_id.in_(member_ids))
    seats = (
        select(Seat.member_id)
        .join(Payment, Payment.id == Seat.payment_id)
        .where(open_one, Seat.member_id.in_(member_ids))
    )
    return set(db.session.scalars(own)) | set(db.session.scalars(seats))


def seats_of(payment_id: int) -> Sequence[Seat]:
    return db.session.scalars(select(Seat).where(Seat.payment_id == payment_id).order_by(Seat.id)).all()


def members_entitled_by(payment_id: int) -> set[int]:
    return set(db.session.scalars(select(Entitlement.member_id).where(Entitlement.payment_id == payment_id)))


def group_settled(payment: Payment) -> bool:
    """R022: whether a payment for the same group gave its rights before (`Settlement.entitles`)."""
    same = select(Payment.id).where(
        Payment.id != payment.id,
        Payment.member_id == payment.member_id,
        Payment.purpose == "group",
        Payment.term_code == payment.term_code,
        Payment.subject == payment.subject,
        Payment.status == "paid",
        or_(Payment.note.is_(None), Payment.note == "overpaid"),
    )
    return db.session.scalar(same.limit(1)) is not None


def view_payments(certificate_codes: Iterable[str]) -> dict[str, list[datetime]]:
    """When view periods of these certificates were paid for, oldest first."""
    codes = list(certificate_codes)
    found: dict[str, list[datetime]] = {code: [] for code in codes}
    chosen = select(Entitlement.subject, Entitlement.paid_at).where(
        Entitlement.purpose == "certificate", Entitlement.subject.in_(codes)
    )
    for subject, paid_at in db.session.execute(chosen.order_by(Entitlement.paid_at)):
        found[subject].append(paid_at)
    return found


def claim_inquiry(order_id: str, due: datetime, later: datetime) -> bool:
    """Put off the next question if nobody else has done so since it was read; True for who won."""
    changed = db.session.execute(
        update(BankOrder)
        .where(BankOrder.order_id == order_id, BankOrder.next_inquiry_at == due)
        .values(next_inquiry_at=later)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", changed).rowcount == 1


def prolong(before: int, after: int) -> None:
    """R127: what was paid for an application that is not sent yet, is being paid, or was too low and is with accounting (R024),
    holds the longer row of its term."""
    unsent = select(Entitlement.payment_id).where(
        Entitlement.purpose == "application", Entitlement.consumed_at.is_(None)
    )
    db.session.execute(
        update(Payment)
        .where(Payment.term_id == before, Payment.purpose.in_(("application", "group")))
        .where(unfinished() | Payment.id.in_(unsent))
        .values(term_id=after)
        .execution_options(synchronize_session=False)
    )


# --- the bank's collection files --------------------------------------------------------------------------------------

_BRANCH_LOCK = 2671_0062
PAGE = 50


def lock_branch() -> None:
    """One file, or one round of matching, at a time."""
    take_turns(_BRANCH_LOCK)


def lock_members(ids: Collection[int]) -> None:
    """``lock_member`` for many, in one order."""
    rows = select(Member.id).where(Member.id.in_(ids)).order_by(Member.id).with_for_update(key_share=True)
    db.session.execute(rows)


def lock_everybody(payment: Payment) -> None:
    """``lock_members`` of who pays and of all whom it is for: their rights come with it."""
    lock_members({payment.member_id, *(seat.member_id for seat in seats_of(payment.id))})


def candidates_by_index(indexes: Collection[str]) -> dict[str, Member]:
    """The members with these hashes of T.C. numbers; staff accounts pay nothing."""
    rows = select(Member).where(Member.tckn_index.in_(indexes), Member.staff_role.is_(None))
    return {row.tckn_index: row for row in db.session.scalars(rows)}


def branch_file(bank: str, number: int) -> BranchFile | None:
    return db.session.scalar(select(BranchFile).filter_by(bank=bank, number=number))


def last_branch_number(bank: str) -> int | None:
    return db.session.scalar(select(func.max(BranchFile.number)).where(BranchFile.bank == bank))


def branch_lines(file_id: int) -> Sequence[BranchLine]:
    return db.session.scalars(
        select(BranchLine).where(BranchLine.file_id == file_id).order_by(BranchLine.line_no)
    ).all()


def branch_line(code: str) -> BranchLine | None:
    return db.session.scalar(select(BranchLine).where(BranchLine.code == code))


def branch_references(bank: str, references: Collection[str]) -> dict[tuple[str, str], BranchLine]:
    """What was told before under these references of the bank, by kind and reference."""
    rows = select(BranchLine).where(
        BranchLine.bank == bank, BranchLine.bank_ref.in_(references), BranchLine.repeats.is_(False)
    )
    return {(row.kind, row.bank_ref): row for row in db.session.scalars(rows)}


def lines_of_payment(payment_id: int) -> Sequence[BranchLine]:
    return db.session.scalars(select(BranchLine).where(BranchLine.payment_id == payment_id)).all()


def underpaid(member_id: int, purpose: str, term_code: str, subject: str) -> Payment | None:
    """R024: a payment that was too low and about which accounting has not decided yet, by card or at a branch."""
    rows = select(Payment).filter_by(member_id=member_id, purpose=purpose, term_code=term_code, subject=subject)
    return db.session.scalar(rows.where(undecided()).order_by(Payment.id).limit(1))


def waiting_underpaid(member_id: int, term_code: str) -> BranchLine | None:
    """R024: the oldest underpayment of this person and term that waits."""
    rows = (
        select(BranchLine)
        .join(Payment, Payment.id == BranchLine.payment_id)
        .where(
            BranchLine.waits, BranchLine.result == "UNDERPAID", Payment.member_id == member_id, Payment.term_code == term_code
        )
        .order_by(BranchLine.id)
    )  # fmt: skip
    return db.session.scalar(rows.limit(1))


def matching_lines(limit: int) -> Sequence[tuple[BranchLine, Member]]:
    """R046: lines of unknown numbers that a member has now."""
    rows = (
        select(BranchLine, Member)
        .join(Member, Member.tckn_index == BranchLine.tckn_index)
        .where(BranchLine.waits, BranchLine.result == "UNKNOWN_TCKN", Member.staff_role.is_(None))
        .order_by(BranchLine.id.desc())
    )
    return [(line, member) for line, member in db.session.execute(rows.limit(limit))]


def branch_files(page: int) -> tuple[Sequence[BranchFile], int]:
    """One page of the files, the newest number first, and how many pages there are."""
    count = db.session.scalar(select(func.count()).select_from(BranchFile)) or 0
    rows = select(BranchFile).order_by(BranchFile.number.desc(), BranchFile.id).limit(PAGE)
    return db.session.scalars(rows.offset((max(page, 1) - 1) * PAGE)).all(), max(1, -(-count // PAGE))


def branch_sums(file_ids: Collection[int]) -> dict[int, list[tuple[str, int, int]]]:
    """Of each file: result, how many lines, how many kurus."""
    rows = (
        select(BranchLine.file_id, BranchLine.result, func.count(), func.sum(BranchLine.amount_kurus))
        .where(BranchLine.file_id.in_(file_ids))
        .group_by(BranchLine.file_id, BranchLine.result)
        .order_by(BranchLine.result)
    )
    found: dict[int, list[tuple[str, int, int]]] = {one: [] for one in file_ids}
    for file_id, result, count, total in db.session.execute(rows):
        found[file_id].append((result, int(count), int(total)))
    return found


def branch_gaps() -> list[tuple[int, int, datetime]]:
    """R044: the numbers that never came, from and to, and since when it is known."""
    before = func.lag(BranchFile.number).over(partition_by=BranchFile.bank, order_by=BranchFile.number)
    steps = select(BranchFile.number, before.label("before"), BranchFile.imported_at).subquery()
    rows = select(steps).where(steps.c.number > steps.c.before + 1).order_by(steps.c.number)
    return [(earlier + 1, number - 1, at) for number, earlier, at in db.session.execute(rows)]


def waiting_lines(page: int) -> tuple[Sequence[BranchLine], int]:
    """One page of what accounting has to look at, the oldest first, and how many pages there are."""
    count = db.session.scalar(select(func.count()).where(BranchLine.waits)) or 0
    rows = select(BranchLine).where(BranchLine.waits).order_by(BranchLine.id).limit(PAGE)
    return db.session.scalars(rows.offset((max(page, 1) - 1) * PAGE)).all(), max(1, -(-count // PAGE))
