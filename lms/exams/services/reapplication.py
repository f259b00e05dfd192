"""R099-R101: asking to apply again after three failures, and the answer."""

from datetime import datetime

from sqlalchemy import update

from lms.audit.rules import Act as AuditAct
from lms.audit.services import record
from lms.core.access import Actor
from lms.core.calendar import Window
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
    exempt_declared: bool = False,
) -> ReapplicationRequest:  # fmt: skip
    """R099: one open request for the failed application; the approval itself opens nothing (R100).

    ``now`` is the arrival, by the form or by mail. ``exempt_declared``: whoever is exempt from the fee says that the
    relation holds still (D-16); without it staff ask.
    """
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
        source=source.value,
        exempt_declared=exempt_declared and exempt(application),
        status=Request.REQUESTED.value,
        requested_at=now,
    )
    db.session.add(asked)
    db.session.flush()
    data = {"source": asked.source, "exempt_declared": asked.exempt_declared}
    record(AuditAct.REAPPLICATION_ASKED, actor=actor, subject=("application", application.code), now=now, data=data)
    return asked


def exempt(application: Application) -> bool:
    """D-16: whether the next application of this term is free of charge as well."""
    return exemptions.approved(application.member_id, application.term_code) is not None


def decide_reapplication(code: str, act: str, *, reason: str, actor: Actor, now: datetime) -> ReapplicationRequest:
    """R099: approve (one more payment and form of the same term count from now on) or reject with a reason.

    Of two at once one wins; the other is told who and when (reapplication.decided_by).
    """
    asked = reapplication.request(code)
    if asked is None:
        raise NotFound
    if asked.status != Request.REQUESTED.value:
        raise _overtaken(asked)
    application = asked.application
    status = rules.decide(Request(asked.status), act, _window(application), now, reason)
    _claim(asked, status=status.value, decided_at=now, decided_by=actor.id, reason=reason.strip() or None)
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
            "exempt": exempt(application),
            "name": attempts.name_of(application),
        },
        dedupe=f"reapplication:{asked.code}",
        now=now,
    )
    return asked


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


def _window(application: Application) -> Window:
    return Window(application.term.application_from, application.term.application_to)
