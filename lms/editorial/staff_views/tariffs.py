"""Entering a version of the tariff: its head, its statements, tables pasted as printed; unknowns with their reason."""

from __future__ import annotations

import re

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.core.errors import DomainError, NotFound
from lms.core.sources import Fault
from lms.documents import services as texts
from lms.editorial import formats
from lms.editorial.formats import HEAD, Statement, TariffText
from lms.editorial.forms import DraftForm
from lms.editorial.services import checking, desk
from lms.editorial.services.stale import current_catalogue
from lms.editorial.staff_views.base import Told, bp, told
from lms.editorial.staff_views.texts import after_saving, keep
from lms.tariff.rules.versions import FACTS, TABLES
from lms.tariff.views import LABELS, STATUS
from lms.web.access import current_actor, staff

_ID = re.compile(r"[A-Za-z0-9-]{3,40}", re.ASCII)
_PARTS = ("status", "value", "text", "table", "note", "sources")


@bp.get("/tarife")
@staff("editor")
def new_tariff() -> ResponseReturnValue:
    """Where a new version begins: its name."""
    wanted = request.args.get("kod", "").strip()
    fault = ""
    if wanted and not _ID.fullmatch(wanted):
        fault = "Kısa ad harf, rakam ve tireden oluşur: DDAS-T-2026."
    elif wanted:
        return redirect(url_for("editorial.tariff", version=wanted, kaynak=request.args.get("kaynak")), 303)
    return render_template("editorial/new_tariff.html", versions=current_catalogue().tariffs, wanted=wanted, fault=fault)  # fmt: skip


@bp.route("/tarife/<version>", methods=["GET", "POST"])
@staff("editor")
def tariff(version: str) -> ResponseReturnValue:
    """One version as a form; a new one starts empty, or from another one's statements."""
    name = path_of(version)
    found = desk.opened(name)
    draft, before = found.draft, found.body
    form = DraftForm()
    entry = formats.tariff_form(before, FACTS) if found.known else _start(version)
    faults: list[Told] = []
    if form.is_submitted():
        entry = read_form()
        written, unread = formats.tariff_text(entry, before, TABLES)
        faults = found_in(name, written, unread)
        if form.validate() and not unread:
            try:
                saved = keep(name, written, form.expected.data or "", form.note.data or "")
            except DomainError as error:
                form.refuse(error)
            else:
                return after_saving(saved, url_for("editorial.tariff", version=version))
    else:
        form.note.data = draft.note if draft else ""
        form.expected.data = texts.seen(name)
        faults = found_in(name, before, []) if draft else []
    page = render_template(
        "editorial/tariff.html", version=version, name=name, form=form, entry=entry, draft=draft, current=found.current,
        faults=faults, by_field=_by_field(faults), FACTS=FACTS, TABLES=TABLES, LABELS=LABELS, STATUS=STATUS,
    )  # fmt: skip
    return page, 422 if form.errors or (form.is_submitted() and faults) else 200


def path_of(version: str) -> str:
    """The document of a version. Errors: not_found for what cannot be a name."""
    if not _ID.fullmatch(version) or version == "sources":
        raise NotFound
    return f"content/tariffs/{version}.yaml"


def _start(version: str) -> TariffText:
    """A new version: silent, or with the statements of another to go over one by one."""
    other = current_catalogue().version(request.args.get("kaynak", ""))
    tree = texts.published()
    source = tree[path_of(other.id)].decode() if other else ""
    empty = dict.fromkeys(HEAD, "")
    return TariffText({**empty, "id": version}, formats.tariff_form(source, FACTS).statements)


def read_form() -> TariffText:
    """The form as it was sent."""
    sent = request.form
    statements = {
        key: Statement(**{part: sent.get(f"{key}-{part}", "").strip("\n\r ") for part in _PARTS}, partial=f"{key}-partial" in sent)
        for key in FACTS
    }  # fmt: skip
    return TariffText({key: sent.get(key, "").strip() for key in HEAD}, statements)


def found_in(name: str, written: str, unread: list[tuple[str, str]]) -> list[Told]:
    """Every fault with the field it belongs to."""
    faults = [Fault(name, 0, reason) for _field, reason in unread]
    own = told(faults, name)
    shown = [Told(0, one.text, field) for one, (field, _reason) in zip(own, unread, strict=True)]
    for fault in checking.faults_in(name, written, current_actor()):
        (one,) = told([fault], name)
        place = "" if fault.file != name else formats.field_at(written, fault.line)
        shown.append(Told(one.line, one.text, place or one.place))
    return shown


def _by_field(faults: list[Told]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for fault in faults:
        found.setdefault(fault.place, []).append(fault.text)
    return found


@bp.post("/tarife/<version>/denetle")
@staff("editor")
def check_tariff(version: str) -> ResponseReturnValue:
    """The live check of the form: a piece of the page, asked by its script."""
    name = path_of(version)
    written, unread = formats.tariff_text(read_form(), desk.opened(name).body, TABLES)
    return render_template(
        "editorial/_faults.html", faults=found_in(name, written, unread), checked=True, LABELS=LABELS
    )
