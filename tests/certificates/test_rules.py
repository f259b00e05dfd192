from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.certificates import rules
from lms.certificates.rules import Decision, Display, Revocation
from lms.core.calendar import ISTANBUL
from lms.core.errors import DomainError

INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
VIEW = 180


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ISTANBUL)


def refusal(code: str):
    return pytest.raises(DomainError, check=lambda error: error.code == code)


@pytest.mark.parametrize(
    ("finalised", "monday"),
    [
        ("2025-01-09 11:20", "2025-01-13"),  # R122
        ("2025-03-09 23:59:59.999999", "2025-03-10"),  # Sunday's last moment: the next day
        ("2025-03-10 00:00", "2025-03-17"),  # Monday 00:00:00 exactly: seven days
        ("2025-03-10 09:00", "2025-03-17"),
        ("2025-11-28 23:00", "2025-12-01"),  # after the study end, still issued
        ("2025-11-29 00:00", "2025-12-01"),  # an automatic end exactly at the study end
        ("2025-03-28 10:00", "2025-03-31"),  # holiday Mondays issue as well
        ("2025-05-16 10:00", "2025-05-19"),
        ("2025-06-06 10:00", "2025-06-09"),
        ("2025-12-31 10:00", "2026-01-05"),
    ],
)
def test_R102_the_first_monday_after_the_pass(finalised, monday):
    assert rules.available_from(at(finalised)).value == at(monday)


def test_R102_the_date_explains_itself():
    why = rules.available_from(at("2025-03-10 09:00"))
    assert [step.code for step in why.steps] == ["step.passed", "step.same_monday", "step.next_monday"]
    assert why.steps[0].params["at"] == "2025-03-10T09:00:00+03:00"


def test_R103_the_batch_of_a_monday_ends_with_sunday():
    for now in ("2025-03-10", "2025-03-10 00:01", "2025-03-16 23:59:59.999999"):
        assert at("2025-03-09 23:59:59.999999") < rules.due_before(at(now)) == at("2025-03-10")
    assert rules.due_before(at("2025-03-09 23:59:59.999999")) == at("2025-03-03")


@given(INSTANTS, INSTANTS)
def test_R104_the_set_based_test_is_the_same_rule(finalised, now):
    monday = rules.available_from(finalised).value
    assert (finalised < rules.due_before(now)) == (monday <= now)
    assert monday - timedelta(days=7) <= finalised < monday


def test_D15_a_fail_turned_by_a_regrade_waits_for_the_monday_after_the_regrade():
    turned = rules.available_from(at("2025-03-05 10:00"), regraded_at=at("2025-04-16 15:00"))
    assert turned.value == at("2025-04-21")
    assert turned.steps[0].code == "step.regraded"


def test_R108_180_days_from_the_monday():
    (window,) = rules.display_windows(at("2025-03-10"), VIEW)
    assert window.last_day == at("2025-09-05").date()
    assert window.end == at("2025-09-06")


def test_R122_the_worked_journey_ends_on_12_july():
    monday = rules.available_from(at("2025-01-09 11:20")).value
    (window,) = rules.display_windows(monday, VIEW)
    assert (window.end, window.last_day) == (at("2025-07-12"), at("2025-07-11").date())


def test_R110_a_payment_opens_180_days_from_the_payment_and_may_be_repeated():
    paid = [at("2025-09-08 14:30"), at("2027-01-04 09:00")]
    windows = rules.display_windows(at("2025-03-10"), VIEW, reversed(paid))
    assert [window.start for window in windows[1:]] == paid
    assert windows[1].end == at("2026-03-07 14:30")


def test_R110_a_second_payment_while_viewable_is_a_duplicate_and_not_stacked():
    first = rules.display_windows(at("2025-03-10"), VIEW, [at("2025-09-08 14:30")])
    for paid in ("2025-09-08 14:31", "2025-04-01", "2025-03-09", "2026-03-07 14:29:59.999999"):
        assert rules.display_windows(at("2025-03-10"), VIEW, [at("2025-09-08 14:30"), at(paid)]) == first
    assert len(rules.display_windows(at("2025-03-10"), VIEW, [at("2025-09-08 14:30"), first[-1].end])) == 3


def test_R109_the_button_stands_only_when_the_display_has_expired():
    windows = rules.display_windows(at("2025-03-10"), VIEW)
    before, first, last, after = (
        Display(windows, at(t)) for t in ("2025-03-09 23:59:59", "2025-03-10", "2025-09-05 23:59:59", "2025-09-06")
    )
    assert [d.can_renew for d in (before, first, last, after)] == [False, False, False, True]
    assert [d.is_viewable for d in (before, first, last, after)] == [False, True, True, False]
    assert not Display(windows, at("2025-09-06"), revoked=True).can_renew
    assert [d.status for d in (before, first, last, after)] == ["scheduled", "viewable", "viewable", "view_expired"]
    assert Display(windows, at("2025-04-01"), revoked=True).status == "revoked"

    rules.check_viewable(first)
    rules.check_renewable(after)
    with refusal("certificate.not_yet"):
        rules.check_viewable(before)
    with refusal("certificate.view_expired"):
        rules.check_viewable(after)
    with refusal("certificate.still_viewable"):
        rules.check_renewable(last)
    with refusal("certificate.not_yet"):
        rules.check_renewable(before)


def test_R114_a_revoked_certificate_is_neither_seen_nor_paid_for():
    revoked = Display(rules.display_windows(at("2025-03-10"), VIEW), at("2025-04-01"), revoked=True)
    assert not revoked.is_viewable
    for check in (rules.check_viewable, rules.check_renewable):
        with refusal("certificate.revoked"):
            check(revoked)


@given(INSTANTS, st.lists(INSTANTS, max_size=8), INSTANTS, st.integers(1, 400))
def test_R108_R110_windows_never_overlap_and_payments_never_get_lost(start, paid, now, days):
    windows = rules.display_windows(start, days, paid)
    assert all(left.end <= right.start for left, right in pairwise(windows))
    assert all(window.end - window.start == timedelta(days=days) for window in windows)
    starts = {window.start for window in windows}
    assert all(p in starts or p < start or any(window.contains(p) for window in windows) for p in paid)
    display = Display(windows, now)
    assert [display.is_scheduled, display.is_viewable, display.can_renew].count(True) == 1


def test_numbers():
    assert rules.number("DDTA", 2025, 4217) == "DDTA-2025-004217"
    assert rules.number("DDTA", 2025, 1_234_567) == "DDTA-2025-1234567"
    assert rules.issue_year(datetime(2024, 12, 31, 22, tzinfo=UTC)) == 2025


REASON = "Adayın mesleğe ilişkin beyanı gerçek değildir."


def ask(**changes: object) -> str:
    return rules.check_request(
        **{
            "invalid": False,
            "certified": True,
            "pending": False,
            "ground": "false_statement",
            "reason": REASON,
            **changes,
        }
    )


def test_R114_R115_revocation_needs_a_kind_and_a_reason_and_is_asked_once_at_a_time():
    assert ask(reason=f" {REASON} ") == REASON
    for code, changes in (
        ("certificate.revoked", {"invalid": True}),
        ("certificate.application_invalid", {"invalid": True, "certified": False}),
        ("certificate.revocation_pending", {"pending": True}),
        ("certificate.ground_missing", {"ground": "typing_error"}),
        ("certificate.reason_short", {"reason": "yalan" + " " * 50}),
        ("certificate.reason_long", {"reason": "a" * 2001}),
    ):
        with refusal(code):
            ask(**changes)


def test_R114_four_eyes():
    asked, other = 7, 8
    decide = rules.decide
    assert decide(Revocation.REQUESTED, Decision.CONFIRM, requested_by=asked, decided_by=other) == "confirmed"
    assert decide(Revocation.REQUESTED, Decision.REFUSE, requested_by=asked, decided_by=other) == "refused"
    for decision in Decision:
        with refusal("certificate.revocation_same_person"):
            decide(Revocation.REQUESTED, decision, requested_by=asked, decided_by=asked)
        for state in (Revocation.CONFIRMED, Revocation.REFUSED):
            with refusal("certificate.revocation_decided"):
                decide(state, decision, requested_by=asked, decided_by=other)
