"""R002-R004, D-2: who counts as a first-timer and who is led to renewal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lms.core.errors import Conflict, Invalid


class Standing(StrEnum):
    """What the register knows about one person and one programme."""

    NONE = "none"
    HOLDER = "holder"  # any certificate that was not revoked, whatever its age or display window
    REVOKED = "revoked"  # only revoked ones


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The decision, and whether the person must still declare that there is no earlier certificate."""

    eligible: bool
    needs_declaration: bool = False
    code: str | None = None
    lead_to: str | None = None


def standing(revoked_flags: list[bool]) -> Standing:
    """R003: one certificate that stands makes a holder, also a display-expired or an older one."""
    if not revoked_flags:
        return Standing.NONE
    return Standing.REVOKED if all(revoked_flags) else Standing.HOLDER


def eligibility(kind: str, known: Standing, *, cleared: bool = False) -> Eligibility:
    """R002-R004: may a person of this standing enter a term of this kind?

    `cleared`: staff decided that the holder of a revoked certificate may apply again (D-2). No register hit for a first
    certificate asks for a declaration.
    """
    if kind == "renewal":
        if known is Standing.REVOKED and not cleared:
            return Eligibility(eligible=False, code="register.revoked")
        if known is Standing.NONE:
            return Eligibility(eligible=False, code="register.no_certificate", lead_to="first_time")
        return Eligibility(eligible=True)
    if known is Standing.HOLDER:
        return Eligibility(eligible=False, code="register.holder", lead_to="renewal")
    if known is Standing.REVOKED and not cleared:
        return Eligibility(eligible=False, code="register.revoked")
    return Eligibility(eligible=True, needs_declaration=known is Standing.NONE)


def check_eligible(kind: str, known: Standing, *, declared: bool, cleared: bool = False) -> None:
    """R003: asked before a payment button appears, and again when the payment starts and the form is sent."""
    decision = eligibility(kind, known, cleared=cleared)
    if decision.code is not None:
        raise Conflict(decision.code)
    if decision.needs_declaration and not declared:
        raise Invalid("register.declaration_needed")
