"""The demonstration's clock."""

from datetime import datetime

from lms.core.clock import ISTANBUL, FileClock
from lms.core.config import config

START = datetime(2025, 3, 3, 9, 0, tzinfo=ISTANBUL)
"""When a fresh demonstration begins (CONTRACT.md, Modes)."""


def shared_clock() -> FileClock:
    """The clock that every process of this demonstration and the bank simulator read."""
    return FileClock(config().var_dir / "clock.json", START)
