"""The accountant's acts on a payment that gave no right."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.db import transaction
from lms.core.errors import Conflict, DomainError
from lms.payments import queries
from lms.payments.forms import AttachForm
from lms.payments.services import acts
from lms.web.access import current_actor, staff

bp = Blueprint("payments_staff", __name__, url_prefix="/yonetim/odemeler")


@bp.get("/<code>/say")
@staff("accountant", "manager", "auditor")
def duplicate(code: str) -> str:
    """D-4: a second payment, and whether an approved application could take it."""
    return _page(code, AttachForm())


@bp.post("/<code>/say")
@staff("accountant", "manager", fresh=True)
def attach(code: str) -> ResponseReturnValue:
    """D-4: let it count, with the reason."""
    form = AttachForm()
    if not form.validate_on_submit():
        return _page(code, form), 422
    try:
        with transaction():
            acts.attach(code, reason=form.reason.data or "", actor=current_actor(), now=clock.now())
    except Conflict:
        raise
    except DomainError as error:
        form.refuse(error, "reason")
        return _page(code, form), error.status
    flash("Ödeme yeniden başvuruya sayıldı; aday formu doldurabilir.", "good")
    return redirect(url_for("payments_staff.duplicate", code=code), 303)


def _page(code: str, form: AttachForm) -> str:
    payment, now = acts.for_attaching(code), clock.now()
    ordinal, refused = None, None
    try:
        ordinal = acts.attachable(payment, now)
    except DomainError as error:
        refused = error
    may_act = current_actor().role in ("accountant", "manager")
    return render_template(
        "payments/attach.html",
        payment=payment, ordinal=ordinal, refused=refused, form=form if ordinal and may_act else None,
        done=queries.last_event(payment.id, acts.ATTACHED),
    )  # fmt: skip
