"""Staff pages of the exams feature: requests to apply again (R099)."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.db import transaction
from lms.core.errors import DomainError, NotFound
from lms.exams import services
from lms.exams.forms import DecisionForm
from lms.exams.queries import attempts, reapplication
from lms.exams.rules import Request
from lms.web.access import current_actor, staff

bp = Blueprint("exams_staff", __name__, url_prefix="/yonetim/yeniden-basvuru")


@bp.get("")
@staff("reviewer", "manager", "support", "auditor")
def requests() -> ResponseReturnValue:
    """The queue, oldest first, and what was decided."""
    asked = request.args.get("durum", "")
    status = asked if asked in list(Request) else Request.REQUESTED.value
    return render_template(
        "exams/staff_reapplications.html",
        rows=reapplication.requests_by_status(status),
        status=status,
        waiting=reapplication.count_requests(Request.REQUESTED.value),
    )


@bp.get("/<code>")
@staff("reviewer", "manager", "support", "auditor")
def one(code: str) -> ResponseReturnValue:
    """One request beside its evidence."""
    return _page(code, DecisionForm(), 200)


@bp.post("/<code>")
@staff("reviewer", "manager")
def decide(code: str) -> ResponseReturnValue:
    """Approve, or reject with the reason that the candidate will read."""
    form = DecisionForm()
    if not form.validate_on_submit():
        return _page(code, form, 422)
    try:
        with transaction():
            services.decide_reapplication(
                code, request.form.get("act", ""), reason=form.reason.data or "", actor=current_actor(), now=clock.now()
            )
    except NotFound:
        raise
    except DomainError as refused:
        form.refuse(refused, "reason" if refused.code == "reapplication.reason_missing" else None)
        return _page(code, form, refused.status)
    flash("Karar kaydedildi ve adaya bildirildi.", "success")
    return redirect(url_for("exams_staff.requests"), 303)


def _page(code: str, form: DecisionForm, status: int) -> ResponseReturnValue:
    asked = reapplication.request(code)
    if asked is None:
        raise NotFound
    taken = attempts.attempts_of_application(asked.application_id)
    actor = current_actor()
    page = render_template(
        "exams/staff_reapplication.html",
        asked=asked, attempts=taken, form=form, may_decide=actor.role in ("reviewer", "manager"),
    )  # fmt: skip
    return make_response(page, status)
