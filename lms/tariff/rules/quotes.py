"""What a version answers for a turnover, a term and a day. Amounts are integer kuruş, rates basis points.

One rate holds for the whole turnover, so the premium falls just past a band's edge; that is the tariff, not a slip.
What no source prints (DOMAIN.md 1.2, 6) is never decided here: it is answered as an open point or refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from lms.core.errors import Invalid
from lms.tariff.rules.versions import BPS, KURUS, TABLES, Row, Tariff, in_force, lira

MAX_TURNOVER = 10**15  # kuruş; ten thousand times the largest band: keeps nonsense out of the sums


@dataclass(frozen=True, slots=True)
class Quote:
    """What a version answers for a turnover, a term and a day. Amounts in kuruş.

    ``cash_price`` is the premium with the discount for paying at once, None where the sources leave it open whether
    the discount comes before or after the floor. ``offered_from`` is set when the act let this size in only later.
    """

    version: str
    on: date
    turnover: int
    days: int
    rate_bps: int
    net_premium: int
    multiple: int
    max_cover: int
    per_buyer_limit: int
    floor: int
    floor_applied: bool
    cells: Mapping[str, str]
    cash_discount: int | None
    cash_price: int | None
    offered_from: date | None


def quote(tariffs: Sequence[Tariff], *, turnover: int, days: int, on: date) -> Quote:
    """Premium, cover and limit by the version in force on a day. ``turnover``: kuruş from sales on credit; ``days``: the term.

    Errors: tariff.turnover_invalid (negative or absurd), tariff.not_in_force, tariff.unknown (the version's tables are
    not known), tariff.term_not_offered, tariff.turnover_out_of_range (past the table's last row).
    """
    if not 0 <= turnover <= MAX_TURNOVER:
        raise Invalid("tariff.turnover_invalid")
    return quote_by(in_force(tariffs, on), turnover=turnover, days=days, on=on)


def quote_by(tariff: Tariff, *, turnover: int, days: int, on: date) -> Quote:
    """As `quote`, by a version already chosen."""
    for key in ("premium", "limits", "min_premium"):
        if not (tariff.whole(key) if key in TABLES else tariff.fact(key).known):
            raise Invalid("tariff.unknown", version=tariff.id, effective=tariff.from_day, table=key)
    if days not in tariff.terms:
        raise Invalid("tariff.term_not_offered", version=tariff.id, days=days, terms=", ".join(map(str, tariff.terms)))
    row, limit_row = row_of(tariff, "premium", turnover), row_of(tariff, "limits", turnover)
    rate, multiple, limit = row.cells[str(days)], row.cells["multiple"], limit_row.cells["limit"]
    if rate is None or multiple is None or limit is None:
        raise Invalid("tariff.unknown", version=tariff.id, effective=tariff.from_day, table="premium")

    floor = tariff.fact("min_premium").value * KURUS
    product = turnover * rate  # in kuruş x basis points: rounded only at the end, and the cover apart from the premium
    floor_applied = product < floor * BPS
    discount = tariff.fact("cash_discount").value
    return Quote(
        version=tariff.id,
        on=on,
        turnover=turnover,
        days=days,
        rate_bps=rate,
        net_premium=floor if floor_applied else half_up(product, BPS),
        multiple=multiple,
        max_cover=multiple * floor if floor_applied else half_up(multiple * product, BPS),
        per_buyer_limit=limit * KURUS,
        floor=floor,
        floor_applied=floor_applied,
        cells={
            "rate": f"premium/{row.label}/{days}",
            "multiple": f"premium/{row.label}/multiple",
            "limit": f"limits/{limit_row.label}",
            "floor": "min_premium",
        },
        cash_discount=discount,
        cash_price=cash_price(product, floor, discount),
        offered_from=_offered_from(tariff, turnover, on),
    )


def cash_price(product: int, floor: int, discount: int | None) -> int | None:
    """The premium paid at once, in kuruş; None if unknown or if "discount, then floor" and "floor, then discount" differ."""
    if discount is None:
        return None
    discounted = product * (100 - discount)
    return half_up(discounted, BPS * 100) if discounted >= floor * BPS * 100 else None


def row_of(tariff: Tariff, key: str, turnover: int) -> Row:
    """The row of a known table that a turnover (kuruş) falls in. Errors: tariff.turnover_out_of_range."""
    table = tariff.table(key) or ()
    row = next((row for row in table if row.holds(turnover)), None)
    if row is None:
        most = lira(max((row.upto for row in table), default=0))
        raise Invalid("tariff.turnover_out_of_range", version=tariff.id, most=most)
    return row


def half_up(numerator: int, denominator: int) -> int:
    """Exact division of non-negative integers, halves up."""
    return (2 * numerator + denominator) // (2 * denominator)


def _offered_from(tariff: Tariff, turnover: int, on: date) -> date | None:
    """The day from which the act let enterprises of this size in, if that is after ``on`` (a turnover from credit sales
    is never above the sales that the act measures, so this is a sure refusal, not a guess)."""
    for step in tariff.fact("staged").value or ():
        if "over" in step and turnover > step["over"] * KURUS and on < step["from"]:
            return step["from"]  # type: ignore[no-any-return]
    return None


_TURNOVER = re.compile(r"(\d{1,3}(?:\.\d{3})+|\d+)(?:,(\d{1,2}))?|(\d+)\.(\d{1,2})", re.ASCII)


def turnover_of(text: str) -> int:
    """A turnover as people type it, in kuruş: "4000000", "4.000.000", "4.000.000,50", "4000000.50", with or without TL.

    Errors: tariff.turnover_invalid, tariff.turnover_absurd (past MAX_TURNOVER).
    """
    plain = re.sub(r"\s|TL|₺", "", text, flags=re.IGNORECASE)
    match = _TURNOVER.fullmatch(plain) if len(plain) <= 30 else None
    if match is None:
        raise Invalid("tariff.turnover_invalid")
    whole = (match[1] or match[3]).replace(".", "")
    kurus = int(whole) * KURUS + int((match[2] or match[4] or "").ljust(2, "0"))
    if kurus > MAX_TURNOVER:
        raise Invalid("tariff.turnover_absurd")
    return kurus
