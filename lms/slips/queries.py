"""Reading slips."""

from collections.abc import Sequence

from sqlalchemy import func, select

from lms.core.db import db
from lms.slips.models import BankSlip, SlipDocument

PAGE = 50


def by_code(code: str) -> BankSlip | None:
    return db.session.scalars(select(BankSlip).filter_by(code=code)).one_or_none()


def page_of(status: str, page: int) -> tuple[Sequence[BankSlip], int]:
    """One page of a list and how many pages there are: nobody's first, then in the order of arrival; decided ones newest first."""
    count = db.session.scalar(select(func.count()).select_from(BankSlip).where(BankSlip.status == status)) or 0
    waits = (BankSlip.member_id.is_not(None), BankSlip.arrived_at)
    order = waits if status == "waiting" else (BankSlip.decided_at.desc(),)
    rows = select(BankSlip).where(BankSlip.status == status).order_by(*order, BankSlip.id)
    return db.session.scalars(rows.limit(PAGE).offset((max(page, 1) - 1) * PAGE)).all(), -(-count // PAGE)


def of_member(member_id: int) -> Sequence[BankSlip]:
    """A person's slips, newest first."""
    rows = select(BankSlip).filter_by(member_id=member_id).order_by(BankSlip.arrived_at.desc())
    return db.session.scalars(rows).all()


def count_waiting(member_id: int) -> int:
    """How many slips of this person nobody has decided yet."""
    rows = select(func.count()).select_from(BankSlip)
    return db.session.scalar(rows.where(BankSlip.member_id == member_id, BankSlip.status == "waiting")) or 0


def counts() -> dict[str, int]:
    """How many slips there are of each status."""
    return dict(db.session.execute(select(BankSlip.status, func.count()).group_by(BankSlip.status)).all())


def document(code: str) -> tuple[SlipDocument, BankSlip] | None:
    """A file that still exists, with its slip."""
    found = db.session.execute(
        select(SlipDocument, BankSlip)
        .join(BankSlip, BankSlip.id == SlipDocument.slip_id)
        .where(SlipDocument.code == code, SlipDocument.erased_at.is_(None))
    ).first()
    return (found[0], found[1]) if found else None


def file_keys() -> set[str]:
    """The stored files that rows name."""
    return set(db.session.scalars(select(SlipDocument.file_key)))
