"""The desk's pages: what is said when something is wrong, and who may do what."""

import re

import pytest
from sqlalchemy import select

from lms.audit.models import AuditEntry
from lms.core.db import db, transaction
from lms.documents import queries as documents
from lms.editorial.models import CourseBuild
from lms.editorial.rendering import fault_text
from tests.editorial.conftest import SLIDES, TOPIC, person

TEXT = f"/yonetim/icerik/metin/{TOPIC}"


def sent(client, url, **data):
    page = client.get(url).text
    token = re.search(r'name="expected"[^>]*value="([^"]*)"', page)[1]
    return client.post(url, data={"expected": token, "note": "Deneme notu", "is": "kaydet", **data})


def saved(client, body="topic: sinir\n"):
    assert sent(client, TEXT, body=body).status_code == 303
    return documents.open_one(TOPIC)


def test_before_anything_is_taken_in_the_desk_says_so(app, by, ann):
    page = by(ann).get("/yonetim/icerik")
    assert page.status_code == 200
    assert "Veritabanında henüz içerik yok" in page.text


def test_the_desk_lists_documents_drafts_and_proposals(taken_in, by, ann):
    editor = by(ann)
    assert "Bekleyen öneri yok" in editor.get("/yonetim/icerik").text
    saved(editor)
    page = editor.get("/yonetim/icerik").text
    assert "Taslaklar" in page
    assert "Deneme notu" in page
    assert "01-sinir" in page


def test_a_second_editor_is_told_who_writes_and_keeps_what_was_typed(taken_in, by, ann):
    cem = person("editor")
    saved(by(ann))
    assert "bu belge üzerinde çalışıyor" in by(cem).get(TEXT).text
    answer = sent(by(cem), TEXT, body="topic: baska\n")
    assert answer.status_code == 422
    assert f"Bu belge üzerinde {ann.full_name} çalışıyor" in answer.text
    assert "topic: baska" in answer.text


def test_a_draft_with_faults_is_kept_but_not_proposed(taken_in, by, ann):
    editor = by(ann)
    body = documents.published(TOPIC).body.replace("difficulty: 1", "difficulty: bir", 1)
    assert sent(editor, TEXT, body=body, **{"is": "oner"}).status_code == 303
    page = editor.get(TEXT).text
    assert "buraya tam sayı yazılır" in page
    assert "difficulty: bir" in page
    assert documents.open_one(TOPIC).state == "draft"


def test_the_live_check_answers_with_line_and_reason(taken_in, by, ann):
    editor = by(ann)
    url = f"/yonetim/icerik/denetle/{TOPIC}"
    body = documents.published(TOPIC).body
    assert "Kusur bulunmadı" in editor.post(url, data={"body": body}).text
    assert "satır:" in editor.post(url, data={"body": body.replace("answer:", "anwser:", 1)}).text
    slides = f"/yonetim/icerik/denetle/{SLIDES}?slayt=2"
    assert "anlatım yok" in editor.post(slides, data={"body": "# Başlık\nid: sinir\n"}).text
    form = editor.post("/yonetim/icerik/tarife/DENEME-2026/denetle", data={"effective": "2026-05-01"})
    assert "kusur" in form.text


def test_a_proposal_is_returned_with_a_reason_that_its_author_reads(taken_in, by, ann, ben):
    editor, manager = by(ann), by(ben)
    code = saved(editor, documents.published(TOPIC).body.replace("Sınır 1 milyar", "Sınır bir milyar", 1)).code
    url = f"/yonetim/icerik/oneri/{code}"
    assert editor.post(url, data={"is": "oner"}).status_code == 303
    assert "Gerekçeyi yazın" in manager.post(url, data={"is": "geri-cevir"}).text
    assert manager.post(url, data={"is": "geri-cevir", "reason": "Rakamla yazalım"}).status_code == 303
    assert "Rakamla yazalım" in editor.get(TEXT).text
    assert editor.post(url, data={"is": "birak"}).status_code == 303
    assert "bırakıldı" in editor.get(f"/yonetim/icerik/belge/{TOPIC}").text
    acts = db.session.scalars(
        select(AuditEntry.act).where(AuditEntry.subject_code == code).order_by(AuditEntry.id)
    ).all()
    assert acts == ["documents.drafted", "documents.proposed", "documents.given_back", "documents.dropped"]


def test_an_untouched_question_that_is_saved_was_looked_at(taken_in, by, ann):
    editor = by(ann)
    url = "/yonetim/icerik/soru/sinir-001"
    page = editor.get(url).text
    fields = dict(re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\s*([^<]*)</textarea>', page))
    data = {name: text.strip() for name, text in fields.items()} | {"difficulty": "1", "claims": ""}
    assert sent(editor, url, **data).status_code == 303
    assert "checked: 2025-03-03" in documents.open_one(TOPIC).body


def test_a_question_with_a_source_line_that_is_not_understood_keeps_what_was_typed(taken_in, by, ann):
    answer = sent(by(ann), "/yonetim/icerik/soru/sinir-001", stem="Soru metni", explanation="Neden", difficulty="1", sources="kitap x", claims="")  # fmt: skip
    assert answer.status_code == 422
    assert "Anlaşılmadı: kitap x" in answer.text
    assert "Soru metni" in answer.text
    assert documents.open_one(TOPIC) is None


def test_nothing_is_published_when_nothing_is_chosen(taken_in, by, ann, ben):
    saved(by(ann), documents.published(TOPIC).body.replace("Sınır 1 milyar", "Sınır bir milyar", 1))
    code = documents.open_one(TOPIC).code
    by(ann).post(f"/yonetim/icerik/oneri/{code}", data={"is": "oner"})
    answer = by(ben).post("/yonetim/icerik/oneriler", data={"note": "Deneme yayını"})
    assert answer.status_code == 422
    assert "Yayımlanacak önerileri işaretleyin" in answer.text


def test_what_was_written_anew_since_it_was_read_is_not_published(taken_in, by, ann, ben):
    editor, manager = by(ann), by(ben)
    body = documents.published(TOPIC).body
    code = saved(editor, body.replace("Sınır 1 milyar", "Sınır bir milyar", 1)).code
    url = f"/yonetim/icerik/oneri/{code}"
    editor.post(url, data={"is": "oner"})
    read = re.search(r'name="oneri" value="([^"]*)"', manager.get("/yonetim/icerik/oneriler").text)[1]
    editor.post(url, data={"is": "geri-al"})
    saved(editor, body.replace("Sınır 1 milyar", "Sınır iki milyar", 1))
    editor.post(url, data={"is": "oner"})
    answer = manager.post("/yonetim/icerik/oneriler", data={"oneri": read, "note": "Deneme yayını"})
    assert answer.status_code == 422
    assert documents.published(TOPIC).body == body
    again = re.search(r'name="oneri" value="([^"]*)"', answer.text)[1]
    assert manager.post("/yonetim/icerik/oneriler", data={"oneri": again, "note": "Deneme yayını"}).status_code == 303
    assert "iki milyar" in documents.published(TOPIC).body


def test_a_build_that_failed_says_why_and_may_be_tried_again(taken_in, by, ben, now):
    with transaction():
        last = documents.last_publication()
        build = CourseBuild(publication_id=last.id, state="failed", done=0, total=2, what="", fault="slides.md:3: kusur", asked_at=now(), changed_at=now())  # fmt: skip
        db.session.add(build)
    manager = by(ben)
    assert "slides.md:3: kusur" in manager.get("/yonetim/icerik/yapim").text
    assert manager.post(f"/yonetim/icerik/yapim/{build.id}").status_code == 303
    assert "sırada" in manager.get("/yonetim/icerik/yapim").text


def test_an_auditor_reads_and_changes_nothing(taken_in, by):
    auditor = by(person("auditor"))
    for url in ("", "/guncellik", "/oneriler", "/yapim", f"/belge/{TOPIC}", f"/slayt/2/{SLIDES}"):
        assert auditor.get(f"/yonetim/icerik{url}").status_code == 200
    assert auditor.get(TEXT).status_code == 403
    assert auditor.post("/yonetim/icerik/oneriler", data={"oneri": "x"}).status_code in (403, 409)


@pytest.mark.parametrize("name", ["../etc/passwd", "content/texts/kvkk_notice.tr.md", "content/tariffs/YOK.yaml"])
def test_only_documents_have_pages(taken_in, by, ann, name):
    editor = by(ann)
    assert editor.get(f"/yonetim/icerik/metin/{name}").status_code == 404
    assert editor.get(f"/yonetim/icerik/belge/{name}").status_code == 404


def test_a_new_document_begins_with_its_name(taken_in, by, ann):
    editor = by(ann)
    law = "content/tariffs/law/DENEME-2026.yaml"
    answer = editor.get("/yonetim/icerik/yeni", query_string={"ad": law})
    assert answer.status_code == 303
    assert sent(editor, answer.headers["Location"], body="id: DENEME-2026\n").status_code == 303
    assert documents.open_one(law).body == "id: DENEME-2026\n"
    assert editor.get("/yonetim/icerik/yeni", query_string={"ad": "a/b.yaml"}).status_code == 404
    answer = editor.get("/yonetim/icerik/yeni", query_string={"ad": "content/tariffs/DENEME-2027.yaml"})
    assert answer.headers["Location"].endswith("/tarife/DENEME-2027")


def test_a_topic_leads_to_its_questions(taken_in, by, ann):
    assert "/yonetim/icerik/soru/sinir-004" in by(ann).get(f"/yonetim/icerik/belge/{TOPIC}").text


def test_a_fault_is_told_in_turkish_where_its_sentence_is_known():
    assert fault_text("prim-001: two options are equal") == "prim-001: iki seçenek aynı"
    assert fault_text("something new") == "something new"
