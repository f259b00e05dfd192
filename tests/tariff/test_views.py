import re
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import pytest

from lms.core.sources import Folder
from lms.tariff import services, views
from lms.tariff.loader import load
from lms.tariff.rules.references import expand

CATALOGUE = load(Folder(Path()))


def ask(client, **values):
    return client.get("/tarife", query_string=values)


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def test_the_page_opens_with_its_label_and_examples(client, now):
    answer = client.get("/tarife")
    assert answer.status_code == 200
    text = text_of(answer)
    assert "Bu sayfadaki hesaplar tarihî tarifelerledir" in text
    assert "9 Kasım 2024 tarifesi (Resmî Gazete 32717)" in text
    assert text.count("28.000,00 ₺") == 3


def test_a_quote_shows_numbers_cells_and_the_label(client, now):
    answer = ask(client, ciro="4.000.000", vade="180", tarih="2021-06-01")
    text = text_of(answer)
    assert answer.status_code == 200
    assert all(amount in text for amount in ("28.000,00 ₺", "840.000,00 ₺", "100.000,00 ₺", "25.200,00 ₺"))
    assert "tarihî" in text
    assert "/tarife/DDAS-TT-2020#premium-3000001-5000000-180" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"ciro": "çok", "vade": "180", "tarih": "2021-06-01"}, "Ciroyu Türk Lirası olarak"),
        ({"ciro": "4000000", "vade": "180", "tarih": "2025-03-03"}, "tabloları kaynaklarımızda tam değil"),
        ({"ciro": "4000000", "vade": "180", "tarih": "2018-01-01"}, "yürürlükte bir tarife yok"),
        ({"ciro": "4000000", "vade": "240", "tarih": "2019-06-01"}, "240 günlük vade seçeneği yok"),
        ({"ciro": "26000000", "vade": "120", "tarih": "2019-06-01"}, "en yüksek ciro 25.000.000 TL"),
        ({"ciro": "99999999999999999", "vade": "120", "tarih": "2019-06-01"}, "en yüksek ciro 25.000.000 TL"),
        ({"ciro": "", "vade": "", "tarih": ""}, "Göndermeden önce"),
        ({"ciro": "<b>1</b>", "vade": "7", "tarih": "dün"}, "Göndermeden önce"),
    ],
)
def test_a_question_without_an_answer_says_why_and_keeps_what_was_typed(client, now, values, sentence):
    answer = ask(client, **values)
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert "<b>1</b>" not in answer.get_data(as_text=True)
    if values["ciro"].isdigit():
        assert f'value="{values["ciro"]}"' in answer.get_data(as_text=True)


def test_the_floor_and_the_open_discount_are_told(client, now):
    text = text_of(ask(client, ciro="100000", vade="120", tarih="2022-06-01"))
    assert "2.000,00 ₺" in text
    assert "taban primin altında kaldığı için" in text
    assert "önce mi sonra mı" in text


def test_phased_entry_is_told(client, now):
    assert "poliçe alınamazdı" in text_of(ask(client, ciro="50000000", vade="120", tarih="2020-03-28"))


@pytest.mark.parametrize("version", [tariff.id for tariff in load(Folder(Path())).tariffs])
def test_every_version_has_a_page_with_all_its_statements(client, now, version):
    answer = client.get(f"/tarife/{version}")
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    tariff = services.version(version)
    for key in tariff.facts:
        assert f'id="{key}"' in page
    assert len(re.findall(r'id="([^"]+)"', page)) == len(set(re.findall(r'id="([^"]+)"', page)))
    assert ("egri" in page) == tariff.quotable


def test_historical_versions_say_so_on_top(client, now):
    assert "Bugünün değerleri değildir" in text_of(client.get("/tarife/DDAS-TT-2022"))
    assert "henüz yürürlükte değil" in text_of(client.get("/tarife/DDAS-T-2025"))
    assert "tablolarının tamamı kaynaklarımızda yok" in text_of(client.get("/tarife/DDAS-T-2024"))


def test_a_version_tells_what_changed_since_the_one_before(client, now):
    text = text_of(client.get("/tarife/DDAS-TT-2022"))
    assert "Alıcı başına azami kredi limiti, 0-5.000.000 TL 100.000 150.000" in text
    assert "hiçbir şey yazmayan konular" in text


@pytest.mark.parametrize("version", [tariff.id for tariff in CATALOGUE.tariffs[1:]])
def test_what_changed_is_what_the_comparison_marks_as_changed(client, now, version):
    earlier = next(old for old, new in pairwise(CATALOGUE.tariffs) if new.id == version)
    page = client.get(f"/tarife/{version}").get_data(as_text=True)
    section = page.partition('id="kiyas"')[2]
    assert "bilinmiyor" not in section  # what one of them does not know has not changed
    compared = client.get(f"/tarife/karsilastir?once={earlier.id}&sonra={version}").get_data(as_text=True)
    changed = compared.count('used"') + compared.count("değişti</span>")
    assert ("bilinen bir fark yok" in section) is (changed == 0)


@pytest.mark.parametrize(
    "chosen", [{"once": "DDAS-TT-2019", "sonra": "DDAS-TT-2022"}, {"once": "DDAS-TT-2022", "sonra": "DDAS-TT-2019"}]
)
def test_any_two_versions_are_compared_cell_by_cell(client, now, chosen):
    text = text_of(client.get("/tarife/karsilastir", query_string=chosen))
    assert "Karşılaştırmada tarihî tarife var" in text
    assert "0-5.000.000 100.000 → 150.000" in text
    assert "0-3.000.000 0,50 0,80 – → 1,20 1,40 30" in text
    assert "175.000.001-250.000.000 – → 0,20" in text


@pytest.mark.parametrize("query", ["", "?once=YOK&sonra=", "?once=DDAS-T-2023&sonra=DDAS-T-2023", "?lang=en"])
def test_the_comparison_always_has_two_versions(client, now, query):
    assert client.get(f"/tarife/karsilastir{query}").status_code == 200


def test_a_quote_tells_how_it_is_paid_and_what_asking_costs(client, now):
    text = text_of(ask(client, ciro="4000200", vade="120", tarih="2021-10-31", alici="5"))
    assert (
        "Peşinat 31 Ekim 2021 4.500,23 ₺ 1. taksit 30 Kasım 2021 4.500,23 ₺ 2. taksit 31 Aralık 2021 4.500,22 ₺" in text
    )
    assert "5 alıcı için teklifte 60,00 ₺; teklif 10 gün içinde" in text
    assert "Bugünün değerleri değildir" in text
    assert "poliçede 20,00 ₺ daha; poliçe olmasa da alınır" in text_of(
        ask(client, ciro="4000000", vade="120", tarih="2019-06-01", alici="2")
    )


def test_a_version_without_tables_still_says_what_it_knows(client, now):
    answer = ask(client, ciro="4000000", vade="180", tarih="2025-03-03", alici="3")
    text = text_of(answer)
    assert answer.status_code == 422
    assert "3 alıcı için teklifte 90,00 ₺; poliçe düzenlenirse iade edilir" in text
    assert "kalanı en çok beş taksit" in text


@pytest.mark.parametrize("buyers", ["0", "501", "beş"])
def test_an_absurd_number_of_buyers_is_refused(client, now, buyers):
    assert ask(client, ciro="4000000", vade="180", tarih="2021-06-01", alici=buyers).status_code == 422


def test_several_effective_dates_of_one_act_are_shown(client, now):
    text = text_of(client.get("/tarife/DDAS-TT-2020"))
    assert "1 Nisan 2020 : Merkez talep üzerine alıcı limitini artırabilir" in text


@pytest.mark.parametrize("days", ["180", "240", "7", "x", ""])
def test_the_curve_falls_and_is_told_as_a_table(client, now, days):
    page = client.get(f"/tarife/DDAS-TT-2020?vade={days}").get_data(as_text=True)
    assert page.count('class="fall"') == 9
    assert "9 dilim sınırında düşer" in page
    near = client.get(f"/tarife/DDAS-TT-2020?vade={days}&ust=10000000").get_data(as_text=True)
    assert near.count('class="fall"') == near.count('class="past"') == 2
    assert "−" in page


def test_an_unknown_version_is_404(client, now):
    assert client.get("/tarife/DDAS-TT-1999").status_code == 404


def test_pages_speak_english_too(client, now):
    assert client.get("/tarife?lang=en").status_code == 200


def test_a_day_whose_tariff_is_known_needs_no_warning(client, now):
    now.set("2021-06-01 12:00")
    page = client.get("/tarife").get_data(as_text=True)
    assert "tarihî tarifelerledir" not in page
    assert 'value="2021-06-01"' in page


def test_a_cited_number_leads_to_its_cell(app, now):
    expanded = expand(
        "<b> %{{DDAS-TT-2020:limits/0-5.000.000}} & {{quote:DDAS-TT-2020/4000000/180/net_premium}}",
        services.catalogue(),
    )
    with app.test_request_context():
        as_values = views.cited(expanded.text, expanded.citations)
        as_json = views.cited(expanded.text, [asdict(one) for one in expanded.citations])
    assert as_values == as_json
    assert as_values.startswith("&lt;b&gt; %<a ")
    assert as_values.count('<a class="cite"') == 2
    assert (
        'href="/tarife/DDAS-TT-2020#limits-0-5000000" title="25 Mart 2020 tarifesi (Resmî Gazete 31079) · Alıcı başına azami kredi limiti'
        in as_values
    )
    assert 'href="/tarife/DDAS-TT-2020#premium-3000001-5000000-180"' in as_values
    assert as_values.endswith(">28.000</a>")


def test_a_citation_of_what_is_gone_stays_text(app, now):
    with app.test_request_context():
        assert views.cited("5 gün", [{"start": 0, "end": 1, "address": "YOK-1:days"}]) == "5 gün"
        assert views.cited("5 gün", [{"start": 0, "end": 99, "address": "DDAS-TT-2020:min_premium"}]) == "5 gün"
        assert "Taban prim" in views.cite_link("DDAS-TT-2020:min_premium")
        assert "Yürürlük" in views.cite_link("DDAS-TT-2020:effective")
        assert "Taksit" in views.cite_link("DDAS-TT-2020:instalments.count")


@pytest.mark.parametrize("law", [law.id for law in load(Folder(Path())).laws])
def test_every_rule_text_has_a_page_with_an_anchor_for_each_statement(client, now, law):
    answer = client.get(f"/tarife/{law}")
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    for key in services.rule_text(law).facts:
        assert f'id="{key}"' in page
    assert len(re.findall(r'id="([^"]+)"', page)) == len(set(re.findall(r'id="([^"]+)"', page)))


def test_a_rule_text_says_what_took_its_place(client, now):
    assert "Bu metin tarihîdir" in text_of(client.get("/tarife/KOBI-2022"))
    assert "KOBİ sınırları, 2023" in text_of(client.get("/tarife/KOBI-2022"))
    assert "Bu metin tarihîdir" not in text_of(client.get("/tarife/KOBI-2023"))
    assert "henüz yürürlükte değil" in text_of(client.get("/tarife/KOBI-2025"))
    assert "KOBİ sınırları, 2022 tarihî" in text_of(client.get("/tarife"))
