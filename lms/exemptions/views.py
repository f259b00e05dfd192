"""The candidate's side of the fee exemption."""

from datetime import datetime
from typing import Any, TypeVar

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.attachments.formats import Clean
from lms.core import clock
from lms.core.access import Actor
from lms.core.db import db, release, transaction
from lms.core.errors import Conflict, DomainError, Invalid
from lms.exemptions import queries, rules
from lms.exemptions.forms import RELATION_LABELS, STANDING_LABELS, AgainForm, ContactForm, DocumentsForm, RequestForm
from lms.exemptions.models import ExemptionRequest
from lms.exemptions.services import requests as services
from lms.membership.models import LegalText, Member
from lms.membership.queries import current_text
from lms.membership.rules.identity import show_mobile
from lms.terms.models import Term
from lms.terms.services import open_terms
from lms.web.access import current_actor, member
from lms.web.downloads import attachment
from lms.web.forms import choices
from lms.web.i18n import language
from lms.web.uploads import chosen

bp = Blueprint("exemptions", __name__)


@bp.get("/muafiyet")
@member
def home() -> ResponseReturnValue:
    """The person's requests; where none is open, the form."""
    return _page(_form())


@bp.post("/muafiyet")
@member
def submit() -> ResponseReturnValue:
    """R118: send the request."""
    form, actor, now = _form(), current_actor(), clock.now()
    documents = _prepared(form, actor, now)
    if documents is None:
        return _page(form), 422
    try:
        with transaction():
            services.request(
                term_code=form.term.data, relation=form.relation.data, phone=form.phone.data or "", email=form.email.data or "",
                documents=documents, barcodes=rules.barcodes(form.barcodes.data or ""), notice=_notice(),
                actor=actor, now=now,
            )  # fmt: skip
    except Conflict:
        raise
    except DomainError as error:
        form.refuse(error, _field_of(error.code))
        return _page(form), error.status
    flash(_("İsteğiniz alındı. Sonucu e-posta ile bildireceğiz; buradan da izleyebilirsiniz."), "good")
    return redirect(url_for("exemptions.home"), 303)


@bp.post("/muafiyet/yeniden")
@member
def again() -> ResponseReturnValue:
    """R119: an earlier approval that holds still, for another term; no document is asked for."""
    form = _filled(AgainForm, _AGAIN)
    if not form.validate_on_submit():
        return _page(_form(), again=form), 422
    try:
        with transaction():
            services.request_again(
                term_code=form.term.data, phone=form.phone.data or "", email=form.email.data or "",
                notice=_notice(), actor=current_actor(), now=clock.now(),
            )  # fmt: skip
    except Conflict:
        raise
    except DomainError as error:
        form.refuse(error, _field_of(error.code))
        return _page(_form(), again=form), error.status
    flash(_("İsteğiniz alındı. Sonucu e-posta ile bildireceğiz; buradan da izleyebilirsiniz."), "good")
    return redirect(url_for("exemptions.home"), 303)


@bp.post("/muafiyet/<code>/belgeler")
@member
def add(code: str) -> ResponseReturnValue:
    """More documents for an open request."""
    form, actor, now = DocumentsForm(), current_actor(), clock.now()
    row = services.own_request(actor, code)
    documents = _prepared(form, actor, now)
    if documents is None:
        return _page(_form(), adding=form, to=row), 422
    try:
        barcodes = rules.barcodes(form.barcodes.data or "")
        with transaction():
            services.add_documents(code=code, documents=documents, barcodes=barcodes, actor=actor, now=now)
    except Conflict:
        raise
    except DomainError as error:
        form.refuse(error, _field_of(error.code))
        return _page(_form(), adding=form, to=row), error.status
    flash(_("Belgeleriniz eklendi ve isteğiniz yeniden incelemeye alındı."), "good")
    return redirect(url_for("exemptions.home"), 303)


@bp.get("/muafiyet/belgeler/<code>")
@member
def document(code: str) -> Response:
    """One of the person's own documents."""
    row, data = services.own_document(current_actor(), code)
    return attachment(data, row.media_type, row.label)


def _prepared(form: DocumentsForm, actor: Actor, now: datetime) -> list[Clean] | None:
    """The files, cleaned; None where something is wrong with them or with the rest of the form, which tells it all at once."""
    valid, barcodes = form.validate_on_submit(), (form.barcodes.data or "").split()
    release()
    try:
        documents = services.prepare(chosen(form.documents.data), actor=actor, now=now, barcodes=barcodes)
    except Invalid as error:
        form.refuse(error, "documents")
        return None
    return documents if valid else None


def _notice() -> LegalText | None:
    return current_text("exemption_notice", lang=language())


def _field_of(code: str) -> str | None:
    prefix = code.split(".", 1)[0]
    fields = {"document": "documents", "phone": "phone", "email": "email"}
    if "barcode" in code:
        return "barcodes"
    if code.startswith("exemption.") and "document" in code:
        return "documents"
    return "relation" if code == "exemption.relation" else fields.get(prefix)


def _choices(terms: list[Term]) -> list[Any]:
    if language() == "en":
        return choices((term.code, f"{term.programme.name_en} ({term.name_en})") for term in terms)
    return choices((term.code, f"{term.programme.name_tr} ({term.name_tr})") for term in terms)


F = TypeVar("F", bound=ContactForm)
_AGAIN = "again-"
"""Two forms stand on one page: the fields of the second carry this before their names."""


def _filled(kind: type[F], prefix: str = "") -> F:
    """A form with what the membership knows; filled from the request where it was sent."""
    person = db.session.get_one(Member, current_actor().member_id)
    phone = show_mobile(person.phone) if person.phone else ""
    form = kind(prefix=prefix, email=person.email, phone=phone, term=request.args.get("term"))
    form.term.choices = _choices(services.terms_for(current_actor(), clock.now()))
    return form


def _form() -> RequestForm:
    return _filled(RequestForm)


def _page(
    form: RequestForm,
    *,
    adding: DocumentsForm | None = None,
    to: ExemptionRequest | None = None,
    again: AgainForm | None = None,
) -> str:
    actor, now = current_actor(), clock.now()
    rows = services.requests_of(actor)
    earlier = services.reusable(actor.member_id) if form.term.choices else None
    return render_template(
        "exemptions/home.html",
        person=db.session.get_one(Member, actor.member_id),
        requests=[(row, services.status_of(row)) for row in rows],
        lost=queries.lost(rows),
        earlier=earlier,
        again=(again or _filled(AgainForm, _AGAIN)) if earlier else None,
        form=form if form.term.choices else None,
        urgency=next((services.urgency_of(term, now) for term in open_terms(now)), None),
        adding=adding or DocumentsForm(formdata=None),
        adding_to=to.code if to is not None else None,
        relations=RELATION_LABELS,
        standings=STANDING_LABELS,
        notice=_notice(),
    )
