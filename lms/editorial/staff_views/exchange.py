"""Questions from and to other programs: a file becomes a draft, the published bank a file."""

from __future__ import annotations

from collections.abc import Sequence

from flask import render_template, request
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.db import transaction
from lms.core.errors import DomainError
from lms.core.sources import BrokenSource
from lms.documents import services as texts
from lms.documents.rules import Kind, kind_of
from lms.editorial import formats
from lms.editorial.forms import ExportForm, ImportForm
from lms.editorial.services import exchange as services
from lms.editorial.staff_views.base import Told, bp, told
from lms.questions.formats.bank import Defaults, Taken
from lms.questions.formats.item import MAX_BYTES, Exchange
from lms.web.access import current_actor, staff
from lms.web.downloads import attachment
from lms.web.forms import choices

_FILES = {
    "gift": ("text/plain", "gift.txt"),
    "moodle": ("application/xml", "xml"),
    "aiken": ("text/plain", "aiken.txt"),
}


@bp.route("/aktar", methods=["GET", "POST"])
@staff("editor")
def exchange() -> ResponseReturnValue:
    """Take a file of another program into a topic's draft."""
    form = _taking()
    if not form.validate_on_submit():
        return _page(form=form)
    file = form.file.data
    name = (file.filename or "dosya")[:120]
    sources, strange = formats.sources_of(form.source.data or "")
    if strange:
        form.source.errors = [*form.source.errors, f"Anlaşılmadı: {strange[0]}"]
        return _page(form=form)
    programme, _, topic = form.topic.data.partition("/")
    defaults = Defaults(
        topic, form.lesson.data or "", form.difficulty.data or 1, sources[0] if sources else None,
        tuple((form.cell.data or "").split()),
    )  # fmt: skip
    try:
        with transaction():
            taken = services.take(
                file.stream.read(MAX_BYTES + 1), name, form.kind.data, programme=programme, defaults=defaults,
                note=form.note.data or "", actor=current_actor(), now=clock.now(),
            )  # fmt: skip
    except BrokenSource as broken:
        return _page(form=form, faults=told(broken.faults, name))
    except DomainError as error:
        form.refuse(error)
        return _page(form=form)
    return _page(form=form, taken=taken, said=taken.exchange)


@bp.post("/aktar/dosya")
@staff("editor")
def given() -> ResponseReturnValue:
    """The published questions as a file, or what such a file would leave out."""
    form = _giving()
    if not form.validate_on_submit():
        return _page(export=form)
    kind, (programme, _, topic) = form.form.data, form.part.data.partition("/")
    with transaction():
        body, said = services.give(
            kind, programme=programme, topic=topic or None, actor=current_actor(), now=clock.now()
        )
    if request.form.get("is") == "rapor":
        return _page(export=form, said=said)
    media_type, ending = _FILES[kind]
    return attachment(body, media_type, f"{topic or programme}.{ending}")


def _topics() -> list[tuple[str, ...]]:
    """(programme, topic) of every topic that is published."""
    return sorted(
        tuple(name.removesuffix(".yaml").split("/")[1:]) for name in texts.published() if kind_of(name) is Kind.TOPIC
    )


def _taking(**empty: None) -> ImportForm:
    form = ImportForm(**empty)
    form.topic.choices = choices([("/".join(piece), " / ".join(piece)) for piece in _topics()])
    return form


def _giving(**empty: None) -> ExportForm:
    form, pieces = ExportForm(**empty), _topics()
    whole = [(programme, f"{programme}: bütün konular") for programme in sorted({piece[0] for piece in pieces})]
    form.part.choices = choices([*whole, *(("/".join(piece), " / ".join(piece)) for piece in pieces)])
    return form


def _page(
    *, form: ImportForm | None = None, export: ExportForm | None = None, faults: Sequence[Told] = (),
    taken: Taken | None = None, said: Exchange | None = None,
) -> ResponseReturnValue:  # fmt: skip
    form, export = form or _taking(formdata=None), export or _giving(formdata=None)
    page = render_template(
        "editorial/exchange.html", form=form, export=export, faults=faults, taken=taken, said=said,
        path=f"question_bank/{form.topic.data}.yaml" if taken and taken.new else None,
    )  # fmt: skip
    return page, 422 if faults or form.errors or export.errors else 200
