"""R063: what an invitation is, what a line of a list must hold, and what an institution may see of a person."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from lms.core.errors import Conflict, Invalid
from lms.core.text import nfc
from lms.membership.rules import identity

MOST_LINES: Final = 2000
PAGE: Final = 200
"""People on one page of the list, and so in one payment: names that somebody can still check before paying."""
VALID: Final = timedelta(days=30)
"""How long an invitation waits for its answer; then what the institution told of the person is erased."""
COLUMNS: Final = ("tckn", "ad", "soyad", "e-posta")
NAME_LENGTH: Final = (3, 200)
REASON_LENGTH: Final = (10, 1000)


class State(StrEnum):
    """What is stored."""

    INVITED = "invited"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # by the institution: a wrong address, somebody who left it


class Progress(StrEnum):
    """All that an institution sees of one person: its own acts, the person's answer, and completion. That a form was sent, or
    an exam failed, is never told."""

    INVITED = "invited"
    EXPIRED = "expired"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    ACCEPTED = "accepted"  # to be paid for
    PAYING = "paying"
    PAID = "paid"
    COMPLETED = "completed"
    ENDED = "ended"  # the term is over without a certificate


@dataclass(frozen=True, slots=True)
class Guest:
    """One line of a list, checked."""

    tckn: str
    first_name: str
    last_name: str
    email: str


def read_line(cells: list[str]) -> Guest:
    """One line: number, names, address. Errors: Invalid invitation.columns, or those of a registration."""
    if len(cells) < len(COLUMNS):
        raise Invalid("invitation.columns")
    tckn, first, last, email = cells[: len(COLUMNS)]
    return Guest(identity.tckn(tckn), identity.person_name(first), identity.person_name(last), identity.email(email))


def is_head(cells: list[str]) -> bool:
    """Whether a line is the heading of the columns rather than a person."""
    return not any(c.isdigit() for c in cells[0]) if cells else False


def check_answer(state: State, until: datetime, now: datetime) -> None:
    """An invitation is answered once and in time. Errors: invitation.withdrawn, invitation.answered, invitation.expired."""
    if state is State.WITHDRAWN:
        raise Conflict("invitation.withdrawn")
    if state is not State.INVITED:
        raise Conflict("invitation.answered")
    if until <= now:
        raise Conflict("invitation.expired")


@dataclass(frozen=True, slots=True)
class Known:
    """The facts about one invited person that decide what the institution sees; only of the application that it paid for."""

    state: State
    until: datetime
    paying: bool = False
    paid: bool = False
    told: bool = False
    study_to: datetime | None = None


def progress(known: Known, now: datetime) -> Progress:
    """R063: completion and nothing more. A completion shows once its disclosure stands in the log."""
    if known.state is not State.ACCEPTED:
        expired = known.state is State.INVITED and known.until <= now
        return Progress.EXPIRED if expired else Progress(known.state.value)
    if known.told:
        return Progress.COMPLETED
    if known.study_to is not None and known.study_to <= now:
        return Progress.ENDED
    if known.paid:
        return Progress.PAID
    return Progress.PAYING if known.paying else Progress.ACCEPTED


def check_name(typed: str) -> str:
    """An institution's name, or Invalid("institution.name")."""
    name = nfc(typed)
    if not NAME_LENGTH[0] <= len(name) <= NAME_LENGTH[1]:
        raise Invalid("institution.name")
    return name


def check_reason(typed: str) -> str:
    """Why somebody was appointed or dismissed, or Invalid("institution.reason")."""
    reason = typed.strip()
    if not REASON_LENGTH[0] <= len(reason) <= REASON_LENGTH[1]:
        raise Invalid("institution.reason", least=REASON_LENGTH[0], most=REASON_LENGTH[1])
    return reason
