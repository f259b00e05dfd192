"""Writing the audit trail: one row for every business act, in the same transaction as the act."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from lms.audit.models import AuditEntry
from lms.audit.rules import Act
from lms.core.access import Actor
from lms.core.db import db, insert_many


def record(
    act: Act, *, actor: Actor, subject: tuple[str, str], now: datetime, data: Mapping[str, Any] | None = None
) -> None:
    """Add the row; it is stored with the act, or not at all. `subject` is (kind, code): ("application", "7k3f...").

    `data` is JSON-able and holds no T.C. kimlik number and no secret. For what must be recorded although the act
    failed, call this inside `core.db.record_apart`.
    """
    kind, code = subject
    db.session.add(
        AuditEntry(
            at=now,
            act=act.value,
            actor_kind=actor.kind,
            actor_code=actor.code,
            actor_label=actor.label[:120],
            actor_role=actor.role,
            ip=actor.ip,
            subject_kind=kind,
            subject_code=code,
            data=dict(data or {}),
        )
    )


def record_many(
    act: Act, *, actor: Actor, subjects: Iterable[tuple[tuple[str, str], Mapping[str, Any]]], now: datetime
) -> None:
    """One act on many subjects, each with its data, in one statement."""
    common = {
        "at": now,
        "act": act.value,
        "actor_kind": actor.kind,
        "actor_code": actor.code,
        "actor_label": actor.label[:120],
        "actor_role": actor.role,
        "ip": actor.ip,
    }
    rows = [
        {**common, "subject_kind": kind, "subject_code": code, "data": dict(data)} for (kind, code), data in subjects
    ]
    insert_many(AuditEntry, rows)
