"""Looking up a verification code: our own certificates, and those of earlier years that the register knows."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.orm import aliased

from lms.certificates.models import Certificate
from lms.core.db import at_once, db
from lms.register.models import RegisterEntry
from lms.terms.models import Programme


def issued(code: str) -> Row[*tuple[Any, ...]] | None:
    """Of one of our certificates only the columns that the answer needs; None when the code is not ours."""
    return db.session.execute(
        select(
            Certificate.id,
            Certificate.number,
            Certificate.printed_name,
            Certificate.content,
            Certificate.available_from,
            Certificate.revoked_at,
            Certificate.pdf_sha256,
            Certificate.replaced_at,
        ).where(Certificate.code == code)
    ).one_or_none()


def successor(certificate_id: int) -> Row[*tuple[Any, ...]]:
    """The newest version of a certificate that was made anew (R055)."""
    old = aliased(Certificate)
    return db.session.execute(
        select(
            Certificate.id,
            Certificate.number,
            Certificate.printed_name,
            Certificate.content,
            Certificate.available_from,
            Certificate.revoked_at,
        )
        .join(old, old.application_id == Certificate.application_id)
        .where(old.id == certificate_id, Certificate.replaced_at.is_(None))
    ).one()


_ISSUED_AND_COUNTED = text("""
WITH found AS (
  SELECT id, number, printed_name, content, available_from, revoked_at, pdf_sha256, replaced_at
  FROM certificate WHERE code = :code
), counted AS (
  INSERT INTO certificate_lookup (certificate_id, at) SELECT id, :now FROM found
)
SELECT * FROM found
""")


def issued_at_once(code: str, now: datetime) -> Any:
    """PostgreSQL: the same, and the look-up counted, in one round trip."""
    return at_once(_ISSUED_AND_COUNTED, {"code": code, "now": now})


def imported(code: str) -> Row[*tuple[Any, ...]] | None:
    """A certificate of an earlier year, from the register."""
    return db.session.execute(
        select(
            RegisterEntry.number,
            RegisterEntry.holder,
            RegisterEntry.issued_on,
            RegisterEntry.revoked_at,
            RegisterEntry.programme_code,
            Programme.name_tr,
            Programme.name_en,
        )
        .outerjoin(Programme, Programme.code == RegisterEntry.programme_code)
        .where(RegisterEntry.verification_code == code)
    ).one_or_none()
