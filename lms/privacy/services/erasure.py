"""KVKK m.7, m.11: a person's account is closed; what no law obliges to keep goes at once, the rest when its time is over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Delete, Select, Update, delete, func, select, update
from sqlalchemy.engine import CursorResult

from lms.attachments.models import RefusedUpload
from lms.core.calendar import local_date
from lms.core.db import db
from lms.core.errors import Conflict
from lms.core.files import files
from lms.corporate import queries as corporate
from lms.corporate.models import Invitation, Representative
from lms.enrolment.models import Application
from lms.exams.models import ReapplicationRequest
from lms.exams.services import accommodation
from lms.exemptions.models import ExemptionBarcode, ExemptionDocument, ExemptionRequest
from lms.identity import queries as identity
from lms.identity.models import Correction, Dispute
from lms.identity.services import disputes
from lms.journey.models import CalendarFeed
from lms.learning.models import LearnerClock
from lms.mailroom.models import InboundMail
from lms.mailroom.services.intake import forget
from lms.membership.models import Acceptance, Member, MemberSession, OneTimeLink
from lms.notifications.models import OutboxMessage
from lms.payments.models import BranchLine, Payment, PaymentEvent
from lms.practice.models import PracticeClaim, PracticeExercise, PracticePolicy, PracticeQuote
from lms.privacy import queries
from lms.privacy.loader import policy
from lms.privacy.models import Destruction, PersonalExport
from lms.register.models import RegisterEntry
from lms.slips.models import BankSlip
from lms.support.models import Ticket, TicketMessage

ERASED: Final = "erased:"
"""Begins the ``tckn_index`` of an account that holds nobody any more."""

MESSAGE_ERASED: Final[Mapping[str, Any]] = {"recipient": "", "member_code": None, "params": {}, "error": None}
LINE_ERASED: Final[Mapping[str, Any]] = {"tckn_sealed": b"", "tckn_masked": "", "name": "", "reason": None}
TICKET_ERASED: Final[Mapping[str, Any]] = {
    "email": "", "name": None, "tckn_index": None, "member_id": None, "subject": "(silindi)", "context": {},
    "status": "closed",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """What has to stay although the person asks: the class, and until when (None: for ever)."""

    code: str
    title: str
    basis: str
    until: date | None


def kept(member: Member, now: datetime) -> list[Kept]:
    """What the law obliges to keep about this person, class by class, as the answer tells it."""
    classes, found = policy()[0], []
    last = db.session.execute(
        select(
            select(func.max(Application.submitted_at)).where(Application.member_id == member.id).scalar_subquery(),
            select(func.max(Payment.created_at)).where(Payment.member_id == member.id).scalar_subquery(),
            select(func.max(BranchLine.paid_at)).where(queries.unclaimed(member.tckn_index)).scalar_subquery(),
        )
    ).one()
    instants = [at for at in last if at is not None]
    contracts = classes["contracts"]
    if instants and contracts.days is not None and max(instants) >= contracts.limit(now):
        until = local_date(max(instants) + timedelta(days=contracts.days))
        found.append(Kept(contracts.code, contracts.title, contracts.basis, until))
    if db.session.scalar(select(func.count()).where(RegisterEntry.tckn_index == member.tckn_index)):
        register = classes["register"]
        found.append(Kept(register.code, register.title, register.basis, None))
    return found


def erase(member: Member, *, request: str, now: datetime, wall: datetime) -> list[Kept]:
    """Close the account and erase what may go; what stays and until when.

    Errors: `privacy.running`; `privacy.claimed` while somebody says that the account is theirs; `privacy.others` where
    another request waits, whose answer would reach nobody.
    """
    running = select(func.count()).where(Application.member_id == member.id, Application.outcome.is_(None))
    if db.session.scalar(running):
        raise Conflict("privacy.running")
    if any(claim.decided_at is None for claim in identity.disputes_of(member)):
        raise Conflict("privacy.claimed")
    if any(one.outcome is None and one.code != request for one in queries.of_member(member.id)):
        raise Conflict("privacy.others")
    stays = kept(member, now)
    done = _close(member, now=now, wall=wall)
    if not any(one.code == "contracts" for one in stays):
        done |= anonymise(member, now=now)
    for what, rows in done.items():
        log("accounts", what, "anonymise", rows, at=now, request=request)
    db.session.flush()
    return stays


def anonymise(member: Member, *, now: datetime) -> dict[str, int]:
    """Nothing leads from what is left to a person any more. The register's entry stands by itself."""
    done = _close(member, now=now, wall=now)
    own_payments = select(Payment.id).where(Payment.member_id == member.id)
    done |= {
        "application": run(
            update(Application).where(Application.member_id == member.id).values(
                first_name="", last_name="", email="", phone=None, province=None, district=None, institution="",
            )
        ),
        "exemption_request": run(
            update(ExemptionRequest).where(ExemptionRequest.member_id == member.id).values(phone=None, email="", reason=None)
        ),
        "reapplication_request": run(
            update(ReapplicationRequest).where(ReapplicationRequest.member_id == member.id).values(explanation="", reason=None)
        ),
        "correction": run(
            update(Correction).where(Correction.member_id == member.id).values(
                evidence="", before="", after="", tckn_index=None, tckn_sealed=None, note=None,
            )
        ),
        "dispute": run(
            update(Dispute).where((Dispute.member_id == member.id) | (Dispute.tckn_index == member.tckn_index)).values(
                name="", email="", tckn_index=f"{ERASED}{member.code}", tckn_masked="", reason=None,
            )
        ),
        "invitation": run(
            update(Invitation).where(Invitation.member_id == member.id).values(**corporate.NOBODY, erased_at=now)
        ),
        "representative": run(
            update(Representative).where(Representative.member_id == member.id).values(reason="", end_reason=None)
        ),
        "acceptance": run(update(Acceptance).where(Acceptance.member_id == member.id).values(ip=None)),
        "payment_event": run(update(PaymentEvent).where(PaymentEvent.payment_id.in_(own_payments)).values(data={})),
        "branch_line": run(
            update(BranchLine)
            .where(BranchLine.payment_id.in_(own_payments) | queries.unclaimed(member.tckn_index))
            .values(tckn_index=f"{ERASED}{member.code}", **LINE_ERASED)
        ),
        "bank_slip": _slips(member, now),
        "member": 1,
    }  # fmt: skip
    member.tckn_index, member.tckn_sealed, member.tckn_masked = f"{ERASED}{member.code}", b"", ""
    member.first_name = member.last_name = member.name_folded = ""
    return done


def _close(member: Member, *, now: datetime, wall: datetime) -> dict[str, int]:
    """Nobody logs in any more, nobody is written to; what only served the open account goes."""
    exercises = select(PracticeExercise.id).where(PracticeExercise.member_id == member.id)
    done = delete_practice(exercises) | {
        "member_session": run(delete(MemberSession).where(MemberSession.member_id == member.id)),
        "one_time_link": run(delete(OneTimeLink).where(OneTimeLink.member_id == member.id)),
        "learner_clock": run(delete(LearnerClock).where(LearnerClock.member_id == member.id)),
        "calendar_feed": run(delete(CalendarFeed).where(CalendarFeed.member_id == member.id)),
        "outbox_message": run(update(OutboxMessage).where(OutboxMessage.member_code == member.code).values(**MESSAGE_ERASED)),
        **erase_tickets(select(Ticket.id).where(Ticket.member_id == member.id)),
        "refused_upload": run(
            update(RefusedUpload).where(RefusedUpload.actor_code == member.code).values(actor_label="", ip=None, label="")
        ),
        "accommodation": accommodation.forget(member.id, now=now),
        "dispute": disputes.forget(member, now=now),
        "invitation": corporate.forget(member, now),
        "exemption_document": _documents(member, now),
        "inbound_mail": _mails(member, now),
        "exemption_barcode": _barcodes(member, now),
        "personal_export": erase_copies(PersonalExport.member_id == member.id, now=now),
    }  # fmt: skip
    member.email, member.phone, member.password_hash = "", None, None
    member.totp_sealed = member.totp_confirmed_at = None
    member.disabled_at = member.disabled_at or wall
    db.session.flush()
    return done


def erase_copies(*which: ColumnElement[bool], now: datetime) -> int:
    """Copies that were made or are wanted; how many."""
    rows = db.session.scalars(select(PersonalExport).where(PersonalExport.erased_at.is_(None), *which)).all()
    for row in rows:
        if row.file_key is not None:
            files().delete(row.file_key)
        row.erased_at, row.file_key = now, None
    db.session.flush()
    return len(rows)


def _mails(member: Member, now: datetime) -> int:
    rows = db.session.scalars(
        select(InboundMail).where(InboundMail.member_id == member.id, InboundMail.erased_at.is_(None))
    ).all()
    for row in rows:
        forget(row, now)
    return len(rows)


def _slips(member: Member, now: datetime) -> int:
    """Bank slips go with the payments that they prove."""
    rows = db.session.scalars(select(BankSlip).where(BankSlip.member_id == member.id)).all()
    for row in rows:
        row.sender, row.reason = "", None
        for document in row.documents:
            files().delete(document.file_key)
            document.erased_at = document.erased_at or now
    return len(rows)


def _documents(member: Member, now: datetime) -> int:
    rows = db.session.scalars(
        select(ExemptionDocument)
        .join(ExemptionRequest, ExemptionRequest.id == ExemptionDocument.request_id)
        .where(ExemptionRequest.member_id == member.id, ExemptionDocument.erased_at.is_(None))
    ).all()
    for document in rows:
        files().delete(document.file_key)
        document.erased_at = now
    return len(rows)


def _barcodes(member: Member, now: datetime) -> int:
    own = select(ExemptionRequest.id).where(ExemptionRequest.member_id == member.id)
    rows = update(ExemptionBarcode).where(ExemptionBarcode.request_id.in_(own), ExemptionBarcode.erased_at.is_(None))
    return run(rows.values(sealed=None, erased_at=now))


def erase_tickets(tickets: Select[int]) -> dict[str, int]:
    """Threads without a person and without their words; how many there were and how long they took stays."""
    return {
        "ticket_message": run(
            update(TicketMessage).where(TicketMessage.ticket_id.in_(tickets)).values(body="(silindi)")
        ),
        "ticket": run(update(Ticket).where(Ticket.id.in_(tickets)).values(**TICKET_ERASED)),
    }


def delete_practice(exercises: Select[int]) -> dict[str, int]:
    """Exercises with what hangs on them, from the leaves up."""
    quotes = select(PracticeQuote.id).where(PracticeQuote.exercise_id.in_(exercises))
    policies = select(PracticePolicy.id).where(PracticePolicy.quote_id.in_(quotes))
    return {
        "practice_claim": run(delete(PracticeClaim).where(PracticeClaim.policy_id.in_(policies))),
        "practice_policy": run(delete(PracticePolicy).where(PracticePolicy.quote_id.in_(quotes))),
        "practice_quote": run(delete(PracticeQuote).where(PracticeQuote.exercise_id.in_(exercises))),
        "practice_exercise": run(delete(PracticeExercise).where(PracticeExercise.id.in_(exercises))),
    }


def run(statement: Delete | Update) -> int:
    """How many rows it met."""
    done = db.session.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(done, CursorResult)  # noqa: S101 - narrows the type only
    return int(done.rowcount)


def log(
    code: str, what: str, action: str, rows: int, *, at: datetime, older_than: datetime | None = None, request: str | None = None
) -> None:  # fmt: skip
    """One line of the destruction log; nothing destroyed, nothing logged."""
    if rows:
        db.session.add(
            Destruction(
                at=at, retention_class=code, what=what, action=action, rows=rows, older_than=older_than, request_code=request,
            )
        )  # fmt: skip
        db.session.flush()
