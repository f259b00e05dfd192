"""Reading trainings and, for a player's report, everything at once; the report's write, in one statement where the database can."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Text, bindparam, func, select, text, update
from sqlalchemy.dialects import sqlite

from lms.core.db import JsonValue, UTCDateTime, at_once, db, insert_ignore, is_postgresql
from lms.courses.models import CourseRelease, Lesson
from lms.enrolment.models import Application
from lms.learning.models import Beat, LearnerClock, LessonProgress, Training
from lms.membership.queries import LIVE_MEMBER_SQL
from lms.terms.models import Programme, Term

# --- pages ---------------------------------------------------------------------------------------------------------------------


def trainings(member_id: int, application_code: str | None = None) -> list[tuple[Application, Training | None]]:
    """The member's applications, newest first, each with its training if one was begun."""
    statement = (
        select(Application, Training)
        .outerjoin(Training, Training.application_id == Application.id)
        .where(Application.member_id == member_id)
        .order_by(Application.submitted_at.desc(), Application.id.desc())
    )
    if application_code is not None:
        statement = statement.where(Application.code == application_code)
    return [(application, training) for application, training in db.session.execute(statement)]


def releases(ids: Collection[int]) -> dict[int, CourseRelease]:
    """Releases with their lessons."""
    found = db.session.scalars(select(CourseRelease).where(CourseRelease.id.in_(ids)))
    return {release.id: release for release in found}


def progress(training_ids: Collection[int]) -> dict[tuple[int, int], LessonProgress]:
    """(training, lesson) -> what was watched."""
    found = db.session.scalars(select(LessonProgress).where(LessonProgress.training_id.in_(training_ids)))
    return {(row.training_id, row.lesson_id): row for row in found}


def completions(application_ids: Collection[int]) -> dict[int, datetime]:
    """Application -> the instant at which every second had been watched."""
    found = db.session.execute(
        select(Training.application_id, Training.completed_at).where(
            Training.application_id.in_(application_ids), Training.completed_at.is_not(None)
        )
    )
    return {application_id: at for application_id, at in found if at is not None}


def attendance(application_ids: Collection[int]) -> Sequence[Any]:
    """R076: per begun training: application, started, completed, seconds watched, seconds of the course, last credited report."""
    watched = (
        select(
            LessonProgress.training_id,
            func.sum(LessonProgress.watched).label("watched"),
            func.max(LessonProgress.updated_at).label("last"),
        )
        .group_by(LessonProgress.training_id)
        .subquery()
    )
    total = select(Lesson.release_id, func.sum(Lesson.duration).label("total")).group_by(Lesson.release_id).subquery()
    return db.session.execute(
        select(
            Training.application_id,
            Training.started_at,
            Training.completed_at,
            func.coalesce(watched.c.watched, 0),
            total.c.total,
            watched.c.last,
        )
        .join(total, total.c.release_id == Training.release_id)
        .outerjoin(watched, watched.c.training_id == Training.id)
        .where(Training.application_id.in_(application_ids))
    ).all()


# --- a player's report ---------------------------------------------------------------------------------------------------------

_newest_release = (
    select(CourseRelease.id)
    .where(CourseRelease.programme_code == Programme.code)
    .order_by(CourseRelease.published_at.desc(), CourseRelease.id.desc())
    .limit(1)
    .correlate(Programme)
    .scalar_subquery()
)
_last_seq = (
    select(func.max(Beat.seq))
    .where(Beat.training_id == Training.id, Beat.session == bindparam("session"))
    .correlate(Training)
    .scalar_subquery()
)
_total = select(func.sum(Lesson.duration)).where(
    Lesson.release_id == func.coalesce(Training.release_id, _newest_release)
)
_watched = select(func.coalesce(func.sum(LessonProgress.watched), 0)).where(LessonProgress.training_id == Training.id)
_state = (
    select(
        Application.id.label("application_id"),
        Application.member_id,
        Application.assigned_at,
        Application.outcome,
        Term.study_from,
        Term.study_to,
        Training.id.label("training_id"),
        Training.completed_at,
        Lesson.id.label("lesson_id"),
        Lesson.release_id,
        Lesson.duration,
        _total.correlate(Training, Programme).scalar_subquery().label("total"),
        _watched.correlate(Training).scalar_subquery().label("watched_total"),
        LessonProgress.ranges,
        LearnerClock.last_beat_at,
        LearnerClock.slack_ms,
        LearnerClock.session,
        Beat.seq,
        Beat.lesson_id.label("beat_lesson_id"),
        Beat.answer,
    )
    .join(Term, Term.id == Application.term_id)
    .join(Programme, Programme.id == Term.programme_id)
    .outerjoin(Training, Training.application_id == Application.id)
    .join(
        Lesson,
        (Lesson.release_id == func.coalesce(Training.release_id, _newest_release))
        & (Lesson.code == bindparam("lesson")),
    )
    .outerjoin(LessonProgress, (LessonProgress.training_id == Training.id) & (LessonProgress.lesson_id == Lesson.id))
    .outerjoin(LearnerClock, LearnerClock.member_id == Application.member_id)
    .outerjoin(
        Beat, (Beat.training_id == Training.id) & (Beat.session == bindparam("session")) & (Beat.seq == _last_seq)
    )
    .where(Application.code == bindparam("application"))
)
_own_state = _state.where(Application.member_id == bindparam("member"))
_session_state = _state.where(Application.member_id == text(f"({LIVE_MEMBER_SQL})"))


def state(member_id: int, application_code: str, lesson_code: str, session: str) -> Any:
    """Everything that judging a report needs, in one statement; None where the application is not the member's own or the
    lesson not of its course."""
    given = {"member": member_id, "application": application_code, "lesson": lesson_code, "session": session}
    return db.session.execute(_own_state, given).one_or_none()


def state_at_once(log_in: Mapping[str, object], application_code: str, lesson_code: str, session: str) -> Any:
    """The same for the member of a log-in that nobody has looked up yet (membership's `live_member_values`)."""
    return at_once(
        _session_state, {**log_in, "application": application_code, "lesson": lesson_code, "session": session}
    )


def begin(application_id: int, member_id: int, release_id: int, now: datetime) -> bool:
    """The training's row and the member's clock, once; whether this call made the training."""
    insert_ignore(
        LearnerClock, [{"member_id": member_id, "last_beat_at": now, "slack_ms": 2000, "session": ""}], ["member_id"]
    )
    row = {"application_id": application_id, "member_id": member_id, "release_id": release_id, "started_at": now}
    return insert_ignore(Training, [row], ["application_id"]) == 1


_JSON, _AT = JsonValue(), UTCDateTime()
_STORE = text("""
WITH clock AS (
  UPDATE learner_clock SET last_beat_at = :at, slack_ms = :slack, session = :session
  WHERE member_id = :member AND last_beat_at = :seen_at AND slack_ms = :seen_slack AND session = :seen_session
  RETURNING member_id
), ledger AS (
  INSERT INTO beat (training_id, lesson_id, session, seq, at, claimed, credited, answer)
  SELECT :training, :lesson, :session, :seq, :now, :claimed, :credited, :answer FROM clock
), folded AS (
  INSERT INTO lesson_progress (training_id, lesson_id, ranges, watched, position, updated_at)
  SELECT :training, :lesson, :ranges, :watched, :position, :now FROM clock
  ON CONFLICT (training_id, lesson_id) DO UPDATE
  SET ranges = excluded.ranges, watched = excluded.watched, position = excluded.position, updated_at = excluded.updated_at
), done AS (
  UPDATE training SET completed_at = :now FROM clock WHERE training.id = :training AND :complete AND training.completed_at IS NULL
)
SELECT count(*) FROM clock
""").bindparams(
    bindparam("at", type_=_AT), bindparam("seen_at", type_=_AT), bindparam("now", type_=_AT), bindparam("claimed", type_=_JSON),
    bindparam("credited", type_=_JSON), bindparam("answer", type_=_JSON), bindparam("ranges", type_=_JSON), bindparam("session", type_=Text()),
)  # fmt: skip


def store(values: dict[str, Any]) -> bool:
    """Ledger, union, clock and completion together; False where another device was faster: judge the report again.

    The member's clock is the guard: it changes with every accepted report, and a write that was judged by an older clock
    writes nothing. `values` has the names of the statement above.
    """
    if is_postgresql():
        return int(db.session.execute(_STORE, values).scalar_one()) == 1
    return _store_stepwise(values)


def store_at_once(values: dict[str, Any]) -> bool:
    """The same as a transaction of its own; PostgreSQL only."""
    row = at_once(_STORE, values)
    return row is not None and int(row[0]) == 1


def _store_stepwise(v: dict[str, Any]) -> bool:
    """The same for SQLite, which has no data-modifying CTEs; BEGIN IMMEDIATE keeps other writers out meanwhile."""
    moved = db.session.connection().execute(
        update(LearnerClock)
        .where(
            LearnerClock.member_id == v["member"],
            LearnerClock.last_beat_at == v["seen_at"],
            LearnerClock.slack_ms == v["seen_slack"],
            LearnerClock.session == v["seen_session"],
        )
        .values(last_beat_at=v["at"], slack_ms=v["slack"], session=v["session"])
    )
    if moved.rowcount != 1:
        return False
    keys = {"training_id": v["training"], "lesson_id": v["lesson"]}
    report = {
        "session": v["session"],
        "seq": v["seq"],
        "at": v["now"],
        "claimed": v["claimed"],
        "credited": v["credited"],
        "answer": v["answer"],
    }
    db.session.execute(sqlite.insert(Beat).values(**keys, **report))
    folded = {"ranges": v["ranges"], "watched": v["watched"], "position": v["position"], "updated_at": v["now"]}
    upsert = sqlite.insert(LessonProgress).values(**keys, **folded)
    db.session.execute(upsert.on_conflict_do_update(index_elements=["training_id", "lesson_id"], set_=folded))
    if v["complete"]:
        db.session.execute(
            update(Training)
            .where(Training.id == v["training"], Training.completed_at.is_(None))
            .values(completed_at=v["now"])
        )
    return True
