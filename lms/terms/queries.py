"""Reading programmes, terms and the calendar's overrides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select

from lms.core.calendar import DayKind, Holiday, Window
from lms.core.db import db
from lms.terms.models import CalendarOverride, Programme, Term, TermException


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


def beside(code: str, programme_id: int, kind: str, application: Window) -> Sequence[Term]:
    """Other terms of the same programme and kind that take applications at some moment of this window."""
    return db.session.scalars(
        select(Term)
        .where(Term.superseded_at.is_(None), Term.programme_id == programme_id, Term.kind == kind, Term.code != code)
        .where(Term.application_from < application.end, Term.application_to > application.start)
        .order_by(Term.application_from, Term.code)
    ).all()


def exceptions(member_id: int) -> dict[str, Term]:
    """R127: the terms in which a longer window was given to this person, by code."""
    rows = db.session.scalars(select(TermException).where(TermException.member_id == member_id))
    return {row.term_code: row.term for row in rows}


def versions(code: str) -> Sequence[Term]:
    """Every version of a term, newest first."""
    return db.session.scalars(select(Term).where(Term.code == code).order_by(Term.version.desc())).all()


def programmes() -> Sequence[Programme]:
    return db.session.scalars(select(Programme).order_by(Programme.id)).all()


def desk_terms() -> Sequence[Term]:
    """Terms whose newest version was written at the desk."""
    return db.session.scalars(
        select(Term).where(Term.superseded_at.is_(None), Term.source == "desk").order_by(Term.code)
    ).all()


def last_from_file(code: str) -> Term | None:
    """What the term's file said when it was last taken in."""
    rows = select(Term).where(Term.code == code, Term.source == "file").order_by(Term.version.desc()).limit(1)
    return db.session.scalar(rows)


def version(code: str, number: int) -> Term:
    return db.session.scalars(select(Term).where(Term.code == code, Term.version == number)).one()


def last_version(code: str) -> int:
    return db.session.scalar(select(Term.version).where(Term.code == code).order_by(Term.version.desc()).limit(1)) or 0


def overrides() -> dict[date, Holiday]:
    """Every override that stands, as the calendar takes it."""
    columns = select(CalendarOverride.on, CalendarOverride.name, CalendarOverride.kind)
    rows = db.session.execute(columns.where(CalendarOverride.withdrawn_at.is_(None)))
    return {on: Holiday(name, DayKind(kind)) for on, name, kind in rows}
