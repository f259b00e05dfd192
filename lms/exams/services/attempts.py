"""Business acts of the exam: start, answers, end, and what the application comes to.

Rights are computed at `now` (queries, rules); the first row is made by the start. Whoever settles an attempt whose time
is over (the job, the candidate's late finish) writes exactly what a read would have computed.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import TextClause, TextualSelect, bindparam, insert, select, text, update

from lms.audit.rules import Act as AuditAct
from lms.audit.services import record
from lms.core.access import SYSTEM, Actor
from lms.core.db import UTCDateTime, at_once, db, insert_ignore, is_postgresql
from lms.core.errors import Conflict, Invalid
from lms.enrolment import services as enrolment
from lms.exams.models import AnswerEvent, Attempt, PaperItem
from lms.exams.queries import accommodation, attempts, due
from lms.exams.queries.attempts import (
    Exam,
    Overview,
    Paper,
    State,
    attempts_of,
    exam_of,
    overviews,
    paper_of,
    parameters,
    state_of,
)
from lms.exams.queries.results import Told, areas_of
from lms.exams.rules import exam as rules
from lms.exams.rules.exam import Act, Outcome, Status
from lms.membership.queries import LIVE_MEMBER_SQL
from lms.notifications import services as notifications
from lms.questions import services as questions

__all__ = [
    "Exam", "Overview", "Paper", "Result", "Saved", "State", "Told", "areas_of", "attempts_of", "complete", "demo_key",
    "exam_of", "overviews", "paper_of", "result_of", "save_answer", "save_answer_at_once", "settle_due", "start", "state_of",
]  # fmt: skip

# --- start -------------------------------------------------------------------------------------------------------


def start(code: str, *, actor: Actor, now: datetime, device: str | None = None) -> Paper:
    """R013, R084, R086: the clock starts here. The paper, the end, the pass mark and the points are frozen.

    ``device`` is the mark of the browser, where there is one; nothing depends on it.

    A second press, at once or from another device, answers the same paper. Errors: exam.not_yet, exam.closed,
    exam.lapsed, exam.application_closed, exam.no_paper (then the attempt was not used).
    """
    overview, exam = exam_of(actor, code, now=now)
    rules.check(exam.right, Act.START, study_end=overview.parameters.study.end)
    if exam.right.status is Status.ASSIGNED:
        if overview.application.outcome is not None:
            raise Conflict("exam.application_closed")
        _freeze(overview, exam, actor, now, device)
    return paper_of(actor, code, now=now)


def _freeze(overview: Overview, exam: Exam, actor: Actor, now: datetime, device: str | None) -> None:
    terms = overview.parameters
    ends_at = rules.ends_at(now, minutes=terms.minutes, study_end=terms.study.end)
    row = {
        "code": exam.code,
        "application_id": overview.application.id,
        "member_id": overview.application.member_id,
        "ordinal": exam.ordinal,
        "available_at": exam.available_at,
        "started_at": now,
        "ends_at": ends_at,
        "extra_minutes": terms.extra_minutes,
        "question_count": terms.question_count,
        "pass_mark": terms.pass_mark,
        "state": Status.IN_PROGRESS.value,
        "last_seq": 0,
        "device": device,
    }
    spent = attempts.questions_spent(overview.application.member_id)
    if not insert_ignore(Attempt, [row]):
        return  # somebody else's press was first; its paper counts
    attempt_id = db.session.scalars(select(Attempt.id).where(Attempt.code == exam.code)).one()
    programme = overview.application.term.programme.code
    drawn = questions.draw(programme, terms.question_count, used=spent, seed=secrets.token_hex(16), now=now)
    if len(drawn) != terms.question_count:
        raise Conflict("exam.no_paper")
    items = [
        {
            "attempt_id": attempt_id,
            "number": number,
            "question_version_id": item.version_id,
            "variant": item.variant,
            "stem": item.stem,
            "table": item.table,
            "options": item.options,
            "key": item.key,
        }
        for number, item in enumerate(drawn, 1)
    ]
    db.session.execute(insert(PaperItem), items)
    record(
        AuditAct.EXAM_STARTED,
        actor=actor,
        subject=("exam", exam.code),
        now=now,
        data={"ends_at": ends_at.isoformat(), "extra_minutes": terms.extra_minutes},
    )


# --- answers -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Saved:
    """`seq` is the highest one the server knows: after `saved=False` the client counts on from it."""

    saved: bool
    seq: int
    remaining_ms: int


# The row of the attempt is the lock: every save of one attempt passes through its update, so that saves, the finish
# and the job can only come one after the other, and each sees what the one before it did.
_CLAIM = """
UPDATE attempt SET last_seq = COALESCE(CAST(:seq AS INTEGER), last_seq + 1)
WHERE code = :code AND member_id = {member} AND state = 'in_progress' AND ends_at > :latest
  AND (CAST(:seq AS INTEGER) IS NULL OR last_seq < CAST(:seq AS INTEGER))
  AND EXISTS (SELECT 1 FROM paper_item i WHERE i.attempt_id = attempt.id AND i.number = :number AND {offered})
RETURNING id, ends_at, last_seq
"""
_OFFERED_PG = "(CAST(:option AS VARCHAR) IS NULL OR i.options @> CAST(:choice AS JSONB))"
_OFFERED_SQLITE = (
    "(:option IS NULL OR EXISTS (SELECT 1 FROM json_each(i.options) o WHERE json_extract(o.value, '$.key') = :option))"
)
_EVENT = "INSERT INTO answer_event (attempt_id, number, option, seq, at) "
_CURRENT = "INSERT INTO answer (attempt_id, number, option, seq, saved_at) "
_ON_CONFLICT = """
ON CONFLICT (attempt_id, number) DO UPDATE
SET option = excluded.option, seq = excluded.seq, saved_at = excluded.saved_at WHERE answer.seq < excluded.seq
"""
_FROM_CLAIM = "SELECT id, :number, CAST(:option AS VARCHAR), last_seq, CAST(:now AS TIMESTAMPTZ) FROM claimed"
_VALUES = "VALUES (:attempt, :number, :option, :seq, :now)"


def _moments(sql: str) -> TextualSelect:
    names = ("now", "latest", "wall", "idle_since")
    moments = [bindparam(name, type_=UTCDateTime()) for name in names if f":{name}" in sql]
    return text(sql).bindparams(*moments).columns(ends_at=UTCDateTime())


@cache
def _save_statement(member: str = ":member") -> TextualSelect:
    """PostgreSQL: the whole act in one statement and one round trip. `member` is the owner, or the query that finds him."""
    claim = _CLAIM.format(offered=_OFFERED_PG, member=member)
    return _moments(
        f"WITH claimed AS ({claim}), "  # noqa: S608 - constants of this code base only
        f"event AS ({_EVENT}{_FROM_CLAIM}), current AS ({_CURRENT}{_FROM_CLAIM}{_ON_CONFLICT}) "
        "SELECT id, ends_at, last_seq FROM claimed"
    )


@cache
def _guard_statement() -> TextualSelect:
    """SQLite, where a save costs no network: the guarded claim; the two rows follow it in the same transaction."""
    return _moments(_CLAIM.format(offered=_OFFERED_SQLITE, member=":member"))


@cache
def _row_statements() -> tuple[TextClause, TextClause]:
    moment = bindparam("now", type_=UTCDateTime())
    return text(_EVENT + _VALUES).bindparams(moment), text(_CURRENT + _VALUES + _ON_CONFLICT).bindparams(moment)


def save_answer(
    code: str, number: int, option: str | None, *, actor: Actor, now: datetime, seq: int | None = None
) -> Saved:
    """R088, D-21: one choice, stored before it is acknowledged; None clears it.

    Owner, state, deadline with its grace, the question and its options, and the order by `seq` are all checked inside
    the write. Without `seq` (a page without script) the save is the newest. A `seq` that is not higher than the last
    one changes nothing: saved=False, unless it repeats the very same save. Errors: exam.closed, exam.not_started,
    exam.no_such_question, exam.no_such_option, exam.bad_seq.
    """
    values = _save_values(code, number, option, seq=seq, now=now) | {"member": actor.member_id}
    if is_postgresql():
        row = db.session.execute(_save_statement(), values).one_or_none()
    else:
        row = db.session.execute(_guard_statement(), values).one_or_none()
        if row is not None:
            stored = {"attempt": row.id, "number": number, "option": option, "seq": row.last_seq, "now": now}
            for statement in _row_statements():
                db.session.execute(statement, stored)
    if row is None:
        return _not_saved(code, number, option, seq=seq, actor=actor, now=now)
    return Saved(True, row.last_seq, rules.remaining_ms(row.ends_at, now))


def save_answer_at_once(
    code: str, number: int, option: str | None, *, seq: int, session: Mapping[str, object], now: datetime
) -> Saved | None:
    """The same save for a session that nobody has looked up yet, on PostgreSQL: log-in, ownership, state, deadline and
    order are checked inside one statement that is its own transaction.

    `session` is membership's `live_member_values`. None: not taken, for whatever reason; `save_answer` names it.
    """
    try:
        values = _save_values(code, number, option, seq=seq, now=now) | dict(session)
    except Invalid:
        return None
    row = at_once(_save_statement(f"({LIVE_MEMBER_SQL})"), values)
    return Saved(True, row.last_seq, rules.remaining_ms(row.ends_at, now)) if row is not None else None


def _save_values(code: str, number: int, option: str | None, *, seq: int | None, now: datetime) -> dict[str, object]:
    rules.check_save(number, option, seq)
    return {
        "code": code, "number": number, "option": option, "choice": json.dumps([{"key": option}]), "seq": seq,
        "now": now, "latest": now - rules.GRACE,
    }  # fmt: skip


def _not_saved(code: str, number: int, option: str | None, *, seq: int | None, actor: Actor, now: datetime) -> Saved:
    """Why the guarded write took nothing: a named error, or a number that came too late."""
    attempt = attempts.attempt_by_code(code, member_id=actor.member_id)
    if attempt is None or attempt.state != Status.IN_PROGRESS or not rules.accepts_save(attempt.ends_at, now):
        raise attempts.why_not(actor, code, Act.SAVE, now)
    rules.check_number(number, attempt.question_count)
    options = db.session.scalars(
        select(PaperItem.options).where(PaperItem.attempt_id == attempt.id, PaperItem.number == number)
    ).one()
    rules.check_option(option, len(options))
    repeated = db.session.scalar(
        select(AnswerEvent.id).where(
            AnswerEvent.attempt_id == attempt.id,
            AnswerEvent.seq == seq,
            AnswerEvent.number == number,
            AnswerEvent.option == option if option is not None else AnswerEvent.option.is_(None),
        )
    )
    same = repeated is not None and seq == attempt.last_seq
    return Saved(same, attempt.last_seq, rules.remaining_ms(attempt.ends_at, now))


# --- the end -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Result:
    score: int
    passed: bool
    correct: int
    finalised_at: datetime


def result_of(exam: Exam) -> Result:
    """What a read shows of an attempt that is over, settled or not; exam.in_progress before."""
    sitting = exam.right.sitting
    if sitting is None or sitting.finalised_at is None or sitting.score is None:
        raise rules.refusal(exam.right.status, exam.right)
    return Result(sitting.score, bool(sitting.passed), sitting.correct, sitting.finalised_at)


def complete(code: str, *, actor: Actor, now: datetime) -> Result:
    """R090: the candidate's own finish; blank answers are allowed. Again: the same answer.

    In the two seconds after the end nobody settles: exam.settling. Later it settles as the job would have.
    """
    attempt = db.session.scalars(
        select(Attempt)
        .where(Attempt.code == code, Attempt.member_id == actor.member_id)
        .with_for_update(of=Attempt)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if attempt is None:
        raise attempts.why_not(actor, code, Act.FINISH, now)
    if attempt.state == Status.IN_PROGRESS:
        at = rules.check_finish(attempt.ends_at, now)
        settle([attempt.id], at=at if now < attempt.ends_at else None)
        db.session.refresh(attempt)
        own = now < attempt.ends_at
        taken = due.counted([attempt.application_id])
        _after_the_end(attempt, taken[attempt.application_id], actor if own else SYSTEM, now)
    return _result(attempt)


def _result(attempt: Attempt) -> Result:
    if attempt.score is None or attempt.passed is None or attempt.correct is None or attempt.finalised_at is None:
        raise LookupError("this attempt is not finished")
    return Result(attempt.score, attempt.passed, attempt.correct + attempt.credited, attempt.finalised_at)


def settle(ids: list[int], *, at: datetime | None, by: str = "candidate") -> None:
    """Grade in the database, from the answers stored: `at` for a finish before the end, else each attempt's own end."""
    running = (Attempt.id.in_(ids), Attempt.state == Status.IN_PROGRESS)
    db.session.execute(
        update(Attempt).where(*running).values(correct=attempts.CORRECT, credited=attempts.CREDITED),
        execution_options={"synchronize_session": False},
    )
    points = rules.FULL_SCORE * (Attempt.correct + Attempt.credited) // Attempt.question_count
    db.session.execute(
        update(Attempt)
        .where(*running)
        .values(
            state="finished",
            finished_by=by if at else "deadline",
            finalised_at=at or Attempt.ends_at,
            score=points,
            passed=points >= Attempt.pass_mark,
        ),
        execution_options={"synchronize_session": False},
    )


def _after_the_end(attempt: Attempt, taken: int, actor: Actor, now: datetime) -> None:
    """The audit row, and the word to enrolment when the application came to its end with this attempt (R094, R098).

    `taken`: how many attempts of the application count now.
    """
    act = AuditAct.EXAM_COMPLETED if attempt.finished_by == "candidate" else AuditAct.EXAM_EXPIRED
    result = _result(attempt)
    record(
        act, actor=actor, subject=("exam", attempt.code), now=now,
        data={"score": result.score, "passed": result.passed, "finalised_at": result.finalised_at.isoformat()},
    )  # fmt: skip
    application = attempt.application
    if application.outcome in ("invalid", "passed"):  # passed: a regrade made this attempt void while it ran (R094)
        return
    if result.passed:
        enrolment.close(application, Outcome.PASSED.value, at=result.finalised_at, now=now)
    elif taken >= application.term.attempts:
        enrolment.close(application, Outcome.FAILED.value, at=result.finalised_at, now=now)


def settle_due(*, now: datetime, batch: int = 500) -> int:
    """R085, R088: close up to `batch` attempts whose end and grace are over, each at its own end, however late this runs."""
    ids = due.due_ids(now - rules.GRACE, batch=batch)
    if not ids:
        return 0
    settle(ids, at=None)
    rows = db.session.scalars(
        select(Attempt).where(Attempt.id.in_(ids)).execution_options(populate_existing=True)
    ).all()
    taken = due.counted({attempt.application_id for attempt in rows})
    for attempt in rows:
        _after_the_end(attempt, taken[attempt.application_id], SYSTEM, now)
    return len(rows)


def lapse_due(*, now: datetime, batch: int = 500) -> int:
    """R013, R096: applications still open when their study window and the grace are over, without a running exam."""
    return enrolment.lapse(due.lapsed(now - rules.GRACE, batch=batch), now=now)


# --- telling -----------------------------------------------------------------------------------------------------


def tell_results(finished: Sequence[Attempt], *, now: datetime) -> int:
    """R053, R096: the result, and what comes next on which date."""
    drafts = []
    taken = due.counted({attempt.application_id for attempt in finished})
    for attempt in finished:
        term, result = attempt.application.term, _result(attempt)
        step, following = rules.after_result(
            taken[attempt.application_id], result.passed, result.finalised_at, parameters(term)
        )
        params = {
            "name": attempts.name_of(attempt.application), "ordinal": attempt.ordinal, "at": result.finalised_at.isoformat(),
            "score": result.score, "mark": attempt.pass_mark, "passed": result.passed,
            "next": step, "next_at": following.value.isoformat(), "why": following.to_json()["steps"], "until": term.study_to.isoformat(),
        }  # fmt: skip
        drafts.append(
            notifications.Draft(attempts.recipient(attempt.application), f"exam-result:{attempt.code}", params)
        )
        attempt.announced_at = now
    notifications.enqueue_many("exam_result", drafts, now=now, channels=("mail", "sms"))
    db.session.flush()
    return len(drafts)


def tell_assignments(found: Sequence[due.Assigned], *, now: datetime) -> int:
    """R065: only a courtesy; the exam is there without it."""
    drafts = []
    extra = accommodation.granted({exam.application.id for exam in found})
    for exam in found:
        term = exam.application.term
        opened = rules.first_attempt if exam.ordinal == 1 else rules.next_attempt
        available = opened(exam.opened_by)
        params = {
            "name": attempts.name_of(exam.application), "ordinal": exam.ordinal, "at": available.value.isoformat(), "why": available.to_json()["steps"],
            "questions": term.question_count, "minutes": term.exam_minutes + extra.get(exam.application.id, 0), "until": term.study_to.isoformat(),
        }  # fmt: skip
        drafts.append(notifications.Draft(attempts.recipient(exam.application), f"exam-open:{exam.code}", params))
    notifications.enqueue_many("exam_open", drafts, now=now, channels=("mail", "sms"))
    return len(drafts)


def demo_key(code: str) -> dict[str, str]:
    """The letters of a frozen paper, for the demonstration only: {"1": "B", ...}."""
    attempt = attempts.attempt_by_code(code)
    if attempt is None:
        raise Conflict("exam.key_before_start")
    return {str(number): letter for number, letter in sorted(attempts.key(attempt.id).items())}
