"""Staff pages of what is decided about exams: annulment, with what it would do shown before (R025, R098), and extra time
(D-14)."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.db import transaction
from lms.core.errors import DomainError, NotFound
from lms.exams.forms import AccommodationDecisionForm, ExamAnnulForm
from lms.exams.queries import accommodation as accommodations
from lms.exams.queries.attempts import any_overviews
from lms.exams.services import accommodation as extra
from lms.exams.services import annulment
from lms.web.access import current_actor, staff
from lms.web.downloads import attachment

bp = Blueprint("exams_acts", __name__, url_prefix="/yonetim/sinavlar")
extra_bp = Blueprint("exams_extra", __name__, url_prefix="/yonetim/ek-sure")
DECIDERS = ("reviewer", "manager")  # why extra time is asked for may speak of somebody's health: nobody else reads it
READERS = ("reviewer", "support", "manager", "auditor")


@bp.get("/<code>")
@staff(*READERS)
def exam(code: str) -> ResponseReturnValue:
    """One exam that was begun, and what annulling it would change for the person."""
    return _page(code, ExamAnnulForm(), 200)


@bp.post("/<code>/gecersiz")
@staff("manager", fresh=True)
def annul(code: str) -> ResponseReturnValue:
    """The decision, once, with kind, cause and reason."""
    form = ExamAnnulForm()
    try:
        with transaction():
            annulment.annul(
                code,
                kind=form.kind.data or "",
                cause=form.cause.data or "",
                reason=form.reason.data or "",
                actor=current_actor(),
                now=clock.now(),
            )
    except NotFound:
        raise
    except DomainError as refused:
        form.refuse(refused)
        return _page(code, form, refused.status)
    flash("Sınav geçersiz sayıldı; adaya bildirildi.", "good")
    return redirect(url_for("exams_acts.exam", code=code), 303)


def _page(code: str, form: ExamAnnulForm, status: int) -> ResponseReturnValue:
    page = render_template(
        "exams/staff_exam.html",
        case=annulment.case(code, now=clock.now()),
        form=form,
        may_decide=current_actor().role == "manager",
    )
    return make_response(page, status)


# --- extra time -------------------------------------------------------------------------------------------------------


@extra_bp.get("")
@staff(*DECIDERS, "auditor")
def waiting() -> ResponseReturnValue:
    """D-14: to be answered before the first exam, the soonest first."""
    rows = accommodations.queue(clock.now())
    return make_response(render_template("exams/staff_extra_times.html", rows=rows))


@extra_bp.get("/<code>")
@staff(*DECIDERS, "auditor")
def extra_time(code: str) -> ResponseReturnValue:
    """One request."""
    return _extra_time(code, AccommodationDecisionForm(formdata=None), 200)


@extra_bp.get("/<code>/belge")
@staff(*DECIDERS)
def document(code: str) -> ResponseReturnValue:
    """The document, saved and never opened as a page of ours; that staff looked is recorded."""
    with transaction():
        row, data = extra.open_document(code, actor=current_actor(), now=clock.now())
    return attachment(data, row.media_type or "application/pdf", row.file_label or "belge")


@extra_bp.post("/<code>")
@staff(*DECIDERS)
def decide_extra_time(code: str) -> ResponseReturnValue:
    """Grant, or reject with the reason that the candidate reads."""
    form = AccommodationDecisionForm()
    form.validate()
    try:
        with transaction():
            extra.decide(
                code,
                request.form.get("act", ""),
                minutes=form.minutes.data,
                reason=form.reason.data or "",
                actor=current_actor(),
                now=clock.now(),
            )
    except NotFound:
        raise
    except DomainError as refused:
        form.refuse(refused, {"accommodation.amount": "minutes", "accommodation.reason": "reason"}.get(refused.code))
        return _extra_time(code, form, refused.status)
    flash("Karar kaydedildi ve adaya bildirildi.", "good")
    return redirect(url_for("exams_extra.waiting"), 303)


def _extra_time(code: str, form: AccommodationDecisionForm, status: int) -> ResponseReturnValue:
    row = accommodations.request(code)
    if row is None:
        raise NotFound
    (overview,) = any_overviews(now=clock.now(), code=row.application.code)
    may_decide = current_actor().role in DECIDERS
    page = render_template("exams/staff_extra_time.html", row=row, form=form, overview=overview, may_decide=may_decide)
    return make_response(page, status)
