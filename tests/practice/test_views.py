import pytest

from lms.core.db import db, transaction
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
