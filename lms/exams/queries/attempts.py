"""Readers of exams: a candidate's applications with their attempts in two statements, papers, passes, what is due."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, case, func, select
from sqlalchemy.orm import lazyload

from lms.core.access import Actor
from lms.core.calendar import Explained, Window
from lms.core.db import db
from lms.core.errors import Conflict, DomainError, NotFound
from lms.enrolment.models import Application
from lms.exams.models import Accommodation, Annulment, Answer, Attempt, PaperItem
from lms.exams.rules import exam as rules
from lms.exams.rules.exam import Act, Annulled, Outcome, Parameters, Right, Sitting, Standing, Status
from lms.learning.models import Training
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


def enrolled(
    *, member_id: int | None = None, code: str | None = None, ids: Collection[int] | None = None
) -> Sequence[Row[Application, datetime | None, int | None]]:
    """Applications (a member's, one, some), newest first, each with the instant at which its training became complete and
    the extra minutes granted (D-14)."""
    granted = and_(Accommodation.application_id == Application.id, Accommodation.status == "granted")
    query = (
        select(Application, Training.completed_at, Accommodation.minutes)
        .outerjoin(Training, Training.application_id == Application.id)
        .outerjoin(Accommodation, granted)
        .order_by(Application.submitted_at.desc(), Application.id.desc())
    )
    if member_id is not None:
        query = query.where(Application.member_id == member_id)
    if code is not None:
        query = query.where(Application.code == code)
    if ids is not None:
        query = query.where(Application.id.in_(ids))
    return db.session.execute(query).all()


def sittings(application_ids: Iterable[int]) -> dict[int, list[Sitting]]:
    """The attempts started, by application and in time; for a running one the right answers saved so far."""
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
            Attempt.annul_kind,
            Attempt.returned_from,
        )
        .where(Attempt.application_id.in_(list(application_ids)))
        .order_by(Attempt.started_at, Attempt.id)
    )
    found: dict[int, list[Sitting]] = defaultdict(list)
    for application_id, *values, kind, returned in rows:
        sitting = Sitting(*values)
        if kind:
            sitting = replace(sitting, annulled=Annulled(kind), returned_from=returned)
        found[application_id].append(sitting)
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

    @property
    def invalid(self) -> bool:
        """R114: the application does not stand."""
        return self.application.outcome == "invalid"

    def code_of(self, right: Right) -> str:
        """ "<application>-2"; of one that is sat again after a technical annulment "<application>-2.2" (R098)."""
        return f"{self.application.code}-{right.ordinal}" + (f".{right.take}" if right.take > 1 else "")

    def _exams(self, rights: Iterable[Right]) -> list[Exam]:
        return [Exam(self.code_of(right), self.application, right) for right in rights]

    @property
    def exams(self) -> list[Exam]:
        return self._exams(self.standing.rights)

    @property
    def annulled(self) -> list[Exam]:
        """R098: those whose right came back; they count for nothing."""
        return self._exams(self.standing.annulled)

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


def parameters(term: Term, extra_minutes: int = 0) -> Parameters:
    return Parameters(
        attempts=term.attempts,
        question_count=term.question_count,
        pass_mark=term.pass_mark,
        minutes=term.exam_minutes + extra_minutes,
        extra_minutes=extra_minutes,
        study=Window(term.study_from, term.study_to),
    )


def overviews(actor: Actor, *, now: datetime, application_code: str | None = None) -> list[Overview]:
    """R081: the actor's applications, newest first, with their exams; two statements however many there are."""
    return _overviews(enrolled(member_id=actor.member_id, code=application_code), now)


def any_overviews(*, now: datetime, ids: Collection[int] | None = None, code: str | None = None) -> list[Overview]:
    """The same of anybody's applications, for staff; two statements."""
    return _overviews(enrolled(ids=ids, code=code), now)


def _overviews(rows: Sequence[Row[Application, datetime | None, int | None]], now: datetime) -> list[Overview]:
    taken = sittings(application.id for application, _, _ in rows)
    found = []
    for application, completed_at, extra in rows:
        terms = parameters(application.term, extra or 0)
        standing = rules.standing(terms, completed_at, taken.get(application.id, []), now)
        overview = Overview(application, terms, standing, completed_at, now)
        found.append(replace(overview, standing=standing.begun_only()) if overview.invalid else overview)
    return found


def attempts_of(actor: Actor, *, now: datetime) -> list[Exam]:
    """Every exam the actor has, had or will have, newest application first."""
    return [exam for overview in overviews(actor, now=now) for exam in overview.exams]


def exam_of(actor: Actor, code: str, *, now: datetime) -> tuple[Overview, Exam]:
    """One of the actor's exams by its public code; anything else is not found."""
    application_code, _, _ordinal = code.rpartition("-")
    for overview in overviews(actor, now=now, application_code=application_code) if application_code else []:
        for exam in (*overview.exams, *overview.annulled):
            if exam.code == code:
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


def answers_of(code: str) -> dict[int, str]:
    """The same for the public code of an attempt."""
    attempt = attempt_by_code(code)
    return answers(attempt.id) if attempt else {}


def running_of(member_id: int, *, now: datetime) -> str | None:
    """The public code of the exam whose time is running for this member."""
    return db.session.scalar(
        select(Attempt.code)
        .where(Attempt.member_id == member_id, Attempt.state == "in_progress", Attempt.ends_at > now)
        .order_by(Attempt.ends_at.desc())
        .limit(1)
    )


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
    if overview.invalid:
        return Conflict("exam.application_invalid")
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
    if attempt.returned_from is not None:
        return State(Status.ANNULLED.value, attempt.last_seq, 0, {})
    if attempt.state == "finished":
        return State((Status.PASSED if attempt.passed else Status.FAILED).value, attempt.last_seq, 0, {})
    if not rules.accepts_save(attempt.ends_at, now):
        return State(exam_of(actor, code, now=now)[1].status, attempt.last_seq, 0, {})
    saved = {str(number): option for number, option in answers(attempt.id).items()}
    return State(Status.IN_PROGRESS.value, attempt.last_seq, rules.remaining_ms(attempt.ends_at, now), saved)


# --- what other features ask --------------------------------------------------------------------------------------


def exam_for_staff(code: str, *, now: datetime) -> tuple[Overview, Exam]:
    """Anybody's exam that was begun, by its public code."""
    for overview in any_overviews(now=now, code=code.rpartition("-")[0]):
        for exam in (*overview.exams, *overview.annulled):
            if exam.code == code and exam.right.sitting is not None:
                return overview, exam
    raise NotFound


def has_newer(application: Application) -> bool:
    """Whether the person applied again in the same term after this application."""
    later = select(Application.id).where(
        Application.member_id == application.member_id,
        Application.term_code == application.term_code,
        Application.ordinal > application.ordinal,
    )
    return db.session.scalar(later.limit(1)) is not None


def attempts_of_application(application_id: int) -> list[Attempt]:
    return list(
        db.session.scalars(select(Attempt).where(Attempt.application_id == application_id).order_by(Attempt.started_at))
    )


def name_of(application: Application) -> str:
    return f"{application.first_name} {application.last_name}"


def recipient(application: Application) -> Recipient:
    """R053: where the applicant asked to be told; the mobile is that of the form."""
    who = application.member
    return Recipient(email=application.email, phone=application.phone, language=who.language, code=who.code)
