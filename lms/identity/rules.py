"""R055, R115: what may be put right about who somebody is, and by how many persons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

from lms.core.errors import Conflict, Forbidden, Invalid

EVIDENCE_MIN: Final = 20
EVIDENCE_MAX: Final = 2000


class Ground(StrEnum):
    """R115: a slip of typing is no false statement. What is one is not corrected, it makes the application invalid (R114)."""

    TYPING = "typing"
    REGISTRY = "registry"
    OFFICE = "office"


class Status(StrEnum):
    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


class Decision(StrEnum):
    CONFIRM = "confirm"
    REFUSE = "refuse"


NEXT: Final[Mapping[tuple[Status, Decision], Status]] = {
    (Status.REQUESTED, Decision.CONFIRM): Status.CONFIRMED,
    (Status.REQUESTED, Decision.REFUSE): Status.REFUSED,
}


def check_ground(ground: str) -> Ground:
    """Of which kind the slip is."""
    if ground not in list(Ground):
        raise Invalid("correction.ground")
    return Ground(ground)


def check_evidence(evidence: str) -> str:
    """What proves the right spelling, in 20 to 2,000 characters."""
    told = evidence.strip()
    if not EVIDENCE_MIN <= len(told) <= EVIDENCE_MAX:
        raise Invalid("correction.evidence", least=EVIDENCE_MIN, most=EVIDENCE_MAX)
    return told


def decide(status: Status, decision: Decision, *, requested_by: int, decided_by: int) -> Status:
    """Four eyes: who asked decides nothing. Errors: correction.decided, correction.same_person."""
    following = NEXT.get((status, decision))
    if following is None:
        raise Conflict("correction.decided", by="", at="")
    if requested_by == decided_by:
        raise Forbidden("correction.same_person")
    return following


# --- an account that is somebody else's -------------------------------------------------------------------------------

KEEP: Final = timedelta(days=60)
"""What a claim rests on is erased so long after the decision."""


class Claim(StrEnum):
    OPEN = "open"
    PROPOSED = "proposed"
    MOVED = "moved"
    REFUSED = "refused"


CLAIM_NEXT: Final[Mapping[tuple[Claim, str], Claim]] = {
    (Claim.OPEN, "propose"): Claim.PROPOSED,
    (Claim.OPEN, "refuse"): Claim.REFUSED,
    (Claim.PROPOSED, "send_back"): Claim.OPEN,
    (Claim.PROPOSED, "move"): Claim.MOVED,
}


def next_claim(status: Claim, act: str, *, proposed_by: int | None, actor: int, has_account: bool) -> Claim:
    """Refused by one person, for nothing changes; moved by two. Errors: dispute.changed, same_person, no_account."""
    following = CLAIM_NEXT.get((status, act))
    if following is None:
        raise Conflict("dispute.changed")
    if act in ("propose", "move") and not has_account:
        raise Conflict("dispute.no_account")
    if act == "move" and proposed_by == actor:
        raise Forbidden("dispute.same_person")
    return following
