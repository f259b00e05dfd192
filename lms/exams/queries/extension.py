"""Readers of an extension: whom a longer window would reach."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import or_, select

from lms.core.calendar import Window
from lms.core.db import db
from lms.enrolment.models import Application
from lms.exams.queries.attempts import enrolled, parameters, sittings
from lms.exams.rules import extension as rules
from lms.learning.models import Training
from lms.terms.models import Term

_CHUNK = 2000


def held_until(term_code: str, study_to: datetime) -> Sequence[int]:
    """Applications of a term that are open or were closed by an end before `study_to`."""
    return db.session.scalars(
        select(Application.id)
        .join(Term, Term.id == Application.term_id)
        .where(
            Application.term_code == term_code,
            or_(Application.outcome.is_(None), Application.outcome == "lapsed"),
            Term.study_to < study_to,
        )
        .order_by(Application.id)
    ).all()


def numbered(term_code: str, numbers: Collection[str]) -> dict[str, int]:
    rows = db.session.execute(
        select(Application.number, Application.id).where(
            Application.term_code == term_code, Application.number.in_(numbers)
        )
    )
    return {number: key for number, key in rows}  # noqa: C416 - a Row is no pair to mypy


def hit(ids: Collection[int], lost: Window) -> list[int]:
    """Those of `ids` whose exam ran or was open during an outage; two statements for each two thousand."""
    trained = db.session.scalars(
        select(Training.application_id).where(Training.application_id.in_(ids), Training.completed_at < lost.end)
    ).all()
    found: list[int] = []
    for start in range(0, len(trained), _CHUNK):
        part = trained[start : start + _CHUNK]
        taken = sittings(part)
        found += [
            application.id
            for application, completed_at, extra in enrolled(ids=part)
            if rules.was_hit(
                parameters(application.term, extra or 0), completed_at, taken.get(application.id, []), lost
            )
        ]
    return sorted(found)


def by_ids(ids: Collection[int]) -> Sequence[Application]:
    return db.session.scalars(select(Application).where(Application.id.in_(ids)).order_by(Application.number)).all()


def by_term(ids: Collection[int]) -> dict[int, list[int]]:
    """The applications of each version of the term."""
    found: dict[int, list[int]] = {}
    for key, term_id in db.session.execute(
        select(Application.id, Application.term_id).where(Application.id.in_(ids)).order_by(Application.id)
    ):
        found.setdefault(term_id, []).append(key)
    return found
