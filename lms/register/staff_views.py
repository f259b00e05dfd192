"""D-2: the decision that the holder of a revoked certificate may apply again."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.db import transaction
from lms.core.errors import NotFound
from lms.membership.queries import member_by_code
from lms.register import services
from lms.web.access import current_actor, staff

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
