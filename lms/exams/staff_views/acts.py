"""Staff pages of what may be decided about one exam: annulment, with what it would do shown before (R025, R098)."""

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.db import transaction
from lms.core.errors import DomainError, NotFound
from lms.exams.forms import ExamAnnulForm
from lms.exams.services import annulment
from lms.web.access import current_actor, staff

bp = Blueprint("exams_acts", __name__, url_prefix="/yonetim/sinavlar")
READERS = ("reviewer", "support", "manager", "auditor")
_FIELD_OF = {"exam.annul_kind": "kind", "exam.annul_cause": "cause", "exam.annul_reason": "reason"}


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
        form.refuse(refused, _FIELD_OF.get(refused.code))
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
