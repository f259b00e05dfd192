"""R047-R062: the form as a candidate, a hurried one and a stranger use it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from lms.core.db import db
from lms.enrolment.models import Application
from lms.membership.models import Member
from lms.payments.models import Payment
from lms.terms.models import Term
from tests import factories
from tests.conftest import TestClock, civil
from tests.enrolment.conftest import become

TYPED = {
    "applicant_type": "agency",
    "institution": "*",
    "institution_name": "Işık Sigorta Aracılık",
    "education": "bachelor",
    "phone": "0532 123 45 67",
    "province": "Ankara",
    "district": "Çankaya",
    "accepts_notice": "y",
    "accepts_terms": "y",
}


class Fields(HTMLParser):
    """The fields of a page as a browser would send them, and its buttons."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.checked: set[str] = set()
        self.buttons: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name = found.get("name") or ""
        if tag == "button" and name == "action":
            self.buttons.add(found.get("value") or "")
        if tag == "input" and found.get("type") in ("checkbox", "radio"):
            if "checked" in found:
                self.checked.add(name)
        elif tag == "input" and name:
            self.values[name] = found.get("value") or ""


@pytest.fixture
def paid(who: Member, term: Term, now: TestClock) -> Member:
    who.phone = "+905321234567"
    factories.paid(who, term, civil("2025-03-28 13:52"))
    db.session.commit()
    now.set("2025-03-28 14:00")
    return who


def shown(client: FlaskClient) -> dict[str, str]:
    return {"texts": Fields(client.get("/basvuru").text).values["texts"]}


def send(client: FlaskClient, action: str = "submit", **changes: Any) -> Any:
    return client.post("/basvuru", data={**TYPED, **shown(client), "action": action, **changes})


def applications() -> int:
    return db.session.scalar(select(func.count()).select_from(Application)) or 0


def test_R047_R048_R049_R050_R057_the_form(client: FlaskClient, paid: Member) -> None:
    page = client.get("/basvuru")
    assert page.status_code == 200
    for text in (
        "Acente", "Banka/Özel Kurum", "Sigorta,Reasürans ve Emeklilik Şirketi", "Broker", "Diğer", "Işıl", "Çağ",
        paid.email, paid.tckn_masked, "Öğrenim Durumu", "Başvuru Şartları ve Koşullar", "Temizle", "Kişisel veriler",
        "Kimlik bilgileri", "Çalıştığınız kurum", "İletişim bilgileri",
    ):  # fmt: skip
        assert text in page.text
    fields = Fields(page.text)
    assert fields.checked == set()
    assert fields.values["phone"] == "0532 123 45 67"
    assert "first_name" not in fields.values


def test_R056_R058_R060_review_then_apply_then_detail(client: FlaskClient, paid: Member) -> None:
    review = send(client, "review")
    assert review.status_code == 200
    assert applications() == 0
    for text in ("Işık Sigorta Aracılık", "Lisans", "Ankara", "Çankaya", "rıza verilmedi", "Başvur", "Düzelt"):
        assert text in review.text
    carried = Fields(review.text)
    assert carried.buttons == {"submit", "edit"}
    sent = client.post("/basvuru", data={**carried.values, "action": "submit"})
    assert (sent.status_code, sent.location) == (303, "/basvurularim")
    listed = client.get("/basvurularim")
    application = db.session.scalars(select(Application)).one()
    for text in ("DETAYI GÖR", application.number, "1. başvuru", "2025 dönemi", "28 Mart 2025 Cuma, 14.00"):
        assert text in listed.text
    detail = client.get(f"/basvurularim/{application.code}")
    for text in (
        application.number,
        "2 Nisan 2025 Çarşamba, 00.00",
        "Ramazan Bayramı",
        "24 saat sonrası",
        "533,00\N{NO-BREAK SPACE}₺",
        "Acente",
    ):
        assert text in detail.text
    assert application.phone == "+905321234567"


def test_R056_back_to_editing_keeps_what_was_typed(client: FlaskClient, paid: Member) -> None:
    carried = Fields(send(client, "review").text).values
    page = client.post("/basvuru", data={**carried, "action": "edit"})
    fields = Fields(page.text)
    assert fields.values["institution_name"] == "Işık Sigorta Aracılık"
    assert {"accepts_notice", "accepts_terms", "applicant_type"} <= fields.checked
    assert "explicit_consent" not in fields.checked
    assert '<option selected value="Çankaya">' in page.text


def test_R058_a_double_click_gives_one_application(client: FlaskClient, paid: Member) -> None:
    data = {**TYPED, **shown(client), "action": "submit"}
    answers = [client.post("/basvuru", data=data) for _ in range(2)]
    assert [a.location for a in answers] == ["/basvurularim", "/basvurularim"]
    assert applications() == 1


def test_R059_temizle_clears_the_editable_fields_only(client: FlaskClient, paid: Member) -> None:
    answer = client.post("/basvuru", data={**TYPED, "action": "clear"})
    page = client.get(answer.location)
    assert Fields(page.text).values["phone"] == ""
    assert "Işıl" in page.text
    assert paid.tckn_masked in page.text


def test_R052_districts_with_and_without_script(client: FlaskClient, paid: Member) -> None:
    page = send(client, "districts", province="Samsun", district="")
    assert '<option value="19 Mayıs">' in page.text
    assert page.status_code == 200
    assert client.get("/basvuru/ilceler?il=Samsun").json[0] == "19 Mayıs"
    assert client.get("/basvuru/ilceler?il=Atlantis").json == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"applicant_type": ""}, "Lütfen listeden bir seçim yapın."),
        ({"applicant_type": "admin"}, "Lütfen listeden bir seçim yapın."),
        ({"institution_name": ""}, "Bu alan boş bırakılamaz."),
        ({"institution": "Türkiye Garanti Bankası A.Ş."}, "başka bir başvuru tipinin listesinde"),
        ({"institution_name": "x" * 5000}, "en çok 120 karakter"),
        ({"education": "<script>"}, "Lütfen listeden bir seçim yapın."),
        ({"phone": "1' OR '1'='1"}, "cep telefonu"),
        ({"province": "Atlantis"}, "Lütfen listeden bir il seçin."),
        ({"district": "Atakum"}, "Bu ilçe seçtiğiniz ilde değil"),
        ({"accepts_notice": ""}, "okuduğunuzu işaretleyin"),
        ({"accepts_terms": ""}, "kabul ettiğinizi işaretleyin"),
    ],
)
@pytest.mark.parametrize("action", ["review", "submit"])
def test_R049_R054_bad_input_says_what_to_do_and_changes_nothing(
    client: FlaskClient, paid: Member, changes: dict[str, str], sentence: str, action: str
) -> None:
    changes = {
        k: v
        for k, v in {**TYPED, **shown(client), **changes}.items()
        if v or k not in ("accepts_notice", "accepts_terms")
    }
    page = client.post("/basvuru", data={**changes, "action": action})
    assert page.status_code == 422
    assert sentence in page.text
    assert Fields(page.text).values["institution_name"] == changes["institution_name"]
    assert "<script>" not in page.text.replace('<script type="module"', "")
    assert applications() == 0


def test_R049_a_type_without_a_list_is_told_at_the_field_that_is_there(client: FlaskClient, paid: Member) -> None:
    page = send(client, "review", institution="", institution_name="")  # as the script leaves them: the list is hidden
    assert page.status_code == 422
    assert 'href="#institution_name"' in page.text
    assert 'href="#institution"' not in page.text


def test_R049_where_no_type_was_chosen_no_hidden_list_is_named(client: FlaskClient, paid: Member) -> None:
    page = send(client, "review", applicant_type="", institution="", institution_name="")
    assert 'href="#applicant_type' in page.text
    assert 'href="#institution' not in page.text


def test_R038_who_started_a_payment_is_not_invited_to_pay_again(
    client: FlaskClient, who: Member, term: Term, now: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    now.set("2025-03-28 14:00")
    db.session.add(
        Payment(
            code="p1", member_id=who.id, term_id=term.id, term_code=term.code, purpose="application", subject="1",
            amount_kurus=53300, status="pending", created_at=now(),
        )
    )  # fmt: skip
    db.session.commit()
    become(monkeypatch, who)
    page = client.get("/basvuru").text
    assert ("/odemelerim/p1" in page, "Ödeme Yap" in page) == (True, False)


def test_R057_without_the_texts_on_the_page_nobody_applies(client: FlaskClient, paid: Member) -> None:
    page = send(client, texts="1,2,abc,99999999999999999999")
    assert page.status_code == 409
    assert "metinlerinden biri" in page.text
    assert applications() == 0


@pytest.mark.parametrize(
    ("at", "sentence"),
    [
        ("2025-01-07 23:59:59", "8 Ocak 2025 Çarşamba, 00.00 itibarıyla açılacak"),
        ("2025-03-03 09:00", "ödemeniz tamamlandıktan"),
        ("2025-11-22 00:00", "21 Kasım 2025 Cuma günü sona erdi"),
    ],
)
def test_R010_a_closed_form_says_why(client: FlaskClient, who: Member, now: TestClock, at: str, sentence: str) -> None:
    now.set(at)
    page = client.get("/basvuru?donem=ddta-2025-ilk")
    assert page.status_code == 200
    assert sentence in page.text
    assert 'name="applicant_type"' not in page.text
    assert client.post("/basvuru?donem=ddta-2025-ilk", data={**TYPED, "action": "review"}).status_code == 200
    assert client.post("/basvuru?donem=ddta-2025-ilk", data={**TYPED, "action": "submit"}).status_code == 409
    assert applications() == 0


def test_D3_the_last_hour_is_told(client: FlaskClient, paid: Member, now: TestClock) -> None:
    now.set("2025-11-21 22:59:59")
    assert "Formu o ana kadar göndermelisiniz" not in client.get("/basvuru").text
    now.set("2025-11-21 23:00")
    page = client.get("/basvuru").text
    assert "21 Kasım 2025 Cuma, 23.59" in page
    assert "en çok 1 sınav hakkına" in page


def test_R061_without_an_application_the_list_says_what_will_be_here(
    client: FlaskClient, who: Member, now: TestClock
) -> None:
    assert "Henüz başvurunuz yok" in client.get("/basvurularim").text


def test_a_strangers_application_is_not_found(
    client: FlaskClient, paid: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(client)
    code = db.session.scalars(select(Application.code)).one()
    other = factories.member()
    db.session.commit()
    become(monkeypatch, other)
    for path in (f"/basvurularim/{code}", "/basvurularim/nope"):
        assert client.get(path).status_code == 404
    become(monkeypatch, None)
    for path in ("/basvuru", "/basvurularim", f"/basvurularim/{code}"):
        answer = client.get(path)
        assert answer.status_code == 302
        assert answer.location.startswith("/giris")


def test_an_unknown_term_is_not_found(client: FlaskClient, who: Member, now: TestClock) -> None:
    assert client.get("/basvuru?donem=x").status_code == 404


def test_the_form_in_english(client: FlaskClient, paid: Member) -> None:
    page = client.get("/basvuru?lang=en")
    assert page.status_code == 200
    assert 'lang="en"' in page.text
    assert "Terms and conditions of application" in page.text
