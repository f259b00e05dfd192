"""R099-R101: asking to apply again after three failures, and the answer."""

from datetime import datetime

from sqlalchemy import update

from lms.audit.rules import Act as AuditAct
from lms.audit.services import record
from lms.core.access import Actor
from lms.core.codes import new_code
from lms.core.db import db
from lms.core.errors import Conflict, NotFound
from lms.enrolment.models import Application
from lms.exams.models import ReapplicationRequest
from lms.exams.queries import attempts, reapplication
from lms.exams.rules import exam as rules
from lms.exams.rules.exam import Request
from lms.exemptions.rules import Source
from lms.exemptions.services import requests as exemptions
from lms.membership.models import Member
from lms.notifications import services as notifications
from lms.payments.services import orders as payments


def request_reapplication(
    application_code: str, explanation: str, *, actor: Actor, now: datetime, source: Source = Source.FORM,
    exempt_declared: bool = False, arrived_at: datetime | None = None, replies_to: str | None = None,
) -> ReapplicationRequest:  # fmt: skip
    """R099: one open request for the failed application; the approval itself opens nothing (R100).

    One by mail counts from ``arrived_at``; ``replies_to`` names its thread. ``exempt_declared``: whoever is
    exempt from the fee says that the relation holds still (D-16); a mail does not, and ``declare`` follows.
    """
    at = arrived_at or now
    application = _locked_application(application_code, actor, at, asking=True)
    asked = ReapplicationRequest(
        code=new_code(),
        application_id=application.id,
        member_id=application.member_id,
        explanation=rules.check_explanation(explanation),
        source=source.value,
        replies_to=replies_to,
        exempt_declared=exempt_declared and exempt(application),
        status=Request.REQUESTED.value,
        requested_at=at,
    )
    db.session.add(asked)
    db.session.flush()
    data = {"source": asked.source, "exempt_declared": asked.exempt_declared}
    record(AuditAct.REAPPLICATION_ASKED, actor=actor, subject=("application", application.code), now=now, data=data)
    if source is Source.FORM:  # a mail is answered in its thread
        params = _params(application)
        notifications.enqueue(
            "reapplication_received", to=attempts.recipient(application), params=params, dedupe=f"reapplication-received:{asked.code}", now=now
        )  # fmt: skip
    return asked


def _params(application: Application) -> dict[str, object]:
    return {
        "name": attempts.name_of(application),
        "number": application.number,
        "until": reapplication.window(application).end.isoformat(),
        "exempt": exempt(application),
    }


def _locked_application(code: str, actor: Actor, now: datetime, *, asking: bool) -> Application:
    """The person's application for which a request may be made (``asking``) or approved now; one after the other."""
    db.session.get_one(Member, actor.member_id, with_for_update={"key_share": True})
    found = attempts.overviews(actor, now=now)
    overview = next((o for o in found if o.application.code == code), None)
    if overview is None:
        raise NotFound
    application = overview.application
    newest = max(o.application.ordinal for o in found if o.application.term_code == application.term_code)
    rules.check_request(
        overview.standing.outcome,
        reapplication.window(application),
        now,
        is_latest=application.ordinal == newest,
        open_request=reapplication.open_request(application.id) if asking else None,
    )
    return application


def exempt(application: Application) -> bool:
    """D-16: whether the next application of this term is free of charge as well."""
    return exemptions.approved(application.member_id, application.term_code) is not None


def declaration_due(code: str) -> bool:
    """D-16: whether a request waits for the exempt person's declaration."""
    asked = reapplication.request(code)
    return asked is not None and asked.status == Request.REQUESTED and not asked.exempt_declared and exempt(asked.application)  # fmt: skip


def declare(code: str, *, actor: Actor, now: datetime) -> ReapplicationRequest:
    """D-16: an exempt person declares for a request that came by mail that the relation holds still. Twice is once."""
    asked = reapplication.request(code)
    if asked is None or asked.member_id != actor.member_id:
        raise NotFound
    if asked.status != Request.REQUESTED.value or not exempt(asked.application):
        raise Conflict("reapplication.nothing_to_declare")
    if not asked.exempt_declared:
        asked.exempt_declared = True
        db.session.flush()
        subject = ("application", asked.application.code)
        record(AuditAct.REAPPLICATION_DECLARED, actor=actor, subject=subject, now=now, data={"request": asked.code})
    return asked


def decide_reapplication(code: str, act: str, *, reason: str, actor: Actor, now: datetime) -> ReapplicationRequest:
    """R099: approve (one more payment and form of the same term count from now on) or reject with a reason.

    Only what could be asked for now is approved: three exams failed still, the newest application, inside the window
    (else reapplication.not_failed, .newer_application, .window_closed), by the exempt declared (.undeclared). Of two at
    once one wins; the other is told who and when (reapplication.decided_by).
    """
    asked = reapplication.request(code)
    if asked is None:
        raise NotFound
    if asked.status != Request.REQUESTED.value:
        raise _overtaken(asked)
    application = asked.application
    status = rules.decide(Request(asked.status), act, reason)
    approved = status is Request.APPROVED
    if approved:
        _locked_application(application.code, application.member.actor(), now, asking=False)
        if exempt(application) and not asked.exempt_declared:
            raise Conflict("reapplication.undeclared")
    _claim(asked, status=status.value, decided_at=now, decided_by=actor.id, reason=reason.strip() or None)
    if approved:
        payments.permit(application.member_id, application.term_code, application.ordinal + 1, now=now)
    db.session.flush()
    record(
        AuditAct.REAPPLICATION_APPROVED if approved else AuditAct.REAPPLICATION_REJECTED,
        actor=actor, subject=("application", application.code), now=now, data={"reason": asked.reason or ""},
    )  # fmt: skip
    notifications.enqueue(
        "reapplication_approved" if approved else "reapplication_rejected",
        to=attempts.recipient(application),
        params={**_params(application), "reason": asked.reason or ""},
        dedupe=f"reapplication:{asked.code}:{now.timestamp():.0f}",  # suspended and decided again is told again
        now=now,
        replies_to=asked.replies_to,
    )
    return asked


def suspend(application: Application, *, actor: Actor, now: datetime) -> None:
    """R098: a failed application is open again: what was approved because of the failure waits again, and nothing more is
    paid for meanwhile. Where it was paid already it stays."""
    if not payments.withdraw_permit(application.member_id, application.term_code, application.ordinal + 1):
        return
    approved = (
        ReapplicationRequest.application_id == application.id,
        ReapplicationRequest.status == Request.APPROVED.value,
    )
    waiting = {"status": Request.REQUESTED.value, "decided_at": None, "decided_by": None, "reason": None}
    for code in db.session.scalars(update(ReapplicationRequest).where(*approved).values(**waiting).returning(ReapplicationRequest.code)).all():  # fmt: skip
        record(AuditAct.REAPPLICATION_SUSPENDED, actor=actor, subject=("application", application.code), now=now, data={"request": code})  # fmt: skip


def _claim(asked: ReapplicationRequest, **values: object) -> None:
    """Decide it if nobody has: the database chooses between two at once."""
    changed = db.session.execute(
        update(ReapplicationRequest)
        .where(ReapplicationRequest.id == asked.id, ReapplicationRequest.status == Request.REQUESTED.value)
        .values(**values)
        .returning(ReapplicationRequest.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.refresh(asked)
    if changed is None:
        raise _overtaken(asked)


def _overtaken(asked: ReapplicationRequest) -> Conflict:
    by = db.session.get_one(Member, asked.decided_by)
    return Conflict("reapplication.decided_by", by=by.full_name, at=asked.decided_at)
