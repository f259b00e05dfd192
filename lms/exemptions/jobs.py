"""What happens to exemption requests without anybody asking."""

from datetime import datetime

from lms.core import clock
from lms.core.db import transaction
from lms.exemptions.services import keeping as services


def store_answers(now: datetime) -> int:
    """Every minute, after the outbox: note which answers left (R119)."""
    with transaction():
        return services.store_answers(now)


def sweep_files(_now: datetime) -> int:
    """Once an hour: remove files whose rows were never stored. The store's clock is the real one."""
    return services.sweep_files(clock.wall())


def erase_documents(now: datetime) -> int:
    """Once a day: erase documents whose purpose has ended (D-10)."""
    with transaction():
        return services.erase_evidence(now)
