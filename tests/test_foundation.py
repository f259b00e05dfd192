"""The foundation itself: schema and models agree, transactions, the outer rollback of the test suite."""

from datetime import UTC, datetime

import pytest
from apiflask import APIFlask
from flask_migrate import check
from sqlalchemy import func, select

from lms.core.db import db, insert_ignore, record_apart, transaction
from lms.terms.models import CalendarOverride

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
