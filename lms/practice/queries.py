"""Reading exercises; only ever through the member they belong to."""

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from lms.core.db import db
from lms.practice.models import PracticeExercise, PracticeQuote


def exercise_of(member_id: int, task: str, *, lock: bool = False) -> PracticeExercise | None:
    """A member's exercise with its quotes; ``lock`` for those who will write to it."""
    found = select(PracticeExercise).where(PracticeExercise.member_id == member_id, PracticeExercise.task == task)
    if lock:
        found = found.with_for_update()
    return db.session.scalars(found.options(selectinload(PracticeExercise.quotes))).one_or_none()


def exercises_of(member_id: int) -> dict[str, PracticeExercise]:
    """All of a member's exercises by task, with what their checks look at."""
    found = select(PracticeExercise).where(PracticeExercise.member_id == member_id)
    with_all = found.options(selectinload(PracticeExercise.quotes).selectinload(PracticeQuote.policy))
    return {exercise.task: exercise for exercise in db.session.scalars(with_all)}
