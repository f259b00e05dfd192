"""Editing one question as form fields, seen as the exam shows it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.calendar import local_date
from lms.core.errors import DomainError, NotFound
from lms.documents import services as texts
from lms.documents.rules import Kind, kind_of
from lms.editorial import formats
from lms.editorial.forms import QuestionForm
from lms.editorial.services import checking, desk, preview
from lms.editorial.staff_views.base import bp, told
from lms.editorial.staff_views.texts import after_saving, keep
from lms.questions.rules.question import shown_at
from lms.web.access import current_actor, staff

bp.add_app_template_filter(shown_at)
_PLAIN = ("stem", "explanation", "difficulty", "lesson")


@bp.route("/soru/<code>", methods=["GET", "POST"])
@staff("editor")
def question(code: str) -> ResponseReturnValue:
    """One question of the bank."""
    name = _topic_of(code)
    found = desk.opened(name)
    draft, whole = found.draft, found.body
    place = formats.questions_in(whole)[code]
    computed = "asks" in place.values
    form = QuestionForm()
    if not form.is_submitted():
        _fill(form, place.values)
        form.note.data = draft.note if draft else ""
        form.expected.data = texts.seen(name)
    elif form.validate():
        values, strange = _values(form, place.values, computed)
        form.sources.errors = [*form.sources.errors, *(f"Anlaşılmadı: {line}" for line in strange)]
        if not strange:
            try:
                saved = keep(name, formats.with_question(whole, code, values), form.expected.data or "", form.note.data or "")  # fmt: skip
            except DomainError as error:
                form.refuse(error)
            else:
                return after_saving(saved, url_for("editorial.question", code=code))
    actor = current_actor()
    seen = preview.question(name, whole, code, actor)
    page = render_template(
        "editorial/question.html", code=code, name=name, form=form, draft=draft, computed=computed,
        seen=seen, cites=[asdict(cite) for cite in seen.variants[0].cites] if seen else [],
        faults=told(checking.faults_in(name, whole, actor), name) if draft else [],
    )  # fmt: skip
    return page, 422 if form.errors else 200


def _topic_of(code: str) -> str:
    """The document that holds a question, drafts looked at first."""
    tree = checking.as_seen_by(current_actor())
    for name in tree:
        if kind_of(name) is Kind.TOPIC and code in formats.questions_in(tree[name].decode()):
            return name
    raise NotFound


def _fill(form: QuestionForm, values: Any) -> None:
    for key in _PLAIN:
        form[key].data = values.get(key)
    form.answer.data = values.get("answer")
    wrong = [*(values.get("distractors") or []), "", "", ""]
    form.first.data, form.second.data, form.third.data = wrong[:3]
    form.sources.data = formats.source_lines(values.get("sources"))
    form.cells.data = "\n".join(values.get("cells") or [])
    form.starts.data, form.ends.data = values.get("from"), values.get("until")
    form.claims.data = values.get("claims") or ""


def _values(form: QuestionForm, before: Any, computed: bool) -> tuple[dict[str, Any], list[str]]:
    """The question's keys from the form; None takes a key away."""
    sources, strange = formats.sources_of(form.sources.data or "")
    values: dict[str, Any] = {key: form[key].data or None for key in _PLAIN}
    values |= {
        "sources": sources,
        "from": form.starts.data,
        "until": form.ends.data,
        "claims": form.claims.data or None,
    }
    if not computed:
        values["answer"] = form.answer.data
        values["distractors"] = [one.data for one in (form.first, form.second, form.third)]
        values["cells"] = [line.strip() for line in (form.cells.data or "").splitlines() if line.strip()] or None
    if not any(values.get(key) != before.get(key) for key in values if key != "sources"):
        values["checked"] = _today()  # looked at and found right: that is a change of its own
    return values, strange


def _today() -> Any:
    return local_date(clock.now())
