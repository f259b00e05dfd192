from datetime import UTC, datetime, timedelta

import pytest

from lms.membership.rules import sessions
from lms.membership.rules.sessions import Kind

NOW = datetime(2025, 3, 3, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("channel", "staff", "idle", "absolute"),
    [
        ("web", False, timedelta(minutes=60), timedelta(hours=12)),
        ("web", True, timedelta(minutes=30), timedelta(hours=10)),
        ("api", False, timedelta(days=7), timedelta(days=30)),
    ],
)
def test_V7_3_idle_and_absolute_ends(channel, staff, idle, absolute):
    kind = sessions.kind_of(channel, staff=staff)
    expires_at = sessions.absolute_end(kind, NOW)
    assert sessions.ends_at(kind, seen_at=NOW, expires_at=expires_at) == NOW + idle
    late = NOW + absolute - timedelta(minutes=1)
    assert sessions.ends_at(kind, seen_at=late, expires_at=expires_at) == NOW + absolute


def test_V7_3_an_exam_extends_the_idle_end_and_never_the_absolute_one():
    expires_at = sessions.absolute_end(Kind.MEMBER, NOW)
    for exam_end, ends_at in (
        (NOW + timedelta(hours=2), NOW + timedelta(hours=2, minutes=10)),
        (NOW + timedelta(hours=13), NOW + timedelta(hours=12)),
    ):
        seen_at = sessions.seen_while_busy(Kind.MEMBER, exam_end)
        assert sessions.ends_at(Kind.MEMBER, seen_at=seen_at, expires_at=expires_at) == ends_at


def test_seen_at_is_written_now_and_then():
    assert not sessions.needs_touch(Kind.MEMBER, NOW, NOW + timedelta(minutes=4, seconds=59))
    assert sessions.needs_touch(Kind.MEMBER, NOW, NOW + timedelta(minutes=5))
    assert not sessions.needs_touch(Kind.MEMBER, NOW + timedelta(hours=1), NOW)
