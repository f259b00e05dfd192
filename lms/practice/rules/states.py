"""What may be done with a practice quote, as a table; what time does to it is derived."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from lms.core.errors import Conflict


class State(StrEnum):
    """EXPIRED is never stored: it follows from the day (`state_on`)."""

    DRAFT = "draft"
    OFFERED = "offered"
    DECLINED = "declined"
    ISSUED = "issued"
    EXPIRED = "expired"


MOVES: dict[tuple[State, str], State] = {
    (State.DRAFT, "change"): State.DRAFT,
    (State.DRAFT, "offer"): State.OFFERED,
    (State.DRAFT, "decline"): State.DECLINED,
    (State.OFFERED, "issue"): State.ISSUED,
}


def state_on(stored: str, valid_until: date | None, today: date) -> State:
    """An offer that was not taken up lapses the day after its last one."""
    state = State(stored)
    lapsed = state is State.OFFERED and valid_until is not None and today > valid_until
    return State.EXPIRED if lapsed else state


def move(state: State, act: str) -> State:
    """The state after an act. Errors: practice.quote_expired, practice.quote_<state> where the table has no such move."""
    after = MOVES.get((state, act))
    if after is None:
        raise Conflict(f"practice.quote_{state.value}")
    return after
