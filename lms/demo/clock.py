"""The demonstration's clock."""

from datetime import datetime

from lms.core.clock import ISTANBUL

START = datetime(2025, 3, 3, 9, 0, tzinfo=ISTANBUL)
"""When a fresh demonstration begins (CONTRACT.md, Modes)."""
