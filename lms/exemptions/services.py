"""Fee exemption: the request with its evidence, the decision, and the answer that makes it count (R116-R121)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select, update

from lms.attachments import formats
from lms.attachments import services as attachments
from lms.attachments.formats import Clean
from lms.attachments.rendering import page_picture
from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import Actor
from lms.core.calendar import local_date
from lms.core.clock import ISTANBUL
from lms.core.codes import new_code
from lms.core.db import db
from lms.core.errors import Conflict, NotFound
from lms.core.files import files
from lms.exemptions import queries, rules
from lms.exemptions.models import ExemptionDocument, ExemptionRequest
from lms.exemptions.rules import Action, Status, Urgency
from lms.membership.models import LegalText, Member
from lms.membership.rules.identity import email as check_email
from lms.membership.rules.identity import mobile as check_mobile
from lms.membership.services.accounts import accept, recipient
from lms.notifications.models import OutboxMessage
from lms.notifications.services import enqueue
from lms.register import services as register
from lms.terms.models import Term
from lms.terms.services import calendar, open_terms

NAMESPACE = "exemptions"
STRAY_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request in the reviewer's queue."""

    request: ExemptionRequest
    urgency: Urgency


def prepare(uploads: Sequence[tuple[str | None, bytes]], *, actor: Actor, now: datetime) -> list[Clean]:
    """Check and clean what was uploaded. Slow: call it outside a transaction. Errors: exemption.*, document.*."""
    rules.check_documents([len(data) for _name, data in uploads])
    return attachments.clean_all(uploads, actor=actor, place=NAMESPACE, now=now)


# --- the candidate ---------------------------------------------------------------------------------------------------


def request(
    *,
    term_code: str,
    relation: str,
    documents: Sequence[Clean],
    actor: Actor,
    now: datetime,
    phone: str = "",
    email: str = "",
    notice: LegalText | None = None,
) -> ExemptionRequest:
    """R116-R118: ask for exemption in one term. Errors: exemption.exists (with the id), exemption.term_closed, exemption.relation."""
    member = db.session.get_one(Member, actor.member_id, with_for_update={"key_share": True})  # one after the other
    term = db.session.scalar(select(Term).where(Term.code == term_code, Term.superseded_at.is_(None)))
    if term is None:
        raise NotFound
    if now >= term.application_to:
        raise Conflict("exemption.term_closed", closed_on=local_date(term.application_to - timedelta(seconds=1)))
    existing = queries.open_one(member.id, term_code)
    if existing is not None:
        raise Conflict("exemption.exists", id=existing.code)
    row = ExemptionRequest(
        code=new_code(),
        member_id=member.id,
        term_id=term.id,
        term_code=term.code,
        relation=rules.check_relation(relation),
        phone=check_mobile(phone) if phone.strip() else member.phone,
        email=check_email(email) if email.strip() else member.email,
        status=Status.REQUESTED,
        requested_at=now,
    )
    db.session.add(row)
    db.session.flush()
    _store(row, documents, now)
    if notice is not None:
        accept(member, notice, given=True, subject=("exemption", row.code), now=now, ip=actor.ip)
    audit.record(Act.EXEMPTION_REQUESTED, actor=actor, subject=("exemption", row.code), data={"relation": row.relation, "documents": len(documents)}, now=now)  # fmt: skip
    _mail(row, "exemption_received", {}, now=now)
    return row


def add_documents(*, code: str, documents: Sequence[Clean], actor: Actor, now: datetime) -> ExemptionRequest:
    """R118: further documents; the request is back in the reviewer's queue."""
    row = own_request(actor, code)
    rules.check_documents([len(d.data) for d in documents], already=len(row.documents))
    before = Status(row.status)
    after = rules.move(before, Action.ADD)
    _claim(row, before, status=after, decided_by=None, decided_at=None)
    _store(row, documents, now)
    audit.record(
        Act.EXEMPTION_REQUESTED, actor=actor, subject=("exemption", row.code), data={"added": len(documents)}, now=now
    )
    return row


def _store(row: ExemptionRequest, documents: Iterable[Clean], now: datetime) -> None:
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
    db.session.flush()
    db.session.refresh(row, ["documents"])


def sweep_files(wall: datetime) -> int:
    """A file is written before its row is stored: one that nothing names after a day belongs to an act that failed. How many."""
    stray = set(files().keys(NAMESPACE, wall - STRAY_AFTER)) - queries.file_keys()
    for key in stray:
        files().delete(key)
    return len(stray)


def terms_for(actor: Actor, now: datetime) -> list[Term]:
    """Open terms this person may enter (R003) and has no request for yet."""
    member = db.session.get_one(Member, actor.member_id)
    busy = {row.term_code for row in requests_of(actor) if row.status != Status.REJECTED}
    return [
        term
        for term in open_terms(now)
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


# --- the reviewer ----------------------------------------------------------------------------------------------------


def queue(statuses: Sequence[Status], now: datetime) -> list[Waiting]:
    """R120, D-20: what waits, the first to become useless first."""
    return [Waiting(row, urgency_of(row.term, now)) for row in queries.with_status(statuses)]


def urgency_of(term: Term, now: datetime) -> Urgency:
    """D-20: business days until an approval no longer helps."""
    last_day = local_date(term.application_to - timedelta(seconds=1))
    return rules.urgency(local_date(now), last_day, term.exemption_safe_days, calendar())


def for_review(code: str) -> ExemptionRequest:
    """A request as staff see it."""
    row = queries.by_code(code)
    if row is None:
        raise NotFound
    return row


def open_evidence(row: ExemptionRequest, *, actor: Actor, now: datetime) -> dict[str, int]:
    """For each document that still exists its pages. That staff looked is recorded: it may hold health data (R118)."""
    store = files()
    kept = [d for d in row.documents if d.erased_at is None]
    audit.record(Act.EXEMPTION_DOCUMENT_SEEN, actor=actor, subject=("exemption", row.code), data={"documents": [d.code for d in kept]}, now=now)  # fmt: skip
    return {d.code: formats.page_count(store.read(d.file_key)) if d.media_type == formats.PDF else 1 for d in kept}


def any_document(code: str) -> tuple[ExemptionDocument, bytes]:
    """A document for staff, whose opening ``open_evidence`` recorded."""
    found = queries.document(code)
    if found is None:
        raise NotFound
    return found[0], files().read(found[0].file_key)


def document_page(code: str, page: int) -> bytes:
    """One page of a PDF as PNG, for the view beside the form."""
    row, data = any_document(code)
    if row.media_type != formats.PDF:
        raise NotFound
    return page_picture(data, page)


def decide(
    *,
    code: str,
    action: Action,
    expected: str,
    actor: Actor,
    now: datetime,
    reason: str = "",
    status_proven: bool = False,
    kinship_proven: bool = False,
) -> ExemptionRequest:
    """R119: decide what the reviewer saw. ``expected`` is the status and number of documents on the reviewer's page.

    Of two at once one wins; the other is told who and when (exemption.decided_by). The answer counts when it was sent.
    """
    row = for_review(code)
    if expected != seen(row):
        raise _overtaken(row)
    before = Status(row.status)
    after = rules.move(before, action)
    reason = rules.check_decision(action, reason=reason, status_proven=status_proven, kinship_proven=kinship_proven)
    answer = None if action is Action.ASK_MORE else f"exemption-answer:{row.code}"
    _claim(
        row, before, status=after, decided_by=actor.member_id, decided_at=now, reason=reason or None,
        status_proven=status_proven, kinship_proven=kinship_proven, answer_dedupe=answer,
    )  # fmt: skip
    act, template = {
        Action.APPROVE: (Act.EXEMPTION_APPROVED, "exemption_approved"),
        Action.REJECT: (Act.EXEMPTION_REJECTED, "exemption_rejected"),
        Action.ASK_MORE: (Act.EXEMPTION_MORE_ASKED, "exemption_more"),
    }[action]
    audit.record(act, actor=actor, subject=("exemption", row.code), data={"reason": reason, "status_proven": status_proven, "kinship_proven": kinship_proven}, now=now)  # fmt: skip
    _mail(row, template, {"reason": reason}, now=now, dedupe=answer)
    return row


def seen(row: ExemptionRequest) -> str:
    """What a reviewer's page was made from."""
    return f"{row.status}:{len(row.documents)}"


def _claim(row: ExemptionRequest, before: Status, **values: object) -> None:
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
        raise _overtaken(row)


def _overtaken(row: ExemptionRequest) -> Conflict:
    if row.decided_by is None or row.decided_at is None:
        return Conflict("exemption.changed")
    by = db.session.get_one(Member, row.decided_by)
    return Conflict("exemption.decided_by", by=by.full_name, at=row.decided_at)


def _mail(
    row: ExemptionRequest, template: str, params: dict[str, str], *, now: datetime, dedupe: str | None = None
) -> None:
    member, term = row.member, row.term
    last_day = local_date(term.application_to - timedelta(seconds=1))
    enqueue(
        template,
        to=replace(recipient(member), email=row.email),
        params={
            "first_name": member.first_name,
            "code": row.code,
            "term": term.name_en if member.language == "en" else term.name_tr,
            "last_day": last_day.isoformat(),
            **params,
        },
        dedupe=dedupe or f"{template}:{row.code}:{now.astimezone(ISTANBUL).isoformat(timespec='microseconds')}",
        now=now,
    )


# --- jobs ------------------------------------------------------------------------------------------------------------


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


def erase_documents(now: datetime) -> int:
    """D-10: erase the documents of requests decided 60 days ago, and of those nobody decided 60 days after the form closed."""
    limit = now - timedelta(days=rules.KEEP_DAYS)
    rows = db.session.scalars(
        select(ExemptionDocument)
        .join(ExemptionRequest, ExemptionRequest.id == ExemptionDocument.request_id)
        .join(Term, Term.id == ExemptionRequest.term_id)
        .where(
            ExemptionDocument.erased_at.is_(None),
            (ExemptionRequest.status.in_((Status.APPROVED, Status.REJECTED)) & (ExemptionRequest.decided_at < limit))
            | (ExemptionRequest.status.in_((Status.REQUESTED, Status.MORE_DOCUMENTS)) & (Term.application_to < limit)),
        )
    ).all()
    for document in rows:
        files().delete(document.file_key)
        document.erased_at = now
    db.session.flush()
    return len(rows)
