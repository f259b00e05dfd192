"""Rules that no single feature holds: the fee that stays, one person however reached, what the form and the exam show."""

from dataclasses import replace
from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from lms.core.access import SYSTEM
from lms.core.db import db, transaction
from lms.core.errors import Conflict, FieldErrors
from lms.core.money import split_vat
from lms.enrolment import services as enrolment
from lms.enrolment.models import Application
from lms.enrolment.rules import Answers
from lms.exams.queries import attempts as exams
from lms.exams.rules.exam import FULL_SCORE
from lms.membership.models import Member
from lms.payments import queries as payments
from lms.payments import rules as payment_rules
from lms.payments.models import Entitlement, Payment
from lms.payments.services import orders as payment_services
from tests import factories
from tests.conftest import TestClock, civil
from tests.membership.helpers import log_in

SUBMITTED = civil("2025-03-03 10:00")


def _applied() -> Application:
    return factories.application(at=SUBMITTED)


def test_R016_R017_the_fee_is_53300_kurus_with_its_vat(app: APIFlask) -> None:
    with transaction():
        term = factories.term()
    assert term.fee_kurus == 53300
    assert split_vat(term.fee_kurus, term.vat_percent) == (44417, 8883)


@pytest.mark.parametrize("outcome", ["invalid", "failed", "lapsed"])
def test_R018_R019_R020_R025_R026_R027_R113_the_fee_stays_whatever_happens(app: APIFlask, outcome: str) -> None:
    """No end of an application pays back, frees the right for something else, or carries it into another term."""
    with transaction():
        application = _applied()
        payment_services.consume(application.entitlement, by=f"application:{application.code}", now=SUBMITTED)
    end = application.term.study_to if outcome == "lapsed" else SUBMITTED + timedelta(days=9)
    with transaction():
        enrolment.close(application, outcome, at=end, now=end)
    kept = db.session.get_one(Entitlement, application.entitlement_id)
    assert kept.consumed_by == f"application:{application.code}"
    assert (kept.payment.status, kept.payment.amount_kurus) == ("paid", 53300)
    with pytest.raises(Conflict):
        payment_services.consume(kept, by="something else", now=end)
    assert payment_services.entitlement_for(application.member_id, "application", "another-term", 1) is None


def test_R006_R018_there_is_no_way_to_give_money_back(app: APIFlask) -> None:
    assert not [rule.rule for rule in app.url_map.iter_rules() if "iade" in rule.rule or "refund" in rule.rule]
    assert {state.value for state in payment_rules.State} == {"pending", "paid", "failed", "expired"}


def test_R033_only_card_and_branch_are_channels(app: APIFlask) -> None:
    check = next(c for c in Payment.__table__.constraints if str(c.name).endswith("channel"))
    assert str(check.sqltext) == "channel IN ('card', 'branch')"  # type: ignore[attr-defined]


def test_R048_R060_the_form_has_four_sections_and_its_detail_is_the_proof(client: FlaskClient, now: TestClock) -> None:
    now.set("2025-03-03 10:00")
    with transaction():
        person = factories.member()
        factories.paid(person, factories.term(), SUBMITTED - timedelta(minutes=5))
    _import_texts()
    log_in(client, person)
    page = client.get("/basvuru").text
    assert page.count('class="form-section') >= 4
    with transaction():
        sent = factories.application(factories.member(), at=SUBMITTED)
    log_in(client, sent.member)
    detail = client.get(f"/basvurularim/{sent.code}")
    assert detail.status_code == 200
    for shown in (sent.number, "3 Mart 2025 Pazartesi, 10.00", "2025 dönemi"):
        assert shown in detail.text


def _import_texts() -> None:
    from lms.core.config import ROOT
    from lms.terms import services as terms

    with transaction():
        terms.import_content(ROOT / "content", actor=SYSTEM, now=SUBMITTED)


def test_R080_R087_R092_three_attempts_of_ten_questions_of_ten_points(app: APIFlask) -> None:
    with transaction():
        parameters = exams.parameters(factories.term())
    assert (parameters.attempts, parameters.question_count, parameters.minutes) == (3, 10, 20)
    assert FULL_SCORE // parameters.question_count == 10


def test_R001_R083_no_exam_and_no_certificate_without_the_training(client: FlaskClient, now: TestClock) -> None:
    now.set("2025-03-20 10:00")
    with transaction():
        factories.release()
        application = _applied()
    log_in(client, application.member)
    assert exams.attempts_of(application.member.actor(), now=now()) == []
    assert client.post(f"/sinavlar/{application.code}-1/baslat").status_code in (404, 409)
    assert client.get(f"/sertifikalarim/{application.code}.pdf").status_code == 404


def test_R100_an_approval_alone_opens_nothing(app: APIFlask, now: TestClock) -> None:
    with transaction():
        application = _applied()
        enrolment.close(application, "failed", at=SUBMITTED + timedelta(days=20), now=SUBMITTED + timedelta(days=20))
        payment_services.permit(application.member_id, application.term_code, 2, now=SUBMITTED + timedelta(days=21))
    here = enrolment.entry(application.member, application.term_code, now=SUBMITTED + timedelta(days=22))
    assert (here.ordinal, here.is_open) == (2, False)
    assert payments.permitted_ordinal(application.member_id, application.term_code) == 2


def test_R125_one_person_whatever_the_address(app: APIFlask) -> None:
    """A second membership of one number cannot exist; a new application keeps its own snapshot."""
    with transaction():
        person = factories.member(email="eski@example.org")
        first = factories.application(person, at=SUBMITTED)
        enrolment.close(first, "failed", at=SUBMITTED + timedelta(days=20), now=SUBMITTED + timedelta(days=20))
        person.email = "yeni@example.org"
        second = factories.application(person, at=SUBMITTED + timedelta(days=30), ordinal=2, institution="Yeni Kurum")
    assert (first.email, second.email) == ("eski@example.org", "yeni@example.org")
    assert first.institution != second.institution
    columns = Member.__table__.c
    assert columns.tckn_index.unique


def test_R054_what_is_typed_is_checked_for_form_not_for_truth(app: APIFlask) -> None:
    _import_texts()
    invented = Answers(
        applicant_type="agency", institution="Hiç Olmayan Acentelik", education="primary", accepts_notice=True, accepts_terms=True
    )  # fmt: skip
    assert enrolment.check(invented).institution == "Hiç Olmayan Acentelik"
    with pytest.raises(FieldErrors):
        enrolment.check(replace(invented, phone="12"))
