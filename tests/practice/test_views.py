import html
import re

import pytest

from lms.core.db import db, transaction
from lms.practice import services
from lms.practice.models import PracticeExercise, PracticeQuote
from tests import factories
from tests.membership.helpers import log_in
from tests.practice.conftest import BUYERS, FIRM, INSURED, Learner, text_of


def test_the_list_shows_tasks_and_the_label(client, member):
    text = text_of(client.get("/uygulama"))
    assert "İlk teklif" in text
    assert "tarihîdir, bugünün primi değildir" in text


def test_from_the_quote_to_the_printed_policy(learner):
    place = learner.quote()
    text = text_of(learner.get(place))
    for shown in (
        "28.000,00 ₺",
        "840.000,00 ₺",
        "150.000,00 ₺",
        "25.200,00 ₺",
        "60,00 ₺",
        "11 Haziran 2022",
        "tarihî tarife",
    ):
        assert shown in text
    assert "/tarife/DDAS-TT-2022#premium-3000001-5000000-180" in learner.get(place).get_data(as_text=True)
    policy = str(learner.post(f"{place}/police", way="instalments", down_percent="25", count="5").headers["Location"])
    policy = policy.removeprefix(learner.root)
    assert "7.000,00 ₺" in text_of(learner.get(policy))
    sheet = learner.post(f"{policy}/basim").headers["Location"]
    printed = text_of(learner.client.get(sheet))
    assert "ÖRNEK – ALIŞTIRMA" in printed
    assert "Örnek Mobilya" in printed
    assert "1 Haziran 2022" in text_of(learner.get(policy))


def test_what_was_typed_stays_beside_its_error(learner):
    answer = learner.post("/teklif", **{**INSURED, "turnover": "çok", "days": ""})
    assert answer.status_code == 422
    assert "Tutarı Türk Lirası olarak" in text_of(answer)
    assert 'value="6.500.000"' in answer.get_data(as_text=True)
    answer = learner.post("/teklif", **{**INSURED, "turnover": "7.000.000"})
    assert answer.status_code == 422
    assert "net satış hasılatından büyük olamaz" in text_of(answer)


def test_a_buyer_is_read_from_its_file(learner):
    place = learner.draft()
    answer = learner.post(f"{place}/alici", buyer="uydurma-belediye", kind="company", share="5", requested="1000")
    assert answer.status_code == 422
    assert "başka bir türü gösteriyor" in text_of(answer)
    learner.post(f"{place}/alici", buyer="uydurma-belediye", kind="municipality")
    assert "Belediyelere yapılan satışlar teminat dışıdır" in text_of(learner.get(place))


def test_an_application_with_too_few_buyers_is_not_sent(learner):
    place = learner.draft()
    learner.post(f"{place}/gonder")
    assert "teminata girebilecek alıcı yok" in text_of(learner.get(place))
    learner.post(f"{place}/alici", **BUYERS[1])
    learner.post(f"{place}/gonder")
    assert "En az %50 gerekir; %30 daha ekleyin" in text_of(learner.get(place))
    learner.post(f"{place}/alici", **{**BUYERS[2], "share": "40"})
    learner.post(f"{place}/gonder")
    assert "Hayali Yapı Market A.Ş. listedeki alıcılardan birinden büyük" in text_of(learner.get(place))


def test_after_ten_days_the_quote_has_expired_and_the_fee_stays(learner):
    place = learner.quote()
    learner.post("/gun", ileri="10")
    assert "Onayla, poliçeyi düzenle" in text_of(learner.get(place))
    learner.post("/gun", ileri="1")
    text = text_of(learner.get(place))
    assert "Teklifin süresi doldu" in text
    assert "sigortalıda kalır: 60,00 ₺" in text
    assert learner.post(f"{place}/police", way="cash").status_code == 409
    again = learner.post(f"{place}/yeniden").headers["Location"]
    assert "Taslak" in text_of(learner.get("/teklifler", durum="draft"))
    assert learner.client.get(again).status_code == 200


def test_searching_quotes_and_policies(learner):
    policy = learner.policy()
    learner.quote()
    assert "1 teklif" in text_of(learner.get("/teklifler", durum="issued"))
    assert "1 teklif" in text_of(learner.get("/teklifler", numara="t-2206-002"))
    assert "2 teklif" in text_of(learner.get("/teklifler", firma="ÖRNEK mob"))
    assert "Bu ölçütlere uyan teklif yok" in text_of(learner.get("/teklifler", bas="2022-06-02"))
    assert "1 poliçe" in text_of(learner.get("/policeler"))
    assert policy in learner.get("/policeler").get_data(as_text=True)
    assert learner.get("/teklifler", bas="dün", durum="yok").status_code == 200


def test_a_screen_before_the_start_leads_to_the_start(client, member):
    answer = client.get("/uygulama/ilk-teklif/teklif")
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("/uygulama/ilk-teklif")
    assert client.get("/uygulama/boyle-bir-gorev-yok").status_code == 404


def test_somebody_elses_quote_policy_and_claim_are_not_there(learner, client):
    place, policy = learner.quote(), learner.policy()
    with transaction():
        other = factories.member()
    log_in(client, other)
    Learner(client).begin()
    for path in (place, policy, f"{policy}/basim", f"{policy}/hasar"):
        assert learner.get(path).status_code == 404
    for path in (f"{place}/gonder", f"{place}/police", f"{policy}/basim", f"{policy}/alici", f"{place}/sil"):
        assert learner.post(path).status_code == 404


def test_starting_again_empties_the_exercise(learner):
    learner.policy()
    learner.post("/gun", ileri="30")
    learner.begin()
    assert db.session.query(PracticeQuote).count() == 0
    assert db.session.query(PracticeExercise).one().today.isoformat() == "2022-06-01"


def test_the_free_exercise_starts_on_known_days_only(client, member):
    free = Learner(client, "serbest")
    assert "tarihî tarife" in text_of(free.get())
    free.post("/basla", gun="2024-01-01")
    assert db.session.query(PracticeExercise).count() == 0
    free.begin(gun="2020-05-01")
    assert "25 Mart 2020 tarifesi" in text_of(free.get("/teklif"))


@pytest.mark.parametrize("value", ["-5", "0x", "", "99999999999"])
def test_the_day_goes_forward_only(learner, value):
    learner.post("/gun", ileri=value)
    assert db.session.query(PracticeExercise).one().today.isoformat() == "2022-06-01"
    answer = learner.post("/gun", tarih="2022-05-01", nereye="//evil.example")
    assert answer.headers["Location"] == learner.root


def test_staff_may_look_too(client, now):
    with transaction():
        staff = factories.member(staff_role="support")
    log_in(client, staff)
    assert client.get("/uygulama").status_code == 200
    assert Learner(client).begin().get("/teklif").status_code == 200
    assert FIRM in Learner(client).get("/teklif").get_data(as_text=True)


def test_the_search_opens_without_a_fault(learner):
    learner.quote()
    text = text_of(learner.get("/teklifler"))
    assert "1 teklif" in text
    assert "Geçerli bir seçenek değil" not in text


def test_a_claim_waits_for_its_day_and_keeps_what_was_typed(client, member):
    learner = Learner(client, "hasar").begin()
    policy = re.search(r"/police/\w+", learner.get("/policeler").get_data(as_text=True))[0]
    invoice = {
        "buyer": "hayali-ev",
        "issued": "2022-07-04",
        "due": "2022-10-17",
        "amount": "200.000",
        "extension": "45",
    }
    answer = learner.post(f"{policy}/hasar", **invoice)
    assert answer.status_code == 409
    assert "Vade henüz dolmadı: 1 Aralık 2022" in text_of(answer)
    back = html.unescape(re.search(r'name="nereye" value="([^"]+)"', answer.get_data(as_text=True))[1])
    moved = learner.post("/gun", tarih="2022-12-01", nereye=back)
    assert moved.headers["Location"] == back
    again = client.get(back).get_data(as_text=True)
    assert all(f'value="{value}"' in again for value in ("2022-07-04", "2022-10-17", "200.000", "45"))
    place = learner.post(f"{policy}/hasar", **invoice).headers["Location"].removeprefix(learner.root)
    text = text_of(learner.get(place))
    for shown in ("31 Mart 2023", "30 Nisan 2023", "180.000,00 ₺", "Vade uzatımı 45 gün"):
        assert shown in text
    assert "Kalan: 1.260.000,00 ₺" in text_of(learner.get(policy))
    small = (
        learner.post(f"{policy}/hasar", **{**invoice, "amount": "2.500"}).headers["Location"].removeprefix(learner.root)
    )
    assert "tam bu tutarı açık bırakıyor" in text_of(learner.get(small))


def test_a_new_buyer_costs_nothing_and_changes_nothing_else(client, member):
    learner = Learner(client, "yeni-alici").begin()
    policy = re.search(r"/police/\w+", learner.get("/policeler").get_data(as_text=True))[0]
    new = {"buyer": "deneme-bahce", "kind": "company", "requested": "360.000"}
    for change, sentence in (
        ({"buyer": "masal-dernek", "kind": "association"}, "Derneklere ve vakıflara yapılan satışlar teminat dışıdır"),
        ({"buyer": "hayali-ev"}, "zaten limiti var"),
        ({"kind": "partnership"}, "başka bir türü gösteriyor"),
        ({"requested": ""}, "İstenen kredi limitini TL olarak yazın"),
    ):
        answer = learner.post(f"{policy}/alici", **{**new, **change})
        assert answer.status_code == 422
        assert sentence in text_of(answer)
    learner.post(f"{policy}/alici", **new)
    text = text_of(learner.get(policy))
    assert "5 Eylül 2022 günü eklendi" in text
    assert "300.000" in text
    assert "1.440.000,00 ₺" in text
    assert "olay başına 120.000,00 ₺" in text


def test_a_buyer_of_later_does_not_belong_in_the_application(client, member):
    learner = Learner(client, "on-gun").begin()
    place = learner.draft(firm="uydurma-plastik", net_sales="11500000", turnover="8000000")
    answer = learner.post(f"{place}/alici", buyer="deneme-bahce", kind="company", share="5", requested="1000")
    assert answer.status_code == 422
    assert "henüz çalışmıyor" in text_of(answer)


def test_an_exercise_does_not_grow_without_end(learner, monkeypatch):
    monkeypatch.setattr(services, "MOST_QUOTES", 1)
    learner.draft()
    answer = learner.post("/teklif", **INSURED)
    assert answer.status_code == 409
    assert "en çok 1 kayıt tutulur" in text_of(answer)


def test_a_draft_can_be_changed_and_thrown_away(learner):
    place = learner.draft()
    learner.post(f"{place}/alici", **BUYERS[0])
    assert 'value="4.000.000"' in learner.get(f"{place}/isletme").get_data(as_text=True)
    learner.post(f"{place}/isletme", **{**INSURED, "days": "120"})
    text = text_of(learner.get(place))
    assert "120 gün" in text
    assert "Hayali Yapı Market" in text
    learner.post(f"{place}/alici/hayali-yapi/sil")
    assert "Henüz alıcı yok" in text_of(learner.get(place))
    learner.post(f"{place}/sil")
    assert learner.get(place).status_code == 404
    assert "Henüz teklif yok" in text_of(learner.get("/teklifler"))


def test_what_was_sent_stays_as_it_is(learner):
    place = learner.quote()
    for path, values in (
        (f"{place}/isletme", INSURED),
        (f"{place}/alici", BUYERS[0]),
        (f"{place}/gonder", {}),
        (f"{place}/sil", {}),
    ):
        learner.post(path, **{**values, "turnover": "1.000.000"})
    assert "28.000,00 ₺" in text_of(learner.get(place))


@pytest.mark.parametrize("path", ["", "/teklif", "/teklifler", "/policeler"])
def test_the_pages_speak_english_too(learner, path):
    assert "Exercise day" in text_of(learner.get(path, lang="en"))


def test_pages_are_small(learner):
    policy = learner.policy()
    for path in ("", "/teklif", "/teklifler", policy, f"{policy}/basim"):
        assert len(learner.get(path).data) < 60_000


def test_a_question_is_closed_until_the_screens_show_its_answer(learner):
    page = learner.get().get_data(as_text=True)
    assert 'id="c-prim" disabled' in page
    assert "alan o zaman açılır" in page
    learner.post("/cevap/prim", cevap="28.000")
    page = learner.get()
    assert "Önce yukarıdaki adımları yapın" in text_of(page)
    assert 'id="c-prim" disabled value="28.000"' in page.get_data(as_text=True)
    learner.quote()
    page = learner.get().get_data(as_text=True)
    assert 'id="c-prim" name="cevap"' in page
    assert 'value="28.000"' in page
    assert 'aria-invalid="true"' not in page


def test_a_premium_in_words_stays_and_digits_are_asked_for(learner):
    learner.quote()
    learner.post("/cevap/prim", cevap="elma")
    page = learner.get()
    assert 'value="elma" aria-invalid="true"' in page.get_data(as_text=True)
    assert "rakamla yazın" in text_of(page)
