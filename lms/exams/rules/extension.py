"""R127: who is hit by an outage, and what may be prolonged."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from lms.core.calendar import Window
from lms.core.codes import mask_tckn
from lms.core.errors import Invalid
from lms.exams.rules.exam import Parameters, Sitting, Status, standing

LINES_MAX: Final = 500
TCKN_LENGTH: Final = 11


class Scope(StrEnum):
    ALL = "all"
    OUTAGE = "outage"
    LISTED = "listed"


def numbers(text: str) -> list[str]:
    """Application numbers, one in a line or parted by commas, each once and in their order."""
    found = list(dict.fromkeys(part.strip().upper() for part in re.split(r"[\s,;]+", text) if part.strip()))
    if not found:
        raise Invalid("extension.no_numbers")
    if len(found) > LINES_MAX:
        raise Invalid("extension.too_many", most=LINES_MAX)
    return found


def is_tckn(text: str) -> bool:
    """What in a list means a person and no application."""
    return len(text) == TCKN_LENGTH and text.isascii() and text.isdigit()


def shown(text: str) -> str:
    """As it may be shown again: an identity number is masked."""
    return mask_tckn(text) if is_tckn(text) else text


def following(last_day: date) -> date:
    """The day at whose midnight a window with this last day ends."""
    return last_day + timedelta(days=1)


def outage(start: datetime | None, end: datetime | None) -> Window:
    """The interval of an outage; it has begun and ended."""
    if start is None or end is None or start >= end:
        raise Invalid("extension.outage")
    return Window(start, end)


def was_hit(params: Parameters, completed_at: datetime | None, sittings: Sequence[Sitting], lost: Window) -> bool:
    """Whether an exam of this application ran or could have been begun while the outage lasted."""
    known = [s for s in sittings if s.started_at < lost.end]
    if any((s.finalised_at or s.ends_at) > lost.start for s in known):
        return True
    if completed_at is None or completed_at >= lost.end or params.study.start >= lost.end:
        return False
    at = min(lost.end, params.study.end)
    open_then = standing(params, completed_at, known, at).rights
    return (
        any(
            r.sitting is None and r.available_at < lost.end and r.status in (Status.ASSIGNED, Status.LAPSED)
            for r in open_then
        )
        and params.study.end > lost.start
    )
