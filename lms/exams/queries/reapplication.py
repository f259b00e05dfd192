"""Readers of the requests to apply again."""

from datetime import datetime

from sqlalchemy import and_, func, select

from lms.core.access import Actor
from lms.core.calendar import Window
from lms.core.db import db
from lms.core.errors import DomainError
from lms.enrolment.models import Application
from lms.exams.models import ReapplicationRequest
from lms.exams.queries.attempts import overviews
from lms.exams.rules import exam as rules
from lms.terms import services as terms
from lms.terms.models import Term

PAGE = 50


def requests_of(member_id: int) -> list[ReapplicationRequest]:
    return list(
        db.session.scalars(
            select(ReapplicationRequest)
            .where(ReapplicationRequest.member_id == member_id)
            .order_by(ReapplicationRequest.requested_at.desc())
        )
    )


def request(code: str) -> ReapplicationRequest | None:
    return db.session.scalars(select(ReapplicationRequest).where(ReapplicationRequest.code == code)).one_or_none()


def may_reapply(actor: Actor, *, now: datetime) -> Application | None:
    """R099: the failed application for which a request can be made now, the newest of its term."""
    found = overviews(actor, now=now)
    for overview in found:
        application = overview.application
        same = [o.application.ordinal for o in found if o.application.term_code == application.term_code]
        try:
            rules.check_request(
                overview.standing.outcome,
                window(application),
                now,
                is_latest=application.ordinal == max(same),
                open_request=open_request(application.id),
            )
        except DomainError:
            continue
        return application
    return None


def window(application: Application) -> Window:
    """R099: when payment and form of another application may follow: as the term stands now, for it may have been extended."""
    return terms.term_of(application.member_id, application.term_code).schedule.application


def open_request(application_id: int) -> str | None:
    """The code of a request that is undecided or approved; a rejected one does not bar another."""
    return db.session.scalar(
        select(ReapplicationRequest.code).where(
            ReapplicationRequest.application_id == application_id, ReapplicationRequest.status != "rejected"
        )
    )


def approved_at(member_id: int, term_code: str, ordinal: int) -> datetime | None:
    """R099: when the application of this ordinal was permitted; None of the first, which needs no leave."""
    approved = (
        select(ReapplicationRequest.decided_at)
        .join(Application, Application.id == ReapplicationRequest.application_id)
        .where(
            ReapplicationRequest.member_id == member_id, ReapplicationRequest.status == "approved",
            Application.term_code == term_code, Application.ordinal == ordinal - 1,
        )
    )  # fmt: skip
    return db.session.scalar(approved)


def requests_by_status(status: str, *, page: int = 1) -> list[ReapplicationRequest]:
    """One page of the staff's queue: the first whose window closes first, then the oldest."""
    return list(
        db.session.scalars(
            select(ReapplicationRequest)
            .join(Application, Application.id == ReapplicationRequest.application_id)
            .join(Term, and_(Term.code == Application.term_code, Term.superseded_at.is_(None)))
            .where(ReapplicationRequest.status == status)
            .order_by(Term.application_to, ReapplicationRequest.requested_at, ReapplicationRequest.id)
            .limit(PAGE)
            .offset((page - 1) * PAGE)
        )
    )


def count_requests(status: str) -> int:
    return (
        db.session.scalar(
            select(func.count()).select_from(ReapplicationRequest).where(ReapplicationRequest.status == status)
        )
        or 0
    )
