"""The ready accounts: one at every stage of the journey and one for every staff role. Plainly invented people."""

import json
import secrets
from pathlib import Path
from typing import Any

from lms.core.config import config


def _file() -> Path:
    return config().var_dir / "demo-accounts.json"


def published() -> list[dict[str, Any]]:
    """What ``/demo/accounts`` answers: stage or role, TCKN, password and, for staff, the second factor's secret."""
    path = _file()
    rows: list[dict[str, Any]] = json.loads(path.read_text("utf-8")) if path.exists() else []
    return rows


def publish(rows: list[dict[str, Any]]) -> None:
    """Remember the accounts of this demonstration."""
    _file().write_text(json.dumps(rows, ensure_ascii=False, indent=1), "utf-8")


def checked_tckn(first_nine: int) -> str:
    """The T.C. identity number that begins with these nine digits and passes the checksum."""
    digits = [int(digit) for digit in f"{first_nine:09d}"]
    tenth = (sum(digits[0::2]) * 7 - sum(digits[1::2])) % 10
    return "".join(map(str, [*digits, tenth, (sum(digits) + tenth) % 10]))


def spare_tckn() -> str:
    """A number for a visitor to register with, so that nobody types a real one; another one each time."""
    return checked_tckn(200_000_000 + secrets.randbelow(700_000_000))
