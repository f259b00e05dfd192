"""The reviewer's side of the fee exemption: the queue, the documents beside the form, the second person, lost answers."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.attachments import formats
from lms.core import clock
from lms.core.db import db, transaction
from lms.core.errors import Conflict, DomainError
from lms.exemptions import queries
from lms.exemptions.forms import (
    REASON_LABELS,
    RELATION_LABELS,
    STANDING_LABELS,
    ConfirmForm,
    DecisionForm,
    SendAgainForm,
)
from lms.exemptions.models import ExemptionRequest
from lms.exemptions.rules import Action, Decision, Reason, Source, Status
from lms.exemptions.services import requests, review
from lms.membership.models import Member
from lms.membership.rules.identity import show_mobile
from lms.terms.services import current_term
from lms.web.access import current_actor, staff
from lms.web.asked import page_number
from lms.web.downloads import attachment

bp = Blueprint("exemptions_staff", __name__)

_LISTS = {
    "bekleyen": (Status.REQUESTED,),
    "ikinci-onay": (Status.CONFIRMING,),
    "belge-istenen": (Status.MORE_DOCUMENTS,),
    "onaylanan": (Status.APPROVED,),
    "uygun-bulunmayan": (Status.REJECTED,),
}
_LOST = "ulasmayan"
_REVIEWERS = ("reviewer", "manager")
_BUTTONS = {
    "onayla": Action.APPROVE, "belge-iste": Action.ASK_MORE, "uygun-bulma": Action.REJECT, "geri-gonder": Action.SEND_BACK,
}  # fmt: skip
_FIELD = {
    "exemption.reason": "reason", "exemption.reason_code": "reason_code", "exemption.reason_of_refusal": "reason_code",
    "exemption.facts": "status_proven", "exemption.facts_proven": "status_proven",
}  # fmt: skip
_SAID = {
    Status.APPROVED: "Onaylandı. Yanıt adaya ulaştırıldığı anda ücretsiz başvuru formu açılır.",
    Status.CONFIRMING: "İlk onay kaydedildi. Başka bir görevli de onaylayınca yanıt adaya gönderilir.",
    Status.MORE_DOCUMENTS: "Adaydan ek belge istendi.",
    Status.REJECTED: "Uygun bulunmadı; gerekçesi adaya gönderiliyor.",
    Status.REQUESTED: "İlk onay geri gönderildi; istek yeniden bekleyenlerde.",
}
SOURCE_LABELS = {Source.FORM: "form", Source.MAIL: "e-posta", Source.STAFF: "görevli"}


bp.add_app_template_filter(show_mobile, "mobile")


@bp.get("/yonetim/muafiyet")
@staff("reviewer", "manager", "support", "auditor")
def queue() -> str:
    """What waits, the first to become useless first (D-20); and the answers that did not arrive (R119)."""
    now, wanted = clock.now(), request.args.get("liste", "bekleyen")
    chosen = wanted if wanted in (*_LISTS, _LOST) else "bekleyen"
    terms = queries.terms_asked_for()
    term = next((code for code, _name in terms if code == request.args.get("donem")), None)
    page = page_number()
    counts = queries.counts(term)
    numbers = {name: sum(counts.get(status, (0,))[0] for status in some) for name, some in _LISTS.items()}
    listed = _LISTS.get(chosen)
    rows = review.queue(listed, now, term_code=term, page=page) if listed else review.lost_answers(now)
    return render_template(
        "exemptions/queue.html",
        rows=rows, chosen=chosen, counts={**numbers, _LOST: queries.count_lost(now)[0]}, terms=terms, term=term,
        page=page, pages=max(1, -(-numbers.get(chosen, 0) // queries.PAGE)), relations=RELATION_LABELS, sources=SOURCE_LABELS,
    )  # fmt: skip


@bp.get("/yonetim/muafiyet/<code>", endpoint="review")
@staff("reviewer", "manager", "support", "auditor")
def one(code: str) -> str:
    """One request: its documents beside its fields, and what may be decided."""
    return _review(code)


@bp.post("/yonetim/muafiyet/<code>")
@staff(*_REVIEWERS)
def decide(code: str) -> ResponseReturnValue:
    """R119: approve, ask for more, reject, or send a first approval back; each with its reason."""
    action = _BUTTONS.get(request.form.get("karar", ""))
    row = review.for_review(code)
    form = ConfirmForm() if row.status == Status.CONFIRMING else DecisionForm()
    if action is None or not form.validate_on_submit():
        return _review(code, form), 422
    chosen = form.data.get("reason_code")
    decision = Decision(
        action, Reason(chosen) if chosen else None, form.reason.data or "",
        status_proven=form.status_proven.data, kinship_proven=form.kinship_proven.data,
    )  # fmt: skip
    try:
        with transaction():
            row = review.decide(
                code=code, decision=decision, expected=form.expected.data or "", actor=current_actor(), now=clock.now()
            )
    except Conflict as error:
        if error.code in ("exemption.four_eyes", "exemption.term_closed"):
            form.refuse(error)
            return _review(code, form), error.status
        return _review(code, refused=error, typed=form.reason.data or ""), error.status  # as it stands by now
    except DomainError as error:
        form.refuse(error, _FIELD.get(error.code))
        return _review(code, form), error.status
    flash(f"{row.member.full_name}: {_SAID[Status(row.status)]}", "good")
    return redirect(url_for("exemptions_staff.queue"), 303)


@bp.post("/yonetim/muafiyet/<code>/barkod/<barcode>")
@staff(*_REVIEWERS)
def verify(code: str, barcode: str) -> ResponseReturnValue:
    """R118: the document behind a barcode was looked up by hand."""
    with transaction():
        review.verify_barcode(code, barcode, actor=current_actor(), now=clock.now())
    flash("Barkodun doğrulandığı kaydedildi.", "good")
    return redirect(url_for("exemptions_staff.review", code=code), 303)


@bp.post("/yonetim/muafiyet/<code>/yanit")
@staff(*_REVIEWERS)
def send_again(code: str) -> ResponseReturnValue:
    """R119: a lost answer once more, to a corrected address."""
    form = SendAgainForm(prefix="again-")
    if not form.validate_on_submit():
        return _review(code, again=form), 422
    try:
        with transaction():
            review.send_again(
                code=code, email=form.email.data or "", expected=form.expected.data or "",
                actor=current_actor(), now=clock.now(),
            )  # fmt: skip
    except Conflict:
        raise
    except DomainError as error:
        form.refuse(error, "email")
        return _review(code, again=form), error.status
    flash("Yanıt yeniden gönderiliyor.", "good")
    return redirect(url_for("exemptions_staff.review", code=code), 303)


@bp.get("/yonetim/muafiyet/belgeler/<code>")
@staff(*_REVIEWERS)
def staff_document(code: str) -> Response:
    """A document to save, or a picture for the page: as an attachment it never becomes a page of ours."""
    row, data = review.any_document(code)
    return attachment(data, row.media_type, row.label)


@bp.get("/yonetim/muafiyet/belgeler/<code>/<int:page>.png")
@staff(*_REVIEWERS)
def staff_page(code: str, page: int) -> Response:
    """A page of a PDF, drawn by us: the reviewer's browser never opens the file itself."""
    response = Response(review.document_page(code, page), mimetype="image/png")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, max-age=600"
    return response


def _review(
    code: str, form: DecisionForm | ConfirmForm | None = None, again: SendAgainForm | None = None,
    refused: Conflict | None = None, typed: str = "",
) -> str:  # fmt: skip
    """``refused``: why a decision made from an older page was not taken, and the words that were ``typed`` for it."""
    row = review.for_review(code)
    actor, now, term = current_actor(), clock.now(), current_term(row.term_code)
    may_open = actor.role in _REVIEWERS
    papers = None
    if may_open:
        with transaction():  # the one thing a GET stores here: who looked
            papers = review.open_evidence(row, actor=actor, now=now)
    lost = queries.lost([row]).get(row.id)
    people = {key: db.session.get(Member, key) for key in (row.decided_by, row.first_by) if key}
    people |= {b.verified_by: db.session.get(Member, b.verified_by) for b in row.barcodes if b.verified_by}
    return render_template(
        "exemptions/review.html",
        row=row,
        shown=requests.status_of(row),
        urgency=requests.urgency_of(term, now),
        two_persons=term.exemption_two_persons,
        form=_decision_form(row, form) if may_open else None,
        again=(again or _again_form(row)) if may_open and lost else None,
        lost=lost,
        may_open=may_open,
        papers=papers,
        people=people,
        based_on=db.session.get(ExemptionRequest, row.earlier_id) if row.earlier_id else None,
        earlier=[other for other in queries.of_member(row.member_id) if other.id != row.id],
        relations=RELATION_LABELS,
        standings=STANDING_LABELS,
        sources=SOURCE_LABELS,
        reasons=REASON_LABELS,
        pdf=formats.PDF,
        refused=refused,
        typed=typed,
    )


def _decision_form(row: ExemptionRequest, sent: DecisionForm | ConfirmForm | None) -> DecisionForm | ConfirmForm | None:
    """The form for what may be decided now; the one that was sent keeps what was typed."""
    if row.status not in (Status.REQUESTED, Status.MORE_DOCUMENTS, Status.CONFIRMING):
        return None
    if sent is not None:
        return sent
    form = ConfirmForm(formdata=None) if row.status == Status.CONFIRMING else DecisionForm(formdata=None)
    form.expected.data = review.seen(row)
    return form


def _again_form(row: ExemptionRequest) -> SendAgainForm:
    return SendAgainForm(formdata=None, prefix="again-", email=row.email, expected=row.answer_dedupe)
