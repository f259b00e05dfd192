"""The evidence file of a certificate: everything that proves it, hashed, masked, and on record."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import select

from lms.audit import services as audit
from lms.audit.models import AuditEntry, Disclosure
from lms.audit.rules import Basis, Fact, Recipient
from lms.certificates.services import certificates
from lms.core.access import SYSTEM
from lms.core.db import db
from lms.enrolment.models import Application
from lms.exams.models import Answer, AnswerEvent, Attempt, PaperItem
from lms.exemptions.models import ExemptionRequest
from lms.learning.models import LessonProgress, Training
from lms.membership.models import Member
from tests import factories
from tests.certificates.helpers import passed
from tests.conftest import TestClock, civil
from tests.people import Browser

Become = Callable[[Member | None], Browser]
TCKN = factories.valid_tckn(4242)


def certified(now: TestClock) -> Application:
    """Somebody with a training, a paper of one question answered twice, and a certificate."""
    at = now.set("2025-03-12 11:00")
    form = passed(factories.member(first_name="Ece", last_name="Örnekli", tckn=TCKN), at=at)
    release = factories.release()
    training = Training(
        application_id=form.id, member_id=form.member_id, release_id=release.id, started_at=at - timedelta(days=1),
        completed_at=at - timedelta(hours=2),
    )  # fmt: skip
    db.session.add(training)
    db.session.flush()
    for lesson in release.lessons:
        ranges = [[0, lesson.duration]]
        seen = {"watched": lesson.duration, "position": lesson.duration, "updated_at": at}
        db.session.add(LessonProgress(training_id=training.id, lesson_id=lesson.id, ranges=ranges, **seen))
    attempt = db.session.scalars(select(Attempt)).one()
    version = factories.questions(4)[0]
    options = [{"key": key, "text": f"seçenek {key}"} for key in "ABCD"]
    item = {"number": 1, "stem": "Hangisi doğrudur?", "options": options, "key": "B"}
    db.session.add(PaperItem(attempt_id=attempt.id, question_version_id=version.id, **item))
    for seq, option in enumerate("AB", start=1):
        db.session.add(AnswerEvent(attempt_id=attempt.id, number=1, option=option, seq=seq, at=attempt.started_at))
    db.session.add(Answer(attempt_id=attempt.id, number=1, option="B", seq=2, saved_at=attempt.started_at))
    db.session.flush()
    now.set("2025-03-24 10:00")
    certificates.issue_due(now=now())
    audit.disclose_many(
        Recipient.INSTITUTION, basis=Basis.CORPORATE, subjects=[("member", form.member.code)], what=[Fact.COMPLETION],
        actor=SYSTEM, now=now(), name="Örnek Kurum",
    )  # fmt: skip
    return form


def taken(become: Become, form: Application, role: str = "auditor") -> dict[str, bytes]:
    answer = become(factories.member(staff_role=role)).get(f"/yonetim/sertifikalar/{form.code}/dosya.zip")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    return {name: archive.read(name) for name in archive.namelist()}


def test_the_file_proves_every_step(become: Become, now: TestClock) -> None:
    files = taken(become, certified(now))
    assert set(files) == {"kanit.html", "kanit.json", "sertifika.pdf", "manifest.json"}
    facts = json.loads(files["kanit.json"])
    assert [(row["watched"], row["ranges"]) for row in facts["training"]["lessons"]] == [
        (60, [[0, 60]]),
        (90, [[0, 90]]),
        (30, [[0, 30]]),
    ]
    sat = facts["attempts"][0]
    assert (sat["score"], sat["passed"]) == (80, True)
    assert (sat["paper"][0]["key"], sat["paper"][0]["answer"]) == ("B", "B")
    assert [event["option"] for event in sat["answer_events"]] == ["A", "B"]
    assert facts["payment"]["status"] == "paid"
    assert [row["printed_name"] for row in facts["versions"]] == ["Ece Örnekli"]
    assert [row["recipient_name"] for row in facts["disclosures"]] == ["Örnek Kurum"]
    assert "Örnek Kurum" in files["kanit.html"].decode()
    assert "certificates.issued" in [row["act"] for row in facts["audit"]]
    assert files["sertifika.pdf"].startswith(b"%PDF")


def test_the_manifest_holds_the_hash_of_every_file(become: Become, now: TestClock) -> None:
    files = taken(become, certified(now))
    manifest = json.loads(files.pop("manifest.json"))
    assert {name: row["sha256"] for name, row in manifest["files"].items()} == {
        name: sha256(data).hexdigest() for name, data in files.items()
    }
    assert manifest["audit_chain"] is None


def test_the_page_stands_alone_and_says_what_was_answered(become: Become, now: TestClock) -> None:
    page = taken(become, certified(now))["kanit.html"].decode()
    assert "seçenek B [doğru] [yanıt]" in page
    assert "Ece Örnekli" in page
    assert not any(sign in page for sign in ("<link", "<script", "src=", 'href="'))


def test_no_whole_number_leaves_and_the_taking_is_recorded(become: Become, now: TestClock) -> None:
    form = certified(now)
    files = taken(become, form, "manager")
    assert not any(TCKN.encode() in files[name] for name in ("kanit.html", "kanit.json", "manifest.json"))
    row = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "staff.evidence_exported")).one()
    assert (row.subject_code, row.actor_role) == (form.code, "manager")


def test_only_manager_and_auditor_take_it_and_only_of_a_certificate(become: Become, now: TestClock) -> None:
    form = certified(now)
    assert become(factories.member(staff_role="support")).get(f"/yonetim/sertifikalar/{form.code}/dosya.zip").status_code == 403  # fmt: skip
    other = passed(at=civil("2025-03-23 11:00"))
    auditor = become(factories.member(staff_role="auditor"))
    assert auditor.get(f"/yonetim/sertifikalar/{other.code}/dosya.zip").status_code == 404


def test_a_court_gets_the_whole_number_for_a_reason_and_the_log_knows(become: Become, now: TestClock) -> None:
    form = certified(now)
    path = f"/yonetim/sertifikalar/{form.code}/acik-dosya"
    assert become(factories.member(staff_role="auditor")).get(path).status_code == 403
    browser = become(factories.member(staff_role="manager"))
    typed = {
        "recipient": "authority",
        "reference": "Ankara 3. Asliye Ticaret Mahkemesi, 2025/12 E.",
        "reason": "Taraf kimliğinin kesin belirlenmesi istendi.",
    }
    page = browser.post(path, data={**typed, "recipient": "institution", "reason": "kısa"})
    assert page.status_code == 422
    assert "2025/12 E." in page.get_data(as_text=True)
    answer = browser.post(path, data=typed)
    assert answer.status_code == 200
    files = zipfile.ZipFile(io.BytesIO(answer.data))
    assert json.loads(files.read("kanit.json"))["member"]["tckn"] == TCKN
    assert TCKN in files.read("kanit.html").decode()
    assert TCKN not in answer.headers["Content-Disposition"]
    told = db.session.scalars(select(Disclosure).order_by(Disclosure.id.desc())).first()
    assert told is not None
    assert (told.recipient, told.basis, told.subject_code) == ("authority", "request", form.member.code)
    assert {"tckn", "contact", "institution"} <= set(told.what)
    (row,) = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "staff.evidence_exported"))
    assert (row.data["full"], row.data["reason"]) == (True, typed["reason"])
    assert TCKN not in str([entry.data for entry in db.session.scalars(select(AuditEntry))])


def test_R116_the_file_tells_that_no_fee_was_due_and_not_whose_relative_somebody_is(
    become: Become, now: TestClock
) -> None:
    form = certified(now)
    request = ExemptionRequest(
        code="muaf", member_id=form.member_id, term_id=form.term_id, term_code=form.term_code, relation="martyr_child", email="m@example.org",
        reason="Belgeler tam.", status="approved", requested_at=now(), decided_at=now(), answered_at=now(),
    )  # fmt: skip
    db.session.add(request)
    db.session.flush()
    form.entitlement_id, form.exemption_id = None, request.id
    files = taken(become, form)
    told = json.loads(files["kanit.json"])["payment"]["exemption"]
    assert set(told) == {"code", "status", "requested_at", "decided_at", "answered_at"}
    assert "martyr" not in files["kanit.json"].decode()
    assert "Ücretten muaf: karar" in files["kanit.html"].decode()
