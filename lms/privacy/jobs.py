"""What happens to personal data without anybody asking."""

from datetime import datetime

from lms.core.db import transaction
from lms.privacy.services import retention


def retain(now: datetime) -> int:
    """Four times a day: delete or anonymise what has had its time (D-10)."""
    with transaction():
        return retention.apply(now)
