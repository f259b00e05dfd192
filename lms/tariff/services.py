"""The tariff as the application holds it: the published documents, read once, asked by pages, API, commands and practice."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from lms.core.errors import NotFound
from lms.core.money import amount
from lms.documents import services as documents
from lms.tariff.loader import load
from lms.tariff.rules import quotes, versions
from lms.tariff.rules.quotes import Quote
from lms.tariff.rules.versions import Catalogue, RuleText, Tariff


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


def fields(answer: Quote) -> dict[str, Any]:
    """A quote as the API answers it."""
    return {
        "version": answer.version,
        "rate_bps": answer.rate_bps,
        "net_premium": amount(answer.net_premium),
        "max_cover": amount(answer.max_cover),
        "per_buyer_limit": amount(answer.per_buyer_limit),
        "floor_applied": answer.floor_applied,
    }


def outline(tariff: Tariff) -> list[str]:
    """A version for the terminal: every statement with its status, tables as they are printed."""
    lines = [tariff.title, f"{tariff.id}, in force {_span(tariff)}", tariff.act, ""]
    for key in versions.FACTS:
        fact = tariff.facts.get(key)
        if fact is None:
            continue
        if key not in versions.TABLES or not fact.known:
            lines.append(f"{key:<18} [{fact.status}] {fact.text or fact.note}")
            continue
        lines.append(f"{key:<18} [{fact.status}]{' only the known rows' if key in tariff.partial else ''}")
        columns = list(fact.value[0].cells)
        lines.append(f"    {'turnover, TL':<26}" + "".join(f"{column:>10}" for column in columns))
        for row in fact.value:
            cells = "".join(f"{versions.cell_text(column, row.cells[column]):>10}" for column in columns)
            lines.append(f"    {row.label:<26}{cells}")
    return lines


def standing(answer: Quote, today: date) -> str:
    """What a quote's version is on a civil day: "historical (27 Mayıs 2022 - 6 Ocak 2023)" and the like."""
    tariff = version(answer.version)
    if tariff.from_day > today:
        return f"not yet in force ({_span(tariff)})"
    return (
        f"in force {_span(tariff)}" if in_force(today) is tariff else f"historical: {_span(tariff)}, not today's values"
    )


def _span(tariff: Tariff) -> str:
    end = until(tariff)
    return f"{tariff.from_day} to {end - timedelta(days=1)}" if end else f"from {tariff.from_day}"
