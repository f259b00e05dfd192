"""The only place that reads the time.

``now`` is the domain's time: every rule, window and deadline. ``wall`` is real time: cookies, tokens, throttles. In
production they are the same; the demo injects a clock that is shifted (CONTRACT.md, Modes). Both answer aware UTC.
"""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ISTANBUL = ZoneInfo("Europe/Istanbul")


def wall() -> datetime:
    """Real time, aware UTC."""
    return datetime.now(UTC)


class _Source:
    read: Callable[[], datetime] = staticmethod(wall)


def now() -> datetime:
    """Domain time, aware UTC."""
    return _Source.read()


def set_source(read: Callable[[], datetime]) -> None:
    """Let ``now`` read another clock; ``create_app`` injects the demo's, tests a fixed one."""
    _Source.read = staticmethod(read)


class FileClock:
    """Real time plus an offset kept in a small file, so that every process of a demo shares one shifted clock."""

    def __init__(self, path: Path, start: datetime) -> None:
        self._path = path
        self._cached: tuple[int, timedelta] | None = None
        if not path.exists():
            self._write(start - wall())

    def __call__(self) -> datetime:
        return wall() + self._offset()

    def move_to(self, instant: datetime) -> None:
        """Set the clock to ``instant``; it runs on at real speed from there."""
        self._write(instant - wall())

    def _offset(self) -> timedelta:
        stamp = self._path.stat().st_mtime_ns
        if self._cached is None or self._cached[0] != stamp:
            seconds = json.loads(self._path.read_text("utf-8"))["offset_seconds"]
            self._cached = (stamp, timedelta(seconds=seconds))
        return self._cached[1]

    def _write(self, offset: timedelta) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(f".{os.getpid()}.new")
        draft.write_text(json.dumps({"offset_seconds": offset.total_seconds()}), "utf-8")
        draft.replace(self._path)
