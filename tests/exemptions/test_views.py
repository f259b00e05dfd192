"""The pages of the fee exemption: what is typed stays, strangers find nothing, files are never opened by us."""

import io
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import update

from lms.core.db import db
from lms.exemptions.models import ExemptionRequest
from lms.exemptions.services import requests, review
from lms.membership.models import Member
from lms.notifications.models import OutboxMessage
from lms.terms.models import Term
from lms.web import access
from tests import factories
from tests.conftest import TestClock, civil
from tests.exemptions.test_services import SENT, approve, ask, pdf, png
from tests.exemptions.test_services import sent as prepared


class Person:
    """A logged-in person, without the log-in."""

    second_factor_done = fresh = True
    is_authenticated = True

    def __init__(self, member: Member) -> None:
        self.actor = member.actor("127.0.0.1")


Become = Callable[[Member | None], None]


@pytest.fixture
def become(monkeypatch: pytest.MonkeyPatch, now: TestClock) -> Become:
    now.set("2025-03-27 16:40")
    factories.term()

    def person(member: Member | None) -> None:
        db.session.commit()  # a refused request rolls back; what the test made before must stay
        monkeypatch.setattr(access, "principal", lambda: Person(member) if member else None)

    return person


def upload(data: bytes, name: str) -> tuple[io.BytesIO, str]:
    return io.BytesIO(data), name


def fields(**changes: object) -> dict[str, object]:
    return {
        "term": "ddta-2025-ilk", "relation": "veteran_child", "phone": "0532 123 45 67", "email": "deniz@example.org",
        "notice": "y", "documents": [upload(png(), "gazi.png"), upload(pdf(), "nüfus.pdf")], **changes,
    }  # fmt: skip


def test_R116_the_page_names_the_five_relations_and_the_last_safe_day(client: FlaskClient, become: Become) -> None:
    become(factories.member())
    page = client.get("/muafiyet").text
    for text in (
        "Şehit eşi",
        "Şehit çocuğu",
        "Gazi",
        "Gazi eşi",
        "Gazi çocuğu",
        "14 Kasım 2025 Cuma",
        "21 Kasım 2025 Cuma",
    ):
        assert text in page


def test_R118_a_request_is_sent_with_its_documents(client: FlaskClient, become: Become) -> None:
    person = factories.member()
    become(person)
    answer = client.post("/muafiyet", data=fields())
    assert (answer.status_code, answer.location) == (303, "/muafiyet")
    row = db.session.query(ExemptionRequest).filter_by(member_id=person.id).one()
    assert (row.relation, row.phone, row.email, len(row.documents)) == (
        "veteran_child", "+905321234567", "deniz@example.org", 2,
    )  # fmt: skip
    page = client.get("/muafiyet").text
    assert "inceleniyor" in page
    assert "gazi.png" in page
    assert client.post("/muafiyet", data=fields()).status_code in (409, 422)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"relation": "martyr_parent"}, "yalnızca şehit eşi"),
        ({"relation": ""}, "Beş yakınlıktan"),
        ({"documents": []}, "en az bir belge ekleyin"),
        ({"email": "deniz@"}, "deniz@"),
        ({"notice": ""}, "aydınlatma metnini"),
        ({"phone": "1234"}, "1234"),
    ],
)
def test_R118_a_wrong_field_gets_a_sentence_and_keeps_the_rest(
    client: FlaskClient, become: Become, changes: dict[str, object], sentence: str
) -> None:
    become(factories.member())
    answer = client.post("/muafiyet", data=fields(**changes))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert db.session.query(ExemptionRequest).count() == 0
    if "email" not in changes:
        assert "deniz@example.org" in answer.text


def test_R021_who_has_paid_is_told_before_the_form_that_it_is_of_no_use(client: FlaskClient, become: Become) -> None:
    person = factories.member()
    become(person)
    assert "artık bir yararı olmaz" not in client.get("/muafiyet").text
    factories.paid(person, db.session.query(Term).one(), civil("2025-03-27 12:00"))
    become(person)
    page = client.get("/muafiyet").text
    assert page.index("artık bir yararı olmaz") < page.index("<h2>Muafiyet isteği</h2>")


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"MZ\x90", "belge.pdf", "PDF, JPEG ya da PNG değil"),
        (b"", "boş.pdf", "dosya boş"),
        (b"%PDF-1.4 kaputt", "belge.pdf", "bozuk görünüyor"),
        (b"<svg onload=alert(1)>", "resim.png", "PDF, JPEG ya da PNG değil"),
    ],
)
def test_R118_a_hostile_file_is_refused(
    client: FlaskClient, become: Become, data: bytes, name: str, sentence: str
) -> None:
    become(factories.member())
    answer = client.post("/muafiyet", data=fields(documents=[upload(data, name)]))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert db.session.query(ExemptionRequest).count() == 0


def test_R118_each_file_that_cannot_be_used_is_named_and_all_are_to_be_chosen_again(
    client: FlaskClient, become: Become
) -> None:
    become(factories.member())
    files = [upload(b"MZ", "12345678901 <b>sahte.pdf"), upload(pdf(), "iyi.pdf"), upload(b"", "boş.png")]
    page = client.post("/muafiyet", data=fields(documents=files)).text
    for text in (
        "“*** b sahte.pdf”: Bu dosya PDF, JPEG ya da PNG değil",
        "“boş.png”: Seçtiğiniz dosya boş",
        "Dosyalarınızı yeniden seçin",
    ):
        assert page.count(text) == 2, text  # in the summary and at the field
    assert "“iyi.pdf”" not in page
    alone = client.post("/muafiyet", data=fields(documents=[upload(b"MZ", "sahte.pdf")])).text
    assert ("“sahte.pdf”" in alone, "Dosyalarınızı yeniden seçin" in alone) == (False, True)
    unticked = client.post("/muafiyet", data=fields(notice="")).text
    assert "Dosyalarınızı yeniden seçin" in unticked
    called = client.post("/muafiyet", data=fields(documents=[])).text
    assert "Dosyalarınızı yeniden seçin" not in called


def test_R118_an_empty_form_is_told_everything_at_once(client: FlaskClient, become: Become) -> None:
    become(factories.member())
    page = client.post("/muafiyet", data={"barcodes": ""}).text
    for text in (
        "Beş yakınlıktan",
        "en az bir belge ekleyin",
        "aydınlatma metnini okuduğunuzu",
        "e-posta adresinizi yazın",
    ):
        assert text in page
    both = client.post("/muafiyet", data=fields(barcodes="kısa", documents=[upload(pdf(), "a.pdf")] * 9)).text
    assert "belge doğrulama koduna benzemiyor" in both
    assert "en çok 8" in both
    wrong = client.post(
        "/muafiyet", data=fields(notice="", phone="1234", email="deniz@", documents=[upload(b"MZ", "a.pdf")])
    )
    assert wrong.status_code == 422
    for text in ("aydınlatma metnini okuduğunuzu", "1234", "deniz@", "PDF, JPEG ya da PNG değil", "yeniden seçin"):
        assert text in wrong.text
    assert len(re.findall('<li><a href="#(?:notice|phone|email|documents)">', wrong.text)) == 4
    assert db.session.query(ExemptionRequest).count() == 0


def test_R118_documents_are_served_only_to_their_owner_as_attachment(client: FlaskClient, become: Become) -> None:
    owner = factories.member()
    row = ask(owner)
    url = f"/muafiyet/belgeler/{row.documents[0].code}"
    become(owner)
    answer = client.get(url)
    assert answer.status_code == 200
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename=")
    assert "filename*=UTF-8''gazi%20kart%C4%B1.png" in disposition
    assert disposition.isascii()
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    with Image.open(io.BytesIO(answer.data)) as picture:
        assert picture.format == "PNG"

    become(factories.member())
    assert client.get(url).status_code == 404
    assert client.post(f"/muafiyet/{row.code}/belgeler", data={"documents": upload(png(), "a.png")}).status_code == 404
    become(factories.member(staff_role="reviewer"))
    assert client.get(url).status_code == 403
    become(None)
    assert client.get(url, headers={"Accept": "application/json"}).status_code == 401


@pytest.mark.parametrize(
    ("role", "sees", "decides"),
    [
        ("reviewer", True, True),
        ("manager", True, True),
        ("support", True, False),
        ("auditor", True, False),
        ("editor", False, False),
        ("accountant", False, False),
    ],
)
def test_R118_roles_at_the_reviewers_queue(
    client: FlaskClient, become: Become, role: str, sees: bool, decides: bool
) -> None:
    row = ask(factories.member())
    become(factories.member(staff_role=role))
    page = client.get(f"/yonetim/muafiyet/{row.code}")
    assert client.get("/yonetim/muafiyet").status_code == page.status_code == (200 if sees else 403)
    assert client.get(f"/yonetim/muafiyet/belgeler/{row.documents[0].code}").status_code == (200 if decides else 403)
    assert ('value="onayla"' in page.text) is decides
    answer = client.post(f"/yonetim/muafiyet/{row.code}", data={"karar": "uygun-bulma", "expected": review.seen(row)})
    assert answer.status_code == (422 if decides else 403)


def test_R119_the_reviewer_approves_with_the_documents_beside_the_form(client: FlaskClient, become: Become) -> None:
    row = ask(factories.member())
    become(factories.member(staff_role="reviewer"))
    page = client.get(f"/yonetim/muafiyet/{row.code}").text
    assert row.member.tckn_masked in page
    assert f"/yonetim/muafiyet/belgeler/{row.documents[1].code}/2.png" in page
    assert f'<a href="/yonetim/muafiyet/belgeler/{row.documents[1].code}/1.png" target="_blank" rel="noopener">' in page
    assert 'href="#karar"' in page
    assert 'id="karar"' in page
    picture = client.get(f"/yonetim/muafiyet/belgeler/{row.documents[1].code}/1.png")
    assert (picture.status_code, picture.mimetype) == (200, "image/png")
    assert client.get(f"/yonetim/muafiyet/belgeler/{row.documents[1].code}/9.png").status_code == 404

    answer = client.post(f"/yonetim/muafiyet/{row.code}", data={"karar": "onayla", "expected": review.seen(row)})
    assert answer.status_code == 422
    assert "iki hususun" in answer.text
    sent = {"karar": "onayla", "expected": review.seen(row), "status_proven": "y", "kinship_proven": "y"}
    said = {"reason_code": "kinship_unproven", "reason": "Bu metin durur."}
    contradiction = client.post(f"/yonetim/muafiyet/{row.code}", data={**sent, **said})
    assert contradiction.status_code == 422
    assert "Bu gerekçe onaya uymaz." in contradiction.text
    assert "Bu metin durur." in contradiction.text
    assert '<option selected value="kinship_unproven">' in contradiction.text
    assert row.status == "requested"
    assert client.post(f"/yonetim/muafiyet/{row.code}", data=sent).status_code == 303
    second = client.post(f"/yonetim/muafiyet/{row.code}", data=sent | {"reason": "Belge bence eksik."})
    assert second.status_code == 409
    assert "Belge bence eksik." in second.text  # what was typed is not lost, and the page is the request's own
    assert "İstek" in second.text
    assert "siz incelerken sonuçlandı" in second.text
    assert "27 Mart 2025 Perşembe, 16.40" in second.text
    assert "yanıt" in client.get("/yonetim/muafiyet?liste=onaylanan").text.lower()


def test_R118_a_rejection_without_a_reason_is_kept_on_the_page(client: FlaskClient, become: Become) -> None:
    row = ask(factories.member())
    become(factories.member(staff_role="reviewer"))
    data = {"karar": "uygun-bulma", "expected": review.seen(row), "reason": "kısa"}
    answer = client.post(f"/yonetim/muafiyet/{row.code}", data=data)
    assert answer.status_code == 422
    assert "kısa</textarea>" in answer.text
    data |= {"reason": "Belge yakınlığı göstermiyor.", "reason_code": "kinship_unproven"}
    assert client.post(f"/yonetim/muafiyet/{row.code}", data=data).status_code == 303


def test_R118_a_barcode_is_written_looked_up_and_recorded(client: FlaskClient, become: Become) -> None:
    person = factories.member()
    become(person)
    wrong = client.post("/muafiyet", data=fields(documents=[], barcodes="kısa"))
    assert wrong.status_code == 422
    assert "belge doğrulama koduna benzemiyor" in wrong.text
    assert client.post("/muafiyet", data=fields(documents=[], barcodes="yok-1234 5678")).status_code == 303
    row = db.session.query(ExemptionRequest).one()
    assert "YOK12345678" not in client.get("/muafiyet").text
    become(factories.member(staff_role="support"))
    assert "YOK12345678" not in client.get(f"/yonetim/muafiyet/{row.code}").text
    become(factories.member(first_name="Ayşe", last_name="İnceler", staff_role="reviewer"))
    assert "YOK12345678" in client.get(f"/yonetim/muafiyet/{row.code}").text
    url = f"/yonetim/muafiyet/{row.code}/barkod/{row.barcodes[0].code}"
    assert client.post(url).status_code == 303
    assert "doğrulandı" in client.get(f"/yonetim/muafiyet/{row.code}").text
    assert "Ayşe İnceler" in client.post(url).text


def test_R119_the_second_person_sees_the_first_and_completes(client: FlaskClient, become: Become) -> None:
    factories.term().exemption_two_persons = True
    row = ask(factories.member())
    first, second = factories.member(staff_role="reviewer"), factories.member(staff_role="manager")
    sent = {"karar": "onayla", "status_proven": "y", "kinship_proven": "y"}
    become(first)
    assert "iki kişiyle verilir" in client.get(f"/yonetim/muafiyet/{row.code}").text
    assert client.post(f"/yonetim/muafiyet/{row.code}", data=sent | {"expected": review.seen(row)}).status_code == 303
    own = client.post(f"/yonetim/muafiyet/{row.code}", data=sent | {"expected": "confirming:2:0"})
    assert own.status_code == 409
    assert "ikinci kararı başka bir görevli" in own.text
    become(second)
    assert row.member.full_name in client.get("/yonetim/muafiyet?liste=ikinci-onay").text
    page = client.get(f"/yonetim/muafiyet/{row.code}").text
    assert first.full_name in page
    back = {"karar": "geri-gonder", "expected": "confirming:2:0", "reason": ""}
    assert client.post(f"/yonetim/muafiyet/{row.code}", data=back).status_code == 422
    assert client.post(f"/yonetim/muafiyet/{row.code}", data=sent | {"expected": "confirming:2:0"}).status_code == 303
    become(row.member)
    assert "ikinci onay" not in client.get("/muafiyet").text


def test_R119_a_lost_answer_is_shown_to_both_and_sent_again(client: FlaskClient, become: Become) -> None:
    row, reviewer = ask(factories.member()), factories.member(staff_role="reviewer")
    approve(row, reviewer.actor())
    db.session.execute(update(OutboxMessage).values(sent_at=SENT, bounced_at=SENT, bounce_reason="550 unknown"))
    become(reviewer)
    assert row.member.full_name in client.get("/yonetim/muafiyet?liste=ulasmayan").text
    assert "550 unknown" in client.get(f"/yonetim/muafiyet/{row.code}").text
    wrong = {"again-email": "deniz@", "again-expected": row.answer_dedupe}
    assert client.post(f"/yonetim/muafiyet/{row.code}/yanit", data=wrong).status_code == 422
    right = {"again-email": "yeni@example.org", "again-expected": row.answer_dedupe}
    assert client.post(f"/yonetim/muafiyet/{row.code}/yanit", data=right).status_code == 303
    assert client.post(f"/yonetim/muafiyet/{row.code}/yanit", data=right).status_code == 409
    assert "Ulaşmayan yanıt yok" in client.get("/yonetim/muafiyet?liste=ulasmayan").text
    become(row.member)
    assert "onaylandı" in client.get("/muafiyet").text


def test_R116_who_was_exempt_before_declares_and_sends_no_document(client: FlaskClient, become: Become) -> None:
    person = factories.member()
    factories.term(
        code="ddta-2024", application_from=civil("2024-01-08 00:00"), application_to=civil("2024-11-22 00:00"),
        study_from=civil("2024-01-09 00:00"), study_to=civil("2024-11-29 00:00"),
    )  # fmt: skip
    earlier = requests.request(
        term_code="ddta-2024", relation="veteran_spouse", documents=prepared(person), actor=person.actor(), now=civil("2024-03-01 10:00")
    )  # fmt: skip
    approve(earlier, factories.member(staff_role="reviewer").actor(), now=civil("2024-03-04 10:00"))
    db.session.execute(update(OutboxMessage).values(sent_at=civil("2024-03-02 10:00")))
    become(person)
    page = client.get("/muafiyet").text
    assert "Önceki muafiyetinizle isteyin" in page
    said = {"again-term": "ddta-2025-ilk", "again-email": "deniz@example.org", "again-notice": "y"}
    refused = client.post("/muafiyet/yeniden", data=said)
    assert refused.status_code == 422
    assert "bu beyanı işaretleyin" in refused.text
    assert client.post("/muafiyet/yeniden", data=said | {"again-holds": "y"}).status_code == 303
    row = db.session.query(ExemptionRequest).filter_by(term_code="ddta-2025-ilk").one()
    assert (row.relation, row.earlier_id, row.email) == ("veteran_spouse", earlier.id, "deniz@example.org")
    become(factories.member(staff_role="reviewer"))
    assert "Önceki onaya dayanıyor" in client.get(f"/yonetim/muafiyet/{row.code}").text
