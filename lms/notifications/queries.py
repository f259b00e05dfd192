"""Reading the outbox."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Select, func, select

from lms.core.db import db
from lms.notifications.models import OutboxMessage

LOST_AT: Final = func.coalesce(OutboxMessage.failed_at, OutboxMessage.bounced_at)
"""When a message was lost for good: nobody took it, or it came back."""

LOST: Final = (OutboxMessage.failed_at.is_not(None) | OutboxMessage.bounced_at.is_not(None)) & (
    OutboxMessage.settled_at.is_(None)
)
"""Lost, and nobody has sent it again or settled it."""

TO_CALL: Final = LOST & OutboxMessage.consent_id.is_(None)
"""Of those what somebody has to hear in another way; an announcement that did not arrive is nobody's task."""

PAGE: Final = 50

WAITING: Final = OutboxMessage.sent_at.is_(None) & OutboxMessage.failed_at.is_(None)


def by_message_id(message_id: str) -> OutboxMessage | None:
    """The mail that left with this id (`<id@domain>`)."""
    local = message_id.strip().strip("<>").partition("@")[0]
    return db.session.scalars(select(OutboxMessage).filter_by(message_id=local, channel="mail")).one_or_none()


def lost_one(message_id: str) -> OutboxMessage | None:
    """A message of any channel that failed or came back."""
    return db.session.scalars(select(OutboxMessage).where(OutboxMessage.message_id == message_id, LOST)).one_or_none()


def of_id(message_id: str) -> OutboxMessage | None:
    """A message of any channel by its random id, as it stands now."""
    rows = select(OutboxMessage).filter_by(message_id=message_id).execution_options(populate_existing=True)
    return db.session.scalars(rows).one_or_none()


def failed(page: int = 1) -> Sequence[OutboxMessage]:
    """Messages that will not leave any more or came back, newest first: somebody has to call the person."""
    rows = select(OutboxMessage).where(TO_CALL).order_by(LOST_AT.desc(), OutboxMessage.id)
    return _page(rows.execution_options(populate_existing=True), page)


def of_person(code: str, limit: int = 100) -> Sequence[OutboxMessage]:
    """What was sent or will be sent to one person, newest first."""
    rows = select(OutboxMessage).filter_by(member_code=code).order_by(OutboxMessage.id.desc())
    return db.session.scalars(rows.limit(limit)).all()


def latest(limit: int = 200) -> Sequence[OutboxMessage]:
    """The outbox as the demo shows it, newest first; `services.compose(row)` gives subject and text."""
    return db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(limit)).all()


def waiting_ones(page: int = 1) -> Sequence[OutboxMessage]:
    """What has not left yet, the longest overdue first."""
    return _page(select(OutboxMessage).where(WAITING).order_by(OutboxMessage.next_try_at, OutboxMessage.id), page)


def _page(rows: Select[OutboxMessage], number: int) -> Sequence[OutboxMessage]:
    return db.session.scalars(rows.limit(PAGE).offset((max(number, 1) - 1) * PAGE)).all()


def to_address(address: str, limit: int = 100) -> Sequence[OutboxMessage]:
    """Everything to one e-mail address or mobile number, newest first."""
    rows = (
        select(OutboxMessage)
        .where(OutboxMessage.recipient.in_({address, address.lower()}))
        .order_by(OutboxMessage.id.desc())
    )
    return db.session.scalars(rows.limit(limit)).all()


def counts() -> tuple[int, int]:
    """How many messages are lost and somebody has to call for, how many wait."""
    lost, open_ones = (select(func.count()).select_from(OutboxMessage).where(w) for w in (TO_CALL, WAITING))
    return db.session.scalar(lost) or 0, db.session.scalar(open_ones) or 0
