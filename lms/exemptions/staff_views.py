"""The reviewer's side of the fee exemption: the queue, and the documents beside the form."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.attachments import formats
from lms.core import clock
from lms.core.db import db, transaction
from lms.core.errors import Conflict, DomainError
from lms.exemptions import queries, services
from lms.exemptions.forms import RELATION_LABELS, STANDING_LABELS, DecisionForm
from lms.exemptions.rules import Action, Status
from lms.membership.models import Member
from lms.membership.rules.identity import show_mobile
from lms.web.access import current_actor, staff
from lms.web.downloads import attachment

bp = Blueprint("exemptions_staff", __name__)

_LISTS = {
    "bekleyen": (Status.REQUESTED,),
    "belge-istenen": (Status.MORE_DOCUMENTS,),
    "onaylanan": (Status.APPROVED,),
    "uygun-bulunmayan": (Status.REJECTED,),
}
_REVIEWERS = ("reviewer", "manager")
_BUTTONS = {"onayla": Action.APPROVE, "belge-iste": Action.ASK_MORE, "uygun-bulma": Action.REJECT}


bp.add_app_template_filter(show_mobile, "mobile")


@bp.get("/yonetim/muafiyet")
@staff("reviewer", "manager", "support", "auditor")
def queue() -> str:
    """What waits, the first to become useless first (D-20)."""
    chosen = request.args.get("liste", "bekleyen")
    statuses = _LISTS.get(chosen, _LISTS["bekleyen"])
    counts = queries.counts()
    return render_template(
        "exemptions/queue.html",
        rows=services.queue(statuses, clock.now()),
        chosen=chosen if chosen in _LISTS else "bekleyen",
        counts={name: sum(counts.get(status, (0,))[0] for status in wanted) for name, wanted in _LISTS.items()},
        relations=RELATION_LABELS,
    )


@bp.get("/yonetim/muafiyet/<code>")
@staff("reviewer", "manager", "support", "auditor")
def review(code: str) -> str:
    """One request: its documents beside its fields, and what may be decided."""
    return _review(code, DecisionForm())


@bp.post("/yonetim/muafiyet/<code>")
@staff(*_REVIEWERS)
def decide(code: str) -> ResponseReturnValue:
    """R119: approve, ask for more, or reject with a reason."""
    form = DecisionForm()
    action = _BUTTONS.get(request.form.get("karar", ""))
    if action is None or not form.validate_on_submit():
        return _review(code, form), 422
    try:
        with transaction():
            row = services.decide(
                code=code, action=action, expected=form.expected.data or "", reason=form.reason.data or "",
                status_proven=form.status_proven.data, kinship_proven=form.kinship_proven.data, actor=current_actor(), now=clock.now(),
            )  # fmt: skip
    except Conflict:
        raise
    except DomainError as error:
        form.refuse(error, "reason" if error.code == "exemption.reason" else None)
        return _review(code, form), error.status
    said = {
        Action.APPROVE: "Onaylandı. Yanıt adaya ulaştırıldığı anda ücretsiz başvuru formu açılır.",
        Action.ASK_MORE: "Adaydan ek belge istendi.",
        Action.REJECT: "Uygun bulunmadı; gerekçesi adaya gönderiliyor.",
    }
    flash(f"{row.member.full_name}: {said[action]}", "good")
    return redirect(url_for("exemptions_staff.queue"), 303)


@bp.get("/yonetim/muafiyet/belgeler/<code>")
@staff(*_REVIEWERS)
def staff_document(code: str) -> Response:
    """A document to save, or a picture for the page: as an attachment it never becomes a page of ours."""
    row, data = services.any_document(code)
    return attachment(data, row.media_type, row.label)


@bp.get("/yonetim/muafiyet/belgeler/<code>/<int:page>.png")
@staff(*_REVIEWERS)
def staff_page(code: str, page: int) -> Response:
    """A page of a PDF, drawn by us: the reviewer's browser never opens the file itself."""
    response = Response(services.document_page(code, page), mimetype="image/png")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, max-age=600"
    return response


def _review(code: str, form: DecisionForm) -> str:
    row = services.for_review(code)
    if not form.is_submitted():
        form.expected.data = services.seen(row)
    actor, now = current_actor(), clock.now()
    may_open = actor.role in _REVIEWERS
    pages: dict[str, int] = {}
    if may_open:
        with transaction():  # the one thing a GET stores here: who looked
            pages = services.open_evidence(row, actor=actor, now=now)
    may_decide = may_open and row.status in (Status.REQUESTED, Status.MORE_DOCUMENTS)
    return render_template(
        "exemptions/review.html",
        row=row,
        shown=services.status_of(row),
        urgency=services.urgency_of(row.term, now),
        form=form if may_decide else None,
        may_open=may_open,
        pages=pages,
        decider=db.session.get(Member, row.decided_by) if row.decided_by else None,
        earlier=[other for other in queries.of_member(row.member_id) if other.id != row.id],
        relations=RELATION_LABELS,
        standings=STANDING_LABELS,
        pdf=formats.PDF,
    )
