"""Readers of item statistics: counting the finished papers, the counted items, what an annulment would change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, func, literal_column, select
from sqlalchemy.orm import contains_eager, defer

from lms.core.db import db, is_postgresql
from lms.exams.models import Annulment, Answer, Attempt, ItemStatistic, PaperItem
from lms.questions.models import Question, QuestionVersion
from lms.questions.rules.statistics import Flag, Sums, flags

_OF_ITEM = and_(Answer.attempt_id == PaperItem.attempt_id, Answer.number == PaperItem.number)
_MEASURED = (Attempt.state == "finished", Attempt.annulled_at.is_(None))  # an annulled exam says nothing of its items
_RIGHT = case((Answer.option == PaperItem.key, 1), else_=0)


def sums(recent_since: datetime) -> Sequence[Row[Any]]:
    """(question_version_id, the fields of `Sums`) of every wording met in a finished paper. One statement."""
    rest = Attempt.correct - _RIGHT
    recent = case((Attempt.finalised_at >= recent_since, 1), else_=0)
    return db.session.execute(
        select(
            PaperItem.question_version_id,
            func.count().label("papers"),
            func.sum(_RIGHT).label("right"),
            func.sum(rest).label("rest"),
            func.sum(rest * rest).label("rest_squared"),
            func.sum(rest * _RIGHT).label("rest_of_right"),
            func.sum(recent).label("recent"),
            func.sum(recent * _RIGHT).label("recent_right"),
        )
        .join(Attempt, Attempt.id == PaperItem.attempt_id)
        .outerjoin(Answer, _OF_ITEM)
        .where(*_MEASURED)
        .group_by(PaperItem.question_version_id)
    ).all()


def choices() -> Sequence[Row[int, int, str, int]]:
    """(question_version_id, variant, the chosen option's text or None, how often) over the finished papers. One statement."""
    text = _chosen_text().label("text")
    return db.session.execute(
        select(PaperItem.question_version_id, PaperItem.variant, text, func.count())
        .join(Attempt, Attempt.id == PaperItem.attempt_id)
        .outerjoin(Answer, _OF_ITEM)
        .where(*_MEASURED)
        .group_by(PaperItem.question_version_id, PaperItem.variant, text)
    ).all()


def _chosen_text() -> ColumnElement[str]:
    """The text of the option whose letter was saved; the letters of a paper follow each other from A."""
    if is_postgresql():
        return literal_column("paper_item.options -> (ascii(answer.option) - 65) ->> 'text'")
    return literal_column("json_extract(paper_item.options, '$[' || (unicode(answer.option) - 65) || '].text')")


@dataclass(frozen=True, slots=True)
class Counted:
    """One wording with what was counted of it."""

    version: QuestionVersion
    sums: Sums
    chosen: Mapping[str, int]
    counted_at: datetime | None
    annulment: Annulment | None

    @property
    def flags(self) -> tuple[Flag, ...]:
        wrong = [count for name, count in self.chosen.items() if name not in ("0", "blank")]
        expected = 0 if self.version.variants else len(self.version.options) - 1
        return flags(self.sums, wrong + [0] * (expected - len(wrong)))


def counted(*, programme: str | None = None, code: str | None = None) -> list[Counted]:
    """Every current wording, and each older one that was met, by code and newest first. One statement."""
    query = (
        select(QuestionVersion, ItemStatistic, Annulment)
        .join(Question, Question.id == QuestionVersion.question_id)
        .outerjoin(ItemStatistic, ItemStatistic.question_version_id == QuestionVersion.id)
        .outerjoin(Annulment, Annulment.question_version_id == QuestionVersion.id)
        .where(QuestionVersion.superseded_at.is_(None) | ItemStatistic.question_version_id.is_not(None))
        .options(contains_eager(QuestionVersion.question))
        .order_by(Question.code, QuestionVersion.id.desc())
    )
    if programme is not None:
        query = query.where(Question.programme_code == programme)
    query = (
        query.where(Question.code == code) if code is not None else query.options(defer(QuestionVersion.explanation))
    )
    return [_counted(*row) for row in db.session.execute(query)]


def _counted(version: QuestionVersion, row: ItemStatistic | None, annulment: Annulment | None) -> Counted:
    if row is None:
        return Counted(version, Sums(0, 0, 0, 0, 0), {}, None, annulment)
    found = Sums(row.papers, row.right, row.rest, row.rest_squared, row.rest_of_right, row.recent, row.recent_right)
    return Counted(version, found, row.chosen, row.counted_at, annulment)


def uncredited(*, version_id: int | None = None) -> Sequence[int]:
    """Finished attempts that met an annulled item without answering it right and are not credited for all of them yet.

    With a ``version_id``: those that its annulment would credit, whether it is annulled or not.
    """
    met = (
        select(PaperItem.attempt_id, func.count().label("owed"))
        .outerjoin(Answer, _OF_ITEM)
        .where(func.coalesce(Answer.option, "") != PaperItem.key)
        .group_by(PaperItem.attempt_id)
    )
    if version_id is not None:
        owed = met.where(PaperItem.question_version_id == version_id).subquery()
        query = select(Attempt.id).join(owed, owed.c.attempt_id == Attempt.id).where(*_MEASURED)
        return db.session.scalars(query.order_by(Attempt.id)).all()
    owed = met.join(Annulment, Annulment.question_version_id == PaperItem.question_version_id).subquery()
    query = select(Attempt.id).join(owed, owed.c.attempt_id == Attempt.id)
    query = query.where(*_MEASURED, Attempt.credited < owed.c.owed).order_by(Attempt.id)
    return db.session.scalars(query.with_for_update(of=Attempt)).all()
