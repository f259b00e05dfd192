"""What happens to requests and their evidence with time: answers that left, files nobody names, the end of retention."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import SYSTEM
from lms.core.db import db
from lms.core.files import files
from lms.exemptions import queries
from lms.exemptions.models import ExemptionRequest
from lms.exemptions.services.requests import NAMESPACE
from lms.notifications.models import OutboxMessage

STRAY_AFTER = timedelta(days=1)


def store_answers(now: datetime) -> int:
    """R119: keep the instant at which each answer left, so that the outbox may be tidied."""
    del now
    left = (
        select(OutboxMessage.sent_at)
        .where(OutboxMessage.dedupe == ExemptionRequest.answer_dedupe + "/mail", OutboxMessage.sent_at.is_not(None))
        .scalar_subquery()
    )
    done = db.session.execute(
        update(ExemptionRequest)
        .where(ExemptionRequest.answered_at.is_(None), ExemptionRequest.answer_dedupe.is_not(None), left.is_not(None))
        .values(answered_at=left)
        .returning(ExemptionRequest.id)
        .execution_options(synchronize_session=False)
    )
    return len(done.all())


def sweep_files(wall: datetime) -> int:
    """A file is written before its row is stored: one that nothing names after a day belongs to an act that failed. How many."""
    return files().sweep(NAMESPACE, queries.file_keys(), wall - STRAY_AFTER)


def erase_evidence(now: datetime) -> int:
    """D-10: erase the evidence of requests decided 60 days ago, and of those nobody decided 60 days after the form closed.

    How many documents and barcodes; each request keeps a record of it.
    """
    erased = 0
    records = []
    for row in queries.with_outlived_evidence(now):
        documents = [d for d in row.documents if d.erased_at is None]
        barcodes = [b for b in row.barcodes if b.erased_at is None]
        for document in documents:
            files().delete(document.file_key)
            document.erased_at = now
        for barcode in barcodes:
            barcode.sealed, barcode.erased_at = None, now
        erased += len(documents) + len(barcodes)
        records.append((("exemption", row.code), {"documents": len(documents), "barcodes": len(barcodes)}))
    db.session.flush()
    if records:
        audit.record_many(Act.EXEMPTION_EVIDENCE_ERASED, actor=SYSTEM, subjects=records, now=now)
    return erased
