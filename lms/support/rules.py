"""R112: what a ticket must say, and what may happen to it."""

import unicodedata
from typing import Final

from lms.core.errors import Conflict, Invalid
from lms.core.text import nfc

SUBJECT: Final = (3, 160)
BODY: Final = (10, 5000)
ANSWER: Final = (5, 5000)

_NEXT: Final = {
    ("open", "answer"): "answered",
    ("answered", "answer"): "answered",
    ("open", "close"): "closed",
    ("answered", "close"): "closed",
}


def subject(typed: str) -> str:
    """One line, or `support.subject`."""
    text = nfc("".join(" " if unicodedata.category(c) == "Cc" else c for c in typed))
    return _within(text, SUBJECT, "support.subject")


def body(typed: str) -> str:
    """The text with its line breaks, or `support.body`."""
    return _within(_lines(typed), BODY, "support.body")


def answer(typed: str) -> str:
    """The answer of a staff member, or `support.answer`."""
    return _within(_lines(typed), ANSWER, "support.answer")


def after(status: str, act: str) -> str:
    """The status after "answer" or "close", or `support.closed`."""
    following = _NEXT.get((status, act))
    if following is None:
        raise Conflict("support.closed")
    return following


def _lines(typed: str) -> str:
    text = unicodedata.normalize("NFC", typed.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()


def _within(text: str, limits: tuple[int, int], code: str) -> str:
    if not limits[0] <= len(text) <= limits[1] or any(unicodedata.category(c) == "Cs" for c in text):
        raise Invalid(code)
    return text
