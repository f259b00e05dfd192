"""Pages of support: the form for everybody, the list for staff."""

from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.db import transaction
from lms.core.errors import DomainError, NotFound
from lms.membership import queries as people
from lms.support import queries, services
from lms.support.forms import AnswerForm, TicketForm
from lms.web.access import client_ip, current_actor, public, staff
from lms.web.i18n import language
from lms.web.throttle import hit

bp = Blueprint("support", __name__)
ASK_LIMIT = "10/hour"
"""Questions from one address, by page and API together: each is acknowledged by mail."""
_LISTS = {"acik": "open", "yanitlanan": "answered", "kapanan": "closed"}


@bp.route("/destek", methods=["GET", "POST"])
@public
def ask() -> ResponseReturnValue:
    """R112: ask a question, logged in or not."""
    actor = current_actor()
    member = people.member_by_code(actor.code) if actor.code else None
    form = TicketForm(page=urlsplit(request.referrer or "").path)
    status = 200
    if form.validate_on_submit():
        try:
            hit("support", client_ip(), ASK_LIMIT)
            with transaction():
                ticket = services.open_ticket(
                    subject=form.subject.data or "", body=form.body.data or "", email=form.email.data or "",
                    context={
                        "page": form.page.data or "", "browser": request.headers.get("User-Agent", ""), "language": language(),
                    },
                    language=language(), actor=actor, now=clock.now(),
                )  # fmt: skip
            return render_template("support/sent.html", ticket=ticket)
        except DomainError as error:
            form.refuse(error)
            status = error.status
    own = queries.of_member(member.id) if member else ()
    return render_template("support/ask.html", form=form, member=member, tickets=own), status


@bp.get("/yonetim/destek")
@staff("support", "manager", "auditor")
def desk() -> ResponseReturnValue:
    """The list: open ones first come first served."""
    chosen = request.args.get("liste", "acik")
    tickets = queries.with_status(_LISTS.get(chosen, "open"))
    return render_template("support/desk.html", tickets=tickets, chosen=chosen if chosen in _LISTS else "acik")


@bp.route("/yonetim/destek/<code>", methods=["GET", "POST"])
@staff("support", "manager")
def ticket(code: str) -> ResponseReturnValue:
    """One ticket with its context; a POST sends the answer."""
    found = queries.by_code(code)
    if found is None:
        raise NotFound
    form = AnswerForm()
    status = 200
    if form.validate_on_submit():
        try:
            with transaction():
                services.answer(code, form.answer.data or "", actor=current_actor(), now=clock.now())
            flash("Yanıt e-posta ile gönderiliyor.", "success")
            return redirect(url_for("support.desk"))
        except DomainError as error:
            form.refuse(error, "answer")
            status = error.status
    return render_template("support/ticket.html", ticket=found, form=form), status


@bp.post("/yonetim/destek/<code>/kapat")
@staff("support", "manager")
def close(code: str) -> ResponseReturnValue:
    with transaction():
        services.close(code, actor=current_actor(), now=clock.now())
    flash("Talep kapatıldı.", "success")
    return redirect(url_for("support.desk"))
