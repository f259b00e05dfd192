"""The reviewer's side of the fee exemption: the queue, the evidence, the decision of one or two persons, the answer (R119)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select, update

from lms.attachments import formats
from lms.attachments.rendering import page_picture
from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import Actor
from lms.core.codes import new_code
from lms.core.config import vault
from lms.core.db import db
from lms.core.errors import Conflict, NotFound
from lms.core.files import files
from lms.exemptions import queries, rules
from lms.exemptions.models import ExemptionBarcode, ExemptionDocument, ExemptionRequest
from lms.exemptions.rules import Action, Decision, Evidence, Status, Urgency
from lms.exemptions.services.requests import claim, last_day, overtaken, tell, urgencies
from lms.membership.models import Member
from lms.membership.rules.identity import email as check_email
from lms.membership.services.accounts import recipient
from lms.notifications.models import OutboxMessage
from lms.notifications.services import enqueue
from lms.terms.services import current_term


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request in the reviewer's queue; ``lost`` where its answer came back or could not be sent."""

    request: ExemptionRequest
    urgency: Urgency
    lost: queries.Lost | None = None


def queue(
    statuses: Sequence[Status], now: datetime, *, term_code: str | None = None, page: int = 1, size: int = queries.PAGE
) -> list[Waiting]:
    """R120, D-20: what waits, the first to become useless first, then by arrival."""
    return _waiting(queries.with_status(statuses, term_code=term_code, page=page, size=size), now)


def lost_answers(now: datetime) -> list[Waiting]:
    """R119: answers that did not reach the person, of terms whose form is still open."""
    return _waiting(queries.with_lost_answer(now), now)


def _waiting(rows: Sequence[ExemptionRequest], now: datetime) -> list[Waiting]:
    lost, urgent = queries.lost(rows), urgencies({row.term_code for row in rows}, now)
    return [Waiting(row, urgent[row.term_code], lost.get(row.id)) for row in rows]


def for_review(code: str) -> ExemptionRequest:
    """A request as staff see it."""
    row = queries.by_code(code)
    if row is None:
        raise NotFound
    return row


@dataclass(frozen=True, slots=True)
class Papers:
    """The evidence as it lies open: for each document its pages, for each barcode what is printed on the paper."""

    pages: dict[str, int]
    barcodes: dict[str, str]


def open_evidence(row: ExemptionRequest, *, actor: Actor, now: datetime) -> Papers:
    """What still exists of the evidence. That staff looked is recorded: it may hold health data (R118)."""
    store = files()
    kept = [d for d in row.documents if d.erased_at is None]
    codes = {b.code: vault().open(b.sealed) for b in row.barcodes if b.sealed is not None}
    data = {"documents": [d.code for d in kept], "barcodes": list(codes)}
    audit.record(Act.EXEMPTION_DOCUMENT_SEEN, actor=actor, subject=("exemption", row.code), data=data, now=now)
    pages = {d.code: formats.page_count(store.read(d.file_key)) if d.media_type == formats.PDF else 1 for d in kept}
    return Papers(pages, codes)


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


def verify_barcode(code: str, barcode_code: str, *, actor: Actor, now: datetime) -> ExemptionBarcode:
    """R118: somebody looked the document up at turkiye.gov.tr and found what the request says. Once."""
    row = for_review(code)
    barcode = next((b for b in row.barcodes if b.code == barcode_code and b.erased_at is None), None)
    if barcode is None:
        raise NotFound
    changed = db.session.execute(
        update(ExemptionBarcode)
        .where(ExemptionBarcode.id == barcode.id, ExemptionBarcode.verified_at.is_(None))
        .values(verified_at=now, verified_by=actor.member_id)
        .returning(ExemptionBarcode.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.refresh(barcode)
    if changed is None and barcode.verified_by is not None:
        by = db.session.get_one(Member, barcode.verified_by)
        raise Conflict("exemption.barcode_verified_by", by=by.full_name, at=barcode.verified_at)
    data = {"barcode": barcode.code}
    audit.record(Act.EXEMPTION_BARCODE_VERIFIED, actor=actor, subject=("exemption", row.code), data=data, now=now)
    return barcode


# --- the decision ----------------------------------------------------------------------------------------------------

_ACTS = {
    Action.PROPOSE: Act.EXEMPTION_PROPOSED,
    Action.APPROVE: Act.EXEMPTION_APPROVED,
    Action.SEND_BACK: Act.EXEMPTION_SENT_BACK,
    Action.REJECT: Act.EXEMPTION_REJECTED,
    Action.ASK_MORE: Act.EXEMPTION_MORE_ASKED,
}
_MAILS = {
    Action.APPROVE: "exemption_approved",
    Action.REJECT: "exemption_rejected",
    Action.ASK_MORE: "exemption_more",
}


def decide(*, code: str, decision: Decision, expected: str, actor: Actor, now: datetime) -> ExemptionRequest:
    """R119: decide what the reviewer saw. ``expected`` is the status and the evidence on the reviewer's page (``seen``).

    Of two at once one wins; the other is told who and when (exemption.decided_by). The answer counts when it was sent.
    Where the term asks for two persons an approval is a proposal until another one confirms it; nothing is sent before.
    Once the form is closed an approval would be useless (R120): exemption.term_closed, only a refusal is left.
    """
    row = for_review(code)
    if expected != seen(row):
        raise overtaken(row)
    before, term = Status(row.status), current_term(row.term_code)
    if decision.action is Action.APPROVE:
        if now >= term.application_to:
            raise Conflict("exemption.term_closed", closed_on=last_day(term))
        decision = replace(decision, action=rules.approval(before, two_persons=term.exemption_two_persons))
    after = rules.move(before, decision.action)
    decision = rules.check_decision(decision)
    if decision.action in (Action.APPROVE, Action.PROPOSE):
        rules.check_evidence(evidence(row))
    if before is Status.CONFIRMING and row.first_by == actor.id:
        raise Conflict("exemption.four_eyes")
    answer = f"exemption-answer:{row.code}" if after in (Status.APPROVED, Status.REJECTED) else None
    claim(row, before, status=after, answer_dedupe=answer, **_values(decision, actor, now))
    _record(row, decision, actor, now)
    template = _MAILS.get(decision.action)
    if template is not None:
        said = {"reason": decision.reason, "reason_code": decision.reason_code or ""}
        tell(row, template, said, now=now, dedupe=answer)
    return row


def _values(decision: Decision, actor: Actor, now: datetime) -> dict[str, object]:
    """The columns that a decision writes."""
    facts: dict[str, object] = {"status_proven": decision.status_proven, "kinship_proven": decision.kinship_proven}
    said: dict[str, object] = {"reason_code": decision.reason_code, "reason": decision.reason or None}
    if decision.action is Action.PROPOSE:
        return facts | said | {"first_by": actor.member_id, "first_at": now, "decided_by": None, "decided_at": None}
    if decision.action is Action.SEND_BACK:
        said |= {"first_by": None, "first_at": None}
    return facts | said | {"decided_by": actor.member_id, "decided_at": now}


def _record(row: ExemptionRequest, decision: Decision, actor: Actor, now: datetime) -> None:
    data = {
        "reason_code": decision.reason_code, "reason": decision.reason,
        "status_proven": decision.status_proven, "kinship_proven": decision.kinship_proven,
    }  # fmt: skip
    audit.record(_ACTS[decision.action], actor=actor, subject=("exemption", row.code), data=data, now=now)


def evidence(row: ExemptionRequest) -> Evidence:
    """What the request rests on."""
    return Evidence(
        documents=len(row.documents),
        barcodes=len(row.barcodes),
        verified=sum(b.verified_at is not None for b in row.barcodes),
        earlier=row.earlier_id is not None,
    )


def seen(row: ExemptionRequest) -> str:
    """What a reviewer's page was made from."""
    return f"{row.status}:{len(row.documents)}:{len(row.barcodes)}"


def send_again(*, code: str, email: str, expected: str, actor: Actor, now: datetime) -> ExemptionRequest:
    """R119: the answer once more, to a corrected address, after it came back or could not be sent.

    An approval that left keeps its first instant: the right began then. The membership's own address stays as it is.
    """
    row = for_review(code)
    if row.answer_dedupe != expected or row.id not in queries.lost([row]):
        raise Conflict("exemption.not_lost")
    address = check_email(email)
    before = db.session.scalars(select(OutboxMessage).filter_by(dedupe=f"{expected}/mail")).one()
    again = f"exemption-answer:{row.code}:{new_code(6)}"
    changed = db.session.execute(
        update(ExemptionRequest)
        .where(ExemptionRequest.id == row.id, ExemptionRequest.answer_dedupe == expected)
        .values(answer_dedupe=again, email=address, answered_at=row.answered_at)
        .returning(ExemptionRequest.id)
        .execution_options(synchronize_session=False)
    ).first()
    if changed is None:
        raise Conflict("exemption.not_lost")
    db.session.refresh(row)
    to = replace(recipient(row.member), email=address)
    enqueue(before.template, to=to, params=before.params, dedupe=again, now=now, replies_to=row.replies_to)
    data = {"lost_at": (before.bounced_at or before.failed_at or now).isoformat()}
    audit.record(Act.EXEMPTION_ANSWER_RESENT, actor=actor, subject=("exemption", row.code), data=data, now=now)
    return row
