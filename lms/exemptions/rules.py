"""Who is exempt from the fee, what a request needs, and how it is decided (R116-R121, D-16, D-20)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from lms.attachments.rules import check_batch
from lms.core.calendar import DAY, Calendar, days
from lms.core.errors import Conflict, Invalid


class Relation(StrEnum):
    """R116, R117: the closed list. Parents and siblings of a martyr are not in it."""

    MARTYR_SPOUSE = "martyr_spouse"
    MARTYR_CHILD = "martyr_child"
    VETERAN = "veteran"
    VETERAN_SPOUSE = "veteran_spouse"
    VETERAN_CHILD = "veteran_child"


class Standing(StrEnum):
    """R118: the guide's field "Şehit Yakını/Gazi/Gazi Yakını"; it follows from the relation and is never asked twice."""

    MARTYR_RELATIVE = "martyr_relative"
    VETERAN = "veteran"
    VETERAN_RELATIVE = "veteran_relative"


STANDING: Final = {
    Relation.MARTYR_SPOUSE: Standing.MARTYR_RELATIVE,
    Relation.MARTYR_CHILD: Standing.MARTYR_RELATIVE,
    Relation.VETERAN: Standing.VETERAN,
    Relation.VETERAN_SPOUSE: Standing.VETERAN_RELATIVE,
    Relation.VETERAN_CHILD: Standing.VETERAN_RELATIVE,
}


class Status(StrEnum):
    """What is stored. The candidate sees APPROVED only once the answer was sent: see ``shown``."""

    REQUESTED = "requested"
    MORE_DOCUMENTS = "more_documents"
    APPROVED = "approved"
    REJECTED = "rejected"


class Action(StrEnum):
    """What may happen to a request."""

    ADD = "add"
    ASK_MORE = "ask_more"
    APPROVE = "approve"
    REJECT = "reject"


# A paper that came by mail counts as well (R118), so staff may also decide while more documents are awaited.
MOVES: Final = {
    (Status.REQUESTED, Action.ADD): Status.REQUESTED,
    (Status.MORE_DOCUMENTS, Action.ADD): Status.REQUESTED,
    (Status.REQUESTED, Action.ASK_MORE): Status.MORE_DOCUMENTS,
    (Status.REQUESTED, Action.APPROVE): Status.APPROVED,
    (Status.MORE_DOCUMENTS, Action.APPROVE): Status.APPROVED,
    (Status.REQUESTED, Action.REJECT): Status.REJECTED,
    (Status.MORE_DOCUMENTS, Action.REJECT): Status.REJECTED,
}

REASON_LENGTH: Final = (10, 1000)
KEEP_DAYS: Final = 60
"""D-10: documents are erased this long after the decision, when the time for objections is over."""


def move(status: Status, action: Action) -> Status:
    """The next status; ``exemption.decided`` where the request no longer takes this act."""
    try:
        return MOVES[status, action]
    except KeyError:
        raise Conflict("exemption.decided") from None


def shown(status: Status, answered_at: datetime | None) -> Status:
    """R119: approved only when the positive answer has been sent; until then the request is still under review."""
    return Status.REQUESTED if status is Status.APPROVED and answered_at is None else status


def opens_at(status: Status, answered_at: datetime | None) -> datetime | None:
    """R119: the form opens at the instant the positive answer left."""
    return answered_at if status is Status.APPROVED else None


def check_relation(value: str) -> Relation:
    """R117: only the five; anything else is refused with the list in the sentence."""
    try:
        return Relation(value)
    except ValueError:
        raise Invalid("exemption.relation") from None


def check_documents(sizes: Sequence[int], already: int = 0) -> None:
    """R118: a request needs at least one document; number and total size are bounded."""
    if not sizes:
        raise Invalid("exemption.no_document")
    check_batch(sizes, already)


def check_decision(action: Action, *, reason: str, status_proven: bool, kinship_proven: bool) -> str:
    """R118, R119: both facts are ticked before an approval; asking for more and rejecting carry a reason. The reason, trimmed."""
    reason = reason.strip()
    if action is Action.APPROVE:
        if not (status_proven and kinship_proven):
            raise Invalid("exemption.facts")
    elif not REASON_LENGTH[0] <= len(reason) <= REASON_LENGTH[1]:
        raise Invalid("exemption.reason", least=REASON_LENGTH[0], most=REASON_LENGTH[1])
    return reason


@dataclass(frozen=True, slots=True)
class Urgency:
    """When an approval becomes useless, in business days after today (R120, D-20)."""

    last_day: date
    safe_day: date
    left: int
    safe: bool


def urgency(today: date, last_day: date, safe_days: int, calendar: Calendar) -> Urgency:
    """R120, D-20: business days after ``today`` up to the last day of the form; fewer than ``safe_days`` is late."""
    ahead = days(today + DAY, last_day + DAY) if today < last_day else ()
    safe_day = calendar.business_days_before(last_day, safe_days)
    return Urgency(last_day, safe_day, sum(calendar.is_business_day(day) for day in ahead), today <= safe_day)
