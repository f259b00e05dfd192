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
    term_en: str | None = None
    holder: str | None = None
    issued_on: date | None = None
    revoked_at: datetime | None = None
    pdf_sha256: str | None = None
    replaced_at: datetime | None = None


def unknown(asked_at: datetime) -> Verdict:
    """A code of nothing, a code with a wrong check sign, no code at all: one answer, so that nothing is learnt.

    The page may add that a check sign does not fit: that is arithmetic on what was typed and needs no look-up (D-22).
    """
    return Verdict(Status.UNKNOWN, asked_at)


def verdict(
    *,
    asked_at: datetime,
    code: str,
    number: str,
    program: str,
    program_en: str,
    holder: str,
    issued_on: date,
    revoked_at: datetime | None,
    term: str | None = None,
    term_en: str | None = None,
    pdf_sha256: str | None = None,
    replaced_at: datetime | None = None,
) -> Verdict:
    """R111, R114: valid until it is revoked, whoever may see the document itself. R055: the code of a paper that was
    replaced by a corrected one answers with the newest."""
    return Verdict(
        status=Status.VALID if revoked_at is None else Status.REVOKED,
        asked_at=asked_at,
        code=code,
        number=number,
        program=program,
        program_en=program_en,
        term=term,
        term_en=term_en,
        holder=mask_name(holder),
        issued_on=issued_on,
        revoked_at=revoked_at,
        pdf_sha256=pdf_sha256,
        replaced_at=replaced_at,
    )
