"""R114: taking away what a false statement, a breach of the exam's rules or a mistake gave, before or after the certificate.

One staff member asks, another decides.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import update

from lms.audit import services as audit
from lms.audit.rules import Act, Basis, Fact, Recipient
from lms.certificates import queries, rules
from lms.certificates.models import Certificate, Revocation
from lms.certificates.services.certificates import lock_numbering
from lms.core.access import Actor
from lms.core.codes import new_code
from lms.core.db import db
from lms.core.errors import Conflict, NotFound
from lms.enrolment import services as enrolment
from lms.enrolment.models import Application
from lms.exams.services import annulment
from lms.notifications.services import Recipient as Addressee
from lms.notifications.services import enqueue
from lms.register import services as register

TOLD: Final[Sequence[Recipient]] = (Recipient.SEDDK, Recipient.ORYM)


def request_revocation(application_code: str, ground: str, reason: str, *, actor: Actor, now: datetime) -> Revocation:
    """R114, R115: a staff member asks, with kind and reason; nothing changes for the person until another one confirms."""
    application = queries.application(application_code)
    if application is None:
        raise NotFound
    db.session.refresh(application, with_for_update={"of": Application})  # one request after the other
    certificate = queries.current(application_code)
    told = rules.check_request(
        invalid=application.outcome == "invalid",
        certified=certificate is not None,
        pending=queries.pending_revocation(application.id) is not None,
        ground=ground,
        reason=reason,
    )
    revocation = Revocation(
        code=new_code(),
        application_id=application.id,
        application=application,
        certificate_id=certificate.id if certificate else None,
        certificate=certificate,
        status=rules.Revocation.REQUESTED,
        ground=ground,
        reason=told,
        requested_by=actor.member_id,
        requested_at=now,
    )
    db.session.add(revocation)
    db.session.flush()
    _record(Act.REVOCATION_ASKED, revocation, {"ground": ground, "reason": told}, actor, now)
    return revocation


def decide_revocation(code: str, decision: rules.Decision, note: str, *, actor: Actor, now: datetime) -> Revocation:
    """R114: another person confirms or refuses. Confirmed: the application is invalid, nothing more can be taken, an exam
    that runs is stopped, and a certificate, also one issued since the request, is revoked at once, in the register and at /d/. The fee is kept (R020).
    """
    revocation = queries.revocation(code, lock=True)
    if revocation is None:
        raise NotFound
    if revocation.decided_by is not None:
        by = queries.names([revocation.decided_by])[revocation.decided_by]
        raise Conflict("certificate.revocation_decided", by=by, at=revocation.decided_at)
    revocation.status = rules.decide(
        rules.Revocation(revocation.status),
        decision,
        requested_by=revocation.requested_by,
        decided_by=actor.member_id,
    )
    revocation.decided_by, revocation.decided_at = actor.member_id, now
    revocation.decision_note = note.strip() or None
    confirmed = decision is rules.Decision.CONFIRM
    act = Act.REVOCATION_CONFIRMED if confirmed else Act.REVOCATION_REFUSED
    _record(act, revocation, {"note": revocation.decision_note or ""}, actor, now)
    if confirmed:
        _invalidate(revocation, actor=actor, now=now)
    db.session.flush()
    return revocation


def _record(act: Act, revocation: Revocation, data: dict[str, str], actor: Actor, now: datetime) -> None:
    certificate, application = revocation.certificate, revocation.application
    number = certificate.number if certificate else application.number
    audit.record(
        act,
        actor=actor,
        subject=("certificate" if certificate else "application", application.code),
        data={"number": number, "revocation": revocation.code, **data},
        now=now,
    )


def _invalidate(revocation: Revocation, *, actor: Actor, now: datetime) -> None:
    lock_numbering()  # a certificate that is being issued at this instant is revoked with the rest
    application = revocation.application
    certificate = revocation.certificate = queries.current(application.code)
    if certificate is not None:
        certificate.revoked_at = now
        register.revoke(programme_code=application.term.programme.code, number=certificate.number, now=now)
    annulment.stop(application.id, actor=actor, now=now)
    enrolment.close(application, "invalid", at=now, now=now, actor=actor)
    if revocation.ground == rules.Ground.MISCONDUCT:
        annulment.forfeit_pass(application.id, reason=revocation.reason, actor=actor, now=now)
    _tell(application, certificate, now)


def _tell(application: Application, certificate: Certificate | None, now: datetime) -> None:
    holder = application.member
    english = holder.language == "en"
    enqueue(
        "certificate_revoked" if certificate else "application_invalid",
        to=Addressee(holder.email, language=holder.language, code=holder.code),
        dedupe=f"certificate_revoked/{certificate.code}" if certificate else f"application-invalid:{application.code}",
        params={
            "name": certificate.printed_name if certificate else f"{application.first_name} {application.last_name}",
            "number": certificate.number if certificate else application.number,
            "program": certificate.content["program"] if certificate else application.term.programme.name("en" if english else "tr"),
        },
        now=now,
    )  # fmt: skip


def note_informed(code: str, reference: str, *, actor: Actor, now: datetime) -> None:
    """R114: SEDDK and ÖRYM have been told, by the letter of that reference. Once; it stands in the log of disclosures."""
    revocation = queries.revocation(code, lock=True)
    if revocation is None:
        raise NotFound
    told = rules.check_informed(rules.Revocation(revocation.status), reference)
    claimed = db.session.execute(
        update(Revocation)
        .where(Revocation.id == revocation.id, Revocation.informed_at.is_(None))
        .values(informed_at=now)
        .returning(Revocation.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.refresh(revocation)
    if claimed is None:
        raise Conflict("certificate.informed_already", at=revocation.informed_at)
    for recipient in TOLD:
        audit.disclose(
            recipient, basis=Basis.DUTY, subject=("member", revocation.application.member.code),
            what=(Fact.NAME, Fact.TCKN, Fact.APPLICATION, Fact.REVOCATION), actor=actor, now=now, reference=told,
        )  # fmt: skip
