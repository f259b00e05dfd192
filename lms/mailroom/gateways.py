"""Fetching mail from a mailbox by IMAP (RFC 9051), over TLS except on the own machine.

`LMS_IMAP_URL`: `imaps://host:993` or `imap://host:143` (STARTTLS). `LMS_IMAP_ACCOUNTS`: `bilgi=user:password
muhasebe=user:password`, percent-encoded. A mail that was taken in is marked as seen; one that was not stays as it was.
"""

import imaplib
import ipaddress
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self
from urllib.parse import unquote, urlsplit

TIMEOUT: Final = 30.0
BATCH: Final = 50
"""The most mails of one mailbox in one run: the next run takes the rest."""
_INTERNAL: Final = re.compile(rb'INTERNALDATE "([^"]+)"')
_SIZE: Final = re.compile(rb"RFC822\.SIZE (\d+)")


class MailboxError(Exception):
    """The mailbox could not be read now; the reason names no person."""


@dataclass(frozen=True, slots=True)
class Account:
    mailbox: str
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A mail that waits in the mailbox: its number there, its size, when the server took it."""

    uid: str
    size: int
    arrived_at: datetime


def accounts(text: str) -> tuple[Account, ...]:
    """`bilgi=user:password muhasebe=user:password`; ValueError where it is not that."""
    found = []
    for part in text.split():
        mailbox, _, login = part.partition("=")
        user, colon, password = login.partition(":")
        if mailbox not in ("bilgi", "muhasebe") or not colon or not user:
            raise ValueError("LMS_IMAP_ACCOUNTS must be bilgi=user:password muhasebe=user:password")
        found.append(Account(mailbox, unquote(user), unquote(password)))
    return tuple(found)


class ImapMailbox:
    """One account's INBOX, open for a run."""

    def __init__(self, url: str, account: Account) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("imap", "imaps") or not parts.hostname:
            raise ValueError("LMS_IMAP_URL must be imaps://host:993 or imap://host:143")
        self._tls_from_start = parts.scheme == "imaps"
        self._host, self._port = parts.hostname, parts.port or (993 if self._tls_from_start else 143)
        self._account = account

    def __enter__(self) -> Self:
        context = ssl.create_default_context()
        try:
            if self._tls_from_start:
                self._line: imaplib.IMAP4 = imaplib.IMAP4_SSL(self._host, self._port, ssl_context=context, timeout=TIMEOUT)  # fmt: skip
            else:
                self._line = imaplib.IMAP4(self._host, self._port, timeout=TIMEOUT)
                if not _is_loopback(self._host):
                    self._line.starttls(ssl_context=context)
            self._line.login(self._account.user, self._account.password)
            self._asked("SELECT", self._line.select("INBOX"))
        except (imaplib.IMAP4.error, OSError) as fault:
            self._end()
            raise MailboxError(f"imap {type(fault).__name__}") from fault
        return self

    def __exit__(self, *_error: object) -> None:
        self._end()

    def unseen(self) -> int:
        """How many mails wait; for `lms doctor`."""
        try:
            found = self._asked("SEARCH", self._line.uid("SEARCH", "UNSEEN"))
        except (imaplib.IMAP4.error, OSError) as fault:
            raise MailboxError(f"imap {type(fault).__name__}") from fault
        return len(b" ".join(part for part in found if isinstance(part, bytes)).split())

    def waiting(self) -> Iterator[Envelope]:
        """The mails that nobody has seen, oldest first."""
        try:
            found = self._asked("SEARCH", self._line.uid("SEARCH", "UNSEEN"))
            uids = b" ".join(part for part in found if isinstance(part, bytes)).split()[:BATCH]
            for uid in uids:
                told = self._asked("FETCH", self._line.uid("FETCH", uid.decode(), "(INTERNALDATE RFC822.SIZE)"))
                line = b" ".join(part for part in told if isinstance(part, bytes))
                size, stamp = _SIZE.search(line), _INTERNAL.search(line)
                if size and stamp:
                    at = datetime.strptime(stamp[1].decode("ascii", "replace").strip(), "%d-%b-%Y %H:%M:%S %z")
                    yield Envelope(uid.decode(), int(size[1]), at)
        except (imaplib.IMAP4.error, OSError, ValueError) as fault:
            raise MailboxError(f"imap {type(fault).__name__}") from fault

    def fetch(self, envelope: Envelope) -> bytes:
        """The whole mail, without marking it as seen."""
        try:
            told = self._asked("FETCH", self._line.uid("FETCH", envelope.uid, "(BODY.PEEK[])"))
        except (imaplib.IMAP4.error, OSError) as fault:
            raise MailboxError(f"imap {type(fault).__name__}") from fault
        return next((bytes(part[1]) for part in told if isinstance(part, tuple)), b"")

    def done(self, envelope: Envelope) -> None:
        """Mark it as seen; if that fails the next run meets it again and knows it by its Message-ID."""
        try:
            self._asked("STORE", self._line.uid("STORE", envelope.uid, "+FLAGS.SILENT", r"(\Seen)"))
        except (imaplib.IMAP4.error, OSError) as fault:
            raise MailboxError(f"imap {type(fault).__name__}") from fault

    @staticmethod
    def _asked(what: str, answer: tuple[str, list[Any]]) -> list[Any]:
        status, data = answer
        if status != "OK":
            raise imaplib.IMAP4.error(f"{what} {status}")
        return data

    def _end(self) -> None:
        line = getattr(self, "_line", None)
        if line is not None:
            try:
                line.logout()
            except (imaplib.IMAP4.error, OSError):
                line.shutdown()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
