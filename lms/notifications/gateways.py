"""How a message leaves: SMTP for mail, an HTTP gateway for SMS. Both say whether another try makes sense.

`LMS_MAIL_URL`: `smtp://user:password@host:587` (STARTTLS, certificate verified; plain only to the own machine) or
`smtps://user:password@host:465`. `LMS_SMS_URL`: `https://user:password@host/path`, which takes
`POST {"to": "+905...", "text": "...", "reference": "..."}` and answers 2xx once it has taken the message; the reference
lets it drop a repeated call.
"""

import ipaddress
import smtplib
import ssl
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from types import TracebackType
from typing import Final, Protocol, Self
from urllib.parse import unquote, urlsplit

import httpx

from lms.notifications.rules import Message

TIMEOUT: Final = 20.0
_NOT_ITS_FAULT: Final = (
    smtplib.SMTPConnectError, smtplib.SMTPHeloError, smtplib.SMTPAuthenticationError, smtplib.SMTPSenderRefused,
)  # fmt: skip
"""The server refused us, not the message: whatever its code, no message is lost by it."""
_RETRYABLE_STATUS: Final = frozenset({408, 409, 423, 425})
_DOWN_STATUS: Final = frozenset({401, 403, 429, 502, 503, 504})
"""Our log-in, our pace, or the operator's house: no message is at fault, and none is sent before the next run."""


class Refused(Exception):
    """The message did not leave. `final`: it never will. `down`: nothing would, now. The reason names no recipient."""

    def __init__(self, reason: str, *, final: bool, down: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final
        self.down = down


class Gateway(Protocol):
    """One connection for a batch of messages."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def send(self, recipient: str, message: Message, *, reference: str, at: datetime) -> None:
        """Hand over one message, or raise `Refused`."""


class SmtpGateway:
    """Mail. The connection is opened with the first message and opened again after a fault."""

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("LMS_MAIL_URL must be smtp://host:port or smtps://host:port")
        self._tls_from_start = parts.scheme == "smtps"
        self._host, self._port = parts.hostname, parts.port or (465 if self._tls_from_start else 587)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        name, address = parseaddr(sender)
        self._sender = Address(display_name=name, addr_spec=address)
        self._connection: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def send(self, recipient: str, message: Message, *, reference: str, at: datetime) -> None:
        try:
            envelope = self._envelope(recipient, message, reference, at)
        except (ValueError, MessageError) as fault:
            raise Refused(f"not a mail: {type(fault).__name__}", final=True) from fault
        try:
            self._open().send_message(envelope, from_addr=self._sender.addr_spec, to_addrs=[recipient])
        except _NOT_ITS_FAULT as fault:
            self._close()
            raise Refused(f"smtp {type(fault).__name__} {fault.smtp_code}", final=False, down=True) from fault
        except smtplib.SMTPRecipientsRefused as fault:
            code = next(iter(fault.recipients.values()))[0]
            raise Refused(f"smtp recipient {code}", final=code >= 500) from fault
        except smtplib.SMTPResponseException as fault:
            self._close()
            raise Refused(f"smtp {fault.smtp_code}", final=fault.smtp_code >= 500) from fault
        except (smtplib.SMTPException, OSError) as fault:
            self._close()
            raise Refused(f"smtp {type(fault).__name__}", final=False, down=True) from fault

    def _envelope(self, recipient: str, message: Message, reference: str, at: datetime) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        mail["From"] = self._sender
        mail["To"] = Address(addr_spec=recipient)
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(at)
        # The same message tried twice carries the same id, so that a mailbox can drop the second.
        mail["Message-ID"] = f"<{reference}@{self._sender.domain}>"
        if message.replies_to:
            mail["In-Reply-To"] = message.replies_to.rpartition(" ")[2]
            mail["References"] = message.replies_to
        if message.unsubscribe:
            mail["List-Unsubscribe"] = f"<{message.unsubscribe}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        return mail

    def _open(self) -> smtplib.SMTP:
        if self._connection is None:
            context = ssl.create_default_context()
            if self._tls_from_start:
                connection: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT, context=context)
            else:
                connection = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT)
                if not _is_loopback(self._host):
                    connection.starttls(context=context)
            self._connection = connection
            if self._user:
                connection.login(self._user, self._password)
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class SmsGateway:
    """SMS through the operator's HTTP gateway."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("LMS_SMS_URL must be an https address")
        login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        self._url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        self._client = httpx.Client(auth=login, timeout=TIMEOUT)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def send(self, recipient: str, message: Message, *, reference: str, at: datetime) -> None:  # noqa: ARG002
        try:
            answer = self._client.post(self._url, json={"to": recipient, "text": message.text, "reference": reference})
        except httpx.HTTPError as fault:
            raise Refused(f"sms {type(fault).__name__}", final=False, down=True) from fault
        if not answer.is_success:
            status = answer.status_code
            down = status in _DOWN_STATUS
            raise Refused(f"sms {status}", final=not (down or status >= 500 or status in _RETRYABLE_STATUS), down=down)


class CaptureGateway:
    """The demo's: nothing leaves; /demo/outbox shows what would have."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def send(self, *_message: object, **_details: object) -> None:
        return None


class NoGateway(CaptureGateway):
    """Production without an SMS operator: the message is refused in plain sight, never passed off as sent."""

    def send(self, *_message: object, **_details: object) -> None:
        raise Refused("no gateway is configured", final=True)
