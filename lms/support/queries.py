"""Reading tickets."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from lms.core.db import db
from lms.support.models import CannedAnswer, Ticket, TicketMessage

PAGE = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list shows: one status, perhaps one category, perhaps only what one person holds."""

    status: str
    category: str = ""
    holder_id: int | None = None

    def where(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = [Ticket.status == self.status]
        if self.category:
            found.append(Ticket.category == self.category)
        if self.holder_id is not None:
            found.append(Ticket.assigned_to == self.holder_id)
        return found


def by_code(code: str) -> Ticket | None:
    return db.session.scalars(select(Ticket).filter_by(code=code)).one_or_none()


def page_of(wanted: Wanted, page: int) -> tuple[Sequence[Ticket], int]:
    """One page of a list and how many pages there are: what waits oldest first, the others newest first."""
    count = db.session.scalar(select(func.count()).select_from(Ticket).where(*wanted.where())) or 0
    order = (Ticket.since.asc(), Ticket.id) if wanted.status == "open" else (Ticket.since.desc(), Ticket.id.desc())
    rows = select(Ticket).where(*wanted.where()).order_by(*order).limit(PAGE).offset((max(page, 1) - 1) * PAGE)
    return db.session.scalars(rows).all(), -(-count // PAGE)


def counts() -> dict[str, int]:
    """How many tickets there are of each status."""
    rows = db.session.execute(select(Ticket.status, func.count()).group_by(Ticket.status))
    return dict(rows.all())


def of_member(member_id: int) -> Sequence[Ticket]:
    """One person's own tickets, newest first."""
    return db.session.scalars(select(Ticket).filter_by(member_id=member_id).order_by(Ticket.id.desc())).all()


def of_message_ids(message_ids: Sequence[str]) -> Ticket | None:
    """The newest ticket to whose thread one of these mails belongs."""
    rows = select(Ticket).join(TicketMessage).where(TicketMessage.message_id.in_(message_ids))
    return db.session.scalars(rows.order_by(Ticket.id.desc()).limit(1)).first()


def answers_ready() -> Sequence[CannedAnswer]:
    return db.session.scalars(select(CannedAnswer).order_by(CannedAnswer.title)).all()


def answer_ready(code: str) -> CannedAnswer | None:
    return db.session.scalars(select(CannedAnswer).filter_by(code=code)).one_or_none()
