"""Accounting's pages of slips: what came, whose it is, whether it was in time."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.db import transaction
from lms.core.errors import Invalid
from lms.slips import queries, services
from lms.slips.forms import AssignForm, DecideForm
from lms.web.access import current_actor, staff
from lms.web.asked import page_number
from lms.web.downloads import attachment

bp = Blueprint("slips_staff", __name__, url_prefix="/yonetim/dekontlar")
_LISTS = {"bekleyen": "waiting", "kabul": "accepted", "uygun-olmayan": "refused"}
_READERS = ("accountant", "manager", "auditor")
_DECIDERS = ("accountant", "manager")
_BUTTONS = {"kabul": "accept", "uygun-degil": "refuse"}


@bp.get("")
@staff(*_READERS)
def queue() -> str:
    """What waits, nobody's slips first, then by arrival."""
    chosen = request.args.get("liste", "bekleyen")
    chosen = chosen if chosen in _LISTS else "bekleyen"
    page = page_number()
    slips, pages = queries.page_of(_LISTS[chosen], page)
    in_time, counts = services.in_time(slips), queries.counts()
    return render_template(
        "slips/queue.html", rows=[(slip, in_time[slip.id]) for slip in slips], chosen=chosen, page=page, pages=pages,
        counts={name: counts.get(status, 0) for name, status in _LISTS.items()},
    )  # fmt: skip


@bp.get("/<code>")
@staff(*_READERS)
def slip(code: str) -> str:
    """One slip with its files."""
    return _slip(code)


@bp.post("/<code>")
@staff(*_DECIDERS)
def decide(code: str) -> ResponseReturnValue:
    """Accept it, or say why not."""
    form = DecideForm()
    act = _BUTTONS.get(request.form.get("karar", ""))
    if act is None or not form.validate_on_submit():
        return _slip(code, form), 422
    try:
        with transaction():
            services.decide(
                code, act, form.reason.data or "", expected=form.expected.data or "", actor=current_actor(), now=clock.now()
            )  # fmt: skip
    except Invalid as error:
        form.refuse(error, "reason" if error.code == "slip.reason" else None)
        return _slip(code, form), error.status
    flash("Karar kaydedildi; gönderene bildiriliyor.", "success")
    return redirect(url_for("slips_staff.queue"), 303)


@bp.post("/<code>/uye")
@staff(*_DECIDERS)
def assign(code: str) -> ResponseReturnValue:
    """Give it to the person whose number is typed."""
    form = AssignForm()
    if not form.validate_on_submit():
        return _slip(code, assign_form=form), 422
    try:
        with transaction():
            services.assign(
                code, form.tckn.data or "", expected=form.expected.data or "", actor=current_actor(), now=clock.now()
            )
    except Invalid as error:
        form.refuse(error, "tckn")
        return _slip(code, assign_form=form), error.status
    return redirect(url_for("slips_staff.slip", code=code), 303)


@bp.get("/dosya/<code>")
@staff(*_DECIDERS)
def document(code: str) -> Response:
    """A file to save: as an attachment it never becomes a page of ours."""
    row, data = services.document(code)
    return attachment(data, row.media_type, row.label)


def _slip(code: str, form: DecideForm | None = None, assign_form: AssignForm | None = None) -> str:
    found = services.existing(code)
    form, assign_form = form or DecideForm(formdata=None), assign_form or AssignForm(formdata=None)
    form.expected.data = assign_form.expected.data = services.seen(found)
    return render_template(
        "slips/slip.html", slip=found, in_time=services.in_time([found])[found.id], form=form, assign_form=assign_form,
        may_decide=current_actor().role in _DECIDERS,
    )  # fmt: skip
