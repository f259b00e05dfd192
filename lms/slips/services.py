"""R045: a slip is taken at the instant it arrived, given to its person, and decided once by accounting."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select, update

from lms.attachments import services as attachments
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
from lms.membership.services.accounts import recipient
from lms.notifications.services import Recipient, enqueue
from lms.slips import queries, rules
from lms.slips.models import BankSlip, SlipDocument
from lms.terms.queries import current_terms
from lms.terms.rules import receipt_in_time, receipt_last_day
from lms.terms.services import calendar, open_terms

NAMESPACE: Final = "slips"
STRAY_AFTER: Final = timedelta(days=1)


def prepare(uploads: Sequence[tuple[str | None, bytes]], *, actor: Actor, now: datetime) -> list[Clean]:
    """Check and clean what was uploaded. Slow: call it outside a transaction. Errors: slip.no_document, document.*."""
    if not uploads:
        raise Invalid("slip.no_document")
    return attachments.clean_all(uploads, actor=actor, place=NAMESPACE, now=now)


def take(
    documents: Sequence[Clean], *, member: Member | None, source: str, arrived_at: datetime, actor: Actor, now: datetime,
    mail_code: str | None = None, sender: str = "", replies_to: str | None = None,
) -> BankSlip:  # fmt: skip
    """Store a slip, cleaned files and all. Errors: slip.no_document."""
    if not documents:
        raise Invalid("slip.no_document")
    slip = BankSlip(
        code=new_code(), member_id=member.id if member else None, source=source, mail_code=mail_code, sender=sender,
        replies_to=replies_to, arrived_at=arrived_at, status="waiting",
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


def upload(documents: Sequence[Clean], *, actor: Actor, now: datetime) -> BankSlip:
    """R045: a slip sent from the person's own page. Errors: slip.no_document, slip.enough."""
    member = db.session.get_one(Member, actor.member_id, with_for_update={"key_share": True})
    if queries.count_waiting(member.id) >= rules.MOST_WAITING:
        raise Conflict("slip.enough", most=rules.MOST_WAITING)
    return take(documents, member=member, source="form", arrived_at=now, actor=actor, now=now)


def in_time(slips: Sequence[BankSlip]) -> dict[int, bool | None]:
    """R045: for each whether it came by the last safe day of the term that was open then; None where none was."""
    terms, known = [term.schedule for term in current_terms()], calendar()
    found: dict[int, bool | None] = {}
    for slip in slips:
        open_then = next((one for one in terms if one.application.contains(slip.arrived_at)), None)
        found[slip.id] = receipt_in_time(slip.arrived_at, open_then, known) if open_then else None
    return found


def last_day(now: datetime) -> date | None:
    """R045: the day by whose end a slip of the open term should be here; None where none is open."""
    terms = open_terms(now)
    return receipt_last_day(terms[0].schedule, calendar()) if terms else None


def existing(code: str) -> BankSlip:
    """A slip as accounting sees it."""
    slip = queries.by_code(code)
    if slip is None:
        raise NotFound
    return slip


def seen(slip: BankSlip) -> str:
    """What a page was made from."""
    return f"{slip.status}:{slip.member_id or ''}"


def assign(code: str, tckn: str, *, expected: str, actor: Actor, now: datetime) -> BankSlip:
    """Whose slip it is, by the number on it; only while it is not accepted. Errors: tckn.*, slip.no_member, slip.decided_by."""
    slip, member = existing(code), member_by_tckn(identity.tckn(tckn))
    if member is None or member.staff_role is not None:
        raise Invalid("slip.no_member")
    _claim(slip, expected, actor, now, member_id=member.id)
    record(Act.SLIP_ASSIGNED, actor=actor, subject=("slip", code), now=now, data={"member": member.code})
    return slip


def decide(code: str, act: str, reason: str, *, expected: str, actor: Actor, now: datetime) -> BankSlip:
    """Accept, or refuse with a reason; who sent it is told. Of two at once one decides what both saw; the other is told who
    and when (slip.decided_by)."""
    slip = existing(code)
    if expected != seen(slip):
        raise _overtaken(slip)
    status, text = rules.decide(slip.status, act, reason)
    if status == "accepted" and slip.member_id is None:
        raise Invalid("slip.nobodys")
    _claim(slip, expected, actor, now, status=status, reason=text or None)
    done = Act.SLIP_ACCEPTED if status == "accepted" else Act.SLIP_REFUSED
    record(done, actor=actor, subject=("slip", code), now=now, data={"reason": text})
    _tell(slip, now)
    return slip


def _claim(slip: BankSlip, expected: str, actor: Actor, now: datetime, **values: object) -> None:
    """Change the slip if it still is as the page showed it: the database decides between two at once."""
    changed = None
    if expected == seen(slip):
        changed = db.session.execute(
            update(BankSlip)
            .where(BankSlip.id == slip.id, BankSlip.status == slip.status, BankSlip.status != "accepted",
                   BankSlip.member_id.is_not_distinct_from(slip.member_id))
            .values(decided_at=now, decided_by=actor.member_id, **values)
            .returning(BankSlip.id)
            .execution_options(synchronize_session=False)
        ).first()  # fmt: skip
        db.session.refresh(slip)
    if changed is None:
        raise _overtaken(slip)


def _overtaken(slip: BankSlip) -> Conflict:
    if slip.decider is None:
        return Conflict("slip.decided")
    return Conflict("slip.decided_by", by=slip.decider.full_name, at=slip.decided_at)


def _tell(slip: BankSlip, now: datetime) -> None:
    """The answer goes where the slip came from: into the mail's thread, else to the member."""
    own = recipient(slip.member) if slip.member else None
    to = own
    if slip.source == "mail" and slip.sender and (own is None or own.email.lower() != slip.sender.lower()):
        to = Recipient(slip.sender, language=own.language if own else "tr")
    if to is not None:
        params = {"accepted": slip.status == "accepted", "reason": slip.reason or "", "at": slip.arrived_at.isoformat()}
        key = f"slip_decided:{slip.code}:{slip.status}"
        enqueue("slip_decided", to=to, params=params, dedupe=key, now=now, replies_to=slip.replies_to)


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
        .where(SlipDocument.erased_at.is_(None), BankSlip.status != "waiting", BankSlip.decided_at < now - rules.KEEP)
    ).all()
    for row in rows:
        files().delete(row.file_key)
        row.erased_at = now
    db.session.flush()
    return len(rows)


def sweep_files(wall: datetime) -> int:
    """A file is written before its row is stored: one that nothing names after a day belongs to an act that failed."""
    return files().sweep(NAMESPACE, queries.file_keys(), wall - STRAY_AFTER)
