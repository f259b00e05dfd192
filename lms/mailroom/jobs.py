"""The poller, and what happens to mails that are done with. Safe to run twice and in two processes: a mail is known by its id."""

import logging
from datetime import datetime

from lms.attachments import gateways as scanner
from lms.core import clock
from lms.core.config import config
from lms.core.db import db, release, transaction
from lms.core.errors import Invalid
from lms.mailroom import formats, gateways
from lms.mailroom.gateways import Account, ImapMailbox, MailboxError
from lms.mailroom.rules import Mailbox
from lms.mailroom.services import intake

log = logging.getLogger(__name__)


def poll(now: datetime) -> int:
    """Once a minute where `LMS_IMAP_URL` is set: take in what waits in the mailboxes. How many mails were new."""
    settings = config()
    if settings.imap_url is None or not _scanner_answers():
        return 0
    new = 0
    for account in gateways.accounts(settings.imap_accounts or ""):
        try:
            new += _empty(settings.imap_url, account, now)
        except MailboxError as fault:
            log.warning("mailbox %s: %s", account.mailbox, fault)
    return new


def _empty(url: str, account: Account, now: datetime) -> int:
    """One mailbox, one transaction for each mail; marked as seen only once it is stored."""
    mailbox, new = Mailbox(account.mailbox), 0
    with ImapMailbox(url, account) as box:
        for envelope in box.waiting():
            release()
            if envelope.size > formats.MAX_BYTES:
                key = f"{account.user}/{envelope.uid}/{envelope.arrived_at.isoformat()}/{envelope.size}"
                new += intake.too_large(key, envelope.size, mailbox=mailbox, received_at=envelope.arrived_at, now=now)
            else:
                try:
                    taken = intake.take(box.fetch(envelope), mailbox=mailbox, delivered_at=envelope.arrived_at, now=now)
                except Invalid:  # the scanner stopped answering: this one waits for the next run
                    break
                except Exception:
                    db.session.rollback()
                    log.exception("a mail was left in mailbox %s", mailbox)
                    continue
                new += taken[1]
            box.done(envelope)
    return new


def _scanner_answers() -> bool:
    url = config().clamd_url
    if url is None:
        return True
    try:
        scanner.version(url)
    except scanner.ScannerError:
        log.warning("the virus scanner does not answer: mail waits")
        return False
    return True


def tidy(now: datetime) -> int:
    """Once an hour: erase mails whose purpose has ended (D-10), and files whose rows were never stored."""
    with transaction():
        erased = intake.erase(now)
    return erased + intake.sweep_files(clock.wall())
