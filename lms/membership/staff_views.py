"""Staff accounts: who works here, as what, and what a manager may decide about them."""

from collections.abc import Callable
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.audit import queries as trail
from lms.core import clock
from lms.core.db import transaction
from lms.core.errors import DomainError, Invalid, NotFound
from lms.membership import queries
from lms.membership.forms import ROLE_NAMES, InviteForm, StaffActForm
from lms.membership.models import Member
from lms.membership.services import staff as services
from lms.web.access import current_actor, staff

bp = Blueprint("membership_staff", __name__)


@bp.get("/yonetim/personel")
@staff("manager", "auditor")
def roster() -> str:
    """Everybody, with role, second factor and when they were last here."""
    return _roster(InviteForm(formdata=None))


def _roster(form: InviteForm, link: str | None = None) -> str:
    people = queries.staff_roster()
    ids = [person.id for person in people]
    return render_template(
        "membership/staff_list.html",
        people=people,
        live=queries.live_sessions_of(ids, clock.wall()),
        seen=queries.last_seen(ids),
        roles=ROLE_NAMES,
        form=form if current_actor().role == "manager" else None,
        link=link,
    )


@bp.post("/yonetim/personel")
@staff("manager", fresh=True)
def invite() -> ResponseReturnValue:
    """A new account; its link is mailed, or stands once on this very answer."""
    form = InviteForm()
    if not form.validate_on_submit():
        return _roster(form), 422
    try:
        with transaction():
            link = services.invite(
                form.role.data or "", form.email.data or "", actor=current_actor(), now=clock.now(), wall=clock.wall()
            )
    except Invalid as error:
        form.refuse(error)
        return _roster(form), error.status
    if link is not None:
        return _roster(InviteForm(formdata=None), link)
    flash(f"Davet {form.email.data} adresine gönderiliyor.", "good")
    return redirect(url_for("membership_staff.roster"), 303)


@bp.get("/yonetim/personel/<code>")
@staff("manager", "auditor")
def one(code: str) -> str:
    """One account: its sessions, and the decisions about it so far."""
    return _one(_found(code), StaffActForm(formdata=None))


def _found(code: str) -> Member:
    person = queries.staff_by_code(code)
    if person is None:
        raise NotFound
    return person


def _one(person: Member, form: StaffActForm, link: str | None = None) -> str:
    actor = current_actor()
    if not form.is_submitted():
        form.role.data = person.staff_role
    form.expected.data = person.staff_role
    return render_template(
        "membership/staff_one.html",
        person=person,
        sessions=queries.live_sessions_of([person.id], clock.wall()).get(person.id, []),
        entries=[(entry, trail.text(entry)) for entry in trail.of_subject("member", person.code, limit=50)],
        roles=ROLE_NAMES,
        form=form if actor.role == "manager" and person.code != actor.code else None,
        own=person.code == actor.code,
        link=link,
    )


@bp.post("/yonetim/personel/<code>")
@staff("manager", fresh=True)
def decide(code: str) -> ResponseReturnValue:
    """One decision with its reason, by the button pressed."""
    form = StaffActForm()
    times = {"actor": current_actor(), "now": clock.now(), "wall": clock.wall()}
    reason = form.reason.data or ""
    acts: dict[str, tuple[Callable[..., object], str]] = {
        "gorev": (
            partial(services.change_role, code, form.role.data or "", expected=form.expected.data or "", reason=reason),
            "Görev değişti.",
        ),
        "kapat": (partial(services.disable, code, reason=reason), "Hesap kapatıldı; açık oturumları sona erdi."),
        "ac": (partial(services.enable, code, reason=reason), "Hesap yeniden açıldı."),
        "ikinci-adim": (
            partial(services.reset_second_factor, code, reason=reason),
            "İki adımlı giriş sıfırlandı; kişi ilk girişinde yeniden kurar.",
        ),
        "oturumlar": (partial(services.end_sessions, code), "Bütün oturumları kapatıldı."),
        "baglanti": (partial(services.invite_again, code), "Yeni bağlantı e-posta ile gönderiliyor."),
    }
    act, said = acts.get(request.form.get("karar", ""), (None, ""))
    if act is None or not form.validate_on_submit():
        return _one(_found(code), form), 422
    try:
        with transaction():
            answer = act(**times)
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        form.refuse(error, "reason" if error.code == "staff.reason" else None)
        return _one(_found(code), form), error.status
    if isinstance(answer, str):
        return _one(_found(code), StaffActForm(formdata=None), answer)
    flash(said, "good")
    return redirect(url_for("membership_staff.one", code=code), 303)
