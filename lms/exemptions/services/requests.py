"""The candidate's side of the fee exemption: the request with its evidence, from the form or by mail (R116-R121)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import update

from lms.attachments import services as attachments
from lms.attachments.formats import Clean
from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import Actor
from lms.core.calendar import local_date
from lms.core.clock import ISTANBUL
from lms.core.codes import new_code
from lms.core.config import vault
from lms.core.db import db
from lms.core.errors import Conflict, NotFound
from lms.core.files import files
from lms.exemptions import queries, rules
from lms.exemptions.models import ExemptionBarcode, ExemptionDocument, ExemptionRequest
from lms.exemptions.rules import Action, Source, Status, Urgency
from lms.membership.models import LegalText, Member
from lms.membership.rules.identity import email as check_email
from lms.membership.rules.identity import mobile as check_mobile
from lms.membership.services.accounts import accept, recipient
from lms.notifications.services import enqueue
from lms.register import services as register
from lms.terms.models import Term
from lms.terms.queries import current_terms
from lms.terms.services import calendar, current_term, open_to, term_of

NAMESPACE = "exemptions"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request says (R118). The name and the number are the membership's; the standing follows from the relation."""

    term_code: str
    relation: str
    phone: str = ""
    email: str = ""


def prepare(
    uploads: Sequence[tuple[str | None, bytes]], *, actor: Actor, now: datetime, barcodes: Sequence[str] = ()
) -> list[Clean]:
    """Check and clean what was uploaded. Slow: call it outside a transaction. Errors: exemption.*, document.*."""
    rules.check_documents([len(data) for _name, data in uploads], barcodes=len(barcodes))
    return attachments.clean_all(uploads, actor=actor, place=NAMESPACE, now=now)


def request(
    *,
    term_code: str,
    relation: str,
    documents: Sequence[Clean],
    actor: Actor,
    now: datetime,
    phone: str = "",
    email: str = "",
    barcodes: Sequence[str] = (),
    notice: LegalText | None = None,
) -> ExemptionRequest:
    """R116-R118: ask for exemption in one term. Errors: exemption.exists (with the id), exemption.term_closed, exemption.relation."""
    rules.check_documents([len(d.data) for d in documents], barcodes=len(barcodes))
    member = _locked(actor.member_id)
    row = _create(member, Asked(term_code, relation, phone, email), source=Source.FORM, arrived_at=now)
    _store(row, documents, barcodes, now)
    if notice is not None:
        accept(member, notice, given=True, subject=("exemption", row.code), now=now, ip=actor.ip)
    _received(row, actor, now)
    return row


@dataclass(frozen=True, slots=True)
class Posted:
    """What came by mail: cleaned documents, barcodes, the mail's arrival and thread, and what of it was left out and why.

    ``told`` is False where the sender has had enough answers for a day.
    """

    documents: Sequence[Clean]
    arrived_at: datetime
    barcodes: Sequence[str] = ()
    thread: str | None = None
    left_out: Sequence[Mapping[str, Any]] = ()
    told: bool = True


def request_by_mail(member: Member, asked: Asked, posted: Posted, *, actor: Actor, now: datetime) -> ExemptionRequest:
    """R118: the same by mail, counted from the mail's arrival. What comes to a request that still waits is added to it.

    Errors as ``request``; exemption.exists only where the open request is approved already.
    """
    rules.check_documents([len(d.data) for d in posted.documents], barcodes=len(posted.barcodes))
    member = _locked(member.id)
    waiting = pending(member.id, asked.term_code)
    if waiting is not None and waiting.status != Status.APPROVED:
        return _add_posted(waiting, posted, actor=actor, now=now)
    row = _create(member, asked, source=Source.MAIL, arrived_at=posted.arrived_at)
    row.replies_to = posted.thread
    _store(row, posted.documents, posted.barcodes, posted.arrived_at)
    _received(row, actor, now, left_out=posted.left_out, told=posted.told)
    return row


def add_by_mail(member: Member, code: str, posted: Posted, *, actor: Actor, now: datetime) -> ExemptionRequest:
    """R118: what was asked for comes by mail as well."""
    return _add_posted(own_request(member.actor(), code), posted, actor=actor, now=now)


def _add_posted(row: ExemptionRequest, posted: Posted, *, actor: Actor, now: datetime) -> ExemptionRequest:
    """The newest mail's thread is the one that is answered from now on."""
    _add(row, posted.documents, posted.barcodes, actor=actor, now=now, arrived_at=posted.arrived_at)
    row.replies_to = posted.thread or row.replies_to
    if posted.told:
        tell(row, "exemption_added", {"at": posted.arrived_at.isoformat(), "left_out": list(posted.left_out)}, now=now)
    return row


def request_again(
    *, term_code: str, actor: Actor, now: datetime, phone: str = "", email: str = "", notice: LegalText | None = None
) -> ExemptionRequest:
    """R116-R119: an earlier approval whose relation the person declares to hold still; no document is asked for again.

    It is decided like any other: the right of the new term begins when its own answer was sent.
    """
    member = _locked(actor.member_id)
    earlier = reusable(member.id)
    if earlier is None:
        raise Conflict("exemption.nothing_earlier")
    row = _create(member, Asked(term_code, earlier.relation, phone, email), source=Source.FORM, arrived_at=now)
    row.earlier_id = earlier.id
    db.session.flush()
    if notice is not None:
        accept(member, notice, given=True, subject=("exemption", row.code), now=now, ip=actor.ip)
    _received(row, actor, now)
    return row


def reusable(member_id: int) -> ExemptionRequest | None:
    """The newest request of this person that was approved on proven facts and answered."""
    return next(
        (
            row
            for row in queries.of_member(member_id)
            if status_of(row) is Status.APPROVED and row.status_proven and row.kinship_proven
        ),
        None,
    )


def _locked(member_id: int) -> Member:
    """One request after the other."""
    return db.session.get_one(Member, member_id, with_for_update={"key_share": True})


def _create(member: Member, asked: Asked, *, source: Source, arrived_at: datetime) -> ExemptionRequest:
    term = term_of(member.id, asked.term_code)
    if arrived_at >= term.application_to:
        raise Conflict("exemption.term_closed", closed_on=last_day(term))
    existing = queries.open_one(member.id, term.code)
    if existing is not None:
        raise Conflict("exemption.exists", id=existing.code)
    row = ExemptionRequest(
        code=new_code(),
        member_id=member.id,
        term_id=term.id,
        term_code=term.code,
        relation=rules.check_relation(asked.relation),
        phone=check_mobile(asked.phone) if asked.phone.strip() else member.phone,
        email=check_email(asked.email) if asked.email.strip() else member.email,
        source=source,
        status=Status.REQUESTED,
        requested_at=arrived_at,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _received(
    row: ExemptionRequest, actor: Actor, now: datetime, *, left_out: Sequence[Mapping[str, Any]] = (), told: bool = True
) -> None:
    data = {"relation": row.relation, "documents": len(row.documents), "barcodes": len(row.barcodes), "source": row.source, "again": row.earlier_id is not None}  # fmt: skip
    audit.record(Act.EXEMPTION_REQUESTED, actor=actor, subject=("exemption", row.code), data=data, now=now)
    if told:
        tell(row, "exemption_received", {"left_out": list(left_out)}, now=now)


def add_documents(
    *, code: str, documents: Sequence[Clean], actor: Actor, now: datetime, barcodes: Sequence[str] = ()
) -> ExemptionRequest:
    """R118: further documents; the request is back in the reviewer's queue."""
    return _add(own_request(actor, code), documents, barcodes, actor=actor, now=now, arrived_at=now)


def _add(
    row: ExemptionRequest, documents: Sequence[Clean], barcodes: Sequence[str], *, actor: Actor, now: datetime,
    arrived_at: datetime,
) -> ExemptionRequest:  # fmt: skip
    rules.check_documents([len(d.data) for d in documents], already=len(row.documents), barcodes=len(barcodes))
    rules.barcodes("\n".join(barcodes), already=len(row.barcodes))
    before = Status(row.status)
    after = rules.move(before, Action.ADD)
    claim(row, before, status=after, decided_by=None, decided_at=None, first_by=None, first_at=None)
    _store(row, documents, barcodes, arrived_at)
    data = {"added": len(documents), "barcodes": len(barcodes)}
    audit.record(Act.EXEMPTION_REQUESTED, actor=actor, subject=("exemption", row.code), data=data, now=now)
    return row


def _store(row: ExemptionRequest, documents: Iterable[Clean], barcodes: Sequence[str], now: datetime) -> None:
    store = files()
    for document in documents:
        db.session.add(
            ExemptionDocument(
                code=new_code(20),
                request_id=row.id,
                label=document.label,
                media_type=document.media_type,
                size=len(document.data),
                sha256=document.sha256,
                file_key=store.put(NAMESPACE, document.data, document.suffix),
                uploaded_at=now,
            )
        )
    for barcode in rules.barcodes("\n".join(barcodes), already=len(row.barcodes)):
        db.session.add(
            ExemptionBarcode(code=new_code(20), request_id=row.id, sealed=vault().seal(barcode), added_at=now)
        )
    db.session.flush()
    db.session.refresh(row, ["documents", "barcodes"])


def terms_for(actor: Actor, now: datetime) -> list[Term]:
    """Open terms this person may enter (R003) and has no request for yet."""
    member = db.session.get_one(Member, actor.member_id)
    busy = {row.term_code for row in requests_of(actor) if row.status != Status.REJECTED}
    return [
        term
        for term in open_to(member.id, now)
        if term.code not in busy
        and register.eligibility(member.tckn_index, programme_code=term.programme.code, kind=term.kind).eligible
    ]


def requests_of(actor: Actor) -> list[ExemptionRequest]:
    """The person's own requests, newest first."""
    return queries.of_member(actor.member_id)


def own_request(actor: Actor, code: str) -> ExemptionRequest:
    """The person's own request, or NotFound."""
    row = queries.by_code(code)
    if row is None or row.member_id != actor.id:
        raise NotFound
    return row


def own_document(actor: Actor, code: str) -> tuple[ExemptionDocument, bytes]:
    """A document the person uploaded, or NotFound."""
    found = queries.document(code)
    if found is None or found[1].member_id != actor.id:
        raise NotFound
    return found[0], files().read(found[0].file_key)


def status_of(row: ExemptionRequest) -> Status:
    """R119: what the person sees."""
    return rules.shown(Status(row.status), row.answered_at)


def approved(member_id: int, term_code: str) -> ExemptionRequest | None:
    """R119: the request whose positive answer was sent; its ``answered_at`` is the instant that opens the form."""
    row = queries.open_one(member_id, term_code)
    return row if row is not None and status_of(row) is Status.APPROVED else None


def pending(member_id: int, term_code: str) -> ExemptionRequest | None:
    """A request that is not answered yet. It never keeps anybody from paying (R021)."""
    row = queries.open_one(member_id, term_code)
    return row if row is not None and status_of(row) is not Status.APPROVED else None


def prolong(held: Term, longer: Term) -> None:
    """R127: requests that stand hold the longer row of their term."""
    db.session.execute(
        update(ExemptionRequest)
        .where(ExemptionRequest.term_id == held.id, ExemptionRequest.status != Status.REJECTED)
        .values(term_id=longer.id)
    )


def move_contact(member: Member) -> None:
    """R126: the account was handed to its owner: answers about its requests go to them."""
    mine = update(ExemptionRequest).where(ExemptionRequest.member_id == member.id)
    db.session.execute(mine.values(email=member.email, phone=member.phone))


# --- what the desk uses as well --------------------------------------------------------------------------------------


def last_day(term: Term) -> date:
    """The last civil day of the form."""
    return local_date(term.application_to - timedelta(seconds=1))


def urgency_of(term: Term, now: datetime) -> Urgency:
    """D-20: business days until an approval no longer helps."""
    return rules.urgency(local_date(now), last_day(term), term.exemption_safe_days, calendar())


def urgencies(term_codes: Collection[str], now: datetime) -> dict[str, Urgency]:
    """D-20: the same for a list, by the terms as they stand now, in two statements."""
    known, today = calendar(), local_date(now)
    return {
        term.code: rules.urgency(today, last_day(term), term.exemption_safe_days, known)
        for term in current_terms()
        if term.code in term_codes
    }


def claim(row: ExemptionRequest, before: Status, **values: object) -> None:
    """Change the row if it still is as it was read: the database decides between two at once."""
    changed = db.session.execute(
        update(ExemptionRequest)
        .where(
            ExemptionRequest.id == row.id, ExemptionRequest.status == before, ExemptionRequest.answer_dedupe.is_(None)
        )
        .values(**values)
        .returning(ExemptionRequest.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.refresh(row)
    if changed is None:
        raise overtaken(row)


def overtaken(row: ExemptionRequest) -> Conflict:
    """Who was quicker, and when."""
    by, at = (row.first_by, row.first_at) if row.status == Status.CONFIRMING else (row.decided_by, row.decided_at)
    if by is None or at is None:
        return Conflict("exemption.changed")
    return Conflict("exemption.decided_by", by=db.session.get_one(Member, by).full_name, at=at)


def tell(
    row: ExemptionRequest, template: str, params: Mapping[str, Any], *, now: datetime, dedupe: str | None = None
) -> None:
    """Write to the address that the request names; one that came by mail is answered in its thread."""
    member, term = row.member, current_term(row.term_code)
    enqueue(
        template,
        to=replace(recipient(member), email=row.email),
        params={
            "first_name": member.first_name,
            "code": row.code,
            "term": term.name(member.language),
            "last_day": last_day(term).isoformat(),
            **params,
        },
        dedupe=dedupe or f"{template}:{row.code}:{now.astimezone(ISTANBUL).isoformat(timespec='microseconds')}",
        now=now,
        replies_to=row.replies_to,
    )
