"""The invented firms of the exercises and their buyers. Pure values; amounts in kuruş.

Nothing here is judged by a model: a buyer's score, its cover ratio and what the Centre would grant by hand are given data
(no source tells how the Centre arrives at them).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

COVERED_KINDS = ("company", "sole_trader", "partnership")
EXCLUDED_KINDS = (
    "public_body", "municipality", "chamber", "association", "state_enterprise", "private_person", "group_company", "foreign",
)  # fmt: skip
KINDS = (*COVERED_KINDS, *EXCLUDED_KINDS)
TAXPAYERS = ("corporate", "income", "simple")
SIZES = ("micro", "small", "medium", "none")
CREDIT_SALES = ("open_account", "cheque_and_note")
OTHER_SALES = ("cash", "card", "bank_secured", "public", "group", "export", "currency")
SALES = (*CREDIT_SALES, *OTHER_SALES)
RATIOS = (70, 90)
WORST_SCORE = 6

Words = Mapping[str, str]  # language -> sentence


@dataclass(frozen=True, slots=True)
class Buyer:
    """``share``: per cent of the firm's turnover from credit sales; ``asks``: the limit the firm wants; ``manual``: up to
    where the Centre goes when asked by hand, None if it would not; ``later``: the firm begins to sell to it only during the
    policy. Excluded buyers have neither share, score nor ratio, later ones no share."""

    code: str
    name: str
    kind: str
    about: Words
    share: int = 0
    asks: int = 0
    score: int | None = None
    ratio: int | None = None
    manual: int | None = None
    later: bool = False

    @property
    def covered(self) -> bool:
        return self.kind in COVERED_KINDS


@dataclass(frozen=True, slots=True)
class Firm:
    """A firm as its file tells it. ``longest_term``: the longest term in days that it writes on invoices."""

    code: str
    name: str
    tax_number: str
    about: Words
    founded: date
    taxpayer: str
    size: str
    sales: Mapping[str, int]
    longest_term: int
    buyers: tuple[Buyer, ...]

    @property
    def net_sales(self) -> int:
        return sum(self.sales.values())

    @property
    def turnover(self) -> int:
        """What counts for the premium: open account, cheques and notes, sold at home to buyers that may be covered."""
        return sum(self.sales.get(key, 0) for key in CREDIT_SALES)

    def buyer(self, code: str) -> Buyer | None:
        return next((buyer for buyer in self.buyers if buyer.code == code), None)

    @property
    def listed(self) -> tuple[Buyer, ...]:
        """The buyers that an application lists."""
        return tuple(buyer for buyer in self.buyers if buyer.covered and not buyer.later)

    def term(self, terms: tuple[int, ...]) -> int | None:
        """The shortest term offered that reaches the firm's longest invoice."""
        return min((days for days in terms if days >= self.longest_term), default=None)
