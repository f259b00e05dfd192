"""What a stranger is told about a certificate: its status and just enough to compare it with the paper."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from lms.core.codes import mask_name


class Status(StrEnum):
    VALID = "valid"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """R111, D-19: no display window is asked. The holder's name is masked; the identity number is not here at all."""

    status: Status
    asked_at: datetime
    code: str | None = None
    number: str | None = None
    program: str | None = None
    program_en: str | None = None
    term: str | None = None
    holder: str | None = None
    issued_on: date | None = None
    revoked_on: datetime | None = None


def unknown(asked_at: datetime) -> Verdict:
    """A wrong code, a code of nothing, a code with a wrong check sign: one answer for all, so that nothing is learnt."""
    return Verdict(Status.UNKNOWN, asked_at)


def verdict(
    *,
    asked_at: datetime,
    code: str,
    number: str,
    program: str,
    program_en: str,
    term: str | None,
    holder: str,
    issued_on: date,
    revoked_at: datetime | None,
) -> Verdict:
    """R111, R114: valid until it is revoked, whoever may see the document itself."""
    return Verdict(
        status=Status.VALID if revoked_at is None else Status.REVOKED,
        asked_at=asked_at,
        code=code,
        number=number,
        program=program,
        program_en=program_en,
        term=term,
        holder=mask_name(holder),
        issued_on=issued_on,
        revoked_on=revoked_at,
    )
