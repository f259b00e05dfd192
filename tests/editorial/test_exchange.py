"""Questions from and to other programs at the desk: a draft, a report, and nothing at all where there is a fault."""

import io

import pytest
from sqlalchemy import select

from lms.audit.models import AuditEntry
from lms.core.db import db
from lms.documents import queries as documents
from lms.editorial.rendering import fault_text
from lms.questions.formats import item
from tests.editorial.conftest import TOPIC, person

URL = "/yonetim/icerik/aktar"
GIFT = """::deneme::Ciro sınırı 4 Kasım 2025 günü ne oldu? {
=Yükseldi ~Düştü ~Kalktı ~Aynı kaldı
####Sınır yükseldi.}

Kırmızı mı? {T}
"""


def sent(client, body, kind="gift", **more):
    data = {"file": (io.BytesIO(body), "sorular.txt"), "kind": kind, "topic": "ddta/sinir", "difficulty": "1", "note": "Yeni sorular", "source": "sayfa | alomaliye2025", "cell": "DDAS-T-2025:ceiling"}  # fmt: skip
    return client.post(URL, data={**data, **more}, content_type="multipart/form-data")


def test_a_file_becomes_a_draft_and_the_page_says_what_was_left_out(taken_in, by, ann):
    editor = by(ann)
    page = sent(editor, GIFT.encode()).text
    assert "1 yeni soru taslağa eklendi" in page
    assert "doğru/yanlış sorusu" in page
    draft = documents.open_one(TOPIC)
    assert (draft.state, draft.author_code, draft.note) == ("draft", ann.code, "Yeni sorular")
    assert "code: sinir-005" in draft.body
    assert "Yükseldi" in editor.get("/yonetim/icerik/soru/sinir-005").text
    assert "code: sinir-005" not in documents.published(TOPIC).body


def test_the_same_file_twice_adds_nothing_the_second_time(taken_in, by, ann):
    editor = by(ann)
    sent(editor, GIFT.encode())
    before = documents.open_one(TOPIC).body
    assert "0 yeni soru taslağa eklendi, 1 soru bankada zaten var" in sent(editor, GIFT.encode()).text
    assert documents.open_one(TOPIC).body == before


@pytest.mark.parametrize(
    ("kind", "body", "why"),
    [
        ("gift", b"Soru {=a ~b", "ayraçları eşleşmiyor"),
        ("gift", b"x" * 1001, "dosya çok büyük"),
        ("aiken", "ş".encode("cp1254"), "UTF-8 değil"),
        ("moodle", b'<!DOCTYPE q [<!ENTITY a "aaaa">]><quiz>&a;</quiz>', "DTD ya da varlık"),
        ("qti", b"PK\x03\x04 broken", "zip dosyası okunamadı"),
        ("qti", b"<quiz/>", "QTI 2.1 sorusu yok"),
    ],
)
def test_a_broken_or_hostile_file_is_refused_with_a_sentence(monkeypatch, taken_in, by, ann, kind, body, why):
    monkeypatch.setattr(item, "MAX_BYTES", 1000)
    answer = sent(by(ann), body, kind)
    assert answer.status_code == 422
    assert why in answer.text
    assert documents.open_one(TOPIC) is None


def test_a_question_with_a_fault_stops_the_whole_file(taken_in, by, ann):
    answer = sent(by(ann), GIFT.encode(), source="")
    assert answer.status_code == 422
    assert "kaynağı yok" in answer.text
    assert "hiçbir hücreye dayanmıyor" in sent(by(ann), GIFT.encode(), cell="").text
    assert documents.open_one(TOPIC) is None


def test_a_topic_that_somebody_else_works_on_is_left_alone(taken_in, by, ann):
    cem = person("editor")
    sent(by(cem), GIFT.encode())
    other = GIFT.replace("ne oldu", "nasıl değişti")
    answer = sent(by(ann), other.encode())
    assert answer.status_code == 422
    assert cem.full_name in answer.text
    assert documents.open_one(TOPIC).author_code == cem.code


@pytest.mark.parametrize(("kind", "part"), [("gift", "ddta"), ("moodle", "ddta/sinir"), ("aiken", "ddta/sinir")])
def test_the_published_bank_is_handed_out_as_a_file_and_that_is_recorded(taken_in, by, ann, kind, part):
    answer = by(ann).post(f"{URL}/dosya", data={"form": kind, "part": part, "is": "indir"})
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.data.decode().count("750.000.000 TL") == 4
    row = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "documents.exported")).one()
    assert (row.data["questions"], row.data["format"]) == (4, kind)


def test_what_a_file_would_leave_out_is_shown(taken_in, by, ann):
    page = by(ann).post(f"{URL}/dosya", data={"form": "aiken", "part": "ddta/sinir", "is": "rapor"}).text
    assert page.count("açıklama, kod, konu ve etiketler yazılmadı") == 4


def test_only_an_editor_exchanges(taken_in, by):
    for role in ("manager", "auditor"):
        client = by(person(role))
        assert client.get(URL).status_code == 403
        assert client.post(f"{URL}/dosya", data={"form": "gift", "part": "ddta"}).status_code == 403


def test_reasons_are_told_in_turkish():
    assert fault_text("3 options are right; here exactly one is") == "3 seçenek doğru; burada tam bir tane olur"
