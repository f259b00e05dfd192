"""D-10, R063: every column is classified, every class has its time and is applied; what was destroyed is logged."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select

from lms.attachments.models import RefusedUpload
from lms.core import clock
from lms.core.config import vault
from lms.core.db import Base, db, transaction
from lms.enrolment.models import Application
from lms.exams.models import Answer, AnswerEvent, Attempt, PaperItem
from lms.exemptions.rules import KEEP_DAYS
from lms.learning.models import Beat, LessonProgress, Training
from lms.mailroom import rules as mail
from lms.membership.jobs import KEPT
from lms.membership.models import Acceptance, Member
from lms.notifications.models import OutboxMessage
from lms.payments.models import BranchFile, BranchLine, Payment
from lms.practice.models import PracticeExercise
from lms.privacy import jobs
from lms.privacy.loader import policy, read_policy
from lms.privacy.models import Destruction, PersonalExport, PrivacyRequest
from lms.privacy.services import erasure, inventory, retention
from lms.register.models import RegisterEntry
from lms.scheduler import JOBS
from lms.support.models import Ticket, TicketMessage
from tests import factories
from tests.conftest import TestClock, civil

NOW = civil("2028-06-01 12:00")


def _count(model: type[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_D10_every_column_of_every_table_is_classified(app: APIFlask) -> None:
    holdings = policy()[1]
    models = {name: sorted(column.name for column in table.columns) for name, table in Base.metadata.tables.items()}
    assert {name: sorted(one.columns) for name, one in holdings.items()} == models


def test_D10_every_table_with_personal_data_has_a_class_or_says_why_not(app: APIFlask) -> None:
    classes, holdings = policy()
    assert all(one.retention in classes if one.personal else one.reason for one in holdings.values())
    assert {one.retention for one in holdings.values() if one.retention} | {"destructions", "accounts"} == set(classes)
    personal = {"member_id", "email", "phone", "ip", "first_name", "tckn_index"}
    harmless = {name for name, one in holdings.items() if not one.personal}
    assert [n for n in harmless if personal & set(Base.metadata.tables[n].columns.keys())] == []


def test_D10_every_class_that_ends_is_applied_by_a_job(app: APIFlask) -> None:
    classes = policy()[0].values()
    assert {one.code for one in classes if one.days is not None and one.job is None} == retention.APPLIED
    names = {job.name: job.every for job in JOBS}
    assert all(one.job in names for one in classes if one.job)
    assert names["privacy_retain"] <= 180 * 86_400  # the regulation: at least every six months
    assert policy()[0]["exemption_documents"].days == KEEP_DAYS
    assert timedelta(days=policy()[0]["sessions"].days or 0) == KEPT
    assert timedelta(days=policy()[0]["incoming_mail"].days or 0) == mail.KEEP


def test_a_broken_policy_is_told_with_its_line(tmp_path: Any) -> None:
    folder = tmp_path / "reference"
    folder.mkdir()
    (folder / "retention.yaml").write_text(
        "classes:\n  - {code: a, title: A, basis: B, days: null, counted_from: C, action: delete}\n"
        "  - {code: a, title: A, basis: B, days: 5, counted_from: C, action: burn}\n"
    )
    (folder / "inventory.yaml").write_text(
        "tables:\n  x:\n    personal: {contact: [email]}\n    plain: []\n  y:\n    plain: [id]\n"
        "  z:\n    retention: nowhere\n    personal: {contact: [email]}\n    plain: []\n"
    )
    faults: list[Any] = []
    read_policy(tmp_path, faults)
    assert [(fault.file.split("/")[1], fault.line) for fault in faults] == [
        ("retention.yaml", 2), ("retention.yaml", 3), ("retention.yaml", 3), ("inventory.yaml", 3), ("inventory.yaml", 6),
        ("inventory.yaml", 8),
    ]  # fmt: skip


def test_D10_answers_and_papers_go_two_years_after_the_exam_and_the_result_stays(app: APIFlask) -> None:
    old, young = (_attempt(civil(text)) for text in ("2026-05-01 10:00", "2027-01-01 10:00"))
    with transaction():
        assert retention.apply(NOW) >= 3
    for table in (Answer, AnswerEvent, PaperItem):
        assert {row.attempt_id for row in db.session.scalars(select(table))} == {young.id}
    assert db.session.get_one(Attempt, old.id).score == 70
    assert {row.what for row in db.session.scalars(select(Destruction))} >= {"answer", "answer_event", "paper_item"}
    with transaction():
        assert retention.apply(NOW) == 0


def _attempt(at: datetime) -> Attempt:
    application = factories.application(at=at - timedelta(days=9))
    version = factories.questions(1)[0]
    attempt = Attempt(
        code=f"{application.code}-1", application_id=application.id, member_id=application.member_id, ordinal=1,
        available_at=at, started_at=at, ends_at=at, question_count=1, pass_mark=70, state="finished", finalised_at=at,
        finished_by="candidate", correct=1, score=70, passed=True,
    )  # fmt: skip
    db.session.add(attempt)
    db.session.flush()
    db.session.add_all(
        [
            PaperItem(attempt_id=attempt.id, number=1, question_version_id=version.id, stem="?", options=[], key="A"),
            Answer(attempt_id=attempt.id, number=1, option="A", seq=1, saved_at=at),
            AnswerEvent(attempt_id=attempt.id, number=1, option="A", seq=1, at=at),
        ]
    )
    db.session.flush()
    return attempt


def _ticket(code: str, at: datetime, who: int, status: str = "closed") -> Ticket:
    return Ticket(
        code=code, member_id=who, email="a@example.org", subject="Soru", category="other", source="form", context={},
        status=status, created_at=at, since=at, messages=1, thread=[TicketMessage(author="person", body="Deniz soruyor", at=at)],
    )  # fmt: skip


def test_D10_each_of_the_other_classes_takes_what_is_old_and_leaves_what_is_not(app: APIFlask) -> None:
    application = factories.application(at=NOW - timedelta(days=900))
    who, release = application.member_id, factories.release((60,))
    training = Training(application_id=application.id, member_id=who, release_id=release.id, started_at=NOW)
    db.session.add(training)
    db.session.flush()
    lesson = release.lessons[0].id
    db.session.add(
        LessonProgress(training_id=training.id, lesson_id=lesson, ranges=[], watched=0, position=0, updated_at=NOW)
    )
    db.session.flush()
    for serial, days in enumerate((729, 731, 1094, 1096)):
        at = NOW - timedelta(days=days)
        db.session.add_all(
            [
                Beat(training_id=training.id, lesson_id=lesson, session="s", seq=serial, at=at, claimed=[], credited=[], answer={}),
                PracticeExercise(member_id=who, task=f"t{serial}", began_on=at.date(), today=at.date(), started_at=at, answers={}),
                OutboxMessage(dedupe=f"d{serial}", channel="mail", recipient="a@example.org", member_code="m", language="tr", template="welcome",
                              params={"name": "Deniz"}, created_at=at, next_try_at=at, sent_at=at, message_id=f"m{serial}"),
                _ticket(f"k{serial}", at, who),
                RefusedUpload(at=at, actor_kind="member", actor_code="m", actor_label="", place="mail", label="x.pdf", size=1, sha256="0" * 64, reason="r"),
                Destruction(at=at, retention_class="x", what="y", action="delete", rows=1),
                PrivacyRequest(code=f"p{serial}", member_id=who, kind="erasure", subject_code="", body="b", source="form", asked_at=at, outcome="refused",
                               reason="identity", answer="a", decided_by=who, decided_at=at),
            ]
        )  # fmt: skip
    db.session.add(_ticket("open", NOW - timedelta(days=2000), who, status="open"))
    db.session.flush()
    with transaction():
        retention.apply(NOW)
    db.session.expire_all()
    assert (_count(Beat), _count(PracticeExercise), _count(RefusedUpload), _count(PrivacyRequest)) == (1, 1, 1, 3)
    messages = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.dedupe)).all()
    assert [(row.recipient, row.params) for row in messages[:2]] == [("a@example.org", {"name": "Deniz"}), ("", {})]
    assert [row.dedupe for row in messages] == ["d0", "d1", "d2", "d3"]
    assert [row.code for row in db.session.scalars(select(Ticket).where(Ticket.email != "").order_by(Ticket.code))] == [
        "k0",
        "k1",
        "k2",
        "open",
    ]
    assert [(one.subject, one.thread[0].body) for one in db.session.scalars(select(Ticket).order_by(Ticket.code))][2:] == [
        ("Soru", "Deniz soruyor"), ("(silindi)", "(silindi)"), ("Soru", "Deniz soruyor"),
    ]  # fmt: skip
    assert db.session.scalar(select(func.count()).where(Destruction.retention_class == "x")) == 3


def test_D10_an_account_without_an_application_is_forgotten_two_years_after_its_last_use(
    app: APIFlask, now: TestClock
) -> None:
    from lms.audit.rules import Act
    from lms.audit.services import record

    old = NOW - timedelta(days=800)
    idle = factories.member(created_at=old, first_name="Selin")
    back = factories.member(created_at=old)
    applied = factories.application(factories.member(created_at=old), at=old).member
    clerk = factories.member(created_at=old, staff_role="support")
    record(Act.LOGGED_IN, actor=back.actor(), subject=("member", back.code), now=NOW - timedelta(days=10))
    db.session.flush()
    with transaction():
        retention.apply(NOW)
    for person in (idle, back, applied, clerk):
        db.session.refresh(person)
    assert (idle.first_name, idle.email, idle.tckn_sealed, idle.tckn_index) == ("", "", b"", f"erased:{idle.code}")
    assert idle.disabled_at is not None
    assert all(person.first_name == "Deniz" and person.disabled_at is None for person in (back, applied, clerk))


def test_D10_ten_years_after_the_last_contract_the_person_is_gone_and_the_certificate_stays(app: APIFlask) -> None:
    at = civil("2025-03-03 10:00")
    who = factories.member(created_at=at, tckn=factories.valid_tckn(77))
    application = factories.application(who, at=at)
    entry = RegisterEntry(
        tckn_index=who.tckn_index, tckn_sealed=who.tckn_sealed, programme_code="ddta", number="DDTA-S-1", holder="Deniz Örnek",
        issued_on=date(2025, 4, 7), source="issued", created_at=at,
    )  # fmt: skip
    db.session.add(entry)
    db.session.flush()
    for moment, name in ((civil("2035-02-01 10:00"), "Deniz"), (civil("2035-05-01 10:00"), "")):
        with transaction():
            retention.apply(moment)
        db.session.refresh(application)
        assert application.first_name == name
    db.session.refresh(entry)
    assert (entry.holder, vault().open(entry.tckn_sealed)) == ("Deniz Örnek", factories.valid_tckn(77))
    assert _count(Payment) == 1


def test_D10_a_bank_s_line_goes_ten_years_later_whether_or_not_its_payer_registered(app: APIFlask) -> None:
    at = civil("2025-03-03 10:00")
    file = BranchFile(
        bank="0010", number=1, sha256="0" * 64, made_at=at, covers_from=at, covers_to=at, imported_at=at, imported_by="s", lines=2,
        total_kurus=106_600,
    )  # fmt: skip
    who = factories.member(created_at=at)
    db.session.add(file)
    db.session.flush()
    lines = [
        BranchLine(
            code=f"satir{no}", file_id=file.id, line_no=no, kind="D", tckn_index=index, tckn_sealed=b"x", tckn_masked="1*********1",
            name="DENIZ DENEME", service="DDTA", amount_kurus=53_300, paid_at=at, channel="SB", branch="00001", bank="0010",
            bank_ref=f"r{no}", result="UNKNOWN_TCKN",
        )
        for no, index in enumerate((who.tckn_index, "nobody", "nameless"), start=1)
    ]  # fmt: skip
    lines[2].name = ""
    db.session.add_all(lines)
    db.session.flush()
    assert [one.code for one in erasure.kept(who, at)] == ["contracts"]
    for moment, name in ((civil("2035-02-01 10:00"), "DENIZ DENEME"), (civil("2035-05-01 10:00"), "")):
        with transaction():
            retention.apply(moment)
        db.session.expire_all()
        assert [line.name for line in lines] == [name, name, ""]
    assert [(line.tckn_sealed, line.amount_kurus) for line in lines] == [(b"", 53_300)] * 3
    assert who.full_name.strip() == ""


def test_the_copy_is_erased_after_seven_days(app: APIFlask) -> None:
    from lms.core.files import files

    who = factories.member()
    key = files().put("exports", b"zip")
    db.session.add(
        PersonalExport(code="e", member_id=who.id, asked_at=NOW, made_at=NOW - timedelta(days=8), file_key=key, size=3)
    )
    db.session.flush()
    with transaction():
        retention.apply(NOW)
    with pytest.raises(FileNotFoundError):
        files().read(key)
    assert db.session.scalar(select(PersonalExport.erased_at)) == NOW


def test_the_job_is_in_the_table(app: APIFlask, now: TestClock) -> None:
    now.set("2025-06-01 12:00")
    assert jobs.retain(clock.now()) == 0
    assert _count(Member) == _count(Application) == _count(Acceptance) == 0


def test_the_inventory_names_purpose_basis_and_time_of_each_personal_column(app: APIFlask) -> None:
    lines = {(line.table, line.column): line for line in inventory.inventory()}
    email = lines["member", "email"]
    assert (email.category, email.period) == ("contact", "10 yıl")
    assert lines["register_entry", "holder"].period == "süresiz"
    assert lines["answer", "option"].period == "2 yıl"
    assert all(line.purpose and line.basis and line.period for line in lines.values() if line.category != "plain")
