"""What was announced goes out."""

from __future__ import annotations

from datetime import datetime

from lms.announcements import services
from lms.core.db import transaction


def spread(now: datetime) -> int:
    """The news of each term that was announced, for whoever allows it now."""
    with transaction():
        return services.spread(now=now)
