"""The seconds that count: worked cases of R064, R069, R073-R077, and properties that no sequence of reports may break."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.core.errors import Conflict, Invalid, NotFound
from lms.learning import rules
from lms.learning.rules import Claim, Pulse

T0 = datetime(2025, 3, 3, 6, 0, tzinfo=UTC)
DURATION = 120

second = st.integers(0, 150)
ranges = st.lists(st.tuples(second, second).map(lambda pair: tuple(sorted(pair))), max_size=6)


def seconds_of(found):
    return {s for start, end in found for s in range(start, end)}


def claim(played, *, session="a", seq=2, rate=1.0):
    return Claim(session, seq, rules.union(played), 0, rate)


def judge(played, elapsed, *, watched=(), rate=1.0, slack=2000, session="a", opening=False, by="a"):
    return rules.credit(
        claim(played, session=session, rate=rate),
        watched,
        DURATION,
        Pulse(T0, slack, by),
        opening=opening,
        now=T0 + timedelta(seconds=elapsed),
    )


# --- sets ---------------------------------------------------------------------------------------------------------


@given(ranges, ranges)
def test_R069_union_is_the_set_of_all_seconds_in_any_order(a, b):
    assert seconds_of(rules.union(a, b)) == seconds_of(a) | seconds_of(b)
    assert rules.union(a, b) == rules.union(b, a) == rules.union(rules.union(a, b), a)
    assert all(x[1] < y[0] for x, y in zip(rules.union(a, b), rules.union(a, b)[1:], strict=False))


@given(ranges, ranges)
def test_subtract_leaves_what_is_not_taken(a, b):
    assert seconds_of(rules.subtract(a, b)) == seconds_of(a) - seconds_of(b)


@given(ranges)
def test_R074_gaps_and_watched_make_the_whole(a):
    watched = rules.clip(a, DURATION)
    assert rules.length(watched) + rules.length(rules.gaps(watched, DURATION)) == DURATION
    assert (rules.percent(rules.length(watched), DURATION) == 100) == (not rules.gaps(watched, DURATION))


def test_R074_percent_is_floored():
    assert rules.percent(999, 1000) == 99
    assert rules.percent(1000, 1000) == 100
    assert rules.percent(0, 0) == 0


def test_R073_resume_at_the_last_position_or_the_first_gap():
    assert rules.resume_at([(0, 40)], 40, 120) == 40
    assert rules.resume_at([(0, 40), (60, 120)], 120, 120) == 40
    assert rules.resume_at([(0, 40), (60, 120)], 90, 120) == 40  # nothing is open after 90
    assert rules.resume_at([(0, 120)], 77, 120) == 0
    assert rules.resume_at([], 0, 120) == 0


# --- credit -------------------------------------------------------------------------------------------------------


def test_R074_first_report_of_a_session_credits_nothing():
    opened = rules.credit(claim([(0, 100)]), (), DURATION, None, opening=True, now=T0)
    assert opened.credited == ()
    assert opened.pulse == Pulse(T0, 2000, "a")
    assert judge([(0, 100)], 50, opening=True).credited == ()


def test_R074_credit_is_bounded_by_elapsed_time_rate_and_two_seconds():
    assert judge([(0, 10)], 10).credited == ((0, 10),)
    assert judge([(0, 100)], 10).credited == ((0, 12),)
    assert judge([(0, 100)], 10, rate=2).credited == ((0, 22),)
    assert judge([(0, 100)], 10, rate=16).credited == ((0, 22),)
    assert judge([(0, 100)], 10, rate=0.5).credited == ((0, 7),)
    assert judge([(0, 100)], -5).credited == ((0, 2),)


def test_R074_the_cut_keeps_the_earliest_new_seconds():
    assert judge([(0, 5), (50, 60)], 6, watched=((0, 3),)).credited == ((3, 5), (50, 56))
    assert judge([(100, 500)], 60).credited == ((100, 120),)


def test_R074_the_two_seconds_are_not_a_gift_with_every_report():
    pulse, watched = Pulse(T0, 2000, "a"), ()
    for number in range(1, 101):
        verdict = rules.credit(
            claim([(0, 120)]), watched, DURATION, pulse, opening=False, now=T0 + timedelta(milliseconds=100 * number)
        )
        pulse, watched = verdict.pulse, rules.union(watched, verdict.credited)
    assert rules.length(watched) <= 10 + 2


def test_two_devices_are_told_about_each_other():
    assert judge([(0, 10)], 10, session="b", by="a").elsewhere
    assert not judge([(0, 10)], 60, session="b", by="a").elsewhere
    assert not judge([(0, 10)], 10).elsewhere


reports = st.lists(
    st.tuples(st.sampled_from("abc"), ranges, st.floats(0, 30), st.sampled_from([0.5, 1.0, 1.5, 2.0, 16.0])),
    max_size=25,
)


@given(reports)
def test_R074_no_sequence_of_reports_from_any_devices_beats_the_clock(run):
    now, pulse, opened = T0, None, set()
    watched, last_percent = (), 0
    for session, played, pause, rate in run:
        now += timedelta(seconds=pause)
        before = rules.length(watched)
        verdict = rules.credit(
            claim(played, session=session, rate=rate), watched, DURATION, pulse, opening=session not in opened, now=now
        )
        since = now - pulse.at if pulse else timedelta(0)
        opened.add(session)
        watched = rules.union(watched, verdict.credited)
        gained = rules.length(watched) - before
        assert gained == rules.length(verdict.credited) <= since.total_seconds() * min(rate, 2) + 2
        assert seconds_of(verdict.credited) <= seconds_of(rules.clip(played, DURATION))
        percent = rules.percent(rules.length(watched), DURATION)
        assert percent >= last_percent
        last_percent, pulse = percent, verdict.pulse
    assert rules.length(watched) <= (now - T0).total_seconds() * 2 + 2


@given(st.lists(st.floats(9.2, 10.8), min_size=13, max_size=13))
def test_an_honest_player_on_a_shaky_network_loses_nothing(pauses):
    """Ten seconds played, reported late or early; what was cut is claimed again: all is credited in the end."""
    now, pulse, watched, played = T0, Pulse(T0, 2000, "a"), (), 0
    for pause in [*pauses, 10, 10]:
        now += timedelta(seconds=pause)
        played = min(DURATION, played + 10)
        verdict = rules.credit(
            claim(rules.subtract([(0, played)], watched)), watched, DURATION, pulse, opening=False, now=now
        )
        pulse, watched = verdict.pulse, rules.union(watched, verdict.credited)
    assert watched == ((0, DURATION),)


# --- reports as they come in --------------------------------------------------------------------------------------


def test_a_report_is_read_strictly():
    good = {"session": "s-1", "seq": 3, "played": [[0, 5], [4, 9]], "position": 9, "rate": 1.25}
    assert Claim.parse(good) == Claim("s-1", 3, ((0, 9),), 9, 1.25)


@pytest.mark.parametrize(
    "change",
    [
        {"session": ""}, {"session": "x" * 41}, {"session": "a b"}, {"session": 5}, {"seq": -1}, {"seq": True}, {"seq": 1.5}, {"seq": 2**31},
        {"played": None}, {"played": [[5, 4]]}, {"played": [[0.5, 1]]}, {"played": [[0, 1, 2]]}, {"played": [[-1, 2]]}, {"played": "0-5"},
        {"played": [[0, 10**7]]}, {"played": [[0, 1]] * 201}, {"position": -1}, {"position": "1"}, {"rate": 0}, {"rate": float("nan")},
        {"rate": 17}, {"rate": "1"}, {"rate": True},
    ],
)  # fmt: skip
def test_a_malformed_report_is_refused_with_the_field(change):
    data = {"session": "s", "seq": 1, "played": [[0, 1]], "position": 0, "rate": 1, **change}
    with pytest.raises(Invalid) as refused:
        Claim.parse(data)
    assert refused.value.code == "progress.malformed"
    assert refused.value.params == {"field": next(iter(change))}
    with pytest.raises(Invalid):
        Claim.parse([data])


# --- when ---------------------------------------------------------------------------------------------------------

ASSIGNED = T0
STUDY_TO = datetime(2025, 11, 28, 21, 0, tzinfo=UTC)


def test_R064_training_is_there_from_its_instant_without_a_job():
    just_before = ASSIGNED - timedelta(microseconds=1)
    with pytest.raises(Conflict) as early:
        rules.check_access(ASSIGNED, STUDY_TO, None, just_before)
    assert early.value.code == "training.not_yet"
    rules.check_access(ASSIGNED, STUDY_TO, None, ASSIGNED)
    assert rules.status(ASSIGNED, None, started=False, now=just_before) == "scheduled"
    assert rules.status(ASSIGNED, None, started=False, now=ASSIGNED) == "assigned"
    assert rules.status(ASSIGNED, None, started=True, now=ASSIGNED) == "in_progress"


def test_R077_review_until_the_study_ends():
    rules.check_access(ASSIGNED, STUDY_TO, "passed", STUDY_TO - timedelta(microseconds=1))
    with pytest.raises(Conflict) as late:
        rules.check_access(ASSIGNED, STUDY_TO, "passed", STUDY_TO)
    assert late.value.code == "training.closed"
    assert rules.status(ASSIGNED, ASSIGNED, started=True, now=STUDY_TO) == "completed"


def test_an_invalid_application_has_no_training():
    with pytest.raises(NotFound):
        rules.check_access(ASSIGNED, STUDY_TO, "invalid", ASSIGNED)


def test_R009_progress_counts_in_an_open_application_only():
    assert rules.counts(ASSIGNED, None, ASSIGNED)
    assert not rules.counts(ASSIGNED, "failed", ASSIGNED)
    assert not rules.counts(ASSIGNED, None, ASSIGNED - timedelta(seconds=1))
