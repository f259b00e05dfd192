"""R038: the browser is never the only witness; the bank is asked about every open order."""

from datetime import datetime, timedelta

from lms.core.db import transaction
from lms.payments import queries
from lms.payments.services import branch
from lms.payments.services import orders as services

BATCH = 100
CLAIM = timedelta(minutes=2)
SILENT = 3
"""After so many questions without an answer, one after the other, the rest waits: other jobs wait for this one."""


def inquire_open_orders(now: datetime) -> int:
    """Ask about the orders that are due; the number asked. Claimed row by row, so two processes share the work."""
    asked = 0
    with transaction():
        due = queries.due_orders(now, BATCH)
        mine = [order_id for order_id, was in due if queries.claim_inquiry(order_id, was, now + CLAIM)]
    silent = 0
    for order_id in mine:
        silent = silent + 1 if services.refresh(order_id, now=now) is None else 0
        asked += 1
        if silent == SILENT:
            break
    return asked


def match_branch_lines(now: datetime) -> int:
    """R046: branch payments of people who have registered since; how many. The form's opening does not depend on when it runs."""
    with transaction():
        return branch.match(now)
