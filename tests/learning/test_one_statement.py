"""The one statement of PostgreSQL and the rules in Python credit the same (R069, R073, R074)."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lms.core import clock
from lms.core.db import db, is_postgresql
from lms.learning import services
from lms.learning.models import Beat, LearnerClock, LessonProgress
from lms.learning.rules import Claim, union
from lms.membership.credential import open_session
from lms.membership.queries import live_member_values
from tests import factories
from tests.conftest import civil

second = st.integers(0, 100)
reports = st.lists(
    st.tuples(
        st.sampled_from(["phone", "desk"]),
        st.sampled_from(["01-ders", "02-ders"]),
        st.lists(st.tuples(second, second), max_size=4),
        st.integers(0, 120),
        st.sampled_from([0.1, 0.75, 1.0, 1.3, 1.999, 2.0, 16.0]),
        st.integers(-3_000, 40_000),
    ),
    max_size=12,
)


@given(reports)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_R069_R074_one_statement_and_the_rules_give_the_same_credit(app, reports):
    factories.release((60, 90))
    plain, quick = factories.application(), factories.application()
    log_in = live_member_values(open_session(quick.member, channel="api", wall=clock.wall()).token, "api", clock.wall())
    now = civil("2025-01-09 10:00")
    for seq, (session, lesson, played, position, rate, wait_ms) in enumerate(reports):
        now += timedelta(milliseconds=wait_ms)
        claim = Claim(session, seq, union(played), position, rate)
        expected = services.beat(plain.member.actor(), plain.code, lesson, claim, now=now)
        answer = services.beat_at_once(quick.code, lesson, claim, log_in=log_in, now=now)
        if answer is None:
            answer = services.beat(quick.member.actor(), quick.code, lesson, claim, now=now)
        assert answer == expected
        db.session.expire_all()
        assert _stored(plain) == _stored(quick)


def test_R074_a_running_player_is_served_by_the_one_statement(app):
    factories.release((60, 90))
    application = factories.application()
    token = open_session(application.member, channel="api", wall=clock.wall()).token
    log_in = live_member_values(token, "api", clock.wall())
    now, taken = civil("2025-01-09 10:00"), []
    for seq in range(4):
        claim = Claim("phone", seq, ((0, 5), (20, 20 + 5 * seq)), 5, 2.0)
        answer = services.beat_at_once(application.code, "01-ders", claim, log_in=log_in, now=now)
        taken.append(answer is not None)
        if answer is None:
            services.beat(application.member.actor(), application.code, "01-ders", claim, now=now)
        now += timedelta(seconds=5)
    assert taken == ([False, True, True, True] if is_postgresql() else [False] * 4)


def _stored(application):
    pulse = db.session.get(LearnerClock, application.member_id)
    of_training = services.queries.trainings(application.member_id)[0][1].id
    progress = db.session.query(LessonProgress).filter_by(training_id=of_training).order_by(LessonProgress.lesson_id)
    beats = db.session.query(Beat).filter_by(training_id=of_training).order_by(Beat.id)
    return (
        (pulse.last_beat_at, pulse.slack_ms, pulse.session),
        [(row.lesson_id, row.ranges, row.watched, row.position, row.updated_at) for row in progress],
        [(row.session, row.seq, row.at, row.claimed, row.credited, row.answer) for row in beats],
    )
