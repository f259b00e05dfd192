"""What a mail is about, who wrote it, and what it still lacks (R045, R099, R112, R118)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from lms.core.errors import Invalid
from lms.core.text import fold
from lms.exemptions.rules import Relation, barcode
from lms.membership.rules import identity

KEEP: Final = timedelta(days=60)
"""How long a mail that is done with lies here, bytes and attachments; its case keeps what it needs."""
CASE_IN_SUBJECT: Final = re.compile(r"\[SEGEM-([0-9a-hjkmnp-tv-z]{8})\]", re.IGNORECASE)
REASON: Final = (5, 500)


class Mailbox(StrEnum):
    BILGI = "bilgi"
    MUHASEBE = "muhasebe"


class Outcome(StrEnum):
    """What became of a mail."""

    WAITING = "waiting"
    TICKET = "ticket"
    THREAD = "thread"
    EXEMPTION = "exemption"
    REAPPLICATION = "reapplication"
    SLIP = "slip"
    BOUNCE = "bounce"
    AUTOMATIC = "automatic"
    REFUSED = "refused"
    SET_ASIDE = "set_aside"


class Match(StrEnum):
    """How sure it is who wrote. Only BOTH and ADDRESS may ask for something in a member's name."""

    BOTH = "both"  # the number of a member, from the address on file
    ADDRESS = "address"  # from the address of exactly one member, without a number
    FOREIGN = "foreign"  # the number of a member, from another address, or forged
    UNKNOWN = "unknown"  # no member
    SEVERAL = "several"  # more than one number, or an address that several members share


class Kind(StrEnum):
    """What a mail to bilgi@ is about."""

    EXEMPTION = "exemption"
    REAPPLICATION = "reapplication"
    SUPPORT = "support"


_VETERAN: Final = re.compile(r"\bgazi(?!antep|emir|osman|pasa|magusa|mihal|pazari)", re.ASCII)
_EXEMPTION: Final = re.compile(rf"\b(sehi[td]|muafiyet|ucretsiz basvuru)|{_VETERAN.pattern}", re.ASCII)
_REAPPLICATION: Final = re.compile(
    r"(yeniden|tekrar)\s+(basvur|sinav|odeme)|3\s*(kez|defa|sinav)\w*\s+(da\s+)?basarisiz|uc\s+(kez|defa|sinav)",
    re.ASCII,
)


def kind_of(subject: str, text: str) -> Kind:
    """What the words speak of; quoted lines of earlier mails do not count."""
    own = "\n".join(line for line in text.split("\n") if not line.lstrip().startswith(">"))
    words = fold(f"{subject} {own}")
    if _EXEMPTION.search(words):
        return Kind.EXEMPTION
    return Kind.REAPPLICATION if _REAPPLICATION.search(words) else Kind.SUPPORT


def case_in(subject: str) -> str | None:
    """Our case's code in a subject: `Re: ... [SEGEM-7k3f9abc]`."""
    found = CASE_IN_SUBJECT.search(subject)
    return found[1].lower() if found else None


@dataclass(frozen=True, slots=True)
class Claim:
    """R118: what an exemption mail says of its seven fields, in their stored form; None: not said, or not readable."""

    tckn: str | None = None
    relation: Relation | None = None
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    barcodes: tuple[str, ...] = ()


_LABELS: Final = {
    "tckn": "tckn", "tc kimlik": "tckn", "t.c. kimlik": "tckn", "ad soyad": "name", "adi soyadi": "name", "telefon": "phone",
    "e-posta": "email", "eposta": "email", "yakinlik derecesi": "relation", "yakinlik": "relation", "sehit yakini": "standing", "barkod": "barcode", "belge dogrulama": "barcode",
}  # fmt: skip


def claim_in(text: str) -> Claim:
    """The fields, as "Label: value" lines; the relation also from the words around them."""
    said: dict[str, str] = {}
    for line in text.split("\n"):
        label, colon, value = line.partition(":")
        name = next((field for start, field in _LABELS.items() if fold(label.strip(" *-•\t")).startswith(start)), None)
        if colon and name and value.strip():
            said.setdefault(name, value.strip()[:200])
    numbers = identity.tckns_in(text)
    told = f"{said.get('standing', '')} {said.get('relation', '')}"
    return Claim(
        tckn=numbers[0] if len(numbers) == 1 else None,
        relation=relation_in(told) if told.strip() else relation_in(text),
        name=said.get("name"),
        phone=_read(identity.mobile, said.get("phone")),
        email=_read(identity.email, said.get("email")),
        barcodes=tuple(filter(None, [_read(barcode, said.get("barcode"))])),
    )


def _read(check: Callable[[str], str], value: str | None) -> str | None:
    if value is None:
        return None
    try:
        return check(value)
    except Invalid:
        return None


_CHILD: Final = re.compile(r"\b(cocug|oglu|kizi|oglum|kiziyim|evlad)", re.ASCII)
_SPOUSE: Final = re.compile(r"\b(esi\b|esiyim|esim|karisi|kocasi|dul)", re.ASCII)
_NOT_COVERED: Final = re.compile(r"\b(anne|baba(?!n)|kardes|abla|abi\b|agabey|torun|yegen)", re.ASCII)


def relation_in(text: str) -> Relation | None:
    """R116, R117: which of the five a text names; None where it names none, several, or one that is not covered."""
    words = fold(text)
    martyr, veteran = "sehit" in words or "sehid" in words, bool(_VETERAN.search(words))
    child, spouse = bool(_CHILD.search(words)), bool(_SPOUSE.search(words))
    if _NOT_COVERED.search(words) and not (child or spouse):
        return None
    if martyr == veteran or (child and spouse):
        return None
    if martyr:
        return Relation.MARTYR_CHILD if child else Relation.MARTYR_SPOUSE if spouse else None
    if "yakin" in words and not (child or spouse):
        return None
    return Relation.VETERAN_CHILD if child else Relation.VETERAN_SPOUSE if spouse else Relation.VETERAN


def missing(claim: Claim, *, documents: int, term: bool) -> tuple[str, ...]:
    """R118: what must still come before the request can be examined, as codes of sentences."""
    wanted = (
        ("mail.missing_number", claim.tckn is None),
        ("mail.missing_relation", claim.relation is None),
        ("mail.missing_document", not documents and not claim.barcodes),
        ("mail.missing_term", not term),
    )
    return tuple(code for code, lacks in wanted if lacks)


def reason(typed: str) -> str:
    """Why staff set a mail aside or moved it."""
    text = " ".join(typed.split())
    if not REASON[0] <= len(text) <= REASON[1]:
        raise Invalid("mail.reason", least=REASON[0], most=REASON[1])
    return text
