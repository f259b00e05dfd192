"""The sender: takes what is due, hands it over, remembers what became of it. Safe to run twice and in two processes."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select, update

from lms.core.config import config
from lms.core.db import db, release, transaction
from lms.notifications import rules, services
from lms.notifications.gateways import CaptureGateway, Gateway, NoGateway, Refused, SmsGateway, SmtpGateway
from lms.notifications.models import SEALED, OutboxMessage

log = logging.getLogger(__name__)
BATCH: Final = 50


def send_due(now: datetime) -> int:
    """Send everything due; the number of messages that left. In the demo nothing leaves: it is only marked as sent."""
    with _gateway("mail") as mail, _gateway("sms") as sms:
        gateways = {"mail": mail, "sms": sms}
        sent, down = 0, set[str]()
        while batch := _claim(now):
            sent += _captured(batch, now) if _all_captured(gateways) else _send(batch, gateways, down, now)
        return sent


def _gateway(channel: str) -> Gateway:
    settings = config()
    if channel == "mail" and settings.mail_url:
        return SmtpGateway(settings.mail_url, settings.mail_from)
    if channel == "sms" and settings.sms_url:
        return SmsGateway(settings.sms_url)
    return CaptureGateway() if settings.demo else NoGateway()


def _all_captured(gateways: Mapping[str, Gateway]) -> bool:
    return all(type(gateway) is CaptureGateway for gateway in gateways.values())


def _claim(now: datetime) -> Sequence[OutboxMessage]:
    """Take a batch: no other sender takes it while the claim is fresh. The try is counted before it is made."""
    free = or_(OutboxMessage.claimed_at.is_(None), OutboxMessage.claimed_at <= now - rules.CLAIM)
    due = (
        OutboxMessage.sent_at.is_(None) & OutboxMessage.failed_at.is_(None) & (OutboxMessage.next_try_at <= now) & free
    )
    first = select(OutboxMessage.id).where(due).order_by(OutboxMessage.next_try_at, OutboxMessage.id).limit(BATCH)
    with transaction() as session:
        taken = session.scalars(
            update(OutboxMessage)
            .where(OutboxMessage.id.in_(first), due)
            .values(claimed_at=now, tries=OutboxMessage.tries + 1)
            .returning(OutboxMessage.id)
            .execution_options(synchronize_session=False)
        ).all()
        rows = select(OutboxMessage).where(OutboxMessage.id.in_(taken)).order_by(OutboxMessage.id)
        return session.scalars(rows.execution_options(populate_existing=True)).all()


def _captured(batch: Sequence[OutboxMessage], now: datetime) -> int:
    with transaction():
        _update([row.id for row in batch], sent_at=now, claimed_at=None)
    return len(batch)


def _send(batch: Sequence[OutboxMessage], gateways: Mapping[str, Gateway], down: set[str], now: datetime) -> int:
    """One after the other. Once a gateway is down the rest waits for the next run: no try is lost, no time is spent."""
    sent = 0
    for row in batch:
        if row.channel in down:
            _postpone(row, now + rules.POSTPONED)
            continue
        try:
            sent += _send_one(row, gateways[row.channel], now)
        except Refused as refusal:
            if refusal.down:
                down.add(row.channel)
                _postpone(row, now + rules.POSTPONED_FIRST, error=refusal.reason)
            else:
                _not_sent(row, refusal.reason, final=refusal.final, now=now)
    return sent


def _send_one(row: OutboxMessage, gateway: Gateway, now: datetime) -> bool:
    release()  # no transaction is open while the network is
    try:
        message = services.compose(row)
    except rules.UnfitMessageError as fault:
        log.exception("message cannot be composed", extra={"template": row.template})
        raise Refused(f"template: {fault.code}", final=True) from fault
    except Exception as fault:  # a key that is missing, say: this one waits, the others leave
        log.exception("message cannot be composed", extra={"template": row.template})
        raise Refused(f"compose: {type(fault).__name__}", final=False) from fault
    gateway.send(row.recipient, message, reference=row.message_id or f"outbox-{row.id}", at=now)
    kept = row.params | {SEALED: ""} if SEALED in row.params else row.params
    with transaction():
        _update([row.id], sent_at=now, claimed_at=None, error=None, params=kept)
    return True


def _postpone(row: OutboxMessage, until: datetime, **values: object) -> None:
    """The gateway is down: no try is lost, however long it takes."""
    with transaction():
        _update([row.id], next_try_at=until, claimed_at=None, tries=OutboxMessage.tries - 1, **values)


def _not_sent(row: OutboxMessage, reason: str, *, final: bool, now: datetime) -> None:
    pause = None if final else rules.retry_after(row.tries)
    if pause is None:
        log.error("message failed for good", extra={"outbox_id": row.id, "reason": reason})
    outcome: dict[str, object] = {"failed_at": now} if pause is None else {"next_try_at": now + pause}
    with transaction():
        _update([row.id], claimed_at=None, error=reason, **outcome)


def _update(ids: Sequence[int], **values: object) -> None:
    db.session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(ids), OutboxMessage.sent_at.is_(None))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
