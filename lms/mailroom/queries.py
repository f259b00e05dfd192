"""Reading the mail room."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from lms.core.db import db
from lms.mailroom.models import InboundDocument, InboundMail

PAGE = 50
LISTS = {
    "bekleyen": ("waiting",),
    "is-olan": ("ticket", "thread", "exemption", "reapplication", "slip"),
    "disarida": ("refused", "automatic", "bounce", "set_aside"),
}


def by_code(code: str) -> InboundMail | None:
    return db.session.scalars(select(InboundMail).filter_by(code=code)).one_or_none()


def by_message_id(message_id: str) -> InboundMail | None:
    rows = select(InboundMail).filter_by(message_id=message_id).execution_options(populate_existing=True)
    return db.session.scalars(rows).one_or_none()


def page_of(chosen: str, mailboxes: Sequence[str], page: int) -> tuple[Sequence[InboundMail], int]:
    """One page of a list and how many pages there are: nobody's first where something waits, else the newest first."""
    where = (InboundMail.outcome.in_(LISTS[chosen]), InboundMail.mailbox.in_(mailboxes))
    count = db.session.scalar(select(func.count()).select_from(InboundMail).where(*where)) or 0
    waits = (InboundMail.member_id.is_not(None), InboundMail.received_at)
    order = waits if chosen == "bekleyen" else (InboundMail.received_at.desc(),)
    rows = select(InboundMail).where(*where).order_by(*order, InboundMail.id)
    return db.session.scalars(rows.limit(PAGE).offset((max(page, 1) - 1) * PAGE)).all(), -(-count // PAGE)


def counts(mailboxes: Sequence[str]) -> dict[str, int]:
    """How many mails each list holds."""
    rows = select(InboundMail.outcome, func.count()).where(InboundMail.mailbox.in_(mailboxes)).group_by(InboundMail.outcome)  # fmt: skip
    found = dict(db.session.execute(rows).all())
    return {name: sum(found.get(outcome, 0) for outcome in wanted) for name, wanted in LISTS.items()}


def answered_lately(sender: str, since: datetime) -> int:
    """To how many mails of this address an answer left: more than a few a day is a loop, or no person."""
    rows = select(func.count()).select_from(InboundMail)
    return db.session.scalar(
        rows.where(InboundMail.sender == sender, InboundMail.taken_at > since, InboundMail.outcome.in_(LISTS["is-olan"]))
    ) or 0  # fmt: skip


def of_case(case_code: str) -> Sequence[InboundMail]:
    """The mails of one case, in their order."""
    return db.session.scalars(select(InboundMail).filter_by(case_code=case_code).order_by(InboundMail.id)).all()


def of_member(member_id: int) -> Sequence[InboundMail]:
    """A person's mails, newest first."""
    rows = select(InboundMail).filter_by(member_id=member_id).order_by(InboundMail.received_at.desc())
    return db.session.scalars(rows).all()


def document(code: str) -> tuple[InboundDocument, InboundMail] | None:
    """An attachment that was kept and still exists, with its mail."""
    found = db.session.execute(
        select(InboundDocument, InboundMail)
        .join(InboundMail, InboundMail.id == InboundDocument.mail_id)
        .where(InboundDocument.code == code, InboundDocument.file_key.is_not(None))
    ).first()
    return (found[0], found[1]) if found else None


def file_keys() -> set[str]:
    """The stored files that rows name."""
    raw = select(InboundMail.raw_key).where(InboundMail.raw_key.is_not(None))
    kept = select(InboundDocument.file_key).where(InboundDocument.file_key.is_not(None))
    return {key for rows in (raw, kept) for key in db.session.scalars(rows) if key}
