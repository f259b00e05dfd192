"""What a staff member typed into the search, and how old a queue is."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lms.core import codes
from lms.core.errors import Invalid
from lms.core.text import fold, nfc
from lms.membership.rules import identity


class Kind(StrEnum):
    """What the typed text can be."""

    TCKN = "tckn"
    PHONE = "phone"
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


_NUMBER = re.compile(r"[A-Za-zÇĞİÖŞÜçğıöşü]{2,12}-\d{4}-\d{1,9}")
_ELEVEN = re.compile(r"\d{11}", re.ASCII)
_CODE = re.compile(r"[0-9a-hjkmnp-tv-z]{10,24}")
SHORTEST_NAME = 2


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
    if _NUMBER.fullmatch(typed):
        found.append(Wanted(Kind.NUMBER, typed.upper()))
    verification = codes.normalise(typed)
    if verification is not None:
        found.append(Wanted(Kind.VERIFICATION, verification))
    if _CODE.fullmatch(typed.lower()):
        found.append(Wanted(Kind.CODE, typed.lower()))
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


def age(since: datetime, now: datetime) -> str:
    """How long something waits, in the one unit that matters: "3 gün", "5 saat", "12 dakika", "az" (below a minute)."""
    seconds = max(0, int((now - since).total_seconds()))
    for size, unit in ((86_400, "gün"), (3_600, "saat"), (60, "dakika")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return "az"
