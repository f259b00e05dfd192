"""A lesson's other pages: the summary to print and the questions to ask oneself; numbers lead to their cells everywhere."""

import pytest

from lms.core.db import db
from tests import factories
from tests.learning.test_views import log_in, text

__all__ = ["log_in"]
RATE = "DDAS-TT-2020:premium/0-3.000.000/120"
LINK = '<a class="cite" href="/tarife/DDAS-TT-2020#premium-0-3000000-120"'


def cited(slide, place, start, end):
    return {"slide": slide, "place": place, "start": start, "end": end, "address": RATE, "shown": "0,50"}


def block(kind, **data):
    return {"id": kind, "layout": "content", "title": f"Slayt {kind}", "kicker": "", "source": "", "bullets": [], "block": {"kind": kind, **data}}  # fmt: skip


SLIDES = [
    block("table", head=["Vade", "Oran"], rows=[["120 gün", "%0,50"]], mark=[[1, 2]], align="lr", widths=[1, 1]),
    block("curve", head=["Ciro", "Oran"], rows=[["0 – 3.000.000", "0,50"]], lines=[], days=120),
    block("steps", items=[{"title": "Adım", "text": "**Önemli** <b>"}]),
    block("cards", items=[{"title": "Kart", "text": ""}], columns=3),
    block("figures", items=[{"value": "10", "label": "gün"}]),
    block("bars", items=[{"label": "Uzun", "value": 1.0, "shown": "bir", "tone": ""}], unit=""),
    block("timeline", items=[{"date": "2018", "title": "Başladı", "text": ""}]),
    block("screen", title="Teklif", items=[{"label": "Ciro", "value": "4.000.000", "note": ""}], actions=[], result="Oldu"),
    block("compare", left={"title": "Peşin", "tone": "good", "items": ["ucuz"]}, right={"title": "Taksit", "tone": "bad", "items": ["uzun"]}),
    block("formula", terms=["ciro", "×", "oran"], result="= prim", worked=["iş"]),
    {**block("kapanis"), "layout": "closing", "block": None, "bullets": ["Unutmayın %0,50"]},
]  # fmt: skip
CHECKS = [
    {"stem": "Oran %0,50 mi?", "answer": "Evet", "distractors": ["Hayır", "Belki", "Asla"], "explanation": "Tabloda %0,50 yazar.", "slide": "table"},
    {"stem": "İki mi?", "answer": "İki", "distractors": ["Bir", "Üç", "Dört"], "explanation": "Sayın.", "slide": "yok"},
]  # fmt: skip


@pytest.fixture
def web(client, now, log_in):
    lesson = factories.release().lessons[0]
    lesson.about = {
        "as_of": "2020-03-25",
        "objectives": ["Oranı bulmak"],
        "sources": ["RG 31079"],
    }
    lesson.slides, lesson.checks = SLIDES, CHECKS
    lesson.summary = "Oran %0,50."
    lesson.transcript = [
        {
            "id": "table",
            "title": "Tablo",
            "start": 65_500,
            "end": 90_000,
            "sentences": [{"start": 66_000, "end": 68_000, "text": "Oran %0,50."}],
        }
    ]
    lesson.citations = [
        cited("", "summary", 6, 10),
        cited("table", "block/rows/0/1", 1, 5),
        cited("kapanis", "bullets/0", 11, 15),
        cited("table", "narration/0", 6, 10),
        cited("", "checks/0/stem", 6, 10),
        cited("", "checks/0/explanation", 9, 13),
    ]
    application = factories.application()
    db.session.commit()
    log_in(application.member)
    now.set("2025-04-04 14:00")
    client.url = f"/egitimlerim/{application.code}"
    return client


def test_the_transcript_leads_from_a_number_to_its_cell(web):
    body = text(web.get(web.url))
    assert f"Oran %{LINK}" in body
    assert body.count(LINK) == 2  # the summary, and the sentence
    assert 'data-start="66.0"' in body
    assert "Tarihî sayılar" in body
    assert "25 Mart 2020 tarifesi (Resmî Gazete 31079)" in body
    assert f"{web.url}/dersler/01-ders/ozet" in body
    assert f"{web.url}/dersler/01-ders/sorular" in body
    assert f"{web.url}/dersler/02-ders/ozet" not in text(web.get(f"{web.url}?ders=02-ders"))


def test_the_summary_has_objectives_slides_as_tables_sources_and_its_day(web):
    body = text(web.get(f"{web.url}/dersler/01-ders/ozet"))
    for part in (
        "Oranı bulmak", "RG 31079", "25 Mart 2020 tarihindeki mevzuatı anlatır", "Tarihî sayılar", "data-print",
        '<th scope="col" class="num">Oran</th>', f"<strong>%{LINK}", f"Unutmayın %{LINK}", "<strong>Önemli</strong> &lt;b&gt;",
        "<h3>Peşin</h3>", "= prim", "<dt>10</dt>", "<dt>Uzun</dt><dd>bir</dd>", "<td>4.000.000</td>", "<td>2018</td>",
    ):  # fmt: skip
        assert part in body, part
    for slide in SLIDES:
        assert slide["title"] in body
    assert web.get(f"{web.url}/dersler/yok/ozet").status_code == 404


def test_check_questions_answer_without_a_script_and_are_stored_nowhere(web):
    url = f"{web.url}/dersler/01-ders/sorular"
    body = text(web.get(url))
    assert f"Oran %{LINK}" in body
    assert "Tabloda" not in body
    assert "Doğru yanıt" not in body
    options = [part.split("<")[0] for part in body.split('<form method="get"')[1].split("<span>")[1:5]]
    assert sorted(options) == ["Asla", "Belki", "Evet", "Hayır"]
    body = text(web.get(f"{url}?s0={options.index('Evet')}"))
    assert "1 / 2 doğru" in body
    assert f"Tabloda %{LINK}" in body
    assert f'href="{web.url}?ders=01-ders&amp;an=65"' in body
    assert "Derste bu yeri izleyin: 1:05" in body
    assert "Yanıt verilmedi" in body
    body = text(web.get(f"{url}?s0={options.index('Belki')}&s1=99"))
    assert "0 / 2 doğru" in body
    assert "Doğru yanıt:" in body
    assert text(web.get(f"{url}?s0=x")) == text(web.get(f"{url}?s0=x"))
    assert web.get(f"{web.url}/dersler/02-ders/sorular").status_code == 404


def test_the_pages_are_open_as_long_as_the_film(web, now, log_in):
    now.set("2025-11-29 00:00")
    assert web.get(f"{web.url}/dersler/01-ders/ozet").status_code == 409
    assert web.get(f"{web.url}/dersler/01-ders/sorular").status_code == 409
    now.set("2025-11-28 23:59")
    assert web.get(f"{web.url}/dersler/01-ders/ozet").status_code == 200
    log_in(factories.member())
    assert web.get(f"{web.url}/dersler/01-ders/ozet").status_code == 404
