"""What waits for somebody of the office, queue by queue."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from lms.certificates.models import Revocation
from lms.core.db import db
from lms.courses.models import RecordingProposal
from lms.documents.models import Revision
from lms.exams.models import Accommodation, ReapplicationRequest
from lms.exemptions import queries as exemptions
from lms.exemptions.models import ExemptionRequest
from lms.identity.models import Correction, Dispute
from lms.mailroom.models import InboundMail
from lms.notifications import queries as notifications
from lms.payments import queries as payments
from lms.payments.models import BranchFile, BranchLine, Payment
from lms.privacy.models import PrivacyRequest
from lms.reports.models import ExamSign
from lms.slips.models import BankSlip
from lms.support.models import Ticket


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many things wait in one queue, and since when the oldest does."""

    count: int
    oldest: datetime | None


def _waiting(column: Any, *where: Any) -> Waiting:
    count, oldest = db.session.execute(select(func.count(), func.min(column)).where(*where)).one()
    return Waiting(count, oldest)


def _gaps() -> Waiting:
    """R044: the bank's files that never came."""
    gaps = payments.branch_gaps()
    return Waiting(sum(last - first + 1 for first, last, _ in gaps), min((at for _, _, at in gaps), default=None))


def waiting(now: datetime) -> dict[str, Waiting]:
    """Everything that waits for somebody, one short statement each."""
    return {
        "exemptions": _waiting(ExemptionRequest.requested_at, ExemptionRequest.status == "requested"),
        "second_looks": _waiting(ExemptionRequest.first_at, ExemptionRequest.status == "confirming"),
        "lost_answers": Waiting(*exemptions.count_lost(now)),
        "reapplications": _waiting(ReapplicationRequest.requested_at, ReapplicationRequest.status == "requested"),
        "accommodations": _waiting(Accommodation.requested_at, Accommodation.status == "requested"),
        "disputes": _waiting(Dispute.opened_at, Dispute.status.in_(("open", "proposed"))),
        "corrections": _waiting(Correction.requested_at, Correction.status == "requested"),
        "revocations": _waiting(Revocation.requested_at, Revocation.status == "requested"),
        "mail": _waiting(InboundMail.received_at, InboundMail.outcome == "waiting"),
        "slips": _waiting(BankSlip.arrived_at, BankSlip.status == "waiting"),
        "tickets": _waiting(Ticket.since, Ticket.status == "open"),
        "branch": _waiting(BranchFile.imported_at, BranchLine.waits, BranchLine.file_id == BranchFile.id),
        "branch_gaps": _gaps(),
        "payments": _waiting(
            Payment.created_at, Payment.note.is_not(None), Payment.reviewed_at.is_(None), Payment.channel == "card"
        ),
        "privacy": _waiting(PrivacyRequest.asked_at, PrivacyRequest.outcome.is_(None)),
        "proposals": _waiting(Revision.proposed_at, Revision.state == "proposed"),
        "videos": _waiting(RecordingProposal.proposed_at, RecordingProposal.state == "proposed"),
        "signs": _waiting(ExamSign.found_at, ExamSign.state == "new"),
        "messages": _waiting(notifications.LOST_AT, notifications.TO_CALL),
    }
