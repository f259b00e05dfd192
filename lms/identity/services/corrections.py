"""R055, R115: a name or an identity number is put right, and the certificates that carry it are made anew."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.certificates.services import reissue
from lms.certificates.services.certificates import lock_numbering
from lms.core.access import Actor
from lms.core.codes import mask_name, mask_tckn, new_code
from lms.core.config import vault
from lms.core.db import db
from lms.core.errors import Conflict, Invalid, NotFound, checked
from lms.core.text import fold
from lms.enrolment import services as enrolment
from lms.identity import queries, rules
from lms.identity.models import Correction
from lms.identity.rules import Decision, Status
from lms.membership import credential
from lms.membership.models import Member
from lms.membership.queries import member_by_code
from lms.membership.rules import identity
from lms.membership.services.accounts import recipient
from lms.notifications.services import enqueue
from lms.register import services as register


def candidate(code: str, *, lock: bool = False) -> Member:
    """The candidate meant, or NotFound: staff accounts are not put right here."""
    member = member_by_code(code)
    if member is None or member.staff_role is not None:
        raise NotFound
    if lock:
        db.session.refresh(member, with_for_update=True)
    return member


def correct_name(
    code: str, *, first_name: str, last_name: str, ground: str, evidence: str, seen: str, actor: Actor, now: datetime
) -> Correction:
    """R055: by one person, at once. `seen` is the name that the page showed: another one meanwhile is refused.

    Applications without a certificate yet will print the new name; a certificate is made anew with the same number.
    Errors: by field, correction.same, correction.overtaken.
    """
    new = checked(
        {
            "first_name": lambda: identity.person_name(first_name),
            "last_name": lambda: identity.person_name(last_name),
            "ground": lambda: rules.check_ground(ground),
            "evidence": lambda: rules.check_evidence(evidence),
        }
    )
    lock_numbering()  # a certificate that is being issued at this instant would miss the new name
    member = candidate(code, lock=True)
    if member.full_name != seen:
        raise Conflict("correction.overtaken", name=member.full_name)
    full_name = f"{new['first_name']} {new['last_name']}"
    if full_name == member.full_name:
        raise Invalid("correction.same")
    row = _begun(member, new, before=mask_name(member.full_name), after=mask_name(full_name), actor=actor, now=now)
    member.first_name, member.last_name, member.name_folded = new["first_name"], new["last_name"], fold(full_name)
    row.status, row.decided_by, row.decided_at = Status.CONFIRMED, actor.member_id, now
    db.session.flush()
    enrolment.correct_name(member, certified=queries.certified_applications(member.id))
    return _done(row, Act.NAME_CORRECTED, actor, now)


def ask_tckn(code: str, *, tckn: str, ground: str, evidence: str, actor: Actor, now: datetime) -> Correction:
    """R028, R115: the first of two persons. Nothing changes yet. Errors: by field, correction.same, tckn_taken, pending."""
    new = checked(
        {
            "tckn": lambda: identity.tckn(tckn),
            "ground": lambda: rules.check_ground(ground),
            "evidence": lambda: rules.check_evidence(evidence),
        }
    )
    member = candidate(code, lock=True)
    index = vault().index(new["tckn"])
    if index == member.tckn_index:
        raise Invalid("correction.same")
    if queries.has_account(index):
        raise Conflict("correction.tckn_taken")
    if any(one.status == Status.REQUESTED for one in queries.of_member(member.id)):
        raise Conflict("correction.pending")
    row = _begun(member, new, before=member.tckn_masked, after=mask_tckn(new["tckn"]), actor=actor, now=now)
    row.tckn_index, row.tckn_sealed = index, vault().seal(new["tckn"])
    db.session.flush()
    audit.record(
        Act.TCKN_CORRECTION_ASKED, actor=actor, subject=("member", member.code), now=now,
        data={"correction": row.code, "before": row.before, "after": row.after, "ground": ground, "evidence": row.evidence},
    )  # fmt: skip
    return row


def decide_tckn(code: str, decision: Decision, note: str, *, actor: Actor, now: datetime, wall: datetime) -> Correction:
    """R115: the second person. Confirmed: the account, its register entries and certificates carry the new number, all
    sessions end. Errors: correction.decided (who and when), correction.same_person, correction.tckn_taken.
    """
    row = queries.correction(code, lock=True)
    if row is None:
        raise NotFound
    if row.decided_by is not None:
        by = db.session.get_one(Member, row.decided_by)
        raise Conflict("correction.decided", by=by.full_name, at=row.decided_at)
    row.status = rules.decide(Status(row.status), decision, requested_by=row.requested_by, decided_by=actor.member_id)
    row.decided_by, row.decided_at, row.note = actor.member_id, now, note.strip() or None
    db.session.flush()
    if decision is Decision.CONFIRM:
        lock_numbering()
        _move_number(row)
        credential.end_sessions(row.member, wall=wall)
    row.tckn_index = row.tckn_sealed = None  # from now on the account alone carries it
    if decision is Decision.CONFIRM:
        return _done(row, Act.TCKN_CORRECTED, actor, now)
    audit.record(
        Act.TCKN_CORRECTION_REFUSED, actor=actor, subject=("member", row.member.code), now=now,
        data={"correction": row.code, "note": row.note or ""},
    )  # fmt: skip
    return row


def _move_number(row: Correction) -> None:
    if row.tckn_index is None or row.tckn_sealed is None:
        raise LookupError("a correction of a number carries the number")
    before = row.member.tckn_index
    try:
        with db.session.begin_nested():
            db.session.execute(
                update(Member)
                .where(Member.id == row.member_id, Member.tckn_index == before)
                .values(tckn_index=row.tckn_index, tckn_sealed=row.tckn_sealed, tckn_masked=row.after)
                .execution_options(synchronize_session=False)
            )
    except IntegrityError:  # somebody registered with the number meanwhile
        raise Conflict("correction.tckn_taken") from None
    db.session.refresh(row.member)
    register.move_holder(before, row.tckn_index, row.tckn_sealed)


def _begun(
    member: Member, new: Mapping[str, Any], *, before: str, after: str, actor: Actor, now: datetime
) -> Correction:
    row = Correction(
        code=new_code(),
        member_id=member.id,
        member=member,
        kind="tckn" if "tckn" in new else "name",
        ground=new["ground"],
        evidence=new["evidence"],
        before=before,
        after=after,
        status=Status.REQUESTED,
        requested_by=actor.member_id,
        requested_at=now,
    )
    db.session.add(row)
    return row


def _done(row: Correction, act: Act, actor: Actor, now: datetime) -> Correction:
    """The certificates made anew, the audit row with both sides masked, and the word to the person."""
    member = row.member
    row.reissued = reissue.reissue(member, actor=actor, now=now)
    db.session.flush()
    audit.record(
        act, actor=actor, subject=("member", member.code), now=now,
        data={
            "correction": row.code, "before": row.before, "after": row.after, "ground": row.ground,
            "evidence": row.evidence, "certificates": row.reissued,
        },
    )  # fmt: skip
    enqueue(
        "identity_corrected",
        to=recipient(member),
        params={"name": member.first_name, "what": row.kind, "after": row.after, "reissued": row.reissued},
        dedupe=f"identity-corrected:{row.code}",
        now=now,
    )
    return row
