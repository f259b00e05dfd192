"""KVKK m.11, m.13: what may be asked, by when it is answered, and how an answer is given."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from lms.core.calendar import local_date
from lms.core.errors import Invalid
from lms.core.text import nfc

ANSWER_DAYS: Final = 30
"""R063, KVKK m.13: the answer is due on the 30th day; there is no extension."""
SOON_DAYS: Final = 7
BODY: Final = (10, 4000)
ANSWER: Final = (10, 4000)
EXPORT_KEPT: Final = timedelta(days=7)


class Kind(StrEnum):
    """What a person asks."""

    CORRECTION = "correction"
    ERASURE = "erasure"
    OBJECTION = "objection"  # to a result that a machine alone came to: a human looks again
    INFORMATION = "information"


class Outcome(StrEnum):
    """How a request ends."""

    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"


class Reason(StrEnum):
    """Why it ends so; the sentence stands in the mail."""

    DONE = "done"
    KEPT_BY_LAW = "kept_by_law"
    RUNNING = "running"
    DATA_RIGHT = "data_right"
    RESULT_STANDS = "result_stands"
    RESULT_CHANGED = "result_changed"
    IDENTITY = "identity"
    OTHERS = "others"


FITTING: Final = {
    Outcome.GRANTED: {Reason.DONE, Reason.RESULT_CHANGED, Reason.RESULT_STANDS},
    Outcome.PARTLY: {Reason.KEPT_BY_LAW, Reason.OTHERS},
    Outcome.REFUSED: {Reason.KEPT_BY_LAW, Reason.RUNNING, Reason.DATA_RIGHT, Reason.IDENTITY, Reason.OTHERS},
}

ONLY_OF: Final = {
    Reason.RUNNING: Kind.ERASURE, Reason.DATA_RIGHT: Kind.CORRECTION,
    Reason.RESULT_STANDS: Kind.OBJECTION, Reason.RESULT_CHANGED: Kind.OBJECTION,
}  # fmt: skip
"""Reasons that answer one kind of request alone."""


def due_on(asked_at: datetime) -> date:
    """R063: the last civil day for the answer."""
    return local_date(asked_at) + timedelta(days=ANSWER_DAYS)


def days_left(asked_at: datetime, now: datetime) -> int:
    """Civil days until the last one; negative when it is over."""
    return (due_on(asked_at) - local_date(now)).days


def check_body(typed: str) -> str:
    """The request in the person's words. Errors: `privacy.body`."""
    return _within(typed, BODY, "privacy.body")


def reasons(kind: Kind) -> list[Reason]:
    """Those that may answer a request of this kind."""
    return [one for one in Reason if ONLY_OF.get(one, kind) is kind]


def check_answer(kind: Kind, outcome: Outcome, reason: Reason, typed: str) -> str:
    """The answer in words, whose reason fits request and outcome. Errors: `privacy.reason`, `privacy.answer`."""
    if reason not in FITTING[outcome] or reason not in reasons(kind):
        raise Invalid("privacy.reason")
    return _within(typed, ANSWER, "privacy.answer")


def _within(typed: str, limits: tuple[int, int], code: str) -> str:
    lines = [nfc(line) for line in typed.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    text = "\n".join("".join(c for c in line if c.isprintable() or c == "\t") for line in lines).strip()
    if not limits[0] <= len(text) <= limits[1]:
        raise Invalid(code, minimum=limits[0], maximum=limits[1])
    return text
