"""Pages of support: the form for everybody, a person's own threads, the door of who cannot reach the account."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.db import transaction
from lms.core.errors import DomainError
from lms.membership import queries as people
from lms.support import queries, services
from lms.support.forms import AccountForm, TicketForm, WriteForm
from lms.web.access import client_ip, current_actor, member, public
from lms.web.addresses import own_page
from lms.web.i18n import language
from lms.web.throttle import hit

bp = Blueprint("support", __name__)
ASK_LIMIT = "10/hour"
"""Questions from one address, by page and API together: each is acknowledged by mail."""
ACCOUNT_LIMIT = "5/hour"


@bp.route("/destek", methods=["GET", "POST"])
@public
def ask() -> ResponseReturnValue:
    """R112: ask a question, logged in or not."""
    actor = current_actor()
    member = people.member_by_code(actor.code) if actor.code else None
    form = TicketForm(page=(own_page(request.referrer or "") or "").partition("?")[0])
    status = 200
    if form.validate_on_submit():
        try:
            hit("support", client_ip(), ASK_LIMIT)
            with transaction():
                ticket = services.open_ticket(
                    subject=form.subject.data or "", body=form.body.data or "", email=form.email.data or "",
                    category=form.category.data or "", context={"page": form.page.data or "", **_browser()},
                    language=language(), actor=actor, now=clock.now(),
                )  # fmt: skip
            return render_template("support/sent.html", code=ticket.code, email=ticket.email)
        except DomainError as error:
            form.refuse(error)
            status = error.status
    own = queries.of_member(member.id) if member else ()
    return render_template("support/ask.html", form=form, member=member, tickets=own), status


@bp.route("/destek/hesap", methods=["GET", "POST"])
@public
def account() -> ResponseReturnValue:
    """The door "hesabıma ulaşamıyorum": the same answer whoever asks, about whomever."""
    form = AccountForm()
    status = 200
    if form.validate_on_submit():
        try:
            hit("support-account", client_ip(), ACCOUNT_LIMIT)
            with transaction():
                ticket = services.ask_for_account(
                    name=form.name.data or "", tckn=form.tckn.data or "", email=form.email.data or "", body=form.body.data or "",
                    context={"page": "/destek/hesap", **_browser()}, language=language(), actor=current_actor(), now=clock.now(),
                )  # fmt: skip
            return render_template("support/sent.html", code=ticket.code, email=ticket.email)
        except DomainError as error:
            form.refuse(error)
            status = error.status
    form.tckn.data = None
    return render_template("support/account.html", form=form), status


@bp.route("/destek/<code>", methods=["GET", "POST"])
@member
def thread(code: str) -> ResponseReturnValue:
    """One of the person's own threads; a POST adds to it."""
    actor, form = current_actor(), WriteForm()
    ticket = services.own_ticket(actor, code)
    status = 200
    if form.validate_on_submit():
        try:
            hit("support", client_ip(), ASK_LIMIT)
            with transaction():
                services.write(code, form.body.data or "", actor=actor, now=clock.now())
            return redirect(url_for("support.thread", code=code), 303)
        except DomainError as error:
            form.refuse(error, "body")
            status = error.status
    return render_template("support/thread.html", ticket=ticket, form=form), status


def _browser() -> dict[str, str]:
    return {"browser": request.headers.get("User-Agent", ""), "language": language()}
