"""What happens to tickets without anybody asking."""

from datetime import datetime

from lms.core.db import transaction
from lms.support import services


def close_quiet(now: datetime) -> int:
    """Once an hour: close what was answered and has been quiet for thirty days."""
    with transaction():
        return services.close_quiet(now)
