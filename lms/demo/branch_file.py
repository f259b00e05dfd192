"""A collection file as the bank would send it (R044), so that the accountant's pages can be tried: each line comes to another result."""

import hashlib
from collections.abc import Mapping

from lms.demo import accounts

NAME = "tahsilat-ornek.txt"


def sample() -> bytes:
    """The same bytes at every call: paid on the last business day before the demonstration begins, sent on its first."""
    known = {row["stage"]: row["tckn"] for row in accounts.published() if "stage" in row}
    payments = _payments(known)
    rows = [_line(number, *told) for number, told in enumerate(payments, 1)]
    total, numbers = sum(told[2] for told in payments), sum(int(told[0][:9]) for told in payments) % 10**9
    head = "H;2671;00000001;20250303080000;20250228000000;20250301000000;0062;01"
    body = "\r\n".join((head, *rows, f"T;{len(rows):07d};{total:015d};{numbers:09d}")).encode("iso-8859-9") + b";"
    return body + hashlib.sha256(body).hexdigest().encode() + b"\r\n"


def _payments(known: Mapping[str, str]) -> list[tuple[str, str, int, str]]:
    """T.C. number, name, kuruş, service."""
    unknown = accounts.checked_tckn(899_999_999)
    wrong = unknown[:-1] + str((int(unknown[-1]) + 1) % 10)
    people = [
        ("new", "DENİZ ÖRNEK", 53300, "TICALACAK"),
        ("representative", "BAHAR TEMSİLCİ", 40000, "TICALACAK"),
        ("paid", "EGE DENEME", 53300, "TICALACAK"),
        ("applied", "SU MİSAL", 53300, "BASKA"),
    ]
    found = [(known[stage], name, kurus, service) for stage, name, kurus, service in people if stage in known]
    return [*found, (unknown, "ÜYESİ OLMAYAN", 53300, "TICALACAK"), (wrong, "NUMARASI YANLIŞ", 53300, "TICALACAK")]


def _line(number: int, tckn: str, name: str, kurus: int, service: str) -> str:
    paid_at, reference = f"20250228{10 + number}3000", f"ORNEK{number:010d}"
    return ";".join(("D", f"{number:07d}", tckn, service, f"{kurus:012d}", paid_at, "SB", "00123", reference, name))
