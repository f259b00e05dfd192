"""What falls due on Mondays. The right does not wait for any of it (R104): jobs freeze, register and announce."""

from datetime import datetime

from lms.certificates.services import certificates as services
from lms.core.db import transaction


def issue_certificates(now: datetime) -> int:
    """R103, R104: freeze every certificate whose Monday has come; how many."""
    with transaction():
        return services.issue_due(now=now)


def remind_of_view(now: datetime) -> int:
    """R108: tell who can view a certificate only for two more weeks; how many."""
    with transaction():
        return services.remind_of_view(now=now)


def announce_certificates(now: datetime) -> int:
    """Tell the holders of issued certificates that they are there; how many."""
    with transaction():
        return services.announce_due(now=now)
