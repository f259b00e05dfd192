"""Public pages of verification: a code typed or scanned, one large word as the answer."""

import logging

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from lms.core import clock
from lms.core.codes import format_code, is_mistyped, normalise
from lms.core.db import transaction
from lms.verification import services
from lms.verification.rules import Status, Verdict
from lms.web.access import client_ip, public
from lms.web.throttle import hit

bp = Blueprint("verification", __name__)
log = logging.getLogger(__name__)
WRONG_CODES = "20/minute"
"""How many codes of nothing one address may ask for. Right codes are free: an employer checks a whole office at once."""


def ask(typed: str) -> Verdict:
    """The public answer, throttled against guessing and counted; the page and the API both ask here."""
    now = clock.now()
    verdict = services.verify_at_once(typed, now=now)
    if verdict is not None:
        return verdict
    answer = services.verify(typed, now=now)
    if answer.verdict.status is Status.UNKNOWN:
        hit("verify", client_ip(), WRONG_CODES)
        return answer.verdict
    try:
        with transaction():
            services.note(answer, now=now)
    except SQLAlchemyError:  # the count is worth less than the answer
        log.exception("a look-up was not counted")
    return answer.verdict


@bp.get("/dogrula")
@public
def form() -> ResponseReturnValue:
    """The field for a code. What is typed leads to the code's own address, which can be kept and sent on."""
    typed = request.args.get("kod", "").strip()
    if not typed:
        return render_template("verification/form.html", typed="")
    code = normalise(typed)
    if code is not None:
        return redirect(url_for("verification.verdict", code=format_code(code)), 303)
    return _page(ask(typed), typed)


@bp.get("/d/<path:code>")
@bp.get("/D/<path:code>", endpoint="verdict_capitals")
@public
def verdict(code: str) -> ResponseReturnValue:
    """Valid, revoked or unknown; in capitals too, for that is how the QR code writes it."""
    return _page(ask(code), code)


def _page(answer: Verdict, typed: str) -> ResponseReturnValue:
    return render_template(
        "verification/verdict.html",
        verdict=answer,
        typed=typed[:200],
        mistyped=is_mistyped(typed),
        no_code=normalise(typed) is None,
        code=format_code(answer.code) if answer.code else None,
    )
