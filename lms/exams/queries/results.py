"""What a candidate learns after an exam, beside the points."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, or_, select

from lms.core.db import db
from lms.exams.models import Annulment, Answer, Attempt, PaperItem
from lms.exams.queries.attempts import Exam
from lms.exams.rules.results import AreaResult, Asked, by_area
from lms.learning.services import Place, places
from lms.questions.models import PaperPlan, Question, QuestionVersion


@dataclass(frozen=True, slots=True)
class Told:
    """An area's result, and if it was weak what to watch again."""

    area: AreaResult
    review: list[Place]


def areas_of(exam: Exam) -> list[Told]:
    """R090b, R097: of an exam that is over, also an old one; at most two statements."""
    sitting = exam.right.sitting
    if sitting is None or sitting.finalised_at is None:
        return []
    annulled = Annulment.question_version_id.is_not(None)  # R093
    right = case((or_(Answer.option == PaperItem.key, annulled), True), else_=False)
    rows = db.session.execute(
        select(Question.topic, QuestionVersion.lesson_code, QuestionVersion.slide_id, right, PaperPlan.areas)
        .select_from(PaperItem)
        .join(Attempt, Attempt.id == PaperItem.attempt_id)
        .join(QuestionVersion, QuestionVersion.id == PaperItem.question_version_id)
        .join(Question, Question.id == QuestionVersion.question_id)
        .outerjoin(PaperPlan, PaperPlan.programme_code == Question.programme_code)
        .outerjoin(Annulment, Annulment.question_version_id == PaperItem.question_version_id)
        .outerjoin(Answer, and_(Answer.attempt_id == PaperItem.attempt_id, Answer.number == PaperItem.number))
        .where(Attempt.code == exam.code)
    ).all()
    plan: list[Mapping[str, Any]] = next((areas for *_, areas in rows if areas), [])
    found = by_area([Asked(*row[:4]) for row in rows], plan, sitting.pass_mark)
    wanted = frozenset().union(*(area.taught_by for area in found if area.weak))
    known = places(exam.application.id, wanted) if wanted else []
    return [Told(area, [place for place in known if area.weak and place.of & area.taught_by]) for area in found]
