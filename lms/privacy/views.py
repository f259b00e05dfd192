"""A person's own data: the copy, who it was told to, consents, requests."""

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.audit import queries as trail
from lms.audit.rules import Basis, Fact, Recipient
from lms.core import clock
from lms.core.db import db, release, transaction
from lms.core.errors import Conflict, DomainError
from lms.membership.credential import prove_password
from lms.membership.models import Member
from lms.privacy import queries
from lms.privacy.forms import KIND_LABELS, KIND_NAMES, OUTCOME_NAMES, AskForm, FetchForm
from lms.privacy.rules.requests import EXPORT_KEPT, Kind, due_on
from lms.privacy.services import export, requests
from lms.web.access import current_actor, member
from lms.web.downloads import attachment
from lms.web.filters import stamp
from lms.web.forms import choices

bp = Blueprint("privacy", __name__, url_prefix="/hesabim/verilerim")


@bp.get("")
@member
def home() -> str:
    """What a person may ask about their data, and what became of it."""
    return _home(FetchForm(formdata=None))


def _home(form: FetchForm) -> str:
    actor = current_actor()
    wanted = queries.wanted_export(actor.member_id)
    return render_template(
        "privacy/home.html",
        form=form,
        wanted=wanted,
        until=wanted.made_at + EXPORT_KEPT if wanted and wanted.made_at else None,
        disclosures=trail.disclosures_of(actor.code),
        words={"recipient": Recipient, "basis": Basis, "fact": Fact},
        consents=queries.consents(actor.member_id),
        requests=queries.of_member(actor.member_id),
        kinds=KIND_NAMES,
        outcomes=OUTCOME_NAMES,
        due_on=due_on,
    )


@bp.post("/dokum")
@member
def order() -> ResponseReturnValue:
    """Ask for a copy of everything."""
    with transaction():
        export.order(actor=current_actor(), now=clock.now())
    flash(_("Dökümünüz hazırlanıyor; hazır olunca e-posta alacaksınız."), "good")
    return redirect(url_for("privacy.home"), 303)


@bp.post("/dokum/<code>")
@member
def fetch(code: str) -> ResponseReturnValue:
    """Download the copy, once, with the password."""
    form, actor = FetchForm(), current_actor()
    if not form.validate_on_submit():
        return _home(form), 422
    person = db.session.get_one(Member, actor.member_id)
    release()
    try:
        prove_password(person, form.password.data or "", wall=clock.wall())
    except DomainError as error:
        form.refuse(error, "password")
        return _home(form), error.status
    with transaction():
        data = export.fetch(code, actor=actor, now=clock.now())
    return _download(data)


def _download(data: bytes) -> Response:
    return attachment(data, "application/zip", "kisisel-verilerim.zip")


@bp.post("/riza/<code>")
@member
def withdraw(code: str) -> ResponseReturnValue:
    """Take back a consent."""
    with transaction():
        requests.withdraw(code, actor=current_actor(), now=clock.now())
    flash(_("Rızanız geri alındı. Önceden yapılan bildirimler bundan etkilenmez."), "good")
    return redirect(url_for("privacy.home"), 303)


@bp.get("/talep")
@member
def request_form() -> str:
    """The form of a request."""
    return _ask(_form())


@bp.post("/talep")
@member
def ask() -> ResponseReturnValue:
    """KVKK m.13: send a request."""
    form = _form()
    if not form.validate_on_submit():
        return _ask(form), 422
    try:
        with transaction():
            row = requests.ask(
                form.kind.data or "", form.body.data or "", attempt=form.attempt.data or "", actor=current_actor(), now=clock.now(),
            )  # fmt: skip
    except Conflict as error:
        form.refuse(error)
        return _ask(form), error.status
    except DomainError as error:
        form.refuse(error)
        return _ask(form), error.status
    flash(_("Talebiniz alındı. En geç %(day)s günü yanıtlanır.", day=due_on(row.asked_at).strftime("%d.%m.%Y")), "good")
    return redirect(url_for("privacy.home"), 303)


def _form() -> AskForm:
    form = AskForm()
    rows = queries.finished_attempts(current_actor().member_id)
    form.attempt.choices = choices(
        [("", _("Seçin")), *((row.code, f"{stamp(row.started_at).striptags()} · {row.score}") for row in rows)]
    )
    if not rows:
        form.kind.choices = choices((kind, text) for kind, text in KIND_LABELS.items() if kind is not Kind.OBJECTION)
    return form


def _ask(form: AskForm) -> str:
    return render_template("privacy/ask.html", form=form)
