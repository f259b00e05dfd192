"""Readers of requests for extra time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from lms.core.db import db
from lms.courses.models import Lesson
from lms.courses.queries import current_releases
from lms.enrolment.models import Application
from lms.exams.models import Accommodation
from lms.exams.rules import accommodation as rules
from lms.learning.models import LessonProgress, Training
from lms.terms.models import Term


def request(code: str, *, lock: bool = False) -> Accommodation | None:
    """One request; locked for who decides on it."""
    found = select(Accommodation).where(Accommodation.code == code)
    if lock:
        found = found.with_for_update(of=Accommodation).execution_options(populate_existing=True)
    return db.session.scalar(found)


def of_application(application_id: int) -> Sequence[Accommodation]:
    """Newest first."""
    rows = select(Accommodation).where(Accommodation.application_id == application_id)
    return db.session.scalars(rows.order_by(Accommodation.id.desc())).all()


def of_member(member_id: int) -> Sequence[Accommodation]:
    """A person's requests, newest first."""
    rows = select(Accommodation).where(Accommodation.member_id == member_id)
    return db.session.scalars(rows.order_by(Accommodation.id.desc())).all()


def is_waiting(application_id: int) -> bool:
    """Whether somebody still waits for the answer."""
    found = select(Accommodation.id).where(
        Accommodation.application_id == application_id, Accommodation.status == "requested"
    )
    return db.session.scalar(found) is not None


def granted(application_ids: Collection[int]) -> dict[int, int]:
    """The extra minutes of those applications that have any."""
    rows = db.session.execute(
        select(Accommodation.application_id, Accommodation.minutes).where(
            Accommodation.application_id.in_(application_ids), Accommodation.status == "granted"
        )
    )
    return {key: minutes for key, minutes in rows if minutes is not None}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request and the first instant at which its exam can be begun; ``trained``: that instant is already there."""

    request: Accommodation
    first_exam: datetime
    trained: bool


def queue(now: datetime, limit: int = 200) -> list[Waiting]:
    """D-14: to be answered before the first exam, so the soonest first."""
    seen = select(func.coalesce(func.sum(LessonProgress.watched), 0)).where(LessonProgress.training_id == Training.id)
    long = select(func.coalesce(func.sum(Lesson.duration), 0)).where(Lesson.release_id == Training.release_id)
    first = func.coalesce(Training.completed_at, Application.assigned_at)
    rows = db.session.execute(
        select(Accommodation, Training.completed_at, Training.id, long.scalar_subquery() - seen.scalar_subquery())
        .join(Application, Application.id == Accommodation.application_id)
        .outerjoin(Training, Training.application_id == Application.id)
        .where(Accommodation.status == "requested")
        .order_by(first, Accommodation.id)
        .limit(limit)
    ).all()
    whole = {release.programme_code: release.duration for release in current_releases()}
    found = []
    for row, completed_at, training, left in rows:
        seconds = int(left) if training is not None else whole.get(row.application.term.programme.code, 0)
        at = rules.first_exam(row.application.assigned_at, completed_at, seconds, now)
        found.append(Waiting(row, at, completed_at is not None))
    return sorted(found, key=lambda one: one.first_exam)


def kept_of(member_id: int) -> Sequence[Accommodation]:
    """One person's requests with something still kept."""
    return db.session.scalars(select(Accommodation).filter_by(member_id=member_id, erased_at=None)).all()


def to_erase(limit: datetime) -> Sequence[Accommodation]:
    """D-10: whose study window ended before `limit`, with something still kept."""
    return db.session.scalars(
        select(Accommodation)
        .join(Application, Application.id == Accommodation.application_id)
        .join(Term, Term.id == Application.term_id)
        .where(Accommodation.erased_at.is_(None), Term.study_to < limit)
    ).all()


def file_keys() -> set[str]:
    return {key for key in db.session.scalars(select(Accommodation.file_key)) if key is not None}
