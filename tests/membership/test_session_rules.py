from datetime import UTC, datetime, timedelta

import pytest

from lms.membership.rules import sessions
from lms.membership.rules.sessions import Kind

NOW = datetime(2025, 3, 3, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "idle", "absolute"),
    [
        (Kind.MEMBER, timedelta(minutes=60), timedelta(hours=12)),
        (Kind.STAFF, timedelta(minutes=30), timedelta(hours=10)),
        (Kind.TOKEN, timedelta(days=7), timedelta(days=30)),
    ],
)
def test_V7_3_idle_and_absolute_ends(kind, idle, absolute):
    assert sessions.ends_at(kind, started_at=NOW, last_seen_at=NOW) == NOW + idle
    late = NOW + absolute - timedelta(minutes=1)
    assert sessions.ends_at(kind, started_at=NOW, last_seen_at=late) == NOW + absolute


def test_V7_3_an_exam_extends_the_idle_end_and_never_the_absolute_one():
    long_exam = NOW + timedelta(hours=2)
    assert sessions.ends_at(
        Kind.MEMBER, started_at=NOW, last_seen_at=NOW, busy_until=long_exam
    ) == long_exam + timedelta(minutes=10)
    beyond = NOW + timedelta(hours=13)
    assert sessions.ends_at(Kind.MEMBER, started_at=NOW, last_seen_at=NOW, busy_until=beyond) == NOW + timedelta(
        hours=12
    )
    past = NOW - timedelta(hours=1)
    assert sessions.ends_at(Kind.MEMBER, started_at=NOW, last_seen_at=NOW, busy_until=past) == NOW + timedelta(hours=1)


def test_last_seen_is_written_now_and_then():
    assert not sessions.needs_touch(NOW, NOW + timedelta(minutes=4, seconds=59))
    assert sessions.needs_touch(NOW, NOW + timedelta(minutes=5))


def test_V7_5_1_a_confirmation_lasts_ten_minutes():
    assert not sessions.is_fresh(None, NOW)
    assert sessions.is_fresh(NOW, NOW)
    assert sessions.is_fresh(NOW, NOW + timedelta(minutes=9, seconds=59))
    assert not sessions.is_fresh(NOW, NOW + timedelta(minutes=10))
    assert not sessions.is_fresh(NOW + timedelta(seconds=1), NOW)
