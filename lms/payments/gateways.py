"""Garanti BBVA's hosted payment page (3D_OOS_PAY): the signed request form, the signed call-back, the order inquiry.

The browser carries the first two, so neither is believed before its hash is checked; the third goes from server to server
and alone decides whether money moved. SHA-1 appears where the bank's protocol demands it, nowhere else.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal
from xml.etree.ElementTree import Element, SubElement, tostring

import httpx
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from lms.core.config import BankConfig

Algorithm = Literal["512", "v0.01"]

CURRENCY = "949"
TXN_TYPE = "sales"
SECURITY_LEVEL = "3D_OOS_PAY"
ORDER_ID = re.compile(r"[0-9A-Za-z]{20}")
# DOMAIN 2.1: with a shorter list the fields left out would be unsigned.
SIGNED = frozenset({"clientid", "oid", "authcode", "procreturncode", "response", "mdstatus"})
# The bank signs in its own code page; ASCII is the same in both.
CHARSET = "iso-8859-9"
BANK_TIME = timezone(timedelta(hours=3))
MAX_ANSWER = 1_000_000


TIMEOUT = httpx.Timeout(10.0, connect=5.0)


class BadCallbackError(Exception):
    """The call-back cannot be believed; `reason` is a stable word for the record."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BankUnavailableError(Exception):
    """The bank gave no usable answer: nothing may be concluded from it."""


@dataclass(frozen=True)
class Terminal:
    """The merchant's terminal. One algorithm each: never "any that matches"."""

    merchant_id: str
    terminal_id: str
    prov_user: str
    prov_password: str = field(repr=False)
    store_key: str = field(repr=False)
    page_url: str
    api_url: str
    mode: Literal["TEST", "PROD"] = "TEST"
    algorithm: Algorithm = "512"
    company: str = "SEGEM"
    # 1 = full 3-D Secure. 2, 3 and 4 shift no liability: only finance may allow them.
    allowed_md: frozenset[str] = frozenset({"1"})


def terminal(bank: BankConfig) -> Terminal:
    return Terminal(
        merchant_id=bank.merchant_id,
        terminal_id=bank.terminal_id,
        prov_user=bank.user_id,
        prov_password=bank.password,
        store_key=bank.store_key,
        page_url=bank.page_url,
        api_url=bank.xml_url,
        mode="PROD" if bank.mode == "PROD" else "TEST",
        algorithm="v0.01" if bank.algorithm == "v0.01" else "512",
    )


def open_client() -> httpx.Client:
    """The bank is reached directly and redirects nobody."""
    return httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False)


@dataclass(frozen=True)
class BankOrder:
    """One try at the bank: a new `order_id` each time binds the amount to our signed request."""

    order_id: str
    amount_kurus: int
    success_url: str
    error_url: str
    customer_ip: str
    customer_email: str
    lang: str = "tr"
    installments: str = ""


@dataclass(frozen=True)
class Redirect:
    """What the payer's browser must send to the bank."""

    method: str
    url: str
    fields: dict[str, str]


@dataclass(frozen=True)
class Callback:
    """A verified call-back. `approved` says what the bank claims; the inquiry says whether it is so."""

    order_id: str
    approved: bool
    procreturncode: str
    mdstatus: str
    authcode: str
    message: str


@dataclass(frozen=True)
class Inquiry:
    """The bank's own record of an order. `unknown`: it holds no financial result (yet)."""

    state: Literal["approved", "declined", "unknown"]
    auth_amount: int = 0
    captured: int | None = None
    paid_at: datetime | None = None
    auth_code: str = ""
    reference: str = ""
    masked_pan: str = ""
    message: str = ""
    code: str = ""  # the bank's, of a refusal


def _sha1_hex(text: str) -> str:
    return hashlib.sha1(text.encode(CHARSET)).hexdigest().upper()  # noqa: S324  the bank's protocol


def _sha512_hex(text: str) -> str:
    return hashlib.sha512(text.encode(CHARSET)).hexdigest().upper()


def security_data(terminal: Terminal) -> str:
    """SHA-1 also in apiversion 512; the terminal number is padded to nine digits here and only here."""
    return _sha1_hex(terminal.prov_password + terminal.terminal_id.zfill(9))


def request_hash(terminal: Terminal, order: BankOrder) -> str:
    currency = CURRENCY if terminal.algorithm == "512" else ""
    text = "".join(
        (
            terminal.terminal_id,
            order.order_id,
            str(order.amount_kurus),
            currency,
            order.success_url,
            order.error_url,
            TXN_TYPE,
            order.installments,
            terminal.store_key,
            security_data(terminal),
        )
    )
    return _sha512_hex(text) if terminal.algorithm == "512" else _sha1_hex(text)


def callback_hash(terminal: Terminal, signed_text: str) -> str:
    text = signed_text + terminal.store_key
    if terminal.algorithm == "512":
        return _sha512_hex(text)
    return base64.b64encode(hashlib.sha1(text.encode(CHARSET)).digest()).decode()  # noqa: S324  the bank's protocol


def xml_hash(terminal: Terminal, order_id: str, amount_kurus: int) -> str:
    text = f"{order_id}{terminal.terminal_id}{amount_kurus}"
    if terminal.algorithm == "512":
        return _sha512_hex(text + CURRENCY + security_data(terminal))
    return _sha1_hex(text + security_data(terminal))


def payment_form(terminal: Terminal, order: BankOrder, now: datetime) -> Redirect:
    """R037: the card is typed on the bank's page. Neither the store key nor the password is among the fields."""
    if not ORDER_ID.fullmatch(order.order_id):
        raise ValueError("order id must keep its fixed length")
    fields = {
        "mode": terminal.mode,
        "apiversion": terminal.algorithm,
        "secure3dsecuritylevel": SECURITY_LEVEL,
        "terminalprovuserid": terminal.prov_user,
        "terminaluserid": terminal.prov_user,
        "terminalmerchantid": terminal.merchant_id,
        "terminalid": terminal.terminal_id,
        "orderid": order.order_id,
        "txntype": TXN_TYPE,
        "txnamount": str(order.amount_kurus),
        "txncurrencycode": CURRENCY,
        "txninstallmentcount": order.installments,
        "successurl": order.success_url,
        "errorurl": order.error_url,
        "customeripaddress": order.customer_ip,
        "customeremailaddress": order.customer_email,
        "companyname": terminal.company,
        "lang": order.lang,
        "refreshtime": "10",
        "txntimestamp": now.astimezone(BANK_TIME).strftime("%Y-%m-%dT%H:%M:%S"),
        "secure3dhash": request_hash(terminal, order),
    }
    return Redirect("POST", terminal.page_url, fields)


def verify_callback(terminal: Terminal, pairs: Iterable[tuple[str, str]]) -> Callback:
    """DOMAIN 2.1, security rules 1-3 and 5. Raises BadCallbackError; reads nothing before the hash holds.

    `pairs` are all posted fields in their order: a signed name posted twice is refused, for two readers could pick
    different ones.
    """
    pairs = list(pairs)
    fields = dict(pairs)
    names = fields.get("hashparams", "").split(":")
    if names and names[-1] == "":
        names.pop()
    if not SIGNED.issubset(names):
        raise BadCallbackError("unsigned_field")
    if len(set(names)) != len(names):
        raise BadCallbackError("repeated_name")
    posted = [name for name, _ in pairs]
    if any(posted.count(name) > 1 for name in (*names, "hash", "hashparams")):
        raise BadCallbackError("repeated_field")
    try:
        expected = callback_hash(terminal, "".join(fields.get(name, "") for name in names))
        given = fields.get("hash", "").encode(CHARSET)
    except UnicodeEncodeError:
        raise BadCallbackError("bad_hash") from None
    if not hmac.compare_digest(expected.encode(), given):
        raise BadCallbackError("bad_hash")
    # The values are joined without separators: exact shapes keep their borders where they are.
    if fields.get("clientid") != terminal.terminal_id:
        raise BadCallbackError("foreign_terminal")
    order_id = fields.get("oid", "")
    if not ORDER_ID.fullmatch(order_id) or fields.get("orderid", order_id) != order_id:
        raise BadCallbackError("bad_order_id")
    approved = (
        fields["mdstatus"] in terminal.allowed_md
        and fields["procreturncode"] == "00"
        and fields["response"] == "Approved"
    )
    message = fields.get("errmsg") or fields.get("mderrormessage") or fields.get("hostmsg") or ""
    return Callback(
        order_id=order_id,
        approved=approved,
        procreturncode=fields["procreturncode"][:8],
        mdstatus=fields["mdstatus"][:4],
        authcode=fields["authcode"][:16],
        message=message[:200],
    )


def inquiry_xml(terminal: Terminal, order_id: str, amount_kurus: int, customer_ip: str) -> bytes:
    root = Element("GVPSRequest")

    def put(parent: Element, values: dict[str, str]) -> None:
        for name, value in values.items():
            SubElement(parent, name).text = value

    put(root, {"Mode": terminal.mode, "Version": terminal.algorithm})
    put(
        SubElement(root, "Terminal"),
        {
            "ProvUserID": terminal.prov_user,
            "HashData": xml_hash(terminal, order_id, amount_kurus),
            "UserID": terminal.prov_user,
            "ID": terminal.terminal_id,
            "MerchantID": terminal.merchant_id,
        },
    )
    put(SubElement(root, "Customer"), {"IPAddress": customer_ip, "EmailAddress": ""})
    put(SubElement(root, "Order"), {"OrderID": order_id, "GroupID": ""})
    put(
        SubElement(root, "Transaction"),
        {
            "Type": "orderinq",
            "InstallmentCnt": "",
            "Amount": str(amount_kurus),
            "CurrencyCode": CURRENCY,
            "CardholderPresentCode": "0",
            "MotoInd": "N",
        },
    )
    return b'<?xml version="1.0" encoding="UTF-8"?>' + tostring(root, encoding="unicode").encode()


def inquire(
    terminal: Terminal, order_id: str, amount_kurus: int, *, customer_ip: str = "127.0.0.1", client: httpx.Client
) -> Inquiry:
    """DOMAIN 2.1 rule 4: the amount is unsigned in the call-back, so the bank is asked. Raises BankUnavailableError."""
    try:
        answer = client.post(
            terminal.api_url, data={"data": inquiry_xml(terminal, order_id, amount_kurus, customer_ip).decode()}
        )
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise BankUnavailableError(type(error).__name__) from error
    return read_inquiry(terminal, order_id, answer.content)


def read_inquiry(terminal: Terminal, order_id: str, body: bytes) -> Inquiry:
    """Only an answer about our order and our terminal counts; anything else is no answer."""
    if len(body) > MAX_ANSWER:
        raise BankUnavailableError("too_long")
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise BankUnavailableError("bad_xml") from error

    def text(path: str) -> str:
        return (root.findtext(path) or "").strip()

    if text("Terminal/ID") != terminal.terminal_id or text("Order/OrderID") != order_id:
        raise BankUnavailableError("foreign_answer")
    code, reason = text("Transaction/Response/Code"), text("Transaction/Response/ReasonCode")
    message = text("Transaction/Response/ErrorMsg")[:200]
    if (code, reason) == ("92", "0110"):  # "İşlem bulunamadı": the payer never reached the provision
        return Inquiry("unknown", message=message)
    if code != "00":
        raise BankUnavailableError(f"code_{code[:8]}")
    return _financial_result(text, message)


def _financial_result(text: Callable[[str], str], message: str) -> Inquiry:
    result = "Order/OrderInqResult/"
    status, result_code = text(result + "Status"), text(result + "Code")
    if status == "APPROVED" and result_code == "00":
        try:
            paid_at = datetime.fromisoformat(text(result + "AuthDate")).replace(tzinfo=BANK_TIME)
            amount = int(text(result + "AuthAmount"))
            captured = int(total) if (total := text(result + "TotalAmount")) else None
        except ValueError as error:
            raise BankUnavailableError("bad_value") from error
        return Inquiry(
            "approved",
            auth_amount=amount,
            captured=captured,
            paid_at=paid_at.astimezone(UTC),
            auth_code=text(result + "AuthCode")[:16],
            reference=text(result + "RetrefNum")[:32],
            masked_pan=text(result + "CardNumberMasked")[:24],
        )
    if status == "DECLINED":
        return Inquiry(
            "declined", message=(text(result + "SysErrMsg") or message)[:200], code=text(result + "Code")[:8]
        )
    return Inquiry("unknown", message=message)
