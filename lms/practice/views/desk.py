"""The list of exercises, and the desk of one: its steps, its day, its answers."""

from __future__ import annotations

from datetime import date, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.core import clock
from lms.core.calendar import local_date
from lms.core.db import transaction
from lms.core.errors import Invalid
from lms.practice import queries, services
from lms.practice.rules import tasks
from lms.practice.rules.tasks import FREE
from lms.practice.views.base import acting, bp, lessons, page, refuse, trying, words
from lms.web.access import current_actor, logged_in


@bp.get("")
@logged_in
def home() -> ResponseReturnValue:
    """Every task with how far this member is, and the free exercise."""
    mine = queries.exercises_of(current_actor().member_id)
    rows = []
    for task in services.library().tasks:
        exercise = mine.get(task.code)
        about = services.world(exercise) if exercise else None
        done = sum(found.done for found in tasks.findings(about)) if about else 0
        rows.append({"task": task, "exercise": exercise, "done": done})
    return render_template("practice/home.html", rows=rows, free=mine.get(FREE), FREE=FREE)


@bp.get("/<code>")
@logged_in
def desk(code: str) -> ResponseReturnValue:
    """One exercise: before it begins what it is about, then its steps and what each still lacks."""
    task = services.task(code)
    exercise = queries.exercise_of(current_actor().member_id, code)
    if exercise is None:
        days = [] if task else services.free_days()
        return render_template(
            "practice/begin.html", task=task, code=code, days=days, today=local_date(clock.now()), **words()
        )
    about = services.world(exercise)
    found = tasks.findings(about) if about else []
    first_open = next((index for index, finding in enumerate(found) if not finding.done), None)
    firms = [about.firm] if about else list(services.library().firms.values())
    taught = lessons(step.lesson for step in task.steps) if task else {}
    return page(
        "practice/desk.html", code, exercise, findings=found, first_open=first_open, firms=firms, lessons=taught
    )  # fmt: skip


@bp.post("/<code>/basla")
@logged_in
def begin(code: str) -> ResponseReturnValue:
    """Start, or start again."""
    try:
        on = date.fromisoformat(request.form.get("gun", "")) if services.task(code) is None else None
        with transaction():
            services.begin(current_actor(), code, now=clock.now(), on=on)
    except ValueError:
        refuse(Invalid("practice.day_unknown"))
    except Invalid as error:
        refuse(error)
    return redirect(url_for("practice.desk", code=code), 303)


@bp.post("/<code>/gun")
@logged_in
def move_day(code: str) -> ResponseReturnValue:
    """Let days pass: so many, or up to a day."""
    with trying(code):
        exercise = services.own_exercise(current_actor(), code)
        services.move_day(current_actor(), code, _wanted(exercise.today))
    return redirect(_back(code), 303)


def _wanted(today: date) -> date:
    text = request.form.get("ileri") or ""
    try:
        return today + timedelta(days=int(text)) if text else date.fromisoformat(request.form.get("tarih", ""))
    except (ValueError, OverflowError):
        raise Invalid("practice.day_invalid") from None


def _back(code: str) -> str:
    """The page the day was moved on, if it is one of this exercise's."""
    wanted, root = request.form.get("nereye", ""), url_for("practice.desk", code=code)
    return wanted if wanted.startswith(f"{root}/") and "//" not in wanted and "\\" not in wanted else root


@bp.post("/<code>/cevap/<step>")
@logged_in
def answer(code: str, step: str) -> ResponseReturnValue:
    """An answer to an asking step; it stays in its field whatever comes of it."""
    with acting(code):
        kept = services.answer(current_actor(), code, step, request.form.get("cevap", ""))
    if kept["why"] == "practice.answer_early":
        refuse(Invalid(kept["why"]))
    elif kept["right"]:
        flash(_("Doğru."), "good")
    else:
        flash(_("Henüz değil; nedeni adımın altında yazıyor."), "warn")
    return redirect(url_for("practice.desk", code=code, _anchor=f"adim-{step}"), 303)
