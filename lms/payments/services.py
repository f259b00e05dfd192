"""Business acts of payments."""

from datetime import datetime

from lms.core.db import insert_ignore
from lms.payments.models import Permit


def permit(member_id: int, term_code: str, ordinal: int, *, now: datetime) -> None:
    """R099, R100: opens nothing by itself; a payment of `ordinal` made from now on is no duplicate. Idempotent."""
    row = {"member_id": member_id, "term_code": term_code, "ordinal": ordinal, "granted_at": now}
    insert_ignore(Permit, [row], ["member_id", "term_code", "ordinal"])
