"""A mail is taken in once, whoever brings it and however often: stored, matched with its person, made into a case."""

import hashlib
import logging
from base64 import b64encode
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Final

from sqlalchemy import func, select

from lms.attachments import services as attachments
from lms.attachments.formats import Clean, plain_name
from lms.audit.rules import Act
from lms.audit.services import record
from lms.core.access import Actor
from lms.core.codes import new_code
from lms.core.config import config, vault
from lms.core.db import db, insert_ignore, release, transaction
from lms.core.errors import Invalid
from lms.core.files import files
from lms.mailroom import formats, queries, rules
from lms.mailroom.formats import BrokenMail, Parsed
from lms.mailroom.models import InboundDocument, InboundMail
from lms.mailroom.rules import Mailbox, Match, Outcome
from lms.mailroom.services import cases
from lms.mailroom.services.cases import NAMESPACE, Arrival, LeftOut
from lms.membership.models import Member
from lms.membership.queries import member_by_index
from lms.membership.rules import identity
from lms.notifications import services as notifications

log = logging.getLogger(__name__)
MAIL: Final = Actor(kind="system", label="posta")
STRAY_AFTER: Final = timedelta(days=1)


def take(raw: bytes, *, mailbox: Mailbox, delivered_at: datetime | None = None, now: datetime) -> tuple[InboundMail, bool]:  # fmt: skip
    """Take a mail in; the stored row, and whether it is new. It counts from the moment our server took it. **Opens its own
    transactions.**

    `delivered_at` is the mail server's word (INTERNALDATE); without one the topmost Received line says it. Errors:
    document.unscanned while the virus scanner does not answer: try again later, nothing was stored.
    """
    try:
        parsed = formats.parse(raw)
    except BrokenMail as broken:
        return _refuse(raw, broken.code, mailbox=mailbox, received_at=delivered_at or now, now=now)
    if (known := queries.by_message_id(parsed.message_id[:260])) is not None:
        if (known.mailbox, mailbox) == (Mailbox.BILGI, Mailbox.MUHASEBE):
            with transaction():
                cases.for_accounting_too(known, now=now)
        return known, False
    kept, left_out = _cleaned(parsed, now) if not parsed.automatic else ([], [])
    received_at = min(delivered_at or parsed.delivered_at or now, now)
    release()
    try:
        with transaction():
            row = _stored(parsed, raw, mailbox=mailbox, received_at=received_at, now=now)
            if row is not None:
                _keep(row, kept, left_out)
                _sort(Arrival(row, parsed, tuple(kept), tuple(left_out), now, cases.is_quiet(row.sender, now)))
    except Exception:
        log.exception("a mail could not be sorted")
        with transaction():
            row = _stored(parsed, raw, mailbox=mailbox, received_at=received_at, now=now)
            if row is not None:
                _keep(row, kept, left_out)
                row.reason = "mail.not_sorted"
    if row is None:  # another worker was quicker
        found = queries.by_message_id(parsed.message_id[:260])
        assert found is not None  # noqa: S101 - it is what stood in the way
        return found, False
    return row, True


def too_large(message_id: str, size: int, *, mailbox: Mailbox, received_at: datetime, now: datetime) -> bool:
    """A mail that is not even fetched; whether it is new. **Opens its own transaction.**"""
    return _refuse(message_id.encode(), "mail.too_big", mailbox=mailbox, received_at=received_at, now=now, size=size)[1]


def _refuse(
    raw: bytes, code: str, *, mailbox: Mailbox, received_at: datetime, now: datetime, size: int | None = None
) -> tuple[InboundMail, bool]:
    """What cannot be read is kept out and recorded; nobody is answered, for nobody knows whom."""
    values = {
        "code": new_code(), "mailbox": mailbox.value, "message_id": f"<{hashlib.sha256(raw).hexdigest()}@unread>", "replies_to": "",
        "sender": "", "sender_name": "", "subject": "", "text": "", "received_at": min(received_at, now), "taken_at": now,
        "size": len(raw) if size is None else size, "match": Match.UNKNOWN.value, "outcome": Outcome.REFUSED.value, "reason": code,
    }  # fmt: skip
    with transaction():
        new = insert_ignore(InboundMail, [values], ["message_id"]) == 1
        row = queries.by_message_id(str(values["message_id"]))
        assert row is not None  # noqa: S101 - it was just inserted, or stood in the way
        if new:
            record(Act.MAIL_REFUSED, actor=MAIL, subject=("mail", row.code), now=now, data={"reason": code})
    return row, new


def _cleaned(parsed: Parsed, now: datetime) -> tuple[list[Clean], list[LeftOut]]:
    """The attachments as documents, and those left out; each refusal is recorded by itself."""
    kept: list[Clean] = []
    left_out: list[LeftOut] = []
    sender = Actor(kind="anonymous", label=parsed.sender[:120])
    for ordinal, (name, data) in enumerate(parsed.files, 1):
        try:
            kept.append(attachments.clean(data, name, ordinal=ordinal, actor=sender, place="mail", now=now))
        except Invalid as error:
            if error.code == "document.unscanned":
                raise
            numbers = {key: value for key, value in error.params.items() if isinstance(value, int | str)}
            label = plain_name(name) or f"Belge {ordinal}"
            left_out.append(LeftOut(label, error.code, numbers, len(data), hashlib.sha256(data).hexdigest()))
    return kept, left_out


def _stored(parsed: Parsed, raw: bytes, *, mailbox: Mailbox, received_at: datetime, now: datetime) -> InboundMail | None:  # fmt: skip
    """The new row, still waiting; None where the mail is known. Two workers at once: the database decides."""
    values = {
        "code": new_code(), "mailbox": mailbox.value, "message_id": parsed.message_id[:260], "replies_to": " ".join(parsed.replies_to),
        "sender": parsed.sender[:254], "sender_name": parsed.sender_name, "subject": identity.without_tckn(parsed.subject),
        "text": identity.without_tckn(parsed.text), "received_at": received_at, "taken_at": now, "size": len(raw),
        "match": Match.UNKNOWN.value, "outcome": Outcome.WAITING.value,
    }  # fmt: skip
    if insert_ignore(InboundMail, [values], ["message_id"]) == 0:
        return None
    row = queries.by_message_id(str(values["message_id"]))
    assert row is not None  # noqa: S101 - it was just inserted
    row.raw_key = files().put(NAMESPACE, vault().seal(b64encode(raw).decode()), ".sealed")
    record(Act.MAIL_TAKEN, actor=MAIL, subject=("mail", row.code), now=now, data={"mailbox": mailbox.value})
    return row


def _keep(row: InboundMail, kept: list[Clean], left_out: list[LeftOut]) -> None:
    for document in kept:
        db.session.add(
            InboundDocument(
                code=new_code(20), mail_id=row.id, label=document.label, media_type=document.media_type, size=len(document.data),
                sha256=document.sha256, file_key=files().put(NAMESPACE, document.data, document.suffix),
            )
        )  # fmt: skip
    for one in left_out:
        db.session.add(
            InboundDocument(
                code=new_code(20), mail_id=row.id, label=one.label[:120], media_type="", size=one.size, sha256=one.sha256, refused=one.code,
            )
        )  # fmt: skip
    db.session.flush()
    db.session.refresh(row, ["documents"])


def _sort(arrival: Arrival) -> None:
    """Machines first, then the thread it belongs to, then what it is about."""
    row, parsed = arrival.row, arrival.parsed
    match, member = who_wrote(parsed)
    row.match, row.member_id = match.value, member.id if member else None
    db.session.flush()
    db.session.refresh(row)
    if parsed.report or parsed.automatic or _is_own(parsed.sender):
        _machine(arrival)
    elif not parsed.sender:
        row.reason = "mail.nobody"
    elif not cases.into_thread(arrival):
        cases.open_case(arrival)


def _machine(arrival: Arrival) -> None:
    """RFC 3834: never answered. A bounce marks the message of ours that came back (R119)."""
    row, parsed = arrival.row, arrival.parsed
    returned = None
    if parsed.bounce is not None:
        returned = notifications.bounced(parsed.bounce.message_id, at=row.received_at, reason=parsed.bounce.reason)
    row.outcome = Outcome.BOUNCE if returned else Outcome.AUTOMATIC
    row.reason = (
        "mail.returned" if returned else "mail.report" if parsed.report
        else "mail.own" if _is_own(parsed.sender) else "mail.automatic"
    )  # fmt: skip
    if returned is not None:
        subject = ("member", returned.member_code) if returned.member_code else ("mail", row.code)
        record(Act.MESSAGE_RETURNED, actor=MAIL, subject=subject, now=arrival.now, data={"template": returned.template})


def _is_own(sender: str) -> bool:
    return sender.lower() == parseaddr(config().mail_from)[1].lower()


def who_wrote(parsed: Parsed) -> tuple[Match, Member | None]:
    """R028: the member whose number stands in the mail, or whose address it came from; and how sure that is."""
    numbers = identity.tckns_in(f"{parsed.subject}\n{parsed.text}")
    if len(numbers) > 1:
        return Match.SEVERAL, None
    of_address = select(Member).where(func.lower(Member.email) == parsed.sender.lower(), Member.staff_role.is_(None))
    if numbers:
        member = member_by_index(vault().index(numbers[0]))
        if member is None or member.staff_role is not None:
            return Match.UNKNOWN, None
        same = member.email.lower() == parsed.sender.lower() and parsed.trusted
        return (Match.BOTH if same else Match.FOREIGN), member
    found = db.session.scalars(of_address.limit(2)).all() if parsed.sender else []
    if len(found) > 1:
        return Match.SEVERAL, None
    if not found:
        return Match.UNKNOWN, None
    return (Match.ADDRESS if parsed.trusted else Match.FOREIGN), found[0]


# --- tidying ---------------------------------------------------------------------------------------------------------


def erase(now: datetime) -> int:
    """D-10: mails that are done with, their words, bytes and attachments, sixty days after they came. How many."""
    rows = db.session.scalars(
        select(InboundMail)
        .where(InboundMail.erased_at.is_(None), InboundMail.outcome != "waiting", InboundMail.received_at < now - rules.KEEP)
        .limit(500)
    ).all()  # fmt: skip
    for row in rows:
        forget(row, now)
        record(Act.MAIL_ERASED, actor=MAIL, subject=("mail", row.code), now=now)
    db.session.flush()
    return len(rows)


def forget(row: InboundMail, now: datetime) -> None:
    """Erase one mail's words, bytes and attachments."""
    for key in filter(None, [row.raw_key, *(document.file_key for document in row.documents)]):
        files().delete(key)
    row.raw_key, row.erased_at = None, now
    row.sender = row.sender_name = row.subject = row.text = ""  # its case keeps what it needs
    for document in row.documents:
        document.file_key = None


def sweep_files(wall: datetime) -> int:
    """A file is written before its row is stored: one that nothing names after a day belongs to an act that failed."""
    return files().sweep(NAMESPACE, queries.file_keys(), wall - STRAY_AFTER)
