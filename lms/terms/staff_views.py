"""The calendar as the office keeps it."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.calendar import DayKind, local_date, turkish_holidays
from lms.core.db import transaction
from lms.core.errors import DomainError, NotFound
from lms.terms import queries, services
from lms.terms.forms import KINDS, OverrideForm
from lms.web.access import current_actor, staff

bp = Blueprint("terms_staff", __name__, url_prefix="/yonetim/takvim")


@bp.route("", methods=["GET", "POST"])
@staff("manager")
def calendar() -> ResponseReturnValue:
    """Overrides, and the public holidays they stand beside."""
    now = clock.now()
    form = OverrideForm()
    if form.validate_on_submit() and form.on.data:
        try:
            with transaction():
                services.add_override(
                    form.on.data, DayKind(form.kind.data), form.name.data or "", actor=current_actor(), now=now
                )
        except DomainError as error:
            form.refuse(error, "name" if error.code == "calendar.name" else "on")
        else:
            flash("Takvime işlendi. Daha önce söz verilmiş tarihler değişmez.", "good")
            return redirect(url_for("terms_staff.calendar"), 303)
    today = local_date(now)
    holidays = sorted((d, h) for d, h in turkish_holidays().items() if today.year <= d.year <= today.year + 1)
    page = render_template(
        "terms/calendar.html",
        form=form,
        overrides=sorted(queries.overrides().items()),
        holidays=holidays,
        kinds=KINDS,
        today=today,
    )
    return page, 422 if form.errors else 200


@bp.post("/<day>/geri-al")
@staff("manager")
def withdraw(day: str) -> ResponseReturnValue:
    """Take an override back."""
    try:
        on = date.fromisoformat(day)
    except ValueError:
        raise NotFound from None
    with transaction():
        services.withdraw_override(on, actor=current_actor(), now=clock.now())
    flash("Kayıt geri alındı.", "good")
    return redirect(url_for("terms_staff.calendar"), 303)
