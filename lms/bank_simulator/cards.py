"""The test cards, from content/reference/bank_test_cards.yaml: one table for the simulator and for whoever shows it."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "content" / "reference" / "bank_test_cards.yaml"


@dataclass(frozen=True, slots=True)
class Card:
    number: str
    behaviour: str
    tr: str
    en: str

    @property
    def spaced(self) -> str:
        return " ".join(self.number[i : i + 4] for i in range(0, len(self.number), 4))

    @property
    def masked(self) -> str:
        return f"{self.number[:6]}******{self.number[-4:]}"


@lru_cache(maxsize=1)
def cards() -> dict[str, Card]:
    return {row["number"]: Card(**row) for row in _table()["cards"]}


@lru_cache(maxsize=1)
def otp() -> str:
    return str(_table()["otp"])


def _table() -> dict[str, list[dict[str, str]]]:
    loaded: dict[str, list[dict[str, str]]] = yaml.safe_load(TABLE.read_text("utf-8"))
    return loaded


def luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    return sum(d if i % 2 == 0 else d * 2 - 9 * (d > 4) for i, d in enumerate(digits)) % 10 == 0
