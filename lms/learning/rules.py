"""What counts as watched: the union of whole seconds really played, never more than the time that really passed.

Ranges are half-open pairs of whole seconds of a lesson, `(from, to)`; a normal set of them is sorted, disjoint and not touching.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeGuard

from lms.core.errors import Conflict, Invalid, NotFound

Range = tuple[int, int]
Ranges = tuple[Range, ...]

SLACK_MS = 2000
MAX_RATE = 2.0
ELSEWHERE = timedelta(seconds=25)
_MAX_CLAIMS = 200
_MAX_SECOND = 1_000_000
_SESSION = re.compile(r"[A-Za-z0-9_-]{1,40}")


# --- sets of seconds -----------------------------------------------------------------------------------------------------------


def union(*sets: Iterable[Sequence[int]]) -> Ranges:
    """R069, R073: all seconds of all sets, as a normal set. Order and repetition of the sets change nothing."""
    merged: list[list[int]] = []
    for start, end in sorted((int(r[0]), int(r[1])) for one in sets for r in one):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return tuple((start, end) for start, end in merged)


def subtract(ranges: Iterable[Sequence[int]], taken: Iterable[Sequence[int]]) -> Ranges:
    """The seconds of `ranges` that are not in `taken`."""
    left: list[Range] = []
    blocks = union(taken)
    for start, end in union(ranges):
        at = start
        for block_start, block_end in blocks:
            if block_end <= at or block_start >= end:
                continue
            if block_start > at:
                left.append((at, block_start))
            at = max(at, block_end)
        if at < end:
            left.append((at, end))
    return tuple(left)


def clip(ranges: Iterable[Sequence[int]], duration: int) -> Ranges:
    """Only what lies inside the lesson: [0, duration)."""
    return union((max(0, r[0]), min(duration, r[1])) for r in ranges)


def length(ranges: Iterable[Sequence[int]]) -> int:
    """Seconds of a normal set."""
    return sum(r[1] - r[0] for r in ranges)


def gaps(watched: Iterable[Sequence[int]], duration: int) -> Ranges:
    """What is still open, in order."""
    return subtract([(0, duration)], watched)


def percent(watched: int, duration: int) -> int:
    """R074, R075: floored, so 100 stands only where nothing is open (99.9 -> 99)."""
    return 100 * min(watched, duration) // duration if duration else 0


def resume_at(watched: Sequence[Sequence[int]], position: int, duration: int) -> int:
    """R073: where to go on: the last position while something is open from there on, else the first gap, else the start."""
    open_parts = gaps(watched, duration)
    if not open_parts:
        return 0
    if 0 < position < duration - 1 and open_parts[-1][1] > position:
        return position
    return open_parts[0][0]


# --- one report of a player ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claim:
    """What a player says it played since its last report."""

    session: str
    seq: int
    played: Ranges
    position: int
    rate: float

    @classmethod
    def parse(cls, data: Any) -> Claim:
        """The checked values of a report; Invalid names the field. Whole seconds only; at most 200 ranges."""
        if not isinstance(data, Mapping):
            raise Invalid("progress.malformed", field="body")
        session, seq, rate = data.get("session"), data.get("seq"), data.get("rate", 1)
        if not isinstance(session, str) or not _SESSION.fullmatch(session):
            raise Invalid("progress.malformed", field="session")
        if not _whole(seq, 2**31 - 1):
            raise Invalid("progress.malformed", field="seq")
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate <= 16:
            raise Invalid("progress.malformed", field="rate")
        position = data.get("position", 0)
        if not _whole(position, _MAX_SECOND):
            raise Invalid("progress.malformed", field="position")
        return cls(session, seq, _played(data.get("played")), position, float(rate))


def _whole(value: Any, most: int) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _played(value: Any) -> Ranges:
    if not isinstance(value, list) or len(value) > _MAX_CLAIMS:
        raise Invalid("progress.malformed", field="played")
    for pair in value:
        if not isinstance(pair, list | tuple) or len(pair) != 2 or not all(_whole(end, _MAX_SECOND) for end in pair):
            raise Invalid("progress.malformed", field="played")
        if pair[0] > pair[1]:
            raise Invalid("progress.malformed", field="played")
    return union(value)


@dataclass(frozen=True, slots=True)
class Pulse:
    """The member's last accepted report, on whatever device: `slack_ms` is what the network may still take (0-2000)."""

    at: datetime
    slack_ms: int
    session: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a report is worth: the seconds newly credited, and the pulse that it leaves."""

    credited: Ranges
    pulse: Pulse
    elsewhere: bool  # another device or tab played a moment ago


def credit(
    claim: Claim, watched: Ranges, duration: int, pulse: Pulse | None, *, opening: bool, now: datetime
) -> Verdict:
    """R074: which of the claimed seconds count.

    A session's first report credits nothing, it opens the session. A later one credits at most the domain time since the
    member's last accepted report, on any device, times the rate (at most 2), plus 2 seconds for the network. Those two
    seconds refill only by time that was not used: over any run the credit is at most elapsed x rate + 2 s. What is beyond
    the bound is cut, earliest seconds first kept; a player claims the rest again with its next report.
    """
    if pulse is None:
        return Verdict((), Pulse(now, SLACK_MS, claim.session), elsewhere=False)
    elapsed = max(now - pulse.at, timedelta(0))  # a clock put back gives nothing and takes nothing
    elsewhere = not opening and pulse.session not in ("", claim.session) and elapsed < ELSEWHERE
    passed_ms = elapsed // timedelta(milliseconds=1)
    if opening:
        return Verdict(
            (), Pulse(max(now, pulse.at), min(SLACK_MS, pulse.slack_ms + passed_ms), claim.session), elsewhere
        )
    allowance_ms = int(passed_ms * min(claim.rate, MAX_RATE)) + pulse.slack_ms
    credited = first_seconds(subtract(clip(claim.played, duration), watched), allowance_ms // 1000)
    slack = min(SLACK_MS, allowance_ms - 1000 * length(credited))
    return Verdict(credited, Pulse(max(now, pulse.at), slack, claim.session), elsewhere)


def first_seconds(ranges: Iterable[Range], seconds: int) -> Ranges:
    """The earliest `seconds` of a normal set."""
    kept: list[Range] = []
    for start, end in ranges:
        if seconds <= 0:
            break
        kept.append((start, min(end, start + seconds)))
        seconds -= end - start
    return tuple(kept)


# --- when ----------------------------------------------------------------------------------------------------------------------


def status(assigned_at: datetime, completed_at: datetime | None, *, started: bool, now: datetime) -> str:
    """R064, R072, R077: scheduled, assigned, in_progress or completed; computed, no job sets it."""
    if completed_at is not None:
        return "completed"
    if now < assigned_at:
        return "scheduled"
    return "in_progress" if started else "assigned"


def check_access(assigned_at: datetime, study_to: datetime, outcome: str | None, now: datetime) -> None:
    """R009, R064, R065, R077, D-13: lessons can be played from assigned_at until the study ends, also again after 100 %.

    Errors: NotFound for an invalid application; Conflict training.not_yet, training.closed.
    """
    if outcome == "invalid":
        raise NotFound
    if now < assigned_at:
        raise Conflict("training.not_yet", available_at=assigned_at)
    if now >= study_to:
        raise Conflict("training.closed", closed_at=study_to)


def counts(study_from: datetime, outcome: str | None, now: datetime) -> bool:
    """R009: progress is credited inside the study window, while the application is open."""
    return now >= study_from and outcome is None


def slide_in(transcript: Sequence[Mapping[str, Any]], slide: str | None) -> tuple[int, str]:
    """The second of a lesson at which a slide begins, and its title; the lesson's start, if it has no such slide."""
    found = next((entry for entry in transcript if slide and entry.get("id") == slide), None)
    return (int(found["start"]) // 1000, str(found["title"])) if found else (0, "")
