"""R099-R101: asking to apply again after three failures, and the answer."""

from datetime import datetime

from lms.audit.rules import Act as AuditAct
from lms.audit.services import record
from lms.core.access import Actor
from lms.core.calendar import Window
from lms.core.codes import new_code
from lms.core.db import db
from lms.core.errors import NotFound
from lms.enrolment.models import Application
from lms.exams.models import ReapplicationRequest
from lms.exams.queries import attempts, reapplication
from lms.exams.rules import exam as rules
from lms.exams.rules.exam import Request
from lms.membership.models import Member
from lms.notifications import services as notifications
from lms.payments.services import orders as payments


def request_reapplication(
    application_code: str, explanation: str, *, actor: Actor, now: datetime
) -> ReapplicationRequest:
    """R099: one open request for the failed application; the approval itself opens nothing (R100)."""
    db.session.get_one(Member, actor.member_id, with_for_update={"key_share": True})  # one request after the other
    found = attempts.overviews(actor, now=now)
    overview = next((o for o in found if o.application.code == application_code), None)
    if overview is None:
        raise NotFound
    application = overview.application
    newest = max(o.application.ordinal for o in found if o.application.term_code == application.term_code)
    rules.check_request(
        overview.standing.outcome,
        _window(application),
        now,
        is_latest=application.ordinal == newest,
        open_request=reapplication.open_request(application.id),
    )
    asked = ReapplicationRequest(
        code=new_code(),
        application_id=application.id,
        member_id=application.member_id,
        explanation=rules.check_explanation(explanation),
        status=Request.REQUESTED.value,
        requested_at=now,
    )
    db.session.add(asked)
    db.session.flush()
    record(AuditAct.REAPPLICATION_ASKED, actor=actor, subject=("application", application.code), now=now)
    return asked


def decide_reapplication(code: str, act: str, *, reason: str, actor: Actor, now: datetime) -> ReapplicationRequest:
    """R099: approve (one more payment and form of the same term count from now on) or reject with a reason."""
    asked = reapplication.request(code, lock=True)
    if asked is None:
        raise NotFound
    application = asked.application
    status = rules.decide(Request(asked.status), act, _window(application), now, reason)
    asked.status, asked.decided_at, asked.decided_by = status.value, now, actor.id
    asked.reason = reason.strip() or None
    approved = status is Request.APPROVED
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
        params={
            "number": application.number,
            "reason": asked.reason or "",
            "until": application.term.application_to.isoformat(),
            "name": attempts.name_of(application),
        },
        dedupe=f"reapplication:{asked.code}",
        now=now,
    )
    return asked


def _window(application: Application) -> Window:
    return Window(application.term.application_from, application.term.application_to)
