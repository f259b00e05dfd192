"""The data inventory as a list of columns: what the register of data controllers (VERBİS) asks for."""

from collections.abc import Sequence
from dataclasses import dataclass

from lms.privacy.loader import policy


@dataclass(frozen=True, slots=True)
class Line:
    """One column of the inventory."""

    table: str
    column: str
    category: str
    subject: str
    purpose: str
    basis: str
    recipients: str
    retention: str
    period: str
    reason: str


def inventory() -> Sequence[Line]:
    """Every column of every table, personal ones first within each table."""
    classes, holdings = policy()
    lines = []
    for one in sorted(holdings.values(), key=lambda holding: (holding.retention is None, holding.table)):
        kept = classes.get(one.retention or "")
        sorted_columns = [(kind, name) for kind, names in one.personal.items() for name in names]
        for category, name in [*sorted_columns, *(("plain", name) for name in one.plain)]:
            lines.append(
                Line(
                    one.table, name, category, one.subject, one.purpose, one.basis, ", ".join(one.recipients),
                    kept.title if kept else "", kept.period if kept else "", one.reason,
                )
            )  # fmt: skip
    return lines
