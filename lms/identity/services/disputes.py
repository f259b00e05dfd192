"""R126: "this identity number is mine, the account is not": the claim, and moving the account by two persons."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from lms.attachments import services as attachments
from lms.attachments.formats import Clean
from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import Actor
from lms.core.codes import mask_tckn, new_code
from lms.core.config import vault
from lms.core.db import db
from lms.core.errors import Conflict, NotFound, checked
from lms.core.files import files
from lms.enrolment import services as enrolment
from lms.exams.models import Attempt
from lms.exemptions.services import requests as exemptions
from lms.identity import queries, rules
from lms.identity.models import Dispute
from lms.identity.rules import Claim
from lms.membership import credential
from lms.membership.models import Member
from lms.membership.rules import identity
from lms.membership.rules.throttling import Pace
from lms.membership.services import links
from lms.membership.services.accounts import recipient
from lms.notifications.services import Recipient, enqueue

NAMESPACE: Final = "disputes"
PACE: Final = Pace(free=5, first=60, cap=3600)
STRAY_AFTER: Final = timedelta(days=1)


def slow_down(ip: str | None, *, wall: datetime) -> None:
    """Claims of one network become slow after five. Opens its own transaction."""
    credential.claim("dispute", ip, PACE, wall)


def prepare(name: str | None, data: bytes, *, actor: Actor, now: datetime) -> Clean:
    """Check and clean the evidence. Slow: call it outside a transaction. Errors: document.*."""
    return attachments.clean(data, name, actor=actor, place=NAMESPACE, now=now)


def claim(
    *, tckn: str, name: str, email: str, explanation: str, document: Clean, language: str, actor: Actor, now: datetime
) -> Dispute:
    """The claim. It freezes nothing, and its answer does not say whether such an account exists. Errors: by field."""
    given = checked(
        {
            "tckn": lambda: identity.tckn(tckn),
            "name": lambda: identity.person_name(name),
            "email": lambda: identity.email(email),
            "explanation": lambda: rules.check_evidence(explanation),
        }
    )
    row = Dispute(
        code=new_code(),
        tckn_index=vault().index(given["tckn"]),
        tckn_masked=mask_tckn(given["tckn"]),
        name=given["name"],
        email=given["email"],
        language=language,
        explanation=given["explanation"],
        file_key=files().put(NAMESPACE, document.data, document.suffix),
        file_label=document.label,
        media_type=document.media_type,
        status=Claim.OPEN,
        opened_at=now,
    )
    db.session.add(row)
    db.session.flush()
    audit.record(Act.DISPUTE_OPENED, actor=actor, subject=("dispute", row.code), now=now)
    dedupe = f"dispute-received:{row.code}"
    enqueue("dispute_received", to=_claimant(row), params={"name": row.name}, dedupe=dedupe, now=now)
    return row


def decide(code: str, act: str, reason: str, *, actor: Actor, now: datetime, wall: datetime) -> Dispute:
    """Propose, send back, refuse, or (by another person) move. Errors: dispute.decided and dispute.proposed (who and when),
    changed, same_person, no_account, correction.evidence where a reason is due.
    """
    row, others = _locked(code)
    _check_overtaken(row, act)
    status = rules.next_claim(
        Claim(row.status), act, proposed_by=row.proposed_by, actor=actor.member_id, has_account=row.account is not None
    )
    if act in ("propose", "refuse"):
        row.reason = rules.check_evidence(reason)
    row.status = status
    if act == "propose":
        row.proposed_by, row.proposed_at = actor.member_id, now
    if status in (Claim.MOVED, Claim.REFUSED):
        row.decided_by, row.decided_at = actor.member_id, now
    if status is Claim.MOVED and row.account is not None:
        _move(row, row.account, others, now=now, wall=wall)
    elif status is Claim.REFUSED:
        _thaw(row, others)
        enqueue("dispute_refused", to=_claimant(row), params={"name": row.name}, dedupe=f"dispute:{row.code}", now=now)
    db.session.flush()
    audit.record(
        Act.DISPUTE_DECIDED, actor=actor, subject=("dispute", row.code), now=now,
        data={"act": act, "reason": row.reason or "", "member": row.account.code if row.account else ""},
    )  # fmt: skip
    return row


def _check_overtaken(row: Dispute, act: str) -> None:
    """Of two at once the other is told who was first, and when."""
    if row.decided_by is not None:
        by = db.session.get_one(Member, row.decided_by)
        raise Conflict("dispute.decided", by=by.full_name, at=row.decided_at)
    if row.status == Claim.PROPOSED and act in ("propose", "refuse"):
        by = db.session.get_one(Member, row.proposed_by)
        raise Conflict("dispute.proposed", by=by.full_name, at=row.proposed_at)


def _locked(code: str) -> tuple[Dispute, list[Dispute]]:
    """The claim, and those to the same number that wait beside it: the account's freeze is of them all."""
    every = queries.locked_disputes(code)
    row = next((one for one in every if one.code == code), None)
    if row is None:
        raise NotFound
    return row, [one for one in every if one is not row and one.status in (Claim.OPEN, Claim.PROPOSED)]


def _claimant(row: Dispute) -> Recipient:
    return Recipient(row.email, language=row.language)


def _move(row: Dispute, member: Member, others: Sequence[Dispute], *, now: datetime, wall: datetime) -> None:
    """All sessions end, the old password and every link given before open nothing, mail goes to the claimant, also that
    about earlier applications; what was done in the account stays. Whoever's claim froze it, its owner may log in.
    """
    before = recipient(member)
    credential.end_sessions(member, wall=wall)
    links.void_links(member, wall=wall)
    member.email, member.phone, member.password_hash = row.email, None, None
    enrolment.move_contact(member)
    exemptions.move_contact(member)
    for one in (row, *others):
        _thaw(one)
    row.member = member
    db.session.flush()
    links.mail_link(member, "account_yours", name=row.name, dedupe=f"account-yours:{row.code}", now=now, wall=wall)
    params = {"name": member.first_name, "at": now.isoformat()}
    enqueue("account_moved", to=before, params=params, dedupe=f"account-moved:{row.code}", now=now)


def _thaw(row: Dispute, others: Sequence[Dispute] = ()) -> None:
    """The account opens again; while one of ``others`` waits for it, that one keeps it closed instead."""
    if row.frozen_at is None or row.member is None:
        return
    heir = next((one for one in others if one.account is row.member), None)
    if heir is None:
        row.member.disabled_at = None
    else:
        heir.member, heir.frozen_at = row.member, row.frozen_at
    row.frozen_at = None


def freeze(code: str, frozen: bool, reason: str, *, actor: Actor, now: datetime, wall: datetime) -> None:
    """A decision of staff with its reason, never of a claim: nobody logs in while they look. Not while an exam runs, whose
    clock goes on. Errors: dispute.no_account, exam_runs, closed, correction.evidence.
    """
    row, _others = _locked(code)
    member = row.account if frozen else row.member
    if member is None or row.status not in (Claim.OPEN, Claim.PROPOSED):
        raise Conflict("dispute.no_account")
    if frozen and db.session.scalar(
        select(Attempt.id).where(Attempt.member_id == member.id, Attempt.state == "in_progress")
    ):
        raise Conflict("dispute.exam_runs")
    if frozen:
        reason = rules.check_evidence(reason)
        if member.disabled_at is not None:
            raise Conflict("dispute.closed")
        member.disabled_at = row.frozen_at = now
        row.member = member
        credential.end_sessions(member, wall=wall)
    else:
        _thaw(row)
    db.session.flush()
    audit.record(
        Act.DISPUTE_FROZEN, actor=actor, subject=("member", member.code), now=now,
        data={"dispute": row.code, "frozen": frozen, "reason": reason},
    )  # fmt: skip


def open_document(code: str, *, actor: Actor, now: datetime) -> tuple[Dispute, bytes]:
    """The evidence for who decides; that staff looked is recorded."""
    row = queries.dispute(code)
    if row is None or row.file_key is None:
        raise NotFound
    audit.record(Act.DISPUTE_EVIDENCE_SEEN, actor=actor, subject=("dispute", row.code), now=now)
    return row, files().read(row.file_key)


def erase(*, now: datetime) -> int:
    """D-10: who claimed an account and what that rested on, 60 days after the decision. How many."""
    return _forget(queries.disputes_to_erase(now - rules.KEEP), now)


def forget(member: Member, *, now: datetime) -> int:
    """KVKK m.7: the same of the decided claims to one account, at once. How many."""
    decided = [row for row in queries.disputes_of(member) if row.decided_at is not None and row.erased_at is None]
    return _forget(decided, now)


def _forget(rows: Sequence[Dispute], now: datetime) -> int:
    """That the account was claimed, and what was decided, stays with the account."""
    for row in rows:
        row.member = row.member or row.account
        row.name = row.email = row.tckn_masked = ""
        row.tckn_index, row.reason = f"erased:{row.code}", None
        if row.file_key is not None:
            files().delete(row.file_key)
        row.explanation, row.file_key, row.file_label, row.erased_at = "", None, None, now
    db.session.flush()
    return len(rows)


def sweep_files(wall: datetime) -> int:
    """Files whose row was never stored, a day later. How many."""
    stray = set(files().keys(NAMESPACE, wall - STRAY_AFTER)) - queries.file_keys()
    for key in stray:
        files().delete(key)
    return len(stray)
