"""The second person: what waits, with its difference and its picture; publish together, or return with a reason."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.db import transaction
from lms.core.errors import DomainError, NotFound
from lms.core.sources import BrokenSource
from lms.documents import queries as documents
from lms.documents import services as texts
from lms.documents.models import Revision
from lms.documents.rules import Kind, State, kind_of
from lms.editorial import formats
from lms.editorial.forms import DecisionForm, PublishForm
from lms.editorial.services import desk
from lms.editorial.staff_views.base import DECIDERS, LOOKERS, Told, bp, told
from lms.web.access import current_actor, staff


@bp.get("/oneriler")
@staff(*LOOKERS)
def proposals() -> ResponseReturnValue:
    """Everything that waits."""
    return _proposals(PublishForm(formdata=None), [], [])


@bp.post("/oneriler")
@staff(*DECIDERS)
def publish() -> ResponseReturnValue:
    """Chosen ones are published together, so that a version and what it outdates change at once."""
    form, faults = PublishForm(), list[Told]()
    chosen = request.form.getlist("oneri")
    if not chosen:
        form.form_errors = ["Yayımlanacak önerileri işaretleyin."]
    elif form.validate():
        try:
            with transaction():
                desk.publish(chosen, note=form.note.data or "", actor=current_actor(), now=clock.now())
        except BrokenSource as broken:
            faults = told(broken.faults, "")
        except DomainError as error:
            form.refuse(error)
        else:
            flash("Yayımlandı. Değişen dersler şimdi yeniden yapılıyor.", "good")
            return redirect(url_for("editorial.builds"), 303)
    return _proposals(form, faults, chosen)


def _proposals(form: PublishForm, faults: list[Told], chosen: list[str]) -> ResponseReturnValue:
    actor = current_actor()
    rows = [row for row in documents.open_ones() if row.state == State.PROPOSED]
    page = render_template(
        "editorial/proposals.html", rows=rows, form=form, faults=faults, chosen=chosen, actor=actor,
        decides=actor.role in DECIDERS,
    )  # fmt: skip
    return page, 422 if form.errors or faults else 200


@bp.get("/oneri/<code>")
@staff(*LOOKERS)
def proposal(code: str) -> str:
    """One draft or proposal beside what it would replace."""
    return _page(texts.one(code), DecisionForm())


@bp.post("/oneri/<code>")
@staff(*DECIDERS)
def decide(code: str) -> ResponseReturnValue:
    """Return it with a reason; its author may propose, take it back or drop it."""
    actor, now, act = current_actor(), clock.now(), request.form.get("is", "")
    form = DecisionForm()
    row = texts.one(code)
    if act == "geri-cevir" and not form.validate():
        return _page(row, form), 422
    if act not in ("oner", "geri-al", "birak", "geri-cevir"):
        return _page(row, form), 422
    try:
        with transaction():
            if act == "oner":
                desk.propose(code, actor=actor, now=now)
            elif act == "geri-al":
                desk.take_back(code, actor=actor, now=now)
            elif act == "birak":
                desk.drop(code, actor=actor, now=now)
            else:
                desk.give_back(code, reason=form.reason.data or "", actor=actor, now=now)
    except BrokenSource as broken:
        return _page(texts.one(code), form, told(broken.faults, row.path)), 422
    said = {"oner": "Öneriniz ikinci bir kişinin onayını bekliyor.", "geri-al": "Öneri geri alındı; yazmayı sürdürebilirsiniz.", "birak": "Taslak bırakıldı; geçmişte duruyor.", "geri-cevir": "Geri çevrildi; yazar gerekçenizi görür."}  # fmt: skip
    flash(said[act], "good")
    there = url_for("editorial.document", name=row.path) if act == "birak" else url_for("editorial.proposal", code=code)
    return redirect(there, 303)


def _page(row: Revision, form: DecisionForm, faults: list[Told] | None = None) -> str:
    if row.body is None:
        raise NotFound
    current = documents.published(row.path)
    actor = current_actor()
    return render_template(
        "editorial/proposal.html",
        row=row,
        form=form,
        faults=faults or [],
        current=current,
        outrun=row.state in ("draft", "proposed") and (current.id if current else None) != row.base_id,
        diff=texts.diff(current.body if current else "", row.body),
        slides=_changed_slides(row, current),
        own=row.author_code == actor.code,
        decides=actor.role in DECIDERS,
    )


def _changed_slides(row: Revision, current: Revision | None) -> list[int]:
    """The numbers of the slides that differ, to be shown as pictures."""
    if kind_of(row.path) is not Kind.SLIDES or row.state not in ("draft", "proposed"):
        return []
    before = formats.slides_in(current.body or "") if current else []
    after = formats.slides_in(row.body or "")
    return [number for number, slide in enumerate(after, 1) if slide not in before][:12]
