"""What the answers say of an item, in the field's measures. Pure; counts in, values and flags out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

ENOUGH = 30  # answers below which nothing is flagged
ENOUGH_FOR_DISTRACTORS = 100
EASY, HARD = 0.95, 0.30  # blind guessing among four options reaches 0.25
WEAK = 0.10
DEAD = 0.02
SUDDEN = 3.0  # standard errors between two facilities


class Flag(StrEnum):
    """What a person should look at; never a verdict."""

    EASY = "easy"
    HARD = "hard"
    NEGATIVE = "negative"
    WEAK = "weak"
    CHANGED = "changed"
    DEAD_DISTRACTOR = "dead_distractor"


@dataclass(frozen=True, slots=True)
class Sums:
    """Over the finished papers with an item: how many, how many right, and the sums of the rest scores.

    The rest score of a paper is its number of other right answers; ``rest_of_right`` sums it over the papers with this
    item right, ``rest_squared`` is the sum of its squares. ``recent`` and ``recent_right`` count the latest days.
    """

    papers: int
    right: int
    rest: int
    rest_squared: int
    rest_of_right: int
    recent: int = 0
    recent_right: int = 0

    @property
    def facility(self) -> float | None:
        """The share of right answers, blanks counted as wrong; None without papers."""
        return self.right / self.papers if self.papers else None

    @property
    def discrimination(self) -> float | None:
        """The correlation of the item with the rest of its paper (corrected item-total, -1 to 1); None where it is undefined."""
        wrong = self.papers - self.right
        spread = self.papers * self.rest_squared - self.rest**2
        if not self.right or not wrong or spread <= 0:
            return None
        covariance = self.papers * self.rest_of_right - self.right * self.rest
        return covariance / math.sqrt(self.right * wrong * spread)

    @property
    def change(self) -> float | None:
        """The latest facility against the one before, in standard errors of their difference; None with too few of either."""
        before, before_right = self.papers - self.recent, self.right - self.recent_right
        if min(before, self.recent) < ENOUGH:
            return None
        pooled = self.right / self.papers
        error = math.sqrt(pooled * (1 - pooled) * (1 / before + 1 / self.recent))
        return (self.recent_right / self.recent - before_right / before) / error if error else None


def flags(sums: Sums, distractors: Sequence[int] = ()) -> tuple[Flag, ...]:
    """What stands out, once there are enough answers. ``distractors``: how often each wrong option was chosen."""
    facility, discrimination, change = sums.facility, sums.discrimination, sums.change
    if facility is None or sums.papers < ENOUGH:
        return ()
    found = []
    if facility > EASY:
        found.append(Flag.EASY)
    if facility < HARD:
        found.append(Flag.HARD)
    if discrimination is not None and discrimination < 0:
        found.append(Flag.NEGATIVE)
    elif discrimination is not None and discrimination < WEAK:
        found.append(Flag.WEAK)
    if change is not None and abs(change) >= SUDDEN:
        found.append(Flag.CHANGED)
    if sums.papers >= ENOUGH_FOR_DISTRACTORS and any(count < DEAD * sums.papers for count in distractors):
        found.append(Flag.DEAD_DISTRACTOR)
    return tuple(found)
