"""The public answer about a certificate, the same for the page and for GET /api/v1/verify/{code}."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from lms.certificates.models import CertificateLookup
from lms.core import codes
from lms.core.calendar import local_date
from lms.core.db import db
from lms.verification import queries, rules
from lms.verification.rules import Verdict


@dataclass(frozen=True, slots=True)
class Answer:
    """What the stranger is told, and what stays inside: whose look-up is counted."""

    verdict: Verdict
    certificate_id: int | None = None


def verify(typed: str, *, now: datetime) -> Answer:
    """R111, D-19, D-22: the status of whatever was typed, at any time after the issue, viewable or not. Writes nothing."""
    code = codes.normalise(typed)
    if code is None:
        return Answer(rules.unknown(now))
    own = queries.issued(code)
    if own is not None:
        return Answer(_of_ours(code, own, now), own.id)
    earlier = queries.imported(code)
    if earlier is None:
        return Answer(rules.unknown(now))
    return Answer(
        rules.verdict(
            asked_at=now,
            code=code,
            number=earlier.number,
            program=earlier.name_tr or earlier.programme_code,
            program_en=earlier.name_en or earlier.programme_code,
            holder=earlier.holder,
            issued_on=earlier.issued_on,
            revoked_at=earlier.revoked_at,
        )
    )


def verify_at_once(typed: str, *, now: datetime) -> Verdict | None:
    """The same for one of our certificates on PostgreSQL, its look-up counted with it. None: `verify` and `note` do it."""
    code = codes.normalise(typed)
    own = queries.issued_at_once(code, now) if code is not None else None
    return None if own is None or code is None else _of_ours(code, own, now)


def _of_ours(code: str, own: Any, now: datetime) -> Verdict:
    replaced_at = own.replaced_at
    sha256 = own.pdf_sha256
    if replaced_at is not None:
        own, sha256 = queries.successor(own.id), None
    return rules.verdict(
        asked_at=now,
        code=code,
        number=own.number,
        program=own.content["program"],
        program_en=own.content["program_en"],
        term=own.content["term"],
        term_en=own.content["term_en"],
        holder=own.printed_name,
        issued_on=local_date(own.available_from),
        revoked_at=own.revoked_at,
        pdf_sha256=sha256,
        replaced_at=replaced_at,
    )


def note(answer: Answer, *, now: datetime) -> None:
    """Count the look-up of one of our certificates: that and when, nothing about who asked."""
    if answer.certificate_id is not None:
        db.session.execute(insert(CertificateLookup).values(certificate_id=answer.certificate_id, at=now))
