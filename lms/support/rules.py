"""R112: what a ticket must say, and what may happen to it."""

import unicodedata
from datetime import timedelta
from enum import StrEnum
from typing import Final

from lms.core.errors import Conflict, Invalid
from lms.core.text import nfc
from lms.membership.rules.identity import without_tckn

SUBJECT: Final = (3, 160)
BODY: Final = (10, 5000)
ANSWER: Final = (5, 5000)
REASON: Final = (5, 500)
MAIL_BODY_MAX: Final = 20_000
QUIET: Final = timedelta(days=30)
"""An answered ticket that nobody wrote to for so long is closed by a job."""
_THREAD_SUBJECT_MAX: Final = 80


class Category(StrEnum):
    """What a ticket is about; staff may correct it."""

    ACCOUNT = "account"
    PAYMENT = "payment"
    TRAINING = "training"
    EXAM = "exam"
    CERTIFICATE = "certificate"
    EXEMPTION = "exemption"
    REAPPLICATION = "reapplication"
    OTHER = "other"


_PAGES: Final = {
    "/giris": Category.ACCOUNT, "/kaydol": Category.ACCOUNT, "/hesabim": Category.ACCOUNT, "/sifremi-unuttum": Category.ACCOUNT,
    "/odeme": Category.PAYMENT, "/egitimlerim": Category.TRAINING, "/uygulama": Category.TRAINING, "/sinavlar": Category.EXAM,
    "/sertifikalarim": Category.CERTIFICATE, "/dogrula": Category.CERTIFICATE, "/muafiyet": Category.EXEMPTION,
}  # fmt: skip

_NEXT: Final = {
    ("open", "answer"): "answered",
    ("answered", "answer"): "answered",
    ("open", "write"): "open",
    ("answered", "write"): "open",
    ("closed", "write"): "open",
    ("open", "close"): "closed",
    ("answered", "close"): "closed",
}


def subject(typed: str) -> str:
    """One line, or `support.subject`. An identity number in it is masked: it will stand in mail subjects."""
    text = nfc("".join(" " if unicodedata.category(c) == "Cc" else c for c in typed))
    return without_tckn(_within(text, SUBJECT, "support.subject"))


def body(typed: str) -> str:
    """The text with its line breaks, or `support.body`."""
    return _within(_lines(typed), BODY, "support.body")


def answer(typed: str) -> str:
    """The answer or note of a staff member, or `support.answer`."""
    return _within(_lines(typed), ANSWER, "support.answer")


def reason(typed: str) -> str:
    """Why a ticket that nobody answered is closed, or `support.reason`."""
    return _within(_lines(typed), REASON, "support.reason")


def mail_text(text: str) -> str:
    """What a mail says, with identity numbers masked; never refused, at most cut."""
    return without_tckn(_lines(text)[:MAIL_BODY_MAX]) or "(boş ileti)"


def category(value: str, page: str = "") -> Category:
    """The chosen category; without one what the page the question came from suggests."""
    if value in list(Category):
        return Category(value)
    return next((found for prefix, found in _PAGES.items() if page.startswith(prefix)), Category.OTHER)


def after(status: str, act: str) -> str:
    """The status after "answer", "write" (the person) or "close", or `support.closed`."""
    following = _NEXT.get((status, act))
    if following is None:
        raise Conflict("support.closed")
    return following


def thread_subject(text: str) -> str:
    """The subject as a mail of the thread carries it: short enough that its code still shows."""
    return text if len(text) <= _THREAD_SUBJECT_MAX else f"{text[: _THREAD_SUBJECT_MAX - 1]}…"


def _lines(typed: str) -> str:
    text = unicodedata.normalize("NFC", typed.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()


def _within(text: str, limits: tuple[int, int], code: str) -> str:
    if not limits[0] <= len(text) <= limits[1] or any(unicodedata.category(c) == "Cs" for c in text):
        raise Invalid(code)
    return text
