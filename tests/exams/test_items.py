"""Item statistics and annulment: R093 and D-15 on real papers."""

from datetime import datetime

import pytest
from sqlalchemy import select

from lms.certificates.services import certificates
from lms.core import clock
from lms.core.access import Actor
from lms.core.db import db, transaction
from lms.core.errors import Conflict, Invalid
from lms.exams import jobs
from lms.exams.models import Attempt, ItemStatistic, PaperItem
from lms.exams.queries import attempts, statistics
from lms.exams.services import items
from lms.notifications.models import OutboxMessage
from lms.questions.models import QuestionVersion
from tests import factories
from tests.conftest import civil
from tests.exams.conftest import Candidate, trained

MANAGER = Actor(kind="staff", label="Deneme Yönetici", role="manager")
REASON = "Sorunun iki doğru şıkkı olduğu anlaşıldı."


def person(now, at="2025-03-04 09:00"):
    application = factories.application(at=civil(at))
    trained(application, civil("2025-03-06 11:00"))
    db.session.commit()
    return Candidate(now, application)


def version_at(candidate, number, ordinal=1):
    return db.session.scalars(
        select(PaperItem.question_version_id)
        .join(Attempt, Attempt.id == PaperItem.attempt_id)
        .where(Attempt.code == candidate.code(ordinal), PaperItem.number == number)
    ).one()


def annul(version, reason=REASON):
    with transaction():
        return items.annul(version, reason=reason, actor=MANAGER, now=clock.now())


def attempt(candidate, ordinal=1):
    return db.session.scalars(
        select(Attempt).where(Attempt.code == candidate.code(ordinal)).execution_options(populate_existing=True)
    ).one()


def test_R093_an_annulled_item_counts_as_right_for_all_and_lowers_nobody(candidate):
    candidate.sit(8)
    wrong, right = version_at(candidate, 10), version_at(candidate, 1)
    assert items.preview(right) == items.Regraded(0, 0)
    assert annul(right) == items.Regraded(0, 0)
    assert attempt(candidate).score == 80
    assert annul(wrong) == items.Regraded(1, 0)
    assert (attempt(candidate).score, attempt(candidate).correct, attempt(candidate).credited) == (90, 8, 1)


def test_D15_a_fail_that_becomes_a_pass_keeps_its_end_and_gets_its_certificate_on_the_next_monday(candidate):
    candidate.sit(6)
    ended = attempt(candidate).finalised_at
    candidate.now.set("2025-03-19 10:00")  # a Wednesday, two weeks later
    version = version_at(candidate, 10)
    assert items.preview(version) == items.Regraded(1, 1)
    assert annul(version) == items.Regraded(1, 1)
    row = attempt(candidate)
    assert (row.score, row.passed, row.finalised_at) == (70, True, ended)
    assert candidate.outcome() == ("passed", ended)
    (held,) = certificates.held_by(candidate.member.id, now=candidate.now())
    assert held.available.value == civil("2025-03-24 00:00")
    assert candidate.statuses() == ["passed"]  # R094: the second attempt is void
    candidate.now.set("2025-03-24 00:00")
    with transaction():
        assert certificates.issue_due(now=candidate.now()) == 1
        assert certificates.announce_due(now=candidate.now()) == 1
    ready = db.session.scalars(select(OutboxMessage.params).where(OutboxMessage.template == "certificate_ready")).one()
    assert ready["why"][0]["code"] == "step.regraded"
    told = db.session.scalars(select(OutboxMessage.params).where(OutboxMessage.template == "exam_regraded")).one()
    assert (told["turned"], datetime.fromisoformat(told["next_at"])) == (True, civil("2025-03-24 00:00"))


def test_D15_three_fails_become_a_pass(candidate):
    candidate.sit(2)
    candidate.sit(3, 2, at="2025-03-10 00:00")
    candidate.sit(6, 3, at="2025-03-17 00:00")
    assert candidate.outcome()[0] == "failed"
    candidate.now.set("2025-04-01 09:00")
    annul(version_at(candidate, 10, 3))
    assert candidate.outcome()[0] == "passed"


def test_a_paper_that_still_runs_is_graded_so_at_its_end(candidate):
    other = person(candidate.now)
    candidate.start()
    candidate.answer(6)
    version = version_at(candidate, 10)
    assert annul(version) == items.Regraded(0, 0)
    result = candidate.complete()
    assert (result.score, result.passed, result.correct) == (70, True, 7)
    assert attempt(candidate).regraded_at is None  # a pass of its own end: R102 counts from there
    assert other.statuses() == ["assigned"]


def test_an_attempt_that_ran_while_an_earlier_one_became_a_pass_ends_in_silence(candidate):
    candidate.sit(6)
    candidate.now.set("2025-03-10 09:00")
    candidate.start(2)
    annul(version_at(candidate, 10))
    candidate.now.set("2025-03-10 10:00")
    assert jobs.settle_overdue(candidate.now()) == 1
    assert candidate.outcome()[0] == "passed"


def test_the_regrade_is_idempotent_and_catches_up(candidate):
    candidate.sit(6)
    annul(version_at(candidate, 10))
    with transaction():
        assert items.regrade(actor=MANAGER, now=candidate.now()) == items.Regraded()
    assert attempt(candidate).score == 70


def test_an_annulled_question_is_drawn_for_nobody_while_others_are_left(candidate):
    candidate.sit(8)
    version = db.session.get_one(QuestionVersion, version_at(candidate, 10))
    stranger = person(candidate.now).member.id
    assert attempts.questions_spent(stranger) == set()
    annul(version.id)
    assert attempts.questions_spent(stranger) == {version.question_id}
    assert version.question_id in attempts.questions_spent(candidate.member.id)


def test_two_who_annul_the_same_item_are_told_who_was_first(candidate):
    candidate.sit(8)
    version = version_at(candidate, 10)
    annul(version)
    with pytest.raises(Conflict) as refused:
        annul(version)
    assert refused.value.code == "item.annulled"
    assert refused.value.params["by"] == "Deneme Yönetici"
    with pytest.raises(Invalid, match=r"item\.reason"):
        annul(version_at(candidate, 9), reason="yanlış")


def test_the_count_agrees_with_the_papers(candidate):
    people = [candidate, *(person(candidate.now) for _ in range(5))]
    for right, one in zip((9, 8, 7, 5, 3, 1), people, strict=True):
        candidate.now.set("2025-03-06 11:00")
        one.sit(right)
    assert jobs.count_items(candidate.now()) > 0
    rows = {row.question_version_id: row for row in db.session.scalars(select(ItemStatistic))}
    for version, row in rows.items():
        met = db.session.execute(
            select(Attempt.correct, PaperItem.number)
            .join(PaperItem, PaperItem.attempt_id == Attempt.id)
            .where(PaperItem.question_version_id == version)
        ).all()
        marks = [1 if number <= correct else 0 for correct, number in met]
        rest = [correct - mark for mark, (correct, _) in zip(marks, met, strict=True)]
        assert (row.papers, row.right, row.rest) == (len(met), sum(marks), sum(rest))
        assert sum(row.chosen.values()) == len(met)
        assert row.chosen.get("0", 0) == sum(marks)
    assert sum(row.papers for row in rows.values()) == 60
    found = {one.version.id: one for one in statistics.counted()}
    assert all(found[version].sums.papers == row.papers for version, row in rows.items())


def test_counting_takes_a_fixed_number_of_statements(candidate, count_statements):
    for one in (candidate, person(candidate.now)):
        candidate.now.set("2025-03-06 11:00")
        one.sit(7)
    with count_statements() as few, transaction():
        items.count(now=candidate.now())
    assert len(few) <= 6


def test_the_pages(become, candidate):
    candidate.sit(6)
    version = version_at(candidate, 10)
    jobs.count_items(candidate.now())
    code = next(one.version.question.code for one in statistics.counted() if one.version.id == version)
    manager = become(factories.member(staff_role="manager"))
    assert f"/yonetim/sorular/{code}" in manager.get("/yonetim/sorular").text
    assert "<b>1</b> bitmiş sınavın puanı yükselir" in manager.get(f"/yonetim/sorular/{code}").text
    short = manager.post(f"/yonetim/sorular/{code}/iptal", data={"version": version, "reason": "kısa"})
    assert short.status_code == 422
    assert "kısa" in short.text
    assert attempt(candidate).score == 60
    done = manager.post(f"/yonetim/sorular/{code}/iptal", data={"version": version, "reason": REASON})
    assert done.status_code == 303
    assert "iptal edildi" in manager.get(done.headers["Location"]).text
    assert manager.get("/yonetim/sorular/yok-001").status_code == 404
    editor = become(factories.member(staff_role="editor"))
    assert editor.get(f"/yonetim/sorular/{code}").status_code == 200
    assert editor.post(f"/yonetim/sorular/{code}/iptal", data={"version": version}).status_code == 403


@pytest.mark.parametrize("turned_last", [True, False])
def test_D15_two_passes_of_one_application_are_one_certificate(candidate, turned_last):
    candidate.sit(6)
    candidate.now.set("2025-03-10 09:00")
    candidate.start(2)
    candidate.answer(8 if turned_last else 6, 2)
    if turned_last:  # the second runs and passes by itself
        annul(version_at(candidate, 10))
        candidate.complete(2)
    else:  # both failed, both become a pass, the second a day later
        candidate.complete(2)
        annul(version_at(candidate, 10))
        candidate.now.set("2025-03-11 09:00")
        annul(version_at(candidate, 10, 2))
    assert (attempt(candidate).passed, attempt(candidate, 2).passed) == (True, True)
    (held,) = certificates.held_by(candidate.member.id, now=candidate.now())
    assert held.passed_at == attempt(candidate).finalised_at
    candidate.now.set("2025-03-17 00:00")
    with transaction():
        assert certificates.issue_due(now=candidate.now()) == 1
    (held,) = certificates.held_by(candidate.member.id, now=candidate.now())
    assert (held.available.value, held.display.is_viewable) == (civil("2025-03-17 00:00"), True)


def test_an_older_wording_is_seen_and_annulled_by_itself(become, candidate):
    candidate.sit(6)
    old = db.session.get_one(QuestionVersion, version_at(candidate, 10))
    old.superseded_at = candidate.now()
    old.sources = [{"kind": "gazette", "key": "31079", "place": "m.3", "quote": "", "note": ""}]
    kept = {column.key for column in QuestionVersion.__table__.columns} - {
        "id",
        "superseded_at",
        "content_hash",
        "stem",
    }
    same = {name: getattr(old, name) for name in kept}
    new = QuestionVersion(**same, stem="Düzeltilmiş soru", content_hash="0" * 64)
    db.session.add(new)
    db.session.commit()
    jobs.count_items(candidate.now())
    manager, page = become(factories.member(staff_role="manager")), f"/yonetim/sorular/{old.question.code}"
    newest = manager.get(page).text
    assert "Düzeltilmiş soru" in newest
    assert f"surum={old.id}" in newest
    shown = manager.get(f"{page}?surum={old.id}").text
    assert "eski sürüm" in shown
    assert 'Resmî Gazete 31079, <span lang="tr">m.3' in shown
    assert "<b>1</b> bitmiş sınavın puanı yükselir" in shown
    assert manager.post(f"{page}/iptal", data={"version": old.id, "reason": REASON}).status_code == 303
    assert attempt(candidate).score == 70
    assert manager.get(f"{page}?surum=999999").status_code == 404
