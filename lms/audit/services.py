"""Writing the audit trail: one row for every business act, in the same transaction as the act; sealing it; disclosures."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, delete, func, or_, select

from lms.audit import formats, queries
from lms.audit.models import AuditEntry, AuditSeal, Disclosure
from lms.audit.rules import KEPT, REMEMBERED, Act, Basis, Fact, Recipient
from lms.core.access import Actor
from lms.core.codes import new_code
from lms.core.db import db, insert_many

BLOCK = 5_000
SETTLED = timedelta(seconds=60)
"""A row is sealed when it is this old: by then the transactions that ran beside it are over, nearly always."""

log = logging.getLogger(__name__)


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
            actor_label=_label(actor),
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
        "actor_label": _label(actor),
        "actor_role": actor.role,
        "ip": actor.ip,
    }
    rows = [
        {**common, "subject_kind": kind, "subject_code": code, "data": dict(data)} for (kind, code), data in subjects
    ]
    insert_many(AuditEntry, rows)


def _label(actor: Actor) -> str:
    """The name of who acts; a candidate's stands with the account alone, where it can be erased (ADR 12)."""
    return "" if actor.kind == "member" else actor.label[:120]


# --- disclosures -------------------------------------------------------------------------------------------------------


def disclose(
    recipient: Recipient, *, basis: Basis, subject: tuple[str, str], what: Sequence[Fact], actor: Actor, now: datetime,
    name: str = "", reference: str = "",
) -> None:  # fmt: skip
    """R063: facts about one person go to ``recipient`` (``name``: which institution or authority): the log of it.

    ``subject`` is ("member", code), or ("register", number) for a holder without an account. It stands in the person's
    export and on their page.
    """
    disclose_many(recipient, basis=basis, subjects=[subject], what=what, actor=actor, now=now, name=name, reference=reference)  # fmt: skip


def disclose_many(
    recipient: Recipient, *, basis: Basis, subjects: Sequence[tuple[str, str]], what: Sequence[Fact], actor: Actor, now: datetime,
    name: str = "", reference: str = "",
) -> str:  # fmt: skip
    """The same for a list, in one statement with one audit row; the code of the whole."""
    batch = new_code()
    rows = [
        {
            "batch": batch, "at": now, "recipient": recipient.value, "recipient_name": name[:200], "basis": basis.value,
            "reference": reference[:120], "subject_kind": kind, "subject_code": code, "what": [fact.value for fact in what],
            "actor_code": actor.code, "actor_label": _label(actor),
        }
        for kind, code in subjects
    ]  # fmt: skip
    insert_many(Disclosure, rows)
    record(
        Act.DISCLOSED,
        actor=actor,
        subject=subjects[0] if len(subjects) == 1 else ("disclosure", batch),
        data={
            "batch": batch, "recipient": recipient.value, "name": name, "basis": basis.value, "reference": reference,
            "persons": len(subjects), "what": [fact.value for fact in what],
        },
        now=now,
    )  # fmt: skip
    return batch


# --- the chain ---------------------------------------------------------------------------------------------------------


def seal(now: datetime) -> int:
    """Seal the next block of settled rows, and rows that came late into a gap; how many. 0: nothing to seal."""
    last = queries.last_seal()
    after = last.to_id if last else 0
    late, rows = _late_rows(last), _settled(after, now)
    if not rows and not late:
        return 0
    ids = [row["id"] for row in rows]
    to_id = ids[-1] if ids else after
    number = last.number + 1 if last else 1
    sealed = AuditSeal(
        number=number,
        from_id=after + 1,
        to_id=to_id,
        rows=len(rows) + len(late),
        gaps=formats.gaps(after + 1, to_id, ids) or None,
        late=[row["id"] for row in late] or None,
        digests=b"".join(formats.digest(row) for row in [*late, *rows]),
        head="",
        sealed_at=now,
    )
    sealed.head = formats.head(last.head if last else "", says(sealed), sealed.digests)
    db.session.add(sealed)
    db.session.flush()
    log.info("audit trail sealed: block %d, rows %d to %d, head %s", number, sealed.from_id, to_id, sealed.head)
    return sealed.rows


def _settled(after: int, now: datetime) -> list[dict[str, Any]]:
    """The next rows up to the first that is too fresh."""
    fresh = select(func.min(AuditEntry.id)).where(AuditEntry.id > after, AuditEntry.at > now - SETTLED)
    limit = db.session.scalar(fresh)
    where = [AuditEntry.id > after] + ([AuditEntry.id < limit] if limit else [])
    return queries.plain_rows(*where, limit=BLOCK)


def _late_rows(last: AuditSeal | None) -> list[dict[str, Any]]:
    """Rows that stand now in a gap of the latest blocks: their transaction ended after the block was sealed."""
    if last is None:
        return []
    empty, taken = queries.recent_gaps(last.number - REMEMBERED)
    found: list[dict[str, Any]] = []
    for start in range(0, len(empty), 200):
        stretches = [AuditEntry.id.between(first, end) for first, end in empty[start : start + 200]]
        found += [row for row in queries.plain_rows(or_(*stretches), limit=BLOCK) if row["id"] not in taken]
    return found[:BLOCK]


def expire(now: datetime) -> int:
    """Delete the rows of blocks sealed ten years ago; the blocks stay, so that the chain still holds. How many."""
    old = select(func.max(AuditSeal.to_id)).where(AuditSeal.sealed_at < now - KEPT).scalar_subquery()
    done = db.session.execute(delete(AuditEntry).where(AuditEntry.id <= old, AuditEntry.at < now - KEPT))
    assert isinstance(done, CursorResult)  # noqa: S101 - narrows the type only
    return int(done.rowcount)


def says(seal: AuditSeal) -> dict[str, Any]:
    """What a block says of itself, as it enters its head."""
    return {
        "number": seal.number, "from": seal.from_id, "to": seal.to_id, "rows": seal.rows, "gaps": seal.gaps or [],
        "late": seal.late or [], "at": seal.sealed_at,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """What does not fit: ``kind`` is changed, missing, extra (a row) or block."""

    kind: str
    block: int
    row: int | None = None


@dataclass(slots=True)
class Verdict:
    """The chain recomputed: how much of it, up to which head, and what does not fit, oldest first."""

    blocks: int = 0
    rows: int = 0
    late: int = 0
    expired: int = 0
    unsealed: int = 0
    head: str = ""
    knows_head: bool = True
    faults: list[Fault] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.faults and self.knows_head


def verify(now: datetime, *, deposited: str = "", most: int = 20) -> Verdict:
    """Recompute every row and block. ``deposited``: a head kept elsewhere, which must be one of the chain's."""
    verdict = Verdict(unsealed=queries.unsealed(), knows_head=not deposited)
    before, expected, number = "", 1, 0
    while seal := db.session.scalar(
        select(AuditSeal).where(AuditSeal.number > number).order_by(AuditSeal.number).limit(1)
    ):
        if (
            seal.number != number + 1
            or seal.from_id != expected
            or seal.head != formats.head(before, says(seal), seal.digests)
        ):
            verdict.faults.append(Fault("block", seal.number))
        verdict.faults += _block_faults(seal, verdict, now)
        verdict.knows_head = verdict.knows_head or seal.head == deposited.strip().lower()
        before, expected, number = seal.head, seal.to_id + 1, seal.number
        verdict.blocks, verdict.rows, verdict.late = (
            number,
            verdict.rows + seal.rows,
            verdict.late + len(seal.late or ()),
        )
        db.session.expunge(seal)
        if len(verdict.faults) >= most:
            break
    for row_id, block in _put_in(number):
        if block > number - REMEMBERED:
            verdict.unsealed += 1
        else:
            verdict.faults.append(Fault("extra", block, row_id))
    verdict.head = before
    del verdict.faults[most:]
    return verdict


def _block_faults(seal: AuditSeal, verdict: Verdict, now: datetime) -> Iterator[Fault]:
    """Rows of one block that are gone or say something else. After ten years rows may be gone for good."""
    late = seal.late or []
    stood = AuditEntry.id.between(seal.from_id, seal.to_id)
    rows = queries.plain_rows(or_(stood, AuditEntry.id.in_(late)) if late else stood, limit=2 * (seal.rows + 1))
    found = {row["id"]: row for row in rows}
    may_be_gone = seal.sealed_at < now - KEPT
    ids = formats.members(seal.from_id, seal.to_id, seal.gaps or [], late)
    for row_id, kept in zip(ids, formats.split(seal.digests), strict=False):
        row = found.get(row_id)
        if row is None and may_be_gone:
            verdict.expired += 1
        elif row is None:
            yield Fault("missing", seal.number, row_id)
        elif formats.digest(row) != kept:
            yield Fault("changed", seal.number, row_id)


def _put_in(number: int) -> Iterator[tuple[int, int]]:
    """Rows that stand in a gap though no block up to ``number`` took them, each with the block of the gap."""
    holes = select(AuditSeal.number, AuditSeal.gaps, AuditSeal.late).where(AuditSeal.number <= number)
    blocks = [
        (block, gaps or [], late or []) for block, gaps, late in db.session.execute(holes.order_by(AuditSeal.number))
    ]
    taken = {row_id for _, _, late in blocks for row_id in late}
    empty = [(block, first, last) for block, gaps, _ in blocks for first, last in gaps]
    for start in range(0, len(empty), 200):
        some = empty[start : start + 200]
        stretches = [AuditEntry.id.between(first, last) for _, first, last in some]
        for row_id in db.session.scalars(select(AuditEntry.id).where(or_(*stretches)).order_by(AuditEntry.id)):
            if row_id not in taken:
                yield row_id, next(block for block, first, last in some if first <= row_id <= last)
