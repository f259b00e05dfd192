"""What may leave by mail or SMS, and when it is tried again.

A service message about the member's own affair needs no consent; one that advertises needs a named one (Law 6563). A
template's folder says which it is: `marketing/` advertises, everything else serves.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from lms.core.errors import Conflict, DomainError, Forbidden

# --- service and marketing -------------------------------------------------------------------------------------------


class Kind(StrEnum):
    """What a template is for; stored nowhere, for its name says it."""

    TRANSACTIONAL = "transactional"
    MARKETING = "marketing"


def kind_of(template: str) -> Kind:
    """By its folder."""
    return Kind.MARKETING if template.startswith("marketing/") else Kind.TRANSACTIONAL


def check_consent(template: str, consent_id: int | None) -> None:
    """Nothing that advertises leaves without the consent that allows it. Errors: message.consent."""
    if kind_of(template) is Kind.MARKETING and consent_id is None:
        raise Forbidden("message.consent", template=template)


def check_again(template: str, *, spent: bool) -> None:
    """Whether staff may send a lost message once more: an advert never (its consent may be gone), nor one whose link was for
    one use and is forgotten. Errors: message.once, message.spent."""
    if kind_of(template) is Kind.MARKETING:
        raise Conflict("message.once")
    if spent:
        raise Conflict("message.spent")


# --- trying again --------------------------------------------------------------------------------------------------

RETRIES: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(hours=24),
)
"""Pauses after a first, second ... failed try; after the last one the message has failed for good (about 41 hours)."""

CLAIM: Final = timedelta(minutes=10)
"""How long a sender that took a message may be silent before another one takes it: longer than any time-out."""


POSTPONED: Final = timedelta(minutes=1)
"""While a gateway is down its messages wait so long and lose no try."""

POSTPONED_FIRST: Final = timedelta(minutes=2)
"""The one that found it down waits longer: should the fault be its own, the others leave meanwhile."""


def retry_after(tries: int) -> timedelta | None:
    """The pause after `tries` failed tries; None: give up."""
    return RETRIES[tries - 1] if tries <= len(RETRIES) else None


# --- SMS -----------------------------------------------------------------------------------------------------------

_GSM_7: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_7_DOUBLE: Final = frozenset("^{}\\[~]|€")
SMS_MAX_PARTS: Final = 3


def sms_parts(text: str) -> int:
    """How many parts a text is charged as. ğ, ı, ş and İ are not in the 7-bit alphabet: one of them halves the room."""
    if all(c in _GSM_7 or c in _GSM_7_DOUBLE for c in text):
        units, single, joined = sum(1 + (c in _GSM_7_DOUBLE) for c in text), 160, 153
    else:
        units, single, joined = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if units <= single else -(-units // joined)


# --- what a rendered message may say ---------------------------------------------------------------------------------


class UnfitMessageError(DomainError):
    """A message that must not leave: its template is at fault, and another try will not mend it."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it leaves: `subject` is empty in an SMS. `replies_to`: the message ids of its thread, the newest last.

    `unsubscribe`: the address that ends messages of this kind at one press (RFC 8058).
    """

    subject: str
    text: str
    replies_to: str = ""
    unsubscribe: str = ""


_LONG_NUMBER: Final = re.compile(r"(?<!\d)[1-9]\d{10}(?!\d)", re.ASCII)
_SPACED: Final = re.compile(r"(?<=\d)[ .-](?=\d)", re.ASCII)
SUBJECT_MAX: Final = 120


def holds_tckn(text: str) -> bool:
    """Whether something like a T.C. kimlik number stands in `text` (eleven digits, not those of a mobile number)."""
    return bool(_LONG_NUMBER.search(text) or _LONG_NUMBER.search(_SPACED.sub("", text)))


def mail(rendered: str) -> Message:
    """Split `Subject: ...`, an empty line and the text. Errors: `message.subject`, `message.tckn`."""
    first, _, rest = rendered.lstrip("\ufeff\n").partition("\n")
    label, _, subject = first.partition(":")
    subject = " ".join(subject.split())
    if label.strip() != "Subject" or not subject or len(subject) > SUBJECT_MAX:
        raise UnfitMessageError("message.subject")
    if holds_tckn(subject):
        raise UnfitMessageError("message.tckn")
    return Message(subject, rest.strip() + "\n")


def sms(rendered: str) -> Message:
    """R053: one line, no T.C. kimlik number, three parts at most. Errors: `message.tckn`, `message.long`."""
    text = " ".join(rendered.split())
    if holds_tckn(text):
        raise UnfitMessageError("message.tckn")
    if not text or sms_parts(text) > SMS_MAX_PARTS:
        raise UnfitMessageError("message.long")
    return Message("", text)
