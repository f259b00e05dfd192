"""A mail as it came over the wire, taken apart: never trusted, never repaired, and never an exception for what it says.

Only text/plain is read, or the text of an HTML part where there is no other; nothing in a mail is ever opened as HTML.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.message import EmailMessage, Message
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from typing import Final

MAX_BYTES: Final = 25 * 1024 * 1024
MAX_PARTS: Final = 100
MAX_DEPTH: Final = 12
MAX_FILES: Final = 20
MAX_TEXT: Final = 50_000
_MAX_IDS: Final = 40
_ID: Final = re.compile(r"<[^<>\s]{1,250}>")


class BrokenMail(Exception):
    """This cannot be read as a mail; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail server's word that one of our mails did not arrive: which, and why."""

    message_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a mail says of itself. ``trusted`` is False where our own server found the sender's address to be forged."""

    message_id: str
    replies_to: tuple[str, ...]
    sender: str
    sender_name: str
    subject: str
    text: str
    automatic: bool
    trusted: bool
    delivered_at: datetime | None
    bounce: Bounce | None = None
    report: bool = False
    files: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)


def parse(raw: bytes) -> Parsed:
    """The mail. Raises BrokenMail: mail.empty, mail.too_big, mail.nested, mail.broken."""
    if not raw.strip():
        raise BrokenMail("mail.empty")
    if len(raw) > MAX_BYTES:
        raise BrokenMail("mail.too_big")
    try:
        mail = message_from_bytes(raw, policy=policy.default.clone(raise_on_defect=False))
        return _parsed(mail, raw)
    except RecursionError:
        raise BrokenMail("mail.nested") from None
    except (ValueError, LookupError, TypeError, AttributeError, HeaderParseError, AssertionError):
        raise BrokenMail("mail.broken") from None


def _parsed(mail: EmailMessage, raw: bytes) -> Parsed:
    parts = list(_leaves(mail))
    kind = mail.get_content_type()
    report = kind == "multipart/report"
    plain = [part for part in parts if _is_text(part, "text/plain")]
    markup = [part for part in parts if _is_text(part, "text/html")]
    text = "\n\n".join(_text(part) for part in plain) or "\n\n".join(_unmarked(_text(part)) for part in markup)
    ids = _ID.findall(f"{_header(mail, 'References')} {_header(mail, 'In-Reply-To')}")
    name, sender = _sender(mail)
    return Parsed(
        message_id=(_ID.findall(_header(mail, "Message-ID")) or [f"<{hashlib.sha256(raw).hexdigest()}@none>"])[0],
        replies_to=tuple(dict.fromkeys(ids))[-_MAX_IDS:],
        sender=sender,
        sender_name=name[:120],
        subject=_line(_header(mail, "Subject"))[:200],
        text=_clean(text)[:MAX_TEXT],
        automatic=_automatic(mail, report),
        trusted="=fail" not in _header(mail, "Authentication-Results").replace(" ", "").lower(),
        delivered_at=_delivered(mail),
        bounce=_bounce(mail, parts) if report else None,
        report=report,
        files=() if report else tuple(_files(parts)),
    )


def _leaves(mail: Message) -> Iterator[Message]:
    """Every part that holds no other, forwarded mails opened; bounded in depth and number."""
    stack, count = [(mail, 0)], 0
    while stack:
        part, depth = stack.pop()
        count += 1
        if depth > MAX_DEPTH or count > MAX_PARTS:
            raise BrokenMail("mail.nested")
        inside = part.get_payload() if part.is_multipart() else None
        if isinstance(inside, list):
            stack += [(one, depth + 1) for one in reversed(inside) if isinstance(one, Message)]
        else:
            yield part


def _is_text(part: Message, kind: str) -> bool:
    return part.get_content_type() == kind and part.get_content_disposition() != "attachment" and not part.get_filename()  # fmt: skip


def _text(part: Message) -> str:
    data = part.get_payload(decode=True)
    data = data if isinstance(data, bytes) else b""
    told = part.get_content_charset("utf-8")
    for charset in (told, "utf-8", "iso-8859-9"):
        try:
            return data.decode(charset)
        except (LookupError, ValueError):
            continue
    return data.decode("ascii", "replace")


class _Reader(HTMLParser):
    """The words of an HTML part."""

    _SILENT: Final = frozenset({"script", "style", "head", "title", "template"})
    _BREAKS: Final = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "table"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        if tag in self._SILENT:
            self._silent += 1
        if tag in self._BREAKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._SILENT and self._silent:
            self._silent -= 1

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(" ".join(data.split()) + " " if data.strip() else "")


def _unmarked(markup: str) -> str:
    reader = _Reader()
    reader.feed(markup[: 10 * MAX_TEXT])
    lines = (line.strip() for line in "".join(reader.words).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _header(mail: Message, name: str) -> str:
    """The first header of this name (the topmost one is our own server's), its encoded words read; "" where it is unreadable."""
    try:
        return _line(str(mail.get(name, "")))
    except (ValueError, LookupError, TypeError, AttributeError, HeaderParseError, IndexError):
        return ""


def _line(text: str) -> str:
    """One line without control signs and half letters: a header of a stranger enters no header of ours with a line break."""
    return " ".join("".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text).split())


def _clean(text: str) -> str:
    lines = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(c for c in lines if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()


def _sender(mail: EmailMessage) -> tuple[str, str]:
    try:
        found = mail["From"].addresses
    except (AttributeError, ValueError, LookupError, TypeError, HeaderParseError, IndexError):
        return "", ""
    return (_line(found[0].display_name), _line(found[0].addr_spec)) if len(found) == 1 else ("", "")


def _automatic(mail: Message, report: bool) -> bool:
    """RFC 3834: what no person wrote is never answered."""
    told = _header(mail, "Auto-Submitted").lower() or "no"
    bulk = _header(mail, "Precedence").lower() in ("bulk", "junk", "list", "auto_reply")
    nobody = mail.get("Return-Path") is not None and _header(mail, "Return-Path") == "<>"
    return report or not told.startswith("no") or bulk or nobody or mail.get("List-Id") is not None


def _delivered(mail: Message) -> datetime | None:
    """When our own server took it: the date of the topmost Received line."""
    stamp = _header(mail, "Received").rpartition(";")[2].strip()
    try:
        at = parsedate_to_datetime(stamp)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if at.tzinfo is not None else None


def _bounce(mail: Message, parts: list[Message]) -> Bounce | None:
    """RFC 3464: the failed message's id from the part that returns it, and the server's reason. Delays are no bounce."""
    whole = mail.as_bytes(policy=policy.compat32.clone(max_line_length=None))[:200_000].decode("utf-8", "replace")
    if not re.search(r"^Action:\s*failed", whole, re.MULTILINE | re.IGNORECASE):
        return None
    own = _ID.findall(_header(mail, "Message-ID"))
    returned = [_header(part, "Message-ID") for part in parts]
    returned += re.findall(r"^Message-ID:\s*(<[^<>\s]{1,250}>)", whole, re.MULTILINE | re.IGNORECASE)
    ids = [one for text in returned for one in _ID.findall(text) if one not in own]
    told = (
        re.search(rf"^{name}:\s*(.+)", whole, re.MULTILINE | re.IGNORECASE) for name in ("Diagnostic-Code", "Status")
    )
    said = next(filter(None, told), None)
    return Bounce(ids[0], _line(said[1])[:300] if said else "") if ids else None


def _files(parts: list[Message]) -> Iterator[tuple[str, bytes]]:
    """What is attached, pictures inside the text among it; the name is only a label."""
    found = 0
    for part in parts:
        if _is_text(part, "text/plain") or _is_text(part, "text/html"):
            continue
        data = part.get_payload(decode=True)
        if isinstance(data, bytes) and data and found < MAX_FILES:
            found += 1
            yield _line(part.get_filename() or "")[:120], data
