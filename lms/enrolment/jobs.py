"""What falls due around applications. No right hangs on any of these."""

from __future__ import annotations

from datetime import datetime

from lms.core.db import transaction
from lms.enrolment import services


def announce_training(now: datetime) -> int:
    """R064: tell whose training has opened."""
    with transaction():
        return services.announce(now=now)


def remind_of_form(now: datetime) -> int:
    """R011: remind who paid and has not sent the form."""
    with transaction():
        return services.remind(now=now)
