"""The bank's collection file of branch payments (R041, R044), read by a pure function.

One row a line: H (file), D (payment) or R (a payment taken back, told by its bank reference), T (totals). Fixed width, 120
letters padded with blanks, or the same fields with ";" between them. ISO-8859-9, or UTF-8 with its mark at the start.

    H  institution 4 = 2671, file number 8, made at 14, from 14, to 14, bank 4, version 2 = 01
    D  line 7, T.C. number 11, service 10, amount in kurus 12, paid at 14, channel 2, branch 5, bank reference 20, name 30
    R  as D; "paid at" is when it was taken back
    T  lines 7, total in kurus 15, sum of the first nine digits of the T.C. numbers mod 10^9 9, SHA-256 64 of all bytes before it

Instants are Istanbul's civil time. A file whose totals do not agree is refused whole (`branch.file.<why>` with the line): nothing of it can be believed. What a single row says is judged later, so that a bad one never stops the good ones.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lms.core.clock import ISTANBUL
from lms.core.errors import Invalid
from lms.core.text import nfc

INSTITUTION: Final = "2671"
VERSION: Final = "01"
MOST_LINES: Final = 5_000
MOST_BYTES: Final = 1_000_000
WIDTH: Final = 120
_WIDTHS: Final = {
    "H": (4, 8, 14, 14, 14, 4, 2),
    "D": (7, 11, 10, 12, 14, 2, 5, 20, 30),
    "R": (7, 11, 10, 12, 14, 2, 5, 20, 30),
    "T": (7, 15, 9, 64),
}
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Row:
    """One payment, or one taken back (``kind`` "R"). The T.C. number is as the bank wrote it, right or not."""

    kind: str
    line_no: int
    tckn: str
    service: str
    amount_kurus: int
    paid_at: datetime
    channel: str
    branch: str
    bank_ref: str
    name: str


@dataclass(frozen=True, slots=True)
class Collection:
    """A whole file, its totals checked."""

    number: int
    bank: str
    created_at: datetime
    covers_from: datetime
    covers_to: datetime
    sha256: str
    rows: tuple[Row, ...]


def _refused(line: int, why: str) -> Invalid:
    return Invalid(f"branch.file.{why}", line=line)


def read(data: bytes) -> Collection:
    """R041, R044: the file's payments. Errors: Invalid("branch.file.<why>", line=...), line 0 where it is the whole file."""
    if len(data) > MOST_BYTES:
        raise _refused(0, "too_long")
    lines = _lines(data)
    if len(lines) < 2 or lines[0][:1] != "H":
        raise _refused(1, "no_head")
    if lines[-1][:1] != "T":
        raise _refused(len(lines), "no_totals")
    if len(lines) - 2 > MOST_LINES:
        raise _refused(0, "too_long")
    institution, number, created, since, until, bank, version = _fields(lines[0], 1)
    if institution != INSTITUTION:
        raise _refused(1, "institution")
    if version != VERSION:
        raise _refused(1, "version")
    if not (bank.isascii() and bank.isdigit() and len(bank) == 4):
        raise _refused(1, "bank")
    rows = tuple(_row(line, at) for at, line in enumerate(lines[1:-1], 2))
    if len({row.line_no for row in rows}) != len(rows):
        raise _refused(0, "line_twice")
    _check_totals(data, lines, rows)
    return Collection(
        number=_count(number, 1), bank=bank, created_at=_instant(created, 1), covers_from=_instant(since, 1),
        covers_to=_instant(until, 1), sha256=hashlib.sha256(data).hexdigest(), rows=rows,
    )  # fmt: skip


def _lines(data: bytes) -> list[str]:
    try:
        text = data[len(_BOM) :].decode() if data.startswith(_BOM) else data.decode("iso-8859-9")
    except UnicodeDecodeError:
        raise _refused(0, "encoding") from None
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def _fields(line: str, at: int) -> list[str]:
    """The fields after the row's letter, without the blanks that fill them up."""
    widths = _WIDTHS.get(line[:1])
    if widths is None:
        raise _refused(at, "kind")
    if not line.isprintable():
        raise _refused(at, "signs")
    if line[1:2] == ";":
        found = line[2:].removesuffix(";").split(";") if line[0] in "HT" else line[2:].split(";")
        if len(found) != len(widths) or any(len(one) > width for one, width in zip(found, widths, strict=True)):
            raise _refused(at, "fields")
        return [one.strip() for one in found]
    if len(line) != WIDTH:
        raise _refused(at, "width")
    found, start = [], 1
    for width in widths:
        found.append(line[start : start + width].strip())
        start += width
    return found


def _row(line: str, at: int) -> Row:
    if line[:1] not in ("D", "R"):
        raise _refused(at, "kind")
    line_no, tckn, service, amount, paid_at, channel, branch, bank_ref, name = _fields(line, at)
    if not bank_ref:
        raise _refused(at, "reference")
    kurus = _count(amount, at)
    if not 0 < kurus < 10**9:
        raise _refused(at, "number")
    return Row(
        line[0], _count(line_no, at), tckn, service, kurus, _instant(paid_at, at), channel, branch, bank_ref, nfc(name)
    )


def _check_totals(data: bytes, lines: list[str], rows: tuple[Row, ...]) -> None:
    at = len(lines)
    count, total, numbers, digest = _fields(lines[-1], at)
    if _count(count, at) != len(rows):
        raise _refused(at, "count")
    if _count(total, at) != sum(row.amount_kurus for row in rows):
        raise _refused(at, "total")
    nines = (row.tckn[:9] for row in rows)
    if _count(numbers, at) != sum(int(nine) for nine in nines if nine.isascii() and nine.isdigit()) % 10**9:
        raise _refused(at, "numbers")
    end = data.rstrip(b"\r\n ;").rfind(digest.encode()) if digest else -1
    if end < 0 or hashlib.sha256(data[:end]).hexdigest() != digest.lower():
        raise _refused(at, "checksum")


def _count(text: str, at: int) -> int:
    if not (text.isascii() and text.isdigit()):
        raise _refused(at, "number")
    return int(text)


def _instant(text: str, at: int) -> datetime:
    if len(text) != 14 or not (text.isascii() and text.isdigit()):
        raise _refused(at, "instant")
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=ISTANBUL)
    except ValueError:
        raise _refused(at, "instant") from None
