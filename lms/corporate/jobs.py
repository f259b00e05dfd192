"""What happens to invitations without anybody asking."""

from datetime import datetime

from lms.core.db import transaction
from lms.corporate import queries, services


def tell_completions(now: datetime) -> int:
    """R063: every five minutes: log the disclosure of new completions."""
    with transaction():
        return services.tell_completions(now)


def erase_unanswered(now: datetime) -> int:
    """Once an hour: what institutions told of people who refused or kept silent."""
    with transaction():
        return queries.erase_unanswered(now)
