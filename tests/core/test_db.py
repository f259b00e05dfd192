"""Portable writes."""

from lms.core.db import insert_ignore
from lms.learning.models import LearnerClock
from tests import factories


def test_insert_ignore_tells_how_many_rows_are_new_on_both_databases(app, now):
    people = [factories.member().id for _ in range(3)]
    rows = [{"member_id": member, "last_beat_at": now(), "slack_ms": 0, "session": ""} for member in people]
    assert insert_ignore(LearnerClock, rows[:1], ["member_id"]) == 1
    assert insert_ignore(LearnerClock, rows[:1], ["member_id"]) == 0
    assert insert_ignore(LearnerClock, rows, ["member_id"]) == 2
    assert insert_ignore(LearnerClock, []) == 0
