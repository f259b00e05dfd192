"""R025, R098: staff annul one exam; what that does to the person is computed before and told after."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select, update

from lms.audit.rules import Act as AuditAct
from lms.audit.services import record
from lms.core.access import Actor
from lms.core.db import db
from lms.core.errors import Conflict, DomainError, NotFound
from lms.enrolment import services as enrolment
from lms.exams.models import Attempt
from lms.exams.queries import attempts
from lms.exams.queries.attempts import Exam, Overview
from lms.exams.rules import annulment as rules
from lms.exams.rules import exam as exams
from lms.exams.rules.exam import Annulled, Standing, Status
from lms.exams.services import reapplication
from lms.exams.services.attempts import settle
from lms.membership.models import Member
from lms.notifications import services as notifications


@dataclass(frozen=True, slots=True)
class Effect:
    """What annulling in one way would do: the application as it would stand, or why this way is closed."""

    kind: Annulled
    after: Standing | None = None
    refused: DomainError | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One exam before the decision, with the effect of each kind; once decided the row says who and why."""

    overview: Overview
    exam: Exam
    attempt: Attempt
    effects: tuple[Effect, ...]
    decided_by: str | None


def case(code: str, *, now: datetime) -> Case:
    """What a staff member sees before deciding; nothing is written."""
    overview, exam = attempts.exam_for_staff(code, now=now)
    attempt = attempts.attempt_by_code(code)
    if attempt is None:
        raise NotFound
    by = db.session.get_one(Member, attempt.annulled_by).full_name if attempt.annulled_by else None
    effects = () if attempt.annulled_at else tuple(_effect(overview, exam, kind, now) for kind in Annulled)
    return Case(overview, exam, attempt, effects, by)


def _effect(overview: Overview, exam: Exam, kind: Annulled, now: datetime) -> Effect:
    application = overview.application
    try:
        rules.check_annul(exam.right, kind, now, outcome=application.outcome, newer=attempts.has_newer(application))
    except DomainError as refused:
        return Effect(kind, refused=refused)
    return Effect(kind, _after(overview, exam, kind, now))


def _after(overview: Overview, exam: Exam, kind: Annulled, now: datetime) -> Standing:
    chosen = exam.right.sitting
    taken = [right.sitting for right in (*overview.standing.rights, *overview.standing.annulled) if right.sitting]
    if chosen is None:
        raise LookupError("an exam that was not begun is not annulled")
    return exams.standing(overview.parameters, overview.completed_at, rules.applied(taken, chosen, kind, now), now)


def annul(code: str, *, kind: str, cause: str, reason: str, actor: Actor, now: datetime) -> Standing:
    """R025, R098: decided once; of two at once the other is told who and when (exam.annul_by).

    Technically: the same attempt may be sat again from `now` on, if the study window allows (R096). For misconduct: it
    counts as failed at its own end, and the fee is kept. The application's end follows, and its holder is told.
    """
    words = rules.check_words(kind, cause, reason)
    locked = select(Attempt).where(Attempt.code == code).with_for_update(of=Attempt)
    attempt = db.session.scalars(locked.execution_options(populate_existing=True)).one_or_none()
    if attempt is None:
        raise NotFound
    if attempt.annulled_at is not None:
        raise _overtaken(attempt)
    overview, exam = attempts.exam_for_staff(code, now=now)
    effect = _effect(overview, exam, words.kind, now)
    if effect.refused is not None or effect.after is None:
        raise effect.refused or NotFound()
    if attempt.state == Status.IN_PROGRESS:
        settle([attempt.id], at=now if now < attempt.ends_at else None, by="staff")
    _store(attempt, words, actor, now)
    after = effect.after
    enrolment.realign(
        overview.application, after.outcome.value if after.outcome else None, at=after.outcome_at, now=now, actor=actor
    )
    if after.outcome is None:
        reapplication.suspend(overview.application, actor=actor, now=now)
    record(
        AuditAct.EXAM_ANNULLED, actor=actor, subject=("exam", code), now=now,
        data={
            "kind": words.kind.value, "cause": words.cause, "reason": words.reason, "score": exam.right.score,
            "was": exam.status, "outcome": after.outcome.value if after.outcome else "",
        },
    )  # fmt: skip
    _tell(replace(overview, standing=after), exam, words, now)
    return after


def stop(application_id: int, *, actor: Actor, now: datetime) -> None:
    """R114: two persons made the application invalid: an exam that runs ends with the decision and is no pass, nothing more
    is saved, and no result is told any more.
    """
    mine = (Attempt.application_id == application_id,)
    running = select(Attempt).where(*mine, Attempt.state == Status.IN_PROGRESS).with_for_update(of=Attempt)
    for attempt in db.session.scalars(running.execution_options(populate_existing=True)).all():
        settle([attempt.id], at=now if now < attempt.ends_at else None, by="staff")
        db.session.refresh(attempt)
        attempt.passed = False
        data = {"score": attempt.score}
        record(AuditAct.EXAM_STOPPED, actor=actor, subject=("exam", attempt.code), now=now, data=data)
    db.session.execute(update(Attempt).where(*mine, Attempt.announced_at.is_(None)).values(announced_at=now))


def forfeit_pass(application_id: int, *, reason: str, actor: Actor, now: datetime) -> None:
    """R025, R114: two persons took the certificate away for misconduct: the passed exam does not stand either."""
    passed = select(Attempt).where(Attempt.application_id == application_id, Attempt.passed.is_(True))
    for attempt in db.session.scalars(passed):
        words = rules.Words(Annulled.MISCONDUCT, "misconduct_other", reason)
        _store(attempt, words, actor, now)
        data = {
            "kind": words.kind.value,
            "cause": words.cause,
            "reason": reason,
            "score": attempt.score,
            "was": "passed",
        }
        record(AuditAct.EXAM_ANNULLED, actor=actor, subject=("exam", attempt.code), now=now, data=data)


def _store(attempt: Attempt, words: rules.Words, actor: Actor, now: datetime) -> None:
    values: dict[str, object] = {
        "annulled_at": now, "annul_kind": words.kind.value, "annul_cause": words.cause, "annul_reason": words.reason,
        "annulled_by": actor.member_id, "announced_at": attempt.announced_at or now, "passed": False,
    }  # fmt: skip
    if words.kind is Annulled.TECHNICAL:
        values["returned_from"] = now
    claimed = db.session.execute(
        update(Attempt)
        .where(Attempt.id == attempt.id, Attempt.annulled_at.is_(None), Attempt.state == "finished")
        .values(**values)
        .returning(Attempt.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.refresh(attempt)
    if claimed is None:
        raise _overtaken(attempt)


def _overtaken(attempt: Attempt) -> Conflict:
    by = db.session.get_one(Member, attempt.annulled_by)
    return Conflict("exam.annul_by", by=by.full_name, at=attempt.annulled_at)


def _tell(overview: Overview, exam: Exam, words: rules.Words, now: datetime) -> None:
    """R096: what is left and from when; that the calendar leaves nothing is told at once."""
    standing, application = overview.standing, overview.application
    following = standing.open_right
    step, at, why = "none", None, []
    if following is not None:
        step, at = "exam", following.available_at.isoformat()
        why = following.available.to_json()["steps"]
    elif standing.missed is not None or standing.outcome == "lapsed":
        step = "missed"
    notifications.enqueue(
        "exam_annulled",
        to=attempts.recipient(application),
        params={
            "name": attempts.name_of(application), "ordinal": exam.ordinal, "kind": words.kind.value, "cause": f"exam.cause.{words.cause}",
            "next": step, "next_ordinal": following.ordinal if following else 0, "next_at": at, "why": why,
            "until": application.term.study_to.isoformat(),
        },
        dedupe=f"exam-annulled:{exam.code}",
        now=now,
    )  # fmt: skip
