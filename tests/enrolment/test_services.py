"""R010-R013, R043, R047-R062, R064, R099, R119, R127: from the right to the form, the application, and its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from lms.audit.models import AuditEntry
from lms.core.access import SYSTEM, Actor
from lms.core.config import vault
from lms.core.db import db, transaction
from lms.core.errors import Conflict, FieldErrors, NotFound
from lms.enrolment import queries, services
from lms.enrolment.models import Application
from lms.enrolment.rules import Answers, Outcome
from lms.exemptions.models import ExemptionRequest
from lms.membership.models import Member
from lms.notifications.models import OutboxMessage
from lms.payments.services import orders as payments
from lms.register import services as register
from lms.terms import services as terms
from lms.terms.models import CalendarOverride, Term
from tests import factories
from tests.conftest import civil

ANSWERS = Answers(
    applicant_type="agency",
    institution="Işık Sigorta Aracılık",
    education="bachelor",
    phone="0532 123 45 67",
    province="Ankara",
    district="Çankaya",
    accepts_notice=True,
    accepts_terms=True,
)
TERM = "ddta-2025-ilk"


def send(person: Member, at: datetime, answers: Answers = ANSWERS, code: str = TERM) -> Application:
    return services.submit(answers, term_code=code, actor=person.actor("10.0.0.1"), now=at)


def exempt(person: Member, term: Term, answered_at: datetime | None) -> ExemptionRequest:
    row = ExemptionRequest(
        code=f"x{person.id}",
        member_id=person.id,
        term_id=term.id,
        term_code=term.code,
        relation="martyr_child",
        email=person.email,
        status="approved",
        requested_at=civil("2025-01-08 10:00"),
        decided_at=civil("2025-01-09 10:00"),
        answered_at=answered_at,
    )
    db.session.add(row)
    db.session.flush()
    return row


def refused(person: Member, at: datetime, code: str = TERM) -> str:
    with pytest.raises(Conflict) as error:
        send(person, at, code=code)
    return error.value.code


# --- sending -----------------------------------------------------------------------------------------------------


def test_R122_paid_at_0859_form_at_0900(term: Term, person: Member) -> None:
    entitlement = factories.paid(person, term, civil("2025-01-08 08:59"))
    application = send(person, civil("2025-01-08 09:00"))
    assert application.assigned_at == civil("2025-01-09 09:00")
    assert application.ordinal == 1
    assert application.number == f"DDTA-2025-{application.id:06d}"
    assert (entitlement.consumed_at, entitlement.consumed_by) == (
        civil("2025-01-08 09:00"),
        f"application:{application.code}",
    )
    acts = db.session.scalars(select(AuditEntry).where(AuditEntry.subject_code == application.code)).all()
    assert [(a.act, a.actor_code) for a in acts] == [("enrolment.submitted", person.code)]


def test_R047_names_and_mail_are_the_memberships_and_stay(term: Term, person: Member) -> None:
    factories.paid(person, term, civil("2025-03-03 09:00"))
    application = send(person, civil("2025-03-03 09:30"))
    person.last_name, person.email = "Yeni", "yeni@example.org"
    db.session.flush()
    db.session.refresh(application)
    assert (application.first_name, application.last_name) == ("Işıl", "Çağ")
    assert application.email != "yeni@example.org"
    assert (application.phone, application.province, application.district) == ("+905321234567", "Ankara", "Çankaya")


def test_R057_each_box_is_stored_with_its_version(term: Term, person: Member) -> None:
    factories.paid(person, term, civil("2025-03-03 09:00"))
    application = send(person, civil("2025-03-03 09:30"))
    rows = [(a.text.kind, a.text.version, a.given, a.ip) for a in queries.acceptances(application.code)]
    assert rows == [
        ("kvkk_notice", 1, True, "10.0.0.1"),
        ("application_terms", 1, True, "10.0.0.1"),
        ("explicit_consent", 1, False, "10.0.0.1"),
    ]


def test_R057_a_text_that_changed_meanwhile_is_read_again(term: Term, person: Member) -> None:
    factories.paid(person, term, civil("2025-03-03 09:00"))
    now, actor = civil("2025-03-03 09:30"), person.actor()
    shown = [t.id for t in services.texts(term, "tr").values()]
    with pytest.raises(Conflict) as error:
        services.submit(ANSWERS, term_code=TERM, actor=actor, now=now, shown=[*shown[:2], shown[2] + 999])
    assert error.value.code == "application.changed"
    services.submit(ANSWERS, term_code=TERM, actor=actor, now=now, shown=shown)


def test_R058_R062_the_second_click_finds_the_first_application(term: Term, person: Member) -> None:
    factories.paid(person, term, civil("2025-03-03 09:00"))
    first = send(person, civil("2025-03-03 09:30"))
    with pytest.raises(Conflict) as error:
        send(person, civil("2025-03-03 09:30:01"))
    assert (error.value.code, error.value.params["id"]) == ("application.exists", first.code)
    assert db.session.scalar(select(func.count()).select_from(Application)) == 1


def test_wrong_answers_change_nothing(term: Term, person: Member) -> None:
    entitlement = factories.paid(person, term, civil("2025-03-03 09:00"))
    with pytest.raises(FieldErrors):
        send(person, civil("2025-03-03 09:30"), replace(ANSWERS, accepts_terms=False))
    assert entitlement.consumed_at is None
    assert db.session.scalar(select(func.count()).select_from(Application)) == 0


# --- the windows -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("paid", "now", "code"),
    [
        (None, "2025-03-03 09:00", "application.not_paid"),
        (None, "2025-01-07 23:59:59.999", "term.not_open_yet"),
        (None, "2025-11-22 00:00", "term.closed"),
        ("2025-11-21 23:59:50", "2025-11-22 00:00", "term.closed"),
        ("2025-11-21 23:59:50", "2025-11-21 23:59:59.999", None),
        ("2025-01-08 00:00", "2025-01-08 00:00", None),
    ],
)
def test_R010_R011_the_form_window(term: Term, person: Member, paid: str | None, now: str, code: str | None) -> None:
    if paid:
        factories.paid(person, term, civil(paid))
    if code is None:
        assert send(person, civil(now)).submitted_at == civil(now)
    else:
        assert refused(person, civil(now)) == code


def test_R043_a_branch_payment_opens_the_form_six_hours_later(term: Term, person: Member) -> None:
    entitlement = factories.paid(person, term, civil("2025-11-21 17:00"))
    entitlement.opens_at = civil("2025-11-21 23:00")
    db.session.flush()
    assert refused(person, civil("2025-11-21 22:59:59.999")) == "application.form_not_open_yet"
    assert send(person, civil("2025-11-21 23:00")).assigned_at == civil("2025-11-24 00:00")


def test_R005_R006_R022_a_payment_for_another_service_opens_nothing(term: Term, person: Member) -> None:
    factories.paid(person, terms.current_term("ddta-2025-yenileme"), civil("2025-03-03 09:00"))
    assert refused(person, civil("2025-03-03 09:30")) == "application.not_paid"


def test_R003_a_holder_is_led_to_renewal_even_if_paid(term: Term, person: Member) -> None:
    factories.paid(person, term, civil("2025-03-03 09:00"))
    tckn = vault().open(person.tckn_sealed)
    register.add(
        tckn=tckn,
        programme_code="ddta",
        number="DDTA-2023-1",
        holder="I. Ç.",
        issued_on=civil("2023-03-06 00:00").date(),
        verification_code=None,
        source="imported",
        now=civil("2025-01-01 00:00"),
    )
    assert refused(person, civil("2025-03-03 09:30")) == "register.holder"


def test_R119_R120_exempt_form_opens_when_the_answer_was_sent(term: Term, person: Member) -> None:
    request = exempt(person, term, None)
    assert refused(person, civil("2025-01-10 10:00")) == "application.not_paid"
    request.answered_at = civil("2025-01-10 10:00")
    db.session.flush()
    assert refused(person, civil("2025-01-10 09:59:59.999")) == "application.form_not_open_yet"
    application = send(person, civil("2025-01-10 10:00"))
    assert (application.exemption_id, application.entitlement_id) == (request.id, None)
    assert application.assigned_at == civil("2025-01-13 00:00")


def test_R021_paid_and_then_exempt_uses_what_was_paid(term: Term, person: Member) -> None:
    entitlement = factories.paid(person, term, civil("2025-01-08 09:00"))
    exempt(person, term, civil("2025-01-10 10:00"))
    application = send(person, civil("2025-01-10 11:00"))
    assert (application.entitlement_id, application.exemption_id) == (entitlement.id, None)


# --- R064, R127 --------------------------------------------------------------------------------------------------


def test_R064_R127_a_holiday_entered_later_moves_nothing(term: Term, person: Member) -> None:
    factories.paid(person, term, civil("2025-03-28 13:52"))
    application = send(person, civil("2025-03-28 14:00"))
    assert application.assigned_at == civil("2025-04-02 00:00")
    assert [s["code"] for s in application.assigned_why["steps"]] == [
        "step.form_sent",
        "step.hours_later",
        "step.weekend",
        "step.holidays",
        "step.first_business_day",
    ]
    leave = civil("2025-04-02 00:00").date()
    db.session.add(CalendarOverride(on=leave, kind="holiday", name="İdari izin", created_at=civil("2025-03-31 10:00")))
    db.session.flush()
    other = factories.member()
    factories.paid(other, term, civil("2025-03-28 13:52"))
    assert send(other, civil("2025-03-28 14:00")).assigned_at == civil("2025-04-03 00:00")
    db.session.refresh(application)
    assert application.assigned_at == civil("2025-04-02 00:00")


def test_R127_who_paid_under_the_old_version_keeps_its_window(term: Term, person: Member) -> None:
    factories.paid(person, term, civil("2025-03-03 09:00"))
    values = {c.key: getattr(term, c.key) for c in Term.__table__.columns if c.key not in ("id", "version")}
    term.superseded_at = civil("2025-06-01 00:00")
    db.session.flush()
    db.session.add(Term(**{**values, "version": 2, "application_to": civil("2025-07-01 00:00"), "superseded_at": None}))
    db.session.flush()
    application = send(person, civil("2025-08-01 09:00"))
    assert application.term_id == term.id
    assert refused(factories.member(), civil("2025-08-01 09:00")) == "term.closed"


# --- further applications ----------------------------------------------------------------------------------------


def test_R099_again_only_after_three_fails_approval_and_payment(term: Term, person: Member) -> None:
    first = factories.application(person, at=civil("2025-03-03 09:00"), term=term)
    services.close(first, "failed", at=civil("2025-04-01 10:00"), now=civil("2025-04-01 10:00"))
    at = civil("2025-04-07 09:00")
    factories.paid(person, term, at, subject="2")  # D-4: paid before the approval
    assert refused(person, at) == "application.needs_approval"
    payments.permit(person.id, TERM, 2, now=at)
    second = send(person, at)
    assert (second.ordinal, second.assigned_at) == (2, civil("2025-04-08 09:00"))
    assert [a.code for a in services.applications_of(person.id)] == [second.code, first.code]


def test_R099_an_approval_alone_opens_nothing(term: Term, person: Member) -> None:
    first = factories.application(person, at=civil("2025-03-03 09:00"), term=term)
    services.close(first, "failed", at=civil("2025-04-01 10:00"), now=civil("2025-04-01 10:00"))
    payments.permit(person.id, TERM, 2, now=civil("2025-04-07 09:00"))
    assert refused(person, civil("2025-04-07 09:00")) == "application.not_paid"


def test_D16_an_exempt_persons_further_application_needs_approval_and_is_free(term: Term, person: Member) -> None:
    request = exempt(person, term, civil("2025-01-10 10:00"))
    first = send(person, civil("2025-01-10 11:00"))
    services.close(first, "failed", at=civil("2025-04-01 10:00"), now=civil("2025-04-01 10:00"))
    assert refused(person, civil("2025-04-07 09:00")) == "application.needs_approval"
    payments.permit(person.id, TERM, 2, now=civil("2025-04-07 09:00"))
    second = send(person, civil("2025-04-07 10:00"))
    assert (second.ordinal, second.exemption_id) == (2, request.id)


@pytest.mark.parametrize("outcome", ["passed", "lapsed", "invalid"])
def test_R099_only_three_fails_open_the_way(term: Term, person: Member, outcome: str) -> None:
    first = factories.application(person, at=civil("2025-03-03 09:00"), term=term)
    services.close(first, outcome, at=civil("2025-04-01 10:00"), now=civil("2025-04-01 10:00"))
    payments.permit(person.id, TERM, 2, now=civil("2025-04-07 09:00"))
    assert refused(person, civil("2025-04-07 09:00")) == "application.needs_approval"


@pytest.mark.parametrize("outcome", ["failed", "lapsed", "invalid"])
def test_R019_R020_R025_R026_R027_R113_the_fee_is_kept_and_opens_nothing_else(
    term: Term, person: Member, outcome: str
) -> None:
    entitlement = factories.paid(person, term, civil("2025-03-03 09:00"))
    application = send(person, civil("2025-03-03 09:30"))
    services.close(application, outcome, at=civil("2025-04-01 10:00"), now=civil("2025-04-01 10:00"))
    db.session.refresh(entitlement)
    assert entitlement.consumed_by == f"application:{application.code}"
    assert entitlement.payment.status == "paid"
    assert refused(person, civil("2025-04-07 09:00")) == "application.needs_approval"
    values = {c.key: getattr(term, c.key) for c in Term.__table__.columns if c.key != "id"}
    following = {
        "code": "ddta-2026-ilk",
        "application_to": civil("2026-11-21 00:00"),
        "study_to": civil("2026-11-28 00:00"),
    }
    db.session.add(Term(**{**values, **following}))
    db.session.flush()
    assert (
        refused(person, civil("2026-02-02 09:00"), "ddta-2026-ilk") == "application.not_paid"
    )  # R101: no approval asked


def test_R125_a_new_employer_is_a_new_snapshot_of_the_same_person(term: Term, person: Member) -> None:
    factories.paid(person, term, civil("2025-03-03 09:00"))
    first = send(person, civil("2025-03-03 09:30"))
    services.close(first, "failed", at=civil("2025-04-01 10:00"), now=civil("2025-04-01 10:00"))
    payments.permit(person.id, TERM, 2, now=civil("2025-04-07 09:00"))
    factories.paid(person, term, civil("2025-04-07 09:00"), subject="2")
    person.email = "yeni@example.org"
    second = send(
        person, civil("2025-04-07 09:30"), replace(ANSWERS, applicant_type="broker", institution="Yeni Brokerlik")
    )
    db.session.refresh(first)
    assert (first.institution, second.institution) == ("Işık Sigorta Aracılık", "Yeni Brokerlik")
    assert first.email != second.email == "yeni@example.org"
    assert first.member_id == second.member_id


# --- its end -----------------------------------------------------------------------------------------------------


def test_R012_close_is_told_once(term: Term) -> None:
    application = factories.application(term=term)
    at = civil("2025-01-09 11:20")
    services.close(application, "passed", at=at, now=at)
    services.close(application, "passed", at=at + timedelta(days=1), now=at)
    assert (application.outcome, application.outcome_at) == ("passed", at)
    with pytest.raises(Conflict):
        services.close(application, "failed", at=at, now=at)
    acts = db.session.scalars(select(AuditEntry.act).where(AuditEntry.subject_code == application.code)).all()
    assert acts == ["enrolment.closed"]


def test_R114_a_pass_may_be_invalidated_by_staff(term: Term) -> None:
    application = factories.application(term=term)
    at = civil("2025-01-09 11:20")
    services.close(application, "passed", at=at, now=at)
    staff = Actor(kind="staff", id=5, code="s5", label="Personel", role="manager")
    services.close(application, "invalid", at=at, now=at, actor=staff)
    assert application.outcome == Outcome.INVALID.value


def test_R013_lapse_at_the_windows_end_however_late(term: Term) -> None:
    still_open = factories.application(term=term)
    done = factories.application(term=term)
    services.close(done, "failed", at=civil("2025-02-01 10:00"), now=civil("2025-02-01 10:00"))
    rows = [still_open, done]
    assert services.lapse(rows, now=civil("2025-11-28 23:59:59.999")) == 0
    assert services.lapse(rows, now=civil("2025-12-01 08:00")) == 1
    assert services.lapse(rows, now=civil("2025-12-01 08:00")) == 0
    assert (still_open.outcome, still_open.outcome_at) == ("lapsed", civil("2025-11-29 00:00"))
    assert done.outcome == "failed"
    assert outbox() == [("lapsed", still_open.email)]


def test_own_application_of_a_stranger_does_not_exist(term: Term) -> None:
    application = factories.application(term=term)
    assert services.own_application(application.member.actor(), application.code).id == application.id
    for code in (application.code, "nope"):
        with pytest.raises(NotFound):
            services.own_application(factories.member().actor(), code)


# --- jobs --------------------------------------------------------------------------------------------------------


def outbox() -> list[tuple[str, str]]:
    rows = db.session.execute(select(OutboxMessage.template, OutboxMessage.recipient).order_by(OutboxMessage.id))
    return [(template, to) for template, to in rows]


def test_R058_the_application_is_confirmed_by_mail(term: Term, person: Member) -> None:
    factories.paid(person, term, civil("2025-03-03 09:00"))
    send(person, civil("2025-03-03 09:30"))
    assert outbox() == [("application_received", person.email)]


def test_R064_R065_announced_once_when_it_opens(term: Term) -> None:
    application = factories.application(term=term, phone="+905321234567")
    with transaction():
        assert services.announce(now=civil("2025-01-09 08:59:59")) == 0
    assert services.announce(now=civil("2025-01-09 09:00")) == 1
    assert services.announce(now=civil("2025-01-10 09:00")) == 0
    assert outbox() == [("training_assigned", application.email), ("training_assigned", "+905321234567")]


@pytest.mark.parametrize(
    ("paid", "now", "count"),
    [
        ("2025-11-01 10:00", "2025-11-14 23:59:59", 0),
        ("2025-11-01 10:00", "2025-11-15 00:00", 1),
        ("2025-11-16 10:00", "2025-11-17 00:00", 0),
        ("2025-11-16 10:00", "2025-11-20 00:00", 1),
        ("2025-11-21 21:30", "2025-11-21 23:00", 0),
        ("2025-11-01 10:00", "2025-11-22 00:00", 0),
    ],
)
def test_R011_reminders(term: Term, person: Member, paid: str, now: str, count: int) -> None:
    factories.paid(person, term, civil(paid))
    assert services.remind(now=civil(now)) == count
    assert services.remind(now=civil(now)) == 0


def test_R011_three_reminders_and_none_after_the_form(term: Term, person: Member) -> None:
    factories.paid(person, term, civil("2025-11-01 10:00"))
    sent = [services.remind(now=civil(t)) for t in ("2025-11-15 00:00", "2025-11-20 00:00", "2025-11-21 21:00")]
    assert sent == [1, 1, 1]
    other = factories.member()
    factories.paid(other, term, civil("2025-11-01 10:00"))
    send(other, civil("2025-11-02 10:00"))
    assert services.remind(now=civil("2025-11-21 21:05")) == 0


def test_messages_render_without_a_tckn(term: Term, person: Member) -> None:
    from lms.notifications.services import compose

    person.phone = "+905321234567"
    factories.paid(person, term, civil("2025-11-01 10:00"))
    services.remind(now=civil("2025-11-15 00:00"))
    application = send(person, civil("2025-11-16 09:30"))
    services.announce(now=civil("2025-11-19 09:00"))
    services.lapse([application], now=civil("2025-12-01 08:00"))
    rows = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert {r.template for r in rows} == {"form_reminder", "application_received", "training_assigned", "lapsed"}
    for row in rows:
        for language in ("tr", "en"):
            row.language = language
            text = compose(row).text
            explained = row.channel == "mail"
            assert ({"tr": "Neden bu tarih: ", "en": "Why this date: "}[language] in text) == explained


def _exempt(person: Member, term: Term, answered: str) -> ExemptionRequest:
    row = ExemptionRequest(
        code="muaf00000001", member_id=person.id, term_id=term.id, term_code=term.code, relation="veteran", email=person.email,
        status="approved", requested_at=civil("2025-03-01 09:00"), answered_at=civil(answered),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def test_R011_R119_who_is_exempt_and_has_not_sent_the_form_is_reminded_too(term: Term, person: Member) -> None:
    row = _exempt(person, term, "2025-03-04 10:00")
    moments = (
        "2025-11-14 23:59",
        "2025-11-15 00:00",
        "2025-11-15 00:10",
        "2025-11-20 00:00",
        "2025-11-21 21:00",
        "2025-11-22 00:00",
    )
    assert [services.remind(now=civil(t)) for t in moments] == [0, 1, 0, 1, 1, 0]
    first = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).first()
    assert first is not None
    assert first.params["exempt"] is True
    other = factories.member()
    row = _exempt_copy(row, other)
    factories.application(other, at=civil("2025-11-02 10:00"), exemption_id=row.id, entitlement_id=None)
    assert services.remind(now=civil("2025-11-21 21:05")) == 0


def _exempt_copy(row: ExemptionRequest, other: Member) -> ExemptionRequest:
    copy = ExemptionRequest(
        code="muaf00000002", member_id=other.id, term_id=row.term_id, term_code=row.term_code, relation="veteran",
        email=other.email, status="approved", requested_at=row.requested_at, answered_at=row.answered_at,
    )  # fmt: skip
    db.session.add(copy)
    db.session.flush()
    return copy


def test_R011_R127_a_window_made_longer_moves_the_reminders_of_who_paid_before(term: Term, person: Member) -> None:
    factories.paid(person, term, civil("2025-11-01 10:00"))
    values = {**term.parameters, "application_to": civil("2025-11-25 00:00"), "study_to": civil("2025-12-06 00:00")}
    terms.change_term(
        term.code, values, seen=1, reason="Süre uzatıldı, karar 5", actor=SYSTEM, now=civil("2025-11-10 09:00")
    )
    moments = ("2025-11-15 00:00", "2025-11-18 00:00", "2025-11-23 00:00", "2025-11-24 21:00")
    assert [services.remind(now=civil(t)) for t in moments] == [0, 1, 1, 1]
    row = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).first()
    assert row is not None
    assert row.params["closes_at"].startswith("2025-11-24T23:59")


def test_R011_R127_who_was_given_a_longer_window_is_reminded_by_their_own(term: Term, person: Member) -> None:
    free, other = factories.member(), factories.member()
    for payer in (person, other):
        factories.paid(payer, term, civil("2025-11-01 10:00"))
    _exempt(free, term, "2025-11-01 10:00")
    ends = {"application_to": civil("2025-11-25 00:00"), "study_to": civil("2025-12-06 00:00")}
    terms.give([person.id, free.id], terms.longer(term, **ends, now=civil("2025-11-10 09:00")))
    moments = (
        "2025-11-15 00:00",
        "2025-11-18 00:00",
        "2025-11-21 21:00",
        "2025-11-23 00:00",
        "2025-11-24 21:00",
        "2025-11-25 00:00",
    )
    assert [services.remind(now=civil(t)) for t in moments] == [1, 2, 1, 2, 2, 0]
    told = [(row.member_code, row.params["closes_at"][:16]) for row in db.session.scalars(select(OutboxMessage))]
    own = {(one.code, "2025-11-24T23:59") for one in (person, free)}
    assert set(told) == own | {(other.code, "2025-11-21T23:59")}
