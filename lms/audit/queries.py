"""Reading the audit trail."""

from collections.abc import Sequence

from sqlalchemy import Select, or_, select

from lms.audit.models import AuditEntry
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
