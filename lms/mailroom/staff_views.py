"""The pages of incoming mail: what came, what became of it, and what staff make of what nobody could sort."""

from collections.abc import Callable

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.access import Actor
from lms.core.db import transaction
from lms.core.errors import DomainError, Forbidden, NotFound
from lms.mailroom import queries
from lms.mailroom.forms import OUTCOME_LABELS, AsideForm, AssignForm, TurnForm
from lms.mailroom.rules import Outcome
from lms.mailroom.services import desk
from lms.web.access import current_actor, staff
from lms.web.asked import page_number
from lms.web.downloads import attachment
from lms.web.forms import Form

bp = Blueprint("mailroom", __name__, url_prefix="/yonetim/posta")
_READERS = ("support", "reviewer", "accountant", "manager", "auditor")
_WRITERS = ("support", "reviewer", "accountant", "manager")
_CASES = {
    Outcome.TICKET: "/yonetim/destek/", Outcome.THREAD: "/yonetim/destek/", Outcome.EXEMPTION: "/yonetim/muafiyet/",
    Outcome.REAPPLICATION: "/yonetim/yeniden-basvuru/", Outcome.SLIP: "/yonetim/dekontlar/",
}  # fmt: skip


@bp.get("")
@staff(*_READERS)
def inbox() -> str:
    """What came: what waits first, of that nobody's first."""
    chosen = request.args.get("liste", "bekleyen")
    chosen = chosen if chosen in queries.LISTS else "bekleyen"
    page = page_number()
    boxes = [box.value for box in desk.mailboxes(current_actor())]
    mails, pages = queries.page_of(chosen, boxes, page)
    return render_template(
        "mailroom/inbox.html",
        mails=mails,
        chosen=chosen,
        page=page,
        pages=pages,
        counts=queries.counts(boxes),
        labels=OUTCOME_LABELS,
    )


@bp.get("/<code>")
@staff(*_READERS)
def mail(code: str) -> str:
    """One mail as plain text, with what may be done."""
    return _mail(code)


@bp.post("/<code>/uye")
@staff(*_WRITERS)
def assign(code: str) -> ResponseReturnValue:
    """Say whose it is."""
    form = AssignForm()
    return _act(code, form, "tckn", "Sahibi kaydedildi.", lambda actor: desk.assign(
        code, form.tckn.data or "", expected=form.expected.data or "", actor=actor, now=clock.now()))  # fmt: skip


@bp.post("/<code>/is")
@staff(*_WRITERS)
def turn(code: str) -> ResponseReturnValue:
    """Make the right case of it."""
    form = TurnForm()
    wanted = next((one for one in desk.CHOICES if one == form.outcome.data), None)
    if wanted is None:
        desk.own_mail(current_actor(), code)
        form.outcome.errors = ["Ne yapılacağını seçin."]
        return _mail(code, form), 422
    wish = desk.Wish(wanted, form.relation.data or "")
    return _act(code, form, "outcome", "Posta bir işe dönüştürüldü.", lambda actor: desk.turn_into(
        code, wish, expected=form.expected.data or "", actor=actor, now=clock.now()))  # fmt: skip


@bp.post("/<code>/kenara")
@staff(*_WRITERS)
def aside(code: str) -> ResponseReturnValue:
    """Set it aside, with the reason."""
    form = AsideForm()
    return _act(code, form, "reason", "Posta kenara ayrıldı.", lambda actor: desk.set_aside(
        code, form.reason.data or "", expected=form.expected.data or "", actor=actor, now=clock.now()))  # fmt: skip


@bp.get("/ek/<code>")
@staff(*_WRITERS)
def document(code: str) -> Response:
    """An attachment to save; it never becomes a page of ours."""
    row, data = desk.document(current_actor(), code)
    return attachment(data, row.media_type, row.label)


def _act(code: str, form: Form, field: str, said: str, act: Callable[[Actor], object]) -> ResponseReturnValue:
    if not form.validate_on_submit():
        desk.own_mail(current_actor(), code)
        return _mail(code, form), 422
    try:
        with transaction():
            act(current_actor())
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        form.refuse(error, None if error.status == 409 else field)
        return _mail(code, form), error.status
    flash(said, "success")
    return redirect(url_for("mailroom.mail", code=code), 303)


def _mail(code: str, tried: Form | None = None) -> str:
    actor = current_actor()
    with transaction():  # the one thing a GET stores here: who read it
        found = desk.read(code, actor=actor, now=clock.now())
    forms = {
        kind: tried if isinstance(tried, kind) else kind(formdata=None) for kind in (AssignForm, TurnForm, AsideForm)
    }
    for form in forms.values():
        form.expected.data = desk.seen(found)
    outcome = Outcome(found.outcome)
    return render_template(
        "mailroom/mail.html", mail=found, outcome=outcome, labels=OUTCOME_LABELS, may_open=desk.may_open(actor, found),
        may_write=actor.role in _WRITERS and outcome is not Outcome.REFUSED, tried=tried,
        case_url=f"{_CASES[outcome]}{found.case_code}" if outcome in _CASES else None,
        assign_form=forms[AssignForm], turn_form=forms[TurnForm], aside_form=forms[AsideForm],
    )  # fmt: skip
