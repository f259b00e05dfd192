"""Proving again who one is, before a dangerous act of the staff (V7.5.3).

A page whose act is dangerous sends here and is come back to. A dangerous act that was already sent is not lost: the
question carries what was sent, and its answer goes where that would have gone.
"""

from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.core.access import STAFF_ROLES
from lms.core.errors import DomainError, Unauthenticated
from lms.membership import forms
from lms.membership.services import entry
from lms.membership.views.base import bp, own_session, safe_next, take_token, times
from lms.web.access import set_confirmation, staff
from lms.web.errors import wants_json

_OWN = ("csrf_token", "confirm_password", "confirm_code")


@bp.route("/yonetim/onay", methods=["GET", "POST"])
@staff(*STAFF_ROLES)
def confirm() -> ResponseReturnValue:
    """Asked before a dangerous page is opened; back to it afterwards."""
    there = safe_next("/yonetim")
    answer = _ask(url_for("membership.confirm"), [("next", there)])
    return redirect(there) if answer is None else answer


def ask_first() -> ResponseReturnValue | None:
    """The guard's question; None once this very request answered it."""
    if wants_json():
        raise Unauthenticated("auth.confirm")
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("membership.confirm", next=request.full_path.rstrip("?")))
    return _ask(request.full_path.rstrip("?"), [(n, v) for n, v in request.form.items(multi=True) if n not in _OWN])


def _ask(action: str, kept: list[tuple[str, str]]) -> ResponseReturnValue | None:
    """The page with both questions, or None where they are answered; `kept` is sent along with the answer to `action`."""
    form = forms.ConfirmForm()
    asked = request.method == "POST" and "confirm_code" in request.form
    status = 200 if request.endpoint == "membership.confirm" else 401
    if asked and form.validate():
        live = own_session()
        try:
            token = entry.confirm_again(
                live, password=form.confirm_password.data or "", code=form.confirm_code.data or "", **times()
            )
        except DomainError as error:
            form.refuse(error)
            status = error.status
        else:
            take_token(token, live)
            return None
    page = render_template(
        "membership/confirm.html",
        form=form,
        action=action,
        kept=kept,
        files=any(f.filename for f in request.files.values()),
    )
    return page, status


def init_app(app: Flask) -> None:
    """The guard asks here."""
    set_confirmation(app, ask_first)
