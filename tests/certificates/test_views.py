"""The holder's pages and the staff's: what is shown when, to whom, and what a stranger gets."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from lms.certificates import jobs
from lms.certificates.models import Certificate, Revocation
from lms.certificates.services import certificates as services
from lms.core.codes import format_code
from lms.core.db import db, transaction
from lms.membership.models import Member
from lms.register import services as register
from lms.web.filters import stamp_end
from tests import factories
from tests.certificates.helpers import passed
from tests.certificates.test_services import GROUND, MONDAY, PASS, REASON, certificate_of
from tests.conftest import TestClock, civil
from tests.people import Browser

Become = Callable[[Member | None], Browser]


@pytest.fixture(autouse=True)
def at_monday(now: TestClock) -> TestClock:
    now.set(MONDAY)
    return now


def test_R105_an_empty_page_says_what_will_be_here(become: Become):
    page = become(factories.member()).get("/sertifikalarim")
    assert page.status_code == 200
    assert "Henüz sertifikanız yok" in page.text
    assert "ilk Pazartesi" in page.text


def test_R029_R111_earlier_years_are_shown_to_whom_number_and_name_fit(become: Become):
    holder = factories.member(
        first_name="Işıl", last_name="Çağ", name_folded="isil cag", tckn=factories.valid_tckn(777)
    )
    factories.programme()
    table = f"tckn;number;holder;issued_on;revoked_on\n{factories.valid_tckn(777)};2019-7;IŞIL ÇAĞ;2019-05-06;\n"
    register.import_table(table.encode(), programme_code="ddta", actor=holder.actor(), now=MONDAY)
    page = become(holder).get("/sertifikalarim").text
    assert "2019-7" in page
    assert "Henüz sertifikanız yok" not in page
    [entry] = register.find("2019-7")
    address = f"/d/{format_code(entry.verification_code)}"
    assert address in page
    assert "2019-7" in become(None).get(address).text
    holder.name_folded = "baska kisi"  # the number alone proves nobody
    assert "2019-7" not in become(holder).get("/sertifikalarim").text


def test_R102_before_its_monday_the_page_tells_the_day_and_why(become: Become, now: TestClock):
    application = passed(at=PASS)
    now.set("2025-01-10 10:00")
    client = become(application.member)
    page = client.get("/sertifikalarim").text
    assert "13 Ocak 2025 Pazartesi" in page
    assert "Sınavın başarılması: 9 Ocak 2025 Perşembe, 11.20" in page
    assert client.get(f"/sertifikalarim/{application.code}.pdf").status_code == 409


def test_R105_R106_R107_the_holder_sees_and_opens_it_with_no_job_run(become: Become):
    application = passed(at=PASS)
    client = become(application.member)
    page = client.get("/sertifikalarim").text
    assert "Görüntüle ve yazdır" in page
    assert "11 Temmuz 2025 Cuma" in page
    assert "Sertifika Ödemesi" not in page
    assert "basılı sertifika gönderilmez" in page
    assert db.session.scalar(select(func.count()).select_from(Certificate)) == 0  # a GET of the list writes nothing

    document = client.get(f"/sertifikalarim/{application.code}.pdf")
    assert document.status_code == 200
    assert document.mimetype == "application/pdf"
    assert document.headers["Content-Disposition"] == 'inline; filename="sertifika-DDTA-2025-000001.pdf"'
    assert "no-store" in document.headers["Cache-Control"]
    assert document.data.startswith(b"%PDF")
    assert client.get(f"/sertifikalarim/{application.code}.pdf").data == document.data
    page = client.get("/sertifikalarim").text
    assert "DDTA-2025-000001" in page
    assert "/d/" in page


def test_R109_after_180_days_the_page_offers_the_payment(become: Become, now: TestClock):
    application = passed(at=PASS)
    jobs.issue_certificates(MONDAY)
    now.set("2025-07-12 00:00")
    client = become(application.member)
    page = client.get("/sertifikalarim").text
    assert "Sertifika Ödemesi" in page
    assert "150,00\N{NO-BREAK SPACE}₺" in page
    refused = client.get(f"/sertifikalarim/{application.code}.pdf")
    assert refused.status_code == 403
    assert "Sertifika Ödemesi" in refused.text
    assert "11 Temmuz 2025 Cuma" in refused.text
    factories.paid(application.member, application.term, now(), purpose="certificate", subject=application.code)
    db.session.commit()
    assert client.get(f"/sertifikalarim/{application.code}.pdf").status_code == 200
    assert "7 Ocak 2026 Çarşamba gününün sonuna kadar" in client.get("/sertifikalarim").text


def test_R110_a_renewed_view_ends_at_its_instant(become: Become, now: TestClock):
    application = passed(at=PASS)
    jobs.issue_certificates(MONDAY)
    now.set("2025-09-13 00:00:51")
    factories.paid(application.member, application.term, now(), purpose="certificate", subject=application.code)
    db.session.commit()
    client = become(application.member)
    page = client.get("/sertifikalarim").text
    assert "12 Mart 2026 Perşembe, 00.00.51</time> anına kadar" in page
    assert "gününün sonuna kadar" not in page
    assert "12 Mart 2026 Perşembe, 00.00.51" in stamp_end(civil("2026-03-12 00:00:51"))  # as the journey tells it


def test_R110_nobody_pays_for_what_is_open(become: Become):
    application = passed(at=PASS)
    client = become(application.member)
    assert client.get(f"/sertifikalarim/{application.code}/odeme").status_code == 409
    assert client.post(f"/sertifikalarim/{application.code}/odeme").status_code == 409


@pytest.mark.parametrize("place", ["/sertifikalarim/{}.pdf", "/sertifikalarim/{}/odeme"])
def test_a_strangers_certificate_is_not_there(become: Become, place: str):
    application = passed(at=PASS)
    address = place.format(application.code)
    assert become(factories.member()).get(address).status_code == 404
    assert become(None).get(address).status_code == 302
    assert become(factories.member(staff_role="manager")).get(address).status_code == 403


def test_R114_revoked_the_holder_reads_it_and_opens_nothing(become: Become):
    application = passed(at=PASS)
    jobs.issue_certificates(MONDAY)
    certificate_of(application).revoked_at = MONDAY
    client = become(application.member)
    assert "iptal edil" in client.get("/sertifikalarim").text
    assert client.get(f"/sertifikalarim/{application.code}.pdf").status_code == 403
    assert client.get(f"/sertifikalarim/{application.code}/odeme").status_code == 409


# --- staff -----------------------------------------------------------------------------------------------------------


def issued() -> Certificate:
    application = passed(factories.member(first_name="Çağla", last_name="Işık"), at=PASS)
    jobs.issue_certificates(MONDAY)
    return certificate_of(application)


def test_staff_find_a_certificate_by_number_code_and_name(become: Become):
    row = issued()
    client = become(factories.member(staff_role="support"))
    for text in ("ddta-2025-000001", row.code.lower(), "ışık", "isik çağla"[:4], ""):
        page = client.get("/yonetim/sertifikalar", query_string={"ara": text})
        assert page.status_code == 200
        assert row.number in page.text, text
    assert "Sertifika bulunamadı" in client.get("/yonetim/sertifikalar?ara=yok%25").text


def test_R114_two_staff_members_revoke_through_the_pages(become: Become):
    row = issued()
    address = f"/yonetim/sertifikalar/{row.application.code}"
    asking, deciding = factories.member(staff_role="reviewer"), factories.member(staff_role="manager")
    first, second = become(asking), become(deciding)

    short = first.post(f"{address}/iptal", data={"ground": GROUND, "reason": "yalan"})
    assert short.status_code == 422
    assert "en az 20 karakter" in short.text
    assert "yalan</textarea>" in short.text
    assert first.post(f"{address}/iptal", data={"reason": REASON}).status_code == 422
    assert first.post(f"{address}/iptal", data={"ground": GROUND, "reason": REASON}).status_code == 303
    request = db.session.scalars(select(Revocation)).one()
    assert first.post(f"{address}/iptal", data={"ground": GROUND, "reason": REASON}).status_code == 409

    assert "İptali onayla" not in first.get(address).text
    own = first.post(f"{address}/iptal/{request.code}", data={"karar": "onayla"})
    assert own.status_code == 403
    assert "başka bir görevli" in own.text
    waiting = second.get("/yonetim/sertifikalar").text
    assert "Karar bekleyen iptal istekleri" in waiting
    assert REASON in second.get(address).text
    assert second.post(f"{address}/iptal/{request.code}", data={}).status_code == 422
    done = second.post(f"{address}/iptal/{request.code}", data={"karar": "onayla", "note": "İncelendi."})
    assert done.status_code == 303
    assert "iptal edildi" in second.get(address).text
    assert become(None).get(f"/d/{row.code}").text.count("İPTAL EDİLDİ") >= 1


def test_roles(become: Become):
    row = issued()
    address = f"/yonetim/sertifikalar/{row.application.code}"
    for role, reads, asks in (
        ("auditor", 200, 403),
        ("support", 200, 403),
        ("editor", 403, 403),
        ("accountant", 403, 403),
    ):
        client = become(factories.member(staff_role=role))
        assert client.get(address).status_code == reads
        assert client.post(f"{address}/iptal", data={"ground": GROUND, "reason": REASON}).status_code == asks
    assert become(row.application.member).get(address).status_code == 403
    assert become(factories.member(staff_role="manager")).get("/yonetim/sertifikalar/yok").status_code == 404


def test_R104_jobs_are_safe_to_run_twice(become: Become):
    passed(at=PASS)
    assert [jobs.issue_certificates(MONDAY), jobs.issue_certificates(MONDAY)] == [1, 0]
    assert [jobs.announce_certificates(MONDAY), jobs.announce_certificates(MONDAY)] == [1, 0]


def test_lookups_are_shown_to_staff(become: Become):
    row = issued()
    stranger = become(None)
    for _ in range(3):
        stranger.get(f"/d/{row.code}")
    with transaction():
        held = services.held_by(row.member_id, now=MONDAY)
    assert held[0].number == row.number
    page = become(factories.member(staff_role="manager")).get(f"/yonetim/sertifikalar/{row.application.code}").text
    assert "<dd>3 · son:" in page
