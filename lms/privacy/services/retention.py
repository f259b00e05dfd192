"""D-10: what has had its time is deleted or anonymised, class by class, and the destruction is logged."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, false, literal, or_, select, update

from lms.attachments.models import RefusedUpload
from lms.audit.models import AuditEntry, Disclosure
from lms.audit.rules import Act
from lms.audit.services import expire
from lms.core.db import db
from lms.enrolment.models import Application
from lms.exams.models import Answer, AnswerEvent, Attempt, PaperItem
from lms.exemptions.models import ExemptionRequest
from lms.learning.models import Beat
from lms.membership.models import Member
from lms.notifications.models import OutboxMessage
from lms.payments.models import BranchLine, Payment
from lms.practice.models import PracticeExercise
from lms.privacy import queries
from lms.privacy.loader import policy
from lms.privacy.models import Destruction, PersonalExport, PrivacyRequest
from lms.privacy.rules.retention import Retention
from lms.privacy.services.erasure import (
    ERASED,
    LINE_ERASED,
    MESSAGE_ERASED,
    anonymise,
    delete_practice,
    erase_copies,
    erase_tickets,
    log,
    run,
)
from lms.register.models import RegisterEntry
from lms.support.models import Ticket

AT_A_TIME: Final = 200
"""Accounts that one run anonymises."""


def apply(now: datetime) -> int:
    """Apply every class that this job applies; how many rows. Twice, late or beside another process: the same."""
    total = 0
    for one in policy()[0].values():
        if one.days is not None and one.job is None:
            for what, rows in _APPLIED[one.code](one, now).items():
                log(one.code, what, one.action, rows, at=now, older_than=one.limit(now))
                total += rows
    return total


def _exam_answers(one: Retention, now: datetime) -> dict[str, int]:
    """Answers and papers go together: what is left of the attempt is its result."""
    old = select(Attempt.id).where(Attempt.finalised_at < one.limit(now))
    tables = (AnswerEvent, Answer, PaperItem)
    return {table.__tablename__: run(delete(table).where(table.attempt_id.in_(old))) for table in tables}


def _watching(one: Retention, now: datetime) -> dict[str, int]:
    return {"beat": run(delete(Beat).where(Beat.at < one.limit(now)))}


def _practice(one: Retention, now: datetime) -> dict[str, int]:
    return delete_practice(select(PracticeExercise.id).where(PracticeExercise.started_at < one.limit(now)))


def _messages(one: Retention, now: datetime) -> dict[str, int]:
    """The row stays without a person: its key keeps the same message from being written twice."""
    old = (OutboxMessage.created_at < one.limit(now), OutboxMessage.recipient != "")
    return {"outbox_message": run(update(OutboxMessage).where(*old).values(**MESSAGE_ERASED))}


def _tickets(one: Retention, now: datetime) -> dict[str, int]:
    old = (Ticket.created_at < one.limit(now), Ticket.status != "open", Ticket.email != "")
    return erase_tickets(select(Ticket.id).where(*old))


def _requests(one: Retention, now: datetime) -> dict[str, int]:
    return {"privacy_request": run(delete(PrivacyRequest).where(PrivacyRequest.decided_at < one.limit(now)))}


def _exports(one: Retention, now: datetime) -> dict[str, int]:
    return {"personal_export": erase_copies(PersonalExport.made_at < one.limit(now), now=now)}


def _destructions(one: Retention, now: datetime) -> dict[str, int]:
    return {"destruction": run(delete(Destruction).where(Destruction.at < one.limit(now)))}


def _refused(one: Retention, now: datetime) -> dict[str, int]:
    return {"refused_upload": run(delete(RefusedUpload).where(RefusedUpload.at < one.limit(now)))}


def _audit(one: Retention, now: datetime) -> dict[str, int]:
    gone = expire(now)
    return {"audit_entry": gone, "disclosure": run(delete(Disclosure).where(Disclosure.at < one.limit(now)))}


def _accounts(one: Retention, now: datetime) -> dict[str, int]:
    """Accounts that never became an application, a payment, a request or a certificate, and that nobody opened since."""
    limit = one.limit(now)
    came_back = select(literal(1)).where(
        AuditEntry.subject_code == Member.code, AuditEntry.act == Act.LOGGED_IN.value, AuditEntry.at >= limit
    )
    idle = [Member.created_at < limit, ~came_back.exists()]
    bound = [
        select(literal(1)).where(table.member_id == Member.id).exists()
        for table in (Application, Payment, ExemptionRequest)
    ]
    bound.append(select(literal(1)).where(RegisterEntry.tckn_index == Member.tckn_index).exists())
    bound.append(select(literal(1)).where(queries.unclaimed(Member.tckn_index)).exists())
    return _anonymise(now, *idle, ~or_(false(), *bound))


def _contracts(one: Retention, now: datetime) -> dict[str, int]:
    """Accounts whose last payment, application and certificate all lie longer ago than any law asks."""
    limit = one.limit(now)
    since = [
        select(literal(1)).where(Application.member_id == Member.id, Application.submitted_at >= limit).exists(),
        select(literal(1)).where(Payment.member_id == Member.id, Payment.created_at >= limit).exists(),
        select(literal(1)).where(queries.unclaimed(Member.tckn_index), BranchLine.paid_at >= limit).exists(),
        select(literal(1)).where(RegisterEntry.tckn_index == Member.tckn_index, RegisterEntry.issued_on >= limit.date()).exists(),
        select(literal(1)).where(AuditEntry.subject_code == Member.code, AuditEntry.act == Act.LOGGED_IN.value, AuditEntry.at >= limit).exists(),
    ]  # fmt: skip
    return _anonymise(now, Member.created_at < limit, ~or_(*since)) | _nobodys_lines(limit)


def _nobodys_lines(limit: datetime) -> dict[str, int]:
    """What a bank told of people who never became members goes as late as it would of a member."""
    nobody = ~select(literal(1)).where(Member.tckn_index == BranchLine.tckn_index).exists()
    old = (BranchLine.paid_at < limit, BranchLine.payment_id.is_(None), BranchLine.tckn_sealed != b"", nobody)
    return {"branch_line": run(update(BranchLine).where(*old).values(tckn_index=ERASED, **LINE_ERASED))}


def _anonymise(now: datetime, *where: Any) -> dict[str, int]:
    rows = select(Member).where(Member.staff_role.is_(None), ~Member.tckn_index.like(f"{ERASED}%"), *where)
    total = 0
    for member in db.session.scalars(rows.order_by(Member.id).limit(AT_A_TIME)):
        anonymise(member, now=now)
        total += 1
    db.session.flush()
    return {"member": total}


_APPLIED: Final[Mapping[str, Callable[[Retention, datetime], dict[str, int]]]] = {
    "contracts": _contracts, "accounts": _accounts, "exam_answers": _exam_answers, "watching": _watching, "practice": _practice,
    "messages": _messages, "tickets": _tickets, "requests": _requests, "exports": _exports, "destructions": _destructions,
    "refused_uploads": _refused, "audit": _audit,
}  # fmt: skip
APPLIED: Final = frozenset(_APPLIED)
