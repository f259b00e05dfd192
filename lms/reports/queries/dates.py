"""What falls due today and in the next seven days, counted where it lies: by indexed ranges of instants."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from lms.certificates.models import Certificate
from lms.core.calendar import instant, local_date
from lms.core.db import db
from lms.enrolment.models import Application
from lms.exams.models import Attempt
from lms.payments.models import Entitlement
from lms.terms.models import Term

WEEK = timedelta(days=7)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Due:
    """How many of one kind fall due on a day, and in the seven days that begin with it."""

    kind: str
    today: int
    week: int


def due(now: datetime) -> list[Due]:
    """Trainings that open, next attempts and certificates of a Monday, viewing times that end."""
    today = local_date(now)
    found = []
    for kind, count in (
        ("trainings", _trainings),
        ("attempts", _next_attempts),
        ("certificates", _certificates),
        ("views", _views),
    ):
        found.append(Due(kind, count(today, today + DAY), count(today, today + WEEK)))
    return found


def _count(*where: Any, base: Any = None) -> int:
    statement = select(func.count()) if base is None else select(func.count()).select_from(base)
    return db.session.scalar(statement.where(*where)) or 0


def _within(column: Any, first: date, end: date) -> ColumnElement[bool]:
    return and_(column >= instant(first), column < instant(end))


def _trainings(first: date, end: date) -> int:
    return _count(_within(Application.assigned_at, first, end), Application.outcome.is_(None))


def _mondays(first: date, end: date) -> list[date]:
    days = [first + DAY * n for n in range((end - first).days)]
    return [day for day in days if day.weekday() == 0]


def _next_attempts(first: date, end: date) -> int:
    """R091, R095: failed in the week before the Monday, another attempt left, the study window still open then."""
    base = Attempt.__table__.join(Application.__table__).join(Term.__table__)
    return sum(
        _count(
            _within(Attempt.finalised_at, monday - WEEK, monday),
            Attempt.passed.is_(False), Attempt.ordinal < Term.attempts, Attempt.annulled_at.is_(None),
            Term.study_to > instant(monday),
            base=base,
        )
        for monday in _mondays(first, end)
    )  # fmt: skip


def _certificates(first: date, end: date) -> int:
    """R104: passed, or passed by a regrade, in the week before the Monday; of applications that still stand."""
    return sum(
        _count(
            Attempt.passed.is_(True), Attempt.annulled_at.is_(None),
            func.coalesce(Application.outcome, "passed") != "invalid",
            or_(
                and_(_within(Attempt.finalised_at, monday - WEEK, monday), Attempt.regraded_at.is_(None)),
                _within(Attempt.regraded_at, monday - WEEK, monday),
            ),
            base=Attempt.__table__.join(Application.__table__),
        )
        for monday in _mondays(first, end)
    )  # fmt: skip


def _views(first: date, end: date) -> int:
    """R107: certificates whose first viewing time ends and for which no renewal was paid."""
    lengths = db.session.scalars(select(Term.view_days).distinct()).all()
    renewed = select(Entitlement.id).where(
        Entitlement.purpose == "certificate", Entitlement.subject == Certificate.code
    )
    return sum(
        _count(
            Certificate.view_days == days,
            _within(Certificate.available_from, first - DAY * days, end - DAY * days),
            Certificate.replaced_at.is_(None), Certificate.revoked_at.is_(None), ~renewed.exists(),
            base=Certificate.__table__,
        )
        for days in lengths
    )  # fmt: skip


def ending(terms: Sequence[Term], now: datetime) -> list[tuple[date, str, Term]]:
    """The last days of the windows of terms that lie in the next seven days: (day, "application" or "study", term)."""
    today = local_date(now)
    lasts = [
        (local_date(end - timedelta(microseconds=1)), kind, term)
        for term in terms
        for kind, end in (("application", term.application_to), ("study", term.study_to))
    ]
    return sorted((one for one in lasts if today <= one[0] < today + WEEK), key=lambda one: (one[0], one[1]))
