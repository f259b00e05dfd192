"""The days of the office: a year at a glance, a day or a list of days entered after its effect was read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.calendar import DayKind, Holiday, local_date
from lms.core.db import transaction
from lms.core.errors import Conflict, DomainError, NotFound
from lms.core.text import nfc
from lms.planning import formats, rules, services
from lms.planning.forms import KINDS, DaysForm, OverrideForm, WithdrawForm
from lms.planning.services import CalendarPreview
from lms.terms import queries as term_queries
from lms.terms import rules as term_rules
from lms.terms import services as terms
from lms.web.access import current_actor, staff

bp = Blueprint("planning_calendar", __name__, url_prefix="/yonetim/takvim")


@bp.get("")
@staff("manager", "auditor")
def year() -> str:
    """A year of the office's calendar, and what was entered."""
    return _year(OverrideForm(formdata=None), None)


@bp.post("")
@staff("manager", fresh=True)
def enter() -> ResponseReturnValue:
    """One day: first its effect, then, confirmed, the entry."""
    form, now = OverrideForm(), clock.now()
    if not (form.validate_on_submit() and form.on.data):
        return _year(form, None), 422
    day, entry = form.on.data, Holiday(nfc(form.name.data or ""), DayKind(form.kind.data))
    try:
        taken = day in term_queries.overrides()
        term_rules.check_override(day, entry.name, taken=taken, today=local_date(now))
        effect = services.calendar_preview({day: entry}, now=now)
        if not _confirmed(effect):
            return _year(form, effect)
        with transaction():
            terms.add_override(day, entry.kind, entry.name, form.reason.data or "", actor=current_actor(), now=now)
    except DomainError as error:
        form.refuse(error, {"calendar.name": "name", "term.reason": "reason"}.get(error.code, "on"))
        return _year(form, effect if error.code == "term.reason" else None), error.status
    flash("Takvime işlendi. Daha önce söz verilmiş tarihler değişmez.", "good")
    return redirect(url_for("planning_calendar.year", yil=day.year), 303)


@bp.route("/liste", methods=["GET", "POST"])
@staff("manager", fresh=True)
def days() -> ResponseReturnValue:
    """A list of days: each line is told what becomes of it, bad ones stop no good one."""
    form, now = DaysForm(), clock.now()
    if not form.validate_on_submit():
        return _days(form, [], None), 422 if form.errors else 200
    lines, good = services.checked_lines(formats.read_days(form.days.data or ""), now=now)
    if not good:
        form.refuse(Conflict("calendar.no_line"), "days")
        return _days(form, lines, None), 422
    effect = services.calendar_preview(good, now=now)
    if not _confirmed(effect):
        return _days(form, lines, effect)
    try:
        with transaction():
            entered = services.enter_days(good, form.reason.data or "", actor=current_actor(), now=now)
    except DomainError as error:
        form.refuse(error, "reason")
        return _days(form, lines, effect), error.status
    flash(f"{entered} gün takvime işlendi. Daha önce söz verilmiş tarihler değişmez.", "good")
    return redirect(url_for("planning_calendar.year", yil=min(good).year), 303)


@bp.route("/<day>/geri-al", methods=["GET", "POST"])
@staff("manager", fresh=True)
def withdraw(day: str) -> ResponseReturnValue:
    """R127: take an entry back, after what that changes was read."""
    on, form, now = _civil(day), WithdrawForm(), clock.now()
    entry = term_queries.overrides().get(on)
    if entry is None:
        raise terms.withdrawn(on)
    term_rules.check_ahead(on, local_date(now))
    effect = services.calendar_preview({on: None}, now=now)
    page = {"form": form, "on": on, "entry": entry, "kinds": KINDS, "effect": effect}
    if not (form.validate_on_submit() and _confirmed(effect)):
        return render_template("planning/withdraw.html", **page)
    try:
        with transaction():
            terms.withdraw_override(on, form.reason.data or "", actor=current_actor(), now=now)
    except DomainError as error:
        form.refuse(error, "reason" if error.code == "term.reason" else None)
        return render_template("planning/withdraw.html", **page), error.status
    flash("Kayıt geri alındı. Daha önce söz verilmiş tarihler değişmez.", "good")
    return redirect(url_for("planning_calendar.year", yil=on.year), 303)


def _civil(day: str) -> date:
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise NotFound from None


def _confirmed(effect: CalendarPreview) -> bool:
    """Whether the effect that would be stored is the one that was read."""
    return "kaydet" in request.form and request.form.get("token") == effect.token


def _days(form: DaysForm, lines: list[formats.Line], effect: CalendarPreview | None) -> str:
    return render_template("planning/days.html", form=form, lines=lines, effect=effect, kinds=KINDS)


def _year(form: OverrideForm, effect: CalendarPreview | None) -> str:
    today = local_date(clock.now())
    shown = _asked_year(today.year)
    calendar = terms.calendar()
    special: Mapping[date, Holiday] = {**calendar.holidays, **calendar.overrides}
    return render_template(
        "planning/calendar.html",
        form=form,
        effect=effect,
        months=rules.year_of(shown, calendar),
        year=shown,
        special=sorted((day, entry) for day, entry in special.items() if day.year == shown),
        overrides=calendar.overrides,
        kinds=KINDS,
        today=today,
    )


def _asked_year(this: int) -> int:
    """The year of the address, within what the public calendar knows."""
    typed = request.args.get("yil", "")
    wanted = int(typed) if typed.isdecimal() and len(typed) == 4 else this
    return min(max(wanted, this - term_rules.OVERRIDE_YEARS), this + term_rules.OVERRIDE_YEARS)
