"""Reading programmes, terms and the calendar's overrides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select

from lms.core.calendar import DayKind, Holiday
from lms.core.db import db
from lms.terms.models import CalendarOverride, Programme, Term


def programme(code: str) -> Programme | None:
    return db.session.scalar(select(Programme).where(Programme.code == code))


def current_term(code: str) -> Term | None:
    """The newest version of a term."""
    return db.session.scalar(select(Term).where(Term.code == code, Term.superseded_at.is_(None)))


def current_terms() -> Sequence[Term]:
    """The newest version of every term; first certificates before renewals, the later study window first."""
    return db.session.scalars(
        select(Term).where(Term.superseded_at.is_(None)).order_by(Term.kind, Term.study_to.desc(), Term.code)
    ).all()


def open_terms(now: datetime) -> Sequence[Term]:
    """R008: terms whose application window contains `now`."""
    return db.session.scalars(
        select(Term)
        .where(Term.superseded_at.is_(None), Term.application_from <= now, Term.application_to > now)
        .order_by(Term.kind, Term.application_to, Term.code)
    ).all()


def last_version(code: str) -> int:
    return db.session.scalar(select(Term.version).where(Term.code == code).order_by(Term.version.desc()).limit(1)) or 0


def overrides() -> dict[date, Holiday]:
    """Every override, as the calendar takes it."""
    rows = db.session.execute(select(CalendarOverride.on, CalendarOverride.name, CalendarOverride.kind))
    return {on: Holiday(name, DayKind(kind)) for on, name, kind in rows}
