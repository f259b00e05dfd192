"""What happens to claims without anybody asking."""

from datetime import datetime

from lms.core import clock
from lms.core.db import transaction
from lms.identity.services import disputes


def erase(now: datetime) -> int:
    """D-10: the grounds of claims decided 60 days ago, and files no row names; hourly."""
    with transaction():
        done = disputes.erase(now=now)
    return done + disputes.sweep_files(clock.wall())
