"""Reading corrections and claims."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from lms.certificates.models import Certificate
from lms.core.db import db
from lms.identity.models import Correction, Dispute
from lms.membership.models import Member


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


# --- claims -----------------------------------------------------------------------------------------------------------


def dispute(code: str) -> Dispute | None:
    """One claim."""
    return db.session.scalar(select(Dispute).where(Dispute.code == code))


def locked_disputes(code: str) -> Sequence[Dispute]:
    """One claim and every other one to the same number, locked in one order for who decides on it."""
    number = select(Dispute.tckn_index).where(Dispute.code == code).scalar_subquery()
    found = select(Dispute).where(Dispute.tckn_index == number).order_by(Dispute.id).with_for_update(of=Dispute)
    return db.session.scalars(found.execution_options(populate_existing=True)).all()


def disputes(*statuses: str, limit: int = 200) -> Sequence[Dispute]:
    """Oldest first."""
    rows = select(Dispute).where(Dispute.status.in_(statuses)).order_by(Dispute.opened_at, Dispute.id).limit(limit)
    return db.session.scalars(rows).all()


def disputes_of(member: Member) -> Sequence[Dispute]:
    """Every claim to one account, by its number or as it was moved, newest first."""
    about = (Dispute.tckn_index == member.tckn_index) | (Dispute.member_id == member.id)
    return db.session.scalars(select(Dispute).where(about).order_by(Dispute.id.desc())).all()


def disputes_to_erase(limit: datetime) -> Sequence[Dispute]:
    return db.session.scalars(select(Dispute).where(Dispute.erased_at.is_(None), Dispute.decided_at < limit)).all()


def file_keys() -> set[str]:
    return {key for key in db.session.scalars(select(Dispute.file_key)) if key is not None}
