"""Editing a document as text, a lesson's slides one by one; the live check."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.access import Actor
from lms.core.db import transaction
from lms.core.errors import DomainError, NotFound
from lms.core.sources import BrokenSource
from lms.documents import services as texts
from lms.documents.models import Revision
from lms.documents.rules import Kind, kind_of
from lms.editorial import formats
from lms.editorial.forms import TextForm
from lms.editorial.services import checking, desk, preview
from lms.editorial.staff_views.base import LOOKERS, bp, short_name, told
from lms.web.access import current_actor, staff


@bp.route("/metin/<path:name>", methods=["GET", "POST"])
@staff("editor")
def text(name: str) -> ResponseReturnValue:
    """A document's text; of slides one at a time, with its picture."""
    found = desk.opened(name)
    if kind_of(name) is None or not (found.known or "yeni" in request.args):
        raise NotFound
    draft, whole = found.draft, found.body
    slides = formats.slides_in(whole) if kind_of(name) is Kind.SLIDES else []
    number = min(max(request.args.get("slayt", 1 if slides else 0, type=int), 0), len(slides))
    form = TextForm()
    if not form.is_submitted():
        form.body.data = slides[number - 1] if number else whole
        form.note.data = draft.note if draft else ""
        form.expected.data = texts.seen(name)
    elif form.validate():
        body = formats.with_slide(whole, number, form.body.data or "") if number else form.body.data or ""
        try:
            row = keep(name, body, form.expected.data or "", form.note.data or "")
        except DomainError as error:
            form.refuse(error)
        else:
            return after_saving(row, url_for("editorial.text", name=name, slayt=number or None))
    faults = told(checking.faults_in(name, whole, current_actor()), name) if draft else []
    page = render_template(
        "editorial/text.html", name=name, form=form, draft=draft, slides=slides, number=number, faults=faults,
        titles=[title_of(slide) for slide in slides],
    )  # fmt: skip
    return page, 422 if form.errors else 200


@bp.get("/yeni")
@staff("editor")
def new_document() -> ResponseReturnValue:
    """A document that does not exist yet, by the name of its file: a rule text, a topic, a lesson's parts."""
    name = request.args.get("ad", "").strip()
    if kind_of(name) is Kind.TARIFF:
        return redirect(url_for("editorial.tariff", version=short_name(name)), 303)
    if kind_of(name) is None:
        raise NotFound("documents.path", path=name)
    return redirect(url_for("editorial.text", name=name, yeni=1), 303)


def title_of(slide: str) -> str:
    """A slide's title, for the list."""
    return next((line[2:] for line in slide.splitlines() if line.startswith("# ")), "(başlıksız)")


def keep(name: str, body: str, expected: str, note: str) -> Revision:
    """Save a draft as the person who asks."""
    with transaction():
        return desk.save(name, body, expected=expected, note=note, actor=current_actor(), now=clock.now())


def after_saving(row: Revision, back: str) -> ResponseReturnValue:
    """The draft is kept; the pressed button says whether it is proposed as well."""
    if request.form.get("is") != "oner":
        flash("Taslak kaydedildi.", "good")
        return redirect(back, 303)
    try:
        with transaction():
            desk.propose(row.code, actor=current_actor(), now=clock.now())
    except BrokenSource:
        flash("Taslak kaydedildi, ancak aşağıdaki kusurlar giderilmeden önerilemez.", "warn")
        return redirect(back, 303)
    flash("Öneriniz ikinci bir kişinin onayını bekliyor.", "good")
    return redirect(url_for("editorial.proposal", code=row.code), 303)


@bp.post("/denetle/<path:name>")
@staff("editor")
def check(name: str) -> ResponseReturnValue:
    """What is wrong with a text that is being typed: a piece of the page, asked by its script."""
    if kind_of(name) is None:
        raise NotFound
    body = request.form.get("body", "")
    if number := request.args.get("slayt", 0, type=int):
        whole = desk.opened(name).body
        body = formats.with_slide(whole, number, body) if number <= len(formats.slides_in(whole)) else whole
    try:
        found = told(checking.faults_in(name, desk.normalised(body), current_actor()), name)
    except DomainError:
        found = []
    return render_template("editorial/_faults.html", faults=found, checked=True)


@bp.get("/slayt/<int:number>/<path:name>")
@staff(*LOOKERS)
def slide(number: int, name: str) -> Response:
    """The picture of a slide, of the draft or proposal if there is one."""
    found = desk.opened(name)
    if not found.body:
        raise NotFound
    try:
        data = preview.slide(name, found.body, number, _reader(found.draft))
    except BrokenSource as broken:
        raise NotFound("editorial.no_picture") from broken
    response = Response(data, mimetype="image/png")
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _reader(draft: Revision | None) -> Actor:
    """A draft is seen with what its author may refer to."""
    actor = current_actor()
    return Actor(kind="staff", code=draft.author_code) if draft else actor
