"""What the jobs of exams ask: attempts and applications whose time is over, results and openings to announce."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, cast, exists, func, literal, select
from sqlalchemy.orm import aliased

from lms.core.db import db
from lms.enrolment.models import Application
from lms.exams.models import Attempt
from lms.learning.models import Training
from lms.notifications.models import OutboxMessage
from lms.terms.models import Term


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


def closing_terms(now: datetime, ahead: timedelta) -> list[Term]:
    """Versions whose study window ends within `ahead`."""
    return list(db.session.scalars(select(Term).where(Term.study_to > now, Term.study_to <= now + ahead)))


def unfinished(term: Term, since: datetime, key: str) -> list[tuple[Application, datetime | None]]:
    """R013, R096: open applications whose training opened before `since`, with its completion; `key` marks who was told."""
    told = literal("study-reminder:") + Application.code + f":{key}/mail"
    rows = db.session.execute(
        select(Application, Training.completed_at)
        .outerjoin(Training, Training.application_id == Application.id)
        .where(
            Application.term_id == term.id,
            Application.outcome.is_(None),
            Application.assigned_at < since,
            ~exists().where(OutboxMessage.dedupe == told),
        )
    )
    return [(application, completed) for application, completed in rows]


def counted(application_ids: Collection[int]) -> dict[int, int]:
    """How many attempts of each application ended and count (R098: one annulled technically does not)."""
    rows = db.session.execute(
        select(Attempt.application_id, func.count())
        .where(
            Attempt.application_id.in_(application_ids), Attempt.state == "finished", Attempt.returned_from.is_(None)
        )
        .group_by(Attempt.application_id)
    )
    return {application_id: number for application_id, number in rows}  # noqa: C416 - a Row is no pair to mypy


def next_attempts_to_announce(since: datetime, monday: datetime, now: datetime) -> list[Assigned]:
    """R091, R095: attempts failed in [since, monday) whose successor opened by `monday`, not started and not told.

    R098: an attempt that came back is open instead, and its holder was told with the decision; nothing follows it before
    the Monday after it was sat again.
    """
    later, back, again, late = aliased(Attempt), aliased(Attempt), aliased(Attempt), aliased(Attempt)
    sat_again = exists().where(
        again.application_id == back.application_id, again.ordinal == back.ordinal, again.returned_from.is_(None)
    )
    rows = db.session.execute(
        select(Application, Attempt.ordinal + 1, Attempt.finalised_at)
        .join(Attempt, Attempt.application_id == Application.id)
        .join(Term, Term.id == Application.term_id)
        .where(
            Application.outcome.is_(None),
            Attempt.passed.is_(False),
            Attempt.returned_from.is_(None),
            Attempt.finalised_at >= since,
            Attempt.finalised_at < monday,
            Attempt.ordinal < Term.attempts,
            Term.study_to > now,
            ~exists().where(later.application_id == Application.id, later.ordinal == Attempt.ordinal + 1),
            ~exists().where(back.application_id == Application.id, back.returned_from.is_not(None), ~sat_again),
            ~exists().where(
                late.application_id == Application.id,
                late.returned_from.is_(None),
                func.coalesce(late.finalised_at >= monday, True),
            ),
            _untold(Attempt.ordinal + 1),
        )
    )
    return [Assigned(application, ordinal, ended) for application, ordinal, ended in rows if ended is not None]
