"""Reading the bank."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import lazyload

from lms.core.db import db
from lms.questions.models import PaperPlan, Question, QuestionVersion
from lms.questions.rules.drawing import Entry, Slot


def plan(programme: str) -> list[Slot]:
    """The slots of a programme's paper; empty if nothing was imported."""
    row = db.session.get(PaperPlan, programme)
    return [Slot(topic, difficulty) for topic, difficulty in row.slots] if row else []


def topic_titles(programme: str) -> dict[str, str]:
    """Topic -> its Turkish title."""
    row = db.session.get(PaperPlan, programme)
    return dict(row.titles) if row else {}


def pool(programme: str, day: date) -> list[Entry]:
    """The questions that may be drawn on a civil day."""
    rows = db.session.execute(
        select(Question.id, Question.code, Question.topic, QuestionVersion.difficulty)
        .join(QuestionVersion, QuestionVersion.question_id == Question.id)
        .where(
            Question.programme_code == programme,
            Question.withdrawn_at.is_(None),
            QuestionVersion.superseded_at.is_(None),
            or_(Question.held_from.is_(None), Question.held_from > day),
            or_(QuestionVersion.holds_from.is_(None), QuestionVersion.holds_from <= day),
            or_(QuestionVersion.holds_until.is_(None), QuestionVersion.holds_until > day),
        )
    )
    return [Entry(*row) for row in rows]


def current_versions(question_ids: Collection[int]) -> Sequence[QuestionVersion]:
    """The current wording of each of these questions."""
    return db.session.scalars(
        select(QuestionVersion)
        .options(lazyload(QuestionVersion.question))
        .where(QuestionVersion.question_id.in_(question_ids), QuestionVersion.superseded_at.is_(None))
    ).all()


@dataclass(frozen=True, slots=True)
class Known:
    """A wording the database already has."""

    question_id: int
    version_id: int
    superseded_at: datetime | None
    source_hash: str
    citations: list[Any]


def questions_by_code() -> dict[str, Any]:
    """Code -> (id, programme, topic, withdrawn_at, held_from, held_why) of every question ever imported."""
    rows = db.session.execute(
        select(
            Question.code,
            Question.id,
            Question.programme_code,
            Question.topic,
            Question.withdrawn_at,
            Question.held_from,
            Question.held_why,
        )
    )
    return {row.code: row for row in rows}


def versions_by_hash() -> dict[tuple[int, str], Known]:
    """(question id, content hash) -> the wording, superseded or not."""
    rows = db.session.execute(
        select(
            QuestionVersion.question_id,
            QuestionVersion.id,
            QuestionVersion.superseded_at,
            QuestionVersion.source_hash,
            QuestionVersion.citations,
            QuestionVersion.content_hash,
        )
    )
    return {(row.question_id, row.content_hash): Known(*row[:-1]) for row in rows}
