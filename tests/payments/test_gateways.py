"""The bank's protocol: every vector of the domain report, and what an attacker would try."""

from datetime import UTC, datetime

import httpx
import pytest
from defusedxml.ElementTree import fromstring

from lms.payments import gateways as gw

NOW = datetime(2025, 3, 3, 6, 0, tzinfo=UTC)
STORE_KEY = "12345678"
ORDER = "8d3k5m7p9r2t4v6x8z1b"


def terminal(number="30691300", algorithm="512", **changes):
    values = {
        "merchant_id": "7000679",
        "terminal_id": number,
        "prov_user": "PROVOOS",
        "prov_password": "123qweASD/",
        "store_key": STORE_KEY,
        "page_url": "https://bank.example/servlet/gt3dengine",
        "api_url": "https://bank.example/VPServlet",
        "algorithm": algorithm,
    }
    return gw.Terminal(**(values | changes))


def order(order_id, amount, success, error):
    return gw.BankOrder(order_id, amount, success, error, "127.0.0.1", "a@example.org")


# --- hashes -----------------------------------------------------------------------------------------------------------


def test_vector_security_data():
    assert gw.security_data(terminal("30691298")) == "1639636D00AB5EF0B3CE073BB222BFAAC2C2C38D"
    assert gw.security_data(terminal("30691300")) == "71FA913163C00699C5F265FC171F9ED7DC366E16"


def test_vector_request_512_public():
    form = order("order222", 10025, "https://domain.com/success", "https://domain.com/fail_url")
    assert gw.request_hash(terminal("30691298"), form) == (
        "372D6CB20B2B699D0A6667DFF46E3AA8CF3F9D8C2BB69A7C411895151FFCFAAB5277CCFE3B3A06035FEEFBFBFD40C79DBE51DBF867D0A24B37335A28F0CEFDE2"
    )


URLS = ("https://aday.example/odeme/ok", "https://aday.example/odeme/hata")


def test_vector_request_v001():
    form = order("DDTA-2025-000001-1", 53300, *URLS)
    assert gw.request_hash(terminal(algorithm="v0.01"), form) == "8D58FB252C4C150071CE2821F0C0D4BD22F3BC3A"


def test_vector_request_512_own():
    form = order("DDTA20250000011", 53300, *URLS)
    assert gw.request_hash(terminal(), form) == (
        "75A9DB7310A9705118FBEB3417B932F435ABAF9C7D76BB4BC8C4F812FDCABAB2898EDDB73A4E7D37B99E32F517CCBAACF5D2BC1E6C27C3828957728CF1D23B69"
    )


CALLBACK_TEXT = "30691300DDTA2025000001130491900Approved1CAVV02MDRND"


def test_vector_callback_v001():
    assert gw.callback_hash(terminal(algorithm="v0.01"), CALLBACK_TEXT) == "0L9AoKfRp68grMxfRf67QSdeUfo="


def test_vector_callback_512():
    assert gw.callback_hash(terminal(), CALLBACK_TEXT) == (
        "4A645C67245647E8DA3ECDA98DE28FD7D828A17B3D8FEF0A1ED402B8495396C56A3D51C3567C0D8D8A7DB7580EC2ABF77C3F718D432482F74FE2150523AAD889"
    )


# --- the form ---------------------------------------------------------------------------------------------------------


def test_R037_form_carries_no_secret_and_the_base_amount():
    redirect = gw.payment_form(terminal(), order(ORDER, 53300, *URLS), NOW)
    assert (redirect.method, redirect.url) == ("POST", "https://bank.example/servlet/gt3dengine")
    assert redirect.fields["txnamount"] == "53300"
    assert redirect.fields["secure3dsecuritylevel"] == "3D_OOS_PAY"
    assert redirect.fields["apiversion"] == "512"
    assert redirect.fields["txntimestamp"] == "2025-03-03T09:00:00"
    assert not {STORE_KEY, "123qweASD/"} & set(redirect.fields.values())
    assert "12345678" not in repr(terminal())
    assert "123qweASD/" not in repr(terminal())


def test_form_insists_on_the_fixed_length_of_the_order_id():
    with pytest.raises(ValueError, match="fixed length"):
        gw.payment_form(terminal(), order("short", 53300, *URLS), NOW)


# --- the call-back ----------------------------------------------------------------------------------------------------

NAMES = "clientid:oid:authcode:procreturncode:response:mdstatus:cavv:eci:md:rnd:"


def posted(term=None, *, sign=True, **changes):
    fields = {
        "clientid": "30691300",
        "orderid": ORDER,
        "oid": ORDER,
        "authcode": "304919",
        "procreturncode": "00",
        "response": "Approved",
        "mdstatus": "1",
        "cavv": "CAVV",
        "eci": "02",
        "md": "MD",
        "rnd": "RND",
        "txnamount": "53300",
        "hashparams": NAMES,
    } | changes
    if sign:
        text = "".join(fields.get(name, "") for name in fields["hashparams"].split(":"))
        fields["hash"] = gw.callback_hash(term or terminal(), text)
    return fields


def verify(fields, term=None):
    return gw.verify_callback(term or terminal(), list(fields.items()))


def refused(fields, reason, term=None):
    with pytest.raises(gw.BadCallbackError) as caught:
        verify(fields, term)
    assert caught.value.reason == reason


def test_a_good_callback_is_read():
    answer = verify(posted())
    assert answer.approved
    assert (answer.order_id, answer.authcode, answer.mdstatus) == (ORDER, "304919", "1")


@pytest.mark.parametrize("md", ["0", "2", "3", "4", "5", "6", "7", "8", ""])
def test_only_full_3d_is_approved(md):
    assert not verify(posted(mdstatus=md)).approved


@pytest.mark.parametrize("change", [{"procreturncode": "51"}, {"response": "Declined"}, {"response": "Error"}])
def test_a_decline_is_verified_and_not_approved(change):
    assert not verify(posted(**change)).approved


@pytest.mark.parametrize("name", ["oid", "authcode", "procreturncode", "response", "mdstatus", "rnd"])
def test_a_changed_field_breaks_the_hash(name):
    refused(posted() | {name: "X"}, "bad_hash")


def test_hashparamsval_is_never_trusted():
    genuine = posted(procreturncode="51", response="Declined")
    value = "".join(genuine.get(name, "") for name in NAMES.split(":"))
    refused(genuine | {"procreturncode": "00", "response": "Approved", "hashparamsval": value}, "bad_hash")


def test_a_shorter_list_leaves_fields_unsigned():
    refused(posted(hashparams="clientid:oid:"), "unsigned_field")
    refused(posted(hashparams=""), "unsigned_field")


def test_a_name_stands_once():
    refused(posted(hashparams=NAMES + "oid:"), "repeated_name")


def test_a_signed_field_posted_twice_is_refused():
    pairs = [*posted().items(), ("oid", ORDER)]
    with pytest.raises(gw.BadCallbackError, match="repeated_field"):
        gw.verify_callback(terminal(), pairs)


def test_borders_cannot_shift():
    # "3069130" + "0" + oid joins to the same text as the genuine one
    refused(posted(sign=False, clientid="3069130", oid="0" + ORDER) | {"hash": posted()["hash"]}, "foreign_terminal")
    refused(posted(oid=ORDER + "3", orderid=ORDER + "3"), "bad_order_id")
    refused(posted(orderid="another00000000000000"), "bad_order_id")


def test_one_algorithm_per_terminal():
    old = terminal(algorithm="v0.01")
    refused(posted(old), "bad_hash")
    refused(posted(), "bad_hash", old)
    assert verify(posted(old), old).approved


@pytest.mark.parametrize("value", ["", "ü", "漢字", "00" * 64])
def test_a_wrong_hash_is_refused_quietly(value):
    refused(posted(sign=False) | {"hash": value}, "bad_hash")


def test_text_outside_the_banks_code_page_is_refused():
    refused(posted(sign=False, md="漢") | {"hash": "A"}, "bad_hash")


def test_nothing_at_all_is_refused():
    refused({}, "unsigned_field")


# --- the inquiry ------------------------------------------------------------------------------------------------------


def answer(
    *,
    code="00",
    reason="00",
    status="APPROVED",
    amount="53300",
    total="54099",
    result="00",
    number="30691300",
    order_id=ORDER,
    extra="",
):
    return f"""<?xml version="1.0" encoding="UTF-8"?>{extra}
    <GVPSResponse><Mode/><Terminal><ProvUserID>PROVOOS</ProvUserID><ID>{number}</ID></Terminal>
    <Order><OrderID>{order_id}</OrderID><OrderInqResult><AuthAmount>{amount}</AuthAmount><TotalAmount>{total}</TotalAmount>
    <AuthDate>2025-03-03 09:05:12.271</AuthDate><Status>{status}</Status><Code>{result}</Code><AuthCode>304919</AuthCode>
    <RetrefNum>300708704369</RetrefNum><CardNumberMasked>411111******1111</CardNumberMasked></OrderInqResult></Order>
    <Transaction><Response><Code>{code}</Code><ReasonCode>{reason}</ReasonCode><Message/><ErrorMsg/></Response></Transaction>
    </GVPSResponse>""".encode()


def test_R040_inquiry_reads_base_and_captured_apart():
    read = gw.read_inquiry(terminal(), ORDER, answer())
    assert read.state == "approved"
    assert (read.auth_amount, read.captured) == (53300, 54099)
    assert read.paid_at == datetime(2025, 3, 3, 6, 5, 12, 271000, tzinfo=UTC)
    assert (read.auth_code, read.reference, read.masked_pan) == ("304919", "300708704369", "411111******1111")


def test_inquiry_without_a_captured_total():
    assert gw.read_inquiry(terminal(), ORDER, answer(total="")).captured is None


def test_inquiry_of_an_order_the_bank_does_not_know():
    assert gw.read_inquiry(terminal(), ORDER, answer(code="92", reason="0110")).state == "unknown"


def test_inquiry_of_a_declined_and_of_an_open_order():
    declined = gw.read_inquiry(terminal(), ORDER, answer(status="DECLINED", result="51"))
    assert (declined.state, declined.code) == ("declined", "51")
    assert gw.read_inquiry(terminal(), ORDER, answer(status="")).state == "unknown"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        answer(code="99"),
        answer(number="30691298"),
        answer(order_id="someone-elses-order0"),
        answer(amount="533,00"),
        answer(extra='<!DOCTYPE x [<!ENTITY a "b">]>'),
        b"x" * 1_000_001,
    ],
)
def test_no_usable_answer_concludes_nothing(body):
    with pytest.raises(gw.BankUnavailableError):
        gw.read_inquiry(terminal(), ORDER, body)


def test_inquiry_request_is_signed_and_follows_the_banks_form():
    seen = {}

    def bank(request: httpx.Request) -> httpx.Response:
        seen.update(httpx.QueryParams(request.content.decode()))
        return httpx.Response(200, content=answer())

    with httpx.Client(transport=httpx.MockTransport(bank)) as client:
        assert gw.inquire(terminal(), ORDER, 53300, client=client).state == "approved"
    root = fromstring(seen["data"])
    assert root.findtext("Transaction/Type") == "orderinq"
    assert root.findtext("Terminal/HashData") == gw.xml_hash(terminal(), ORDER, 53300)
    assert "123qweASD" not in seen["data"]


@pytest.mark.parametrize("failure", [httpx.ConnectError("down"), httpx.ReadTimeout("slow")])
def test_a_silent_bank_is_unavailable(failure):
    def bank(_request: httpx.Request) -> httpx.Response:
        raise failure

    with httpx.Client(transport=httpx.MockTransport(bank)) as client, pytest.raises(gw.BankUnavailableError):
        gw.inquire(terminal(), ORDER, 53300, client=client)


def test_a_failing_bank_is_unavailable():
    with (
        httpx.Client(transport=httpx.MockTransport(lambda _r: httpx.Response(503))) as client,
        pytest.raises(gw.BankUnavailableError),
    ):
        gw.inquire(terminal(), ORDER, 53300, client=client)
