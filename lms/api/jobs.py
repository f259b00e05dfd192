"""What the API tidies by itself."""

from datetime import datetime

from lms.api import services
from lms.core import clock
from lms.core.db import transaction


def tidy(_now: datetime) -> int:
    """Drop answers kept for their Idempotency-Key longer than a day (real time), and those of an erased account."""
    with transaction():
        return services.tidy(clock.wall())
