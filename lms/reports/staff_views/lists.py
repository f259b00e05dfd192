"""R063: lists of completions for the authorities: who asked for which, and the files while they are there."""

from flask import flash, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from lms.audit.rules import Basis, Recipient
from lms.core import clock
from lms.core.db import transaction
from lms.core.errors import DomainError
from lms.core.sheets import CSV_TYPE, XLSX_TYPE
from lms.reports.forms import ListForm
from lms.reports.queries import lists as queries
from lms.reports.rules.lists import KEPT
from lms.reports.services import lists as services
from lms.reports.staff_views.dashboard import bp
from lms.terms import queries as terms
from lms.web.access import current_actor, staff


def _page(form: ListForm, status: int) -> ResponseReturnValue:
    may_ask = current_actor().role == "manager"
    page = render_template(
        "reports/lists.html", form=form if may_ask else None, rows=queries.recent(), kept=KEPT.days,
        recipients={one.value: one.tr for one in Recipient}, bases={one.value: one.tr for one in Basis},
        terms={term.code: term.name_tr for term in terms.current_terms()},
    )  # fmt: skip
    return make_response(page, status)


def _form() -> ListForm:
    form = ListForm()
    form.term.choices = [("", "dönem seçilmedi"), *((term.code, term.name_tr) for term in terms.current_terms())]
    return form


@bp.get("/tamamlama")
@staff("manager", "auditor")
def lists() -> ResponseReturnValue:
    """The lists that were asked for, and the form for a new one."""
    return _page(_form(), 200)


@bp.post("/tamamlama")
@staff("manager", fresh=True)
def ask() -> ResponseReturnValue:
    """Ask for a list with full identity numbers: recipient, basis and letter are named."""
    form = _form()
    if not form.validate_on_submit():
        return _page(form, 422)
    try:
        with transaction():
            services.ask(
                recipient=form.recipient.data or "", basis=form.basis.data or "", reference=form.reference.data or "",
                term_code=form.term.data or "", first=form.from_day.data, last=form.to_day.data,
                actor=current_actor(), now=clock.now(),
            )  # fmt: skip
    except DomainError as refused:
        form.refuse(refused)
        return _page(form, refused.status)
    flash("Liste hazırlanıyor; birazdan bu sayfada iner.", "success")
    return redirect(url_for("reports.lists"), 303)


@bp.post("/tamamlama/<code>/indir")
@staff("manager", fresh=True)
def take(code: str) -> ResponseReturnValue:
    """The file, on record; ``form`` is csv or xlsx."""
    form = request.form.get("form", "")
    with transaction():
        row, path = services.take(code, form, actor=current_actor(), now=clock.now())
    name = f"tamamlama-{row.recipient}-{row.code}.{form}"
    response = send_file(path, CSV_TYPE if form == "csv" else XLSX_TYPE, as_attachment=True, download_name=name, max_age=0)  # fmt: skip
    response.headers["Cache-Control"] = "private, no-store"
    return response
