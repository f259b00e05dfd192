"""Readers of exams: a candidate's applications with their attempts in two statements, papers, passes, what is due."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, String, and_, case, cast, exists, func, literal, select
from sqlalchemy.orm import aliased, lazyload

from lms.core.access import Actor
from lms.core.calendar import Explained, Window
from lms.core.db import db
from lms.core.errors import DomainError, NotFound
from lms.enrolment.models import Application
from lms.exams.models import Annulment, Answer, Attempt, PaperItem
from lms.exams.rules import exam as rules
from lms.exams.rules.exam import Act, Outcome, Parameters, Right, Sitting, Standing, Status
from lms.learning.models import Training
from lms.notifications.models import OutboxMessage
from lms.notifications.services import Recipient
from lms.questions.models import QuestionVersion
from lms.terms.models import Term

CORRECT = (
    select(func.count())
    .select_from(PaperItem)
    .join(
        Answer,
        and_(
            Answer.attempt_id == PaperItem.attempt_id,
            Answer.number == PaperItem.number,
            Answer.option == PaperItem.key,
        ),
    )
    .where(PaperItem.attempt_id == Attempt.id)
    .correlate(Attempt)
    .scalar_subquery()
)

CREDITED = (
    select(func.count())
    .select_from(PaperItem)
    .join(Annulment, Annulment.question_version_id == PaperItem.question_version_id)
    .outerjoin(Answer, and_(Answer.attempt_id == PaperItem.attempt_id, Answer.number == PaperItem.number))
    .where(PaperItem.attempt_id == Attempt.id, func.coalesce(Answer.option, "") != PaperItem.key)
    .correlate(Attempt)
    .scalar_subquery()
)
COUNTED = CORRECT + CREDITED  # R093: what counts as right in a paper that is not settled yet


def enrolled(*, member_id: int, code: str | None = None) -> Sequence[Row[Application, datetime | None]]:
    """The member's applications, newest first, each with the instant at which its training became complete."""
    query = (
        select(Application, Training.completed_at)
        .outerjoin(Training, Training.application_id == Application.id)
        .where(Application.member_id == member_id)
        .order_by(Application.submitted_at.desc(), Application.id.desc())
    )
    if code is not None:
        query = query.where(Application.code == code)
    return db.session.execute(query).all()


def sittings(application_ids: Iterable[int]) -> dict[int, list[Sitting]]:
    """The attempts started, by application and ordinal; for a running one the right answers saved so far."""
    correct = case(
        (Attempt.state == "in_progress", COUNTED), else_=func.coalesce(Attempt.correct, 0) + Attempt.credited
    )
    rows = db.session.execute(
        select(
            Attempt.application_id,
            Attempt.ordinal,
            Attempt.started_at,
            Attempt.ends_at,
            Attempt.question_count,
            Attempt.pass_mark,
            correct,
            Attempt.finalised_at,
            Attempt.score,
            Attempt.passed,
            Attempt.regraded_at,
        )
        .where(Attempt.application_id.in_(list(application_ids)))
        .order_by(Attempt.ordinal)
    )
    found: dict[int, list[Sitting]] = defaultdict(list)
    for application_id, *values in rows:
        found[application_id].append(Sitting(*values))
    return found


# --- what a candidate has ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Exam:
    """One attempt of an application under its public code, started or not."""

    code: str
    application: Application
    right: Right

    @property
    def ordinal(self) -> int:
        return self.right.ordinal

    @property
    def status(self) -> str:
        return self.right.status.value

    @property
    def available_at(self) -> datetime:
        return self.right.available_at

    @property
    def score(self) -> int | None:
        return self.right.score


@dataclass(frozen=True, slots=True)
class Overview:
    """One application with all its exams at a moment."""

    application: Application
    parameters: Parameters
    standing: Standing
    completed_at: datetime | None
    now: datetime

    def code_of(self, ordinal: int) -> str:
        return f"{self.application.code}-{ordinal}"

    @property
    def exams(self) -> list[Exam]:
        return [Exam(self.code_of(r.ordinal), self.application, r) for r in self.standing.rights]

    @property
    def waiting(self) -> list[Exam]:
        """What can still be taken, runs, or will open."""
        return [exam for exam in self.exams if exam.right.status not in rules.FINAL]

    @property
    def finished(self) -> list[Exam]:
        return [exam for exam in self.exams if exam.right.status in rules.FINAL]

    @property
    def can_review(self) -> bool:
        """R097, D-13: the training can be watched again until the end of the study window."""
        return self.completed_at is not None and self.now < self.parameters.study.end

    @property
    def certificate(self) -> Explained | None:
        """R102: from when the certificate will be there, after a pass."""
        at = self.standing.outcome_at
        if self.standing.outcome is not Outcome.PASSED or at is None:
            return None
        sitting = self.standing.rights[-1].sitting
        return rules.certificate_from(at, sitting.regraded_at if sitting else None)


def parameters(term: Term) -> Parameters:
    return Parameters(
        attempts=term.attempts,
        question_count=term.question_count,
        pass_mark=term.pass_mark,
        minutes=term.exam_minutes,
        study=Window(term.study_from, term.study_to),
    )


def overviews(actor: Actor, *, now: datetime, application_code: str | None = None) -> list[Overview]:
    """R081: the actor's applications, newest first, with their exams; two statements however many there are."""
    rows = enrolled(member_id=actor.member_id, code=application_code)
    taken = sittings(application.id for application, _ in rows)
    found = []
    for application, completed_at in rows:
        terms = parameters(application.term)
        standing = rules.standing(terms, completed_at, taken.get(application.id, []), now)
        if application.outcome == "invalid":
            standing = standing.begun_only()
        found.append(Overview(application, terms, standing, completed_at, now))
    return found


def attempts_of(actor: Actor, *, now: datetime) -> list[Exam]:
    """Every exam the actor has, had or will have, newest application first."""
    return [exam for overview in overviews(actor, now=now) for exam in overview.exams]


def exam_of(actor: Actor, code: str, *, now: datetime) -> tuple[Overview, Exam]:
    """One of the actor's exams by its public code; anything else is not found."""
    application_code, _, ordinal = code.rpartition("-")
    for overview in overviews(actor, now=now, application_code=application_code) if application_code else []:
        for exam in overview.exams:
            if str(exam.ordinal) == ordinal:
                return overview, exam
    raise NotFound


# --- papers ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Item:
    """One question as the candidate may see it: the key is not read at all."""

    number: int
    text: str
    table: dict[str, Any] | None
    options: list[dict[str, str]]


def paper(attempt_id: int) -> list[Item]:
    rows = db.session.execute(
        select(PaperItem.number, PaperItem.stem, PaperItem.table, PaperItem.options)
        .where(PaperItem.attempt_id == attempt_id)
        .order_by(PaperItem.number)
    )
    return [Item(number, stem, table, list(options)) for number, stem, table, options in rows]


def answers(attempt_id: int) -> dict[int, str]:
    """The answers that count now; a cleared one is no answer."""
    rows = db.session.execute(
        select(Answer.number, Answer.option).where(Answer.attempt_id == attempt_id, Answer.option.is_not(None))
    )
    return {number: option for number, option in rows if option is not None}


def key(attempt_id: int) -> dict[int, str]:
    """For the demonstration and for grading tests only."""
    rows = db.session.execute(select(PaperItem.number, PaperItem.key).where(PaperItem.attempt_id == attempt_id))
    return {number: letter for number, letter in rows}  # noqa: C416 - a Row is no pair to mypy


def attempt_by_code(code: str, *, member_id: int | None = None) -> Attempt | None:
    query = select(Attempt).where(Attempt.code == code).options(lazyload(Attempt.application))
    if member_id is not None:
        query = query.where(Attempt.member_id == member_id)
    return db.session.scalars(query).one_or_none()


def questions_spent(member_id: int) -> set[int]:
    """Stable ids of the questions that are drawn for this person only when no other is left: those of any earlier paper,
    whatever the application, and those whose current wording is annulled (R093).
    """
    seen = (
        select(QuestionVersion.question_id)
        .join(PaperItem, PaperItem.question_version_id == QuestionVersion.id)
        .join(Attempt, Attempt.id == PaperItem.attempt_id)
        .where(Attempt.member_id == member_id)
    )
    annulled = (
        select(QuestionVersion.question_id)
        .join(Annulment, Annulment.question_version_id == QuestionVersion.id)
        .where(QuestionVersion.superseded_at.is_(None))
    )
    return set(db.session.scalars(seen.union(annulled)))


@dataclass(frozen=True, slots=True)
class Paper:
    """A running attempt as the candidate may see it; no key in it or near it."""

    code: str
    ordinal: int
    started_at: datetime
    ends_at: datetime
    remaining_ms: int
    seq: int
    questions: list[Item]
    answers: dict[str, str]


def paper_of(actor: Actor, code: str, *, now: datetime) -> Paper:
    """R085, R087: the frozen questions and the answers saved so far, on any device, as long as the attempt runs."""
    attempt = attempt_by_code(code, member_id=actor.member_id)
    if attempt is None or attempt.state != "in_progress" or not rules.accepts_save(attempt.ends_at, now):
        raise why_not(actor, code, Act.SAVE, now)
    return _paper(attempt, now)


def why_not(actor: Actor, code: str, act: Act, now: datetime) -> DomainError:
    """Why `act` is refused on this code: the word of the exam's state, or not found where it is not the actor's."""
    overview, exam = exam_of(actor, code, now=now)
    try:
        rules.check(exam.right, act, study_end=overview.parameters.study.end)
    except DomainError as refused:
        return refused
    return rules.refusal(exam.right.status, exam.right, study_end=overview.parameters.study.end)


def _paper(attempt: Attempt, now: datetime) -> Paper:
    saved = answers(attempt.id)
    return Paper(
        code=attempt.code,
        ordinal=attempt.ordinal,
        started_at=attempt.started_at,
        ends_at=attempt.ends_at,
        remaining_ms=rules.remaining_ms(attempt.ends_at, now),
        seq=attempt.last_seq,
        questions=paper(attempt.id),
        answers={str(number): option for number, option in sorted(saved.items())},
    )


@dataclass(frozen=True, slots=True)
class State:
    """What a running page asks for now and then: no questions in it."""

    status: str
    seq: int
    remaining_ms: int
    answers: dict[str, str]


def state_of(actor: Actor, code: str, *, now: datetime) -> State:
    """Where the attempt stands; one that is over answers its status."""
    attempt = attempt_by_code(code, member_id=actor.member_id)
    if attempt is None:
        raise NotFound
    if attempt.state == "finished":
        return State((Status.PASSED if attempt.passed else Status.FAILED).value, attempt.last_seq, 0, {})
    if not rules.accepts_save(attempt.ends_at, now):
        return State(exam_of(actor, code, now=now)[1].status, attempt.last_seq, 0, {})
    saved = {str(number): option for number, option in answers(attempt.id).items()}
    return State(Status.IN_PROGRESS.value, attempt.last_seq, rules.remaining_ms(attempt.ends_at, now), saved)


# --- what other features and the jobs ask ------------------------------------------------------------------------


def due_ids(limit: datetime, *, batch: int) -> list[int]:
    """Running attempts whose time ended at or before `limit`, claimed: one that somebody else is settling is skipped."""
    query = (
        select(Attempt.id)
        .where(Attempt.state == "in_progress", Attempt.ends_at <= limit)
        .order_by(Attempt.ends_at)
        .limit(batch)
    )
    return list(db.session.scalars(query.with_for_update(skip_locked=True)))


def unannounced_results(batch: int) -> list[Attempt]:
    return list(
        db.session.scalars(
            select(Attempt)
            .where(Attempt.state == "finished", Attempt.announced_at.is_(None))
            .order_by(Attempt.finalised_at)
            .limit(batch)
            .with_for_update(skip_locked=True, of=Attempt)
        )
    )


def lapsed(limit: datetime, *, batch: int) -> list[Application]:
    """Open applications of terms whose study window ended at or before `limit`, without an attempt that still runs."""
    running = exists().where(Attempt.application_id == Application.id, Attempt.state == "in_progress")
    return list(
        db.session.scalars(
            select(Application)
            .join(Term, Term.id == Application.term_id)
            .where(Application.outcome.is_(None), Term.study_to <= limit, ~running)
            .order_by(Application.id)
            .limit(batch)
            .with_for_update(skip_locked=True, of=Application)
        )
    )


@dataclass(frozen=True, slots=True)
class Assigned:
    """An attempt that opened and has not been announced: whom to tell, about which, since when."""

    application: Application
    ordinal: int
    opened_by: datetime
    """The instant that opened it: the completion of the training, or the end of the failed attempt before."""

    @property
    def code(self) -> str:
        return f"{self.application.code}-{self.ordinal}"


def _untold(ordinal: Any) -> Any:
    key = literal("exam-open:") + Application.code + "-" + cast(ordinal, String) + "/mail"
    return ~exists().where(OutboxMessage.dedupe == key)


def first_attempts_to_announce(since: datetime, now: datetime) -> list[Assigned]:
    """R082: trainings completed in [since, now] whose candidates have neither started nor been told."""
    rows = db.session.execute(
        select(Application, Training.completed_at)
        .join(Training, Training.application_id == Application.id)
        .join(Term, Term.id == Application.term_id)
        .where(
            Application.outcome.is_(None),
            Training.completed_at >= since,
            Training.completed_at <= now,
            Term.study_to > now,
            ~exists().where(Attempt.application_id == Application.id),
            _untold(1),
        )
    )
    return [Assigned(application, 1, completed) for application, completed in rows if completed is not None]


def next_attempts_to_announce(since: datetime, monday: datetime, now: datetime) -> list[Assigned]:
    """R091, R095: attempts failed in [since, monday) whose successor opened by `monday`, not started and not told."""
    later = aliased(Attempt)
    rows = db.session.execute(
        select(Application, Attempt.ordinal + 1, Attempt.finalised_at)
        .join(Attempt, Attempt.application_id == Application.id)
        .join(Term, Term.id == Application.term_id)
        .where(
            Application.outcome.is_(None),
            Attempt.passed.is_(False),
            Attempt.finalised_at >= since,
            Attempt.finalised_at < monday,
            Attempt.ordinal < Term.attempts,
            Term.study_to > now,
            ~exists().where(later.application_id == Application.id, later.ordinal == Attempt.ordinal + 1),
            _untold(Attempt.ordinal + 1),
        )
    )
    return [Assigned(application, ordinal, ended) for application, ordinal, ended in rows if ended is not None]


def attempts_of_application(application_id: int) -> list[Attempt]:
    return list(
        db.session.scalars(select(Attempt).where(Attempt.application_id == application_id).order_by(Attempt.ordinal))
    )


def name_of(application: Application) -> str:
    return f"{application.first_name} {application.last_name}"


def recipient(application: Application) -> Recipient:
    """R053: where the applicant asked to be told; the mobile is that of the form."""
    who = application.member
    return Recipient(email=application.email, phone=application.phone, language=who.language, code=who.code)
