"""The choice about announcements, and leaving them from the message itself."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.announcements import services
from lms.announcements.forms import ChoiceForm
from lms.core import clock
from lms.core.access import Actor
from lms.core.db import transaction
from lms.membership.models import Member
from lms.membership.queries import member_by_code
from lms.web.access import client_ip, current_actor, member, public
from lms.web.i18n import language

bp = Blueprint("announcements", __name__)


@bp.route("/hesabim/duyurular", methods=["GET", "POST"])
@member
def choice() -> ResponseReturnValue:
    """Yes or no, with every earlier answer; unticked until a person ticks it."""
    person = member_by_code(current_actor().code)
    assert person is not None  # noqa: S101 - the guard let a member in
    form = ChoiceForm(wanted=services.wanted(person))
    if form.validate_on_submit():
        with transaction():
            services.choose(
                person, given=bool(form.wanted.data), language=language(), actor=current_actor(), now=clock.now()
            )
        flash(_("Tercihiniz kaydedildi."), "success")
        return redirect(url_for("announcements.choice"), 303)
    return render_template(
        "announcements/choice.html", form=form, text=services.text(language()), history=services.history(person)
    )


@bp.get("/duyurular/birak/<token>")
@public
def ask_to_leave(token: str) -> str:
    """From the link in a message: one button, no log-in."""
    services.leaver(token)
    return render_template("announcements/leave.html", token=token, done=False)


@bp.post("/duyurular/birak/<token>")
@public
def leave(token: str) -> ResponseReturnValue:
    """The button, or a mailbox's own (RFC 8058: it sends List-Unsubscribe=One-Click and reads only the status)."""
    person = services.leaver(token)
    with transaction():
        services.choose(person, given=False, language=person.language, actor=_themselves(person), now=clock.now())
    if request.form.get("List-Unsubscribe") == "One-Click":
        return "", 204
    return render_template("announcements/leave.html", token=token, done=True)


def _themselves(person: Member) -> Actor:
    """Whoever holds the signed address acts for its owner, who need not be logged in."""
    return person.actor(client_ip())
