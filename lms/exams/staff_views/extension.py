"""The staff page that moves the windows of a term later, for all or for those hit (R127)."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.calendar import instant
from lms.core.clock import ISTANBUL
from lms.core.db import transaction
from lms.core.errors import Conflict, DomainError, Invalid, NotFound
from lms.exams.forms import ExtensionForm
from lms.exams.rules import extension as rules
from lms.exams.rules.extension import Scope
from lms.exams.services import extension as services
from lms.exams.services.extension import Plan, Wanted
from lms.terms.services import current_term
from lms.web.access import current_actor, staff

bp = Blueprint("exams_extension", __name__, url_prefix="/yonetim/donemler")
_FIELD_OF = {
    "extension.past": "last_day", "extension.not_later": "last_day", "extension.no_day": "last_day",
    "extension.form_past": "form_day", "extension.form_not_later": "form_day", "term.study_ends_first": "form_day", "term.last_day_too_late": "form_day",
    "extension.scope": "scope",
    "extension.outage": "lost_from", "extension.no_numbers": "numbers", "extension.too_many": "numbers", "term.reason": "reason",
}  # fmt: skip


@bp.get("/<code>/uzatma")
@staff("manager")
def form(code: str) -> ResponseReturnValue:
    """For whom, until when."""
    return _page(code, ExtensionForm(formdata=None), None, 200)


@bp.post("/<code>/uzatma")
@staff("manager", fresh=True)
def extend(code: str) -> ResponseReturnValue:
    """First whom it reaches; with the second press it is done and everybody is told."""
    typed = ExtensionForm()
    now = clock.now()
    shown: Plan | None = None
    try:
        wanted = _wanted(typed)
        shown = services.plan(code, wanted, now=now)
        if "uzat" not in request.form:
            typed.token.data = shown.token
            return _page(code, typed, shown, 200)
        with transaction():
            done = services.extend(
                code,
                wanted,
                reason=typed.reason.data or "",
                token=typed.token.data or "",
                actor=current_actor(),
                now=now,
            )
    except NotFound:
        raise
    except DomainError as refused:
        typed.refuse(refused, _FIELD_OF.get(refused.code))
        if isinstance(refused, Conflict) and shown is not None:
            typed.token.data = shown.token
        return _page(code, typed, shown, refused.status)
    flash(f"Süre uzatıldı; {done} adaya bildirildi.", "good")
    return redirect(url_for("planning.term", code=code), 303)


def _wanted(typed: ExtensionForm) -> Wanted:
    """What was typed, as the act takes it. Errors: extension.scope, extension.outage."""
    typed.validate()
    if typed.scope.data not in list(Scope):
        raise Invalid("extension.scope")
    start, end = typed.lost_from.data, typed.lost_to.data
    scope = Scope(typed.scope.data)
    lost = None
    if scope is Scope.OUTAGE:
        lost = rules.outage(
            start.replace(tzinfo=ISTANBUL) if start else None, end.replace(tzinfo=ISTANBUL) if end else None
        )
    study, form = (instant(rules.following(day)) if day else None for day in (typed.last_day.data, typed.form_day.data))
    return Wanted(study, scope, typed.numbers.data or "", lost, application_to=form)


def _page(code: str, typed: ExtensionForm, shown: Plan | None, status: int) -> ResponseReturnValue:
    page = render_template("exams/staff_extension.html", term=current_term(code), form=typed, plan=shown)
    return make_response(page, status)
