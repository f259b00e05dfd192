"""The desk of support: the list, one thread with what may be done, the answers that stand ready."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.access import Actor
from lms.core.db import release as release_connection
from lms.core.db import transaction
from lms.core.errors import DomainError, Invalid, NotFound
from lms.identity.rules import EVIDENCE_MAX
from lms.identity.services import disputes
from lms.support import queries, services
from lms.support.forms import CATEGORY_LABELS, AnswerForm, CannedForm, CloseForm, DisputeForm, NoteForm, SortForm
from lms.support.models import Ticket
from lms.support.queries import Wanted
from lms.support.rules import Category
from lms.web.access import current_actor, staff
from lms.web.asked import page_number
from lms.web.forms import choices
from lms.web.messages import sentence

bp = Blueprint("support_staff", __name__, url_prefix="/yonetim/destek")
_LISTS = {"acik": "open", "yanitlanan": "answered", "kapanan": "closed"}
_READERS = ("support", "manager", "auditor")
_WRITERS = ("support", "manager")


@bp.get("")
@staff(*_READERS)
def desk() -> ResponseReturnValue:
    """The list: open ones first come first served; by category, or only one's own."""
    chosen, category = request.args.get("liste", "acik"), request.args.get("konu", "")
    chosen = chosen if chosen in _LISTS else "acik"
    category = category if category in list(Category) else ""
    own = request.args.get("benim") == "1"
    page = page_number()
    wanted = Wanted(_LISTS[chosen], category, current_actor().id if own else None)
    tickets, pages = queries.page_of(wanted, page)
    counts = queries.counts()
    return render_template(
        "support/desk.html", tickets=tickets, pages=pages, page=page, chosen=chosen, category=category, own=own,
        counts={name: counts.get(status, 0) for name, status in _LISTS.items()}, categories=CATEGORY_LABELS,
    )  # fmt: skip


@bp.get("/<code>")
@staff(*_READERS)
def ticket(code: str) -> ResponseReturnValue:
    """One thread with its context."""
    return _ticket(services.existing(code))


@bp.post("/<code>")
@staff(*_WRITERS)
def answer(code: str) -> ResponseReturnValue:
    """Send the answer; or, with the other button, put a text that stands ready below what is written so far."""
    found, form = services.existing(code), AnswerForm()
    if request.form.get("ekle"):
        _insert(form, found)
        return _ticket(found, form)
    if not form.validate_on_submit():
        return _ticket(found, form), 422
    try:
        shown = form.expected.data or ""
        expected = int(shown) if shown.isdecimal() and len(shown) < 9 else None
        with transaction():
            services.answer(code, form.answer.data or "", expected=expected, actor=current_actor(), now=clock.now())
    except DomainError as error:
        form.refuse(error, "answer" if error.code == "support.answer" else None)
        return _ticket(services.existing(code), form), error.status
    flash("Yanıt e-posta ile gönderiliyor.", "success")
    return redirect(url_for("support_staff.desk"))


def _insert(form: AnswerForm, found: Ticket) -> None:
    ready = queries.answer_ready(form.ready.data or "")
    if ready is not None:
        text = ready.body_en if services.language_of(found) == "en" else ready.body_tr
        form.answer.data = "\n\n".join(part for part in ((form.answer.data or "").strip(), text) if part)


@bp.post("/<code>/not")
@staff(*_WRITERS)
def note(code: str) -> ResponseReturnValue:
    """A note that only staff read."""
    found, form = services.existing(code), NoteForm()
    if not form.validate_on_submit():
        return _ticket(found, note_form=form), 422
    try:
        with transaction():
            services.note(code, form.note.data or "", actor=current_actor(), now=clock.now())
    except DomainError as error:
        form.refuse(error, "note")
        return _ticket(services.existing(code), note_form=form), error.status
    return redirect(url_for("support_staff.ticket", code=code), 303)


def _act(code: str, act: Callable[[Actor], object], said: str) -> ResponseReturnValue:
    with transaction():
        act(current_actor())
    flash(said, "success")
    return redirect(url_for("support_staff.ticket", code=code), 303)


@bp.post("/<code>/ustlen")
@staff(*_WRITERS)
def take(code: str) -> ResponseReturnValue:
    return _act(code, lambda actor: services.take(code, actor=actor, now=clock.now()), "Talebi üstlendiniz.")


@bp.post("/<code>/birak")
@staff(*_WRITERS)
def release(code: str) -> ResponseReturnValue:
    return _act(code, lambda actor: services.release(code, actor=actor, now=clock.now()), "Talep bırakıldı.")


@bp.post("/<code>/konu")
@staff(*_WRITERS)
def categorise(code: str) -> ResponseReturnValue:
    chosen = request.form.get("category", "")
    return _act(code, lambda actor: services.categorise(code, chosen, actor=actor, now=clock.now()), "Konu değiştirildi.")  # fmt: skip


@bp.post("/<code>/kapat")
@staff(*_WRITERS)
def close(code: str) -> ResponseReturnValue:
    """Nothing more to do; what nobody answered needs its reason."""
    form = CloseForm()
    try:
        with transaction():
            services.close(code, reason=form.reason.data or "", actor=current_actor(), now=clock.now())
    except Invalid as error:
        form.refuse(error, "reason")
        return _ticket(services.existing(code), close_form=form), error.status
    flash("Talep kapatıldı.", "success")
    return redirect(url_for("support_staff.desk"))


@bp.post("/<code>/sifre-baglantisi")
@staff(*_WRITERS)
def reset_link(code: str) -> ResponseReturnValue:
    """A link for a new password to the address on file, whatever address the ticket names."""
    services.send_reset_link(code, actor=current_actor(), now=clock.now(), wall=clock.wall())
    flash("Şifre bağlantısı üyeliğin kayıtlı e-posta adresine gönderiliyor.", "success")
    return redirect(url_for("support_staff.ticket", code=code), 303)


@bp.get("/<code>/kimlik-itirazi")
@staff(*_WRITERS)
def dispute(code: str) -> str:
    """The claim "bu TCKN benim, hesap benim değil", filled in with what the ticket says."""
    found = services.existing(code)
    said = next((message.body for message in found.thread if message.author == "person"), "")
    name = found.member.full_name if found.member else found.name
    return _dispute(found, DisputeForm(formdata=None, name=name, email=found.email, explanation=said[:EVIDENCE_MAX]))


@bp.post("/<code>/kimlik-itirazi")
@staff(*_WRITERS)
def open_dispute(code: str) -> ResponseReturnValue:
    """Open it; reviewer or manager decide, by two persons."""
    found, form = services.existing(code), DisputeForm()
    actor, now = current_actor(), clock.now()
    complete, sent = form.validate_on_submit(), form.document.data
    if not (sent and sent.filename):
        form.document.errors = ["Kimliğini gösteren belgeyi seçin."]
        complete = False
    if not complete:
        return _dispute(found, form), 422
    release_connection()
    try:
        document = disputes.prepare(sent.filename, sent.read(), actor=actor, now=now)
        with transaction():
            services.open_dispute(
                code, tckn=form.tckn.data or "", name=form.name.data or "", email=form.email.data or "",
                explanation=form.explanation.data or "", document=document, actor=actor, now=now,
            )  # fmt: skip
    except NotFound:
        raise
    except DomainError as error:
        form.refuse(error, "document" if error.code.startswith("document.") else "tckn")
        return _dispute(services.existing(code), form), error.status
    flash("Kimlik itirazı açıldı; inceleme görevlileri karar verir.", "success")
    return redirect(url_for("support_staff.ticket", code=code), 303)


def _dispute(found: Ticket, form: DisputeForm) -> str:
    return render_template("support/dispute.html", ticket=found, form=form)


def _ticket(
    found: Ticket,
    form: AnswerForm | None = None,
    note_form: NoteForm | None = None,
    close_form: CloseForm | None = None,
) -> str:
    ready = queries.answers_ready()
    form = form or AnswerForm(formdata=None)
    form.ready.choices = choices([("", "Seçin"), *((one.code, one.title) for one in ready)])
    form.expected.data = str(found.messages)
    sort = SortForm(formdata=None, category=found.category)
    return render_template(
        "support/ticket.html", ticket=found, form=form, note_form=note_form or NoteForm(formdata=None), sort=sort, ready=ready,
        close_form=close_form or CloseForm(formdata=None),
        said=_step(found), match=services.match_of(found), categories=CATEGORY_LABELS, may_write=current_actor().role in _WRITERS,
    )  # fmt: skip


def _step(found: Ticket) -> str:
    """The next step of the person's journey when they asked, in words."""
    told = found.context
    at = {"at": datetime.fromisoformat(told["step_at"])} if told.get("step_at") else {}
    return sentence(f"next.{told['step']}", {**told.get("step_params", {}), **at}, "tr") if told.get("step") else ""


# --- answers that stand ready ----------------------------------------------------------------------------------------


@bp.get("/hazir-yanitlar")
@staff(*_READERS)
def canned() -> ResponseReturnValue:
    """The texts, and for a manager the form of a new one."""
    return _canned(CannedForm(formdata=None))


@bp.post("/hazir-yanitlar")
@staff("manager")
def keep_new() -> ResponseReturnValue:
    return _keep(None)


@bp.post("/hazir-yanitlar/<code>")
@staff("manager")
def keep(code: str) -> ResponseReturnValue:
    return _keep(code)


@bp.get("/hazir-yanitlar/<code>")
@staff("manager")
def edit(code: str) -> ResponseReturnValue:
    row = queries.answer_ready(code)
    if row is None:
        raise NotFound
    return _canned(CannedForm(formdata=None, obj=row), code)


@bp.post("/hazir-yanitlar/<code>/sil")
@staff("manager")
def drop(code: str) -> ResponseReturnValue:
    with transaction():
        services.drop_answer(code, actor=current_actor(), now=clock.now())
    flash("Hazır yanıt silindi.", "success")
    return redirect(url_for("support_staff.canned"), 303)


def _keep(code: str | None) -> ResponseReturnValue:
    form = CannedForm()
    try:
        if not form.validate_on_submit():
            return _canned(form, code), 422
        with transaction():
            services.keep_answer(
                code, title=form.title.data or "", body_tr=form.body_tr.data or "", body_en=form.body_en.data or "",
                actor=current_actor(), now=clock.now(),
            )  # fmt: skip
    except NotFound:
        raise
    except DomainError as error:
        form.refuse(error)
        return _canned(form, code), error.status
    flash("Hazır yanıt kaydedildi.", "success")
    return redirect(url_for("support_staff.canned"), 303)


def _canned(form: CannedForm, code: str | None = None) -> str:
    may_write = current_actor().role == "manager"
    return render_template("support/canned.html", rows=queries.answers_ready(), form=form, code=code, may_write=may_write)  # fmt: skip
