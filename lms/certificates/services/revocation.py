"""R114: taking away what a false statement or a mistake gave. One staff member asks, another decides."""

from datetime import datetime

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.certificates import queries, rules
from lms.certificates.models import Certificate, Revocation
from lms.core.access import Actor
from lms.core.codes import new_code
from lms.core.db import db
from lms.core.errors import NotFound
from lms.enrolment import services as enrolment
from lms.notifications.services import Recipient, enqueue
from lms.register import services as register


def request_revocation(certificate_id: str, ground: str, reason: str, *, actor: Actor, now: datetime) -> Revocation:
    """R114, R115: a staff member asks, with kind and reason; nothing changes for the holder until another one confirms."""
    certificate = queries.current(certificate_id)
    if certificate is None:
        raise NotFound
    db.session.refresh(certificate, with_for_update={"of": Certificate})  # one request after the other
    told = rules.check_request(
        revoked=certificate.revoked_at is not None,
        pending=queries.pending_revocation(certificate.id) is not None,
        ground=ground,
        reason=reason,
    )
    revocation = Revocation(
        code=new_code(),
        certificate_id=certificate.id,
        certificate=certificate,
        status=rules.Revocation.REQUESTED,
        ground=ground,
        reason=told,
        requested_by=actor.member_id,
        requested_at=now,
    )
    db.session.add(revocation)
    db.session.flush()
    audit.record(
        Act.REVOCATION_ASKED,
        actor=actor,
        subject=("certificate", certificate_id),
        data={"number": certificate.number, "revocation": revocation.code, "ground": ground, "reason": told},
        now=now,
    )
    return revocation


def decide_revocation(code: str, decision: rules.Decision, note: str, *, actor: Actor, now: datetime) -> Revocation:
    """R114: another person confirms or refuses. Confirmed: revoked at once, in the register and at /d/, application invalid."""
    revocation = queries.revocation(code, lock=True)
    if revocation is None:
        raise NotFound
    revocation.status = rules.decide(
        rules.Revocation(revocation.status),
        decision,
        requested_by=revocation.requested_by,
        decided_by=actor.member_id,
    )
    revocation.decided_by, revocation.decided_at = actor.member_id, now
    revocation.decision_note = note.strip() or None
    certificate = revocation.certificate
    confirmed = decision is rules.Decision.CONFIRM
    audit.record(
        Act.REVOCATION_CONFIRMED if confirmed else Act.REVOCATION_REFUSED,
        actor=actor,
        subject=("certificate", certificate.application.code),
        data={"number": certificate.number, "revocation": revocation.code, "note": revocation.decision_note or ""},
        now=now,
    )
    if confirmed:
        _revoke(certificate, actor=actor, now=now)
    db.session.flush()
    return revocation


def _revoke(certificate: Certificate, *, actor: Actor, now: datetime) -> None:
    certificate.revoked_at = now
    application = certificate.application
    register.revoke(programme_code=application.term.programme.code, number=certificate.number, now=now)
    enrolment.close(application, "invalid", at=now, now=now, actor=actor)
    holder = application.member
    enqueue(
        "certificate_revoked",
        to=Recipient(holder.email, language=holder.language, code=holder.code),
        dedupe=f"certificate_revoked/{certificate.code}",
        params={
            "name": certificate.printed_name,
            "number": certificate.number,
            "program": certificate.content["program"],
        },
        now=now,
    )
