"""The public door for somebody whose identity number opened an account that is not theirs."""

from flask import Blueprint, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.core import clock
from lms.core.db import release, transaction
from lms.core.errors import DomainError, FieldErrors, TooMany
from lms.identity.forms import ClaimForm
from lms.identity.services import disputes
from lms.web.access import client_ip, current_actor, public
from lms.web.i18n import language

bp = Blueprint("identity", __name__, url_prefix="/kimlik-itirazi")


@bp.get("")
@public
def form() -> ResponseReturnValue:
    """What to send, and what happens then."""
    return _page(ClaimForm(formdata=None), 200)


@bp.post("")
@public
def send() -> ResponseReturnValue:
    """The claim. The answer is the same whether such an account exists or not."""
    typed = ClaimForm()
    actor, now = current_actor(), clock.now()
    release()
    if not typed.document.data or not typed.document.data.filename:
        typed.document.errors = [_("Kimliğinizi gösteren bir belge seçin.")]
        return _page(typed, 422)
    try:
        disputes.slow_down(client_ip(), wall=clock.wall())
        document = disputes.prepare(typed.document.data.filename, typed.document.data.read(), actor=actor, now=now)
        with transaction():
            disputes.claim(
                tckn=typed.tckn.data or "",
                name=typed.name.data or "",
                email=typed.email.data or "",
                explanation=typed.explanation.data or "",
                document=document,
                language=language(),
                actor=actor,
                now=now,
            )
    except TooMany:
        raise
    except DomainError as refused:
        typed.refuse(refused, None if isinstance(refused, FieldErrors) else "document")
        return _page(typed, refused.status)
    return redirect(url_for("identity.sent"), 303)


@bp.get("/alindi")
@public
def sent() -> ResponseReturnValue:
    """The neutral answer."""
    return make_response(render_template("identity/sent.html"))


def _page(typed: ClaimForm, status: int) -> ResponseReturnValue:
    return make_response(render_template("identity/claim.html", form=typed), status)
