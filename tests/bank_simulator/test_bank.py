"""The simulated bank seen from outside: a payer's browser, a merchant's server, and somebody who plays with fields."""

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from defusedxml.ElementTree import fromstring

from lms.bank_simulator.app import create_app
from lms.bank_simulator.cards import cards, luhn
from lms.bank_simulator.settings import Settings
from lms.core import clock
from lms.payments import gateways

SUCCESS, ERROR = "http://127.0.0.1:8000/odeme/banka/tamam", "http://127.0.0.1:8000/odeme/banka/hata"
TERMINAL = gateways.Terminal(
    merchant_id="7000679",
    terminal_id="30691298",
    prov_user="PROVOOS",
    prov_password="123qweASD/",
    store_key="12345678",
    page_url="http://127.0.0.1:8001/servlet/gt3dengine",
    api_url="http://127.0.0.1:8001/VPServlet",
)
GOOD = {"cardexpiredatemonth": "12", "cardexpiredateyear": "30", "cardcvv2": "123"}


class Forms(HTMLParser):
    """Every form of a page: (action, {name: value})."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "form":
            assert values["method"] == "post"
            self.found.append((values["action"], {}))
        elif tag == "input":
            self.found[-1][1][values["name"]] = values.get("value", "")


class Time:
    def __init__(self):
        self.now = datetime(2025, 3, 3, 6, 0, tzinfo=UTC)

    def __call__(self):
        return self.now


@pytest.fixture
def time():
    moved = Time()
    clock.set_source(moved)
    yield moved
    clock.set_source(clock.wall)


@pytest.fixture
def posts():
    return []


@pytest.fixture
def bank(tmp_path, time, posts):
    settings = Settings(database=tmp_path / "bank.sqlite3")
    return create_app(settings, post=lambda url, fields: posts.append((url, fields))).test_client()


def begin(bank, number="A" * 20, **changes):
    order = gateways.BankOrder(number, 53300, SUCCESS, ERROR, "127.0.0.1", "ayse@example.org")
    fields = gateways.payment_form(TERMINAL, order, clock.now()).fields
    return bank.post("/servlet/gt3dengine", data=fields | changes)


def form(answer, at=0):
    return Forms(answer.text).found[at]


def pay(bank, card="4111111111111111", otp="123456", number="A" * 20):
    """The whole way of a payer; the last page."""
    action, fields = form(begin(bank, number))
    assert set(fields) == {"cardnumber", "cardexpiredatemonth", "cardexpiredateyear", "cardcvv2"}
    page = bank.post(action, data={"cardnumber": card, **GOOD})
    action, fields = form(page)
    assert set(fields) == {"otp"}
    return bank.post(action, data={"otp": otp})


def inquire(bank, number="A" * 20):
    xml = gateways.inquiry_xml(TERMINAL, number, 53300, "127.0.0.1")
    answer = bank.post("/VPServlet", data={"data": xml.decode()})
    return gateways.read_inquiry(TERMINAL, number, answer.data)


def test_the_table_of_cards():
    assert {card.behaviour for card in cards().values()} == {
        "approved", "declined", "failed_3d", "closed", "twice", "tampered", "short"
    }  # fmt: skip
    assert all(luhn(number) for number in cards())
    assert cards()["4111111111111111"].masked == "411111******1111"


def test_R037_an_approved_payment(bank, time):
    time.now += timedelta(minutes=5)
    page = pay(bank)
    action, fields = form(page)
    assert action == SUCCESS
    callback = gateways.verify_callback(TERMINAL, list(fields.items()))
    assert callback.approved
    assert (fields["orderid"], fields["txnamount"], fields["clientid"]) == ("A" * 20, "53300", "30691298")
    answer = inquire(bank)
    assert (answer.state, answer.auth_amount, answer.auth_code) == ("approved", 53300, callback.authcode)
    assert answer.paid_at == time.now
    assert answer.masked_pan == "411111******1111"


def test_R040_the_commission_is_shown_and_reported_apart(bank):
    assert "541,00 ₺" in begin(bank).text
    pay(bank)
    assert (inquire(bank).auth_amount, inquire(bank).captured) == (53300, 54100)


def test_a_declined_card(bank):
    action, fields = form(pay(bank, "4000000000000002"))
    assert action == ERROR
    callback = gateways.verify_callback(TERMINAL, list(fields.items()))
    assert (callback.approved, callback.procreturncode) == (False, "51")
    assert inquire(bank).state == "declined"


def test_a_failed_3d_step(bank):
    action, fields = form(pay(bank, "4000000000000036"))
    callback = gateways.verify_callback(TERMINAL, list(fields.items()))
    assert (action, callback.approved, callback.mdstatus) == (ERROR, False, "0")
    assert inquire(bank).state == "unknown"


def test_a_closed_browser_never_comes_back_and_the_money_is_taken(bank):
    page = pay(bank, "4000000000001018")
    assert Forms(page.text).found == []
    assert inquire(bank).state == "approved"


def test_a_callback_sent_twice(bank, posts):
    action, fields = form(pay(bank, "4000000000002024"))
    assert posts == [(action, fields)]


def test_a_forged_callback_does_not_verify_and_nothing_was_taken(bank):
    action, fields = form(pay(bank, "4000000000003030"))
    assert (action, fields["response"], fields["procreturncode"]) == (SUCCESS, "Approved", "00")
    with pytest.raises(gateways.BadCallbackError, match="bad_hash"):
        gateways.verify_callback(TERMINAL, list(fields.items()))
    assert inquire(bank).state == "declined"


def test_a_short_capture(bank):
    pay(bank, "4000000000004046")
    assert (inquire(bank).state, inquire(bank).auth_amount) == ("approved", 43300)


def test_three_wrong_codes_end_the_payment(bank):
    action, _ = form(begin(bank))
    page = bank.post(action, data={"cardnumber": "4111111111111111", **GOOD})
    for _ in range(2):
        action, _ = form(page)
        page = bank.post(action, data={"otp": "000000"})
        assert page.status_code == 422
    page = bank.post(form(page)[0], data={"otp": "000000"})
    assert form(page)[0] == ERROR
    assert inquire(bank).state == "unknown"


def test_going_back_and_confirming_again_authorises_once(bank):
    first = pay(bank)
    token = form(first)[1]["md"]
    again = bank.post(f"/sms/{token}", data={"otp": "123456"})
    assert form(again)[1] == form(first)[1]


def test_giving_up_returns_to_the_merchant(bank):
    action, fields = form(begin(bank), at=1)
    assert fields == {}
    back = form(bank.post(action))
    assert back[0] == ERROR
    assert not gateways.verify_callback(TERMINAL, list(back[1].items())).approved


def test_the_page_ends_after_twenty_minutes(bank, time):
    action, _ = form(begin(bank))
    time.now += timedelta(minutes=20)
    assert form(bank.post(action, data={"cardnumber": "4111111111111111", **GOOD}))[0] == ERROR


def test_an_order_number_is_good_for_one_payment(bank):
    assert begin(bank).status_code == 200
    assert begin(bank).status_code == 200  # the same form again: reload
    pay(bank)
    assert begin(bank).status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        {"txnamount": "100"},
        {"txnamount": "-1"},
        {"secure3dhash": "ü"},
        {"secure3dhash": ""},
        {"orderid": "B" * 20},
        {"successurl": "javascript:alert(1)"},
        {"terminalid": "1"},
        {"apiversion": "v0.01"},
    ],
)
def test_a_changed_form_is_refused(bank, change):
    answer = begin(bank, **change)
    assert answer.status_code == 400
    assert inquire(bank).state == "unknown"


@pytest.mark.parametrize(
    "typed",
    [
        {"cardnumber": "4111111111111112"},
        {"cardnumber": "5555555555554444"},  # right shape, but not one of ours: never kept
        {"cardnumber": "<script>"},
        {"cardnumber": "٤١١١"},
        {"cardexpiredatemonth": "13"},
        {"cardexpiredateyear": "24"},
        {"cardcvv2": "1"},
    ],
)
def test_a_wrong_card_is_asked_again(bank, typed, tmp_path):
    action, _ = form(begin(bank))
    answer = bank.post(action, data={"cardnumber": "4111111111111111", **GOOD} | typed)
    assert answer.status_code == 422
    assert b"5555555555554444" not in (tmp_path / "bank.sqlite3").read_bytes()


def test_a_four_digit_year_is_understood(bank):
    action, _ = form(begin(bank))
    answer = bank.post(action, data={"cardnumber": "4111 1111 1111 1111", **GOOD, "cardexpiredateyear": "2030"})
    assert answer.status_code == 200


def test_it_survives_a_restart(bank, tmp_path):
    pay(bank)
    reborn = create_app(Settings(database=tmp_path / "bank.sqlite3")).test_client()
    assert inquire(reborn).state == "approved"


def test_as_a_process_of_its_own_it_lives_in_the_demonstrations_time(tmp_path, monkeypatch):
    moved = datetime(2025, 9, 1, 9, 0, tzinfo=UTC)
    clock.FileClock(tmp_path / "clock.json", moved)
    monkeypatch.setenv("LMS_VAR_DIR", str(tmp_path))
    try:
        bank = create_app().test_client()
        pay(bank)
        assert abs(inquire(bank).paid_at - moved) < timedelta(minutes=1)
    finally:
        clock.set_source(clock.wall)


def test_an_inquiry_must_be_signed(bank):
    pay(bank)
    xml = gateways.inquiry_xml(TERMINAL, "A" * 20, 53300, "127.0.0.1").decode()
    for wrong in (xml.replace("<Amount>53300", "<Amount>1"), xml.replace("orderinq", "void"), "<", "", "<!DOCTYPE a>"):
        root = fromstring(bank.post("/VPServlet", data={"data": wrong}).data)
        assert root.findtext("Transaction/Response/Code") == "92"
        assert root.findtext("Transaction/Response/ReasonCode") == "0651"


def test_strangers_get_a_sentence(bank):
    for path in ("/kart/x", "/sms/x", "/vazgec/x"):
        answer = bank.post(path)
        assert answer.status_code == 404
        assert "Ödeme oturumu bulunamadı" in answer.text


def test_every_page_warns_and_forbids_script(bank):
    pages = [bank.get("/"), begin(bank), pay(bank, number="B" * 20)]
    for page in pages:
        assert "TEST BANKASI - gerçek kart girmeyin" in page.text
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert not re.search(r"<script|style=|\son\w+=", page.text)
    assert "form-action 'self' http://127.0.0.1:8000" in pages[2].headers["Content-Security-Policy"]
    assert "8000" not in pages[1].headers["Content-Security-Policy"]
