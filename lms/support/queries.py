"""Reading tickets."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from lms.core.db import db
from lms.support.models import Ticket


def by_code(code: str) -> Ticket | None:
    return db.session.scalars(select(Ticket).filter_by(code=code)).one_or_none()


def with_status(status: str, limit: int = 200) -> Sequence[Ticket]:
    """Open ones oldest first (they wait), the others newest first."""
    order = Ticket.id.asc() if status == "open" else Ticket.id.desc()
    return db.session.scalars(select(Ticket).filter_by(status=status).order_by(order).limit(limit)).all()


def of_member(member_id: int) -> Sequence[Ticket]:
    """One person's own tickets, newest first."""
    return db.session.scalars(select(Ticket).filter_by(member_id=member_id).order_by(Ticket.id.desc())).all()


def waiting() -> tuple[int, datetime | None]:
    """How many tickets wait for an answer, and since when the oldest does; for the desk."""
    count, oldest = db.session.execute(
        select(func.count(), func.min(Ticket.created_at)).where(Ticket.status == "open")
    ).one()
    return count, oldest
