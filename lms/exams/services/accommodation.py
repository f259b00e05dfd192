"""D-14: extra time: asked for by the candidate, decided by staff before the first exam, erased when it is over."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from lms.attachments import services as attachments
from lms.attachments.formats import Clean
from lms.audit.rules import Act
from lms.audit.services import record
from lms.core.access import Actor
from lms.core.codes import new_code
from lms.core.db import db
from lms.core.errors import Conflict, NotFound
from lms.core.files import files
from lms.enrolment import services as enrolment
from lms.enrolment.models import Application
from lms.exams.models import Accommodation
from lms.exams.queries import accommodation as queries
from lms.exams.queries import attempts
from lms.exams.rules import accommodation as rules
from lms.exams.rules.accommodation import Status
from lms.membership.models import Member
from lms.notifications.services import enqueue

NAMESPACE: Final = "accommodation"
STRAY_AFTER: Final = timedelta(days=1)


def prepare(name: str | None, data: bytes, *, actor: Actor, now: datetime) -> Clean:
    """Check and clean the document. Slow: call it outside a transaction. Errors: document.*."""
    return attachments.clean(data, name, actor=actor, place=NAMESPACE, now=now)


def ask(
    application_code: str,
    *,
    need: str,
    unit: str,
    amount: int | None,
    document: Clean | None,
    actor: Actor,
    now: datetime,
) -> Accommodation:
    """D-14: from the application on. Errors: accommodation.over, exists, need, amount."""
    application = enrolment.own_application(actor, application_code)
    db.session.get_one(Member, actor.member_id, with_for_update={"key_share": True})  # one request after the other
    rules.check_ask(
        application.outcome,
        attempts.parameters(application.term).study,
        now,
        pending=any(row.status != Status.REJECTED for row in queries.of_application(application.id)),
    )
    row = Accommodation(
        code=new_code(),
        application_id=application.id,
        application=application,
        member_id=application.member_id,
        need=rules.check_need(need),
        wanted=rules.wanted_minutes(unit, amount, application.term.exam_minutes),
        status=Status.REQUESTED,
        requested_at=now,
    )
    if document is not None:
        row.file_key = files().put(NAMESPACE, document.data, document.suffix)
        row.file_label, row.media_type = document.label, document.media_type
    db.session.add(row)
    db.session.flush()
    record(
        Act.ACCOMMODATION_ASKED, actor=actor, subject=("application", application.code), now=now,
        data={"minutes": row.wanted, "document": document is not None},
    )  # fmt: skip
    params = {"name": attempts.name_of(application), "number": application.number, "code": application.code}
    to = attempts.recipient(application)
    enqueue("accommodation_received", to=to, params=params, dedupe=f"accommodation-received:{row.code}", now=now)
    return row


def decide(code: str, act: str, *, minutes: int | None, reason: str, actor: Actor, now: datetime) -> Accommodation:
    """D-14: it counts for every exam that is begun from now on. Of two at once the other is told who and when."""
    row = queries.request(code, lock=True)
    if row is None:
        raise NotFound
    if row.decided_by is not None:
        by = db.session.get_one(Member, row.decided_by)
        raise Conflict("accommodation.decided", by=by.full_name, at=row.decided_at)
    application = row.application
    status, given = rules.decide(
        Status(row.status), act, minutes=minutes, exam_minutes=application.term.exam_minutes, reason=reason
    )
    row.status, row.minutes, row.reason = status, given, reason.strip() or None
    row.decided_at, row.decided_by = now, actor.member_id
    db.session.flush()
    granted = status is Status.GRANTED
    record(
        Act.EXAM_ACCOMMODATED if granted else Act.ACCOMMODATION_REJECTED,
        actor=actor, subject=("application", application.code), now=now, data={"minutes": given or 0, "wanted": row.wanted},
    )  # fmt: skip
    _tell(row, application, now)
    return row


def _tell(row: Accommodation, application: Application, now: datetime) -> None:
    enqueue(
        "accommodation",
        to=attempts.recipient(application),
        params={
            "name": attempts.name_of(application), "granted": row.minutes is not None, "minutes": row.minutes or 0,
            "total": application.term.exam_minutes + (row.minutes or 0), "reason": row.reason or "", "code": application.code,
        },
        dedupe=f"accommodation:{row.code}",
        now=now,
    )  # fmt: skip


def open_document(code: str, *, actor: Actor, now: datetime) -> tuple[Accommodation, bytes]:
    """The document for who decides; that staff looked is recorded: it may hold health data."""
    row = queries.request(code)
    if row is None or row.file_key is None:
        raise NotFound
    record(Act.ACCOMMODATION_DOCUMENT_SEEN, actor=actor, subject=("application", row.application.code), now=now)
    return row, files().read(row.file_key)


def erase(*, now: datetime) -> int:
    """D-10: need and document of terms that ended 60 days ago; the minutes stay with the exam. How many."""
    return _forget(queries.to_erase(now - rules.KEEP), now)


def forget(member_id: int, *, now: datetime) -> int:
    """KVKK m.7: need and document of one person's requests, at once. How many."""
    return _forget(queries.kept_of(member_id), now)


def _forget(rows: Sequence[Accommodation], now: datetime) -> int:
    for row in rows:
        if row.file_key is not None:
            files().delete(row.file_key)
        row.need, row.reason, row.file_key, row.file_label, row.erased_at = "", None, None, None, now
    db.session.flush()
    return len(rows)


def sweep_files(wall: datetime) -> int:
    """Files whose row was never stored, a day later. How many."""
    stray = set(files().keys(NAMESPACE, wall - STRAY_AFTER)) - queries.file_keys()
    for key in stray:
        files().delete(key)
    return len(stray)
