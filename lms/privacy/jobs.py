"""What happens to personal data without anybody asking."""

from datetime import datetime

from lms.core.db import transaction
from lms.privacy.services import export, retention

_AT_ONCE = 20


def retain(now: datetime) -> int:
    """Four times a day: delete or anonymise what has had its time (D-10)."""
    with transaction():
        return retention.apply(now)


def make_exports(now: datetime) -> int:
    """Twice a minute: make the copies that persons asked for, each stored by itself."""
    made = 0
    while made < _AT_ONCE:
        with transaction():
            if not export.make_next(now):
                break
        made += 1
    return made
