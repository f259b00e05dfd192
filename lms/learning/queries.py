"""Reading trainings and, for a player's report, everything at once; the report's write, in one statement where the database can."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from lms.core.db import at_once, db, insert_ignore, is_postgresql
from lms.courses.models import CourseRelease, Lesson
from lms.enrolment.models import Application
from lms.learning import rules
from lms.learning.models import Beat, LearnerClock, LessonProgress, Training
from lms.learning.rules import Claim
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


def taught(application_id: int, codes: Collection[str]) -> Sequence[Lesson]:
    """Some lessons of the release that the application's training is bound to."""
    return db.session.scalars(
        select(Lesson)
        .join(Training, Training.release_id == Lesson.release_id)
        .where(Training.application_id == application_id, Lesson.code.in_(codes))
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
    .where(Application.code == bindparam("application"), Application.member_id == bindparam("member"))
)


def state(member_id: int, application_code: str, lesson_code: str, session: str) -> Any:
    """Everything that judging a report needs, in one statement; None where the application is not the member's own or the
    lesson not of its course."""
    given = {"member": member_id, "application": application_code, "lesson": lesson_code, "session": session}
    return db.session.execute(_state, given).one_or_none()


def begin(application_id: int, member_id: int, release_id: int, now: datetime) -> bool:
    """The training's row and the member's clock, once; whether this call made the training."""
    insert_ignore(
        LearnerClock, [{"member_id": member_id, "last_beat_at": now, "slack_ms": 2000, "session": ""}], ["member_id"]
    )
    row = {"application_id": application_id, "member_id": member_id, "release_id": release_id, "started_at": now}
    return insert_ignore(Training, [row], ["application_id"]) == 1


def store(v: Mapping[str, Any]) -> bool:
    """Ledger, union, clock and completion together; False where another device was faster: judge the report again.

    The member's clock is the guard: it changes with every accepted report, and a write that was judged by an older clock
    writes nothing.
    """
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
    folded = {"ranges": v["ranges"], "watched": v["watched"], "position": v["position"], "updated_at": v["now"]}
    upsert = (postgresql if is_postgresql() else sqlite).insert(LessonProgress).values(**keys, **folded)
    db.session.execute(upsert.on_conflict_do_update(index_elements=["training_id", "lesson_id"], set_=folded))
    report = {"session": v["session"], "seq": v["seq"], "at": v["now"]}
    report |= {name: v[name] for name in ("claimed", "credited", "answer")}
    db.session.execute(insert(Beat).values(**keys, **report))
    if v["complete"]:
        db.session.execute(
            update(Training)
            .where(Training.id == v["training"], Training.completed_at.is_(None))
            .values(completed_at=v["now"])
        )
    return True


# --- the same in one statement, for the player's every few seconds (PostgreSQL) --------------------------------------------------


def _set_of(ranges: str) -> str:
    """Our JSON of ranges, [[0, 5], [7, 9]], as the database's own set of them: {[0,5),[7,9)}."""
    return f"CAST('{{' || TRANSLATE(SUBSTR({ranges}, 2, LENGTH({ranges}) - 2), ']', ')') || '}}' AS int4multirange)"


def _json_of(ranges: str) -> str:
    return f"CAST(TRANSLATE(CAST({ranges} AS TEXT), '{{}})', '[]]') AS JSONB)"


# `rules.credit`, `rules.union` and `rules.gaps` in the database's words; tests/learning/test_one_statement.py holds both
# equal. Seconds beyond the bound are cut off one range; a report that would need more than that is not taken.
# MATERIALIZED: else each use of a column would compute it again.
_CREDIT = text(f"""
WITH seen AS MATERIALIZED (
  SELECT t.id AS training_id, l.id AS lesson_id, l.duration, c.member_id, c.last_beat_at, c.slack_ms, c.session,
    p.id AS progress_id, p.watched, {_set_of("CAST(p.ranges AS TEXT)")} AS ranges,
    (SELECT SUM(duration) FROM lesson WHERE release_id = t.release_id) AS total,
    (SELECT SUM(watched) FROM lesson_progress WHERE training_id = t.id) AS watched_total,
    (SELECT MAX(seq) FROM beat WHERE training_id = t.id AND session = :session) AS last_seq, t.completed_at,
    c.slack_ms + CAST(TRUNC(:rate * CAST(
      GREATEST(FLOOR(EXTRACT(EPOCH FROM :now - c.last_beat_at) * 1000), 0) AS FLOAT8)) AS BIGINT) AS allowance_ms
  FROM application a JOIN term ON term.id = a.term_id JOIN training t ON t.application_id = a.id
  JOIN lesson l ON l.release_id = t.release_id AND l.code = :lesson JOIN learner_clock c ON c.member_id = a.member_id
  JOIN lesson_progress p ON p.training_id = t.id AND p.lesson_id = l.id
  WHERE a.code = :application AND a.member_id = ({LIVE_MEMBER_SQL}) AND a.outcome IS NULL
    AND a.assigned_at <= :now AND term.study_from <= :now AND term.study_to > :now
), fresh AS MATERIALIZED (
  SELECT *, CAST(LEAST(allowance_ms / 1000, duration) AS INTEGER) AS room,
    CAST(CAST(:played AS TEXT) AS int4multirange) * int4multirange(int4range(0, duration)) - ranges AS new
  FROM seen WHERE last_seq < :seq AND completed_at IS NULL
), verdict AS MATERIALIZED (
  SELECT fresh.*, LEAST(size, room) AS counted, new * int4multirange(int4range(0, cut)) AS credited,
    ranges + new * int4multirange(int4range(0, cut)) AS folded
  FROM fresh, LATERAL (SELECT CAST(COALESCE(SUM(UPPER(r) - LOWER(r)), 0) AS INTEGER) AS size FROM UNNEST(new) r) s,
    LATERAL (SELECT CASE WHEN size > room THEN LOWER(new) + room END AS cut) c
  WHERE size <= room OR new = int4multirange(RANGE_MERGE(new))
), moved AS (
  UPDATE learner_clock c SET last_beat_at = GREATEST(:now, v.last_beat_at),
    slack_ms = LEAST({rules.SLACK_MS}, v.allowance_ms - 1000 * v.counted), session = :session
  FROM verdict v WHERE c.member_id = v.member_id AND v.watched_total + v.counted < v.total
    AND c.last_beat_at = v.last_beat_at AND c.slack_ms = v.slack_ms AND c.session = v.session
  RETURNING v.*, JSONB_BUILD_OBJECT(
    'watched', v.watched + v.counted, 'percent', 100 * LEAST(v.watched + v.counted, v.duration) / v.duration,
    'training_percent', 100 * (v.watched_total + v.counted) / v.total, 'completed', FALSE, 'counted', v.counted,
    'gaps', {_json_of("int4multirange(int4range(0, v.duration)) - v.folded")},
    'elsewhere', v.session NOT IN ('', :session) AND v.last_beat_at > :elsewhere_since) AS answer
), ledger AS (
  INSERT INTO beat (training_id, lesson_id, session, seq, at, claimed, credited, answer)
  SELECT training_id, lesson_id, :session, :seq, :now, {_json_of(":played")}, {_json_of("credited")}, answer FROM moved
), progress AS (
  UPDATE lesson_progress p SET ranges = {_json_of("m.folded")}, watched = m.watched + m.counted,
    position = LEAST(:position, m.duration), updated_at = :now
  FROM moved m WHERE p.id = m.progress_id
)
SELECT answer FROM moved
""")  # noqa: S608 - constants of this code base only


def credit_at_once(
    log_in: Mapping[str, object], application: str, lesson: str, claim: Claim, now: datetime
) -> dict[str, Any] | None:
    """A running training's further report of a log-in that nobody has looked up yet: judged, stored, and its answer.

    None, and nothing stored, for whatever else: no such log-in or training, the first report of a session or of a lesson, one
    that is not new, one that makes the training complete, another device that was faster at this very instant.
    """
    values = {
        **log_in, "application": application, "lesson": lesson, "now": now, "elsewhere_since": now - rules.ELSEWHERE,
        "session": claim.session, "seq": claim.seq, "position": claim.position, "rate": min(claim.rate, rules.MAX_RATE),
        "played": "{" + ",".join(f"[{start},{end})" for start, end in claim.played) + "}",
    }  # fmt: skip
    row = at_once(_CREDIT, values)
    return None if row is None else row.answer
