"""Counting a term: each figure one statement over all its versions. Read by the job, never by a page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, distinct, func, select

from lms.certificates.models import Certificate
from lms.core.db import db, is_postgresql
from lms.enrolment.models import Application
from lms.exams.models import Answer, Attempt, PaperItem
from lms.exemptions.models import ExemptionRequest
from lms.learning.models import Training
from lms.membership.models import Member
from lms.payments.models import Entitlement, Payment, PaymentEvent
from lms.payments.rules import Note
from lms.questions.models import Question, QuestionVersion
from lms.reports.models import TermFigures
from lms.reports.rules.figures import BUSIEST
from lms.terms.models import Term

_COUNTS = and_(Attempt.state == "finished", Attempt.annulled_at.is_(None))
_PEOPLE = func.count(distinct(Application.member_id))


def of_term(code: str) -> TermFigures | None:
    """What was counted last."""
    return db.session.get(TermFigures, code)


def _number(statement: Select[Any]) -> int:
    return db.session.scalar(statement) or 0


def funnel(term: Term, now: datetime) -> dict[str, int]:
    """How many people reached each step of `rules.figures.STEPS`, and who sat a second and a third time."""
    mine = Application.term_code == term.code
    until = min(now, term.application_to)
    accounts = select(func.count()).where(Member.staff_role.is_(None), Member.created_at < until)
    paid = select(Entitlement.member_id).where(Entitlement.term_code == term.code, Entitlement.purpose == "application")
    exempt = select(ExemptionRequest.member_id).where(
        ExemptionRequest.term_code == term.code, ExemptionRequest.answered_at.is_not(None)
    )
    rights = paid.where(Entitlement.paid_at <= now).union(exempt.where(ExemptionRequest.status == "approved"))
    trained = select(_PEOPLE).join(Training, Training.application_id == Application.id).where(mine)
    sat = select(_PEOPLE).join(Attempt, Attempt.application_id == Application.id).where(mine)
    held = select(_PEOPLE).join(Certificate, Certificate.application_id == Application.id).where(mine)
    return {
        "members": _number(accounts),
        "right": _number(select(func.count()).select_from(rights.subquery())),
        "form": _number(select(_PEOPLE).where(mine)),
        "started": _number(trained),
        "completed": _number(trained.where(Training.completed_at <= now)),
        "sat": _number(sat),
        "sat_2": _number(sat.where(Attempt.ordinal == 2)),
        "sat_3": _number(sat.where(Attempt.ordinal == 3)),
        "passed": _number(select(_PEOPLE).where(mine, Application.outcome == "passed")),
        "certificate": _number(held.where(Certificate.available_from <= now, Certificate.revoked_at.is_(None))),
    }


def _day(instant: Any) -> ColumnElement[str]:
    """The civil day in Istanbul, as text."""
    if is_postgresql():
        return func.to_char(func.timezone("Europe/Istanbul", instant), "YYYY-MM-DD")
    return func.strftime("%Y-%m-%d", instant, "+3 hours")


def days(code: str) -> dict[str, list[int]]:
    """{day: [payments, fees, taken, exams started]}, in kuruş: what was paid for the term on each day, and how many sat.

    The bank takes its commission on top of a card's payment (R040): `fees` is what was paid without it, `taken` with it. What
    a branch took back is neither.
    """
    found: dict[str, list[int]] = {}
    day = _day(Payment.paid_at)
    taken = func.coalesce(Payment.captured_kurus, Payment.amount_kurus)
    base = func.coalesce(PaymentEvent.data["base"].as_integer(), Payment.amount_kurus)
    paid = (
        select(day, func.count(), func.sum(case((Payment.channel == "branch", taken), else_=base)), func.sum(taken))
        .outerjoin(PaymentEvent, and_(PaymentEvent.payment_id == Payment.id, PaymentEvent.kind == "settled"))
        .where(Payment.term_code == code, Payment.status == "paid", Payment.paid_at.is_not(None))
        .where(Payment.note.is_distinct_from(Note.REVERSED))
        .group_by(day)
    )
    for on, count, fees, taken in db.session.execute(paid):
        found[on] = [count, int(fees), int(taken), 0]
    day = _day(Attempt.started_at)
    sat = (
        select(day, func.count())
        .join(Application, Application.id == Attempt.application_id)
        .where(Application.term_code == code)
        .group_by(day)
    )
    for on, count in db.session.execute(sat):
        found.setdefault(on, [0, 0, 0, 0])[3] = count
    return dict(sorted(found.items()))


def ordinals(code: str) -> list[list[int]]:
    """[attempt, finished, passed]; annulled exams count nowhere."""
    rows = db.session.execute(
        select(Attempt.ordinal, func.count(), func.sum(case((Attempt.passed.is_(True), 1), else_=0)))
        .join(Application, Application.id == Attempt.application_id)
        .where(Application.term_code == code, _COUNTS)
        .group_by(Attempt.ordinal)
        .order_by(Attempt.ordinal)
    )
    return [[ordinal, count, int(passed)] for ordinal, count, passed in rows]


def topics(code: str) -> list[list[Any]]:
    """[topic, items met, answered right] over the finished exams, by the topic's code."""
    right = case((Answer.option == PaperItem.key, 1), else_=0)
    rows = db.session.execute(
        select(Question.topic, func.count(), func.sum(right))
        .select_from(Attempt)
        .join(Application, Application.id == Attempt.application_id)
        .join(PaperItem, PaperItem.attempt_id == Attempt.id)
        .join(QuestionVersion, QuestionVersion.id == PaperItem.question_version_id)
        .join(Question, Question.id == QuestionVersion.question_id)
        .outerjoin(Answer, and_(Answer.attempt_id == PaperItem.attempt_id, Answer.number == PaperItem.number))
        .where(Application.term_code == code, _COUNTS)
        .group_by(Question.topic)
        .order_by(Question.topic)
    )
    return [[topic, count, int(some)] for topic, count, some in rows]


def groups(code: str, column: Any, most: int | None = None) -> list[list[Any]]:
    """[name, applications, passed, failed, lapsed or invalid, open] by one column of the form, the most applications first."""

    def ended(*outcomes: str) -> ColumnElement[int]:
        return func.sum(case((Application.outcome.in_(outcomes), 1), else_=0))

    count = func.count()
    rows = db.session.execute(
        select(column, count, ended("passed"), ended("failed"), ended("lapsed", "invalid"))
        .where(Application.term_code == code)
        .group_by(column)
        .order_by(count.desc(), column)
        .limit(most)
    )
    return [
        [name, all_, int(passed), int(failed), int(lapsed), all_ - int(passed + failed + lapsed)]
        for name, all_, passed, failed, lapsed in rows
    ]


def everything(term: Term, now: datetime) -> Mapping[str, Any]:
    """All figures of one term, by the names of `rules.figures.Figures`."""
    return {
        "funnel": funnel(term, now),
        "days": days(term.code),
        "ordinals": ordinals(term.code),
        "topics": topics(term.code),
        "types": groups(term.code, Application.applicant_type),
        "institutions": groups(term.code, Application.institution, BUSIEST),
    }
