"""KVKK m.11, m.13: a request is taken, acknowledged, and answered once, with a reason, within 30 days."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import update

from lms.audit.rules import Act
from lms.audit.services import record
from lms.core.access import Actor
from lms.core.codes import new_code
from lms.core.db import db, insert_ignore
from lms.core.errors import Conflict, Invalid, NotFound, checked
from lms.membership.models import Acceptance, Member
from lms.membership.services.accounts import accept, recipient
from lms.notifications.services import Recipient, enqueue
from lms.privacy import queries
from lms.privacy.models import PrivacyRequest
from lms.privacy.rules import requests as rules
from lms.privacy.rules.requests import Kind, Outcome, Reason
from lms.privacy.services import erasure
from lms.privacy.services.erasure import Kept


def ask(
    kind: str, body: str, *, attempt: str = "", source: str = "form", member: Member | None = None, at: datetime | None = None,
    actor: Actor, now: datetime,
) -> PrivacyRequest:  # fmt: skip
    """Store the request; the 30 days begin when it arrived (``at``). A mail's or a letter's person is given as ``member``.

    Errors: `privacy.exists` where the same is open already; `privacy.kind`, `privacy.body`, `privacy.attempt` by field;
    `privacy.arrived` for an arrival that lies ahead.
    """
    if at is not None and at > now:
        raise Invalid("privacy.arrived")
    who = member or db.session.get_one(Member, actor.member_id)
    values = checked(
        {
            "kind": lambda: _kind(kind),
            "body": lambda: rules.check_body(body),
            "subject_code": lambda: _attempt(who, attempt) if kind == Kind.OBJECTION else "",
        }
    )
    code, arrived = new_code(), at or now
    row = {**values, "code": code, "member_id": who.id, "source": source, "asked_at": arrived}
    if not insert_ignore(PrivacyRequest, [row]):
        raise Conflict("privacy.exists")
    record(
        Act.PRIVACY_REQUESTED, actor=actor, subject=("member", who.code), now=now,
        data={"request": code, "kind": kind, "source": source},
    )  # fmt: skip
    due = rules.due_on(arrived).isoformat()
    params = {"first_name": who.first_name, "code": code, "kind": kind, "due": due}
    enqueue("privacy_received", to=recipient(who), params=params, dedupe=f"privacy_received:{code}", now=now)
    found = queries.by_code(code)
    if found is None:
        raise NotFound
    return found


def _kind(typed: str) -> str:
    if typed not in {one.value for one in Kind}:
        raise Invalid("privacy.kind")
    return typed


def _attempt(who: Member, code: str) -> str:
    if code not in {attempt.code for attempt in queries.finished_attempts(who.id)}:
        raise Invalid("privacy.attempt")
    return code


def for_review(code: str) -> PrivacyRequest:
    """The request of this code."""
    row = queries.by_code(code)
    if row is None:
        raise NotFound
    return row


def stays(row: PrivacyRequest, now: datetime) -> list[Kept]:
    """For an erasure: what would have to stay."""
    return erasure.kept(row.member, now) if row.kind == Kind.ERASURE else []


def decide(
    code: str, *, outcome: str, reason: str, answer: str, actor: Actor, now: datetime, wall: datetime
) -> PrivacyRequest:
    """Answer once, by mail; an erasure that is granted happens here. Who comes second is told who was first and when.

    Errors: `privacy.reason`, `privacy.answer`, `privacy.keeps` and `privacy.keeps_nothing` (what may not or may go),
    `privacy.running`, `privacy.claimed`, `privacy.others`, `privacy.decided_by`.
    """
    row = for_review(code)
    values = checked({"outcome": lambda: _one_of(Outcome, outcome), "reason": lambda: _one_of(Reason, reason)})
    text = rules.check_answer(Kind(row.kind), values["outcome"], values["reason"], answer)
    person, to = row.member, recipient(row.member)
    erases = row.kind == Kind.ERASURE and values["outcome"] is not Outcome.REFUSED
    kept = stays(row, now) if erases else []
    if erases and bool(kept) != (values["outcome"] is Outcome.PARTLY):
        raise Invalid("privacy.keeps" if kept else "privacy.keeps_nothing")
    first_name, language = person.first_name, person.language
    _claim(row, outcome=outcome, reason=reason, answer=text, decided_by=actor.member_id, decided_at=now)
    record(
        Act.PRIVACY_ANSWERED, actor=actor, subject=("member", person.code), now=now,
        data={"request": code, "kind": row.kind, "outcome": outcome, "reason": reason},
    )  # fmt: skip
    if erases:
        erasure.erase(person, request=code, now=now, wall=wall)
        record(Act.PRIVACY_ERASED, actor=actor, subject=("member", person.code), now=now, data={"request": code, "kept": [one.code for one in kept]})  # fmt: skip
        to = Recipient(to.email, language=language)  # the last message to this address is found by nobody's name
    params = {
        "first_name": first_name, "code": code, "kind": row.kind, "outcome": outcome, "reason": reason, "answer": text,
        "kept": _told(kept),
    }  # fmt: skip
    enqueue("privacy_answered", to=to, params=params, dedupe=f"privacy_answered:{code}", now=now)
    return row


def _told(kept: Sequence[Kept]) -> list[dict[str, Any]]:
    return [
        {"title": one.title, "basis": one.basis, "until": one.until.isoformat() if one.until else ""} for one in kept
    ]


def _one_of(values: Any, typed: str) -> Any:
    try:
        return values(typed)
    except ValueError:
        raise Invalid("privacy.choose") from None


def _claim(row: PrivacyRequest, **values: object) -> None:
    """Answer it if nobody did meanwhile: the database decides between two at once."""
    changed = db.session.execute(
        update(PrivacyRequest)
        .where(PrivacyRequest.id == row.id, PrivacyRequest.outcome.is_(None))
        .values(**values)
        .returning(PrivacyRequest.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.refresh(row)
    if changed is None and row.decided_by is not None:
        by = db.session.get_one(Member, row.decided_by)
        raise Conflict("privacy.decided_by", by=by.full_name, at=row.decided_at)


# --- consents ----------------------------------------------------------------------------------------------------------


def withdraw(subject_code: str, *, actor: Actor, now: datetime) -> Acceptance:
    """Take back a consent: from now on; what was told before stays told. Errors: not found where none stands."""
    given = next((one for one in queries.consents(actor.member_id) if one.subject_code == subject_code), None)
    if given is None:
        raise NotFound
    member = db.session.get_one(Member, actor.member_id)
    subject = (given.subject_kind, given.subject_code)
    taken = accept(member, given.text, given=False, subject=subject, now=now, ip=actor.ip)
    record(Act.CONSENT_WITHDRAWN, actor=actor, subject=subject, now=now, data={"text": given.text.kind, "version": given.text.version})  # fmt: skip
    return taken
