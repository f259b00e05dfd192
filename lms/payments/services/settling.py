"""What a payment becomes once its money is there, by card or at a branch: its note, its right, and the person who is told."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import BANK
from lms.core.calendar import Window
from lms.core.codes import new_code
from lms.core.db import db
from lms.exemptions.services import requests as exemptions
from lms.membership.services import accounts
from lms.notifications import services as notifications
from lms.payments import queries, rules
from lms.payments.models import Entitlement, Payment, PaymentEvent
from lms.payments.rules import Action, Note, Purpose, Settlement, State
from lms.payments.services import seats
from lms.terms import services as terms
from lms.terms.models import Term
from lms.terms.rules import Channel


@dataclass(frozen=True, slots=True)
class Money:
    """What the bank told: the amount without and with its commission (R040), when, and under which reference.

    `refused`: why it counts for nothing whatever its amount. `imported_at`: when the branch's record came (R043).
    """

    base_kurus: int
    captured_kurus: int
    paid_at: datetime
    reference: str
    facts: dict[str, Any] = field(default_factory=dict)
    refused: Note | None = None
    imported_at: datetime | None = None


def settle(payment: Payment, money: Money, *, now: datetime) -> Settlement:
    """R010, R022-R024: give a payment its end: a note for the accountant, or the right. Under its member's lock."""
    window, payment.term = None, held(payment, money.paid_at)
    if payment.purpose != Purpose.CERTIFICATE:
        window = Window(payment.term.application_from, payment.term.application_to)
    outcome = Settlement(money.refused) if money.refused else rules.settle(
        base_kurus=money.base_kurus, expected_kurus=payment.amount_kurus, paid_at=money.paid_at, window=window,
        already_settled=already_settled(payment, money.paid_at),
    )  # fmt: skip
    payment.status = rules.advance(State(payment.status), Action.SETTLE)
    payment.note, payment.paid_at, payment.closed_at = outcome.note, money.paid_at, now
    payment.captured_kurus = money.captured_kurus
    note_event(
        payment, "settled", now, money.reference,
        base=money.base_kurus, captured=money.captured_kurus, surplus=outcome.surplus_kurus, note=outcome.note, **money.facts,
    )  # fmt: skip
    if outcome.entitles:
        entitle(payment, money.paid_at, now, imported_at=money.imported_at)
    act = Act.PAYMENT_DUPLICATE if outcome.note is Note.DUPLICATE else Act.PAYMENT_SETTLED
    audit.record(act, actor=BANK, subject=("payment", payment.code), data={"note": outcome.note}, now=now)
    tell(
        "payment_received" if outcome.entitles else "payment_held" if outcome.queue else "payment_duplicate",
        payment,
        now,
    )
    return outcome


def second_capture(first: Payment, now: datetime) -> Payment:
    """Two tries of one order were both paid, in two tabs: the second capture is a payment of its own, for the ledger."""
    copied = ("member_id", "term_id", "term_code", "purpose", "subject", "on_behalf_of", "channel", "amount_kurus")
    second = Payment(
        **{name: getattr(first, name) for name in copied},
        code=new_code(),
        status=State.EXPIRED,  # never open: only its settling is still to come
        created_at=now,
    )
    db.session.add(second)
    db.session.flush()
    seats.reserve(second, [(seat.member_id, seat.ordinal) for seat in queries.seats_of(first.id)])
    return second


def already_settled(payment: Payment, paid_at: datetime) -> bool:
    """R022; for a certificate R110: paid while an earlier paid period still runs."""
    if payment.purpose == Purpose.CERTIFICATE:
        paid = queries.view_payments([payment.subject])[payment.subject]
        return rules.viewable(paid, payment.term.view_days, paid_at)
    if payment.purpose == Purpose.GROUP:
        return queries.group_settled(payment)
    return queries.application_entitlement(payment.member_id, payment.term_code, payment.subject) is not None or (
        payment.channel == Channel.BRANCH and exemptions.approved(payment.member_id, payment.term_code) is not None
    )  # R021: who needs not pay has nothing to settle; by card there is no button then


def entitle(payment: Payment, paid_at: datetime, now: datetime, *, imported_at: datetime | None = None) -> None:
    """The right; at a branch the form opens after its hours and not before the bank's file came (R043)."""
    if payment.purpose == Purpose.GROUP:
        seats.entitle(payment, paid_at, now)
        return
    db.session.add(
        Entitlement(
            payment=payment,
            member_id=payment.member_id,
            purpose=payment.purpose,
            term_code=payment.term_code,
            subject=payment.subject,
            paid_at=paid_at,
            opens_at=rules.opens_at(
                Channel(payment.channel), paid_at, imported_at=imported_at, hours=payment.term.branch_hours
            ),
        )
    )
    db.session.flush()


def held(payment: Payment, now: datetime) -> Term:
    """R127: the payment's own row of its term; after its window that of its person, which is longer for whom something hit."""
    if payment.purpose == Purpose.CERTIFICATE or now < payment.term.application_to:
        return payment.term
    return max(payment.term, terms.term_of(payment.member_id, payment.term_code), key=lambda one: one.application_to)


def note_event(payment: Payment, kind: str, now: datetime, order_id: str, **data: Any) -> None:
    """Append to what happened to a payment."""
    db.session.add(PaymentEvent(payment_id=payment.id, order_id=order_id, kind=kind, at=now, data=data))


def tell(template: str, payment: Payment, now: datetime, text: str = "", *, of: str = "") -> None:
    """Write to who paid; ``text``: what staff say of it; ``of``: the bank's reference, where each of several is told (R024)."""
    member = payment.member
    later = payment.channel == Channel.BRANCH or payment.purpose == Purpose.CERTIFICATE
    right = queries.entitlement_of(payment.id) if later else None  # it may begin after the payment (R043, R109)
    notifications.enqueue(
        template,
        to=accounts.recipient(member),
        params={
            "name": member.first_name,
            "service": payment.term.programme.service_name,
            "purpose": payment.purpose,
            "channel": payment.channel,
            "amount": payment.amount_kurus,
            "captured": payment.captured_kurus,
            "paid_at": payment.paid_at.isoformat() if payment.paid_at else None,
            "note": payment.note,
            "opens_at": right.opens_at.isoformat() if right else None,
            "form_until": payment.term.application_to.isoformat(),
            "view_days": payment.term.view_days,
            "viewable_from": right.paid_at.isoformat() if right else None,
            "text": text,
        },
        dedupe=f"{template}:{payment.code}:{of}" if of else f"{template}:{payment.code}",
        now=now,
    )
