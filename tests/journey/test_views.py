"""The first page and the home of a candidate, at every stage."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask.testing import FlaskClient

from lms.certificates.jobs import issue_certificates
from lms.core.db import db
from lms.enrolment.models import Application
from lms.exams.models import Attempt
from lms.exams.services import reapplication
from lms.exemptions.models import ExemptionRequest
from lms.journey import services
from lms.learning.models import Training
from lms.membership.models import Member
from lms.payments.services import orders as payments
from lms.terms import services as terms
from lms.terms.models import Term
from lms.web.messages import sentence
from tests import factories
from tests.conftest import TestClock, civil
from tests.enrolment.conftest import become


def trained(application: Application, at: datetime) -> None:
    release = factories.release()
    db.session.add(
        Training(
            application_id=application.id,
            member_id=application.member_id,
            release_id=release.id,
            started_at=application.assigned_at,
            completed_at=at,
        )
    )
    db.session.commit()


def sat(application: Application, ordinal: int, at: datetime, score: int) -> None:
    db.session.add(
        Attempt(
            code=f"{application.code}-{ordinal}",
            application_id=application.id,
            member_id=application.member_id,
            ordinal=ordinal,
            available_at=at,
            started_at=at,
            ends_at=at,
            question_count=10,
            pass_mark=70,
            state="finished",
            finalised_at=at,
            finished_by="candidate",
            correct=score // 10,
            score=score,
            passed=score >= 70,
        )
    )
    db.session.commit()


@pytest.fixture
def applied(who: Member, term: Term, now: TestClock) -> Application:
    """R122: form on Wed 8 Jan 09:00, training on Thu 9 Jan 09:00."""
    application = factories.application(who, term=term)
    db.session.commit()
    now.set("2025-01-08 09:05")
    return application


# --- strangers ---------------------------------------------------------------------------------------------------


def test_the_first_page_tells_the_term_and_has_three_doors(client: FlaskClient, term: Term, now: TestClock) -> None:
    page = client.get("/")
    assert page.status_code == 200
    for text in (
        "8 Ocak 2025 – 21 Kasım 2025", "9 Ocak 2025 – 28 Kasım 2025", "533,00\N{NO-BREAK SPACE}₺", "Başvur", "Giriş yap",
        "Sertifika doğrula", "başvurular açık", "Şehit eşi", "şehit çocuğu", "gazi eşi", "gazi çocuğu", 'action="/dogrula"',
    ):  # fmt: skip
        assert text in page.text


@pytest.mark.parametrize(
    ("at", "text"),
    [
        ("2025-01-07 23:59", "yakında"),
        ("2025-11-21 10:00", "en çok 1 tanesine"),
        ("2025-11-22 00:00", "başvurular kapandı"),
        ("2025-11-29 00:00", "Şu anda ilan edilmiş bir dönem yok"),
    ],
)
def test_R008_R015_the_first_page_through_the_year(
    client: FlaskClient, term: Term, now: TestClock, at: str, text: str
) -> None:
    now.set(at)
    assert text in client.get("/").text


def test_without_any_term_the_first_page_still_stands(client: FlaskClient, now: TestClock) -> None:
    assert client.get("/").status_code == 200


def test_staff_go_to_their_desk(client: FlaskClient, term: Term, monkeypatch: pytest.MonkeyPatch) -> None:
    become(monkeypatch, factories.member(staff_role="manager"))
    assert client.get("/").location == "/yonetim"


def test_legal_texts_are_public(client: FlaskClient, term: Term) -> None:
    assert "Kişisel verilerin korunması" in client.get("/aydinlatma").text
    assert "Başvuru Şartları ve Koşullar" in client.get("/kosullar").text
    assert "Service contract" in client.get("/metinler/sozlesme?lang=en").text
    assert client.get("/metinler/explicit_consent").status_code == 404


# --- the candidate -----------------------------------------------------------------------------------------------


def test_a_new_member_pays(client: FlaskClient, who: Member, term: Term, now: TestClock) -> None:
    page = client.get("/").text
    for text in (
        "Merhaba Işıl", "Ödemenizi yapın", f'href="/odeme/{term.code}"', "21 Kasım 2025 Cuma, 23.45", "533,00\N{NO-BREAK SPACE}₺",
        "13 Kasım 2025 Perşembe",  # the last day for all three
        "18 Kasım 2025 Salı",  # R045
        "14 Kasım 2025 Cuma",  # D-20
    ):  # fmt: skip
        assert text in page


def test_R015_late_in_the_year_the_home_tells_what_is_lost(client: FlaskClient, who: Member, now: TestClock) -> None:
    now.set("2025-11-18 10:00")
    assert "3 haktan en çok 2 tanesine" in client.get("/").text


def test_R010_paid_leads_to_the_form(client: FlaskClient, who: Member, term: Term, now: TestClock) -> None:
    factories.paid(who, term, civil("2025-03-28 13:52"))
    db.session.commit()
    now.set("2025-03-28 13:53")
    page = client.get("/").text
    assert "Başvuru formunu doldurun" in page
    assert "21 Kasım 2025 Cuma, 23.59" in page
    assert "28 Mart 2025 Cuma, 13.52" in page
    now.set("2025-11-22 00:00")
    assert "Başvuru formu süresinde gönderilmedi" in client.get("/").text


def test_R011_a_payment_lost_in_an_earlier_term_bars_nothing(
    client: FlaskClient, who: Member, term: Term, now: TestClock
) -> None:
    factories.paid(who, terms.current_term("ddta-2024"), civil("2024-11-20 10:00"))
    db.session.commit()
    page = client.get("/").text
    assert "Ödemenizi yapın" in page
    assert f'href="/odeme/{term.code}"' in page


def test_R064_the_wait_for_the_training_and_why(client: FlaskClient, applied: Application, now: TestClock) -> None:
    applied.assigned_at = civil("2025-04-02 00:00")
    applied.assigned_why = {
        "value": "2025-04-02T00:00:00+03:00",
        "steps": [{"code": "step.first_business_day", "params": {"at": "2025-04-02T00:00:00+03:00"}}],
    }
    db.session.commit()
    page = client.get("/").text
    assert "Eğitim 2 Nisan 2025 Çarşamba, 00.00 itibarıyla açılıyor" in page
    assert "ilk iş günü: 2 Nisan 2025 Çarşamba, 00.00" in page
    assert 'href="/takvimim"' in page
    assert "DETAYI GÖR" in page


def test_R001_R122_the_whole_journey_by_the_clock(client: FlaskClient, applied: Application, now: TestClock) -> None:
    now.set("2025-01-09 08:59:59")
    assert "Eğitim 9 Ocak 2025 Perşembe, 09.00 itibarıyla açılıyor" in client.get("/").text
    now.set("2025-01-09 09:00")
    page = client.get("/").text
    assert "Eğitimi izleyin (%0)" in page
    assert "16 Kasım 2025 Pazar, 23.59" in page
    trained(applied, civil("2025-01-09 11:00"))
    now.set("2025-01-09 11:00")
    page = client.get("/").text
    assert "1. sınavınız hazır" in page
    assert f'href="/sinavlar/{applied.code}-1"' in page
    sat(applied, 1, civil("2025-01-09 11:20"), 60)
    now.set("2025-01-09 11:20")
    page = client.get("/").text
    assert "2. sınavınız 13 Ocak 2025 Pazartesi, 00.00 itibarıyla açılıyor" in page
    assert "1. sınav: 60 puan" in page
    sat(applied, 2, civil("2025-01-13 10:00"), 70)
    applied.outcome, applied.outcome_at = "passed", civil("2025-01-13 10:00")
    db.session.commit()
    now.set("2025-01-19 23:59:59")
    assert "Sertifikanız 20 Ocak 2025 Pazartesi, 00.00 itibarıyla açılıyor" in client.get("/").text
    now.set("2025-01-20 00:00")
    assert "Sertifikanız hazır" in client.get("/").text
    now.set("2025-07-19 00:00")
    page = client.get("/").text
    assert "görüntüleme süresi doldu" in page
    assert "Sertifika Ödemesi" in page


def test_R013_lapsed_without_any_job(client: FlaskClient, applied: Application, now: TestClock) -> None:
    now.set("2025-11-28 23:59:59")
    assert "Eğitimi izleyin" in client.get("/").text
    now.set("2025-11-29 00:00")
    assert "Başvurunuzun süresi doldu" in client.get("/").text


def test_R096_the_lost_attempt_is_told_at_once(client: FlaskClient, applied: Application, now: TestClock) -> None:
    trained(applied, civil("2025-11-26 11:00"))
    sat(applied, 1, civil("2025-11-26 12:00"), 50)
    now.set("2025-11-26 12:00")
    page = client.get("/").text
    assert "Bu dönemde başka sınav hakkı açılmayacak" in page
    assert "1 Aralık 2025 Pazartesi, 00.00" in page


def test_R099_after_three_fails(client: FlaskClient, applied: Application, now: TestClock) -> None:
    trained(applied, civil("2025-01-09 11:00"))
    for ordinal, at in enumerate(("2025-01-09 12:00", "2025-01-13 12:00", "2025-01-20 12:00"), 1):
        sat(applied, ordinal, civil(at), 50)
    applied.outcome, applied.outcome_at = "failed", civil("2025-01-20 12:00")
    db.session.commit()
    now.set("2025-01-20 12:01")
    page = client.get("/").text
    assert "Yeniden başvuru isteyebilirsiniz" in page
    assert "izleyen Pazartesi gelir" not in page  # no right is left that a Monday could bring
    assert "Son günler" not in page
    asked = reapplication.request_reapplication(
        application_code=applied.code, explanation="Eğitimi yeniden almak istiyorum, üç sınavda da olmadı.",
        actor=applied.member.actor(), now=now(),
    )  # fmt: skip
    clerk = factories.member(staff_role="reviewer").actor()
    reapplication.decide_reapplication(asked.code, "approve", reason="", actor=clerk, now=civil("2025-01-21 09:30"))
    db.session.commit()
    page = client.get("/").text
    assert "Ödemenizi yapın" in page
    assert 'onaylandı: <time datetime="2025-01-21T09:30:00+03:00">21 Ocak 2025 Salı, 09.30</time>.' in page


@pytest.fixture
def holder(applied: Application, now: TestClock) -> Application:
    """R122: passed on 9 January, certified on Monday the 13th."""
    trained(applied, civil("2025-01-09 11:00"))
    sat(applied, 1, civil("2025-01-09 11:20"), 90)
    applied.outcome, applied.outcome_at = "passed", civil("2025-01-09 11:20")
    assert applied.entitlement is not None
    payments.consume(applied.entitlement, by=f"application:{applied.code}", now=applied.submitted_at)
    db.session.commit()
    now.set("2025-01-13 00:00")
    issue_certificates(now())
    return applied


def test_R011_a_holder_who_paid_for_the_renewal_is_led_to_its_form(
    client: FlaskClient, who: Member, holder: Application, now: TestClock
) -> None:
    assert services.next_step(who, now()).code == "view_certificate"  # an open renewal term hides no certificate
    renewal = terms.current_term("ddta-2025-yenileme")
    factories.paid(who, renewal, civil("2025-02-03 10:00"))
    db.session.commit()
    now.set("2025-02-03 10:01")
    found = services.next_step(who, now())
    assert (found.code, found.url) == ("apply", "/basvuru?donem=ddta-2025-yenileme")
    now.set("2025-11-22 00:00")  # the window is over, the payment lost: the certificate is what there is
    assert services.next_step(who, now()).code == "renew_view"


def test_R119_a_holder_exempt_in_the_renewal_is_led_to_its_form(
    client: FlaskClient, who: Member, holder: Application, now: TestClock
) -> None:
    for code in (holder.term_code, "ddta-2025-yenileme"):
        assert services.next_step(who, now()).code == "view_certificate"
        db.session.add(
            ExemptionRequest(
                code=code, member_id=who.id, term_id=terms.current_term(code).id, term_code=code, relation="veteran",
                email=who.email, status="approved", requested_at=now(), answered_at=now(),
            )
        )  # fmt: skip
        db.session.commit()
    assert services.next_step(who, now()).url == "/basvuru?donem=ddta-2025-yenileme"


def test_the_next_step_for_the_api(client: FlaskClient, applied: Application, now: TestClock) -> None:
    found = services.next_step(applied.member, now())
    assert (found.code, found.rule, found.at) == ("wait_training", "R064", civil("2025-01-09 09:00"))
    assert sentence("next.wait_training", {"at": found.at}, "en").startswith("Your training opens on")


def test_the_home_in_english(client: FlaskClient, applied: Application, now: TestClock) -> None:
    assert "Your training opens on" in client.get("/?lang=en").text


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        ("invalid", "Başvurunuz geçersiz sayıldı"),
        ("lapsed", "Başvurunuzun süresi doldu"),
        ("failed", "Yeniden başvuru isteyebilirsiniz"),
    ],
)
def test_R098_R114_every_end_has_its_home(
    client: FlaskClient, applied: Application, now: TestClock, outcome: str, text: str
) -> None:
    applied.outcome, applied.outcome_at = outcome, now()
    db.session.commit()
    assert text in client.get("/").text
    assert client.get("/basvurularim").status_code == 200


def test_R116_R119_an_exempt_person_goes_to_the_form(
    client: FlaskClient, who: Member, term: Term, now: TestClock
) -> None:
    request = ExemptionRequest(
        code="x1", member_id=who.id, term_id=term.id, term_code=term.code, relation="veteran", email=who.email,
        status="requested", requested_at=now(),
    )  # fmt: skip
    db.session.add(request)
    db.session.commit()
    page = client.get("/").text
    assert "Ücret muafiyeti isteğiniz inceleniyor" in page
    assert "Muafiyet isteğimin durumu" in page
    assert "Ücret muafiyeti iste<" not in page  # one request is enough
    assert "Ödemenizi yapın" in page  # R021: a pending request never hides the payment
    request.status = "more_documents"
    db.session.commit()
    page = client.get("/").text
    assert "Muafiyet isteğiniz için ek belge bekliyoruz" in page
    assert "isteğiniz inceleniyor" not in page
    request.status, request.answered_at = "approved", now()
    db.session.commit()
    page = client.get("/").text
    assert "Başvuru formunu doldurun" in page
    assert "Ücretten muaf" in page
    assert "Ödeme Yap" not in page
