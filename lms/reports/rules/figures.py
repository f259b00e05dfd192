"""What a term's figures are, and how they are told: the steps of the funnel, shares, what is drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date, timedelta
from typing import Any

STEPS = ("members", "right", "form", "started", "completed", "sat", "passed", "certificate")
"""The one way of a person through a term; each step's people are among those of the step before."""
BUSIEST = 50


@dataclass(frozen=True, slots=True)
class Figures:
    """One term, all versions together. People are counted once each, exams and payments each time.

    ``days`` {ISO day: [payments, kuruş of the fees, kuruş taken by the bank, exams started]} · ``ordinals`` [ordinal, finished, passed] · ``topics`` [topic, items,
    right] · ``types`` and ``institutions`` [name, applications, passed, failed, lapsed or invalid, open].
    """

    funnel: Mapping[str, int] = field(default_factory=dict)
    days: Mapping[str, Sequence[int]] = field(default_factory=dict)
    ordinals: Sequence[Sequence[int]] = ()
    topics: Sequence[Sequence[Any]] = ()
    types: Sequence[Sequence[Any]] = ()
    institutions: Sequence[Sequence[Any]] = ()

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Figures":
        """From a row; what an older version did not count is empty."""
        return cls(**{one.name: stored[one.name] for one in fields(cls) if one.name in stored})

    def plain(self) -> dict[str, Any]:
        """As a row stores it."""
        return asdict(self)


def share(part: int, whole: int) -> int | None:
    """Whole percent, rounded half up; nothing of nothing is no share."""
    return (200 * part + whole) // (2 * whole) if whole else None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the funnel: how many came, how many fewer than the step before, and both as shares."""

    name: str
    people: int
    lost: int
    of_before: int | None
    of_first: int | None


def funnel(counted: Mapping[str, int]) -> list[Step]:
    """The steps in order, each against the one before it."""
    people = [counted.get(name, 0) for name in STEPS]
    before = [people[0], *people]
    return [
        Step(name, here, last - here, share(here, last), share(here, people[0]))
        for name, here, last in zip(STEPS, people, before, strict=False)
    ]


@dataclass(frozen=True, slots=True)
class Bar:
    """A column of a chart in its own units, from the left and the top."""

    x: float
    y: float
    width: float
    height: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns over days or weeks: ``top`` is the value at the upper line."""

    bars: Sequence[Bar]
    top: int
    weekly: bool
    first: date
    last: date


WIDTH, HEIGHT, MOST_BARS = 640, 200, 100


def chart(values: Mapping[date, int]) -> Chart | None:
    """One column a day, or a week where the days are more than `MOST_BARS`; None when there is nothing to draw."""
    counted = {day: value for day, value in values.items() if value}
    if not counted:
        return None
    first, last = min(counted), max(counted)
    weekly = (last - first).days >= MOST_BARS
    start = first - timedelta(days=first.weekday()) if weekly else first
    stride = 7 if weekly else 1
    sums = [0] * ((last - start).days // stride + 1)
    for day, value in counted.items():
        sums[(day - start).days // stride] += value
    top = max(sums)
    step = WIDTH / max(len(sums), 7)
    bars = [
        Bar(round(n * step, 1), round(HEIGHT - one * HEIGHT / top, 1), round(step * 0.8, 1), round(one * HEIGHT / top, 1), f"{start + timedelta(days=n * stride):%d.%m.%Y}: {one}")
        for n, one in enumerate(sums)
        if one
    ]  # fmt: skip
    return Chart(bars, top, weekly, first, last)
