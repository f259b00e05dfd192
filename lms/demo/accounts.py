"""The ready accounts: one at every stage of the journey and one for every staff role. Plainly invented people."""

import json
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
