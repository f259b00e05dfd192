"""What happens to slips without anybody asking."""

from datetime import datetime

from lms.core import clock
from lms.core.db import transaction
from lms.slips import services


def tidy(now: datetime) -> int:
    """Once an hour: erase files whose purpose has ended (D-10), and those whose rows were never stored."""
    with transaction():
        erased = services.erase_files(now)
    return erased + services.sweep_files(clock.wall())
