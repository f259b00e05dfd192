"""R028, R031, R047, R053: who a member is: T.C. kimlik number, names as the certificate prints them, e-mail, mobile.

Every function takes what was typed and gives back the form that is stored, or raises `Invalid` with a stable code.
"""

import re
import unicodedata
from typing import Final

from lms.core.errors import Invalid
from lms.core.text import fold, nfc, tr_lower, tr_title, tr_upper

# --- T.C. kimlik number --------------------------------------------------------------------------------------------

_TCKN_LENGTH: Final = 11
_TCKN_NOISE: Final = str.maketrans("", "", " \t\u00a0-.")


def tckn(typed: str) -> str:
    """R028: the eleven digits, or `tckn.length` / `tckn.checksum`.

    Numbers of foreigners (99...) obey the same checksum. 11111111110 and its eight siblings pass the arithmetic, and
    nobody has them. A right checksum says the number was typed well, not whose it is.
    """
    digits = typed[:40].translate(_TCKN_NOISE)
    if len(digits) != _TCKN_LENGTH or not (digits.isascii() and digits.isdigit()):
        raise Invalid("tckn.length")
    obvious_fake = len(set(digits[:10])) == 1
    if digits[0] == "0" or obvious_fake or digits[9:] != tckn_check_digits(digits[:9]):
        raise Invalid("tckn.checksum")
    return digits


def tckn_check_digits(nine: str) -> str:
    """The tenth and eleventh digit that belong to the first nine."""
    d = [int(c) for c in nine]
    tenth = (7 * sum(d[0::2]) - sum(d[1::2])) % 10
    return f"{tenth}{(sum(d) + tenth) % 10}"


_ELEVEN: Final = re.compile(r"(?<!\d)[1-9](?:[ .\u00a0-]?\d){10}(?!\d)", re.ASCII)


def tckns_in(text: str) -> tuple[str, ...]:
    """R028: the different numbers with a right checksum that stand in a text, in its order."""
    found: dict[str, None] = {}
    for match in _ELEVEN.finditer(text):
        try:
            found[tckn(match[0])] = None
        except Invalid:
            continue
    return tuple(found)


def without_tckn(text: str) -> str:
    """The text with everything masked that could be such a number, whether its checksum is right or not."""
    return _ELEVEN.sub("***********", text)


# --- names ---------------------------------------------------------------------------------------------------------

NAME_MAX: Final = 60
_QUOTES: Final = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "‐": "-", "‑": "-", "–": "-", "—": "-"}
)
# What İ becomes when software of another language lowers it: an i with a loose dot on top.
_LOOSE_DOT: Final = "i\u0307"


def person_name(typed: str) -> str:
    """R047, R055: a first name or a surname in one spelling (NFC, single spaces), its case as typed.

    Letters of the Latin alphabet with their marks, between them spaces, hyphens, apostrophes and dots. Errors:
    `name.empty`, `name.long` (max), `name.digits`, `name.characters`.
    """
    name = nfc(typed[:1000].replace(_LOOSE_DOT, "i").translate(_QUOTES))
    if not name:
        raise Invalid("name.empty")
    if len(name) > NAME_MAX:
        raise Invalid("name.long", max=NAME_MAX)
    if any(c.isnumeric() for c in name):
        raise Invalid("name.digits")
    well_formed = _latin_letter(name[0]) and all(_latin_letter(c) or c in " -'." for c in name)
    if not well_formed or re.search(r"[-'.]{2}| [-'.]", name):
        raise Invalid("name.characters")
    return name


def _latin_letter(c: str) -> bool:
    return c.isalpha() and unicodedata.name(c, "").startswith("LATIN")


def name_hint(name: str) -> str | None:
    """R055: `AYŞE IŞIK` and `ayşe ışık` are probably meant as `Ayşe Işık`: a proposal, never a correction."""
    letters = [c for c in name if c.isalpha()]
    one_case = len(letters) > 1 and name in (tr_upper(name), tr_lower(name))
    return tr_title(name) if one_case and tr_title(name) != name else None


# --- e-mail --------------------------------------------------------------------------------------------------------

EMAIL_MAX: Final = 254
_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN: Final = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")


def email(typed: str) -> str:
    """R047: one address: the part before @ as typed, the domain in lower case.

    Errors: `email.form`; `email.letters` with the address as it was probably meant (ı, ş, ğ ... slip in from a Turkish
    keyboard; no mail service of the country accepts them).
    """
    address = unicodedata.normalize("NFC", typed[:1000]).strip()
    local, at, domain = address.rpartition("@")
    if not address.isascii():
        plain = f"{fold(local)}@{fold(domain)}"
        raise Invalid("email.letters", meant=plain) if at and plain.isascii() else Invalid("email.form")
    domain = domain.lower()
    fits = len(address) <= EMAIL_MAX and len(local) <= 64
    if not (fits and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain)):
        raise Invalid("email.form")
    return f"{local}@{domain}"


_MAIL_DOMAINS: Final = (
    "gmail.com",
    "hotmail.com",
    "hotmail.com.tr",
    "outlook.com",
    "outlook.com.tr",
    "yahoo.com",
    "yahoo.com.tr",
    "icloud.com",
    "yandex.com",
    "yandex.com.tr",
    "windowslive.com",
    "mynet.com",
    "live.com",
    "superonline.com",
)
# One letter away from a name above, and nevertheless somebody's.
_NO_SLIP: Final = frozenset(
    {"ymail.com", "mail.com", "email.com", "hotmail.co.uk", "yahoo.co.uk", "yandex.com.tr", "live.co.uk"}
)
_TLD_SLIPS: Final = {
    **dict.fromkeys(("con", "cim", "cpm", "cmo", "ocm", "vom", "xom", "comm", "coom", "om", "cm"), "com"),
    **dict.fromkeys(("com.t", "com.tt", "com.rt", "com.tr.com", "con.tr", "comtr", "co.tr"), "com.tr"),
}


def email_hint(address: str) -> str | None:
    """The address that was probably meant (gmial.com, hotnail.com, .con ...), or None. A question, never a refusal."""
    local, _, domain = address.rpartition("@")
    if domain in _MAIL_DOMAINS or domain in _NO_SLIP:
        return None
    mended = _mend_ending(domain)
    if mended not in _MAIL_DOMAINS:
        near = [known for known in _MAIL_DOMAINS if _one_slip_apart(mended, known)]
        mended = near[0] if near else mended
    if mended == "gmail.com.tr":
        mended = "gmail.com"
    return f"{local}@{mended}" if mended != domain else None


def _mend_ending(domain: str) -> str:
    for wrong, right in sorted(_TLD_SLIPS.items(), key=lambda slip: -len(slip[0])):
        if domain.endswith(f".{wrong}"):
            return domain.removesuffix(wrong) + right
    return domain


def _one_slip_apart(typed: str, known: str) -> bool:
    """One letter added, left out, changed, or two neighbours exchanged."""
    if abs(len(typed) - len(known)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(typed, known, strict=False)) if a != b), min(len(typed), len(known)))
    left, right = typed[start:], known[start:]
    exchanged = left[:2] == right[1::-1] and left[2:] == right[2:] and len(right) > 1
    return left[1:] == right[1:] or left[1:] == right or left == right[1:] or exchanged


# --- mobile --------------------------------------------------------------------------------------------------------

_MOBILE: Final = re.compile(r"(?:\+90|0090|90|0)?(5\d{9})", re.ASCII)
_MOBILE_NOISE: Final = str.maketrans("", "", " \t\u00a0-.()/")


def mobile(typed: str) -> str:
    """R053: a Turkish mobile number in E.164 (`+905321234567`), or `phone.form`."""
    match = _MOBILE.fullmatch(typed[:40].translate(_MOBILE_NOISE))
    if match is None:
        raise Invalid("phone.form")
    return f"+90{match[1]}"


def show_mobile(e164: str) -> str:
    """`+905321234567` -> `0532 123 45 67`, as the country writes it."""
    digits = e164.removeprefix("+90")
    return f"0{digits[:3]} {digits[3:6]} {digits[6:8]} {digits[8:]}"
