"""What the practice pages share: the blueprint, the frame of an exercise, the words of its values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any, TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.core import clock
from lms.core.calendar import local_date
from lms.core.db import transaction
from lms.core.errors import DomainError, Invalid, NotFound
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
from lms.web.forms import Form
from lms.web.i18n import language
from lms.web.messages import sentence

T = TypeVar("T")
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


@contextmanager
def trying(code: str) -> Iterator[None]:
    """An act without a form: what refuses it is told on the next page."""
    try:
        with acting(code):
            yield
    except (NotFound, NotStarted):
        raise
    except DomainError as error:
        refuse(error)


def attempt(code: str, form: Form, fields: Mapping[str, str], act: Callable[[], T]) -> tuple[T | None, int]:
    """An act that a form asks for: what it made, or nothing and the status, with the form saying why beside its fields."""
    if not form.validate():
        return None, 422
    try:
        with acting(code):
            return act(), 303
    except (NotFound, NotStarted):
        raise
    except DomainError as error:
        form.refuse(error, fields.get(error.code))
        return None, error.status


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
        "name_of": name_of,
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


def name_of(address: str) -> str:
    """A tariff's cell in few words: "Alıcı skoru (DDAS-TT-2019)"."""
    version, _sep, place = address.partition(":")
    return f"{tariff_views.cell_label(place)} ({version})"


def lessons(references: Iterable[str]) -> dict[str, dict[str, str | None]]:
    """Lessons by reference ("prim", "prim#taban"): the title, and where this member may watch the very slide, if anywhere."""
    release = current_release(PROGRAMME)
    taught = {one.code: one for one in release.lessons} if release else {}
    training = _training()
    found: dict[str, dict[str, str | None]] = {}
    for reference in references:
        code, _sep, slide = reference.partition("#")
        if one := taught.get(code):
            at = next((part["start"] // 1000 for part in one.transcript if slide and part.get("id") == slide), None)
            url = url_for("learning.player", code=training, ders=code, an=at) if training else None
            found[reference] = {"title": one.title, "url": url}
    return found


def _training() -> str | None:
    """The code of the member's training that is open now."""
    now, actor = clock.now(), current_actor()
    mine = enrolment.applications_of(actor.member_id) if actor.kind == "member" else ()
    return next((one.code for one in mine if one.assigned_at <= now < one.term.study_to), None)


def needs_tariff(exercise: PracticeExercise) -> Tariff:
    """The day's version, or why nothing can be quoted. Errors: tariff.unknown."""
    tariff = tariffs.in_force(exercise.today)
    if not tariff.quotable:
        raise Invalid("practice.tariff_unknown", version=tariff.id, effective=tariff.from_day)
    return tariff


def state_choices() -> list[tuple[str, Any]]:
    """The states to search by."""
    return [("", _("Hepsi")), *((state.value, label) for state, label in STATES.items())]
