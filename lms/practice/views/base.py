"""What the practice pages share: the blueprint, the frame of an exercise, the words of its values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.core import clock
from lms.core.calendar import local_date
from lms.core.db import transaction
from lms.core.errors import DomainError, Invalid
from lms.courses.queries import current_release
from lms.enrolment import services as enrolment
from lms.practice import services
from lms.practice.forms import KINDS, SALES, SIZES, STATES, TAXPAYERS, typed_lira
from lms.practice.models import PracticeExercise
from lms.practice.rules import tasks
from lms.practice.rules.states import State
from lms.practice.services import NotStarted
from lms.tariff import services as tariffs
from lms.tariff import views as tariff_views
from lms.tariff.rules.versions import Tariff, percent
from lms.web.access import current_actor
from lms.web.i18n import language
from lms.web.messages import sentence

bp = Blueprint("practice", __name__, url_prefix="/uygulama")

STATE_TAGS = {
    State.DRAFT: "quiet", State.OFFERED: "", State.EXPIRED: "warn", State.DECLINED: "bad", State.ISSUED: "good",
}  # fmt: skip
PROGRAMME = "ddta"  # whose lessons the steps refer to


@bp.errorhandler(NotStarted)
def begin_first(error: NotStarted) -> ResponseReturnValue:
    """A screen of an exercise that was not begun leads to where it begins."""
    flash(sentence(error.code, error.params, language()), "info")
    return redirect(url_for("practice.desk", code=(request.view_args or {})["code"]), 303)


@contextmanager
def acting(code: str) -> Iterator[None]:
    """One act in an exercise: stored together with what it makes of the task."""
    actor, now = current_actor(), clock.now()
    with transaction():
        yield
        services.settle(services.own_exercise(actor, code), actor=actor, now=now)


def refuse(error: DomainError) -> None:
    """A refusal where no form holds what was typed."""
    flash(sentence(error.code, error.params, language()), "error")


def page(template: str, code: str, exercise: PracticeExercise | None = None, **values: Any) -> str:
    """A page of an exercise in its frame."""
    task = services.task(code)
    exercise = exercise or services.own_exercise(current_actor(), code)
    return render_template(
        template,
        code=code,
        task=task,
        exercise=exercise,
        tariff=tariff_of_day(exercise),
        today=local_date(clock.now()),
        state_of=lambda quote: services.state_of(quote, exercise.today),
        firm_of=services.firm,
        **words(),
        **values,
    )


def tariff_of_day(exercise: PracticeExercise) -> Tariff | None:
    """The version on the exercise's day; None past those whose tables are known."""
    tariff = tariffs.in_force(exercise.today)
    return tariff if tariff.quotable else None


def words() -> dict[str, Any]:
    """What templates write values with."""
    return {
        "KINDS": KINDS,
        "SALES": SALES,
        "SIZES": SIZES,
        "STATES": STATES,
        "STATE_TAGS": STATE_TAGS,
        "TAXPAYERS": TAXPAYERS,
        "ASK": tasks.ASK,
        "lira": typed_lira,
        "rate": percent,
        "cell": cell,
        "lesson": lesson,
        "said": said,
        "title": tariff_views.title,
        "version": tariffs.version,
        "day_of": date.fromisoformat,
        "historical": lambda tariff, day: tariff_views.state(tariff, day) != "current",
    }


def said(reason: str, params: dict[str, Any]) -> str:
    """A reason as a sentence; values among its parameters by their names."""
    named = {"taxpayer": TAXPAYERS, "size": SIZES}
    shown = {
        key: str(named[reason.rpartition("_")[2]].get(value, value)) if reason.rpartition("_")[2] in named else value
        for key, value in params.items()
    }
    shown = {key: typed_lira(value) if key == "typed" and isinstance(value, int) and value > 1000 else value for key, value in shown.items()}  # fmt: skip
    return sentence(reason, shown, language())


def cell(address: str) -> dict[str, str]:
    """A cell of a tariff as a link: its page and its name."""
    version, _sep, place = address.partition(":")
    name = f"{tariff_views.cell_label(place)} ({version})"
    return {"url": tariff_views.cell_url(version, place), "label": name}


def lesson(reference: str) -> dict[str, str | None] | None:
    """A lesson ("prim", "prim#taban"): its title, and where the member may watch the very slide; None if there is none."""
    code, _sep, slide = reference.partition("#")
    release = current_release(PROGRAMME)
    found = next((one for one in release.lessons if one.code == code), None) if release else None
    if found is None:
        return None
    at = next((part["start"] // 1000 for part in found.transcript if slide and part.get("id") == slide), None)
    return {"title": found.title, "url": _watch(code, at)}


def _watch(code: str, at: int | None) -> str | None:
    now, actor = clock.now(), current_actor()
    if actor.kind != "member":
        return None
    for application in enrolment.applications_of(actor.member_id):
        if application.assigned_at <= now < application.term.study_to:
            return url_for("learning.player", code=application.code, ders=code, an=at)
    return None


def needs_tariff(exercise: PracticeExercise) -> Tariff:
    """The day's version, or why nothing can be quoted. Errors: tariff.unknown."""
    tariff = tariffs.in_force(exercise.today)
    if not tariff.quotable:
        raise Invalid("practice.tariff_unknown", version=tariff.id, effective=tariff.from_day)
    return tariff


def state_choices() -> list[tuple[str, Any]]:
    """The states to search by."""
    return [("", _("Hepsi")), *((state.value, label) for state, label in STATES.items())]
