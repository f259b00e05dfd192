"""What a change of a term means in dates: last days before and after, attempts within reach before and after."""

from __future__ import annotations

import re
from calendar import monthcalendar
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from lms.core.calendar import DAY, Calendar, DayKind, Window, days, instant, local_date, spoken_end
from lms.terms.rules import (
    Channel,
    Schedule,
    branch_last_payment,
    exemption_last_day,
    last_form_days,
    last_instant,
    next_year,
    reachable_if_paid_now,
    receipt_last_day,
    training_assignment,
)


@dataclass(frozen=True, slots=True)
class Moved:
    """One date or number for whoever comes now, before and after."""

    name: str
    before: date | int | None
    after: date | int | None


def for_newcomers(before: Schedule, after: Schedule, calendar: Calendar, now: datetime) -> tuple[Moved, ...]:
    """R015, R045, D-20: what the page tells somebody who comes now, where the change makes it another."""
    found = [
        Moved("reachable", *(reachable_if_paid_now(now, Channel.CARD, one, calendar) for one in (before, after))),
        Moved("receipt", receipt_last_day(before, calendar), receipt_last_day(after, calendar)),
        Moved("exemption", exemption_last_day(before, calendar), exemption_last_day(after, calendar)),
    ]
    days = [last_form_days(one, calendar) for one in (before, after)]
    counts = sorted(days[0].keys() | days[1].keys(), reverse=True)
    found += [Moved(f"form_{count}", days[0].get(count), days[1].get(count)) for count in counts]
    return tuple(one for one in found if one.before != one.after)


@dataclass(frozen=True, slots=True)
class Dates:
    """Everything that a term's parameters and the calendar make of each other, to be read before it is opened."""

    application_days: int
    study_days: int
    card_until: datetime
    branch_until: datetime
    receipt: date
    exemption: date
    forms: Mapping[int, date]
    first_training: datetime
    last_training: datetime


def dates_of(schedule: Schedule, calendar: Calendar) -> Dates:
    """R015, R043, R045, R064, D-3, D-20: business days of both windows, last days, the first and the last training."""
    application = schedule.application

    def business(window: Window) -> int:
        return sum(calendar.is_business_day(day) for day in days(window.first_day, window.last_day + DAY))

    return Dates(
        application_days=business(application),
        study_days=business(schedule.study),
        card_until=schedule.last_card_start,
        branch_until=branch_last_payment(schedule),
        receipt=receipt_last_day(schedule, calendar),
        exemption=exemption_last_day(schedule, calendar),
        forms=last_form_days(schedule, calendar),
        first_training=training_assignment(application.start, schedule, calendar).value,
        last_training=training_assignment(spoken_end(application.end), schedule, calendar).value,
    )


def moved_ends(
    held: Mapping[int, int], windows: Mapping[int, Window], current: Window, after: Window
) -> tuple[int, int]:
    """R127: of those who hold a version (how many by its key), for how many the last instant moves, for how many it stays."""
    moved = sum(
        count for key, count in held.items() if last_instant(windows[key], current) != last_instant(windows[key], after)
    )
    return moved, sum(held.values()) - moved


# --- copying -----------------------------------------------------------------------------------------------------

_YEAR: Final = re.compile(r"(?<!\d)20\d\d(?!\d)")


def count_up(text: str) -> str:
    """ "ddta-2025-ilk" -> "ddta-2026-ilk": every year in a code or a name is the next one."""
    return _YEAR.sub(lambda year: str(int(year[0]) + 1), text)


def a_year_later(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """R007: a term's parameters to begin next year's with: the same days a year later, the years in its names too."""
    copy = dict(parameters)
    for name in ("name_tr", "name_en"):
        copy[name] = count_up(copy[name])
    for name in ("application", "study"):
        window = Window(copy[f"{name}_from"], copy[f"{name}_to"])
        later = Window.of_days(next_year(window.first_day), next_year(window.last_day))
        copy |= {f"{name}_from": later.start, f"{name}_to": later.end}
    return copy


def spoken_day(t: datetime, *, is_end: bool) -> date:
    """The civil day by which a window's edge is told: the last one inside, for a half-open end."""
    return local_date(t - timedelta(microseconds=1) if is_end else t)


# --- the picture -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bar:
    """A window on the line, in thousandths of its length."""

    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Line:
    """Windows of several terms on one scale; `years` and `now` are places on it."""

    bars: tuple[tuple[Bar, Bar], ...]
    years: tuple[tuple[int, int], ...]
    now: int | None


def timeline(schedules: Sequence[Schedule], now: datetime) -> Line:
    """Application and study window of each term between the first day of the first year and the last of the last."""
    if not schedules:
        return Line((), (), None)
    first = min(s.application.first_day.year for s in schedules)
    last = max(s.study.last_day.year for s in schedules)
    start, end = instant(date(first, 1, 1)), instant(date(last + 1, 1, 1))

    def place(t: datetime) -> int:
        return round(1000 * ((t - start) / (end - start)))

    def bar(window: Window) -> Bar:
        return Bar(place(window.start), max(place(window.end) - place(window.start), 4))

    return Line(
        bars=tuple((bar(s.application), bar(s.study)) for s in schedules),
        years=tuple((year, place(instant(date(year, 1, 1)))) for year in range(first, last + 1)),
        now=place(now) if start <= now < end else None,
    )


# --- a day unlike the public calendar ----------------------------------------------------------------------------

LOOK_BACK: Final = 21
"""Days before a changed one on which a form could still be led to it; the longest holiday with its weekends is shorter."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A form sent at noon of `form_day` would open its training at another instant."""

    form_day: date
    before: datetime
    after: datetime


def shifts(
    schedule: Schedule, before: Calendar, after: Calendar, changed: Collection[date], today: date
) -> tuple[Shift, ...]:
    """R064: which days' forms would get another opening; days gone by are promised and stay (R127)."""
    found = []
    days = {day - timedelta(days=back) for day in changed for back in range(LOOK_BACK + 1)}
    for day in sorted(days):
        noon = instant(day, time(12))
        if day < today or not schedule.application.contains(noon):
            continue
        one, other = (training_assignment(noon, schedule, calendar).value for calendar in (before, after))
        if one != other:
            found.append(Shift(day, one, other))
    return tuple(found)


def moved_safe_days(schedule: Schedule, before: Calendar, after: Calendar) -> tuple[Moved, ...]:
    """R045, D-20: the last safe days that are counted back from the end of the window."""
    found = [
        Moved("receipt", receipt_last_day(schedule, before), receipt_last_day(schedule, after)),
        Moved("exemption", exemption_last_day(schedule, before), exemption_last_day(schedule, after)),
    ]
    return tuple(one for one in found if one.before != one.after)


# --- a year on one page ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of the year's picture: its kind, the name of what makes it special, and whether the office entered it."""

    day: date
    kind: DayKind
    name: str
    entered: bool


def year_of(year: int, calendar: Calendar) -> list[list[list[Cell | None]]]:
    """Twelve months of weeks from Monday to Sunday; None where another month lies."""
    return [
        [[_cell(date(year, month, n), calendar) if n else None for n in week] for week in monthcalendar(year, month)]
        for month in range(1, 13)
    ]


def _cell(day: date, calendar: Calendar) -> Cell:
    special = calendar.holiday(day)
    return Cell(day, calendar.kind(day), special.name if special else "", day in calendar.overrides)
