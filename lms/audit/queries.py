"""Reading the audit trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_

from lms.audit.models import AuditEntry, AuditSeal, Disclosure
from lms.audit.rules import Act
from lms.core.db import db

_ACTS = {act.value: act for act in Act}


def of_subject(kind: str, code: str, *, limit: int = 200) -> Sequence[AuditEntry]:
    """What was done to one thing, newest first."""
    return _newest(select(AuditEntry).filter_by(subject_kind=kind, subject_code=code), limit)


def of_person(code: str, *, limit: int = 200) -> Sequence[AuditEntry]:
    """What a person did and what was done to their membership, newest first."""
    about = (AuditEntry.subject_kind == "member") & (AuditEntry.subject_code == code)
    return _newest(select(AuditEntry).where(or_(AuditEntry.actor_code == code, about)), limit)


def of_act(act: Act, *, limit: int = 200) -> Sequence[AuditEntry]:
    """The latest rows of one act."""
    return _newest(select(AuditEntry).filter_by(act=act.value), limit)


def _newest(rows: Select[AuditEntry], limit: int) -> Sequence[AuditEntry]:
    return db.session.scalars(rows.order_by(AuditEntry.id.desc()).limit(limit)).all()


def text(entry: AuditEntry, language: str = "tr") -> str:
    """The sentence of a row; a code from a later version is shown as it is."""
    act = _ACTS.get(entry.act)
    return act.text(language) if act else entry.act


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for in the trail; what is None does not matter. ``until`` is excluded."""

    act: str | None = None
    actor: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def search(wanted: Wanted, *, before: int | None = None, limit: int = 50) -> Sequence[AuditEntry]:
    """The newest rows that fit, then those before the row ``before``: each combination reads one index backwards."""
    rows = select(AuditEntry)
    for column, value in (
        (AuditEntry.act, wanted.act), (AuditEntry.actor_code, wanted.actor), (AuditEntry.subject_code, wanted.subject),
    ):  # fmt: skip
        rows = rows.where(column == value) if value is not None else rows
    if wanted.since is not None:
        rows = rows.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        rows = rows.where(AuditEntry.at < wanted.until)
    if before is not None:
        at = select(AuditEntry.at).where(AuditEntry.id == before).scalar_subquery()
        rows = rows.where(tuple_(AuditEntry.at, AuditEntry.id) < tuple_(at, before))
    return db.session.scalars(rows.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(limit)).all()


# --- disclosures -------------------------------------------------------------------------------------------------------


def disclosures_of(code: str, *, limit: int = 200) -> Sequence[Disclosure]:
    """What was told about one person, newest first."""
    rows = select(Disclosure).where(Disclosure.subject_code == code)
    return db.session.scalars(rows.order_by(Disclosure.at.desc(), Disclosure.id.desc()).limit(limit)).all()


def disclosures(
    *, recipient: str | None = None, subject: str | None = None, before: int | None = None, limit: int = 50
) -> Sequence[Disclosure]:
    """What was told outside, newest first, a page at a time."""
    rows = select(Disclosure)
    if recipient is not None:
        rows = rows.where(Disclosure.recipient == recipient)
    if subject is not None:
        rows = rows.where(Disclosure.subject_code == subject)
    if before is not None:
        rows = rows.where(Disclosure.id < before)
    return db.session.scalars(rows.order_by(Disclosure.id.desc()).limit(limit)).all()


# --- the chain ---------------------------------------------------------------------------------------------------------


def last_seal() -> AuditSeal | None:
    """The newest block."""
    return db.session.scalar(select(AuditSeal).order_by(AuditSeal.number.desc()).limit(1))


def unsealed() -> int:
    """How many rows stand after the newest block."""
    last = last_seal()
    rows = select(func.count()).select_from(AuditEntry).where(AuditEntry.id > (last.to_id if last else 0))
    return db.session.scalar(rows) or 0


def plain_rows(*where: ColumnElement[bool], limit: int) -> list[dict[str, Any]]:
    """Rows as their columns, in the order of their ids."""
    rows = select(*AuditEntry.__table__.columns).where(*where).order_by(AuditEntry.id).limit(limit)
    return [dict(row) for row in db.session.execute(rows).mappings()]


def recent_gaps(after: int) -> tuple[list[tuple[int, int]], set[int]]:
    """The gaps of the blocks after number ``after``, and the ids that a block took late."""
    rows = select(AuditSeal.gaps, AuditSeal.late).where(
        AuditSeal.number > after, or_(AuditSeal.gaps.is_not(None), AuditSeal.late.is_not(None))
    )
    empty: list[tuple[int, int]] = []
    taken: set[int] = set()
    for gaps, late in db.session.execute(rows.order_by(AuditSeal.number)):
        empty += [(first, last) for first, last in gaps or ()]
        taken.update(late or ())
    return empty, taken
