"""R025, R098: an exam annulled by staff: what becomes of the right, the application, the statistics, and who is told."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.audit.models import AuditEntry
from lms.certificates.rules import Decision
from lms.certificates.services import revocation
from lms.core.access import Actor
from lms.core.calendar import Window
from lms.core.db import db, transaction
from lms.core.errors import Conflict, DomainError, FieldErrors
from lms.exams import jobs
from lms.exams.models import Attempt
from lms.exams.queries import statistics
from lms.exams.rules import annulment as rules
from lms.exams.rules import exam as exams
from lms.exams.rules.exam import Annulled, Outcome, Parameters, Right, Sitting, Status
from lms.exams.services import annulment as services
from lms.exams.services import attempts
from lms.notifications.models import OutboxMessage
from lms.notifications.rendering import render
from tests import factories
from tests.conftest import civil
from tests.exams.conftest import Candidate
from tests.membership.helpers import log_in

REASON = "Sunucu 14.05 ile 14.25 arasında yanıt vermedi; kayıtlarda görülüyor."
PARAMS = Parameters(3, 10, 70, 20, Window(civil("2025-01-09 00:00"), civil("2025-11-29 00:00")))
TRAINED = civil("2025-03-05 11:00")  # a Wednesday


def sat(ordinal: int, at: str, *, correct: int = 0, **more: Any) -> Sitting:
    start = civil(at)
    return (
        exams.settle(
            Sitting(ordinal, start, start + timedelta(minutes=20), 10, 70, correct), start + timedelta(minutes=10)
        )
        if not more
        else Sitting(ordinal, start, start + timedelta(minutes=20), 10, 70, correct, **more)
    )


def back(sitting: Sitting, at: str) -> Sitting:
    return rules.annulled(sitting, Annulled.TECHNICAL, civil(at))


def told(standing: exams.Standing) -> list[tuple[int, str, int]]:
    return [(r.ordinal, r.status.value, r.take) for r in standing.rights]


# --- rules -------------------------------------------------------------------------------------------------------


def test_r098_the_first_attempt_comes_back_at_the_decision_while_the_second_waits_for_monday() -> None:
    sittings = [back(sat(1, "2025-03-05 14:00"), "2025-03-06 10:00")]
    found = exams.standing(PARAMS, TRAINED, sittings, civil("2025-03-06 10:00"))
    assert told(found) == [(1, "assigned", 2)]
    assert found.rights[0].available_at == civil("2025-03-06 10:00")
    assert [r.status for r in found.annulled] == [Status.ANNULLED]


def test_r098_no_monday_is_lost_by_a_return() -> None:
    """Sat again before the Monday that the annulled attempt had opened, the next one is that very Monday."""
    sittings = [back(sat(1, "2025-03-05 14:00"), "2025-03-06 10:00"), sat(1, "2025-03-09 23:00")]
    found = exams.standing(PARAMS, TRAINED, sittings, civil("2025-03-10 00:00"))
    assert told(found) == [(1, "failed", 2), (2, "assigned", 1)]
    assert found.rights[1].available_at == civil("2025-03-10 00:00")


def test_r091_the_second_attempt_already_open_gives_way_to_the_returned_first_at_once() -> None:
    sittings = [back(sat(1, "2025-03-05 14:00"), "2025-03-11 09:00")]
    found = exams.standing(PARAMS, TRAINED, sittings, civil("2025-03-11 09:00"))
    assert told(found) == [(1, "assigned", 2)]


def test_r095_the_first_annulled_after_the_second_was_failed() -> None:
    sittings = [back(sat(1, "2025-03-05 14:00"), "2025-03-12 09:00"), sat(2, "2025-03-10 12:00")]
    found = exams.standing(PARAMS, TRAINED, sittings, civil("2025-03-12 09:00"))
    assert told(found) == [(1, "assigned", 2), (2, "failed", 1)]
    again = [*sittings, sat(1, "2025-03-13 09:00")]
    found = exams.standing(PARAMS, TRAINED, again, civil("2025-03-14 09:00"))
    assert told(found) == [(1, "failed", 2), (2, "failed", 1), (3, "scheduled", 1)]
    assert found.rights[2].available_at == civil("2025-03-17 00:00")  # the Monday it would have been anyway


def test_r098_while_the_second_runs_the_returned_first_waits() -> None:
    running = Sitting(2, civil("2025-03-10 12:00"), civil("2025-03-10 12:20"), 10, 70)
    sittings = [back(sat(1, "2025-03-05 14:00"), "2025-03-10 12:10"), running]
    assert told(exams.standing(PARAMS, TRAINED, sittings, civil("2025-03-10 12:10"))) == [(2, "in_progress", 1)]
    found = exams.standing(PARAMS, TRAINED, sittings, civil("2025-03-10 12:30"))
    assert told(found) == [(1, "scheduled", 2), (2, "failed", 1)]
    assert found.rights[0].available_at == civil("2025-03-17 00:00")


def test_r098_three_failures_with_one_returned_are_not_three() -> None:
    three = [sat(1, "2025-03-05 14:00"), sat(2, "2025-03-10 12:00"), sat(3, "2025-03-17 12:00")]
    now = civil("2025-03-18 09:00")
    assert exams.standing(PARAMS, TRAINED, three, now).outcome is Outcome.FAILED
    found = exams.standing(PARAMS, TRAINED, rules.applied(three, three[1], Annulled.TECHNICAL, now), now)
    assert found.outcome is None
    assert found.open_right is not None
    assert (found.open_right.ordinal, found.open_right.take, found.open_right.status) == (2, 2, Status.ASSIGNED)
    again = [*rules.applied(three, three[1], Annulled.TECHNICAL, now), sat(2, "2025-03-19 12:00")]
    ended = exams.standing(PARAMS, TRAINED, again, civil("2025-03-20 09:00"))
    assert (ended.outcome, ended.outcome_at) == (Outcome.FAILED, civil("2025-03-19 12:10"))


def test_r096_a_return_after_the_study_window_opens_nothing() -> None:
    one = sat(1, "2025-11-28 14:00")
    late = civil("2025-12-01 09:00")
    found = exams.standing(PARAMS, TRAINED, rules.applied([one], one, Annulled.TECHNICAL, late), late)
    assert (found.outcome, found.outcome_at, found.rights) == (Outcome.LAPSED, PARAMS.study.end, ())
    assert found.missed is not None


def test_r025_misconduct_fails_the_attempt_at_its_own_end_whatever_the_score() -> None:
    passed = sat(1, "2025-03-05 14:00", correct=9)
    now = civil("2025-03-07 09:00")
    found = exams.standing(PARAMS, TRAINED, rules.applied([passed], passed, Annulled.MISCONDUCT, now), now)
    assert told(found) == [(1, "failed", 1), (2, "scheduled", 1)]
    assert found.rights[1].available_at == civil("2025-03-10 00:00")
    assert found.rights[0].sitting is not None
    assert found.rights[0].sitting.score == 90


def test_a_running_attempt_ends_with_the_decision() -> None:
    running = Sitting(1, civil("2025-03-05 14:00"), civil("2025-03-05 14:20"), 10, 70, 3)
    now = civil("2025-03-05 14:07")
    assert rules.annulled(running, Annulled.TECHNICAL, now).finalised_at == now
    late = civil("2025-03-05 15:00")
    assert rules.annulled(running, Annulled.MISCONDUCT, late).finalised_at == running.ends_at


PASSED = Right(1, Status.PASSED, exams.first_attempt(TRAINED), sat(1, "2025-03-05 14:00", correct=8))
FAILED = Right(1, Status.FAILED, exams.first_attempt(TRAINED), sat(1, "2025-03-05 14:00"))


@pytest.mark.parametrize(
    ("right", "kind", "facts", "code"),
    [
        (PASSED, Annulled.TECHNICAL, {"outcome": "passed"}, "exam.annul_after_pass"),
        (FAILED, Annulled.TECHNICAL, {"outcome": "passed"}, "exam.annul_after_pass"),
        (FAILED, Annulled.TECHNICAL, {"newer": True}, "exam.annul_newer"),
        (FAILED, Annulled.TECHNICAL, {"outcome": "invalid"}, "exam.annul_invalid"),
        (FAILED, Annulled.MISCONDUCT, {"outcome": "invalid"}, "exam.annul_invalid"),
        (PASSED, Annulled.MISCONDUCT, {"now": "2025-03-10 00:00"}, "exam.annul_certified"),
        (Right(1, Status.ASSIGNED, exams.first_attempt(TRAINED)), Annulled.TECHNICAL, {}, "exam.not_started"),
    ],
)
def test_r025_r098_what_may_not_be_annulled(right: Right, kind: Annulled, facts: dict[str, Any], code: str) -> None:
    now = civil(facts.get("now", "2025-03-07 09:00"))
    with pytest.raises(DomainError) as refused:
        rules.check_annul(right, kind, now, outcome=facts.get("outcome"), newer=facts.get("newer", False))
    assert refused.value.code == code


def test_the_cause_belongs_to_the_kind_and_the_reason_can_be_judged() -> None:
    assert rules.check_words("technical", "outage", f"  {REASON} ") == rules.Words(Annulled.TECHNICAL, "outage", REASON)
    for kind, cause, reason, wrong in (
        ("technical", "impersonation", REASON, ["cause"]),
        ("misconduct", "leak", "kısa", ["reason"]),
        ("", "", "", ["kind", "cause", "reason"]),
    ):
        with pytest.raises(FieldErrors) as refused:
            rules.check_words(kind, cause, reason)
        assert refused.value.fields == {name: f"exam.annul_{name}" for name in wrong}


# --- services ----------------------------------------------------------------------------------------------------


def manager() -> Actor:
    return factories.member(staff_role="manager", first_name="Ece", last_name="Yöneten").actor()


def annul(candidate: Candidate, code: str, kind: str = "technical", by: Actor | None = None) -> exams.Standing:
    cause = "outage" if kind == "technical" else "assistance"
    with transaction():
        return services.annul(code, kind=kind, cause=cause, reason=REASON, actor=by or manager(), now=candidate.now())


def mails() -> list[dict[str, Any]]:
    rows = select(OutboxMessage.params).where(OutboxMessage.template == "exam_annulled").order_by(OutboxMessage.id)
    return list(db.session.scalars(rows))


def test_r098_a_returned_attempt_is_sat_again_under_a_code_of_its_own(candidate: Candidate) -> None:
    candidate.sit(4)
    annul(candidate, candidate.code(1))
    assert candidate.statuses() == ["assigned"]
    (exam,) = candidate.exams()
    assert exam.code == f"{candidate.application.code}-1.2"
    candidate.now.set("2025-03-07 09:00")
    with transaction():
        attempts.start(exam.code, actor=candidate.actor, now=candidate.now())
    assert candidate.statuses() == ["in_progress"]
    rows = db.session.scalars(select(Attempt).order_by(Attempt.id)).all()
    assert [(r.ordinal, r.returned_from is None) for r in rows] == [(1, False), (1, True)]
    assert {i.question_version.question_id for i in rows[0].items}.isdisjoint(
        {i.question_version.question_id for i in rows[1].items}
    )
    with pytest.raises(Conflict) as refused:
        candidate.save(1, "A")
    assert refused.value.code == "exam.annulled"


def test_r098_after_three_failures_the_application_opens_again_and_its_holder_is_told(candidate: Candidate) -> None:
    candidate.sit(1)
    candidate.sit(2, 2, at="2025-03-10 09:00")
    candidate.sit(3, 3, at="2025-03-17 09:00")
    assert candidate.outcome()[0] == "failed"
    annul(candidate, candidate.code(2))
    assert candidate.outcome() == (None, None)
    (mail,) = mails()
    assert (mail["next"], mail["next_ordinal"], mail["kind"]) == ("exam", 2, "technical")
    with transaction():
        attempts.start(f"{candidate.application.code}-2.2", actor=candidate.actor, now=candidate.now())
    candidate.now.set("2025-03-18 09:00")
    with transaction():
        attempts.settle_due(now=candidate.now())
    assert candidate.outcome() == ("failed", civil("2025-03-17 09:20"))


def test_r025_a_pass_taken_by_misconduct_opens_the_application_again_before_its_monday(candidate: Candidate) -> None:
    candidate.sit(9)
    assert candidate.outcome()[0] == "passed"
    annul(candidate, candidate.code(1), "misconduct")
    assert candidate.outcome() == (None, None)
    assert candidate.statuses() == ["failed", "scheduled"]
    (mail,) = mails()
    assert (mail["next"], mail["next_at"]) == ("exam", "2025-03-09T21:00:00+00:00")


def test_r096_the_calendar_leaves_nothing_and_that_is_told_at_once(candidate: Candidate) -> None:
    candidate.sit(1)
    candidate.now.set("2025-12-02 09:00")
    annul(candidate, candidate.code(1))
    (mail,) = mails()
    assert mail["next"] == "missed"
    assert candidate.outcome()[0] == "lapsed"


def test_an_annulled_exam_leaves_the_item_statistics_and_no_result_is_sent_of_it(candidate: Candidate) -> None:
    candidate.start()
    candidate.answer(5)
    annul(candidate, candidate.code(1))
    assert statistics.sums(candidate.now()) == []
    (row,) = db.session.scalars(select(Attempt))
    assert (row.state, row.finished_by, row.passed) == ("finished", "staff", False)
    assert row.announced_at is not None


def test_of_two_decisions_one_wins_and_the_other_is_told_who_and_when(candidate: Candidate) -> None:
    candidate.sit(4)
    annul(candidate, candidate.code(1))
    with pytest.raises(Conflict) as refused:
        annul(candidate, candidate.code(1), "misconduct")
    assert refused.value.code == "exam.annul_by"
    assert refused.value.params == {"by": "Ece Yöneten", "at": candidate.now()}
    (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "exams.annulled"))
    assert entry.data["reason"] == REASON
    assert entry.data["cause"] == "outage"


def test_r098_the_returned_attempt_is_not_announced_as_the_next_one(candidate: Candidate) -> None:
    candidate.sit(1)
    candidate.now.set("2025-03-08 09:00")
    annul(candidate, candidate.code(1))
    candidate.now.set("2025-03-10 09:00")
    jobs.announce_assignments(candidate.now())
    assert db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "exam_open")).all() == []


# --- pages -------------------------------------------------------------------------------------------------------


def test_the_page_shows_what_each_kind_does_before_it_is_decided(candidate: Candidate, client: FlaskClient) -> None:
    candidate.sit(4)
    log_in(client, factories.member(staff_role="manager"))
    path = f"/yonetim/sinavlar/{candidate.code(1)}"
    page = client.get(path).get_data(as_text=True)
    assert "Teknik nedenle sayılırsa" in page
    assert "1. sınav" in page
    assert candidate.statuses() == ["failed", "scheduled"]
    answer = client.post(f"{path}/gecersiz", data={"kind": "technical", "cause": "leak", "reason": REASON})
    assert answer.status_code == 422
    assert REASON in answer.get_data(as_text=True)
    assert candidate.statuses() == ["failed", "scheduled"]
    answer = client.post(f"{path}/gecersiz", data={"kind": "technical", "cause": "outage", "reason": REASON})
    assert answer.status_code == 303
    assert candidate.statuses() == ["assigned"]
    assert "hak geri verildi" in client.get(path).get_data(as_text=True)
    answer = client.post(f"{path}/gecersiz", data={"kind": "misconduct", "cause": "leak", "reason": REASON})
    assert answer.status_code == 409


def test_the_candidate_reads_that_the_exam_does_not_stand(candidate: Candidate, client: FlaskClient) -> None:
    candidate.sit(4)
    annul(candidate, candidate.code(1))
    log_in(client, candidate.member)
    page = client.get(f"/sinavlar/{candidate.code(1)}").get_data(as_text=True)
    assert "Bu sınav geçersiz sayıldı" in page
    assert f"/sinavlar/{candidate.code(1)}.2" in client.get("/sinavlar").get_data(as_text=True)
    assert "Hak geri verildi" in client.get("/sinavlar?liste=tamamlanan").get_data(as_text=True)


@pytest.mark.parametrize("language", ["tr", "en"])
@pytest.mark.parametrize("kind", ["technical", "misconduct"])
def test_the_mail_is_written_in_both_languages(language: str, kind: str) -> None:
    params = {
        "name": "Deniz Örnek", "ordinal": 1, "kind": kind, "cause": "exam.cause.outage", "next": "exam", "next_ordinal": 1,
        "next_at": "2025-03-07T06:00:00+00:00", "why": [], "until": "2025-11-28T21:00:00+00:00", "base_url": "https://x",
    }  # fmt: skip
    message = render("exam_annulled", "mail", language, params)
    assert "exam.cause" not in message.text
    assert "https://x/sinavlar" in message.text


def test_r114_a_running_exam_of_an_invalid_application_is_stopped_and_told(
    candidate: Candidate, client: FlaskClient
) -> None:
    paper = candidate.start()
    candidate.answer(9)
    code = candidate.application.code
    with transaction():
        asked = revocation.request_revocation(code, "false_statement", REASON, actor=manager(), now=candidate.now())
        revocation.decide_revocation(asked.code, Decision.CONFIRM, "", actor=manager(), now=candidate.now())
    with pytest.raises(Conflict) as refused:
        candidate.save(1, "A")
    assert refused.value.code == "exam.application_invalid"
    attempt = db.session.scalars(select(Attempt)).one()
    assert (attempt.state, attempt.finished_by, attempt.finalised_at) == ("finished", "staff", candidate.now())
    assert (attempt.passed, jobs.announce_results(candidate.now())) == (False, 0)  # no result is told any more
    log_in(client, candidate.member)
    assert client.get(f"/sinavlar/{paper.code}/durum").json["status"] == "failed"  # the running page leaves
    page = client.get(f"/sinavlar/{paper.code}").get_data(as_text=True)
    assert "Başvuru geçersiz sayıldı" in page
    assert "Sertifikanız" not in page
    answer = client.post(f"/sinavlar/{paper.code}/cevap", data={"number": "1", "option": "A"}, follow_redirects=True)
    assert "sınavına devam edilemez" in answer.get_data(as_text=True)


def test_r114_an_invalid_application_promises_no_certificate(candidate: Candidate, client: FlaskClient) -> None:
    candidate.sit(8)
    with transaction():
        candidate.application.outcome = "invalid"
    log_in(client, candidate.member)
    for path in (f"/sinavlar/{candidate.code()}", "/sinavlar?liste=tamamlanan"):
        page = client.get(path).get_data(as_text=True)
        assert "sınav sonuçları da geçerli değildir" in page
        assert "Sertifikanız" not in page
