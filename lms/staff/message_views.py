"""Mail and SMS at the desk: what was lost, what waits, what one address got; sending again."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SearchField
from wtforms.validators import InputRequired, Length

from lms.core import clock
from lms.core.db import transaction
from lms.core.errors import DomainError, Invalid
from lms.membership.rules import identity
from lms.notifications import queries as notifications
from lms.notifications import rendering
from lms.notifications.models import OutboxMessage
from lms.staff import queries, services
from lms.web.access import current_actor, staff
from lms.web.asked import page_number
from lms.web.forms import Form
from lms.web.messages import sentence

bp = Blueprint("staff_messages", __name__, url_prefix="/yonetim/iletiler")
_READERS = ("support", "manager", "auditor")
_LISTS = {"gonderilemeyen": notifications.failed, "bekleyen": notifications.waiting_ones}


@dataclass(frozen=True, slots=True)
class Refused:
    """An act on one message that was refused, why, and what was typed."""

    message: str
    sentence: str
    typed: str


bp.add_app_template_filter(rendering.trouble, "trouble")


class AddressForm(Form):
    """Sent by POST: an address of a person must not stand in an address of ours."""

    q = SearchField(
        "E-posta adresi ya da cep telefonu", [InputRequired("Adresi ya da numarayı yazın."), Length(max=254)]
    )


@bp.get("")
@staff(*_READERS)
def listing() -> str:
    """What will not leave any more or came back; or what still waits."""
    chosen = request.args.get("liste", "gonderilemeyen")
    chosen = chosen if chosen in _LISTS else "gonderilemeyen"
    return _listing(chosen)


def _listing(chosen: str, refused: Refused | None = None) -> str:
    number = page_number()
    return _page(_LISTS[chosen](number), chosen, AddressForm(formdata=None), number, refused)


@bp.post("")
@staff(*_READERS)
def search() -> ResponseReturnValue:
    """What one address got, and what became of it."""
    form = AddressForm()
    if not form.validate_on_submit():
        return _page([], "ara", form), 422
    typed = form.q.data or ""
    try:
        address = identity.email(typed) if "@" in typed else identity.mobile(typed)
    except Invalid as error:
        form.refuse(error, "q")
        return _page([], "ara", form), error.status
    return _page(notifications.to_address(address), "ara", form)


@bp.post("/<message>/yeniden")
@staff("support", "manager")
def again(message: str) -> ResponseReturnValue:
    """Try a lost message anew, to the address it had or to the one the person has now."""
    with transaction():
        row = services.send_again(message, to_current="simdiki" in request.form, actor=current_actor(), now=clock.now())
    flash(f"{row.recipient}: ileti yeniden gönderime alındı.", "good")
    return redirect(url_for("staff_messages.listing"), 303)


@bp.post("/<message>/kapat")
@staff("support", "manager")
def settle(message: str) -> ResponseReturnValue:
    """A lost message is done with, for the reason given."""
    reason = request.form.get("gerekce", "")
    try:
        with transaction():
            row = services.settle(message, reason, actor=current_actor(), now=clock.now())
    except DomainError as error:
        said = sentence(error.code, error.params, "tr")
        return _listing("gonderilemeyen", Refused(message, said, reason)), error.status
    flash(f"{row.recipient}: ileti sonuçlandırıldı.", "good")
    return redirect(url_for("staff_messages.listing"), 303)


def _page(
    rows: Sequence[OutboxMessage], chosen: str, form: AddressForm, number: int = 1, refused: Refused | None = None
) -> str:
    owners = queries.people_by_code([row.member_code for row in rows if row.member_code])
    counts = notifications.counts()
    total = {"gonderilemeyen": counts[0], "bekleyen": counts[1]}.get(chosen, 0)
    return render_template(
        "staff/messages.html",
        rows=rows,
        owners=owners,
        names={name: rendering.subject(name) for name in {row.template for row in rows}},
        chosen=chosen,
        form=form,
        counts=counts,
        page=number,
        pages=max(1, -(-total // notifications.PAGE)),
        refused=refused,
        may_send=current_actor().role in ("support", "manager"),
        now=clock.now(),
    )
