"""Civil time: the days of DOMAIN.md, the worked dates of RULES.md, and properties over ten years (2024-2034)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.core.calendar import (
    DAY,
    ISTANBUL,
    Calendar,
    DayKind,
    Explained,
    Holiday,
    Step,
    Window,
    days,
    instant,
    local,
    next_monday,
    spoken_end,
    turkish_calendar,
    turkish_holidays,
)

TR = turkish_calendar()
TEN_YEARS = st.dates(date(2024, 1, 1), date(2034, 12, 31))
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2034, 12, 31), timezones=st.just(ISTANBUL))  # noqa: DTZ001 - the zone is added


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ISTANBUL)


@pytest.mark.parametrize(
    "day",
    ["2025-01-01", "2025-03-30", "2025-03-31", "2025-04-01", "2025-04-23", "2025-05-01", "2025-05-19", "2025-06-06",
     "2025-06-07", "2025-06-08", "2025-06-09", "2025-07-15", "2025-08-30", "2025-10-29", "2026-03-20", "2026-03-22",
     "2026-05-27", "2026-05-30", "2027-05-17", "2027-08-30"],
)  # fmt: skip
def test_full_day_holidays_are_no_business_days(day: str) -> None:
    assert TR.kind(date.fromisoformat(day)) is DayKind.HOLIDAY
    assert not TR.is_business_day(date.fromisoformat(day))


@pytest.mark.parametrize("day", ["2025-06-05", "2025-10-28", "2026-03-19", "2026-05-26", "2026-10-28", "2027-03-08"])
def test_D1_half_days_are_business_days(day: str) -> None:
    assert TR.kind(date.fromisoformat(day)) is DayKind.HALF_DAY
    assert TR.is_business_day(date.fromisoformat(day))


def test_a_half_day_on_a_saturday_stays_a_weekend() -> None:
    assert TR.kind(date(2025, 3, 29)) is DayKind.WEEKEND


def test_31_december_is_a_normal_day() -> None:
    assert TR.kind(date(2025, 12, 31)) is DayKind.BUSINESS


def test_holidays_carry_turkish_names() -> None:
    names = {h.name for h in turkish_holidays().values()}
    assert {"Ramazan Bayramı", "Kurban Bayramı", "Cumhuriyet Bayramı", "Zafer Bayramı"} <= names
    assert not any("(" in name or ";" in name for name in names)
    assert turkish_holidays() is turkish_holidays()


def test_overrides_win_both_ways() -> None:
    leave, worked = date(2025, 4, 2), date(2025, 7, 15)
    calendar = turkish_calendar(
        {leave: Holiday("İdari izin"), worked: Holiday("Çalışma günü", DayKind.BUSINESS)},
    )
    assert not calendar.is_business_day(leave)
    assert calendar.next_business_day(date(2025, 3, 29)) == date(2025, 4, 3)
    assert calendar.is_business_day(worked)
    assert TR.is_business_day(leave)
    assert not TR.is_business_day(worked)


@pytest.mark.parametrize(
    ("finished", "monday"),
    [
        ("2025-03-01T15:00", "2025-03-03"),  # Saturday
        ("2025-03-09T23:59:59.999999", "2025-03-10"),  # one microsecond later
        ("2025-03-10T00:00", "2025-03-17"),  # Monday 00:00:00.000 exactly
        ("2025-03-10T10:00", "2025-03-17"),
        ("2025-03-30T12:00", "2025-03-31"),  # holiday Mondays are not moved
        ("2025-05-16T12:00", "2025-05-19"),
        ("2025-06-04T12:00", "2025-06-09"),
        ("2025-11-28T23:59:59", "2025-12-01"),
        ("2025-12-31T12:00", "2026-01-05"),
    ],
)
def test_R091_R102_next_monday(finished: str, monday: str) -> None:
    assert next_monday(at(finished)).value == instant(date.fromisoformat(monday))


def test_R091_a_monday_explains_why_it_waits_a_week() -> None:
    explained = next_monday(at("2025-03-10T00:05"), since="step.failed")
    assert [step.code for step in explained.steps] == ["step.failed", "step.same_monday", "step.next_monday"]
    assert explained.steps[0].params == {"at": "2025-03-10T00:05:00+03:00"}


def test_R091_the_utc_day_does_not_matter() -> None:
    sunday_utc = datetime(2025, 3, 9, 21, 30, tzinfo=UTC)  # Monday 00.30 in Istanbul
    assert next_monday(sunday_utc).value == instant(date(2025, 3, 17))


@given(MOMENTS)
def test_R091_next_monday_is_the_first_one_strictly_after(t: datetime) -> None:
    monday = next_monday(t).value
    assert t < monday <= t + timedelta(days=7)
    assert local(monday).weekday() == 0
    assert local(monday).time() == time(0)
    assert next_monday(monday).value == monday + timedelta(days=7)


@given(TEN_YEARS)
def test_next_business_day_is_the_first_one(day: date) -> None:
    found = TR.next_business_day(day)
    assert TR.is_business_day(found)
    assert found.weekday() < 5
    assert not any(TR.is_business_day(d) for d in days(day, found))
    assert TR.next_business_day(found) == found
    assert TR.following_business_day(found) > found


@given(TEN_YEARS, st.integers(0, 15))
def test_R045_business_days_before_counts_only_business_days(day: date, count: int) -> None:
    found = TR.business_days_before(day, count)
    assert sum(TR.is_business_day(d) for d in days(found, day)) == count
    assert count == 0 or TR.is_business_day(found)


def test_R045_three_business_days_before_21_november_2025() -> None:
    assert TR.business_days_before(date(2025, 11, 21), 3) == date(2025, 11, 18)
    assert TR.business_days_before(date(2025, 6, 10), 3) == date(2025, 6, 3)  # across the bayram
    with pytest.raises(ValueError, match="forward"):
        TR.business_days_before(date(2025, 11, 21), -1)


@given(TEN_YEARS, st.integers(0, 20))
def test_skipped_days_are_explained_without_a_gap(day: date, length: int) -> None:
    steps = TR.explain_skipped(day, day + length * DAY)
    told = [d for s in steps for d in days(_day(s, "from_day"), _day(s, "to_day") + DAY)]
    assert told == list(days(day, day + length * DAY))


def test_skipped_days_name_the_bayram() -> None:
    assert TR.explain_skipped(date(2025, 3, 29), date(2025, 4, 2)) == (
        Step("step.weekend", {"from_day": "2025-03-29", "to_day": "2025-03-29"}),
        Step(
            "step.holidays",
            {"from_day": "2025-03-30", "to_day": "2025-04-01", "name": "Ramazan Bayramı", "name_en": "Eid al-Fitr"},
        ),
    )


def test_windows_are_half_open() -> None:
    window = Window.of_days(date(2025, 1, 8), date(2025, 11, 21))
    assert not window.contains(at("2025-01-07T23:59:59.999999"))
    assert window.contains(at("2025-01-08T00:00"))
    assert window.contains(at("2025-11-21T23:59:59.999999"))
    assert not window.contains(at("2025-11-22T00:00"))
    assert (window.first_day, window.last_day) == (date(2025, 1, 8), date(2025, 11, 21))
    with pytest.raises(ValueError, match="end"):
        Window(window.end, window.start)


@given(MOMENTS)
def test_an_explained_date_survives_json(t: datetime) -> None:
    explained = next_monday(t)
    again = Explained.from_json(explained.to_json())
    assert again == explained
    assert again.value.tzinfo is UTC


def test_a_half_open_end_as_people_say_it() -> None:
    assert spoken_end(at("2025-11-22T00:00")) == at("2025-11-21T23:59")
    assert spoken_end(at("2025-11-21T23:45")) == at("2025-11-21T23:45")


def test_naive_instants_are_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        local(datetime(2025, 3, 1))  # noqa: DTZ001 - the point of the test


@given(TEN_YEARS, st.times())
def test_civil_time_and_instant_are_inverse(day: date, clock: time) -> None:
    t = instant(day, clock)
    assert t.tzinfo is UTC
    assert local(t).replace(tzinfo=None) == datetime.combine(day, clock)


def test_an_empty_calendar_knows_weekends_only() -> None:
    calendar = Calendar({})
    assert calendar.is_business_day(date(2025, 1, 1))
    assert not calendar.is_business_day(date(2025, 1, 4))


def _day(step: Step, name: str) -> date:
    return date.fromisoformat(str(step.params[name]))
