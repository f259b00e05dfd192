"""Random codes that stand in addresses instead of keys, the certificate's verification code (D-22), and masking."""

import re
import secrets
import unicodedata

from lms.core.text import nfc

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U."""

BODY_LENGTH = 16
"""D-22: 16 random letters are 80 bits."""

_VALUE = {letter: value for value, letter in enumerate(ALPHABET)}
# What a hand writes or an ear hears for another letter: the four i's and l are 1, o is 0. Keys are upper-cased below.
_LOOKALIKE = {"I": "1", "İ": "1", "ı": "1", "i": "1", "l": "1", "L": "1", "o": "0", "O": "0"}
_ADDRESS = re.compile(r"(?:^|/)d/([^/?#]+)", re.IGNORECASE)
"""The address that a certificate prints, and its QR code in capitals, under whatever host: .../d/CODE."""
_IGNORED = frozenset("-‐‑‒–—−_.·")  # hyphens and dashes as phones and word processors write them


def new_code(length: int = 12) -> str:
    """A random lower-case code for an address; 12 letters are 60 bits, which is for ids that a login guards as well."""
    return _random(length).lower()


def new_verification_code() -> str:
    """D-22: 16 random letters and their check sign, in the stored form (upper case, no hyphens)."""
    body = _random(BODY_LENGTH)
    return body + check_sign(body)


def _random(length: int) -> str:
    """Five bits of the system's randomness for each letter."""
    bits = secrets.randbits(5 * length)
    return "".join(ALPHABET[bits >> 5 * place & 31] for place in range(length))


def check_sign(body: str) -> str:
    """D-22: the letter that makes the weighted sum over GF(32) nothing.

    Every weight is another power of 2 in the field, so that one wrong letter and two letters exchanged, neighbours or
    not, are always noticed; and the sign is a letter of the same alphabet, which Crockford's own (* ~ $ = U) is not:
    it can be dictated, and a QR code holds it in its short alphanumeric mode.
    """
    total = 0
    for letter in body:
        total = _times_two(total ^ _VALUE[letter])
    return ALPHABET[total]


def _times_two(value: int) -> int:
    """One step in GF(32) = GF(2)[x] / (x^5 + x^2 + 1), where x generates all 31 values but nothing."""
    value <<= 1
    return value ^ 0b100101 if value & 0b100000 else value


def normalise(typed: str) -> str | None:
    """D-22: what was typed, or the address a certificate prints, read kindly, in the stored form; None if it cannot be a code
    (length, letter, check sign)."""
    code = _read(typed)
    return code if code is not None and check_sign(code[:-1]) == code[-1] else None


def is_mistyped(typed: str) -> bool:
    """D-22: as long as a code and of its letters, but with a check sign that does not fit: read or typed wrongly."""
    code = _read(typed)
    return code is not None and check_sign(code[:-1]) != code[-1]


def _read(typed: str) -> str | None:
    composed = unicodedata.normalize("NFKC", typed[:200]).strip()
    address = _ADDRESS.search(composed)
    if address is not None:
        composed = address[1]
    letters = [_LOOKALIKE.get(c, c.upper()) for c in composed if not c.isspace() and c not in _IGNORED]
    code = "".join(letters)
    if len(code) != BODY_LENGTH + 1 or any(letter not in _VALUE for letter in code):
        return None
    return code


def format_code(code: str) -> str:
    """The stored form as people read it: `7K3F-9QWX-2MPA-04TV-H`."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def mask_tckn(tckn: str) -> str:
    """`12345678989` -> `123******89`."""
    return f"{tckn[:3]}{'*' * (len(tckn) - 5)}{tckn[-2:]}"


def mask_name(name: str) -> str:
    """`Deniz Özgür Aydın` -> `D**** Ö**** A****`: enough for who holds the paper, too little for who collects names."""
    return " ".join(word[0] + "*" * (len(word) - 1) for word in nfc(name).split())
