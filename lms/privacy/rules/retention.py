"""D-10: how long each kind of data is kept, why, and what happens then; and what each column holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

ACTIONS: Final = ("delete", "anonymise", "keep")


@dataclass(frozen=True, slots=True)
class Retention:
    """One retention class. ``days`` None: kept indefinitely. ``job``: another job applies it than the retention job."""

    code: str
    title: str
    basis: str
    days: int | None
    counted_from: str
    action: str
    job: str | None = None

    def limit(self, now: datetime) -> datetime:
        """What is older than this has had its time."""
        if self.days is None:
            raise LookupError(self.code)
        return now - timedelta(days=self.days)

    @property
    def period(self) -> str:
        """The time in words."""
        if self.days is None:
            return "süresiz"
        return f"{self.days // 365} yıl" if self.days % 365 == 0 else f"{self.days} gün"


@dataclass(frozen=True, slots=True)
class Holding:
    """What one table holds. ``personal``: category -> columns; ``plain``: the others. ``reason``: why it has no class."""

    table: str
    subject: str
    purpose: str
    basis: str
    recipients: Sequence[str]
    retention: str | None
    reason: str
    personal: Mapping[str, Sequence[str]]
    plain: Sequence[str]

    @property
    def columns(self) -> list[str]:
        """Every column that is classified."""
        return [*(column for columns in self.personal.values() for column in columns), *self.plain]
