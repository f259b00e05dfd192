"""Putting messages into the outbox. They leave after the commit, by the sender's job."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from lms.core.codes import new_code
from lms.core.config import config, vault
from lms.core.db import db, insert_ignore
from lms.core.errors import Conflict
from lms.notifications import queries, rendering, rules
from lms.notifications.models import SEALED, OutboxMessage
from lms.notifications.rules import Message


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where a person is reached. `code` is the member's, so that their messages can be found again."""

    email: str
    phone: str | None = None
    language: str = "tr"
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """One message to be; see `enqueue`."""

    to: Recipient
    dedupe: str
    params: Mapping[str, Any] = field(default_factory=dict)
    replies_to: str | None = None
    consent_id: int | None = None


def enqueue(
    template: str,
    *,
    to: Recipient,
    dedupe: str,
    now: datetime,
    params: Mapping[str, Any] | None = None,
    secret: Mapping[str, str] | None = None,
    channels: tuple[str, ...] = ("mail",),
    due_at: datetime | None = None,
    replies_to: str | None = None,
) -> int:
    """Add the message once for each channel; how many rows are new (0: that `dedupe` key was already used).

    `params` are JSON-able (instants as ISO text) and hold no T.C. kimlik number; `base_url` is always there. `secret`
    is what must not lie readable in the database (a link to set a password): sealed now, forgotten once it was sent.
    "sms" is left out where the person has no mobile number. It leaves at `due_at` (default: at once). `replies_to` puts a
    mail into the thread that these message ids name, the newest last.
    """
    draft = Draft(to, dedupe, {**(params or {}), **(sealed(secret) if secret else {})}, replies_to)
    return enqueue_many(template, [draft], now=now, channels=channels, due_at=due_at)


def sealed(secret: Mapping[str, str]) -> dict[str, str]:
    """The parameter that carries ``secret`` in a Draft."""
    return {SEALED: b64encode(vault().seal(json.dumps(dict(secret)))).decode()}


def enqueue_many(
    template: str,
    drafts: Iterable[Draft],
    *,
    now: datetime,
    channels: tuple[str, ...] = ("mail",),
    due_at: datetime | None = None,
) -> int:
    """The same for many people at once, in one statement.

    A marketing template needs each draft's `consent_id`, the acceptance that allows it (message.consent).
    """
    for channel in channels:
        if not rendering.exists(template, channel):
            raise LookupError(f"no template {template} for {channel}")
    drafts = list(drafts)
    for draft in drafts:
        rules.check_consent(template, draft.consent_id)
    rows = [
        {
            "dedupe": f"{draft.dedupe}/{channel}",
            "channel": channel,
            "recipient": recipient,
            "member_code": draft.to.code,
            "language": draft.to.language,
            "template": template,
            "params": dict(draft.params),
            "created_at": now,
            "next_try_at": due_at or now,
            "tries": 0,
            "message_id": new_code(24),
            "replies_to": draft.replies_to if channel == "mail" else None,
            "consent_id": draft.consent_id,
        }
        for draft in drafts
        for channel in channels
        if (recipient := draft.to.phone if channel == "sms" else draft.to.email)
    ]
    return insert_ignore(OutboxMessage, rows, ["dedupe"])


def compose(row: OutboxMessage) -> Message:
    """The message as it leaves, from its template and parameters."""
    params = {key: value for key, value in row.params.items() if key != SEALED}
    closed = row.params.get(SEALED)
    secret = json.loads(vault().open(b64decode(closed))) if closed else {}
    message = rendering.render(
        row.template, row.channel, row.language, {"base_url": config().base_url, **params, **secret}
    )
    return replace(message, replies_to=row.replies_to or "", unsubscribe=row.params.get("unsubscribe", ""))


def withdraw_marketing(member_code: str) -> int:
    """A consent was taken back: what waits because of it is not sent any more."""
    gone = delete(OutboxMessage).where(
        OutboxMessage.member_code == member_code,
        OutboxMessage.consent_id.is_not(None),
        OutboxMessage.sent_at.is_(None),
        OutboxMessage.failed_at.is_(None),
    )
    return len(db.session.scalars(gone.returning(OutboxMessage.id)).all())


def send_again(message_id: str, recipient: str | None, *, now: datetime) -> OutboxMessage:
    """A message that failed or came back is tried anew, perhaps at another address; whoever decides records it.

    Of two at once one wins, the other finds it waiting. Errors: message.not_lost, message.once, message.spent.
    """
    lost = queries.lost_one(message_id)
    if lost is None:
        raise Conflict("message.not_lost")
    rules.check_again(lost.template, spent=lost.spent)
    new = {"recipient": recipient} if recipient else {}
    key = db.session.scalar(
        update(OutboxMessage)
        .where(OutboxMessage.id == lost.id, queries.LOST)
        .values(
            failed_at=None,
            sent_at=None,
            bounced_at=None,
            bounce_reason=None,
            tries=0,
            claimed_at=None,
            next_try_at=now,
            **new,
        )
        .returning(OutboxMessage.id)
        .execution_options(synchronize_session=False)
    )
    if key is None:
        raise Conflict("message.not_lost")
    return db.session.get_one(OutboxMessage, key, populate_existing=True)


def settle(message_id: str, *, by: str, now: datetime) -> OutboxMessage:
    """A lost message is done with: the person was told in another way, or need not be. Of two at once one wins, the other is
    told who and when. Errors: message.not_lost, message.settled_by."""
    key = db.session.scalar(
        update(OutboxMessage)
        .where(OutboxMessage.message_id == message_id, queries.LOST)
        .values(settled_at=now, settled_by=by)
        .returning(OutboxMessage.id)
        .execution_options(synchronize_session=False)
    )
    if key is None:
        row = queries.of_id(message_id)
        if row is not None and row.settled_at is not None:
            raise Conflict("message.settled_by", by=row.settled_by, at=row.settled_at)
        raise Conflict("message.not_lost")
    return db.session.get_one(OutboxMessage, key, populate_existing=True)


def bounced(message_id: str, *, at: datetime, reason: str) -> OutboxMessage | None:
    """A mail came back: note when and why, once. The message whose id it is, None where it is none of ours or came back before.

    `message_id` as it stood in the mail (`<id@domain>`).
    """
    local = message_id.strip().strip("<>").partition("@")[0]
    key = db.session.scalar(
        update(OutboxMessage)
        .where(OutboxMessage.message_id == local, OutboxMessage.channel == "mail", OutboxMessage.bounced_at.is_(None))
        .values(bounced_at=at, bounce_reason=reason[:500])
        .returning(OutboxMessage.id)
        .execution_options(synchronize_session=False)
    )
    rows = select(OutboxMessage).where(OutboxMessage.id == key).execution_options(populate_existing=True)
    return db.session.scalars(rows).one_or_none()
