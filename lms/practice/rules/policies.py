"""A practice policy: how its premium is paid, what a new buyer gets, and what a claim takes and pays. Pure; amounts in kuruş."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from lms.core.errors import Conflict, Invalid
from lms.practice.rules.quoting import years_before
from lms.tariff.rules import payments
from lms.tariff.rules.quotes import half_up


def ends_on(issued_on: date) -> date:
    """The last day of the insurance period, which the exercises take to be a year (no source gives its length)."""
    return years_before(issued_on, -1)


def plan(offer: Mapping[str, Any], *, on: date, way: str, down_percent: int = 0, count: int = 0) -> dict[str, Any]:
    """How the premium is paid: ``way`` "cash" or "instalments", with the share paid down that was chosen.

    Errors: practice.cash_open (the sources leave the discounted price open at this premium), practice.instalments_unknown,
    practice.down_too_low, tariff.instalments_over.
    """
    if way == "cash":
        if offer["cash_price"] is None:
            raise Invalid("practice.cash_open")
        return {"way": way, "total": offer["cash_price"], "down": offer["cash_price"], "rest": []}
    terms = offer["instalments"]
    if terms is None:
        raise Invalid("practice.instalments_unknown")
    if not terms["down_percent"] <= down_percent < 100:
        raise Invalid("practice.down_too_low", least=terms["down_percent"])
    total = offer["net_premium"]
    chosen = payments.plan(total, {**terms, "down_percent": down_percent}, start=on, count=count)
    return {"way": way, "total": total, "down": chosen[0].amount, "rest": [part.amount for part in chosen[1:]]}


def settle_fees(offer: Mapping[str, Any]) -> dict[str, int] | None:
    """What becomes of the query fees when the quote turns into a policy in time."""
    fees = offer["fees"]
    if fees is None:
        return None
    back = fees["quote"] if fees["back"] else 0
    return {
        "charged": fees["quote"],
        "back": back,
        "policy": fees["policy"],
        "due": fees["quote"] - back + fees["policy"],
    }


@dataclass(frozen=True, slots=True)
class Invoice:
    """An unpaid invoice of a buyer; ``extension``: days by which the insured extended its due date."""

    buyer: str
    issued: date
    due: date
    amount: int
    extension: int

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "issued": self.issued.isoformat(), "due": self.due.isoformat()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Invoice:
        days = {key: date.fromisoformat(stored[key]) for key in ("issued", "due")}
        return cls(**{**stored, **days})


@dataclass(frozen=True, slots=True)
class Cover:
    """What of a policy a claim is held against. ``paid``: what earlier claims already took of the maximum cover."""

    issued: date
    ends: date
    days: int
    max_cover: int
    paid: int
    limit: int
    ratio: int
    limit_from: date
    threshold: int | None
    claims: Mapping[str, int]


def open_claim(cover: Cover, invoice: Invoice, today: date) -> dict[str, Any]:
    """The days and the payment of a claim opened today: the notice runs from the extended due date to today.

    Errors: practice.claim_before_cover, practice.claim_first_day (open point), practice.claim_after_end,
    practice.claim_due_order, practice.claim_term, practice.claim_extension, practice.claim_no_limit,
    practice.claim_not_due, practice.claim_late.
    """
    _check_sale(cover, invoice)
    if not 0 <= invoice.extension <= cover.claims["extension"]:
        raise Invalid("practice.claim_extension", most=cover.claims["extension"])
    if not cover.limit:
        raise Invalid("practice.claim_no_limit")
    extended = invoice.due + timedelta(days=invoice.extension)
    if today < extended:
        raise Conflict("practice.claim_not_due", day=extended)
    last = extended + timedelta(days=cover.claims["notice"])
    if today > last:
        raise Conflict("practice.claim_late", day=last, most=cover.claims["notice"])
    collected = today + timedelta(days=cover.claims["collection"])
    return {
        "invoice": invoice.issued.isoformat(),
        "due": invoice.due.isoformat(),
        "extended": extended.isoformat(),
        "opened": today.isoformat(),
        "collection_end": collected.isoformat(),
        "payment_by": (collected + timedelta(days=cover.claims["payment"])).isoformat(),
        "days": {
            "term": (invoice.due - invoice.issued).days, "extension": invoice.extension, "notice": (today - extended).days,
            "collection": cover.claims["collection"], "payment": cover.claims["payment"],
        },
        "ratio": cover.ratio,
        "limit": cover.limit,
        "threshold": cover.threshold,
        **payment(cover, invoice.amount),
    }  # fmt: skip


def _check_sale(cover: Cover, invoice: Invoice) -> None:
    """The sale must have been made under the cover, on a term that the policy reaches."""
    starts = max(cover.issued, cover.limit_from)
    if invoice.issued < starts:
        raise Invalid("practice.claim_before_cover", day=starts)
    if invoice.issued == starts:
        raise Invalid("practice.claim_first_day", day=starts)
    if invoice.issued > cover.ends:
        raise Invalid("practice.claim_after_end", day=cover.ends)
    if invoice.due < invoice.issued:
        raise Invalid("practice.claim_due_order")
    if (invoice.due - invoice.issued).days > cover.days:
        raise Invalid("practice.claim_term", days=cover.days, last=invoice.issued + timedelta(days=cover.days))


def payment(cover: Cover, loss: int) -> dict[str, Any]:
    """What is paid for a loss nobody could collect; None with the reason where the sources leave the sum open.

    ``why``: paid, below_threshold, threshold_open (exactly the threshold), limit_open (a loss over the limit: does the
    ratio come before or after it?), cover_used (only the rest of the maximum cover).
    """
    if cover.threshold is not None and loss == cover.threshold:
        return {"paid": None, "why": "threshold_open"}
    if cover.threshold is not None and loss < cover.threshold:
        return {"paid": 0, "why": "below_threshold"}
    if loss > cover.limit:
        return {"paid": None, "why": "limit_open"}
    share, rest = half_up(loss * cover.ratio, 100), cover.max_cover - cover.paid
    return {"paid": share, "why": "paid"} if share <= rest else {"paid": rest, "why": "cover_used"}
