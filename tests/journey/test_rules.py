"""R012 and the dates behind each step: exactly one next step in every state, with its reason."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.core.calendar import ISTANBUL, Explained, Window, next_monday
from lms.journey import rules
from lms.journey.rules import Attempt, Enrolled, Entrance, Facts, Held, NextStep, Stage, State
from lms.terms.rules import Schedule
from lms.web.messages import table
from tests.conftest import civil

SCHEDULE = Schedule(
    application=Window.of_days(date(2025, 1, 8), date(2025, 11, 21)),
    study=Window.of_days(date(2025, 1, 9), date(2025, 11, 28)),
)
APP_END = SCHEDULE.application.end
NEW = Entrance(SCHEDULE, "ddta-2025-ilk")
OPENS = Explained(civil("2025-04-02 00:00"))
APPLIED = Enrolled("app1", SCHEDULE.study, 3, OPENS)
NOW = civil("2025-03-28 14:02")
PAID = civil("2025-03-28 13:52")


def step(
    now: str, entrance: Entrance | None = None, enrolled: Enrolled | None = None, held: Held | None = None
) -> NextStep:
    return rules.next_step(Facts(entrance, enrolled, held), civil(now))


def test_without_a_term_one_waits() -> None:
    assert step("2025-12-05 09:00").code == "wait_term"


@pytest.mark.parametrize(
    ("now", "changes", "code", "rule"),
    [
        ("2025-01-07 23:59:59", {}, "wait_opening", "R008"),
        ("2025-01-08 00:00", {}, "pay", "R034"),
        ("2025-11-21 23:44:59", {}, "pay", "R034"),
        ("2025-11-21 23:45", {}, "too_late", "R010"),
        ("2025-11-22 00:00", {}, "too_late", "R008"),
        ("2025-03-28 14:02", {"pending_payment": "p1"}, "payment_pending", "R038"),
        ("2025-03-28 14:02", {"held_payment": "p1"}, "payment_held", "R024"),
        ("2025-11-21 23:50", {"held_payment": "p1"}, "payment_held", "R024"),
        ("2025-03-28 14:02", {"exemption_pending": True}, "pay", "R034"),
        ("2025-03-28 14:02", {"refused": "register.holder"}, "renewal", "R003"),
        ("2025-03-28 14:02", {"refused": "register.revoked"}, "revoked", "R114"),
        ("2025-03-28 14:02", {"refused": "register.no_certificate"}, "no_certificate", "R003"),
        ("2025-03-28 14:02", {"form_opens_at": PAID}, "apply", "R010"),
        ("2025-11-21 23:59:59", {"form_opens_at": civil("2025-11-21 23:59")}, "apply", "R010"),
        ("2025-11-22 00:00", {"form_opens_at": civil("2025-11-21 23:59")}, "too_late_paid", "R011"),
        ("2025-11-21 22:59", {"form_opens_at": civil("2025-11-21 23:00")}, "wait_form", "R043"),
        ("2025-03-28 14:02", {"form_opens_at": PAID, "exempt": True}, "apply", "R119"),
    ],
)
def test_R008_R043_before_the_application(now: str, changes: dict[str, object], code: str, rule: str) -> None:
    found = step(now, replace(NEW, **changes))  # type: ignore[arg-type]
    assert (found.code, found.rule) == (code, rule)


def test_R010_the_last_moments_are_told() -> None:
    assert step("2025-03-28 14:02", NEW).until == civil("2025-11-21 23:45")
    assert step("2025-03-28 14:02", replace(NEW, form_opens_at=PAID)).until == civil("2025-11-22 00:00")


@pytest.mark.parametrize(
    ("now", "changes", "code", "rule", "stage"),
    [
        ("2025-04-01 23:59:59", {}, "wait_training", "R064", Stage.TRAINING),
        ("2025-04-02 00:00", {}, "study", "R074", Stage.TRAINING),
        ("2025-11-28 23:59:59", {"percent": 99}, "study", "R074", Stage.TRAINING),
        ("2025-11-29 00:00", {"percent": 99}, "lapsed", "R013", Stage.TRAINING),
        ("2025-11-29 00:00", {"trained_at": NOW}, "lapsed", "R013", Stage.EXAM),
        ("2025-04-10 09:00", {"outcome": "lapsed"}, "lapsed", "R013", Stage.TRAINING),
        ("2025-04-10 09:00", {"outcome": "invalid"}, "invalid", "R114", Stage.APPLICATION),
        ("2025-04-10 09:00", {"outcome": "failed"}, "failed", "R098", Stage.EXAM),
        ("2025-04-10 09:00", {"outcome": "failed", "reapply_until": APP_END}, "reapply", "R099", Stage.EXAM),
        ("2025-11-22 00:00", {"outcome": "failed", "reapply_until": APP_END}, "failed", "R098", Stage.EXAM),
        ("2025-04-10 09:00", {"outcome": "failed", "reapply_until": APP_END, "reapply_asked": True}, "wait_reapply", "R099", Stage.EXAM),
        ("2025-04-10 09:00", {"outcome": "failed", "reapply_until": APP_END, "reapply_asked": True, "declaration_due": True}, "declare_reapply", "R099", Stage.EXAM),
        ("2025-11-26 12:00", {"trained_at": NOW, "missed": next_monday(civil("2025-11-26 11:00"))}, "missed", "R096", Stage.EXAM),
    ],
)  # fmt: skip
def test_after_the_application(now: str, changes: dict[str, object], code: str, rule: str, stage: Stage) -> None:
    found = step(now, enrolled=replace(APPLIED, **changes))  # type: ignore[arg-type]
    assert (found.code, found.rule, found.stage) == (code, rule, stage)


def test_R064_the_wait_carries_its_date_and_its_why() -> None:
    found = step("2025-03-28 14:02", enrolled=APPLIED)
    assert (found.at, found.why, found.until) == (OPENS.value, OPENS, civil("2025-11-29 00:00"))


def attempt(ordinal: int, opens: str, ends: str | None = None) -> Enrolled:
    found = Attempt(f"app1-{ordinal}", ordinal, Explained(civil(opens)), civil(ends) if ends else None)
    return replace(APPLIED, trained_at=NOW, attempt=found, taken=ordinal - 1, percent=100)


@pytest.mark.parametrize(
    ("now", "enrolled", "code", "rule"),
    [
        ("2025-04-05 11:00", attempt(1, "2025-04-05 11:00"), "sit_exam", "R082"),
        ("2025-04-06 23:59:59", attempt(2, "2025-04-07 00:00"), "wait_exam", "R091"),
        ("2025-04-07 00:00", attempt(2, "2025-04-07 00:00"), "sit_exam", "R091"),
        ("2025-04-07 00:10", attempt(2, "2025-04-07 00:00", "2025-04-07 00:20"), "resume_exam", "R085"),
    ],
)
def test_R082_R091_exams(now: str, enrolled: Enrolled, code: str, rule: str) -> None:
    found = step(now, enrolled=enrolled)
    assert (found.code, found.rule) == (code, rule)
    assert found.url == (None if code == "wait_exam" else f"/sinavlar/{enrolled.attempt.code}")  # type: ignore[union-attr]


MONDAY = next_monday(civil("2025-04-05 12:00"))
PASSED = replace(APPLIED, trained_at=NOW, outcome="passed", passed=MONDAY, taken=1)
VIEW = Window(MONDAY.value, MONDAY.value + timedelta(days=180))


@pytest.mark.parametrize(
    ("now", "held", "code"),
    [
        ("2025-04-06 23:59:59", None, "wait_certificate"),
        ("2025-04-07 00:00", None, "view_certificate"),
        ("2025-04-07 00:00", Held("app1", MONDAY, VIEW, can_renew=False, revoked=False), "view_certificate"),
        ("2025-10-04 00:00", Held("app1", MONDAY, None, can_renew=True, revoked=False), "renew_view"),
        ("2025-04-08 00:00", Held("app1", MONDAY, None, can_renew=False, revoked=True), "certificate_revoked"),
    ],
)
def test_R102_R109_certificate(now: str, held: Held | None, code: str) -> None:
    assert step(now, enrolled=PASSED, held=held).code == code


def test_the_line_of_six() -> None:
    states = rules.states(step("2025-03-28 14:02", enrolled=APPLIED))
    assert list(states.values()) == [State.DONE, State.DONE, State.DONE, State.NOW, State.LATER, State.LATER]
    states = rules.states(step("2025-11-29 00:00", enrolled=replace(APPLIED, trained_at=NOW)))
    assert states[Stage.EXAM] is State.STOPPED
    assert set(rules.states(step("2025-04-08 09:00", enrolled=PASSED)).values()) == {State.DONE}


# --- R015, R096 --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "enrolled", "reachable", "before"),
    [
        ("2025-11-13 10:00", replace(APPLIED, assigned=Explained(civil("2025-11-14 10:00"))), 3, "2025-11-17 00:00"),
        ("2025-11-14 10:00", replace(APPLIED, assigned=Explained(civil("2025-11-17 00:00"))), 2, "2025-11-24 00:00"),
        ("2025-11-21 10:00", replace(APPLIED, assigned=Explained(civil("2025-11-24 00:00"))), 1, None),
        ("2025-11-16 23:59", attempt(1, "2025-11-10 09:00"), 3, "2025-11-17 00:00"),
        ("2025-11-17 00:00", attempt(1, "2025-11-10 09:00"), 2, "2025-11-24 00:00"),
        ("2025-11-20 00:00", attempt(2, "2025-11-24 00:00"), 1, None),
    ],
)
def test_R015_what_the_calendar_leaves(now: str, enrolled: Enrolled, reachable: int, before: str | None) -> None:
    found = rules.outlook(enrolled, civil(now))
    assert found is not None
    assert found.reachable == reachable
    assert found.finish_before == (civil(before) if before else None)
    assert found.lost is (reachable < enrolled.attempts - enrolled.taken)


def test_R096_a_missed_attempt_is_told_at_once() -> None:
    missed = replace(APPLIED, trained_at=NOW, taken=1, missed=next_monday(civil("2025-11-26 11:00")))
    found = rules.outlook(missed, civil("2025-11-26 11:00"))
    assert found is not None
    assert (found.reachable, found.lost) == (0, True)


@pytest.mark.parametrize("enrolled", [PASSED, replace(APPLIED, outcome="lapsed")])
def test_nothing_left_to_decide(enrolled: Enrolled) -> None:
    assert rules.outlook(enrolled, NOW) is None
    assert rules.outlook(APPLIED, SCHEDULE.study.end) is None


@given(
    st.datetimes(datetime(2024, 12, 1), datetime(2026, 1, 31), timezones=st.just(ISTANBUL)),  # noqa: DTZ001 - the zone is added
    st.sampled_from([None, "passed", "failed", "lapsed", "invalid"]),
    st.booleans(),
)
def test_R012_there_is_always_exactly_one_next_step(now: datetime, outcome: str | None, trained: bool) -> None:
    enrolled = replace(APPLIED, outcome=outcome, trained_at=NOW if trained else None)
    states = list(rules.states(rules.next_step(Facts(enrolled=enrolled), now)).values())
    assert sum(s in (State.NOW, State.STOPPED) for s in states) == 1
    assert states == sorted(states, key=[State.DONE, State.NOW, State.STOPPED, State.LATER].index)


def test_every_next_step_has_its_sentences() -> None:
    codes = set(re.findall(r'"([a-z_]+)", Stage', inspect.getsource(rules))) | {"renewal", "revoked", "no_certificate"}
    codes |= {"too_late_paid", "too_late", "reapply", "wait_reapply", "declare_reapply"}
    for language in ("tr", "en"):
        missing = {c for c in codes for key in (f"next.{c}", f"next.{c}.text") if key not in table(language)}
        assert not missing
