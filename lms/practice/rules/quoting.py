"""A quote application and what the tariff of its day answers. Pure; amounts in kuruş, results as plain JSON.

An act that changes a tariff changes only what it names: what a version leaves unsaid stands as the latest earlier version
says it, and is cited there. A version that says "unknown" stops that search: nothing is taken from before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from lms.core.errors import Invalid
from lms.practice.rules.firms import COVERED_KINDS, WORST_SCORE, Firm
from lms.tariff.rules.payments import fees
from lms.tariff.rules.quotes import Quote, quote_by
from lms.tariff.rules.versions import KURUS, Tariff, in_force, lira

MANUAL_FROM = date(2020, 4, 1)  # the act of 25 March 2020 lets the Centre raise a limit from this day (article 8)
LEAST_SHARE = 50
MOST_BUYERS = 40


@dataclass(frozen=True, slots=True)
class Line:
    """A buyer of an application as it was typed; ``share`` in per cent, ``requested`` in kuruş."""

    buyer: str
    kind: str
    share: int
    requested: int
    manual: bool = False


@dataclass(frozen=True, slots=True)
class Application:
    """A quote application as it was typed. ``net_sales`` decides who may be insured, ``turnover`` the premium."""

    firm: str
    founded: date
    taxpayer: str
    size: str
    net_sales: int
    turnover: int
    days: int
    lines: tuple[Line, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "founded": self.founded.isoformat(), "lines": [asdict(line) for line in self.lines]}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Application:
        lines = tuple(Line(**line) for line in stored["lines"])
        return cls(**{**stored, "founded": date.fromisoformat(stored["founded"]), "lines": lines})

    @property
    def covered(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.kind in COVERED_KINDS)


def right_application(firm: Firm, terms: tuple[int, ...]) -> Application:
    """The application that the firm's file asks for: what ready quotes are made from and tasks are held against."""
    lines = tuple(Line(b.code, b.kind, b.share, b.asks) for b in firm.listed)
    return Application(
        firm.code, firm.founded, firm.taxpayer, firm.size, firm.net_sales, firm.turnover, firm.term(terms) or max(terms, default=0), lines
    )  # fmt: skip


def standing(tariffs: Sequence[Tariff], tariff: Tariff, key: str) -> tuple[Tariff, Any] | None:
    """The version that says this for the time of ``tariff``, and the value; None if nobody knows."""
    earlier = [other for other in tariffs if other.from_day <= tariff.from_day and key in other.facts]
    if not earlier:
        return None
    last = max(earlier, key=lambda other: other.from_day)
    fact = last.fact(key)
    return (last, fact.value) if fact.known else None


def check_lines(firm: Firm, application: Application) -> None:
    """What must be right before an application can be sent.

    Errors: practice.no_buyers; practice.share_short (the listed buyers make less than half of the turnover);
    practice.share_over; practice.bigger_left_out (a bigger buyer is missing while a smaller one is listed).
    """
    covered = application.covered
    if not covered:
        raise Invalid("practice.no_buyers")
    total = sum(line.share for line in covered)
    if total > 100:
        raise Invalid("practice.share_over", total=total)
    if total < LEAST_SHARE:
        raise Invalid("practice.share_short", total=total, missing=LEAST_SHARE - total)
    listed = {line.buyer for line in covered}
    least = min(line.share for line in covered)
    left_out = [buyer for buyer in firm.listed if buyer.code not in listed and buyer.share > least]
    if left_out:
        raise Invalid("practice.bigger_left_out", buyer=max(left_out, key=lambda buyer: buyer.share).name)


def refusals(tariffs: Sequence[Tariff], tariff: Tariff, application: Application, on: date) -> list[dict[str, Any]]:
    """Why the firm cannot be insured on that day, each with the cell it follows from; empty if it can.

    Errors: practice.ceiling_open (net sales exactly at the ceiling: the sources leave that open).
    """
    found: list[dict[str, Any]] = []

    def refuse(key: str, version: Tariff, **params: object) -> None:
        found.append({"code": f"practice.refused_{key}", "cell": f"{version.id}:{key}", "params": params})

    if (rule := standing(tariffs, tariff, "classes")) and not _size_admitted(application.size, rule[1]):
        refuse("classes", rule[0])
    if rule := standing(tariffs, tariff, "ceiling"):
        ceiling = rule[1] * KURUS
        if application.net_sales == ceiling:
            raise Invalid("practice.ceiling_open", ceiling=lira(rule[1]))
        if application.net_sales > ceiling:
            refuse("ceiling", rule[0], ceiling=lira(rule[1]))
    if (rule := standing(tariffs, tariff, "age_rule")) and application.founded > years_before(on, rule[1]["years"]):
        refuse("age_rule", rule[0], years=rule[1]["years"], founded=application.founded.isoformat())
    if (rule := standing(tariffs, tariff, "taxpayer_rule")) and application.taxpayer == "simple":
        refuse("taxpayer_rule", rule[0])
    for step in tariff.fact("staged").value or ():
        if (
            "over" in step
            and application.net_sales > step["over"] * KURUS
            and on < step["from"]
            and application.size == "medium"
        ):
            refuse("staged", tariff, day=step["from"].isoformat())
    return found


_SIZE_NAMES = {"micro": "mikro", "small": "küçük", "medium": "orta"}


def _size_admitted(size: str, classes: Sequence[str]) -> bool:
    return _SIZE_NAMES.get(size) in classes


def years_before(day: date, years: int) -> date:
    """The same day so many years ago; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def assess(tariffs: Sequence[Tariff], firm: Firm, application: Application, on: date) -> dict[str, Any]:
    """The answer to a sent application: an offer with all its numbers, or why there is none ("refusals").

    Errors: those of `check_lines`, `refusals` and the tariff's `quote`.
    """
    check_lines(firm, application)
    tariff = in_force(tariffs, on)
    quote = quote_by(tariff, turnover=application.turnover, days=application.days, on=on)
    refused = refusals(tariffs, tariff, application, on)
    head = {"version": tariff.id, "on": on.isoformat(), "refusals": refused}
    if refused:
        return head
    grants = [grant(firm, line, quote.per_buyer_limit, manual_open(tariffs, tariff, on)) for line in application.lines]
    limits = [found["limit"] for found in grants if found["limit"]]
    if not limits:
        return {**head, "refusals": [{"code": "practice.refused_no_limit", "cell": None, "params": {}}]}
    validity, fee = validity_days(tariffs, tariff), standing(tariffs, tariff, "query_fee")
    return {
        **head,
        **_priced(quote),
        "valid_until": (on + timedelta(days=validity)).isoformat() if validity else None,
        "instalments": (rule := standing(tariffs, tariff, "instalments")) and rule[1],
        "grants": grants,
        "share": sum(line.share for line in application.covered),
        "residual": _residual(application, limits),
        "fees": asdict(fees(fee[1], len(application.covered))) if fee else None,
        "cells": _cells(tariffs, tariff, quote),
    }


def _priced(quote: Quote) -> dict[str, Any]:
    return {
        "turnover": quote.turnover, "days": quote.days, "rate_bps": quote.rate_bps, "net_premium": quote.net_premium,
        "floor": quote.floor, "floor_applied": quote.floor_applied, "multiple": quote.multiple, "max_cover": quote.max_cover,
        "per_buyer_limit": quote.per_buyer_limit, "cash_discount": quote.cash_discount, "cash_price": quote.cash_price,
    }  # fmt: skip


_CITED = ("cash_discount", "instalments", "query_fee", "quote_validity", "scores", "residual", "cover_ratios", "deductible",
          "claims", "limit_allocation", "add_buyer")  # fmt: skip


def _cells(tariffs: Sequence[Tariff], tariff: Tariff, quote: Quote) -> dict[str, str]:
    """The address of each number's cell, also where an earlier version still speaks."""
    cells = {name: f"{tariff.id}:{address}" for name, address in quote.cells.items()}
    for key in _CITED:
        if rule := standing(tariffs, tariff, key):
            cells[key] = f"{rule[0].id}:{key}"
    return cells


def manual_open(tariffs: Sequence[Tariff], tariff: Tariff, on: date) -> bool:
    """Whether the Centre may raise a limit by hand on that day."""
    rule = standing(tariffs, tariff, "limit_allocation")
    return rule is not None and rule[1] == "automatic_and_manual" and on >= MANUAL_FROM


def grant(firm: Firm, line: Line, most: int, manual: bool) -> dict[str, Any]:
    """What one buyer gets; ``most``: the table's limit, ``manual``: whether more may be asked for by hand.

    ``outcome``: excluded, score (the worst one), granted, capped, raised, not_raised, manual_closed.
    """
    buyer = firm.buyer(line.buyer)
    if buyer is None or line.kind not in COVERED_KINDS or buyer.score is None:
        return {**asdict(line), "outcome": "excluded", "score": None, "ratio": None, "limit": 0}
    known = {**asdict(line), "score": buyer.score, "ratio": buyer.ratio}
    if buyer.score >= WORST_SCORE:
        return {**known, "outcome": "score", "ratio": None, "limit": 0}
    if line.requested <= most:
        return {**known, "outcome": "granted", "limit": line.requested}
    if not line.manual:
        return {**known, "outcome": "capped", "limit": most}
    if not manual:
        return {**known, "outcome": "manual_closed", "limit": most}
    raised = min(line.requested, buyer.manual or 0)
    return {**known, "outcome": "raised" if raised > most else "not_raised", "limit": max(most, raised)}


def _residual(application: Application, limits: Sequence[int]) -> dict[str, int] | None:
    """The buyers that are not listed: together the highest, for one event the lowest limit given to a listed one."""
    if sum(line.share for line in application.covered) >= 100:
        return None
    return {"aggregate": max(limits), "per_event": min(limits)}


def validity_days(tariffs: Sequence[Tariff], tariff: Tariff) -> int | None:
    """How long a quote may become a policy; None where no source says. The day of the offer is not counted."""
    if rule := standing(tariffs, tariff, "quote_validity"):
        return int(rule[1])
    fee = standing(tariffs, tariff, "query_fee")
    return fees(fee[1], 0).within_days if fee else None
