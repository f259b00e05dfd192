"""Civil time in Turkey: business days, Mondays, half-open windows, and dates that explain themselves.

Pure: instants come in as aware datetimes and are judged on local civil time (Europe/Istanbul, +03:00 all year since
September 2016). Holidays and staff overrides are values; nothing here reads a clock or a database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum
from functools import lru_cache
from itertools import groupby
from typing import Any, Final, Self

import holidays

ISTANBUL: Final = timezone(timedelta(hours=3), "+03:00")
DAY: Final = timedelta(days=1)
MONDAY: Final = 0
SATURDAY: Final = 5

Params = Mapping[str, str | int]


def local(t: datetime) -> datetime:
    """The civil time of an instant. A naive datetime is a programming error, never a guess."""
    if t.tzinfo is None:
        raise ValueError("an instant must carry its time zone")
    return t.astimezone(ISTANBUL)


def instant(day: date, at: time = time(0)) -> datetime:
    """The instant (UTC) of a civil day and time."""
    return datetime.combine(day, at, ISTANBUL).astimezone(UTC)


def local_date(t: datetime) -> date:
    return local(t).date()


# --- explained dates ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """One link of an explanation: a message key and plain values.

    Parameters named `at` hold an ISO instant (+03:00); `day`, `from_day` and `to_day` an ISO date. The sentence is made
    at the edge, in the reader's language.
    """

    code: str
    params: Params = field(default_factory=dict)

    @classmethod
    def at(cls, code: str, t: datetime, **params: str | int) -> Self:
        return cls(code, {"at": local(t).isoformat(), **params})

    @classmethod
    def on(cls, code: str, day: date, **params: str | int) -> Self:
        return cls(code, {"day": day.isoformat(), **params})


@dataclass(frozen=True, slots=True)
class Explained:
    """An instant together with the steps that led to it, so that nobody has to take a date on trust."""

    value: datetime
    steps: tuple[Step, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "value": local(self.value).isoformat(),
            "steps": [{"code": step.code, "params": dict(step.params)} for step in self.steps],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        value = datetime.fromisoformat(data["value"]).astimezone(UTC)
        return cls(value, tuple(Step(step["code"], dict(step["params"])) for step in data["steps"]))


# --- windows -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open range of instants: `start` is in, `end` is out."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        local(self.start), local(self.end)
        if self.end <= self.start:
            raise ValueError("a window must end after it starts")

    @classmethod
    def of_days(cls, first: date, last: date) -> Self:
        """Whole civil days, both included ("21 Kasım dahil" ends at 22 November 00:00)."""
        return cls(instant(first), instant(last + DAY))

    def contains(self, t: datetime) -> bool:
        return self.start <= t < self.end

    @property
    def first_day(self) -> date:
        return local_date(self.start)

    @property
    def last_day(self) -> date:
        """The last civil day of which at least one moment is inside."""
        return local_date(self.end - timedelta(microseconds=1))

    @property
    def ends_with_day(self) -> bool:
        """Whether all of the last day is inside: an end at midnight can be told as a day, any other only as an instant."""
        return local(self.end).time() == time(0)


def spoken_end(end: datetime) -> datetime:
    """A half-open end as people say it: midnight is told as 23.59 of the day before, which is the last one inside."""
    return end - timedelta(minutes=1) if local(end).time() == time(0) else end


# --- days --------------------------------------------------------------------------------------------------------


class DayKind(StrEnum):
    BUSINESS = "business"
    HALF_DAY = "half_day"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


@dataclass(frozen=True, slots=True)
class Holiday:
    """What makes a day special. A staff override is the same value, with the kind it imposes on the day."""

    name: str
    kind: DayKind = DayKind.HOLIDAY
    name_en: str = ""


@dataclass(frozen=True)
class Calendar:
    """Business days of Turkey. `overrides` win over `holidays`, and may also turn a holiday into a business day."""

    holidays: Mapping[date, Holiday]
    overrides: Mapping[date, Holiday] = field(default_factory=dict)

    def holiday(self, day: date) -> Holiday | None:
        return self.overrides.get(day) or self.holidays.get(day)

    def kind(self, day: date) -> DayKind:
        override = self.overrides.get(day)
        if override is not None:
            return override.kind
        special = self.holidays.get(day)
        if special is not None and special.kind is DayKind.HOLIDAY:
            return DayKind.HOLIDAY
        if day.weekday() >= SATURDAY:
            return DayKind.WEEKEND
        return special.kind if special is not None else DayKind.BUSINESS

    def is_business_day(self, day: date) -> bool:
        """Monday to Friday and no full-day holiday; a half-day counts as a business day (D-1)."""
        return self.kind(day) in (DayKind.BUSINESS, DayKind.HALF_DAY)

    def next_business_day(self, day: date) -> date:
        """The first business day on or after `day`."""
        while not self.is_business_day(day):
            day += DAY
        return day

    def following_business_day(self, day: date) -> date:
        """The first business day strictly after `day`."""
        return self.next_business_day(day + DAY)

    def business_days_before(self, day: date, count: int) -> date:
        """R045: the day `count` business days before `day`; weekends and holidays in between are not counted."""
        if count < 0:
            raise ValueError("count business days forward with next_business_day")
        while count > 0:
            day -= DAY
            count -= self.is_business_day(day)
        return day

    def explain_skipped(self, first: date, end: date) -> tuple[Step, ...]:
        """Why the days [first, end) were passed over: runs of weekends and of each holiday, in order."""

        def reason(day: date) -> tuple[str, str]:
            kind = self.kind(day)
            special = self.holiday(day)
            return (kind, special.name if special and kind is not DayKind.WEEKEND else "")

        steps = []
        for (kind, name), run in groupby(days(first, end), key=reason):
            span = list(run)
            params = {"from_day": span[0].isoformat(), "to_day": span[-1].isoformat()}
            code = f"step.{kind}" if len(span) == 1 else f"step.{kind}s"
            if name and (special := self.holiday(span[0])):
                params |= {"name": name, "name_en": special.name_en or name}
            steps.append(Step(code, params))
        return tuple(steps)


def days(first: date, end: date) -> Iterator[date]:
    """The days of [first, end)."""
    while first < end:
        yield first
        first += DAY


def next_monday(t: datetime, *, since: str = "step.finished") -> Explained:
    """R091, R102: the smallest Monday 00:00 strictly greater than `t`.

    From Monday 00:00:00 itself it is seven days later. Public holidays do not move a Monday. `since` is the message key
    that names what happened at `t`.
    """
    here = local(t)
    monday = instant(here.date() + timedelta(days=7 - here.weekday()))
    steps = [Step.at(since, t)]
    if here.weekday() == MONDAY:
        steps.append(Step.on("step.same_monday", here.date()))
    steps.append(Step.at("step.next_monday", monday))
    return Explained(monday, tuple(steps))


# --- the public holidays of Turkey -------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def turkish_holidays(first_year: int = 2015, last_year: int = 2045) -> Mapping[date, Holiday]:
    """Full-day and half-day public holidays (Law 2429) by day, with Turkish names, computed once.

    The arife days and 28 October exist only in the library's `half_day` category.
    """
    years = range(first_year, last_year + 1)
    table: dict[date, Holiday] = {}
    for category, kind in (("half_day", DayKind.HALF_DAY), ("public", DayKind.HOLIDAY)):
        turkish, english = (
            holidays.country_holidays("TR", years=years, categories=(category,), language=language)
            for language in ("tr", "en_US")
        )
        for day in turkish:
            table[day] = Holiday(_plain_name(turkish[day]), kind, _plain_name(english[day]))
    return table


def _plain_name(name: str) -> str:
    """The name without the library's notes ("(saat 13.00'ten)", "(tahmini)"); of two on one day, the religious one."""
    names = [part.split(" (")[0].strip() for part in name.split(";")]
    return next((n for n in names if n.startswith(("Ramazan", "Kurban", "Eid"))), names[0])


def turkish_calendar(overrides: Mapping[date, Holiday] | None = None) -> Calendar:
    return Calendar(turkish_holidays(), dict(overrides or {}))
