"""The rehearsal: an invented 2026 version goes from a pasted table to the exam and the film, by two people, and back to the files."""

import re
from datetime import date

from lms.core.access import SYSTEM
from lms.core.db import transaction
from lms.core.sources import Folder
from lms.courses import queries as courses
from lms.documents import queries as documents
from lms.documents import services as texts
from lms.editorial import jobs, queries
from lms.editorial.services import files
from lms.questions import queries as questions
from lms.tariff import services as tariffs
from tests.editorial.conftest import SLIDES, TOPIC

VERSION = "DENEME-2026"
DAY = date(2026, 5, 1)
HEAD = {
    "id": VERSION, "act": "Uydurma deneme tebliği", "gazette_date": "2026-04-20", "gazette_number": "99999",
    "authority": "Deneme kurumu", "centre": "Deneme merkezi", "effective": "2026-05-01", "effective_status": "public",
    "effective_sources": "RG | 99999 | yer: m.9",
}  # fmt: skip
STATEMENTS = {
    "ceiling-status": "public", "ceiling-value": "2500000000", "ceiling-text": "Uydurma: 2.500.000.000 TL", "ceiling-sources": "RG | 99999 | yer: m.1",
    "terms-status": "public", "terms-value": "[100, 200]", "terms-text": "Uydurma: 100 ve 200 gün", "terms-sources": "RG | 99999 | yer: m.2",
    "premium-status": "public", "premium-table": "ciro\t100\t200\tkat\n0-7.000.000\t0,11\t0,22\t33\n7.000.001-9.000.000\t0,10\t0,20\t33", "premium-sources": "RG | 99999 | yer: m.3",
    "min_premium-status": "unknown", "min_premium-note": "Denemede bilinmiyor.",
}  # fmt: skip
FORM = f"/yonetim/icerik/tarife/{VERSION}"


def token(page):
    return re.search(r'name="expected"[^>]*value="([^"]*)"', page)[1]


def entered(client, press, **changes):
    data = {**HEAD, **STATEMENTS, **changes, "expected": token(client.get(FORM).text), "note": "Uydurma sürüm", "is": press}  # fmt: skip
    return client.post(FORM, data=data)


def code_of(path):
    return documents.open_one(path).code


def drawn(day):
    return {entry.code for entry in questions.pool("ddta", day)}


def test_a_version_goes_through_the_desk_to_exam_and_film_and_back_to_the_files(released, ann, ben, by, now, root):
    editor, manager = by(ann), by(ben)

    # entered by pasting; a slip of the pen is told at its field, and nothing that was typed is lost
    slip = STATEMENTS["premium-table"].replace("0,22", "0.22")
    assert entered(editor, "oner", **{"premium-table": slip}).status_code == 303
    page = editor.get(FORM).text
    assert "“0.22” oran değil" in page
    assert "0-7.000.000  0,11  0.22  33" in page
    assert documents.open_one(f"content/tariffs/{VERSION}.yaml").state == "draft"
    assert entered(editor, "oner").status_code == 303
    version = code_of(f"content/tariffs/{VERSION}.yaml")
    assert documents.by_code(version).state == "proposed"
    assert tariffs.catalogue().version(VERSION) is None  # nobody reads it yet

    # alone it would leave the exam without questions: refused, with topic and day
    alone = {"oneri": [version], "note": "Yeni sürüm"}
    answer = manager.post("/yonetim/icerik/oneriler", data=alone)
    assert answer.status_code == 422
    assert "“Ciro sınırı” konusunda 1 Mayıs 2026 Cuma gününden başlayarak 1. güçlükte 2 soru kalıyor" in answer.text
    assert tariffs.catalogue().version(VERSION) is None

    # a question is mended as form fields
    url = "/yonetim/icerik/soru/sinir-003"
    page = editor.get(url).text
    assert "yürürlükteki ciro sınırı" in page
    mended = {
        "expected": token(page), "note": "Yeni sınır", "stem": "1 Mayıs 2026 tarifesine göre yürürlükteki ciro sınırı kaç liradır?",
        "answer": "2.500.000.000 TL", "first": "1.000.000.000 TL", "second": "500.000.000 TL", "third": "5.000.000.000 TL",
        "explanation": "Uydurma sınır.", "difficulty": "1", "sources": "RG | 99999", "cells": f"{VERSION}:ceiling",
        "starts": "2026-05-01", "claims": "", "is": "oner",
    }  # fmt: skip
    assert editor.post(url, data=mended).status_code == 303
    topic = code_of(TOPIC)

    # and a slide, with its picture
    url = f"/yonetim/icerik/metin/{SLIDES}?slayt=2"
    page = editor.get(url).text
    slide = "# Sınır ne kadar?\nid: sinir\n- Yeni sınır {{DENEME-2026:ceiling|short}} TL\n\n???\nSınır {{DENEME-2026:ceiling|short}} liradır."
    sent = {"expected": token(page), "note": "Yeni sınır", "body": slide, "is": "oner"}
    assert editor.post(url, data=sent).status_code == 303
    lesson = code_of(SLIDES)
    picture = editor.get(f"/yonetim/icerik/slayt/2/{SLIDES}")
    assert (picture.mimetype, picture.data[:4]) == ("image/png", b"\x89PNG")

    # nobody publishes their own
    together = {"oneri": [version, topic, lesson], "note": "Uydurma 2026 sürümü"}
    assert "Kendi yazdığınız metni yayımlayamaz" in editor.post("/yonetim/icerik/oneriler", data=together).text
    assert "-- Sınır {{DDAS-T-2025" in manager.get(f"/yonetim/icerik/oneri/{lesson}").text
    assert manager.post("/yonetim/icerik/oneriler", data=together).status_code == 303
    assert tariffs.catalogue().version(VERSION).from_day == DAY

    # the film is made again in the background, in sight
    release = courses.current_release("ddta")
    assert "sırada" in manager.get("/yonetim/icerik/yapim").text
    for _ in range(5):
        jobs.rebuild(now())
    (build,) = queries.latest_builds()
    assert (build.state, build.done, build.total, build.fault) == ("ready", 1, 1, "")
    assert "1 Mayıs 2026 günü yayına girer" in manager.get("/yonetim/icerik/yapim").text
    assert jobs.rebuild(now()) == 0
    assert courses.current_release("ddta").id == release.id

    # the day comes
    now.set("2026-05-01 00:00")
    for _ in range(2):
        jobs.rebuild(now())
    assert queries.latest_builds()[0].state == "done"
    newest = courses.current_release("ddta")
    assert newest.id != release.id
    assert "2,5 milyar" in newest.lessons[0].transcript[1]["sentences"][0]["text"]
    assert jobs.rebuild(now()) == 0

    # the draw follows the effective day
    assert drawn(date(2026, 4, 30)) == {"sinir-001", "sinir-002", "sinir-004"}
    assert drawn(DAY) == {"sinir-001", "sinir-002", "sinir-003"}

    # what it outdates stands beside the new value
    page = manager.get(f"/yonetim/icerik/guncellik?surum={VERSION}").text
    assert "çekilişten çıkar: 1 Mayıs 2026" in page
    assert "2.500.000.000" in page

    # back to the files: the import finds nothing to do
    with transaction():
        written = files.export(None, over=False, actor=SYSTEM, now=now())
    assert {entry.path for entry in written} == {f"content/tariffs/{VERSION}.yaml", TOPIC, SLIDES}
    intake = texts.intake(Folder(root), over=False)
    assert (intake.changes, intake.desk) == ({}, ())
