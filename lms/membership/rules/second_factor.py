"""Time-based one-time codes (RFC 6238: SHA-1, 6 digits, 30 seconds, as every authenticator app speaks them)."""

import base64
import hmac
import secrets
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

from lms.core.errors import Invalid

PERIOD: Final = 30
DIGITS: Final = 6
_TOLERATED: Final = (0, -1, 1)  # clocks of phones: the current step, the one before, the one after
_SPACES: Final = str.maketrans("", "", " \t\u00a0-")


def new_secret() -> str:
    """160 random bits in base 32, as apps take it."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code_at(secret: str, step: int) -> str:
    """The six digits of one step (RFC 4226 truncation)."""
    digest = hmac.new(base64.b32decode(secret), step.to_bytes(8, "big"), "sha1").digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_of(now: datetime) -> int:
    return int(now.timestamp()) // PERIOD


def accept(secret: str, typed: str, *, now: datetime, last_step: int | None) -> int:
    """The step that a code proves; the caller stores it as the new `last_step`.

    A step at or before `last_step` has been used and is refused, also for another session (V6.5.1). Error: `totp.wrong`.
    """
    code = typed[:20].translate(_SPACES)
    current = step_of(now)
    # No early end: a right code and a wrong one take the same time.
    proven = [
        current + shift
        for shift in _TOLERATED
        if hmac.compare_digest(code_at(secret, current + shift).encode(), code.encode("utf-8", "replace"))
    ]
    fresh = [step for step in proven if last_step is None or step > last_step]
    if not fresh:
        raise Invalid("totp.wrong")
    return fresh[0]


def provisioning_uri(secret: str, *, issuer: str, account: str) -> str:
    """What the QR code says to the app. `account` is a label of ours; never the T.C. kimlik number."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='')}"
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer}, quote_via=quote)}"


def readable(secret: str) -> str:
    """In fours, for typing by hand."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
