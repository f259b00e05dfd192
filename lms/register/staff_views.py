"""The register at the desk: earlier years' certificates, and leave to apply after a revocation (R003, R029, D-2)."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.db import transaction
from lms.core.errors import DomainError, NotFound
from lms.membership.queries import member_by_code
from lms.register import queries, services
from lms.register.forms import FindForm, ImportForm
from lms.register.models import RegisterEntry
from lms.register.services import Outcome, Result
from lms.web.access import current_actor, staff
from lms.web.forms import choices

bp = Blueprint("register_staff", __name__)


@bp.post("/yonetim/adaylar/<code>/basvuru-izni")
@staff("manager", fresh=True)
def leave(code: str) -> ResponseReturnValue:
    """Give leave for one programme; the candidate's page says what it means before."""
    person = member_by_code(code)
    if person is None:
        raise NotFound
    with transaction():
        services.give_leave(
            person.tckn_index,
            programme_code=request.form.get("programme", ""),
            subject=person.code,
            actor=current_actor(),
            now=clock.now(),
        )
    flash("Yeniden başvuru izni verildi ve kayda geçti.", "good")
    return redirect(url_for("staff.candidate", code=code), 303)


@bp.get("/yonetim/kutuk")
@staff("manager", "auditor")
def home() -> str:
    """How many certificates the register knows, the search, the import."""
    return _page()


@bp.post("/yonetim/kutuk")
@staff("manager")
def take() -> ResponseReturnValue:
    """Preview a table, or import it: a result for each line; a bad line never stops the good ones."""
    form = _import_form()
    if not form.validate_on_submit():
        return _page(form), 422
    dry_run = request.form.get("act") != "import"
    try:
        with transaction():
            results = services.import_table(
                form.table.data.read(), programme_code=form.programme.data, actor=current_actor(), now=clock.now(),
                correct=form.correct.data, dry_run=dry_run,
            )  # fmt: skip
    except DomainError as error:
        form.refuse(error, "table")
        return _page(form), error.status
    return _page(form, results=results, dry_run=dry_run)


@bp.post("/yonetim/kutuk/ara")
@staff("manager", "auditor")
def find() -> ResponseReturnValue:
    """Certificates by number or by their holder's identity number."""
    form = FindForm()
    if not form.validate_on_submit():
        return _page(finding=form), 422
    return _page(finding=form, found=services.find(form.q.data or ""))


_SHOWN = 500
_FIRST = (Outcome.REFUSED, Outcome.CORRECTED, Outcome.ADDED, Outcome.PRESENT)


def _import_form() -> ImportForm:
    form = ImportForm()
    form.programme.choices = choices(queries.programmes())
    return form


def _page(
    form: ImportForm | None = None,
    *,
    results: list[Result] | None = None,
    dry_run: bool = False,
    finding: FindForm | None = None,
    found: Sequence[RegisterEntry] | None = None,
) -> str:
    ordered = sorted(results or (), key=lambda one: (_FIRST.index(one.outcome), one.line))
    return render_template(
        "register/staff_register.html",
        form=(form or _import_form()) if current_actor().role == "manager" else None,
        finding=finding or FindForm(formdata=None),
        found=found,
        counts=queries.counts(),
        names=dict(queries.programmes()),
        results=ordered[:_SHOWN] if results is not None else None,
        total=len(ordered),
        tally={outcome: sum(one.outcome is outcome for one in ordered) for outcome in _FIRST},
        dry_run=dry_run,
    )
