"""What the accountant does by hand with a payment that gave no right."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select, update

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import Actor
from lms.core.db import db
from lms.core.errors import Conflict, NotFound
from lms.membership.services.accounts import recipient
from lms.notifications import services as notifications
from lms.payments import queries, rules
from lms.payments.models import BranchLine, Entitlement, Payment, PaymentEvent
from lms.payments.rules import Note, Purpose
from lms.payments.services import branch, settling
from lms.terms.rules import Channel

ATTACHED, REVIEWED = "attached", "reviewed"


def duplicates(member_id: int, term_code: str) -> Sequence[Payment]:
    """The second payments of one person in one term about which nobody decided yet, oldest first."""
    rows = select(Payment).filter_by(
        member_id=member_id, term_code=term_code, purpose=Purpose.APPLICATION, note=Note.DUPLICATE
    )
    return [row for row in db.session.scalars(rows.order_by(Payment.id)) if decided(row) is None]


def noted(code: str) -> Payment:
    """A payment for staff."""
    payment = queries.payment_by_code(code)
    if payment is None:
        raise NotFound
    return payment


def decided(payment: Payment) -> tuple[str, datetime] | None:
    """Who said what was done about the money, and when: at the payment, or of a branch's at its line of the bank's file."""
    reviewed = queries.last_event(payment.id, REVIEWED)
    if reviewed is not None:
        return reviewed.data.get("by", ""), reviewed.at
    lines = queries.lines_of_payment(payment.id)
    return next(
        ((row.decider.full_name, row.decided_at) for row in lines if not row.waits and row.decider and row.decided_at),
        None,
    )


def base(payment: Payment) -> int | None:
    """What was paid without the bank's commission (R040); of an anonymised payer, whose events are empty, what the bank took."""
    settled = queries.last_event(payment.id, "settled")
    data = settled.data if settled is not None else {}
    return data.get("base", payment.captured_kurus)


def attachable(payment: Payment, now: datetime) -> int:
    """D-4: the ordinal of the approved application that this second payment could count for, or Conflict with the reason."""
    ordinal = queries.permitted_ordinal(payment.member_id, payment.term_code)
    taken = queries.application_entitlement(payment.member_id, payment.term_code, str(ordinal)) is not None
    rules.check_attach(
        rules.Second(
            purpose=Purpose(payment.purpose),
            note=Note(payment.note) if payment.note else None,
            base_kurus=base(payment) or 0,
            expected_kurus=payment.amount_kurus,
            closes_at=settling.held(payment, now).application_to,
        ),
        permitted=ordinal,
        taken=taken,
        decided=decided(payment),
        now=now,
    )
    return ordinal


def attach(code: str, *, reason: str, actor: Actor, now: datetime) -> Entitlement:
    """D-4: let a second payment, which stayed a duplicate, count for the application that was approved since (R099).

    The form opens now, and its line of the bank's file waits no longer: what becomes of money is decided once. Of two at once
    one wins; the other is told who and when (payment.attached_by, payment.reviewed_by).
    """
    payment = noted(code)
    queries.lock_member(payment.member_id)
    db.session.refresh(payment)
    before = queries.last_event(payment.id, ATTACHED)
    if before is not None:
        raise Conflict("payment.attached_by", by=before.data.get("by", ""), at=before.at)
    reason = rules.check_attach_reason(reason)
    ordinal = attachable(payment, now)
    claimed = db.session.execute(
        update(Payment)
        .where(Payment.id == payment.id, Payment.note == Note.DUPLICATE)
        .values(note=None, term_id=settling.held(payment, now).id)
        .returning(Payment.id)
        .execution_options(synchronize_session=False)
    ).first()
    if claimed is None:
        raise Conflict("payment.not_duplicate")
    db.session.refresh(payment)
    data = {"by": actor.label, "reason": reason, "ordinal": ordinal}
    right = Entitlement(
        payment=payment, member_id=payment.member_id, purpose=Purpose.APPLICATION, term_code=payment.term_code,
        subject=str(ordinal), paid_at=payment.paid_at or now, opens_at=now,
    )  # fmt: skip
    db.session.add_all([right, PaymentEvent(payment_id=payment.id, kind=ATTACHED, at=now, data=data)])
    db.session.flush()
    db.session.execute(
        update(BranchLine)
        .where(BranchLine.payment_id == payment.id, BranchLine.waits)
        .values(waits=False, decision=ATTACHED, reason=reason, decided_at=now, decided_by=actor.member_id)
        .execution_options(synchronize_session="fetch")
    )
    audit.record(Act.PAYMENT_ATTACHED, actor=actor, subject=("payment", payment.code), data=data, now=now)
    member = payment.member
    notifications.enqueue(
        "payment_attached",
        to=recipient(member),
        params={"first_name": member.first_name, "term": payment.term.name(member.language), "until": payment.term.application_to.isoformat()},
        dedupe=f"payment-attached:{payment.code}",
        now=now,
    )  # fmt: skip
    return right


def review(code: str, *, reason: str, actor: Actor, now: datetime) -> Payment:
    """R018, R022, R024: say what was done about a payment that gave no right; it leaves the queue, and who paid is told.

    Of two at once one wins; the other is told who and when. Errors: payment.attach_reason, at_its_line, nothing_to_review,
    reviewed_by.
    """
    payment, reason = noted(code), rules.check_attach_reason(reason)
    _claim(payment, Payment.note.is_not(None), reason, actor, now)
    settling.tell("payment_reviewed", payment, now, reason)
    audit.record(Act.PAYMENT_REVIEWED, actor=actor, subject=("payment", payment.code), data={"reason": reason}, now=now)
    return payment


def complete(code: str, *, reason: str, actor: Actor, now: datetime) -> Payment:
    """R024, D-5: let a card payment that was too low count as whole, with the reason; the form opens now, and who paid is told.

    Decided once, as `review`. Errors: those of `review`, payment.already_paid, window_closed.
    """
    payment, reason = noted(code), rules.check_attach_reason(reason)
    _claim(payment, Payment.note == Note.UNDERPAID, reason, actor, now)
    branch.complete_by_staff(payment, reason=reason, actor=actor, now=now)
    return payment


def completable(payment: Payment) -> bool:
    """R024: a card payment that was too low; that of a branch is decided at its line of the bank's file."""
    return payment.channel == Channel.CARD and payment.note == Note.UNDERPAID


def _claim(payment: Payment, open_to_it: ColumnElement[bool], reason: str, actor: Actor, now: datetime) -> None:
    """A card payment's; of a branch's its line of the bank's file is decided."""
    if payment.channel != Channel.CARD:
        raise Conflict("payment.at_its_line")
    queries.lock_everybody(payment)
    claimed = db.session.execute(
        update(Payment)
        .where(Payment.id == payment.id, open_to_it, Payment.reviewed_at.is_(None))
        .values(reviewed_at=now)
        .returning(Payment.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.refresh(payment)
    if claimed is None:
        before = queries.last_event(payment.id, REVIEWED)
        if before is None:
            raise Conflict("payment.nothing_to_review")
        raise Conflict("payment.reviewed_by", by=before.data.get("by", ""), at=before.at)
    db.session.add(
        PaymentEvent(payment_id=payment.id, kind=REVIEWED, at=now, data={"by": actor.label, "reason": reason})
    )
    db.session.flush()
