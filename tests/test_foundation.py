"""The foundation itself: schema and models agree, transactions, the outer rollback of the test suite."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from apiflask import APIFlask
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import func, select, text

from lms.core.db import db, insert_ignore, is_postgresql, record_apart, transaction
from lms.learning.models import LessonProgress, Training
from lms.terms.models import CalendarOverride
from tests import factories

NOW = datetime(2025, 3, 3, 6, 0, tzinfo=UTC)


def _override(day: int) -> dict[str, object]:
    return {"on": NOW.date().replace(day=day), "kind": "holiday", "name": "idari izin", "created_at": NOW}


def _count() -> int:
    return db.session.scalar(select(func.count()).select_from(CalendarOverride)) or 0


def _store_and_fail() -> None:
    with transaction() as session:
        session.add(CalendarOverride(**_override(4)))
        session.flush()
        _ = 1 // 0


def test_models_and_migrations_agree(migrated_app: APIFlask) -> None:
    with migrated_app.app_context():
        check()


def test_a_table_is_altered_under_the_rows_that_point_to_it(live_database: Callable[[], APIFlask]) -> None:
    """SQLite makes an altered table anew; what a candidate watched stays."""
    with live_database().app_context():
        with transaction() as session:
            release, application = factories.release(), factories.application()
            ids = {"application_id": application.id, "member_id": application.member_id, "release_id": release.id}
            training = Training(**ids, started_at=NOW)
            session.add(training)
            session.flush()
            seen = {"ranges": [[0, 5]], "watched": 5, "position": 5, "updated_at": NOW}
            session.add(LessonProgress(training_id=training.id, lesson_id=release.lessons[0].id, **seen))
        db.session.remove()
        downgrade(revision="0004")
        upgrade()
        assert db.session.scalars(select(LessonProgress.watched)).all() == [5]
        if not is_postgresql():
            assert db.session.scalar(text("PRAGMA foreign_keys")) == 1
            assert db.session.execute(text("PRAGMA foreign_key_check")).all() == []
        db.session.remove()


def test_a_transaction_stores_all_or_nothing(app: APIFlask) -> None:
    with transaction() as session:
        session.add(CalendarOverride(**_override(3)))
    with pytest.raises(ZeroDivisionError):
        _store_and_fail()
    assert _count() == 1


def test_an_instant_comes_back_aware(app: APIFlask) -> None:
    with transaction() as session:
        session.add(CalendarOverride(**_override(5)))
    db.session.expire_all()
    row = db.session.scalars(select(CalendarOverride)).one()
    assert row.created_at == NOW
    assert row.created_at.tzinfo is UTC


def test_insert_ignore_counts_what_is_new(app: APIFlask) -> None:
    with transaction():
        assert insert_ignore(CalendarOverride, [_override(6), _override(7)]) == 2
        assert insert_ignore(CalendarOverride, [_override(7), _override(8)]) == 1


def test_what_failed_is_recorded_apart(app: APIFlask) -> None:
    db.session.add(CalendarOverride(**_override(9)))
    record_apart(lambda: db.session.add(CalendarOverride(**_override(10))))
    assert [row.on.day for row in db.session.scalars(select(CalendarOverride))] == [10]


def test_nothing_leaks_between_tests(app: APIFlask) -> None:
    assert _count() == 0
