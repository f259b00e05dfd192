"""How a premium is paid and what a quote costs, by what a version says. Pure; amounts are integer kuruş."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from lms.core.errors import Invalid
from lms.tariff.rules.versions import KURUS


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment of a plan."""

    due: date
    amount: int


def plan(premium: int, rule: Mapping[str, Any], *, start: date, count: int | None = None) -> tuple[Payment, ...]:
    """The down payment and the instalments of a premium (kuruş); ``rule``: the statement ``instalments``.

    The down payment is the least share, rounded up to the kuruş ("en az"). The rest is divided evenly; kuruş that do not
    divide go to the first instalment. No source gives the days: the plan takes one a month from ``start`` on.
    Errors: tariff.instalments_over (not 1 to the most that the version allows; None: the most).
    """
    most = rule["count"]
    count = most if count is None else count
    if not 1 <= count <= most:
        raise Invalid("tariff.instalments_over", most=most)
    down = -(-premium * rule["down_percent"] // 100)
    each, odd = divmod(premium - down, count)
    amounts = [down, each + odd, *[each] * (count - 1)]
    return tuple(Payment(_months_later(start, number), amount) for number, amount in enumerate(amounts))


def _months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class Fees:
    """What the query of buyers costs (kuruş): ``quote`` with the offer, ``policy`` more with the policy.

    ``back``: whether the policy gives the quote's fee back (or spares it); ``within_days``: only if it comes that soon.
    """

    insured: int
    buyer: int
    buyers: int
    quote: int
    policy: int
    back: bool
    within_days: int | None


def fees(rule: Mapping[str, Any], buyers: int) -> Fees:
    """The fees for a number of assessed buyers; ``rule``: the statement ``query_fee``. Before 2024 the insured is queried too."""
    each = rule.get("query", 0)
    insured, buyer = rule.get("insured", each) * KURUS, rule.get("buyer", each) * KURUS
    days = rule.get("waived_within_days") or rule.get("refunded_within_days")
    return Fees(
        insured=insured,
        buyer=buyer,
        buyers=buyers,
        quote=insured + buyers * buyer,
        policy=buyers * rule.get("policy_buyer", 0) * KURUS,
        back=days is not None or rule.get("refunded", False),
        within_days=days,
    )
