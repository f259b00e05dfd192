"""R008-R015, R043, R045, R064, R096, D-3, D-20: every edge of the 2025 windows, and properties over ten years."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.core.calendar import DAY, ISTANBUL, Holiday, Window, instant, local_date, turkish_calendar
from lms.core.errors import Conflict
from lms.terms import rules
from lms.terms.rules import Channel, Phase, Schedule

TR = turkish_calendar()
S2025 = Schedule(
    application=Window.of_days(date(2025, 1, 8), date(2025, 11, 21)),
    study=Window.of_days(date(2025, 1, 9), date(2025, 11, 28)),
)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2034, 12, 31), timezones=st.just(ISTANBUL))  # noqa: DTZ001 - the zone is added


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ISTANBUL)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2025-01-07T23:59:59.999999", Phase.UPCOMING),
        ("2025-01-08T00:00", Phase.OPEN),
        ("2025-11-21T22:59:59.999999", Phase.OPEN),
        ("2025-11-21T23:00", Phase.LAST_HOUR),
        ("2025-11-21T23:44:59.999999", Phase.LAST_HOUR),
        ("2025-11-21T23:45", Phase.GUARD),
        ("2025-11-21T23:59:59.999999", Phase.GUARD),
        ("2025-11-22T00:00", Phase.STUDY_ONLY),
        ("2025-11-28T23:59:59.999999", Phase.STUDY_ONLY),
        ("2025-11-29T00:00", Phase.OVER),
    ],
)
def test_R008_D3_phase(now: str, expected: Phase) -> None:
    assert rules.phase(S2025, at(now)) is expected


@pytest.mark.parametrize("now", ["2025-01-08T00:00", "2025-06-01T12:00", "2025-11-21T23:59:59.999"])
def test_R008_inside_the_application_window(now: str) -> None:
    rules.check_application_window(S2025, at(now))


@pytest.mark.parametrize(
    ("now", "code"), [("2025-01-07T23:59:59.999", "term.not_open_yet"), ("2025-11-22T00:00", "term.closed")]
)
def test_R008_R014_outside_the_application_window(now: str, code: str) -> None:
    with pytest.raises(Conflict) as refused:
        rules.check_application_window(S2025, at(now))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("form", "opens"),
    [
        ("2025-01-08T09:00", "2025-01-09T09:00"),
        ("2025-01-10T10:00", "2025-01-13T00:00"),
        ("2025-01-10T23:59", "2025-01-13T00:00"),
        ("2025-03-27T10:00", "2025-03-28T10:00"),
        ("2025-03-28T14:00", "2025-04-02T00:00"),
        ("2025-06-04T15:00", "2025-06-05T15:00"),  # arife, D-1
        ("2025-06-05T12:00", "2025-06-10T00:00"),
        ("2025-10-28T14:00", "2025-10-30T00:00"),
        ("2025-11-21T23:59", "2025-11-24T00:00"),
        ("2025-01-12T00:00", "2025-01-13T00:00"),  # Sunday midnight: t0 is Monday 00:00 itself
        ("2025-01-11T23:59:59.999999", "2025-01-13T00:00"),
        ("2025-01-12T15:00", "2025-01-13T15:00"),
    ],
)
def test_R064_worked_dates(form: str, opens: str) -> None:
    assert rules.training_assignment(at(form), S2025, TR).value == at(opens)


def test_R064_explains_itself() -> None:
    explained = rules.training_assignment(at("2025-03-28T14:00"), S2025, TR)
    assert [(s.code, s.params.get("name")) for s in explained.steps] == [
        ("step.form_sent", None),
        ("step.hours_later", None),
        ("step.weekend", None),
        ("step.holidays", "Ramazan Bayramı"),
        ("step.first_business_day", None),
    ]
    plain = rules.training_assignment(at("2025-03-27T10:00"), S2025, TR)
    assert [s.code for s in plain.steps] == ["step.form_sent", "step.hours_later"]


def test_R064_an_override_moves_the_day() -> None:
    leave = turkish_calendar({date(2025, 4, 2): Holiday("İdari izin")})
    assert rules.training_assignment(at("2025-03-28T14:00"), S2025, leave).value == at("2025-04-03T00:00")


def test_R009_training_never_opens_before_the_study_window() -> None:
    later = Schedule(S2025.application, Window.of_days(date(2025, 2, 3), date(2025, 11, 28)))
    explained = rules.training_assignment(at("2025-01-08T09:00"), later, TR)
    assert explained.value == at("2025-02-03T00:00")
    assert explained.steps[-1].code == "step.study_starts"


@given(MOMENTS)
def test_R064_property(form: datetime) -> None:
    always = Schedule(
        Window.of_days(date(2020, 1, 1), date(2040, 1, 1)), Window.of_days(date(2020, 1, 1), date(2040, 1, 1))
    )
    opens = rules.training_assignment(form, always, TR).value
    t0 = form + timedelta(hours=24)
    assert opens >= t0
    assert TR.is_business_day(local_date(opens))
    assert opens == t0 or opens == instant(local_date(opens))
    assert opens - t0 <= timedelta(days=10)
    assert rules.training_assignment(form + timedelta(minutes=1), always, TR).value >= opens


@pytest.mark.parametrize(
    ("form", "count"),
    [
        ("2025-01-07T23:59:59", 0),
        ("2025-01-08T00:00", 3),
        ("2025-11-13T00:00", 3),
        ("2025-11-13T23:59:59.999999", 3),
        ("2025-11-14T00:00", 2),
        ("2025-11-16T23:59:59", 2),
        ("2025-11-20T23:59:59.999999", 2),
        ("2025-11-21T00:00", 1),
        ("2025-11-21T23:59:59.999999", 1),
        ("2025-11-22T00:00", 0),
    ],
)
def test_R015_reachable_attempts(form: str, count: int) -> None:
    assert rules.reachable_attempts(at(form), S2025, TR) == count


@pytest.mark.parametrize(
    ("now", "card", "branch"),
    [
        ("2025-11-13T17:59:59", 3, 3),
        ("2025-11-13T18:00", 3, 2),
        ("2025-11-20T18:00", 2, 1),
        ("2025-11-21T17:59:59", 1, 1),
        ("2025-11-21T18:00", 1, 0),  # R043: the form opens at 22 Nov 00:00
        ("2025-11-21T23:44:59", 1, 0),
        ("2025-11-21T23:45", 0, 0),
        ("2025-11-22T00:00", 0, 0),
        ("2025-01-07T20:00", 0, 0),  # a payment before the window does not count, whenever the form opens
    ],
)
def test_R015_R043_reachable_before_paying(now: str, card: int, branch: int) -> None:
    assert rules.reachable_if_paid_now(at(now), Channel.CARD, S2025, TR) == card
    assert rules.reachable_if_paid_now(at(now), Channel.BRANCH, S2025, TR) == branch


def test_R015_last_form_days() -> None:
    assert rules.last_form_days(S2025, TR) == {1: date(2025, 11, 21), 2: date(2025, 11, 20), 3: date(2025, 11, 13)}


@given(MOMENTS, MOMENTS)
def test_R015_later_is_never_better(a: datetime, b: datetime) -> None:
    schedule = Schedule(
        Window.of_days(date(2024, 1, 1), date(2034, 12, 20)), Window.of_days(date(2024, 1, 1), date(2034, 12, 29))
    )
    early, late = sorted((a, b))
    assert rules.reachable_attempts(early, schedule, TR) >= rules.reachable_attempts(late, schedule, TR)


@given(st.dates(date(2024, 2, 1), date(2034, 12, 1)), st.integers(3, 20), st.integers(1, 4))
def test_R015_last_form_days_are_exact(last: date, study_days: int, attempts: int) -> None:
    schedule = Schedule(
        Window.of_days(last - 25 * DAY, last),
        Window.of_days(last - 24 * DAY, last + study_days * DAY),
        attempts=attempts,
    )
    for count, day in rules.last_form_days(schedule, TR).items():
        end_of_day = instant(day + DAY) - timedelta(microseconds=1)
        assert rules.reachable_attempts(end_of_day, schedule, TR) >= count
        if day < last:
            assert rules.reachable_attempts(end_of_day + DAY, schedule, TR) < count


def test_R015_last_moments_to_fail_and_still_have_all_three() -> None:
    assert rules.finish_before(S2025.study, 2) == at("2025-11-17T00:00")  # by Sun 16 Nov 23:59:59
    assert rules.finish_before(S2025.study, 1) == at("2025-11-24T00:00")  # by Sun 23 Nov
    assert rules.finish_before(S2025.study, 0) == S2025.study.end


@given(MOMENTS, st.integers(1, 5))
def test_R015_finish_before_agrees_with_mondays(t: datetime, further: int) -> None:
    study = Window(instant(date(2024, 1, 1)), t + timedelta(days=60))
    limit = rules.finish_before(study, further)
    just_in = limit - timedelta(microseconds=1)
    assert rules.attempts_from(just_in, study.end, further + 1) == further + 1
    assert rules.attempts_from(limit, study.end, further + 1) == further


def test_R015_a_study_window_that_ends_on_a_monday_midnight_has_no_attempt_there() -> None:
    study = Window(instant(date(2025, 1, 1)), instant(date(2025, 12, 1)))
    assert rules.finish_before(study, 1) == at("2025-11-24T00:00")
    assert rules.attempts_from(at("2025-11-24T00:00"), study.end, 3) == 1


def test_R043_branch_form_opens() -> None:
    paid = at("2025-11-21T17:00")
    assert rules.branch_form_opens_at(paid, at("2025-11-21T19:00"), 6) == at("2025-11-21T23:00")
    assert rules.branch_form_opens_at(paid, at("2025-11-22T09:00"), 6) == at("2025-11-22T09:00")
    last = rules.branch_last_payment(S2025)
    assert last == at("2025-11-21T18:00")
    assert rules.branch_form_opens_at(last, last, 6) == S2025.application.end


def test_R045_receipt_day() -> None:
    assert rules.receipt_last_day(S2025, TR) == date(2025, 11, 18)
    assert rules.receipt_in_time(at("2025-11-18T23:59:59.999"), S2025, TR)
    assert not rules.receipt_in_time(at("2025-11-19T00:00"), S2025, TR)
    assert rules.branch_advisable(at("2025-11-18T23:59:59"), S2025, TR)
    assert not rules.branch_advisable(at("2025-11-19T00:00"), S2025, TR)
    assert not rules.branch_advisable(at("2025-01-07T12:00"), S2025, TR)


def test_D20_exemption_last_day() -> None:
    assert rules.exemption_last_day(S2025, TR) == date(2025, 11, 14)
