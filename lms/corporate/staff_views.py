"""The office's page of institutions: who may act for whom."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.db import transaction
from lms.core.errors import DomainError, NotFound
from lms.corporate import queries, services
from lms.corporate.forms import AppointForm, DismissForm
from lms.web.access import current_actor, staff

bp = Blueprint("corporate_staff", __name__, url_prefix="/yonetim/kurumlar")
_FIELDS = {"institution.name": "institution", "institution.reason": "reason", "not_found": "tckn"}


@bp.get("")
@staff("manager", "support", "auditor")
def listing() -> str:
    """Institutions, their representatives, and how many people they invited."""
    return _listing(AppointForm(), DismissForm())


@bp.post("")
@staff("manager", fresh=True)
def appoint() -> ResponseReturnValue:
    """On an institution's written request; the representative is a member already."""
    form = AppointForm()
    if not form.validate_on_submit():
        return _listing(form, DismissForm(formdata=None)), 422
    try:
        with transaction():
            row = services.appoint(
                form.institution.data or "", form.tckn.data or "", form.reason.data or "", actor=current_actor(), now=clock.now()
            )  # fmt: skip
    except DomainError as error:
        form.refuse(error, _FIELDS.get(error.code, "tckn"))
        return _listing(form, DismissForm(formdata=None)), error.status
    flash(f"{row.member.full_name} artık {row.institution.name} adına davet gönderebilir.", "good")
    return redirect(url_for("corporate_staff.listing"), 303)


@bp.post("/<code>/bitir")
@staff("manager", fresh=True)
def dismiss(code: str) -> ResponseReturnValue:
    """End a representation."""
    form = DismissForm()
    if not form.validate_on_submit():
        return _listing(AppointForm(formdata=None), form), 422
    try:
        with transaction():
            services.dismiss(code, form.reason.data or "", actor=current_actor(), now=clock.now())
    except NotFound:
        raise
    except DomainError as error:
        form.refuse(error, "reason" if error.code == "institution.reason" else None)
        return _listing(AppointForm(formdata=None), form), error.status
    flash("Temsilcilik sona erdirildi.", "good")
    return redirect(url_for("corporate_staff.listing"), 303)


def _listing(form: AppointForm, ending: DismissForm) -> str:
    return render_template(
        "corporate/staff.html",
        rows=queries.representatives(), counts=queries.counts(), form=form, ending=ending, actor=current_actor(),
    )  # fmt: skip
