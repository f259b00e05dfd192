"""The tariff as the application holds it: the published documents, read once, asked by pages, API, commands and practice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from lms.core.errors import NotFound
from lms.core.money import amount
from lms.documents import services as documents
from lms.tariff.loader import load
from lms.tariff.rules import payments, quotes, versions
from lms.tariff.rules.payments import Fees, Payment
from lms.tariff.rules.quotes import Quote
from lms.tariff.rules.versions import Catalogue, RuleText, Source, Table, Tariff


def catalogue() -> Catalogue:
    """Every published version and what they cite."""
    return documents.derived(load)


def rule_text(code: str) -> RuleText:
    """A version or another rule text, or 404."""
    found = catalogue().rule_text(code)
    if found is None:
        raise NotFound("tariff.no_version")
    return found


def version(code: str) -> Tariff:
    """One version, or 404."""
    found = catalogue().version(code)
    if found is None:
        raise NotFound("tariff.no_version")
    return found


def quote(*, turnover: int, days: int, on: date) -> Quote:
    """Premium, cover and limit by the version in force on a day; ``turnover`` in kuruş. Errors: those of quotes.quote."""
    return quotes.quote(catalogue().tariffs, turnover=turnover, days=days, on=on)


def in_force(on: date) -> Tariff:
    """The version in force on a day. Errors: tariff.not_in_force."""
    return versions.in_force(catalogue().tariffs, on)


def until(tariff: Tariff) -> date | None:
    """The first day on which a later version holds; None for the last."""
    return versions.until(catalogue().tariffs, tariff)


def state(tariff: Tariff, today: date) -> str:
    """ "past", "current" or "future" on a civil day."""
    if tariff.from_day > today:
        return "future"
    return "current" if in_force(today) is tariff else "past"


def plan(tariff: Tariff, premium: int, *, start: date, count: int | None = None) -> tuple[Payment, ...] | None:
    """The payments of a premium (kuruş) by instalments; None where the version's rule is not known. Errors: tariff.instalments_over."""
    rule = tariff.fact("instalments").value
    return payments.plan(premium, rule, start=start, count=count) if rule else None


def fees(tariff: Tariff, buyers: int) -> Fees | None:
    """The query fees for some buyers; None where the version's rule is not known."""
    rule = tariff.fact("query_fee").value
    return payments.fees(rule, buyers) if rule else None


STANDING = {"past": "historical", "current": "in_force", "future": "scheduled"}


def fields(answer: Quote, today: date) -> dict[str, Any]:
    """A quote as the API answers it; what the sources leave open or unknown is null."""
    tariff = version(answer.version)
    end, paid, fee = until(tariff), plan(tariff, answer.net_premium, start=answer.on), fees(tariff, 1)
    return {
        "version": answer.version,
        "standing": STANDING[state(tariff, today)],
        "effective_from": tariff.from_day.isoformat(),
        "effective_to": end and end.isoformat(),
        "rate_bps": answer.rate_bps,
        "net_premium": amount(answer.net_premium),
        "max_cover": amount(answer.max_cover),
        "cover_multiple": answer.multiple,
        "per_buyer_limit": amount(answer.per_buyer_limit),
        "floor": amount(answer.floor),
        "floor_applied": answer.floor_applied,
        "cash_discount_percent": answer.cash_discount,
        "cash_price": None if answer.cash_price is None else amount(answer.cash_price),
        "instalments": paid and {"down_payment": amount(paid[0].amount), "rest": [amount(p.amount) for p in paid[1:]]},
        "query_fee": fee
        and {
            "insured": amount(fee.insured),
            "buyer": amount(fee.buyer),
            "policy_buyer": amount(fee.policy),
            "refunded_with_policy": fee.back,
            "within_days": fee.within_days,
        },
        "offered_from": answer.offered_from and answer.offered_from.isoformat(),
    }


def outline(tariff: Tariff, today: date) -> list[str]:
    """A version for the terminal: what it is today, every statement with its status and sources, tables as they are printed."""
    lines = [tariff.title, f"{tariff.id}, {standing(tariff, today)}", tariff.act, ""]
    for key in versions.FACTS:
        fact = tariff.facts.get(key)
        if fact is None:
            continue
        if key not in versions.TABLES or not fact.known:
            lines.append(f"{key:<18} [{fact.status}] {fact.text or fact.note}")
        else:
            lines.append(f"{key:<18} [{fact.status}]{' only the known rows' if key in tariff.partial else ''}")
            lines += _rows(fact.value)
        if key == "staged":
            lines += [f"    {step['from']}  {step['what']}" for step in fact.value or ()]
        lines += [f"    <- {_source(source)}" for source in fact.sources]
    silent = [key for key in versions.FACTS if key not in tariff.facts]
    return [*lines, "", f"no source says anything about: {', '.join(silent)}"] if silent else lines


def _rows(rows: Table) -> Iterator[str]:
    columns = list(rows[0].cells)
    yield f"    {'turnover, TL':<26}" + "".join(f"{column:>10}" for column in columns)
    for row in rows:
        cells = "".join(f"{versions.cell_text(column, row.cells[column]):>10}" for column in columns)
        yield f"    {row.label:<26}{cells}"


def _source(source: Source) -> str:
    name = f"Resmî Gazete {source.key}" if source.kind == "gazette" else source.key
    words = f"“{source.quote}”" if source.quote else source.note
    return ", ".join(filter(None, [name, source.place, words]))


def standing(tariff: Tariff, today: date) -> str:
    """What a version is on a civil day, for the terminal: "historical: 2020-03-25 to 2022-05-26, not today's values"."""
    return {
        "past": f"historical: {_span(tariff)}, not today's values",
        "current": f"in force {_span(tariff)}",
        "future": f"not yet in force ({_span(tariff)})",
    }[state(tariff, today)]


def _span(tariff: Tariff) -> str:
    end = until(tariff)
    return f"{tariff.from_day} to {end - timedelta(days=1)}" if end else f"from {tariff.from_day}"
