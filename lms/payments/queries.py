"""Readers of payments."""

from sqlalchemy import func, select

from lms.core.db import db
from lms.payments.models import Permit


def permitted_ordinal(member_id: int, term_code: str) -> int:
    """The highest application ordinal that this person may pay for, or fill in as exempt, in this term: 1 at first."""
    query = select(func.max(Permit.ordinal)).where(Permit.member_id == member_id, Permit.term_code == term_code)
    return db.session.scalar(query) or 1
