"""Collection files as the bank would write them; written without the product's reader."""

import hashlib
from collections.abc import Sequence
from typing import Any

from tests.factories import valid_tckn


def row(line: int = 1, **changes: Any) -> dict[str, Any]:
    """A payment of the whole fee on 10 November 2025 at noon."""
    values = {
        "kind": "D", "line": line, "tckn": valid_tckn(900 + line), "service": "TICALACAK", "amount": 53300, "paid_at": "20251110120000",
        "channel": "SB", "branch": "00123", "ref": f"REF{line:010d}", "name": "ŞÜKRÜ ÖRNEK",
    }  # fmt: skip
    return values | changes


def _join(kind: str, fields: Sequence[tuple[str, int]], *, csv: bool) -> str:
    if csv:
        return ";".join((kind, *(text for text, _ in fields)))
    return (kind + "".join(text.ljust(width) for text, width in fields)).ljust(120)


def collection(
    rows: Sequence[dict[str, Any]], *, number: int = 1, csv: bool = False, utf8: bool = False, **wrong: Any
) -> bytes:
    """The whole file. `wrong`: institution, version, count, total, numbers or digest other than they should be."""
    charset, eol = ("utf-8", "\r\n") if utf8 else ("iso-8859-9", "\r\n")
    head = [(str(wrong.get("institution", "2671")), 4), (f"{number:08d}", 8), ("20251111060000", 14), ("20251110000000", 14),
            ("20251111000000", 14), ("0062", 4), (wrong.get("version", "01"), 2)]  # fmt: skip
    lines = [_join("H", head, csv=csv)]
    for one in rows:
        fields = [(f"{one['line']:07d}", 7), (one["tckn"], 11), (one["service"], 10), (f"{one['amount']:012d}", 12), (one["paid_at"], 14),
                  (one["channel"], 2), (one["branch"], 5), (one["ref"], 20), (one["name"], 30)]  # fmt: skip
        lines.append(_join(one["kind"], fields, csv=csv))
    count = wrong.get("count", len(rows))
    total = wrong.get("total", sum(one["amount"] for one in rows))
    numbers = wrong.get("numbers", sum(int(one["tckn"][:9]) for one in rows) % 10**9)
    totals = _join("T", [(f"{count:07d}", 7), (f"{total:015d}", 15), (f"{numbers:09d}", 9)], csv=csv)
    totals = totals + ";" if csv else totals[:32]
    body = (b"\xef\xbb\xbf" if utf8 else b"") + (eol.join(lines) + eol + totals).encode(charset)
    digest = wrong.get("digest", hashlib.sha256(body).hexdigest())
    return body + (digest if csv else digest.ljust(88)).encode() + eol.encode()
