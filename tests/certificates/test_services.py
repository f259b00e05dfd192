"""Certificates from passes: computed rights, issue by the job and by need, the frozen document, revocation by two."""

from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from apiflask import APIFlask
from sqlalchemy import event, func, insert, select

from lms.audit.models import AuditEntry, Disclosure
from lms.certificates.models import Certificate
from lms.certificates.rules import Decision
from lms.certificates.services import certificates as services
from lms.certificates.services import revocation as revocations
from lms.core.access import Actor
from lms.core.codes import normalise
from lms.core.config import vault
from lms.core.db import db, transaction
from lms.core.errors import Conflict, DomainError
from lms.enrolment.models import Application
from lms.exams.models import Answer, Attempt, PaperItem
from lms.membership.models import Member
from lms.notifications.models import OutboxMessage
from lms.register.models import RegisterEntry
from tests import factories
from tests.certificates.helpers import passed
from tests.conftest import civil

PASS = civil("2025-01-09 11:20")  # R122
MONDAY = civil("2025-01-13 00:00")
GROUND = "false_statement"
REASON = "Adayın mesleğe ilişkin beyanı gerçek değildir."


def refusal(code: str):
    return pytest.raises(DomainError, check=lambda error: error.code == code)


def issue(now: datetime) -> int:
    with transaction():
        return services.issue_due(now=now)


def holder(application: Application) -> Actor:
    return application.member.actor()


def certificate_of(application: Application) -> Certificate:
    return db.session.scalars(select(Certificate).where(Certificate.application_id == application.id)).one()


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def staff(role: str = "manager") -> Actor:
    return factories.member(staff_role=role).actor()


def test_R102_R104_the_right_is_there_from_its_monday_without_any_job(app: APIFlask):
    application = passed(at=PASS)
    (before,) = services.held_by(application.member_id, now=MONDAY - timedelta(seconds=1))
    (after,) = services.held_by(application.member_id, now=MONDAY)
    assert before.display.is_scheduled
    assert not before.display.is_viewable
    assert after.display.is_viewable
    assert after.available.value == MONDAY
    assert after.display.latest.last_day == civil("2025-07-11").date()
    assert (after.number, after.verify_url) == (None, None)

    document = services.make_pdf(application.code, actor=holder(application), now=MONDAY)
    assert document.data.startswith(b"%PDF")
    (issued,) = services.held_by(application.member_id, now=MONDAY)
    assert issued.number == document.number == "DDTA-2025-000001"
    assert issued.available.value == MONDAY
    assert issue(MONDAY) == 0


def test_R104_a_job_that_runs_late_gives_the_same_instants(app: APIFlask):
    application = passed(at=PASS)
    assert issue(MONDAY - timedelta(seconds=1)) == 0
    late = MONDAY + timedelta(days=200, hours=5)
    assert issue(late) == 1
    row = certificate_of(application)
    assert (row.available_from, row.issued_at) == (MONDAY, late)
    assert row.content["issued_on"] == "2025-01-13"
    assert row.number.startswith("DDTA-2025-")


def test_R103_the_job_takes_every_batch_that_is_due_and_nothing_twice(app: APIFlask):
    on_time = passed(at=civil("2025-03-09 23:59:59.999"))
    passed(at=civil("2025-03-10 00:00:00"))
    monday = civil("2025-03-10 00:00")
    assert issue(monday) == 1
    assert issue(monday) == 0
    assert certificate_of(on_time).available_from == monday
    assert issue(civil("2025-03-17 00:00")) == 1


def test_R085_R104_a_pass_that_ended_by_itself_counts_though_no_job_has_settled_it(app: APIFlask):
    application = passed(at=PASS)
    attempt = db.session.scalars(select(Attempt)).one()
    attempt.state, attempt.finalised_at, attempt.score, attempt.passed, attempt.correct = (
        "in_progress",
        None,
        None,
        None,
        None,
    )
    application.outcome = application.outcome_at = None
    for version, number in zip(factories.questions(10), range(1, 11), strict=True):
        db.session.add(
            PaperItem(
                attempt_id=attempt.id, number=number, question_version_id=version.id, stem="?", options=[], key="A"
            )
        )
        db.session.add(
            Answer(attempt_id=attempt.id, number=number, option="A" if number > 3 else "B", seq=1, saved_at=PASS)
        )
    db.session.flush()
    (held,) = services.held_by(application.member_id, now=PASS + timedelta(minutes=1))
    assert held.available.value == MONDAY
    assert issue(MONDAY) == 0
    document = services.make_pdf(application.code, actor=holder(application), now=MONDAY)
    assert document.number == "DDTA-2025-000001"
    assert (attempt.finalised_at, attempt.score) == (PASS, 70)


def test_only_passes_become_certificates(app: APIFlask):
    passed(at=PASS, score=60)
    passed(at=PASS, outcome="invalid")
    assert issue(MONDAY) == 0


def test_issue_writes_certificate_register_audit_together(app: APIFlask):
    application = passed(at=PASS)
    issue(MONDAY)
    row = certificate_of(application)
    assert normalise(row.code) == row.code
    entry = db.session.scalars(select(RegisterEntry)).one()
    assert (entry.number, entry.holder, entry.verification_code) == (row.number, row.printed_name, row.code)
    assert entry.tckn_index == application.member.tckn_index
    assert vault().open(entry.tckn_sealed) == vault().open(application.member.tckn_sealed)
    assert entry.issued_on == civil("2025-01-13").date()
    audit = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "certificates.issued")).one()
    assert (audit.subject_kind, audit.subject_code) == ("certificate", application.code)


def test_numbers_run_through_a_programmes_year_without_gap_or_double(app: APIFlask):
    first = [passed(at=civil("2025-12-26 10:00") + timedelta(minutes=n)) for n in range(3)]
    next_year = passed(at=civil("2025-12-30 10:00"))
    assert issue(civil("2025-12-29 00:00")) == 3
    assert [certificate_of(a).number for a in first] == [f"DDTA-2025-{n:06d}" for n in (1, 2, 3)]
    later = passed(at=civil("2025-12-28 10:00"))
    assert issue(civil("2026-01-05 00:00")) == 2
    assert certificate_of(later).number == "DDTA-2025-000004"
    assert certificate_of(next_year).number == "DDTA-2026-000001"


def test_R055_name_and_content_are_frozen_and_the_bytes_are_kept(app: APIFlask):
    who = factories.member(first_name="Şükriye", last_name="Işık")
    application = passed(who, at=PASS)
    issue(MONDAY)
    first = services.make_pdf(application.code, actor=holder(application), now=MONDAY)
    who.first_name = application.first_name = "Değişti"
    application.term.programme.name_tr = "Başka ad"
    db.session.flush()
    again = services.stored_pdf(application.code, actor=holder(application), now=MONDAY + timedelta(days=179))
    assert again == first
    row = certificate_of(application)
    assert row.printed_name == "Şükriye Işık"
    assert row.pdf_sha256 == sha256(first.data).hexdigest()
    from lms.core.files import files

    files().delete(row.pdf_key)  # a lost store is mended from the frozen content
    assert services.stored_pdf(application.code, actor=holder(application), now=MONDAY) is None
    assert services.make_pdf(application.code, actor=holder(application), now=MONDAY).data == first.data


def test_nobody_holds_the_database_while_a_pdf_is_typeset(app: APIFlask, monkeypatch: pytest.MonkeyPatch):
    application, typeset = passed(at=PASS), services.render

    def watched(content):
        with transaction():  # refused inside another one
            assert certificate_of(application).pdf_key is None
        return typeset(content)

    monkeypatch.setattr(services, "render", watched)
    assert services.make_pdf(application.code, actor=holder(application), now=MONDAY).data.startswith(b"%PDF")


def test_R108_R109_R110_expired_paid_again_and_expired_again(app: APIFlask):
    application = passed(at=PASS)
    issue(MONDAY)
    actor = holder(application)
    services.make_pdf(application.code, actor=actor, now=MONDAY)
    services.stored_pdf(application.code, actor=actor, now=civil("2025-07-11 23:59:59"))
    with refusal("certificate.view_expired"):
        services.stored_pdf(application.code, actor=actor, now=civil("2025-07-12 00:00"))
    number = certificate_of(application).number
    paid_at = civil("2025-09-01 15:30")
    factories.paid(application.member, application.term, paid_at, purpose="certificate", subject=application.code)
    document = services.stored_pdf(application.code, actor=actor, now=paid_at)
    assert document is not None
    assert document.number == number
    with refusal("certificate.view_expired"):
        services.stored_pdf(application.code, actor=actor, now=paid_at + timedelta(days=180))


def test_nobody_opens_anothers_certificate_or_one_before_its_monday(app: APIFlask):
    application = passed(at=PASS)
    stranger = factories.member().actor()
    db.session.commit()
    for act in (services.stored_pdf, services.make_pdf):
        with refusal("not_found"):
            act(application.code, actor=stranger, now=MONDAY)
        with refusal("certificate.not_yet"):
            act(application.code, actor=holder(application), now=MONDAY - timedelta(seconds=1))
    assert count(Certificate) == 0


def test_holders_are_told_once(app: APIFlask):
    application = passed(at=PASS)
    issue(MONDAY)
    with transaction():
        assert services.announce_due(now=MONDAY) == 1
    with transaction():
        assert services.announce_due(now=MONDAY) == 0
    message = db.session.scalars(select(OutboxMessage)).one()
    assert (message.recipient, message.template) == (application.member.email, "certificate_ready")
    from lms.notifications.services import compose

    mail = compose(message)
    assert certificate_of(application).number in mail.subject
    assert "11 Temmuz 2025 Cuma" in mail.text
    assert "→ izleyen Pazartesi: 13 Ocak 2025 Pazartesi, 00.00" in mail.text


def test_R114_one_asks_another_confirms(app: APIFlask):
    application = passed(at=PASS)
    issue(MONDAY)
    asking, deciding = staff("reviewer"), staff("manager")
    revocation = revocations.request_revocation(application.code, GROUND, REASON, actor=asking, now=MONDAY)
    with refusal("certificate.revocation_pending"):
        revocations.request_revocation(application.code, GROUND, REASON, actor=deciding, now=MONDAY)
    assert services.stored_pdf(application.code, actor=holder(application), now=MONDAY) is None  # still viewable
    for decision in Decision:
        with refusal("certificate.revocation_same_person"):
            revocations.decide_revocation(revocation.code, decision, "", actor=asking, now=MONDAY)
    revocations.decide_revocation(revocation.code, Decision.CONFIRM, "Belgeler incelendi.", actor=deciding, now=MONDAY)

    row = certificate_of(application)
    assert row.revoked_at == MONDAY
    assert db.session.scalars(select(RegisterEntry)).one().revoked_at == MONDAY
    assert application.outcome == "invalid"
    with refusal("certificate.revoked"):
        services.stored_pdf(application.code, actor=holder(application), now=MONDAY)
    with refusal("certificate.revocation_decided"):
        revocations.decide_revocation(revocation.code, Decision.REFUSE, "", actor=deciding, now=MONDAY)
    with refusal("certificate.revoked"):
        revocations.request_revocation(application.code, GROUND, REASON, actor=asking, now=MONDAY)
    acts = set(db.session.scalars(select(AuditEntry.act).where(AuditEntry.actor_kind == "staff")))
    assert {"certificates.revocation_asked", "certificates.revoked"} <= acts
    assert issue(MONDAY + timedelta(days=30)) == 0  # the pass never turns into a second certificate
    assert [m.template for m in db.session.scalars(select(OutboxMessage))] == ["certificate_revoked"]


def test_R114_refused_nothing_changes_and_it_can_be_asked_again(app: APIFlask):
    application = passed(at=PASS)
    issue(MONDAY)
    revocation = revocations.request_revocation(application.code, GROUND, REASON, actor=staff(), now=MONDAY)
    revocations.decide_revocation(revocation.code, Decision.REFUSE, "Yetersiz.", actor=staff(), now=MONDAY)
    assert certificate_of(application).revoked_at is None
    assert application.outcome == "passed"
    revocations.request_revocation(application.code, GROUND, REASON, actor=staff(), now=MONDAY)


def many_passes(number: int, at: datetime) -> None:
    """Straight into the tables: a Monday with ``number`` candidates."""
    term = factories.term()
    first = factories.application(at=at - timedelta(days=2))
    base = db.session.scalar(select(func.max(Member.id))) or 0
    members = [
        {"id": base + n, "code": f"m{n:06d}", "tckn_index": f"i{n:06d}", "tckn_sealed": b"x", "tckn_masked": "100******46", "first_name": "Deniz",
         "last_name": f"Örnek {n}", "name_folded": "deniz", "email": f"m{n}@example.org", "created_at": at}
        for n in range(1, number + 1)
    ]  # fmt: skip
    db.session.execute(insert(Member), members)
    start = first.entitlement_id
    exemption = _exemption(first.member_id, term.code, at)
    common = {c.name: getattr(first, c.name) for c in Application.__table__.c if c.name not in ("id", "code", "number", "member_id", "entitlement_id", "exemption_id")}  # fmt: skip
    common.update(outcome="passed", outcome_at=at, entitlement_id=None, exemption_id=exemption)
    applications = [
        {**common, "id": 500_000 + n, "code": f"a{n:06d}", "number": f"A{n}", "member_id": base + n}
        for n in range(1, number + 1)
    ]
    db.session.execute(insert(Application), applications)
    attempts = [
        {"code": f"a{n:06d}-1", "application_id": 500_000 + n, "member_id": base + n, "ordinal": 1, "available_at": at, "started_at": at, "ends_at": at,
         "question_count": 10, "pass_mark": 70, "state": "finished", "finalised_at": at, "correct": 8, "score": 80, "passed": True}
        for n in range(1, number + 1)
    ]  # fmt: skip
    db.session.execute(insert(Attempt), attempts)
    assert start is not None


def _exemption(member_id: int, term_code: str, at: datetime) -> int:
    from lms.exemptions.models import ExemptionRequest

    values = {"code": "istisna", "member_id": member_id, "term_code": term_code, "created_at": at}
    columns = {c.name: c for c in ExemptionRequest.__table__.c}
    for name, column in columns.items():
        if name in values or column.nullable or column.primary_key or column.default is not None:
            continue
        values[name] = at if "at" in name.split("_")[-1:] else ("approved" if name == "status" else "veteran")
    row = ExemptionRequest(**{k: v for k, v in values.items() if k in columns})
    if "term_id" in columns:
        row.term_id = factories.term().id
    db.session.add(row)
    db.session.flush()
    return row.id


@pytest.mark.parametrize("number", [10, 10_000])
def test_R104_ten_thousand_due_candidates_in_a_fixed_number_of_statements(app: APIFlask, number: int):
    many_passes(number, PASS)
    db.session.commit()
    statements: list[str] = []

    def note(_c, _cursor, statement, *_rest):
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert issue(MONDAY) == number
        with transaction():
            assert services.announce_due(now=MONDAY) == number
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert count(Certificate) == count(OutboxMessage) == count(RegisterEntry) == number
    expected = 12 if db.engine.dialect.name == "sqlite" else 13  # PostgreSQL takes the numbering lock
    assert len(statements) == expected, [s[:60] for s in statements]


def test_R114_before_the_certificate_two_persons_make_the_application_invalid(app: APIFlask):
    application = factories.application(at=PASS - timedelta(days=2))
    asked = revocations.request_revocation(application.code, GROUND, REASON, actor=staff("reviewer"), now=PASS)
    assert application.outcome is None
    revocations.decide_revocation(asked.code, Decision.CONFIRM, "", actor=staff("manager"), now=PASS)
    assert (application.outcome, application.outcome_at) == ("invalid", PASS)
    assert [m.template for m in db.session.scalars(select(OutboxMessage))] == ["application_invalid"]
    with refusal("certificate.application_invalid"):
        revocations.request_revocation(application.code, GROUND, REASON, actor=staff(), now=PASS)


def test_R114_a_certificate_issued_between_request_and_decision_is_revoked_with_it(app: APIFlask):
    application = passed(at=PASS)
    asked = revocations.request_revocation(application.code, GROUND, REASON, actor=staff("reviewer"), now=PASS)
    assert asked.certificate is None
    issue(MONDAY)
    revocations.decide_revocation(asked.code, Decision.CONFIRM, "", actor=staff("manager"), now=MONDAY)
    assert certificate_of(application).revoked_at == MONDAY
    assert db.session.scalars(select(RegisterEntry)).one().revoked_at == MONDAY


def test_R025_R114_revoked_for_misconduct_the_exam_does_not_stand_either(app: APIFlask):
    application = passed(at=PASS)
    issue(MONDAY)
    asked = revocations.request_revocation(application.code, "misconduct", REASON, actor=staff(), now=MONDAY)
    revocations.decide_revocation(asked.code, Decision.CONFIRM, "", actor=staff(), now=MONDAY)
    attempt = certificate_of(application).attempt
    assert (attempt.annul_kind, attempt.passed, attempt.score) == ("misconduct", False, 80)


def test_R114_the_loser_of_two_decisions_is_told_who_and_when(app: APIFlask):
    application = passed(at=PASS)
    issue(MONDAY)
    asked = revocations.request_revocation(application.code, GROUND, REASON, actor=staff(), now=MONDAY)
    winner = staff()
    revocations.decide_revocation(asked.code, Decision.REFUSE, "", actor=winner, now=MONDAY)
    with pytest.raises(Conflict) as refused:
        revocations.decide_revocation(asked.code, Decision.CONFIRM, "", actor=staff(), now=MONDAY)
    assert refused.value.params == {"by": winner.label, "at": MONDAY}


def test_R114_that_the_authorities_were_told_stands_once_in_the_log_of_disclosures(app: APIFlask):
    application = passed(at=PASS)
    issue(MONDAY)
    asked = revocations.request_revocation(application.code, GROUND, REASON, actor=staff(), now=MONDAY)
    with refusal("certificate.not_confirmed"):
        revocations.note_informed(asked.code, "2025/118", actor=staff(), now=MONDAY)
    revocations.decide_revocation(asked.code, Decision.CONFIRM, "", actor=staff(), now=MONDAY)
    with refusal("certificate.reference"):
        revocations.note_informed(asked.code, " ", actor=staff(), now=MONDAY)
    revocations.note_informed(asked.code, "2025/118, 14 Ocak 2025", actor=staff(), now=MONDAY)
    with refusal("certificate.informed_already"):
        revocations.note_informed(asked.code, "2025/119", actor=staff(), now=MONDAY)
    rows = db.session.scalars(select(Disclosure).order_by(Disclosure.id)).all()
    assert [(r.recipient, r.reference) for r in rows] == [
        ("seddk", "2025/118, 14 Ocak 2025"),
        ("orym", "2025/118, 14 Ocak 2025"),
    ]
