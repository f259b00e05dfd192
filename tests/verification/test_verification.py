"""What a stranger learns about a code, and what not (R111, D-19, D-22)."""

from datetime import date
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from lms.certificates import jobs
from lms.certificates.models import Certificate, CertificateLookup
from lms.core.codes import format_code, new_verification_code
from lms.core.db import db
from lms.register import services as register
from lms.verification import services
from lms.verification.rules import Status
from tests import factories
from tests.certificates.helpers import passed
from tests.certificates.test_services import MONDAY, PASS, certificate_of
from tests.conftest import TestClock, civil

PARTS = (
    "css/app.css",
    "js/base.js",
    "icons/favicon.svg",
    "verification/same-file.js",
    "fonts/source-sans-3-latin.woff2",
    "fonts/source-sans-3-tr.woff2",
)


@pytest.fixture(autouse=True)
def nobody_was_here_before(client: FlaskClient) -> None:
    client.application.extensions["lms_throttle"].storage.reset()


@pytest.fixture
def certificate(client: FlaskClient, now: TestClock) -> Certificate:
    now.set(MONDAY)
    application = passed(factories.member(first_name="Deniz Özgür", last_name="Aydınlıoğlu"), at=PASS)
    jobs.issue_certificates(MONDAY)
    db.session.commit()
    return certificate_of(application)


def test_valid_says_every_field_of_the_paper_and_hides_the_person(client: FlaskClient, certificate: Certificate):
    page = client.get(f"/d/{certificate.code}")
    assert page.status_code == 200
    for part in (
        "GEÇERLİ",
        "DDTA-2025-000001",
        "D**** Ö**** A**********",
        "Devlet Destekli Ticari Alacak Sigortası",
        "2025 dönemi",
        "13 Ocak 2025",
        "Sorgu zamanı",
        "13 Ocak 2025 Pazartesi, 00.00",
        format_code(certificate.code),
    ):
        assert part in page.text
    for hidden in ("Deniz", "Aydınlıoğlu", certificate.content["holder_id"], certificate.application.code):
        assert hidden not in page.text


@pytest.mark.parametrize("write", [str.lower, format_code, " ".join, lambda c: c.replace("1", "İ").replace("0", "o")])
@pytest.mark.parametrize("prefix", ["/d/", "/D/"])
def test_D22_typed_or_scanned_any_way(client: FlaskClient, certificate: Certificate, prefix: str, write):
    assert "GEÇERLİ" in client.get(prefix + write(certificate.code)).text


def test_R111_D19_it_answers_after_the_display_has_expired(
    client: FlaskClient, certificate: Certificate, now: TestClock
):
    now.set("2035-01-01 12:00")
    assert "GEÇERLİ" in client.get(f"/d/{certificate.code}").text


def test_R114_revoked_says_so_and_when(client: FlaskClient, certificate: Certificate):
    certificate.revoked_at = civil("2025-02-03 14:00")
    db.session.commit()
    page = client.get(f"/d/{certificate.code}").text
    assert "İPTAL EDİLDİ" in page
    assert "3 Şubat 2025" in page
    assert "GEÇERLİ<" not in page


@pytest.mark.parametrize("typed", ["0", "yok", "U" * 17, "%00", "a/b/c", "<script>alert(1)</script>", "ğ" * 500])
def test_whatever_else_is_not_found_and_not_echoed_raw(client: FlaskClient, now: TestClock, typed: str):
    page = client.get(f"/d/{typed}")
    assert page.status_code == 200
    assert "BULUNAMADI" in page.text
    assert "<script>alert" not in page.text


def test_D22_a_wrong_check_sign_is_told_as_a_slip_and_a_code_of_nothing_as_not_found(
    client: FlaskClient, certificate: Certificate
):
    nothing = new_verification_code()
    assert "BULUNAMADI" in client.get(f"/d/{nothing}").text
    for code in (nothing, certificate.code):  # nothing is learnt about whether there is such a code
        wrong = code[:-1] + ("0" if code[-1] != "0" else "2")
        for address in (f"/d/{wrong}", f"/dogrula?kod={wrong}"):
            page = client.get(address).text
            assert "KOD YANLIŞ YAZILMIŞ" in page
            assert "BULUNAMADI" not in page
        assert client.get(f"/api/v1/verify/{wrong}").get_json()["status"] == "unknown"


@pytest.mark.parametrize("typed", ["DDTA-2025-000001", "abc", "7K3F"])
def test_D22_what_is_no_code_says_nothing_about_a_certificate(client: FlaskClient, now: TestClock, typed: str):
    page = client.get("/dogrula", query_string={"kod": typed}).text
    assert "BULUNAMADI" in page
    assert "sertifika numarasıyla doğrulama yapılmaz" in page
    assert "belgeye güvenmeyin" not in page


def test_guessing_is_throttled_but_an_office_can_be_checked_at_once(client: FlaskClient, certificate: Certificate):
    for _ in range(40):
        assert client.get(f"/d/{certificate.code}").status_code == 200
    codes = [client.get(f"/d/{new_verification_code()}").status_code for _ in range(25)]
    assert codes[:20] == [200] * 20
    assert codes[20:] == [429] * 5


def test_the_form_leads_to_the_codes_own_address(client: FlaskClient, certificate: Certificate):
    assert "Doğrulama kodu" in client.get("/dogrula").text
    led = client.get("/dogrula", query_string={"kod": certificate.code.lower()})
    assert led.status_code == 303
    assert led.headers["Location"] == f"/d/{format_code(certificate.code)}"
    missed = client.get("/dogrula", query_string={"kod": "7k3f yanlış"})
    assert "BULUNAMADI" in missed.text
    assert 'value="7k3f yanlış"' in missed.text


@pytest.mark.parametrize("host", ["", "127.0.0.1:8160/", "https://segem.example.org/", "HTTP://SEGEM.EXAMPLE.ORG/"])
@pytest.mark.parametrize("way", ["d/{}", "D/{}?lang=en"])
def test_D22_the_printed_address_is_read_as_its_code(
    client: FlaskClient, certificate: Certificate, host: str, way: str
):
    code = format_code(certificate.code)
    typed = host + way.format(code)
    led = client.get("/dogrula", query_string={"kod": typed})
    assert (led.status_code, led.headers["Location"]) == (303, f"/d/{code}")
    called = client.get(f"/api/v1/verify/{quote(typed, safe='')}", follow_redirects=True)
    assert called.get_json()["status"] == "valid"
    wrong = code[:-1] + ("0" if code[-1] != "0" else "2")
    assert "KOD YANLIŞ YAZILMIŞ" in client.get("/dogrula", query_string={"kod": host + way.format(wrong)}).text


def test_an_answer_about_a_person_is_for_no_search_engine(client: FlaskClient, certificate: Certificate):
    assert '<meta name="robots" content="noindex">' in client.get(f"/d/{certificate.code}").text


def test_lookups_are_counted_and_nothing_else_is_kept(client: FlaskClient, certificate: Certificate):
    client.get(f"/d/{certificate.code}")
    client.get("/d/yok")
    assert db.session.scalar(select(func.count()).select_from(CertificateLookup)) == 1
    assert {column.name for column in CertificateLookup.__table__.columns} == {"id", "certificate_id", "at"}


def test_earlier_years_answer_from_the_register(client: FlaskClient, now: TestClock):
    factories.programme()
    code = new_verification_code()
    register.add(
        tckn=factories.valid_tckn(9), programme_code="ddta", number="2019/77", holder="Ege Deneme", issued_on=date(2019, 5, 6),
        verification_code=code, source="imported", now=now(),
    )  # fmt: skip
    verdict = services.verify(code, now=now()).verdict
    assert (verdict.status, verdict.number, verdict.holder) == (Status.VALID, "2019/77", "E** D*****")
    db.session.commit()
    page = client.get(f"/d/{code}").text
    assert "6 Mayıs 2019" in page
    assert "GEÇERLİ" in page


def test_in_english(client: FlaskClient, certificate: Certificate):
    page = client.get(f"/d/{certificate.code}?lang=en")
    assert "State-Supported Trade Credit Insurance" in page.text
    assert 'lang="en"' in page.text


def test_the_page_with_its_stylesheet_and_fonts_stays_under_60_kb(client: FlaskClient, certificate: Certificate):
    headers = {"Accept-Encoding": "gzip"}
    total = 0
    for address in (f"/d/{certificate.code}", *(f"/static/{name}" for name in PARTS)):
        with client.get(address, headers=headers) as answer:
            assert answer.status_code == 200
            total += len(answer.data)
    assert total < 60_000
