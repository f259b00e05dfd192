"""R058, R062: two clicks at the same instant are one application, on a real database with real commits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from apiflask import APIFlask
from sqlalchemy import func, select

from lms.core.access import SYSTEM, Actor
from lms.core.db import db, transaction
from lms.core.errors import Conflict
from lms.enrolment import queries, services
from lms.enrolment.models import Application
from lms.membership.models import Member
from lms.payments.models import Entitlement
from lms.terms import services as terms
from tests import factories
from tests.conftest import civil
from tests.enrolment.test_services import ANSWERS, TERM
from tests.together import named_at_once

CONTENT = Path(__file__).resolve().parents[2] / "content"
CLICKS = 4


def test_R058_clicks_at_the_same_instant_give_one_application(live_database: Callable[[], APIFlask]) -> None:
    app = live_database()
    with app.app_context(), transaction():
        terms.import_content(CONTENT, actor=SYSTEM, now=civil("2025-01-02 09:00"))
        person = factories.member()
        factories.paid(person, terms.current_term(TERM), civil("2025-03-03 09:00"))
        actor = person.actor()
    together = threading.Barrier(CLICKS)
    answers: list[str] = []

    def click(who: Actor) -> None:
        with app.app_context():
            together.wait()
            try:
                with transaction():
                    answers.append(
                        services.submit(ANSWERS, term_code=TERM, actor=who, now=civil("2025-03-03 09:30")).code
                    )
            except Conflict as error:
                answers.append(error.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=click, args=(actor,)) for _ in range(CLICKS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        code = db.session.scalars(select(Application.code)).one()
        assert sorted(answers) == sorted([code] + ["application.exists"] * (CLICKS - 1))
        assert (
            db.session.scalar(select(func.count()).select_from(Entitlement).where(Entitlement.consumed_at.is_(None)))
            == 0
        )


def test_R058_whatever_else_is_written_about_the_member_does_not_wait_for_the_form(
    live_database: Callable[[], APIFlask],
) -> None:
    app = live_database()
    with app.app_context(), transaction():
        member_id = factories.member().id
    with app.app_context(), transaction():
        queries.lock_member(member_id)
        assert named_at_once(Member.id, Member.id == member_id) == member_id
