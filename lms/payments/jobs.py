"""R038: the browser is never the only witness; the bank is asked about every open order."""

from datetime import datetime, timedelta

from lms.core.db import transaction
from lms.payments import queries, services

BATCH = 100
CLAIM = timedelta(minutes=2)


def inquire_open_orders(now: datetime) -> int:
    """Ask about the orders that are due; the number asked. Claimed row by row, so two processes share the work."""
    asked = 0
    with transaction():
        due = queries.due_orders(now, BATCH)
        mine = [order_id for order_id, was in due if queries.claim_inquiry(order_id, was, now + CLAIM)]
    for order_id in mine:
        services.refresh(order_id, now=now)
        asked += 1
    return asked
