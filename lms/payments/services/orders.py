"""Orders, the bank's answers, and the rights they give.

The bank is asked over HTTP, which may take seconds: no transaction is open meanwhile. The functions that ask it
(`start_payment`, `take_callback`, `refresh`) therefore open their own short transactions around the question and must
be called outside of one; all others only flush.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import BANK, SYSTEM, Actor
from lms.core.codes import new_code
from lms.core.config import config
from lms.core.db import db, insert_ignore, record_apart, release, transaction
from lms.core.errors import Conflict, NotFound
from lms.exemptions.services import requests as exemptions
from lms.membership import queries as members
from lms.membership.models import Member
from lms.membership.services import accounts
from lms.payments import gateways, queries, rules
from lms.payments.gateways import BankOrder as BankTry
from lms.payments.gateways import Callback, Inquiry, Redirect
from lms.payments.models import BankOrder, Entitlement, Payment, PaymentEvent, Permit
from lms.payments.rules import Action, Consents, Offer, Purpose, Standing, State
from lms.payments.services import seats, settling
from lms.payments.services.settling import Money
from lms.register import services as register
from lms.terms import services as terms
from lms.terms.models import Term
from lms.terms.rules import Channel

__all__ = ["Consents"]  # what callers of `start_payment` need beside these services

SUCCESS_PATH = "/odeme/donus/tamam"
ERROR_PATH = "/odeme/donus/hata"
ORDER_LENGTH = 20


@dataclass(frozen=True, slots=True)
class Quote:
    """What would be paid for. `subject`: the ordinal of an application in its term, a certificate's code, or the group's.

    `seats`: of a group's payment, each person and the ordinal of their application; `again`: what the group costs now.
    """

    purpose: Purpose
    term: Term
    subject: str
    amount_kurus: int
    declaration: bool = False
    seats: tuple[tuple[int, int], ...] = ()
    on_behalf_of: str | None = None
    again: "Callable[[], Quote] | None" = None


@dataclass(frozen=True, slots=True)
class Started:
    """A payment and what the browser must post to the bank. `created`: False when an open one was continued."""

    payment: Payment
    redirect: Redirect
    created: bool


# --- what may be paid for --------------------------------------------------------------------------------------------


def standing(member: Member, term: Term) -> Standing:
    """The facts that decide about "Ödeme Yap" (R034)."""
    subject = str(queries.permitted_ordinal(member.id, term.code))
    return Standing(
        schedule=term.schedule,
        eligibility=register.eligibility(member.tckn_index, programme_code=term.programme.code, kind=term.kind),
        settled=queries.application_entitlement(member.id, term.code, subject) is not None,
        underpaid=queries.underpaid(member.id, Purpose.APPLICATION, term.code, subject) is not None,
        pending=queries.pending(member.id, Purpose.APPLICATION, term.code, subject) is not None,
        exempt=exemptions.approved(member.id, term.code) is not None,
        exemption_pending=exemptions.pending(member.id, term.code) is not None,
    )


def offers(member: Member, *, now: datetime) -> list[tuple[Term, Offer]]:
    """Every term that can be seen now, with its button or the reason why there is none."""
    return [(term, rules.offer(standing(member, term), now)) for term in terms.open_to(member.id, now)]


def application_quote(member: Member, term: Term, *, now: datetime) -> Quote:
    """The price comes from the term alone (R035). Raises Conflict with the reason where nothing may be paid."""
    offer = rules.offer(standing(member, term), now)
    subject = str(queries.permitted_ordinal(member.id, term.code))
    if offer.refused:
        settled = queries.application_entitlement(member.id, term.code, subject)
        raise Conflict(
            offer.refused,
            opens_at=term.application_from,
            closes_at=term.application_to,
            id=settled.payment.code if settled else None,
        )
    return Quote(Purpose.APPLICATION, term, subject, term.fee_kurus, declaration=offer.declaration)


def view_quote(certificate_code: str, term: Term) -> Quote:
    """R109: another view period; the fee is the one of the term under which the certificate was earned.

    Whether the certificate can be viewed at the moment is asked by who owns it, before the button is shown.
    """
    return Quote(Purpose.CERTIFICATE, term, certificate_code, term.view_fee_kurus)


def check_quote(member: Member, quote: Quote, *, now: datetime) -> Quote:
    """The quote as it holds now, under the lock: a second tab may have paid meanwhile."""
    if quote.purpose is Purpose.APPLICATION:
        return application_quote(member, quote.term, now=now)
    if quote.purpose is Purpose.GROUP:
        seats.check_window(quote.term, now)
        if quote.again is None or quote.again().seats != quote.seats:
            raise Conflict("payment.seats_changed")
        return quote
    paid = queries.view_payments([quote.subject])[quote.subject]
    if rules.viewable(paid, quote.term.view_days, now):
        raise Conflict("payment.still_viewable")
    if queries.underpaid(member.id, quote.purpose, quote.term.code, quote.subject) is not None:
        raise Conflict("payment.underpaid")
    return quote


# --- starting --------------------------------------------------------------------------------------------------------


def start_payment(actor: Actor, quote: Quote, consents: Consents, *, lang: str | None = None, now: datetime) -> Started:
    """Open a payment, or continue the open one with a fresh bank order after asking about the earlier tries.

    `lang`: the language in which the texts were shown. Call it outside a transaction. Raises FieldErrors (a consent is missing), Conflict (not payable, already paid, or the
    bank cannot say what became of an earlier try: better to wait than to pay twice, for nothing is given back).
    """
    rules.check_consents(consents, declaration=quote.declaration)
    with transaction():
        earlier = queries.unsettled_order_ids(actor.member_id, quote.purpose, quote.term.code, quote.subject)
    for order_id in earlier:
        if refresh(order_id, now=now) is None:
            raise Conflict("payment.bank_silent")
    with transaction():
        queries.lock_members({actor.member_id, *(member_id for member_id, _ in quote.seats)})
        payment, created = _open_payment(actor, quote, now)
        order = _open_bank_order(payment, now)
        _keep_consents(payment, quote, actor, lang or payment.member.language, now)
    return Started(payment, bank_redirect(order, actor.ip), created)


def _open_payment(actor: Actor, quote: Quote, now: datetime) -> tuple[Payment, bool]:
    member = queries.member(actor.member_id)
    payment = queries.pending(member.id, quote.purpose, quote.term.code, quote.subject)
    if payment is None or quote.purpose is not Purpose.GROUP:  # an open group's people are being paid for: by itself
        quote = check_quote(member, quote, now=now)
    if payment is not None:
        rules.advance(State(payment.status), Action.RETRY)
        return payment, False
    payment = Payment(
        code=new_code(),
        member=member,
        term=quote.term,
        term_code=quote.term.code,
        purpose=quote.purpose,
        subject=quote.subject,
        on_behalf_of=quote.on_behalf_of,
        channel=Channel.CARD,
        amount_kurus=quote.amount_kurus,
        status=State.PENDING,
        created_at=now,
    )
    db.session.add(payment)
    db.session.flush()
    seats.reserve(payment, quote.seats)
    audit.record(
        Act.ORDER_OPENED, actor=actor, subject=("payment", payment.code), data={"amount": payment.amount_kurus}, now=now
    )
    return payment, True


def _open_bank_order(payment: Payment, now: datetime) -> BankOrder:
    order = BankOrder(
        order_id=new_code(ORDER_LENGTH),
        payment=payment,
        amount_kurus=payment.amount_kurus,
        opened_at=now,
        next_inquiry_at=rules.next_inquiry(now, now),
    )
    db.session.add(order)
    db.session.flush()
    settling.note_event(payment, "opened", now, order.order_id, amount=payment.amount_kurus)
    return order


def _keep_consents(payment: Payment, quote: Quote, actor: Actor, lang: str, now: datetime) -> None:
    """R036, D-6: version, time and address stand in the database before the browser may reach the card page."""
    kinds = ["pre_information", "service_contract", "immediate_performance"]
    if quote.declaration:
        kinds.append("no_certificate_declaration")
    for kind in kinds:
        text = members.current_text(kind, quote.term.programme.code, lang)
        if text is None:
            raise LookupError(f"no text {kind}: run `lms content import`")
        accounts.accept(payment.member, text, given=True, subject=("payment", payment.code), now=now, ip=actor.ip)


def bank_redirect(order: BankOrder, ip: str | None) -> Redirect:
    """The signed form for one try; it can be made again as long as the try is open."""
    member = order.payment.member
    attempt = BankTry(
        order_id=order.order_id,
        amount_kurus=order.amount_kurus,
        success_url=config().base_url + SUCCESS_PATH,
        error_url=config().base_url + ERROR_PATH,
        customer_ip=ip or "127.0.0.1",
        customer_email=member.email,
        lang=member.language,
    )
    return gateways.payment_form(gateways.terminal(config().bank), attempt, order.opened_at)


# --- the bank's answers ----------------------------------------------------------------------------------------------


def take_callback(pairs: Iterable[tuple[str, str]], *, now: datetime) -> str | None:
    """What the payer's browser brought back: the order number if it can be believed, else None.

    Call it outside a transaction. A bad call-back changes nothing and is recorded. A good one is only a hint to ask the
    bank: the amount is not signed in it.
    """
    pairs = list(pairs)
    try:
        callback = gateways.verify_callback(gateways.terminal(config().bank), pairs)
    except gateways.BadCallbackError as error:
        reason = error.reason
        record_apart(lambda: _refuse_callback(pairs, reason, now))
        return None
    with transaction():
        order = queries.bank_order(callback.order_id)
        if order is None:
            _refuse_callback(pairs, "unknown_order", now)
            return None
        ask = order.result is None or (callback.approved and order.result != "approved")
        said = {name: getattr(callback, name) for name in ("approved", "mdstatus", "procreturncode", "message")}
        settling.note_event(order.payment, "callback", now, order.order_id, **said, repeated=not ask)
    if ask:
        refresh(callback.order_id, now=now, refused=None if callback.approved else callback)
    return callback.order_id


def _refuse_callback(pairs: Sequence[tuple[str, str]], reason: str, now: datetime) -> None:
    order_id = "".join(c for c in dict(pairs).get("oid", "") if c.isprintable())[
        :60
    ]  # a stranger's: as columns hold it
    db.session.add(
        PaymentEvent(order_id=order_id, kind="callback_refused", at=now, data={"reason": reason, "fields": len(pairs)})
    )
    audit.record(Act.CALLBACK_REFUSED, actor=BANK, subject=("bank_order", order_id), data={"reason": reason}, now=now)


def refresh(order_id: str, *, now: datetime, refused: Callback | None = None) -> Inquiry | None:
    """Ask the bank about one order and act on the answer; None when it gave none. Call it outside a transaction.

    `refused`: the verified call-back that already said so; it alone tells of a step that no provision followed.
    """
    with transaction():
        order = queries.bank_order(order_id)
        if order is None or order.result == "approved":
            return Inquiry("unknown")
        order.asked_at = now
        if order.result is None:
            order.next_inquiry_at = rules.next_inquiry(order.opened_at, now) or now + rules.INQUIRY_LATE
        elif order.result == "declined":
            order.next_inquiry_at = rules.next_inquiry(order.opened_at, now, declined=True)
        amount = order.amount_kurus
    release()
    try:
        with gateways.open_client() as client:
            answer = gateways.inquire(gateways.terminal(config().bank), order_id, amount, client=client)
    except gateways.BankUnavailableError as error:
        with transaction():
            order = queries.bank_order(order_id)
            if order is not None:
                settling.note_event(order.payment, "inquiry_failed", now, order_id, reason=str(error)[:80])
        return None
    if refused is not None and answer.state == "unknown":
        step = rules.NOT_VERIFIED if refused.mdstatus not in gateways.terminal(config().bank).allowed_md else ""
        answer = Inquiry("declined", message=refused.message, code=step or refused.procreturncode)
    with transaction():
        apply_answer(order_id, answer, now=now)
    return answer


def apply_answer(order_id: str, answer: Inquiry, *, now: datetime) -> None:
    """Give an order its result, once. Whoever comes second, in parallel or later, changes nothing.

    Only a capture is final: an order that was declined can still be paid, by going back on the bank's page.
    """
    order = queries.bank_order(order_id)
    if order is None:
        raise NotFound
    queries.lock_everybody(order.payment)
    order = queries.bank_order(order_id, fresh=True)
    if order is None or order.result == "approved":
        return
    if answer.state == "approved":
        _settle(order, answer, now)
    elif order.result is not None:
        return
    elif answer.state == "declined":
        _decline(order, answer, now)
    else:
        _give_up(order, now)


def _settle(order: BankOrder, answer: Inquiry, now: datetime) -> None:
    if order.payment.status == State.PAID:
        order.payment = settling.second_capture(order.payment, now)
    order.result, order.next_inquiry_at = "approved", None
    captured = answer.captured if answer.captured is not None else answer.auth_amount
    facts = {"auth_code": answer.auth_code, "reference": answer.reference, "card": answer.masked_pan}
    money = Money(answer.auth_amount, captured, answer.paid_at or now, order.order_id, facts)
    settling.settle(order.payment, money, now=now)


def _decline(order: BankOrder, answer: Inquiry, now: datetime) -> None:
    payment = order.payment
    order.result, order.next_inquiry_at = "declined", rules.next_inquiry(order.opened_at, now, declined=True)
    settling.note_event(payment, "declined", now, order.order_id, message=answer.message, code=answer.code)
    newest = queries.newest_order(payment.id)
    if payment.status != State.PENDING or newest is None or newest.id != order.id:
        return  # an older try: the newest one decides
    payment.status, payment.closed_at = rules.advance(State.PENDING, Action.DECLINE), now
    audit.record(Act.PAYMENT_FAILED, actor=BANK, subject=("payment", payment.code), data={}, now=now)
    settling.tell("payment_failed", payment, now)


def _give_up(order: BankOrder, now: datetime) -> None:
    """The bank knows no payment for this order: after half an hour the order ends, after a day the questions do."""
    payment = order.payment
    newest = queries.newest_order(payment.id)
    if payment.status == State.PENDING and newest is not None and rules.expired(newest.opened_at, now):
        payment.status, payment.closed_at = rules.advance(State.PENDING, Action.EXPIRE), now
        settling.note_event(payment, "expired", now, order.order_id)
        audit.record(Act.PAYMENT_EXPIRED, actor=SYSTEM, subject=("payment", payment.code), data={}, now=now)
    order.next_inquiry_at = rules.next_inquiry(order.opened_at, now)
    if order.next_inquiry_at is None:
        order.result = "none"


# --- what others ask -------------------------------------------------------------------------------------------------


def payments_of(actor: Actor) -> Sequence[Payment]:
    return queries.payments_of(actor.member_id)


def own_payment(actor: Actor, code: str) -> Payment:
    """The caller's payment; somebody else's does not exist for them."""
    payment = queries.payment_by_code(code)
    if payment is None or payment.member_id != actor.id:
        raise NotFound
    return payment


def ask_now(payment: Payment, *, now: datetime) -> bool:
    """Ask the bank about every open try; False if it gave no answer. Call it outside a transaction."""
    answers = [refresh(order_id, now=now) for order_id in queries.open_order_ids(payment.id)]
    return None not in answers


def entitlement_for(member_id: int, purpose: str, term_code: str, ordinal: int | str) -> Entitlement | None:
    """The settled right for a thing, consumed or not; `opens_at` says from when it may be used."""
    if purpose != Purpose.APPLICATION:
        raise ValueError("certificates ask view_entitlements")
    return queries.application_entitlement(member_id, term_code, str(ordinal))


def consume(entitlement: Entitlement, *, by: str, now: datetime) -> None:
    """Use a right once; `by` says for what. Raises Conflict("payment.entitlement_used")."""
    if entitlement.consumed_at is not None:
        raise Conflict("payment.entitlement_used", by=entitlement.consumed_by)
    entitlement.consumed_at, entitlement.consumed_by = now, by
    db.session.flush()


def view_entitlements(certificate_codes: Iterable[str]) -> dict[str, list[datetime]]:
    """R110: when view periods were paid for, by certificate code; each runs for the frozen view days from there."""
    return queries.view_payments(certificate_codes)


def permit(member_id: int, term_code: str, ordinal: int, *, now: datetime) -> None:
    """R099, R100: opens nothing by itself; a payment of `ordinal` made from now on is no duplicate. Idempotent."""
    row = {"member_id": member_id, "term_code": term_code, "ordinal": ordinal, "granted_at": now}
    insert_ignore(Permit, [row], ["member_id", "term_code", "ordinal"])


def withdraw_permit(member_id: int, term_code: str, ordinal: int) -> bool:
    """R098: the earlier application is open again, so that another one must not be paid for; False where it was paid already."""
    if queries.application_entitlement(member_id, term_code, str(ordinal)) is not None:
        return False
    mine = (Permit.member_id == member_id, Permit.term_code == term_code, Permit.ordinal == ordinal)
    return bool(db.session.scalars(delete(Permit).where(*mine).returning(Permit.id)).all())
