"""Who is exempt from the fee, what a request needs, and how it is decided (R116-R121, D-16, D-20)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    CONFIRMING = "confirming"  # one of two persons approved; nothing has been sent
    APPROVED = "approved"
    REJECTED = "rejected"


class Source(StrEnum):
    """The way a request came; each counts from its arrival (R118)."""

    FORM = "form"
    MAIL = "mail"
    STAFF = "staff"


class Action(StrEnum):
    """What may happen to a request."""

    ADD = "add"
    ASK_MORE = "ask_more"
    PROPOSE = "propose"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    REJECT = "reject"


class Reason(StrEnum):
    """The closed list behind a question for more and a refusal; "other" needs words of one's own."""

    UNREADABLE = "unreadable"
    STATUS_MISSING = "status_missing"
    KINSHIP_MISSING = "kinship_missing"
    OUTDATED = "outdated"
    BARCODE = "barcode"
    NOT_COVERED = "not_covered"
    STATUS_UNPROVEN = "status_unproven"
    KINSHIP_UNPROVEN = "kinship_unproven"
    NO_ANSWER = "no_answer"
    OTHER = "other"


REASONS: Final = {
    Action.ASK_MORE: (
        Reason.UNREADABLE, Reason.STATUS_MISSING, Reason.KINSHIP_MISSING, Reason.OUTDATED, Reason.BARCODE, Reason.OTHER,
    ),
    Action.REJECT: (
        Reason.NOT_COVERED, Reason.STATUS_UNPROVEN, Reason.KINSHIP_UNPROVEN, Reason.NO_ANSWER, Reason.OTHER,
    ),
}  # fmt: skip
"""Which reasons fit which decision; their sentences stand in both languages under exemption.reason.<code>."""

# A paper that came by mail counts as well (R118), so staff may also decide while more documents are awaited.
MOVES: Final = {
    (Status.REQUESTED, Action.ADD): Status.REQUESTED,
    (Status.MORE_DOCUMENTS, Action.ADD): Status.REQUESTED,
    (Status.CONFIRMING, Action.ADD): Status.REQUESTED,
    (Status.REQUESTED, Action.PROPOSE): Status.CONFIRMING,
    (Status.MORE_DOCUMENTS, Action.PROPOSE): Status.CONFIRMING,
    (Status.CONFIRMING, Action.APPROVE): Status.APPROVED,
    (Status.CONFIRMING, Action.SEND_BACK): Status.REQUESTED,
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
    """R119: approved only when the positive answer has been sent; until then the request is still under review.

    An answer that came back was sent all the same: the right stays, and the page tells the answer meanwhile.
    """
    unsent = status is Status.APPROVED and answered_at is None
    return Status.REQUESTED if unsent or status is Status.CONFIRMING else status


def approval(status: Status, *, two_persons: bool) -> Action:
    """R119: where the term asks for two persons, the first approval only proposes."""
    return Action.PROPOSE if two_persons and status is not Status.CONFIRMING else Action.APPROVE


def check_relation(value: str) -> Relation:
    """R117: only the five; anything else is refused with the list in the sentence."""
    try:
        return Relation(value)
    except ValueError:
        raise Invalid("exemption.relation") from None


def check_documents(sizes: Sequence[int], already: int = 0, *, barcodes: int = 0) -> None:
    """R118: a request needs at least one document, or an e-Devlet barcode; number and total size are bounded."""
    if not sizes and not barcodes:
        raise Invalid("exemption.no_document")
    check_batch(sizes, already)


MAX_BARCODES: Final = 4
_BARCODE = re.compile(r"[A-Z0-9]{8,32}")
_DIGITS: Final = 3


def barcode(typed: str) -> str:
    """R118: the verification code of an e-Devlet document without spaces and hyphens. Each institution has its own form:
    only letters and digits, 8 to 32, and three digits at least, are sure."""
    code = "".join(typed.split()).replace("-", "").upper()
    if _BARCODE.fullmatch(code) is None or sum(letter.isdigit() for letter in code) < _DIGITS:
        raise Invalid("exemption.barcode")
    return code


def barcodes(typed: str, already: int = 0) -> list[str]:
    """Several of them, one a line, each once."""
    codes = list(dict.fromkeys(barcode(line) for line in typed.splitlines() if line.strip()))
    if already + len(codes) > MAX_BARCODES:
        raise Invalid("exemption.too_many_barcodes", most=MAX_BARCODES)
    return codes


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a request rests on: files, barcodes looked up or not, or an earlier approval that was declared to hold still."""

    documents: int
    barcodes: int
    verified: int
    earlier: bool


def check_evidence(evidence: Evidence) -> None:
    """R118: a barcode alone proves nothing before staff looked it up."""
    if not (evidence.documents or evidence.earlier or evidence.verified):
        raise Invalid("exemption.barcode_unverified")


@dataclass(frozen=True, slots=True)
class Decision:
    """What the person at the desk chose and found."""

    action: Action
    reason_code: Reason | None = None
    reason: str = ""
    status_proven: bool = False
    kinship_proven: bool = False


def check_decision(decision: Decision) -> Decision:
    """R118, R119: both facts are ticked before an approval; asking for more and rejecting carry a reason of the list.

    Words of one's own are needed with "other" and to send an approval back; elsewhere they may follow. Trimmed. What
    contradicts the button is no decision: a reason with an approval, a listed refusal although both facts are proven.
    """
    text = decision.reason.strip()
    proven = decision.status_proven and decision.kinship_proven
    if decision.action in (Action.APPROVE, Action.PROPOSE):
        if not proven:
            raise Invalid("exemption.facts")
        if decision.reason_code is not None:
            raise Invalid("exemption.reason_of_refusal")
        return replace(decision, reason=text)
    if decision.action is Action.SEND_BACK:
        decision = replace(decision, reason_code=None)
    elif decision.reason_code not in REASONS[decision.action]:
        raise Invalid("exemption.reason_code")
    elif decision.action is Action.REJECT and proven and decision.reason_code is not Reason.OTHER:
        raise Invalid("exemption.facts_proven")
    needed = decision.action is Action.SEND_BACK or decision.reason_code is Reason.OTHER
    least = REASON_LENGTH[0] if needed or text else 0
    if not least <= len(text) <= REASON_LENGTH[1]:
        raise Invalid("exemption.reason", least=REASON_LENGTH[0], most=REASON_LENGTH[1])
    return replace(decision, reason=text)


@dataclass(frozen=True, slots=True)
class Urgency:
    """When an approval becomes useless, in business days after today (R120, D-20)."""

    last_day: date
    safe_day: date
    left: int
    safe: bool
    over: bool = False  # the form is closed: an approval would open nothing


def urgency(today: date, last_day: date, safe_days: int, calendar: Calendar) -> Urgency:
    """R120, D-20: business days after ``today`` up to the last day of the form; fewer than ``safe_days`` is late."""
    ahead = days(today + DAY, last_day + DAY) if today < last_day else ()
    safe_day = calendar.business_days_before(last_day, safe_days)
    return Urgency(
        last_day, safe_day, sum(calendar.is_business_day(day) for day in ahead), today <= safe_day, today > last_day
    )
