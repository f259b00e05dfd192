"""R045: a slip is taken at the instant it arrived, given to its person, and decided once by accounting."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update

from lms.attachments.formats import Clean
from lms.audit.rules import Act
from lms.audit.services import record
from lms.core.access import Actor
from lms.core.codes import new_code
from lms.core.db import db
from lms.core.errors import Conflict, Invalid, NotFound
from lms.core.files import files
from lms.membership.models import Member
from lms.membership.queries import member_by_tckn
from lms.membership.rules import identity
from lms.slips import queries, rules
from lms.slips.models import BankSlip, SlipDocument
from lms.terms.rules import receipt_in_time
from lms.terms.services import calendar, open_terms

NAMESPACE: Final = "slips"
STRAY_AFTER: Final = timedelta(days=1)


def take(
    documents: Sequence[Clean], *, member: Member | None, source: str, arrived_at: datetime, actor: Actor, now: datetime,
    mail_code: str | None = None, sender: str = "",
) -> BankSlip:  # fmt: skip
    """Store a slip, cleaned files and all. Errors: slip.no_document."""
    if not documents:
        raise Invalid("slip.no_document")
    slip = BankSlip(
        code=new_code(), member_id=member.id if member else None, source=source, mail_code=mail_code, sender=sender,
        arrived_at=arrived_at, status="waiting",
    )  # fmt: skip
    db.session.add(slip)
    db.session.flush()
    for document in documents:
        db.session.add(
            SlipDocument(
                code=new_code(20), slip_id=slip.id, label=document.label, media_type=document.media_type, size=len(document.data),
                sha256=document.sha256, file_key=files().put(NAMESPACE, document.data, document.suffix),
            )
        )  # fmt: skip
    db.session.flush()
    db.session.refresh(slip)
    record(Act.SLIP_TAKEN, actor=actor, subject=("slip", slip.code), now=now, data={"source": source, "documents": len(documents)})  # fmt: skip
    return slip


def in_time(slip: BankSlip) -> bool | None:
    """R045: whether it came by the last safe day of the term that was open then; None where none was."""
    terms = open_terms(slip.arrived_at)
    return receipt_in_time(slip.arrived_at, terms[0].schedule, calendar()) if terms else None


def existing(code: str) -> BankSlip:
    """A slip as accounting sees it."""
    slip = queries.by_code(code)
    if slip is None:
        raise NotFound
    return slip


def assign(code: str, tckn: str, *, actor: Actor, now: datetime) -> BankSlip:
    """Whose slip it is, by the number on it; only while it is not accepted. Errors: tckn.*, slip.no_member."""
    slip, member = existing(code), member_by_tckn(identity.tckn(tckn))
    if member is None or member.staff_role is not None:
        raise Invalid("slip.no_member")
    _claim(slip, member_id=member.id)
    record(Act.SLIP_ASSIGNED, actor=actor, subject=("slip", code), now=now, data={"member": member.code})
    return slip


def decide(code: str, act: str, reason: str, *, actor: Actor, now: datetime) -> BankSlip:
    """Accept, or refuse with a reason. Of two at once one decides; the other is told who and when (slip.decided_by)."""
    slip = existing(code)
    status, text = rules.decide(slip.status, act, reason)
    _claim(slip, status=status, reason=text or None, decided_at=now, decided_by=actor.member_id)
    done = Act.SLIP_ACCEPTED if status == "accepted" else Act.SLIP_REFUSED
    record(done, actor=actor, subject=("slip", code), now=now, data={"reason": text})
    return slip


def _claim(slip: BankSlip, **values: object) -> None:
    changed = db.session.execute(
        update(BankSlip)
        .where(BankSlip.id == slip.id, BankSlip.status == slip.status, BankSlip.status != "accepted")
        .values(**values)
        .returning(BankSlip.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.refresh(slip)
    if changed is None:
        by = slip.decider.full_name if slip.decider else ""
        raise Conflict("slip.decided_by", by=by, at=slip.decided_at)


def document(code: str) -> tuple[SlipDocument, bytes]:
    """A file for accounting."""
    found = queries.document(code)
    if found is None:
        raise NotFound
    return found[0], files().read(found[0].file_key)


def erase_files(now: datetime) -> int:
    """D-10: the files of slips that were decided sixty days ago. How many."""
    rows = db.session.scalars(
        select(SlipDocument)
        .join(BankSlip, BankSlip.id == SlipDocument.slip_id)
        .where(SlipDocument.erased_at.is_(None), BankSlip.decided_at < now - rules.KEEP)
    ).all()
    for row in rows:
        files().delete(row.file_key)
        row.erased_at = now
    db.session.flush()
    return len(rows)


def sweep_files(wall: datetime) -> int:
    """A file is written before its row is stored: one that nothing names after a day belongs to an act that failed."""
    return files().sweep(NAMESPACE, queries.file_keys(), wall - STRAY_AFTER)
