"""Two at the same instant, with real commits: on SQLite one waits for the other, on PostgreSQL the row decides."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from lms.audit.models import AuditEntry
from lms.core.access import Actor
from lms.core.db import db, transaction
from lms.core.errors import Conflict
from lms.enrolment.models import Application
from lms.exams import jobs
from lms.exams.models import Answer, AnswerEvent, Attempt, PaperItem
from lms.exams.rules.extension import Scope
from lms.exams.services import annulment, extension, items
from lms.exams.services import attempts as services
from lms.terms.models import Term
from tests import factories
from tests.conftest import civil
from tests.exams.conftest import trained
from tests.together import named_at_once

NOW = civil("2025-03-06 14:00")


class World:
    """A candidate before the first exam, on a database of its own."""

    def __init__(self, app: Any) -> None:
        self.app = app
        with app.app_context():
            factories.questions(40)
            application = factories.application(at=civil("2025-03-04 09:00"))
            trained(application, NOW)
            self.actor, self.code, self.application_id = (
                application.member.actor(),
                f"{application.code}-1",
                application.id,
            )
            db.session.commit()

    def act(self, work: Callable[[], Any]) -> Any:
        with self.app.app_context(), transaction():
            return work()

    def start(self) -> services.Paper:
        return self.act(lambda: services.start(self.code, actor=self.actor, now=NOW))

    def save(self, number: int, option: str, seq: int | None, at: Any = NOW) -> Any:
        return self.act(lambda: services.save_answer(self.code, number, option, actor=self.actor, now=at, seq=seq))

    def complete(self, at: Any = NOW) -> Any:
        return self.act(lambda: services.complete(self.code, actor=self.actor, now=at))

    def settle(self, at: Any) -> int:
        with self.app.app_context():
            return jobs.settle_overdue(at)

    def count(self, model: type) -> int:
        return self.act(lambda: db.session.scalar(select(func.count()).select_from(model)))

    def attempt(self) -> Attempt:
        return self.act(lambda: db.session.scalars(select(Attempt)).one())

    def acts(self) -> list[str]:
        return self.act(
            lambda: list(db.session.scalars(select(AuditEntry.act).where(AuditEntry.subject_code == self.code).order_by(AuditEntry.act)))
        )  # fmt: skip


@pytest.fixture
def world(live_database: Callable[[], Any]) -> World:
    return World(live_database())


def together(*works: Callable[[], Any]) -> list[Any]:
    """All at once; what each answered or raised, in the order given."""
    gate = threading.Barrier(len(works))
    answers: list[Any] = [None] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        gate.wait()
        try:
            answers[place] = work()
        except Exception as error:
            answers[place] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_R086_twelve_starts_make_one_attempt_and_one_paper(world):
    papers = together(*[world.start] * 12)
    assert all(isinstance(paper, services.Paper) for paper in papers), papers
    assert len({str(paper.questions) for paper in papers}) == 1
    assert (world.count(Attempt), world.count(PaperItem)) == (1, 10)
    assert world.acts() == ["exams.started"]


def test_D21_saves_of_two_devices_are_ordered_and_none_is_half_stored(world):
    world.start()
    works = [lambda n=n, o=o: world.save(n, o, None) for n in range(1, 9) for o in "AB"]
    saved = together(*works)
    assert sorted(s.seq for s in saved) == list(range(1, 17))
    assert (world.count(AnswerEvent), world.count(Answer)) == (16, 8)
    assert world.attempt().last_seq == 16


def test_D21_the_same_number_from_two_devices_is_accepted_once(world):
    world.start()
    saved = together(*[lambda o=o: world.save(1, o, 1) for o in "ABCD"])
    assert sum(s.saved for s in saved) == 1
    assert world.count(AnswerEvent) == 1


def test_R090_two_completes_end_once_with_the_same_answer(world):
    world.start()
    results = together(*[world.complete] * 6)
    assert all(result == results[0] for result in results), results
    assert world.acts() == ["exams.completed", "exams.started"]


@pytest.mark.parametrize("round_", range(3))
def test_a_save_beside_the_finish_counts_or_is_refused_never_both(world, round_):
    world.start()
    key = world.act(lambda: services.demo_key(world.code))
    saves = [lambda n=n: world.save(n, key[str(n)], None) for n in range(1, 8)]
    *saved, result = together(*saves, world.complete)
    kept = sum(isinstance(answer, services.Saved) for answer in saved)
    refused = [answer for answer in saved if not isinstance(answer, services.Saved)]
    assert all(isinstance(answer, Conflict) and answer.code == "exam.closed" for answer in refused)
    assert result.correct == kept == world.count(AnswerEvent) == world.count(Answer)


def test_R088_a_save_in_the_last_moment_beside_the_job(world):
    paper = world.start()
    key = world.act(lambda: services.demo_key(world.code))
    in_time, over = paper.ends_at + timedelta(seconds=1.999), paper.ends_at + timedelta(seconds=2)
    saves = [lambda n=n: world.save(n, key[str(n)], None, in_time) for n in range(1, 8)]
    *saved, _settled = together(*saves, lambda: world.settle(over))
    world.settle(over)
    attempt = world.attempt()
    assert attempt.correct == sum(isinstance(answer, services.Saved) for answer in saved) == world.count(Answer)
    assert attempt.finalised_at == paper.ends_at


def test_two_jobs_and_a_late_finish_settle_once(world):
    paper = world.start()
    late = paper.ends_at + timedelta(hours=1)
    together(*[lambda: world.settle(late)] * 4, lambda: world.complete(late))
    assert world.acts() == ["exams.expired", "exams.started"]
    assert world.attempt().finalised_at == paper.ends_at


def test_R013_two_lapse_jobs_close_an_application_once(world):
    after = civil("2025-12-01 00:00")

    def lapse() -> int:
        with world.app.app_context():
            return jobs.lapse_applications(after)

    assert sorted(together(lapse, lapse, lapse)) == [0, 0, 1]
    assert world.act(lambda: db.session.get(Application, world.application_id).outcome) == "lapsed"


def test_of_two_items_annulled_at_once_both_are_credited(world):
    world.start()
    world.complete()
    versions = world.act(
        lambda: db.session.scalars(select(PaperItem.question_version_id).order_by(PaperItem.number)).all()
    )
    manager = Actor(kind="staff", label="Deneme Yönetici", role="manager")

    def annul(version: int) -> None:
        items.annul(version, reason="Sorunun iki doğru şıkkı olduğu anlaşıldı.", actor=manager, now=NOW)

    other = threading.Thread(target=lambda: world.act(lambda: annul(versions[1])))

    def first() -> None:
        annul(versions[0])
        other.start()
        other.join(0.5)  # it waits for this one's rows

    world.act(first)
    other.join()
    assert world.attempt().credited == 2


def test_R098_two_decisions_about_one_exam_are_one(world):
    world.start()
    world.complete()
    with world.app.app_context():
        one, other = (factories.member(staff_role="manager", first_name=name).actor() for name in ("Ada", "Ece"))
        db.session.commit()

    def decide(kind: str, cause: str, actor: Actor) -> Callable[[], Any]:
        words = {"kind": kind, "cause": cause, "reason": "Sunucu kayıtlarında kesinti görülüyor."}
        at = NOW + timedelta(minutes=5)
        return lambda: world.act(lambda: annulment.annul(world.code, **words, actor=actor, now=at))

    answers = together(decide("technical", "outage", one), decide("misconduct", "leak", other))
    assert [a.code for a in answers if isinstance(a, Conflict)] == ["exam.annul_by"], answers
    assert world.acts().count("exams.annulled") == 1


def test_R127_a_payment_that_is_completed_does_not_wait_for_an_extension(world: World) -> None:
    with world.app.app_context(), transaction():
        code = db.session.scalars(select(Term.code)).one()
        wanted = extension.Wanted(civil("2025-12-13 00:00"), Scope.ALL)
        token, actor = extension.plan(code, wanted, now=NOW).token, factories.member(staff_role="manager").actor()
        assert extension.extend(code, wanted, reason="Kesinti: iki hafta", token=token, actor=actor, now=NOW) == 1
        assert named_at_once(Term.version, Term.code == code) == 1
