"""Reading requests, and when an answer really left."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm.attributes import set_committed_value

from lms.core.db import db
from lms.exemptions.models import ExemptionBarcode, ExemptionDocument, ExemptionRequest
from lms.exemptions.rules import KEEP_DAYS, Status
from lms.notifications.models import OutboxMessage
from lms.terms.models import Term

PAGE = 50
_WAITING = (Status.REQUESTED, Status.MORE_DOCUMENTS, Status.CONFIRMING)
_OPEN = (*_WAITING, Status.APPROVED)
_DECIDED = (Status.APPROVED, Status.REJECTED)
_ANSWER = ExemptionRequest.answer_dedupe + "/mail"
_TERM_NOW = and_(Term.code == ExemptionRequest.term_code, Term.superseded_at.is_(None))
"""The term as it stands now: the window of the form may have been extended since the request."""
_LOST = or_(OutboxMessage.bounced_at.is_not(None), OutboxMessage.failed_at.is_not(None))


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


def exempt(member_ids: Collection[int], term_code: str) -> set[int]:
    """R119: of many people those whose positive answer for the term was sent."""
    return set(
        db.session.scalars(
            select(ExemptionRequest.member_id).where(
                ExemptionRequest.member_id.in_(member_ids),
                ExemptionRequest.term_code == term_code,
                ExemptionRequest.status == Status.APPROVED,
                ExemptionRequest.answered_at.is_not(None),
            )
        )
    )


def with_status(
    statuses: Sequence[Status], *, term_code: str | None = None, page: int = 1, size: int = PAGE
) -> list[ExemptionRequest]:
    """One page of the requests in one of ``statuses``: the first to become useless first, then the oldest."""
    query = select(ExemptionRequest).join(Term, _TERM_NOW)
    query = query.where(ExemptionRequest.status.in_(statuses))
    if term_code is not None:
        query = query.where(ExemptionRequest.term_code == term_code)
    order = (Term.application_to, ExemptionRequest.requested_at, ExemptionRequest.id)
    return with_answers(db.session.scalars(query.order_by(*order).limit(size).offset((page - 1) * size)))


@dataclass(frozen=True, slots=True)
class Lost:
    """R119: an answer that did not reach the person: it came back after it had left (``came_back``), or never left."""

    at: datetime
    why: str
    came_back: bool


def lost(rows: Sequence[ExemptionRequest]) -> dict[int, Lost]:
    """For each request whose last answer is lost: when and why."""
    keys = [row.id for row in rows if row.answer_dedupe]
    if not keys:
        return {}
    found = db.session.execute(
        select(ExemptionRequest.id, OutboxMessage)
        .join(OutboxMessage, OutboxMessage.dedupe == _ANSWER)
        .where(ExemptionRequest.id.in_(keys), _LOST)
    )
    return {key: _lost(message) for key, message in found}


def _lost(message: OutboxMessage) -> Lost:
    if message.bounced_at is not None:
        return Lost(message.bounced_at, message.bounce_reason or "", came_back=True)
    return Lost(message.failed_at or message.created_at, message.error or "", came_back=False)


def _with_lost_answer(now: datetime) -> Any:
    return (
        select(ExemptionRequest)
        .join(Term, _TERM_NOW)
        .join(OutboxMessage, OutboxMessage.dedupe == _ANSWER)
        .where(_LOST, Term.application_to > now)
    )


def with_lost_answer(now: datetime, limit: int = 200) -> list[ExemptionRequest]:
    """Requests whose last answer is lost and whose form is still open, the first to become useless first."""
    query = _with_lost_answer(now).order_by(Term.application_to, ExemptionRequest.decided_at)
    return with_answers(db.session.scalars(query.limit(limit)))


def count_lost(now: datetime) -> tuple[int, datetime | None]:
    """How many those are, and since when the oldest was decided."""
    rows = _with_lost_answer(now).with_only_columns(func.count(), func.min(ExemptionRequest.decided_at))
    count, oldest = db.session.execute(rows).one()
    return count, oldest


def with_outlived_evidence(now: datetime) -> Sequence[ExemptionRequest]:
    """D-10: requests with evidence that has served its purpose."""
    limit = now - timedelta(days=KEEP_DAYS)
    over = (ExemptionRequest.status.in_(_DECIDED) & (ExemptionRequest.decided_at < limit)) | (
        ExemptionRequest.status.in_(_WAITING) & (Term.application_to < limit)
    )
    kept = or_(
        ExemptionRequest.documents.any(ExemptionDocument.erased_at.is_(None)),
        ExemptionRequest.barcodes.any(ExemptionBarcode.erased_at.is_(None)),
    )
    return db.session.scalars(select(ExemptionRequest).join(Term, _TERM_NOW).where(over, kept)).all()


def terms_asked_for() -> list[tuple[str, str]]:
    """The terms that have requests, for the filter: code and Turkish name, newest first."""
    rows = (
        select(ExemptionRequest.term_code, func.max(Term.name_tr), func.max(Term.application_to))
        .join(Term, _TERM_NOW)
        .group_by(ExemptionRequest.term_code)
        .order_by(func.max(Term.application_to).desc())
    )
    return [(code, name) for code, name, _until in db.session.execute(rows)]


def counts(term_code: str | None = None) -> dict[str, tuple[int, datetime]]:
    """For each status how many, and since when the oldest waits."""
    query = select(ExemptionRequest.status, func.count(), func.min(ExemptionRequest.requested_at))
    if term_code is not None:
        query = query.where(ExemptionRequest.term_code == term_code)
    query = query.group_by(ExemptionRequest.status)
    return {status: (number, oldest) for status, number, oldest in db.session.execute(query)}


def document(code: str) -> tuple[ExemptionDocument, ExemptionRequest] | None:
    """A document that still exists, with its request."""
    found = db.session.execute(
        select(ExemptionDocument, ExemptionRequest)
        .join(ExemptionRequest, ExemptionRequest.id == ExemptionDocument.request_id)
        .where(ExemptionDocument.code == code, ExemptionDocument.erased_at.is_(None))
    ).first()
    return (found[0], found[1]) if found else None
