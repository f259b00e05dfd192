"""Idempotency-Key: the same POST under the same key is done once and answered the same again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from lms.api.models import IdempotentAnswer
from lms.core.db import db, insert_ignore
from lms.core.errors import Conflict, Invalid
from lms.membership.models import Member

KEPT_FOR = timedelta(days=1)
STUCK_AFTER = timedelta(minutes=2)


@dataclass(frozen=True)
class Stored:
    """An answer already given."""

    status: int
    body: str


def claim(member_id: int | None, key: str, request_hash: str, now: datetime) -> Stored | None:
    """Reserve ``key`` for this request (None: go on), or the answer it already had. 422 if the key had another request."""
    row = {
        "member_id": member_id,
        "key": key,
        "request_hash": request_hash,
        "status": None,
        "body": None,
        "created_at": now,
    }
    if insert_ignore(IdempotentAnswer, [row]):
        return None
    found = db.session.scalars(select(IdempotentAnswer).where(_under(member_id, key)).with_for_update()).one_or_none()
    if found is None:  # the other request was refused at this very instant
        raise Conflict("idempotency.running")
    if found.request_hash != request_hash:
        raise Invalid("idempotency.mismatch")
    if found.status is not None:
        return Stored(found.status, found.body or "")
    if now - found.created_at < STUCK_AFTER:
        raise Conflict("idempotency.running")
    found.created_at = now
    return None


def remember(member_id: int | None, key: str, status: int, body: str) -> None:
    """Keep the answer of a finished request."""
    db.session.execute(update(IdempotentAnswer).where(_under(member_id, key)).values(status=status, body=body))


def forget(member_id: int | None, key: str) -> None:
    """Free the key of a request that was refused: it may be mended and sent again."""
    db.session.execute(delete(IdempotentAnswer).where(_under(member_id, key)))


def _under(member_id: int | None, key: str) -> ColumnElement[bool]:
    """The row of this caller's key; a stranger's has no member."""
    return and_(IdempotentAnswer.member_id == member_id, IdempotentAnswer.key == key)


def tidy(now: datetime) -> int:
    """Drop answers older than a day, and those of accounts that an erasure closed (R063); how many."""
    erased = IdempotentAnswer.member_id.in_(select(Member.id).where(Member.email == ""))
    old = or_(IdempotentAnswer.created_at < now - KEPT_FOR, erased)
    return len(db.session.scalars(delete(IdempotentAnswer).where(old).returning(IdempotentAnswer.id)).all())
