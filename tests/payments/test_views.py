"""The pages of paying, as a candidate and as a stranger see them."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from lms.core.access import Actor
from lms.core.db import db
from lms.membership.models import Acceptance
from lms.payments.models import BankOrder, Payment
from lms.payments.services import orders as services
from tests import factories
from tests.bank_simulator.test_bank import Forms
from tests.payments.conftest import APPROVED, CLOSED, DECLINED, FAILED_3D, TAMPERED

TICKED = {"accepts_contract": "y", "accepts_immediate_performance": "y", "declares_no_certificate": "y"}


@dataclass
class Person:
    actor: Actor
    second_factor_done: bool = True
    fresh: bool = True


@pytest.fixture
def term(app, texts):
    found = factories.term()
    db.session.commit()
    return found


@pytest.fixture
def who(term, monkeypatch):
    """A logged-in candidate."""
    person = factories.member(first_name="İpek", last_name="Gümüş")
    db.session.commit()
    become(monkeypatch, person)
    return person


def become(monkeypatch, person):
    found = Person(person.actor("127.0.0.1")) if person else None
    monkeypatch.setattr("lms.web.access.principal", lambda: found)


def to_bank(client, term):
    """From "Kart Bilgilerini Gir" to the form that goes to the bank: its address and fields."""
    answer = client.post(f"/odeme/{term.code}", data={"service": term.code, **TICKED})
    assert answer.status_code == 303
    page = client.get(answer.location)
    return next(found for found in Forms(page.text).found if found[0].startswith("http://bank.localhost"))


def carry_back(client, bank, term, card=APPROVED):
    url, fields = to_bank(client, term)
    page = bank.pages.post("/servlet/gt3dengine", data=fields)
    for data in (
        {"cardnumber": card, "cardexpiredatemonth": "12", "cardexpiredateyear": "30", "cardcvv2": "123"},
        {"otp": "123456"},
    ):
        page = bank.pages.post(Forms(page.text).found[0][0], data=data)
    url, fields = Forms(page.text).found[0]
    return client.post(url.removeprefix("http://localhost"), data=fields)


def test_R034_the_row_of_the_service_with_its_button(client, who, term, now):
    page = client.get("/odeme")
    assert page.status_code == 200
    assert "Devlet Destekli Ticari Alacak" in page.text
    assert f'href="/odeme/{term.code}"' in page.text
    assert "Ödeme Yap" in page.text
    assert "533,00\N{NO-BREAK SPACE}₺" in page.text


def test_R034_no_button_once_paid(client, who, term, bank, now):
    carry_back(client, bank, term)
    page = client.get("/odeme")
    assert f'href="/odeme/{term.code}"' not in page.text
    assert (
        "İkinci bir ödeme yapmayın; sıradaki adımınız ana sayfanızdadır" in page.text
    )  # true also once the form was sent
    assert client.get(f"/odeme/{term.code}").status_code == 409


def test_R003_a_holder_sees_no_button(client, who, term, now):
    from lms.register.models import RegisterEntry

    db.session.add(
        RegisterEntry(
            tckn_index=who.tckn_index, tckn_sealed=who.tckn_sealed, programme_code="ddta", number="DDTA-2019-1",
            holder="İpek Gümüş", issued_on=now().date(), source="imported", created_at=now(),
        )
    )  # fmt: skip
    db.session.commit()
    assert f'href="/odeme/{term.code}"' not in client.get("/odeme").text
    assert client.get(f"/odeme/{term.code}").status_code == 409


def test_before_paying_the_page_says_what_one_must_know(client, who, term, now):
    text = client.get(f"/odeme/{term.code}").text
    for said in (
        "Hizmet Adını Seçiniz",
        "Kabul ettim/Onaylıyorum",
        "Kart Bilgilerini Gir",
        "444,17\N{NO-BREAK SPACE}₺ + %20 KDV 88,83\N{NO-BREAK SPACE}₺",
        "kart komisyonu ekler",
        "3 haktan 3 tanesine",
        "21 Kasım 2025 Cuma, 23.45",
        "21 Kasım 2025 Cuma gün sonuna kadar",
        "iade edilmez",
        "Şehit eşi, şehit çocuğu, gazi, gazi eşi ve gazi çocuğu",
        "service_contract metni",
        "2671",
        "18 Kasım 2025 Salı",
    ):
        assert said in text, said
    assert "checked" not in text


@pytest.mark.parametrize(("at", "count"), [("2025-11-13 12:00", 3), ("2025-11-14 12:00", 2), ("2025-11-21 12:00", 1)])
def test_R015_attempts_still_reachable_are_shown(client, who, term, now, at, count):
    now.set(at)
    assert f"3 haktan {count} tanesine" in client.get(f"/odeme/{term.code}").text


def test_R045_branch_payment_is_explained_until_its_day(client, who, term, now):
    now.set("2025-11-18 23:59:59")
    assert "2671" in client.get(f"/odeme/{term.code}").text
    now.set("2025-11-19 00:00")
    assert "2671" not in client.get(f"/odeme/{term.code}").text


def test_R021_a_pending_exemption_warns(client, who, term, now):
    from lms.exemptions.models import ExemptionRequest

    row = ExemptionRequest(
        code="m1", member_id=who.id, term_id=term.id, term_code=term.code, relation="veteran", email=who.email,
        status="requested", requested_at=now(),
    )  # fmt: skip
    db.session.add(row)
    db.session.commit()
    assert "isteğiniz sonradan onaylansa bile" in client.get(f"/odeme/{term.code}").text
    row.status, row.answered_at = "approved", now()
    db.session.commit()
    assert "Ücret muafiyetiniz onaylandı" in client.get("/odeme").text
    assert client.get(f"/odeme/{term.code}").status_code == 409


@pytest.mark.parametrize("missing", sorted(TICKED))
def test_R036_a_missing_tick_is_named_and_nothing_begins(client, who, term, now, missing):
    ticks = {name: "y" for name in TICKED if name != missing}
    answer = client.post(f"/odeme/{term.code}", data={"service": term.code, **ticks})
    assert answer.status_code == 422
    assert f'href="#{missing}"' in answer.text
    assert answer.text.count("checked") == 2  # what was ticked stays ticked
    assert db.session.scalar(select(Payment)) is None


@pytest.mark.parametrize("service", ["", "baska", "ddta-2024"])
def test_R035_the_service_is_checked_on_the_server(client, who, term, now, service):
    answer = client.post(f"/odeme/{term.code}", data={"service": service, **TICKED})
    assert answer.status_code == 422
    assert "Ödeme yapacağınız hizmeti listeden seçin" in answer.text
    assert db.session.scalar(select(Payment)) is None


def test_R035_another_open_service_shows_its_own_terms_first(client, who, term, now):
    factories.term(code="ddta-2025-ek")
    db.session.commit()
    answer = client.post(f"/odeme/{term.code}", data={"service": "ddta-2025-ek", "amount": "1", **TICKED})
    assert (answer.status_code, answer.location) == (303, "/odeme/ddta-2025-ek")
    assert db.session.scalar(select(Payment)) is None


@pytest.mark.parametrize("lang", ["tr", "en"])
def test_R036_the_version_that_was_shown_is_the_one_accepted(client, who, term, now, lang):
    client.get(f"/odeme/{term.code}?lang={lang}")
    client.post(f"/odeme/{term.code}", data={"service": term.code, **TICKED})
    assert {a.text.language for a in db.session.scalars(select(Acceptance))} == {lang}


def test_R037_the_way_to_the_bank_carries_no_card_and_the_price_of_the_server(client, who, term, bank, now):
    _url, fields = to_bank(client, term)
    assert fields["txnamount"] == "53300"
    assert not {name for name in fields if "card" in name}
    assert client.get("/odeme").headers["Content-Security-Policy"].count("http://bank.localhost") == 1


def test_R038_odeme_tamamlandi_only_when_it_is(client, who, term, bank, now):
    answer = carry_back(client, bank, term)
    assert answer.status_code == 303
    assert "Set-Cookie" not in answer.headers
    page = client.get(answer.location)
    assert "Ödeme tamamlandı" in page.text
    assert 'href="/basvuru"' in page.text


def test_R038_the_result_shows_a_stranger_a_word_and_nothing_private(client, who, term, bank, now, monkeypatch):
    where = carry_back(client, bank, term).location
    become(monkeypatch, None)
    text = client.get(where).text
    assert "Ödeme tamamlandı" in text
    for private in (who.first_name, who.last_name, who.email, who.tckn_masked, "533,00", "/basvuru"):
        assert private not in text
    stranger = factories.member()
    db.session.commit()
    become(monkeypatch, stranger)
    assert "533,00" not in client.get(where).text


@pytest.mark.parametrize(
    ("card", "why", "in_english"),
    [
        (DECLINED, "limitinin bu tutara yetmediğini", "limit does not cover"),
        (FAILED_3D, "doğrulama adımı (3-D Secure) tamamlanmadı", "(3-D Secure) was not completed"),
    ],
)
def test_a_refused_card_is_told_with_its_reason_and_leads_to_another_try(
    client, who, term, bank, now, monkeypatch, card, why, in_english
):
    where = carry_back(client, bank, term, card).location
    page = client.get(where).text
    assert "Ödeme gerçekleşmedi" in page
    assert "Ödeme tamamlandı" not in page
    again = f'<a class="button" href="/odeme/{term.code}">Yeniden dene</a>'
    payment = db.session.scalars(select(Payment)).one()
    for shown in (page, client.get(f"/odemelerim/{payment.code}").text):
        assert why in shown
        assert again in shown
    assert in_english in client.get(f"{where}?lang=en").text
    assert client.get(f"/odeme/{term.code}").status_code == 200
    become(monkeypatch, None)
    stranger = client.get(f"{where}?lang=tr").text
    assert why not in stranger
    assert '<a class="button" href="/odeme">Yeniden dene</a>' in stranger


def test_a_forged_callback_leads_to_a_neutral_page(client, who, term, bank, now):
    answer = carry_back(client, bank, term, TAMPERED)
    assert answer.location == "/odeme/sonuc"
    assert "doğrulanamadı" in client.get(answer.location).text


@pytest.mark.parametrize("path", [services.SUCCESS_PATH, services.ERROR_PATH])
def test_the_callback_needs_no_session_and_no_token(app, term, now, path):
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        answer = app.test_client().post(path, data={"oid": "x"})
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert (answer.status_code, answer.location) == (303, "/odeme/sonuc")
    assert app.test_client().get(path).status_code == 405


def test_an_unverified_inquiry_waits_and_can_be_asked_for(client, who, term, bank, now):
    bank.down = True
    page = client.get(carry_back(client, bank, term).location)
    assert "bankadan doğrulanıyor" in page.text
    assert "wait.js" in page.text
    payment = db.session.scalar(select(Payment))
    page = client.post(f"/odemelerim/{payment.code}/sor", follow_redirects=True)
    assert "Banka şu anda yanıt vermiyor" in page.text
    assert "Ödemeyi sürdür" not in page.text
    assert "data-ask" not in page.text
    bank.down = False
    page = client.post(f"/odemelerim/{payment.code}/sor", follow_redirects=True)
    assert "Makbuz" in page.text


def test_the_list_and_the_receipt(client, who, term, bank, now):
    assert "Henüz ödemeniz yok" in client.get("/odemelerim").text
    carry_back(client, bank, term)
    payment = db.session.scalar(select(Payment))
    page = client.get("/odemelerim")
    assert "ödendi" in page.text
    receipt = client.get(f"/odemelerim/{payment.code}").text
    for said in (
        "533,00\N{NO-BREAK SPACE}₺",
        "541,00\N{NO-BREAK SPACE}₺",
        "411111******1111",
        who.tckn_masked,
        "3 Mart 2025 Pazartesi, 09.00",
    ):
        assert said in receipt
    assert client.get(f"/odemelerim/{payment.code}/banka").status_code == 303  # nothing more to send


def test_a_pending_payment_is_continued_from_its_page(client, who, term, bank, now):
    to_bank(client, term)
    payment = db.session.scalar(select(Payment))
    opened = client.get(f"/odemelerim/{payment.code}").text
    assert "data-ask" in opened  # the script asks the bank at once
    assert "wait.js" in opened
    assert f'href="/odeme/{term.code}"' not in opened  # never before the bank has said "not paid"
    answered = client.post(f"/odemelerim/{payment.code}/sor", follow_redirects=True).text
    assert f'href="/odeme/{term.code}"' in answered
    assert "data-ask" not in answered  # asked once, not in a circle
    now.set(now() + timedelta(minutes=3))
    assert "data-ask" in client.get(f"/odemelerim/{payment.code}").text
    to_bank(client, term)
    assert len(db.session.scalars(select(BankOrder)).all()) == 2
    assert len(db.session.scalars(select(Payment)).all()) == 1


def test_somebody_elses_payment_is_not_found(client, who, term, bank, now, monkeypatch):
    to_bank(client, term)
    payment = db.session.scalar(select(Payment))
    stranger = factories.member()
    db.session.commit()
    become(monkeypatch, stranger)
    for path in ("", "/banka"):
        assert client.get(f"/odemelerim/{payment.code}{path}").status_code == 404
    assert client.post(f"/odemelerim/{payment.code}/sor").status_code == 404


def test_unknown_services_are_not_found(client, who, term, now):
    assert client.get("/odeme/yok").status_code == 404
    assert "doğrulanamadı" in client.get("/odeme/sonuc/yok").text


def test_a_get_writes_nothing(client, who, term, bank, now):
    to_bank(client, term)
    payment = db.session.scalar(select(Payment))
    before = db.session.scalar(select(BankOrder.asked_at))
    for path in (
        "/odeme",
        f"/odeme/{term.code}",
        "/odemelerim",
        f"/odemelerim/{payment.code}",
        f"/odemelerim/{payment.code}/banka",
    ):
        assert client.get(path).status_code == 200
    assert len(db.session.scalars(select(BankOrder)).all()) == 1
    assert db.session.scalar(select(BankOrder.asked_at)) == before


def test_R038_the_browser_closed_and_the_list_tells_in_the_end(client, who, term, bank, now):
    from lms.payments import jobs

    _url, fields = to_bank(client, term)
    page = bank.pages.post("/servlet/gt3dengine", data=fields)
    card = {"cardnumber": CLOSED, "cardexpiredatemonth": "12", "cardexpiredateyear": "30", "cardcvv2": "123"}
    page = bank.pages.post(Forms(page.text).found[0][0], data=card)
    bank.pages.post(Forms(page.text).found[0][0], data={"otp": "123456"})
    assert "bekliyor" in client.get("/odemelerim").text
    now.set("2025-03-03 09:03")
    jobs.inquire_open_orders(now())
    assert "ödendi" in client.get("/odemelerim").text
