"""The exam's rules on the worked dates of the guide of 2025."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.core.calendar import ISTANBUL, Window, local
from lms.core.errors import Conflict, Invalid
from lms.exams.rules import exam as rules
from lms.exams.rules.exam import Act, Outcome, Parameters, Request, Sitting, Status

STUDY = Window(datetime(2025, 1, 9, tzinfo=ISTANBUL), datetime(2025, 11, 29, tzinfo=ISTANBUL))
APPLICATION = Window(datetime(2025, 1, 8, tzinfo=ISTANBUL), datetime(2025, 11, 22, tzinfo=ISTANBUL))
PARAMS = Parameters(attempts=3, question_count=10, pass_mark=70, minutes=20, study=STUDY)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ISTANBUL)


def sat(ordinal: int, started: str, finished: str | None = None, correct: int = 0) -> Sitting:
    start = at(started)
    end = rules.ends_at(start, minutes=20, study_end=STUDY.end)
    sitting = Sitting(ordinal, start, end, question_count=10, pass_mark=70, correct=correct)
    return rules.settle(sitting, at(finished)) if finished else sitting


def failed(ordinal: int, finished: str) -> Sitting:
    started = (at(finished) - timedelta(minutes=10)).replace(tzinfo=None).isoformat()
    return sat(ordinal, started, finished, correct=6)


def statuses(standing: rules.Standing) -> list[str]:
    return [right.status.value for right in standing.rights]


# --- the first attempt -------------------------------------------------------------------------------------------


def test_R083_no_exam_before_the_training_is_complete():
    assert rules.standing(PARAMS, None, [], at("2025-05-05T10:00")) == rules.Standing(())


def test_R082_first_attempt_at_the_instant_of_completion_even_on_a_saturday():
    completed = at("2025-03-01T13:37:11")
    standing = rules.standing(PARAMS, completed, [], completed)
    assert statuses(standing) == ["assigned"]
    assert standing.rights[0].available_at == completed
    assert standing.rights[0].available.steps[0].code == "step.training_complete"


def test_R082_training_completed_in_the_last_minute_of_the_study_window_still_gives_the_first_attempt():
    completed = at("2025-11-28T23:59:30")
    assert statuses(rules.standing(PARAMS, completed, [], at("2025-11-28T23:59:59"))) == ["assigned"]
    after = rules.standing(PARAMS, completed, [], STUDY.end)
    assert statuses(after) == ["lapsed"]
    assert (after.outcome, after.outcome_at) == (Outcome.LAPSED, STUDY.end)


# --- Mondays -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("finished", "monday"),
    [
        ("2025-03-02T23:59:59.999999", "2025-03-03T00:00"),  # Sunday's last instant: the very next one
        ("2025-03-03T00:00:00", "2025-03-10T00:00"),  # Monday 00:00 exactly: a week
        ("2025-03-03T10:00:00", "2025-03-10T00:00"),
        ("2025-03-04T09:00:00", "2025-03-10T00:00"),
        ("2025-03-30T12:00:00", "2025-03-31T00:00"),  # holiday Mondays still assign
        ("2025-05-18T12:00:00", "2025-05-19T00:00"),
        ("2025-06-08T12:00:00", "2025-06-09T00:00"),
        ("2025-11-16T23:59:59", "2025-11-17T00:00"),  # R015: the last moment that keeps all three
        ("2025-11-23T23:59:59", "2025-11-24T00:00"),
    ],
)
def test_R091_second_attempt_on_the_monday_strictly_after_the_end(finished, monday):
    assert rules.next_attempt(at(finished)).value == at(monday)


def test_R091_started_on_sunday_and_finished_on_monday_waits_a_week():
    first = sat(1, "2025-03-09T23:50:00", "2025-03-10T00:05:00", correct=3)
    standing = rules.standing(PARAMS, at("2025-03-09T20:00"), [first], at("2025-03-10T00:06"))
    assert statuses(standing) == ["failed", "scheduled"]
    assert standing.rights[1].available_at == at("2025-03-17T00:00")


def test_R091_an_attempt_that_ran_out_counts_from_its_end_however_late_it_is_noticed():
    first = sat(1, "2025-03-09T23:30:00", correct=2)  # ends Sunday 23:50
    standing = rules.standing(PARAMS, at("2025-03-09T20:00"), [first], at("2025-03-12T08:00"))
    assert statuses(standing) == ["failed", "assigned"]
    assert standing.rights[0].sitting.finalised_at == at("2025-03-09T23:50")
    assert standing.rights[1].available_at == at("2025-03-10T00:00")


def test_R091_the_date_explains_itself():
    steps = rules.next_attempt(at("2025-03-10T10:00")).steps
    assert [step.code for step in steps] == ["step.exam_failed", "step.same_monday", "step.next_monday"]


def test_R095_second_attempt_taken_on_its_own_monday_at_ten_past_midnight_waits_a_full_week():
    first = failed(1, "2025-03-05T12:00")
    second = failed(2, "2025-03-10T00:10")
    standing = rules.standing(PARAMS, at("2025-03-04T12:00"), [first, second], at("2025-03-11T12:00"))
    assert statuses(standing) == ["failed", "failed", "scheduled"]
    assert standing.rights[2].available_at == at("2025-03-17T00:00")


@pytest.mark.parametrize("day", ["24", "25", "26", "27", "28"])
def test_R096_a_fail_in_the_last_week_loses_the_next_right_and_says_so_at_once(day):
    first = failed(1, f"2025-11-{day}T12:00")
    now = at(f"2025-11-{day}T12:00:01")
    standing = rules.standing(PARAMS, at("2025-11-24T01:00"), [first], now)
    assert statuses(standing) == ["failed"]
    assert standing.missed.value == at("2025-12-01T00:00")
    assert standing.missed.steps[-1].code == "step.after_study_end"
    assert standing.outcome is None
    after = rules.standing(PARAMS, at("2025-11-24T01:00"), [first], STUDY.end)
    assert (after.outcome, after.outcome_at) == (Outcome.LAPSED, STUDY.end)


def test_R096_an_unused_attempt_lapses_at_the_end_of_the_study_window():
    first = failed(1, "2025-11-10T12:00")
    standing = rules.standing(PARAMS, at("2025-11-10T01:00"), [first], at("2025-12-05T09:00"))
    assert statuses(standing) == ["failed", "lapsed"]
    assert (standing.outcome, standing.outcome_at) == (Outcome.LAPSED, STUDY.end)


def test_R013_an_application_without_a_complete_training_lapses_too():
    before = rules.standing(PARAMS, None, [], STUDY.end - timedelta(microseconds=1))
    after = rules.standing(PARAMS, None, [], STUDY.end)
    assert before.outcome is None
    assert (after.outcome, after.outcome_at, after.rights) == (Outcome.LAPSED, STUDY.end, ())


# --- worked examples over several steps --------------------------------------------------------------------------


def test_R122_pass_twenty_minutes_after_the_training():
    completed = at("2025-01-09T11:00")
    standing = rules.standing(PARAMS, completed, [], completed)
    assert standing.rights[0].available_at == completed
    passed = sat(1, "2025-01-09T11:00", "2025-01-09T11:20", correct=7)
    standing = rules.standing(PARAMS, completed, [passed], at("2025-01-09T11:20"))
    assert (standing.outcome, standing.outcome_at) == (Outcome.PASSED, at("2025-01-09T11:20"))
    assert standing.rights[0].score == 70


def test_R123_three_fails_saturday_sunday_sunday():
    sittings = [failed(1, "2025-03-01T15:00"), failed(2, "2025-03-09T15:00"), failed(3, "2025-03-10T09:00")]
    completed = at("2025-02-28T10:00")
    mondays = [at("2025-03-03T00:00"), at("2025-03-10T00:00")]
    for taken in (1, 2):
        now = sittings[taken - 1].finalised_at
        standing = rules.standing(PARAMS, completed, sittings[:taken], now)
        assert standing.rights[taken].status is Status.SCHEDULED
        assert standing.rights[taken].available_at == mondays[taken - 1]
    standing = rules.standing(PARAMS, completed, sittings, at("2025-03-10T09:00"))
    assert statuses(standing) == ["failed", "failed", "failed"]
    assert (standing.outcome, standing.outcome_at) == (Outcome.FAILED, at("2025-03-10T09:00"))


def test_R080_R098_there_is_no_fourth_attempt():
    sittings = [failed(1, "2025-03-01T15:00"), failed(2, "2025-03-09T15:00"), failed(3, "2025-03-16T09:00")]
    assert rules.standing(PARAMS, at("2025-02-28T10:00"), sittings, at("2025-06-01T00:00")).right(4) is None


def test_R094_after_a_pass_nothing_is_left():
    passed = sat(1, "2025-03-01T12:00", "2025-03-01T12:10", correct=10)
    standing = rules.standing(PARAMS, at("2025-02-28T10:00"), [passed], at("2025-04-01T00:00"))
    assert statuses(standing) == ["passed"]
    assert standing.open_right is None


# --- the clock ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2025-03-01T12:00:00", "2025-03-01T12:20:00"),
        ("2025-11-28T23:40:00", "2025-11-29T00:00:00"),
        ("2025-11-28T23:50:00", "2025-11-29T00:00:00"),
        ("2025-11-28T23:59:59.999", "2025-11-29T00:00:00"),
    ],
)
def test_R013_R084_twenty_minutes_capped_at_the_end_of_the_study_window(start, end):
    assert rules.ends_at(at(start), minutes=20, study_end=STUDY.end) == at(end)


def test_R013_no_start_at_the_end_of_the_study_window():
    with pytest.raises(Conflict, match=r"exam\.lapsed"):
        rules.ends_at(STUDY.end, minutes=20, study_end=STUDY.end)


def test_R013_an_automatic_end_exactly_at_the_end_of_the_window_still_counts():
    passed = sat(1, "2025-11-28T23:50", correct=8)
    just_over = rules.standing(PARAMS, at("2025-11-28T23:00"), [passed], STUDY.end + timedelta(seconds=1))
    assert statuses(just_over) == ["in_progress"]
    assert just_over.outcome is None
    standing = rules.standing(PARAMS, at("2025-11-28T23:00"), [passed], STUDY.end + rules.GRACE)
    assert (standing.outcome, standing.outcome_at) == (Outcome.PASSED, STUDY.end)


def test_R013_the_shortened_time_is_known_before_the_start():
    assert not rules.is_shortened(at("2025-11-28T23:40:00"), PARAMS)
    assert rules.is_shortened(at("2025-11-28T23:40:01"), PARAMS)
    assert rules.allotted(at("2025-11-28T23:50:00"), PARAMS) == timedelta(minutes=10)
    assert rules.allotted(at("2025-11-29T10:00:00"), PARAMS) == timedelta(0)


def test_R088_two_seconds_of_grace_for_the_network():
    end = at("2025-03-01T12:20:00")
    assert rules.accepts_save(end, at("2025-03-01T12:20:01.999"))
    assert not rules.accepts_save(end, at("2025-03-01T12:20:02"))


def test_R088_nobody_settles_before_the_grace_is_over():
    sitting = sat(1, "2025-03-01T12:00:00", correct=9)
    assert not sitting.is_due(at("2025-03-01T12:20:01.999"))
    assert sitting.is_due(at("2025-03-01T12:20:02"))
    with pytest.raises(Conflict, match=r"exam\.settling") as refused:
        rules.check_finish(sitting.ends_at, at("2025-03-01T12:20:00.500"))
    assert refused.value.params == {"retry_ms": 1500}


def test_R085_finish_counts_at_its_instant_or_at_the_end():
    end = at("2025-03-01T12:20:00")
    assert rules.check_finish(end, at("2025-03-01T12:07:00")) == at("2025-03-01T12:07:00")
    assert rules.check_finish(end, at("2025-03-01T13:00:00")) == end


def test_R089_remaining_time_never_goes_below_zero():
    assert rules.remaining_ms(at("2025-03-01T12:20"), at("2025-03-01T12:00:00.250")) == 1_199_750
    assert rules.remaining_ms(at("2025-03-01T12:20"), at("2025-03-01T12:20:00.250")) == 0


# --- score -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("correct", range(11))
def test_R092_ten_points_a_question_and_seventy_passes(correct):
    points = rules.score(correct, 10)
    assert points == 10 * correct
    assert rules.passes(points, 70) is (correct >= 7)


@given(st.integers(1, 60), st.integers(1, 100), st.data())
def test_R092_other_terms_scale_and_never_round_a_fail_into_a_pass(count, mark, data):
    correct = data.draw(st.integers(0, count))
    points = rules.score(correct, count)
    assert 0 <= points <= 100
    assert rules.passes(points, mark) is (100 * correct >= mark * count) is (correct >= rules.needed(count, mark))


# --- acts --------------------------------------------------------------------------------------------------------

REFUSED = {
    (Status.SCHEDULED, Act.START): "exam.not_yet",
    (Status.SCHEDULED, Act.SAVE): "exam.not_yet",
    (Status.ASSIGNED, Act.SAVE): "exam.not_started",
    (Status.ASSIGNED, Act.FINISH): "exam.not_started",
    (Status.PASSED, Act.START): "exam.closed",
    (Status.FAILED, Act.START): "exam.closed",
    (Status.FAILED, Act.SAVE): "exam.closed",
    (Status.LAPSED, Act.START): "exam.lapsed",
    (Status.LAPSED, Act.SAVE): "exam.lapsed",
}


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("act", list(Act))
def test_state_table_allows_or_names_the_error(status, act):
    right = rules.Right(1, status, rules.first_attempt(at("2025-03-10T00:00")))
    if (status, act) in rules.TRANSITIONS:
        rules.check(right, act)
        return
    with pytest.raises(Conflict) as refused:
        rules.check(right, act, study_end=STUDY.end)
    assert refused.value.code == REFUSED.get((status, act), rules.REFUSALS[status])


def test_exam_not_yet_carries_the_date():
    right = rules.Right(2, Status.SCHEDULED, rules.next_attempt(at("2025-03-05T00:00")))
    with pytest.raises(Conflict) as refused:
        rules.check(right, Act.START)
    assert refused.value.params["at"] == at("2025-03-10T00:00")


@pytest.mark.parametrize("option", ["a", "E", "AB", "", "1", "É"])
def test_an_answer_is_one_letter_of_the_options(option):
    with pytest.raises(Invalid, match=r"exam\.no_such_option"):
        rules.check_option(option, 4)


def test_an_answer_may_be_cleared():
    rules.check_option(None, 4)
    rules.check_option("D", 4)


@pytest.mark.parametrize("number", [0, -1, 11])
def test_only_questions_of_the_paper_can_be_answered(number):
    with pytest.raises(Invalid, match=r"exam\.no_such_question"):
        rules.check_number(number, 10)


# --- applying again ----------------------------------------------------------------------------------------------


def request(outcome=Outcome.FAILED, now="2025-03-10T10:00", is_latest=True, open_request=None):
    rules.check_request(outcome, APPLICATION, at(now), is_latest=is_latest, open_request=open_request)


def test_R099_after_three_fails_inside_the_window():
    request()
    request(now="2025-11-21T23:59:59")


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ({"outcome": None}, "reapplication.not_failed"),
        ({"outcome": Outcome.PASSED}, "reapplication.not_failed"),
        ({"outcome": Outcome.LAPSED}, "reapplication.not_failed"),
        ({"now": "2025-11-22T00:00"}, "reapplication.window_closed"),
        ({"open_request": "abc"}, "reapplication.exists"),
        ({"is_latest": False}, "reapplication.newer_application"),
    ],
)
def test_R099_otherwise_no_request(kind, code):
    with pytest.raises(Conflict) as refused:
        request(**kind)
    assert refused.value.code == code


def test_R099_a_request_explains_its_matter():
    assert rules.check_explanation("  Sınavlara yeniden girmek istiyorum. \r\n Teşekkürler.  ").endswith("Teşekkürler.")
    with pytest.raises(Invalid, match=r"reapplication\.too_short"):
        rules.check_explanation("lütfen            ")
    with pytest.raises(Invalid, match=r"reapplication\.too_long"):
        rules.check_explanation("a" * 2001)


def test_R099_decided_once_and_a_rejection_says_why():
    assert rules.decide(Request.REQUESTED, "approve", "") is Request.APPROVED
    assert rules.decide(Request.REQUESTED, "reject", "Belge eksik") is Request.REJECTED
    with pytest.raises(Invalid, match=r"reapplication\.reason_missing"):
        rules.decide(Request.REQUESTED, "reject", " ")
    for status in (Request.APPROVED, Request.REJECTED):
        with pytest.raises(Conflict, match=r"reapplication\.decided"):
            rules.decide(status, "approve", "")


# --- over the years ----------------------------------------------------------------------------------------------

INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(lambda t: t.replace(tzinfo=ISTANBUL))  # noqa: DTZ001


@given(INSTANTS)
def test_R091_the_next_monday_is_a_monday_at_midnight_within_a_week(finished):
    monday = rules.next_attempt(finished).value
    civil = local(monday)
    assert (civil.weekday(), civil.hour, civil.minute, civil.second, civil.microsecond) == (0, 0, 0, 0, 0)
    assert timedelta(0) < monday - finished <= timedelta(days=7)


@given(INSTANTS, st.integers(1, 180), st.timedeltas(timedelta(0), timedelta(days=2)))
def test_R013_a_sitting_never_reaches_over_the_study_window(start, minutes, left):
    end = start + left
    if left == timedelta(0):
        with pytest.raises(Conflict):
            rules.ends_at(start, minutes=minutes, study_end=end)
        return
    closes = rules.ends_at(start, minutes=minutes, study_end=end)
    assert start < closes <= end
    assert closes - start == rules.allotted(
        start, replace(PARAMS, minutes=minutes, study=Window(start - timedelta(days=1), end))
    )
