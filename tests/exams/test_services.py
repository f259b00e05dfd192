"""The exam against a database: start, answers, end, Mondays, lapse, and the request to apply again."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lms.audit.models import AuditEntry
from lms.core.db import db
from lms.core.errors import Conflict, Invalid, NotFound
from lms.exams import jobs
from lms.exams.models import Answer, AnswerEvent, Attempt, PaperItem
from lms.exams.services import attempts as services
from lms.exams.services import reapplication
from lms.notifications.models import OutboxMessage
from lms.notifications.services import compose
from lms.payments.queries import permitted_ordinal
from lms.questions.models import QuestionVersion
from tests import factories
from tests.conftest import civil
from tests.exams.conftest import Candidate, trained


def acts(code: str) -> list[str]:
    return list(
        db.session.scalars(select(AuditEntry.act).where(AuditEntry.subject_code == code).order_by(AuditEntry.id))
    )


def rows(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


# --- rights ------------------------------------------------------------------------------------------------------


def test_R082_the_right_is_there_at_the_instant_of_completion_without_a_row_or_a_job(candidate):
    (exam,) = candidate.exams()
    assert (exam.code, exam.status, exam.available_at) == (candidate.code(1), "assigned", candidate.now())
    assert rows(Attempt) == 0


def test_R083_without_a_complete_training_there_is_no_exam(app, now, bank):
    candidate = Candidate(now, factories.application())
    assert candidate.exams() == []
    with pytest.raises(NotFound):
        candidate.start()


def test_rights_of_many_applications_cost_two_statements(candidate, count_statements):
    with count_statements() as seen:
        candidate.exams()
    few = len(seen)
    for n in range(5):
        term = factories.term(code=f"example-{n}", version=1)
        application = factories.application(candidate.member, term=term, at=civil("2025-03-04 09:00"))
        trained(application, candidate.now())
    with count_statements() as seen:
        assert len(candidate.exams()) == 6
    assert len(seen) == few == 2


def test_R081_another_persons_exam_is_not_found(candidate):
    candidate.start()
    stranger = factories.member().actor()
    now = candidate.now()
    for act in (
        lambda: services.start(candidate.code(), actor=stranger, now=now),
        lambda: services.paper_of(stranger, candidate.code(), now=now),
        lambda: services.state_of(stranger, candidate.code(), now=now),
        lambda: services.save_answer(candidate.code(), 1, "A", actor=stranger, now=now, seq=1),
        lambda: services.complete(candidate.code(), actor=stranger, now=now),
    ):
        with pytest.raises(NotFound):
            act()
    assert rows(Answer) == 0


@pytest.mark.parametrize("code", ["", "x", "-1", "x-", "x-1", "{a}-0", "{a}-2", "{a}-4", "{a}-1-1", "{a}-01"])
def test_codes_that_name_no_exam_are_not_found(candidate, code):
    with pytest.raises(NotFound):
        services.start(code.format(a=candidate.application.code), actor=candidate.actor, now=candidate.now())


# --- start -------------------------------------------------------------------------------------------------------


def test_R084_R086_the_start_freezes_the_paper_the_end_and_the_pass_mark(candidate):
    paper = candidate.start()
    assert paper.ends_at == candidate.now() + timedelta(minutes=20)
    assert (paper.remaining_ms, paper.seq, paper.answers) == (1_200_000, 0, {})
    assert [q.number for q in paper.questions] == list(range(1, 11))
    assert all([o["key"] for o in q.options] == ["A", "B", "C", "D"] for q in paper.questions)
    db.session.query(QuestionVersion).update({"stem": "değişti", "options": ["x", "y", "z", "w"], "answer": 3})
    candidate.application.term.pass_mark = 100
    db.session.flush()
    again = services.paper_of(candidate.actor, candidate.code(), now=candidate.now())
    assert again.questions == paper.questions
    candidate.answer(7)
    assert candidate.complete().passed


def test_R086_a_second_press_answers_the_same_paper_and_the_clock_goes_on(candidate):
    first = candidate.start()
    candidate.save(3, "B", seq=1)
    candidate.now.at += timedelta(minutes=5)
    again = candidate.start()
    assert again.questions == first.questions
    assert (again.ends_at, again.answers, again.seq) == (first.ends_at, {"3": "B"}, 1)
    assert again.remaining_ms == 15 * 60 * 1000
    assert (rows(Attempt), rows(PaperItem)) == (1, 10)
    assert acts(candidate.code()) == ["exams.started"]


def test_R013_started_ten_minutes_before_the_end_of_the_study_window(candidate):
    candidate.now.set("2025-11-28 23:50")
    paper = candidate.start()
    assert paper.ends_at == civil("2025-11-29 00:00")
    candidate.answer(7)
    candidate.now.set("2025-11-29 00:00:02")
    assert jobs.settle_overdue(candidate.now()) == 1
    assert candidate.outcome() == ("passed", civil("2025-11-29 00:00"))


def test_R013_no_start_when_the_window_is_over(candidate):
    candidate.now.set("2025-11-29 00:00")
    with pytest.raises(Conflict, match=r"exam\.lapsed"):
        candidate.start()


def test_R095_the_next_paper_asks_other_questions(candidate):
    candidate.sit(3)
    candidate.now.set("2025-03-10 00:00")
    candidate.start(2)
    versions = list(db.session.scalars(select(PaperItem.question_version_id)))
    assert len(versions) == len(set(versions)) == 20


def test_R114_an_invalid_application_has_no_exam_but_those_begun(candidate):
    candidate.sit(3)
    candidate.now.set("2025-03-10 00:00")
    assert [exam.status for exam in services.attempts_of(candidate.actor, now=candidate.now())] == [
        "failed",
        "assigned",
    ]
    candidate.application.outcome, candidate.application.outcome_at = "invalid", candidate.now()
    assert [exam.status for exam in services.attempts_of(candidate.actor, now=candidate.now())] == ["failed"]
    with pytest.raises(NotFound):
        candidate.start(2)


def test_a_closed_application_starts_nothing(candidate):
    candidate.application.outcome, candidate.application.outcome_at = "lapsed", candidate.now()
    with pytest.raises(Conflict, match=r"exam\.application_closed"):
        candidate.start()


# --- answers -----------------------------------------------------------------------------------------------------


def test_D21_an_answer_is_appended_and_becomes_current(candidate):
    candidate.start()
    candidate.now.at += timedelta(seconds=1)
    assert candidate.save(1, "A", seq=1) == services.Saved(True, 1, 1_199_000)
    assert candidate.save(1, "C", seq=2).saved
    assert candidate.save(1, None, seq=3).saved
    events = list(db.session.execute(select(AnswerEvent.option, AnswerEvent.seq).order_by(AnswerEvent.id)))
    assert [tuple(e) for e in events] == [("A", 1), ("C", 2), (None, 3)]
    assert services.paper_of(candidate.actor, candidate.code(), now=candidate.now()).answers == {}
    assert rows(Answer) == 1


def test_D21_a_lower_number_changes_nothing(candidate):
    candidate.start()
    candidate.save(1, "A", seq=5)
    assert candidate.save(2, "B", seq=4) == services.Saved(False, 5, 1_200_000)
    assert candidate.save(2, "B", seq=5).saved is False
    assert services.paper_of(candidate.actor, candidate.code(), now=candidate.now()).answers == {"1": "A"}


def test_D21_zero_is_what_the_server_knows_before_the_first_save(candidate):
    candidate.start()
    assert candidate.save(1, "A", seq=0) == services.Saved(False, 0, 1_200_000)


def test_D21_a_repeat_after_a_lost_reply_answers_the_same(candidate):
    candidate.start()
    candidate.save(1, "A", seq=1)
    assert candidate.save(1, "A", seq=1) == services.Saved(True, 1, 1_200_000)
    assert candidate.save(1, "B", seq=1).saved is False
    assert rows(AnswerEvent) == 1


def test_R088_a_page_without_script_saves_as_the_newest(candidate):
    candidate.start()
    candidate.save(1, "A", seq=7)
    assert candidate.save(1, "B") == services.Saved(True, 8, 1_200_000)


@pytest.mark.parametrize(
    ("number", "option", "seq", "code"),
    [
        (0, "A", 1, "exam.no_such_question"),
        (11, "A", 1, "exam.no_such_question"),
        (-1, None, 1, "exam.no_such_question"),
        (1, "E", 1, "exam.no_such_option"),
        (1, "a", 1, "exam.no_such_option"),
        (1, "'", 1, "exam.no_such_option"),
        (1, "A", -3, "exam.bad_seq"),
        (1, "A", 2**40, "exam.bad_seq"),
    ],
)
def test_bad_values_are_named_and_change_nothing(candidate, number, option, seq, code):
    candidate.start()
    with pytest.raises(Invalid) as refused:
        candidate.save(number, option, seq=seq)
    assert refused.value.code == code
    assert (rows(Answer), rows(AnswerEvent)) == (0, 0)
    assert candidate.save(1, "A", seq=1).saved


def test_R088_saves_count_until_two_seconds_after_the_end(candidate):
    paper = candidate.start()
    candidate.now.at = paper.ends_at + timedelta(seconds=1, milliseconds=999)
    assert candidate.save(1, "A", seq=1) == services.Saved(True, 1, 0)
    candidate.now.at = paper.ends_at + timedelta(seconds=2)
    with pytest.raises(Conflict, match=r"exam\.closed"):
        candidate.save(2, "A", seq=2)
    assert rows(Answer) == 1


def test_a_save_before_the_start_is_refused_by_name(candidate):
    with pytest.raises(Conflict, match=r"exam\.not_started"):
        candidate.save(1, "A", seq=1)
    candidate.sit(2)
    with pytest.raises(Conflict, match=r"exam\.not_yet"):
        candidate.save(1, "A", seq=1, ordinal=2)
    with pytest.raises(Conflict, match=r"exam\.closed"):
        candidate.save(1, "A", seq=99)


def test_a_save_costs_at_most_three_statements(candidate, count_statements):
    candidate.start()
    with count_statements() as seen:
        candidate.save(1, "A", seq=1)
    assert len(seen) <= 3


# --- the end -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("correct", "passed"), [(0, False), (6, False), (7, True), (10, True)])
def test_R090_R092_the_result_is_there_at_once(candidate, correct, passed):
    candidate.now.at += timedelta(minutes=3)
    result = candidate.sit(correct)
    assert result == services.Result(10 * correct, passed, correct, candidate.now())
    assert candidate.statuses()[0] == ("passed" if passed else "failed")
    assert acts(candidate.code()) == ["exams.started", "exams.completed"]


def test_R090_blank_answers_are_allowed_and_completing_again_answers_the_same(candidate):
    candidate.start()
    result = candidate.complete()
    candidate.now.at += timedelta(days=40)
    assert candidate.complete() == result == services.Result(0, False, 0, result.finalised_at)
    assert acts(candidate.code()) == ["exams.started", "exams.completed"]


def test_R088_nobody_settles_in_the_grace(candidate):
    paper = candidate.start()
    candidate.answer(8)
    candidate.now.at = paper.ends_at + timedelta(seconds=1)
    assert jobs.settle_overdue(candidate.now()) == 0
    with pytest.raises(Conflict, match=r"exam\.settling"):
        candidate.complete()
    assert candidate.statuses() == ["in_progress"]
    candidate.now.at = paper.ends_at + timedelta(seconds=2)
    assert candidate.statuses() == ["passed"]
    assert candidate.complete().finalised_at == paper.ends_at


def test_R085_R124_read_job_and_late_finish_agree_to_the_microsecond(candidate):
    paper = candidate.start()
    candidate.answer(9)
    candidate.now.set("2025-03-21 17:00")
    (read,) = candidate.exams()
    assert rows(Attempt) == 1
    assert db.session.scalars(select(Attempt.state)).one() == "in_progress"
    seen = services.result_of(read)
    assert seen == services.Result(90, True, 9, paper.ends_at)
    assert jobs.settle_overdue(candidate.now()) == 1
    assert jobs.settle_overdue(candidate.now()) == 0
    assert candidate.complete() == seen
    assert services.result_of(candidate.exams()[0]) == seen
    assert candidate.outcome() == ("passed", paper.ends_at)
    assert acts(candidate.code()) == ["exams.started", "exams.expired"]


def test_settling_many_is_bounded_work(candidate, count_statements):
    for _ in range(12):
        other = Candidate(candidate.now, factories.application(at=civil("2025-03-04 09:00")))
        trained(other.application, candidate.now())
        other.start()
    candidate.now.at += timedelta(hours=1)
    db.session.expire_all()
    with count_statements() as seen:
        assert jobs.settle_overdue(candidate.now()) == 12
    assert len([statement for statement in seen if "audit_entry" not in statement]) <= 5


def test_R094_after_a_pass_the_application_is_passed_and_nothing_is_left(candidate):
    result = candidate.sit(7)
    assert candidate.outcome() == ("passed", result.finalised_at)
    assert candidate.statuses() == ["passed"]
    with pytest.raises(NotFound):
        candidate.start(2)


# --- Mondays -----------------------------------------------------------------------------------------------------


def test_R091_R095_R098_three_fails_and_their_mondays(candidate):
    candidate.sit(6, at="2025-03-09 23:59:59")
    second = candidate.exams()[1]
    assert (second.status, second.available_at) == ("scheduled", civil("2025-03-10 00:00"))
    with pytest.raises(Conflict, match=r"exam\.not_yet"):
        candidate.start(2)
    candidate.sit(6, ordinal=2, at="2025-03-10 00:00")
    third = candidate.exams()[2]
    assert (third.status, third.available_at) == ("scheduled", civil("2025-03-17 00:00"))
    assert candidate.outcome() == (None, None)
    result = candidate.sit(6, ordinal=3, at="2025-03-17 00:00")
    assert candidate.outcome() == ("failed", result.finalised_at)
    assert candidate.statuses() == ["failed", "failed", "failed"]


def test_R123_worked_example(candidate):
    candidate.sit(0, at="2025-03-08 12:00")
    assert candidate.exams()[1].available_at == civil("2025-03-10 00:00")
    candidate.sit(0, ordinal=2, at="2025-03-16 12:00")
    assert candidate.exams()[2].available_at == civil("2025-03-17 00:00")
    candidate.sit(0, ordinal=3, at="2025-03-17 09:00")
    assert candidate.outcome()[0] == "failed"


def test_R096_a_fail_in_the_last_week_is_told_at_once_and_lapses_at_the_end(candidate):
    candidate.sit(2, at="2025-11-25 10:00")
    (overview,) = services.overviews(candidate.actor, now=candidate.now())
    assert overview.standing.missed.value == civil("2025-12-01 00:00")
    jobs.announce_results(candidate.now())
    (message,) = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "exam_result"))
    assert message.params["next"] == "missed"
    candidate.now.set("2025-11-29 00:00:01.999")
    assert jobs.lapse_applications(candidate.now()) == 0
    candidate.now.set("2025-12-03 09:00")
    assert jobs.lapse_applications(candidate.now()) == 1
    assert jobs.lapse_applications(candidate.now()) == 0
    assert candidate.outcome() == ("lapsed", civil("2025-11-29 00:00"))


def test_R013_the_job_leaves_a_running_exam_alone(candidate):
    candidate.now.set("2025-11-28 23:59")
    candidate.start()
    candidate.answer(10)
    candidate.now.set("2025-11-29 00:00:02")
    assert jobs.lapse_applications(candidate.now()) == 0
    assert jobs.settle_overdue(candidate.now()) == 1
    assert candidate.outcome()[0] == "passed"


# --- telling -----------------------------------------------------------------------------------------------------


def messages(template: str) -> list[OutboxMessage]:
    query = select(OutboxMessage).where(OutboxMessage.template == template).order_by(OutboxMessage.id)
    return list(db.session.scalars(query))


def test_R053_result_by_mail_and_by_sms_where_a_mobile_was_given(candidate):
    candidate.sit(8)
    assert jobs.announce_results(candidate.now()) == 1
    assert jobs.announce_results(candidate.now()) == 0
    assert [m.channel for m in messages("exam_result")] == ["mail"]
    other = Candidate(candidate.now, factories.application(at=civil("2025-03-04 09:00"), phone="+905321234567"))
    trained(other.application, candidate.now())
    other.sit(3)
    jobs.announce_results(candidate.now())
    told = [m for m in messages("exam_result") if m.member_code == other.member.code]
    assert [(m.channel, m.recipient) for m in told] == [("mail", other.application.email), ("sms", "+905321234567")]
    assert (told[0].params["next"], told[0].params["next_at"][:10]) == ("exam", "2025-03-09")  # UTC of Monday 00:00


def test_R082_R091_assignments_are_announced_once_each(candidate):
    assert jobs.announce_assignments(candidate.now()) == 1
    assert jobs.announce_assignments(candidate.now()) == 0
    candidate.sit(3)
    candidate.now.set("2025-03-09 23:59")
    assert jobs.announce_assignments(candidate.now()) == 0
    candidate.now.set("2025-03-12 08:00")  # the Monday run was missed: caught up
    assert jobs.announce_assignments(candidate.now()) == 1
    assert jobs.announce_assignments(candidate.now()) == 0
    first, second = messages("exam_open")
    assert (first.params["ordinal"], second.params["ordinal"]) == (1, 2)
    assert second.params["at"].startswith("2025-03-09T21:00")


def test_an_exam_already_taken_is_not_announced(candidate):
    candidate.sit(3)
    candidate.sit(4, ordinal=2, at="2025-03-10 00:05")
    assert jobs.announce_assignments(candidate.now()) == 0


def test_the_notices_can_be_written_in_both_languages(candidate):

    candidate.application.phone = "+905321234567"
    jobs.announce_assignments(candidate.now())
    candidate.sit(3)
    jobs.announce_results(candidate.now())
    candidate.sit(3, ordinal=2, at="2025-03-10 00:05")
    candidate.sit(3, ordinal=3, at="2025-03-17 00:05")
    jobs.announce_results(candidate.now())
    for message in [*messages("exam_open"), *messages("exam_result")]:
        for language in ("tr", "en"):
            message.language = language
            text = compose(message).text
            assert candidate.member.tckn_masked not in text
            assert "{" not in text
            if message.channel == "mail" and message.params.get("next") != "none":
                assert {"tr": "Neden bu tarih: ", "en": "Why this date: "}[language] in text
    db.session.rollback()


# --- the key -----------------------------------------------------------------------------------------------------


def test_the_key_exists_only_after_the_start(candidate):
    with pytest.raises(Conflict, match=r"exam\.key_before_start"):
        services.demo_key(candidate.code())
    candidate.start()
    assert sorted(services.demo_key(candidate.code()), key=int) == [str(n) for n in range(1, 11)]


# --- applying again ----------------------------------------------------------------------------------------------

WORDS = "Üç sınavda da başarılı olamadım; eğitimi yeniden almak istiyorum."


def ask(candidate):
    return reapplication.request_reapplication(
        candidate.application.code, WORDS, actor=candidate.actor, now=candidate.now()
    )


def test_R099_R100_request_approval_and_the_permit(failed):
    reviewer = factories.member(staff_role="reviewer").actor()
    asked = ask(failed)
    assert asked.status == "requested"
    assert "Yanıt gelmeden ödeme yapmayın" in compose(messages("reapplication_received")[0]).text
    with pytest.raises(Conflict, match=r"reapplication\.exists"):
        ask(failed)
    assert permitted_ordinal(failed.member.id, failed.application.term_code) == 1
    reapplication.decide_reapplication(asked.code, "approve", reason="", actor=reviewer, now=failed.now())
    assert permitted_ordinal(failed.member.id, failed.application.term_code) == 2
    assert failed.statuses() == ["failed", "failed", "failed"]  # the approval alone opened nothing
    assert [m.template for m in messages("reapplication_approved")] == ["reapplication_approved"]
    with pytest.raises(Conflict, match=r"reapplication\.decided"):
        reapplication.decide_reapplication(asked.code, "reject", reason="x", actor=reviewer, now=failed.now())
    with pytest.raises(Conflict, match=r"reapplication\.exists"):
        ask(failed)
    assert acts(failed.application.code)[-2:] == ["exams.reapplication_asked", "exams.reapplication_approved"]


def test_R099_a_rejection_has_a_reason_and_permits_nothing(failed):
    reviewer = factories.member(staff_role="reviewer").actor()
    asked = ask(failed)
    with pytest.raises(Invalid, match=r"reapplication\.reason_missing"):
        reapplication.decide_reapplication(asked.code, "reject", reason="", actor=reviewer, now=failed.now())
    reapplication.decide_reapplication(asked.code, "reject", reason="Dönem sonu", actor=reviewer, now=failed.now())
    assert permitted_ordinal(failed.member.id, failed.application.term_code) == 1
    assert ask(failed).status == "requested"  # a rejected request does not bar another


def test_R099_before_three_fails_or_for_somebody_else_there_is_no_request(candidate):
    candidate.sit(0, at="2025-03-08 12:00")
    with pytest.raises(Conflict, match=r"reapplication\.not_failed"):
        ask(candidate)
    with pytest.raises(NotFound):
        reapplication.request_reapplication(
            candidate.application.code, WORDS, actor=factories.member().actor(), now=candidate.now()
        )


def test_R099_the_second_application_has_three_new_attempts(failed):
    failed.now.set("2025-03-20 10:00")
    again = factories.application(failed.member, ordinal=2, at=failed.now())
    trained(again, civil("2025-03-24 10:00"))
    failed.now.set("2025-03-24 10:00")
    second = Candidate(failed.now, again)
    assert [e.status for e in second.exams()] == ["assigned", "failed", "failed", "failed"]
    assert second.sit(9).passed
