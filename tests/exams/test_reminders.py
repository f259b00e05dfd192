"""R013, R096: a training not finished and an exam not sat are called to mind before the study window ends, each once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from lms.core.db import db, transaction
from lms.enrolment.models import Application
from lms.exams import jobs
from lms.learning.models import Training
from lms.notifications.models import OutboxMessage
from lms.notifications.services import compose
from tests import factories
from tests.conftest import civil
from tests.journey.test_views import sat, trained

MOMENTS = (
    "2025-11-21 23:59",
    "2025-11-22 00:00",
    "2025-11-22 01:00",
    "2025-11-27 00:00",
    "2025-11-28 23:00",
    "2025-11-29 00:00",
)


@pytest.fixture
def application(app: APIFlask) -> Application:
    found = factories.application(factories.member(phone="+905321234567"), at=civil("2025-11-03 10:00"))
    db.session.commit()
    return found


def reminded() -> list[int]:
    return [jobs.remind_of_study(civil(moment)) for moment in MOMENTS]


def told() -> list[OutboxMessage]:
    return list(db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def test_R013_a_training_not_finished(application: Application) -> None:
    assert reminded() == [0, 2, 0, 2, 0, 0]  # by mail and by SMS
    mail, sms = told()[0], told()[1]
    assert "henüz tamamlanmadı" in compose(mail).subject
    assert "28 Kasım 2025 Cuma, 23.59" in compose(sms).text
    for row in told():
        for row.language in ("tr", "en"):
            compose(row)


def test_R096_an_open_exam_not_sat(application: Application) -> None:
    trained(application, civil("2025-11-05 10:00"))
    sat(application, 1, civil("2025-11-08 10:00"), 40)
    assert reminded() == [0, 2, 0, 2, 0, 0]
    assert [row.params["ordinal"] for row in told()] == [2, 2, 2, 2]
    assert "Sınavınız sizi bekliyor" in compose(told()[0]).subject


def test_R096_a_right_that_opened_after_the_first_reminder_gets_the_second_only(application: Application) -> None:
    trained(application, civil("2025-11-05 10:00"))
    sat(application, 1, civil("2025-11-21 10:00"), 40)  # the next Monday is the 24th
    assert reminded() == [0, 0, 0, 2, 0, 0]


@pytest.mark.parametrize("what", ["passed", "running", "lost", "closed", "late"])
def test_who_has_nothing_to_do_is_not_reminded(application: Application, what: str) -> None:
    if what == "late":  # whose training opens only after both instants
        application.assigned_at = civil("2025-11-27 10:00")
    elif what == "closed":
        application.outcome, application.outcome_at = "invalid", civil("2025-11-20 10:00")
    else:
        trained(application, civil("2025-11-05 10:00"))
        sat(application, 1, civil("2025-11-24 10:00"), 80 if what == "passed" else 40)
        if what == "passed":
            application.outcome = "passed"
    db.session.commit()
    if what == "running":  # an attempt that runs while the job does
        attempt = application_attempt(application)
        attempt.state, attempt.finalised_at, attempt.score, attempt.passed = "in_progress", None, None, None
        attempt.finished_by = None
        attempt.ends_at = attempt.started_at + timedelta(minutes=20)
        db.session.commit()
        assert jobs.remind_of_study(attempt.started_at + timedelta(minutes=5)) == 0
        return
    if what in ("lost", "passed"):  # the next right lies beyond the window
        assert jobs.remind_of_study(civil("2025-11-27 00:00")) == 0
        return
    assert reminded() == [0] * len(MOMENTS)


def application_attempt(application: Application):
    from lms.exams.models import Attempt

    return db.session.scalars(select(Attempt).where(Attempt.application_id == application.id)).one()


def test_a_term_with_many_is_asked_in_a_few_statements(app: APIFlask) -> None:
    from sqlalchemy import event

    for _ in range(12):
        one = factories.application(at=civil("2025-11-03 10:00"))
        release = factories.release()
        db.session.add(
            Training(application_id=one.id, member_id=one.member_id, release_id=release.id, started_at=one.assigned_at, completed_at=civil("2025-11-05 10:00"))
        )  # fmt: skip
    with transaction():
        db.session.flush()
    seen: list[str] = []
    listener = lambda *args: seen.append(args[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listener)
    try:
        assert jobs.remind_of_study(civil("2025-11-22 00:00")) == 12
    finally:
        event.remove(db.engine, "before_cursor_execute", listener)
    assert len([statement for statement in seen if statement.startswith(("SELECT", "INSERT"))]) <= 8
