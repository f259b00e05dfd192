"""Keeping signs, and a person's word about one. Nothing else in the house reads them."""

from datetime import datetime

from sqlalchemy import CursorResult, delete, update

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import Actor
from lms.core.codes import new_code
from lms.core.db import db, insert_ignore
from lms.core.errors import Conflict, NotFound
from lms.exams.models import Attempt
from lms.reports.models import ExamSign
from lms.reports.queries import signs as queries
from lms.reports.rules import signs as rules


def find(*, now: datetime) -> int:
    """Look through what ended lately; how many signs are new or grew. Run again it finds the same."""
    since = now - rules.LOOK_BACK
    found = [*queries.devices(), *queries.quick(since, now), *queries.patterns(since, now), *queries.nights(since, now)]
    before, fresh, grown = queries.found_before(found), [], 0
    for one in found:
        row = before.get((one.kind, one.term_code, one.key))
        if row is None:
            fresh.append(
                {
                    "code": new_code(), "kind": one.kind.value, "term_code": one.term_code, "key": one.key,
                    "exams": list(one.exams), "facts": dict(one.facts), "first_at": one.first_at, "last_at": one.last_at,
                    "found_at": now, "state": rules.State.NEW.value, "seen_exams": 0,
                }
            )  # fmt: skip
        elif set(one.exams) - set(row.exams):
            row.exams, row.facts, row.last_at = list(one.exams), dict(one.facts), one.last_at
            grown += 1
    return insert_ignore(ExamSign, fresh, ["kind", "term_code", "key"]) + grown


def erase(*, now: datetime) -> int:
    """After two years: the signs, what was said of them, and the marks of the browsers."""
    limit = queries.spent(now)
    marks = update(Attempt).where(Attempt.device.is_not(None), Attempt.started_at < limit).values(device=None)
    done = [
        db.session.execute(statement, execution_options={"synchronize_session": False})
        for statement in (marks, delete(ExamSign).where(ExamSign.last_at < limit))
    ]
    return sum(int(one.rowcount) for one in done if isinstance(one, CursorResult))


def for_look(code: str) -> ExamSign:
    """A sign as staff see it."""
    row = queries.sign(code)
    if row is None:
        raise NotFound
    return row


def seen(row: ExamSign) -> str:
    """What the form says it answers to: the last word, if there was one."""
    return row.decided_at.isoformat() if row.decided_at else ""


def judge(code: str, state: str, reason: str, *, seen_at: str, actor: Actor, now: datetime) -> ExamSign:
    """A person's word, with the reason, in a row and on record. It may be followed by another one, never overwritten unseen.

    Errors: sign.state, sign.reason; sign.overtaken when somebody else said something meanwhile.
    """
    row = for_look(code)
    word, why = rules.check_word(state, reason)
    if seen_at != seen(row):
        raise _overtaken(row)
    unchanged = ExamSign.decided_at.is_(None) if row.decided_at is None else ExamSign.decided_at == row.decided_at
    done = db.session.execute(
        update(ExamSign)
        .where(ExamSign.id == row.id, unchanged)
        .values(state=word.value, reason=why, decided_by=actor.member_id, decided_at=now, seen_exams=len(row.exams))
    )
    db.session.refresh(row)
    if not isinstance(done, CursorResult) or done.rowcount != 1:
        raise _overtaken(row)
    audit.record(
        Act.SIGN_JUDGED, actor=actor, subject=("sign", row.code), now=now,
        data={"kind": row.kind, "state": word.value, "reason": why, "exams": len(row.exams)},
    )  # fmt: skip
    return row


def _overtaken(row: ExamSign) -> Conflict:
    judge = row.judge
    return Conflict("sign.overtaken", by=judge.full_name if judge else "", at=row.decided_at)
