"""Reading corrections."""

from collections.abc import Sequence

from sqlalchemy import func, select

from lms.certificates.models import Certificate
from lms.certificates.queries import names
from lms.core.db import db
from lms.identity.models import Correction
from lms.membership.models import Member

__all__ = ["certified_applications", "correction", "has_account", "names", "of_member", "valid_certificates", "waiting"]


def correction(code: str, *, lock: bool = False) -> Correction | None:
    """One correction; locked for who decides on it."""
    found = select(Correction).where(Correction.code == code)
    if lock:
        found = found.with_for_update(of=Correction).execution_options(populate_existing=True)
    return db.session.scalar(found)


def waiting() -> Sequence[Correction]:
    """Identity numbers that wait for a second person, oldest first."""
    rows = select(Correction).where(Correction.status == "requested").order_by(Correction.requested_at)
    return db.session.scalars(rows).all()


def of_member(member_id: int) -> Sequence[Correction]:
    """Everything that was corrected or asked for about one person, newest first."""
    rows = select(Correction).where(Correction.member_id == member_id).order_by(Correction.id.desc())
    return db.session.scalars(rows).all()


def valid_certificates(member_id: int) -> int:
    """How many certificates a correction would make anew."""
    found = select(func.count()).where(
        Certificate.member_id == member_id, Certificate.replaced_at.is_(None), Certificate.revoked_at.is_(None)
    )
    return db.session.scalar(found) or 0


def certified_applications(member_id: int) -> Sequence[int]:
    return db.session.scalars(select(Certificate.application_id).where(Certificate.member_id == member_id)).all()


def has_account(tckn_index: str) -> bool:
    return db.session.scalar(select(Member.id).where(Member.tckn_index == tckn_index)) is not None
