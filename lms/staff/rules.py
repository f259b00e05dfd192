"""What a staff member typed into the search, and how old a queue is."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from lms.core import codes
from lms.core.errors import Invalid
from lms.core.text import fold, nfc
from lms.membership.rules import identity


class Kind(StrEnum):
    """What the typed text can be."""

    TCKN = "tckn"
    PHONE = "phone"
    PHONE_PART = "phone_part"
    EMAIL = "email"
    NUMBER = "number"
    VERIFICATION = "verification"
    CODE = "code"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The text as one kind of key, in its stored form."""

    kind: Kind
    value: str


_NUMBER = re.compile(r"([A-Za-zÇĞİÖŞÜçğıöşü]{2,12})(\d{4})(\d{1,9})")
_NUMBER_GAPS = re.compile(r"[\s/_–—-]+")
_PHONE_PART = re.compile(r"[\d\s()+-]{4,}", re.ASCII)
_ELEVEN = re.compile(r"\d{11}", re.ASCII)
_CODE = re.compile(r"(?:\[?segem-)?([0-9a-hjkmnp-tv-z]{8,24})\]?")
"""As it stands in an address, or in the subject of a mail about a ticket."""
SHORTEST_NAME = 2
SHORTEST_PHONE = 4
"""Digits of a mobile number that somebody remembers; fewer would find everybody."""
FULL_PHONE = 10


def read(text: str) -> list[Wanted]:
    """Every kind of key that ``text`` can be, the likeliest first.

    Errors: search.tckn (a slip in the number), search.short, search.unreadable.
    """
    typed = nfc(text[:200])
    found = _numbers(typed)
    if not found and _ELEVEN.fullmatch(typed):
        raise Invalid("search.tckn")
    if "@" in typed:
        local, _, domain = typed.rpartition("@")
        found.append(Wanted(Kind.EMAIL, f"{local}@{domain.lower()}"))
    if (number := _NUMBER.fullmatch(_NUMBER_GAPS.sub("", typed))) is not None:
        found.append(Wanted(Kind.NUMBER, "-".join(number.groups()).upper()))
    digits = "".join(c for c in typed if c.isdigit()).lstrip("0")
    if not found and _PHONE_PART.fullmatch(typed) and SHORTEST_PHONE <= len(digits) < FULL_PHONE:
        found.append(Wanted(Kind.PHONE_PART, digits))
    verification = codes.normalise(typed)
    if verification is not None:
        found.append(Wanted(Kind.VERIFICATION, verification))
    code = _CODE.fullmatch(typed.lower())
    if code is not None:
        found.append(Wanted(Kind.CODE, code[1]))
    found += _name(typed)
    if not found:
        raise Invalid("search.unreadable")
    return found


def _numbers(typed: str) -> list[Wanted]:
    found = []
    for kind, check in ((Kind.TCKN, identity.tckn), (Kind.PHONE, identity.mobile)):
        try:
            found.append(Wanted(kind, check(typed)))
        except Invalid:
            continue
    return found


def _name(typed: str) -> list[Wanted]:
    if "@" in typed or any(c.isdigit() for c in typed):
        return []
    name = fold(typed)
    if len(name) < SHORTEST_NAME:
        raise Invalid("search.short", least=SHORTEST_NAME)
    return [Wanted(Kind.NAME, name)]


SETTLING: Final = (5, 500)


def check_settling(reason: str) -> str:
    """Why a lost message is done with. Errors: message.reason."""
    said = nfc(reason).strip()
    if not SETTLING[0] <= len(said) <= SETTLING[1]:
        raise Invalid("message.reason", least=SETTLING[0], most=SETTLING[1])
    return said


def age(since: datetime, now: datetime) -> str:
    """How long something waits, in the one unit that matters: "3 gün", "5 saat", "12 dakika", "az" (below a minute)."""
    seconds = max(0, int((now - since).total_seconds()))
    for size, unit in ((86_400, "gün"), (3_600, "saat"), (60, "dakika")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return "az"
