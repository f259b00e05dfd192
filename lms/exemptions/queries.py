"""Reading requests, and when an answer really left."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm.attributes import set_committed_value

from lms.core.db import db
from lms.exemptions.models import ExemptionDocument, ExemptionRequest
from lms.exemptions.rules import Status
from lms.notifications.models import OutboxMessage

_OPEN = (Status.REQUESTED, Status.MORE_DOCUMENTS, Status.APPROVED)
_WAITING = (Status.REQUESTED, Status.MORE_DOCUMENTS)


def with_answers(requests: Iterable[ExemptionRequest]) -> list[ExemptionRequest]:
    """Fill ``answered_at`` from the outbox where no job has stored it yet: the right exists from the sending on (R119)."""
    rows = list(requests)
    open_answers = {f"{row.answer_dedupe}/mail": row for row in rows if row.answer_dedupe and row.answered_at is None}
    if open_answers:
        for dedupe, sent_at in db.session.execute(
            select(OutboxMessage.dedupe, OutboxMessage.sent_at).where(
                OutboxMessage.dedupe.in_(open_answers), OutboxMessage.sent_at.is_not(None)
            )
        ):
            # Without history: a reader stores nothing, the job does.
            set_committed_value(open_answers[dedupe], "answered_at", sent_at)
    return rows


def by_code(code: str) -> ExemptionRequest | None:
    """The request behind a public code."""
    rows = with_answers(db.session.scalars(select(ExemptionRequest).where(ExemptionRequest.code == code)))
    return rows[0] if rows else None


def file_keys() -> set[str]:
    """The stored files that rows name."""
    return set(db.session.scalars(select(ExemptionDocument.file_key)))


def of_member(member_id: int, term_code: str | None = None) -> list[ExemptionRequest]:
    """A person's requests, newest first."""
    query = select(ExemptionRequest).where(ExemptionRequest.member_id == member_id)
    if term_code is not None:
        query = query.where(ExemptionRequest.term_code == term_code)
    return with_answers(db.session.scalars(query.order_by(ExemptionRequest.id.desc())))


def open_one(member_id: int, term_code: str) -> ExemptionRequest | None:
    """The request that stands in the way of another one: waiting or approved."""
    rows = [row for row in of_member(member_id, term_code) if row.status in _OPEN]
    return rows[0] if rows else None


def with_status(statuses: Sequence[Status], limit: int = 200) -> list[ExemptionRequest]:
    """Requests in one of ``statuses``: the first to become useless first, then the oldest."""
    query = select(ExemptionRequest).where(ExemptionRequest.status.in_(statuses))
    rows = with_answers(db.session.scalars(query.order_by(ExemptionRequest.requested_at).limit(limit)))
    return sorted(rows, key=lambda row: (row.term.application_to, row.requested_at))


def counts() -> dict[str, tuple[int, datetime]]:
    """For each status how many, and since when the oldest waits."""
    query = select(ExemptionRequest.status, func.count(), func.min(ExemptionRequest.requested_at)).group_by(
        ExemptionRequest.status
    )
    return {status: (number, oldest) for status, number, oldest in db.session.execute(query)}


def document(code: str) -> tuple[ExemptionDocument, ExemptionRequest] | None:
    """A document that still exists, with its request."""
    found = db.session.execute(
        select(ExemptionDocument, ExemptionRequest)
        .join(ExemptionRequest, ExemptionRequest.id == ExemptionDocument.request_id)
        .where(ExemptionDocument.code == code, ExemptionDocument.erased_at.is_(None))
    ).first()
    return (found[0], found[1]) if found else None
