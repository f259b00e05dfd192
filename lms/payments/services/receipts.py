"""What a payer reads of one payment."""

from datetime import datetime
from typing import Any

from lms.core.money import split_vat
from lms.payments import queries, rules
from lms.payments.models import Payment
from lms.payments.rules import State
from lms.payments.services import acts


def receipt(payment: Payment, *, now: datetime) -> dict[str, Any]:
    """What the receipt shows beside the payment itself."""
    settled = queries.last_event(payment.id, "settled")
    data = settled.data if settled else {}
    right = queries.entitlement_of(payment.id)
    return {
        "payment": payment,
        "vat": split_vat(payment.amount_kurus, payment.term.vat_percent),
        "surplus": data.get("surplus", 0),
        "card": data.get("card", ""),
        "auth_code": data.get("auth_code", ""),
        "held": payment.status == State.PAID and right is None,
        "undecided": queries.is_undecided(payment),
        "decided": acts.decided(payment) is not None,
        "waits_until": right.opens_at if right is not None and right.opens_at > now else None,
        "used": right is not None and right.consumed_at is not None and right.member_id == payment.member_id,
        "refusal": refusal(payment),
        **_last_question(payment, now),
    }


def refusal(payment: Payment) -> str | None:
    """Of a payment that the bank refused: the code of the sentence that tells why."""
    declined = queries.last_event(payment.id, "declined") if payment.status == State.FAILED else None
    return rules.refusal(declined.data.get("code", "")) if declined is not None else None


def _last_question(payment: Payment, now: datetime) -> dict[str, bool]:
    """Of an open payment: was the bank just asked about its newest try, did it answer? Then its answer is "not paid so far"."""
    newest = queries.newest_order(payment.id) if payment.status == State.PENDING else None
    if newest is None or newest.asked_at is None or not rules.is_fresh(newest.asked_at, now):
        return {"asked": False, "answered": False}
    silent = queries.last_event(payment.id, "inquiry_failed")
    return {"asked": True, "answered": silent is None or silent.at < newest.asked_at}
