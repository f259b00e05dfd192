"""A candidate whose training is complete, a bank to draw from, and short ways to the acts."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from lms.core import clock
from lms.core.access import Actor
from lms.core.db import db, transaction
from lms.enrolment.models import Application
from lms.exams.services import attempts as services
from lms.learning.models import Training
from lms.membership.models import Member
from tests import factories
from tests.conftest import TestClock, civil


class Candidate:
    """One person with one application, as the exam sees them."""

    def __init__(self, now: TestClock, application: Application) -> None:
        self.now = now
        self.application = application
        self.member: Member = application.member
        self.actor: Actor = self.member.actor()

    def code(self, ordinal: int = 1) -> str:
        return f"{self.application.code}-{ordinal}"

    def exams(self) -> list[services.Exam]:
        return services.attempts_of(self.actor, now=self.now())

    def statuses(self) -> list[str]:
        return [exam.status for exam in self.exams()]

    def start(self, ordinal: int = 1) -> services.Paper:
        with transaction():
            return services.start(self.code(ordinal), actor=self.actor, now=self.now())

    def save(self, number: int, option: str | None, seq: int | None = None, ordinal: int = 1) -> services.Saved:
        with transaction():
            return services.save_answer(self.code(ordinal), number, option, actor=self.actor, now=self.now(), seq=seq)

    def key(self, ordinal: int = 1) -> dict[int, str]:
        return {int(number): letter for number, letter in services.demo_key(self.code(ordinal)).items()}

    def answer(self, correct: int, ordinal: int = 1) -> None:
        """`correct` right answers, the rest wrong."""
        for number, letter in self.key(ordinal).items():
            wrong = "ABCD"[("ABCD".index(letter) + 1) % 4]
            self.save(number, letter if number <= correct else wrong, ordinal=ordinal)

    def complete(self, ordinal: int = 1) -> services.Result:
        with transaction():
            return services.complete(self.code(ordinal), actor=self.actor, now=self.now())

    def sit(self, correct: int, ordinal: int = 1, at: str | None = None) -> services.Result:
        if at:
            self.now.set(at)
        self.start(ordinal)
        self.answer(correct, ordinal)
        return self.complete(ordinal)

    def outcome(self) -> tuple[str | None, datetime | None]:
        db.session.flush()
        db.session.refresh(self.application)
        return self.application.outcome, self.application.outcome_at


def trained(application: Application, at: datetime) -> Training:
    release = factories.release()
    training = Training(
        application_id=application.id,
        member_id=application.member_id,
        release_id=release.id,
        started_at=at,
        completed_at=at,
    )
    db.session.add(training)
    db.session.flush()
    return training


@pytest.fixture
def bank(app: Any) -> None:
    app.jinja_env.globals.setdefault("demo_now", clock.now)
    factories.questions(40)


@pytest.fixture
def candidate(app: Any, now: TestClock, bank: None) -> Candidate:
    """The training was completed on Thursday 6 March 2025 at 11:00; it is now."""
    now.set("2025-03-06 11:00")
    application = factories.application(at=civil("2025-03-04 09:00"))
    trained(application, now())
    db.session.commit()
    return Candidate(now, application)


@pytest.fixture
def count_statements() -> Callable[[], Any]:
    from contextlib import contextmanager

    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    @contextmanager
    def counting() -> Any:
        seen: list[str] = []

        def note(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")):
                seen.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(Engine, "before_cursor_execute", note)

    return counting


@pytest.fixture
def failed(candidate):
    """The candidate after three fails."""
    candidate.sit(0, at="2025-03-08 12:00")
    candidate.sit(0, ordinal=2, at="2025-03-16 12:00")
    candidate.sit(0, ordinal=3, at="2025-03-17 09:00")
    return candidate
