"""R025, R098: an exam that does not stand. Staff annul it for a technical cause, and the right comes back; or for
misconduct, and the attempt was used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from lms.core.errors import Conflict, Invalid, checked
from lms.exams.rules.exam import Act, Annulled, Right, Sitting, Status, certificate_from, check, settle

REASON_MIN: Final = 20
REASON_MAX: Final = 2000
CAUSES: Final[Mapping[str, tuple[str, ...]]] = {
    Annulled.TECHNICAL: ("outage", "display", "extra_time", "technical_other"),
    Annulled.MISCONDUCT: ("impersonation", "assistance", "leak", "misconduct_other"),
}
"""Reason codes; the sentences stand in `lms.web.messages.exam_acts`."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a staff member gives for a decision, checked."""

    kind: Annulled
    cause: str
    reason: str


def check_words(kind: str, cause: str, reason: str) -> Words:
    """The kind, a cause that belongs to it, and a reason of 20 to 2,000 characters that another person can judge.

    All that is wrong at once: `exam.annul_kind`, `exam.annul_cause`, `exam.annul_reason` (least, most) by field.
    """
    told = checked(
        {"kind": lambda: _kind(kind), "cause": lambda: _cause(kind, cause), "reason": lambda: _reason(reason)}
    )
    return Words(**told)


def _kind(kind: str) -> Annulled:
    if kind not in list(Annulled):
        raise Invalid("exam.annul_kind")
    return Annulled(kind)


def _cause(kind: str, cause: str) -> str:
    if cause not in CAUSES.get(kind, ()):
        raise Invalid("exam.annul_cause")
    return cause


def _reason(reason: str) -> str:
    told = reason.strip()
    if not REASON_MIN <= len(told) <= REASON_MAX:
        raise Invalid("exam.annul_reason", least=REASON_MIN, most=REASON_MAX)
    return told


def check_annul(right: Right, kind: Annulled, now: datetime, *, outcome: str | None, newer: bool) -> None:
    """R025, R094, R098, R114: which exam may be annulled how.

    `outcome` is that of the application, `newer`: the person has applied again in the same term. A pass is never annulled
    technically, and one whose certificate exists goes the way of revocation, by two persons.
    """
    if outcome == "invalid":
        raise Conflict("exam.annul_invalid")
    if kind is Annulled.TECHNICAL and (outcome == "passed" or right.status is Status.PASSED):
        raise Conflict("exam.annul_after_pass")
    check(right, Act.RETURN if kind is Annulled.TECHNICAL else Act.FORFEIT)
    if kind is Annulled.TECHNICAL:
        if newer:
            raise Conflict("exam.annul_newer")
    elif right.status is Status.PASSED and right.sitting is not None and right.sitting.finalised_at is not None:
        certificate = certificate_from(right.sitting.finalised_at, right.sitting.regraded_at).value
        if now >= certificate:
            raise Conflict("exam.annul_certified", at=certificate)
        if newer:
            raise Conflict("exam.annul_newer")


def annulled(sitting: Sitting, kind: Annulled, now: datetime) -> Sitting:
    """The sitting once annulled; one that runs ends with the decision. Misconduct fails it at its own end, whatever the score."""
    if sitting.finalised_at is None:
        sitting = settle(sitting, min(sitting.ends_at, now))
    if kind is Annulled.TECHNICAL:
        return replace(sitting, annulled=kind, returned_from=now)
    return replace(sitting, annulled=kind, passed=False)


def applied(sittings: Sequence[Sitting], chosen: Sitting, kind: Annulled, now: datetime) -> list[Sitting]:
    """All sittings of the application with one annulled: what `standing` says of them is what the decision does."""
    return [annulled(one, kind, now) if one == chosen else one for one in sittings]
