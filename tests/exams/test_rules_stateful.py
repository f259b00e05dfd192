"""A candidate who does anything at any time, over years: what the rules promise must hold at every moment."""

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lms.core.calendar import Window, local
from lms.core.errors import Conflict
from lms.exams.rules import exam as rules
from lms.exams.rules.exam import Act, Outcome, Parameters, Sitting, Status


class Candidate(RuleBasedStateMachine):
    @initialize(
        start=st.datetimes(datetime(2024, 1, 1), datetime(2034, 1, 1)),  # noqa: DTZ001
        days=st.integers(1, 60),
        attempts=st.integers(1, 4),
        minutes=st.sampled_from([1, 20, 90]),
    )
    def open_term(self, start, days, attempts, minutes):
        start = start.replace(tzinfo=UTC)
        self.params = Parameters(attempts, 10, 70, minutes, Window(start, start + timedelta(days=days)))
        self.now = start
        self.completed_at = None
        self.sittings: list[Sitting] = []
        self.outcome = (None, None)
        self.dates: dict[int, datetime] = {}

    def standing(self):
        return rules.standing(self.params, self.completed_at, self.sittings, self.now)

    @rule(
        gap=st.one_of(
            st.timedeltas(timedelta(0), timedelta(minutes=30)), st.timedeltas(timedelta(0), timedelta(days=9))
        )
    )
    def wait(self, gap):
        self.now += gap

    @rule()
    def wait_for_the_next_date(self):
        right = self.standing().open_right
        if right is not None and right.available_at > self.now:
            self.now = right.available_at

    @rule()
    def wait_for_the_end(self):
        right = self.standing().open_right
        if right is not None and right.sitting is not None:
            self.now = max(self.now, right.sitting.ends_at + rules.GRACE)

    @precondition(lambda self: self.completed_at is None)
    @rule()
    def complete_training(self):
        if self.params.study.contains(self.now):
            self.completed_at = self.now

    @rule()
    def start(self):
        right = self.standing().open_right
        if right is None:
            return
        try:
            rules.check(right, Act.START)
        except Conflict:
            assert right.available_at > self.now
            return
        if right.status is Status.ASSIGNED:
            end = rules.ends_at(self.now, minutes=self.params.minutes, study_end=self.params.study.end)
            self.sittings.append(Sitting(right.ordinal, self.now, end, 10, 70))

    @rule(correct=st.sampled_from([0, 4, 6, 6, 6, 7, 10]))
    def answer(self, correct):
        right = self.standing().open_right
        if right is not None and right.sitting is not None and rules.accepts_save(right.sitting.ends_at, self.now):
            s = self.sittings[-1]
            self.sittings[-1] = Sitting(s.ordinal, s.started_at, s.ends_at, 10, 70, correct)

    @rule()
    def finish(self):
        right = self.standing().open_right
        if right is None or right.sitting is None:
            return
        try:
            when = rules.check_finish(right.sitting.ends_at, self.now)
        except Conflict:
            return
        self.sittings[-1] = rules.settle(self.sittings[-1], when)

    @rule()
    def job(self):
        """The sweep, however late: it may change no date and no result."""
        before = self.standing()
        if self.sittings and self.sittings[-1].is_due(self.now):
            self.sittings[-1] = rules.settle(self.sittings[-1], self.sittings[-1].ends_at)
        assert self.standing() == before

    @invariant()
    def promises_hold(self):
        standing = self.standing()
        assert [r.ordinal for r in standing.rights] == list(range(1, len(standing.rights) + 1))
        assert len(standing.rights) <= self.params.attempts
        assert len(self.sittings) <= len(standing.rights)
        assert all(r.status is Status.FAILED for r in standing.rights[:-1])
        for right in standing.rights:
            assert self.dates.setdefault(right.ordinal, right.available_at) == right.available_at
            assert right.available_at < self.params.study.end
            if right.ordinal > 1:
                assert local(right.available_at).weekday() == 0
            if right.sitting and right.sitting.finalised_at:
                assert right.available_at <= right.sitting.started_at < self.params.study.end
                assert right.sitting.finalised_at <= min(right.sitting.ends_at, self.params.study.end)
        if self.outcome[0] is not None:
            assert (standing.outcome, standing.outcome_at) == self.outcome
        self.outcome = (standing.outcome, standing.outcome_at)
        if standing.outcome is not None:
            assert standing.outcome_at <= self.now
            assert standing.open_right is None
        if standing.outcome is Outcome.FAILED:
            assert len(standing.rights) == self.params.attempts
        if self.now >= self.params.study.end + rules.GRACE:
            assert standing.outcome is not None


Candidate.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, suppress_health_check=[HealthCheck.too_slow]
)
TestCandidate = Candidate.TestCase
