"""R045, D-8: what accounting may say of a slip. Whether it was in time is `terms.rules.receipt_in_time`; late ones are taken and flagged."""

from datetime import timedelta
from typing import Final

from lms.core.errors import Conflict, Invalid

REASON: Final = (5, 500)
KEEP: Final = timedelta(days=60)
"""How long the files lie here once the slip is decided."""

MOST_WAITING: Final = 5
"""The most slips of one person that wait at a time."""

_NEXT: Final = {("waiting", "accept"): "accepted", ("waiting", "refuse"): "refused", ("refused", "accept"): "accepted"}


def decide(status: str, act: str, reason: str) -> tuple[str, str]:
    """The status after "accept" or "refuse", and the reason, which a refusal needs. Errors: slip.decided, slip.reason."""
    following = _NEXT.get((status, act))
    if following is None:
        raise Conflict("slip.decided")
    text = " ".join(reason.split())
    if (act == "refuse" and len(text) < REASON[0]) or len(text) > REASON[1]:
        raise Invalid("slip.reason", least=REASON[0], most=REASON[1])
    return following, text
