"""Counting terms, and what the dashboard shows of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete

from lms.core.calendar import local_date
from lms.core.db import db, insert_many
from lms.core.errors import NotFound
from lms.exemptions.services import requests as exemptions
from lms.reports.models import TermFigures
from lms.reports.queries import dates, figures
from lms.reports.rules.figures import Figures
from lms.terms import queries as terms
from lms.terms.models import Term
from lms.terms.rules import shown_first

SETTLED = timedelta(days=30)
"""So long after its study window a term is still counted: later nothing of it changes but single acts, told elsewhere."""


def count(*, now: datetime) -> int:
    """Count each term anew that has begun and not long ended, and each that was never counted; how many."""
    counted = 0
    for term in terms.current_terms():
        known = figures.of_term(term.code)
        if term.application_from > now or (known is not None and known.counted_at > term.study_to + SETTLED):
            continue
        row = {"term_code": term.code, "counted_at": now, "figures": dict(figures.everything(term, now))}
        db.session.execute(delete(TermFigures).where(TermFigures.term_code == term.code))
        insert_many(TermFigures, [row])
        counted += 1
    return counted


@dataclass(frozen=True, slots=True)
class Counted:
    """One term with what was counted of it; ``at`` None = not yet."""

    term: Term
    figures: Figures
    at: datetime | None


def of_term(code: str | None, now: datetime) -> tuple[Counted | None, Sequence[Term]]:
    """The term asked for, else the running one that began last, with its figures; and all terms that have begun."""
    begun = [term for term in terms.current_terms() if term.application_from <= now]
    begun.sort(key=lambda term: shown_first(term.schedule, now), reverse=True)
    if code is None:
        chosen = begun[0] if begun else None
    else:
        chosen = next((term for term in begun if term.code == code), None)
        if chosen is None:
            raise NotFound
    if chosen is None:
        return None, begun
    row = figures.of_term(chosen.code)
    return Counted(chosen, Figures.of(row.figures) if row else Figures(), row.counted_at if row else None), begun


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day on which something ends for everybody of a term."""

    day: date
    kind: str
    term: Term


def deadlines(now: datetime) -> list[Deadline]:
    """Windows that end within seven days, and the last day on which an exemption can safely be answered (D-20)."""
    every, today = terms.current_terms(), local_date(now)
    found = [Deadline(*one) for one in dates.ending(every, now)]
    for term in every:
        safe = exemptions.urgency_of(term, now).safe_day
        if today <= safe < today + dates.WEEK:
            found.append(Deadline(safe, "exemption", term))
    return sorted(found, key=lambda one: (one.day, one.kind))
