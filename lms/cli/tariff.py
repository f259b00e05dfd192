"""The insurance tariff in the terminal: versions, what one says, a quote for a day."""

from __future__ import annotations

import argparse
import json
from typing import Any

from lms.app import create_app
from lms.core import clock
from lms.core.calendar import local_date
from lms.core.money import decimal_text, turkish_text
from lms.tariff import services as tariffs
from lms.tariff.rules.payments import Fees, Payment
from lms.tariff.rules.quotes import Quote
from lms.tariff.rules.versions import percent


def show_list(args: argparse.Namespace) -> int:
    """Every known tariff version, oldest first, and whether it is today's."""
    with create_app().app_context():
        today = local_date(clock.now())
        rows = [
            {
                "version": tariff.id,
                "from": tariff.from_day.isoformat(),
                "title": tariff.title,
                "standing": tariffs.standing(tariff, today),
                "quotable": tariff.quotable,
            }
            for tariff in tariffs.catalogue().tariffs
        ]
    if args.json:
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    for row in rows:
        known = "" if row["quotable"] else "; tables not fully known, no quote"
        print(f"{row['from']}  {row['version']:<14} {row['title']}: {row['standing']}{known}")
    return 0


def show(args: argparse.Namespace) -> int:
    """One version: what it is today, what it says with status and source, what is not known."""
    with create_app().app_context():
        print("\n".join(tariffs.outline(tariffs.version(args.version), local_date(clock.now()))))
    return 0


def quote(args: argparse.Namespace) -> int:
    """Premium, cover, limit, ways to pay and fees for a turnover, a term and a day."""
    with create_app().app_context():
        answer = tariffs.quote(turnover=args.turnover, days=args.days, on=args.on)
        tariff = tariffs.version(answer.version)
        today = local_date(clock.now())
        standing, state = tariffs.standing(tariff, today), tariffs.STANDING[tariffs.state(tariff, today)]
        payments = tariffs.plan(tariff, answer.net_premium, start=answer.on, count=args.instalments)
        fees = tariffs.fees(tariff, args.buyers)
    if args.json:
        print(json.dumps(_as_json(answer, state, payments, fees), ensure_ascii=False))
        return 0
    floor = " (minimum premium)" if answer.floor_applied else ""
    print(f"{answer.version}, {standing}")
    print(f"rate %{percent(answer.rate_bps)}, net premium {turkish_text(answer.net_premium)}{floor}")
    print(
        f"cover {turkish_text(answer.max_cover)} ({answer.multiple} times), per buyer {turkish_text(answer.per_buyer_limit)}"
    )
    print(f"paid at once: {_cash(answer)}")
    print(f"by instalments: {_plan(payments)}")
    print(f"query fee, buyers: {args.buyers}: {_fees(fees)}")
    if answer.offered_from:
        print(f"offered to this size only from {answer.offered_from}")
    return 0


def _cash(answer: Quote) -> str:
    if answer.cash_discount is None:
        return "unknown"
    price = "open whether before or after the minimum" if answer.cash_price is None else turkish_text(answer.cash_price)
    return f"{price} (%{answer.cash_discount} off)"


def _plan(payments: tuple[Payment, ...] | None) -> str:
    if payments is None:
        return "unknown"
    parts = ", ".join(f"{payment.due} {turkish_text(payment.amount)}" for payment in payments)
    return f"{parts} (the days are an example: a month apart)"


def _fees(fees: Fees | None) -> str:
    if fees is None:
        return "unknown"
    back = f", given back or spared with a policy{f' within {fees.within_days} days' if fees.within_days else ''}"
    policy = f", {turkish_text(fees.policy)} more with the policy" if fees.policy else ""
    return f"{turkish_text(fees.quote)}{policy}{back if fees.back else ''}"


def _as_json(answer: Quote, state: str, payments: tuple[Payment, ...] | None, fees: Fees | None) -> dict[str, Any]:
    """A quote for scripts; amounts in lira as decimal text, null where no source says it."""
    return {
        "version": answer.version,
        "standing": state,
        "rate_bps": answer.rate_bps,
        "net_premium": decimal_text(answer.net_premium),
        "floor": decimal_text(answer.floor),
        "floor_applied": answer.floor_applied,
        "cover_multiple": answer.multiple,
        "max_cover": decimal_text(answer.max_cover),
        "per_buyer_limit": decimal_text(answer.per_buyer_limit),
        "cash_price": None if answer.cash_price is None else decimal_text(answer.cash_price),
        "instalments": payments and [{"due": p.due.isoformat(), "amount": decimal_text(p.amount)} for p in payments],
        "fees": fees
        and {"quote": decimal_text(fees.quote), "policy": decimal_text(fees.policy), "refunded": fees.back},
        "offered_from": answer.offered_from and answer.offered_from.isoformat(),
    }
