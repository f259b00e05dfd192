"""The bank's side of the hosted page protocol, written apart from the merchant's gateway: a slip in one must not hide in the other."""

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from defusedxml.ElementTree import fromstring

from lms.bank_simulator.settings import Settings
from lms.bank_simulator.store import Order

SIGNED_NAMES = ("clientid", "oid", "authcode", "procreturncode", "response", "mdstatus", "cavv", "eci", "md", "rnd")
REQUIRED = (
    "mode", "apiversion", "secure3dsecuritylevel", "terminalprovuserid", "terminalmerchantid", "terminalid", "orderid",
    "txntype", "txnamount", "txncurrencycode", "successurl", "errorurl", "secure3dhash",
)  # fmt: skip


def _upper_hex(algorithm: str, *parts: str) -> str:
    digest = hashlib.new(algorithm)
    for part in parts:
        digest.update(part.encode("iso-8859-9", "replace"))
    return digest.hexdigest().upper()


def _password_digest(settings: Settings) -> str:
    return _upper_hex("sha1", settings.password, settings.terminal_id.rjust(9, "0"))


def refuse_form(settings: Settings, form: Mapping[str, str]) -> str | None:
    """What the bank would say to a form it does not take; None when it does."""
    missing = [name for name in REQUIRED if not form.get(name)]
    if missing:
        return f"Eksik alan: {', '.join(missing)}"
    fixed = {
        "apiversion": "512",
        "secure3dsecuritylevel": "3D_OOS_PAY",
        "terminalprovuserid": settings.user_id,
        "terminalmerchantid": settings.merchant_id,
        "terminalid": settings.terminal_id,
        "txntype": "sales",
        "txncurrencycode": "949",
    }
    wrong = [name for name, value in fixed.items() if form[name] != value]
    if wrong:
        return f"İşyeri kullanım tipi desteklenmiyor: {', '.join(wrong)}"
    shapes = {
        "Geçersiz tutar": form["txnamount"].isdecimal() and int(form["txnamount"]) > 0,
        "Geçersiz sipariş numarası": form["orderid"].isalnum() and len(form["orderid"]) <= 36,
        "Geçersiz dönüş adresi": all(origin(form[name]) for name in ("successurl", "errorurl")),
        "Güvenlik kodu hatalı": hmac.compare_digest(_form_hash(settings, form).encode(), form["secure3dhash"].encode()),
    }
    return next((fault for fault, right in shapes.items() if not right), None)


def _form_hash(settings: Settings, form: Mapping[str, str]) -> str:
    signed = ("terminalid", "orderid", "txnamount", "txncurrencycode", "successurl", "errorurl", "txntype")
    return _upper_hex(
        "sha512",
        *(form[name] for name in signed),
        form.get("txninstallmentcount", ""),
        settings.store_key,
        _password_digest(settings),
    )


def origin(url: str) -> str | None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or any(c in url for c in " ;,'\"<>\n"):
        return None
    return f"{parts.scheme}://{parts.netloc}"


def callback_fields(settings: Settings, order: Order) -> dict[str, str]:
    """The signed fields that the payer's browser carries back."""
    echoed = {name: value for name, value in order.fields.items() if name != "hash"}
    result = {
        "clientid": settings.terminal_id,
        "oid": order.order_id,
        "authcode": order.authcode,
        "procreturncode": order.procreturncode,
        "response": order.response,
        "mdstatus": order.mdstatus,
        "mderrormessage": "" if order.mdstatus == "1" else "3-D Secure doğrulaması yapılamadı",
        "txnstatus": "Y" if order.mdstatus == "1" else "N",
        "eci": "02" if order.mdstatus == "1" else "",
        "cavv": order.token[:28] if order.mdstatus == "1" else "",
        "xid": order.token[:20],
        "md": order.token,
        "hostrefnum": order.reference,
        "transid": order.order_id,
        "errmsg": order.message,
        "hostmsg": "",
        "MaskedPan": order.masked_pan,
        "rnd": order.token[-16:],
        "hashparams": "".join(f"{name}:" for name in SIGNED_NAMES),
    }
    signed = "".join(result[name] for name in SIGNED_NAMES)
    result["hashparamsval"] = signed
    result["hash"] = _upper_hex("sha512", signed, settings.store_key)
    if order.behaviour == "tampered":  # on its way through a hostile browser, after the bank signed it
        result |= {"procreturncode": "00", "response": "Approved", "authcode": "304919"}
    return echoed | result


def inquiry_order_id(settings: Settings, body: str) -> tuple[str, str | None]:
    """(order number, fault) of an `orderinq` request; the fault is what the bank would complain about."""
    try:
        root = fromstring(body, forbid_dtd=True)
    except Exception:  # a bank answers whatever it is sent
        return "", "XML okunamadı"

    def text(path: str) -> str:
        return (root.findtext(path) or "").strip()

    order_id, terminal, amount = text("Order/OrderID"), text("Terminal/ID"), text("Transaction/Amount")
    if text("Version") != "512" or text("Transaction/Type") != "orderinq":
        return order_id, "İşlem tipi desteklenmiyor"
    expected = _upper_hex(
        "sha512", order_id, terminal, amount, text("Transaction/CurrencyCode"), _password_digest(settings)
    )
    if terminal != settings.terminal_id or not hmac.compare_digest(
        expected.encode(), text("Terminal/HashData").encode()
    ):
        return order_id, "Güvenlik kodu hatalı"
    return order_id, None


def inquiry_answer(settings: Settings, order_id: str, order: Order | None, fault: str | None) -> str:
    """The bank's XML about one order. 92/0110 ("İşlem bulunamadı") until a provision was tried."""
    code, reason, message = "00", "00", ""
    if fault:
        code, reason, message = "92", "0651", fault
    elif order is None or order.state not in ("approved", "declined"):
        code, reason, message, order = "92", "0110", "İşlem bulunamadı", None
    result = {
        "ChargeType": "S" if order else "",
        "AuthAmount": str(order.amount) if order and order.state == "approved" else "0",
        "TotalAmount": str(order.total) if order and order.state == "approved" else "0",
        "AuthDate": order.auth_local if order else "",
        "Status": order.state.upper() if order else "",
        "CardNumberMasked": order.masked_pan if order else "",
        "Code": order.procreturncode if order else "",
        "SysErrMsg": order.message if order else "",
        "RetrefNum": order.reference if order else "",
        "AuthCode": order.authcode if order else "",
        "ProvDate": order.auth_local if order else "",
    }
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in result.items())
    return (
        '<?xml version="1.0" encoding="UTF-8"?><GVPSResponse><Mode></Mode>'
        f"<Terminal><ProvUserID>{escape(settings.user_id)}</ProvUserID><ID>{escape(settings.terminal_id)}</ID>"
        f"<MerchantID>{escape(settings.merchant_id)}</MerchantID></Terminal>"
        f"<Order><OrderID>{escape(order_id)}</OrderID><GroupID></GroupID><OrderInqResult>{inner}</OrderInqResult></Order>"
        f"<Transaction><Response><Source>{'HOST' if code == '00' else 'GVPS'}</Source><Code>{code}</Code>"
        f"<ReasonCode>{reason}</ReasonCode><Message>{'Approved' if code == '00' else 'Declined'}</Message>"
        f"<ErrorMsg>{escape(message)}</ErrorMsg><SysErrMsg></SysErrMsg></Response></Transaction></GVPSResponse>"
    )
