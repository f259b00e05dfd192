"""Staff pages of certificates: find one, ask for its revocation, decide on somebody else's request (R114)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.certificates import queries
from lms.certificates.forms import GROUNDS, DecisionForm, RevocationForm
from lms.certificates.rules import Decision
from lms.certificates.services import revocation as services
from lms.core import clock
from lms.core.codes import format_code
from lms.core.db import transaction
from lms.core.errors import DomainError, Invalid, NotFound
from lms.web.access import current_actor, staff

bp = Blueprint("certificates_staff", __name__, url_prefix="/yonetim/sertifikalar")

_READERS = ("reviewer", "manager", "support", "auditor")
_DECIDERS = ("reviewer", "manager")
_FIELD_OF = {
    "certificate.ground_missing": "ground",
    "certificate.reason_short": "reason",
    "certificate.reason_long": "reason",
}


@bp.get("")
@staff(*_READERS)
def listing() -> ResponseReturnValue:
    """What waits for a second person, and a search by number, code or name."""
    text = request.args.get("ara", "")[:100]
    waiting = queries.waiting()
    return render_template(
        "certificates/staff_list.html",
        text=text,
        rows=queries.search(text),
        waiting=waiting,
        grounds=GROUNDS,
        names=queries.names(row.requested_by for row in waiting),
    )


@bp.get("/<certificate_id>")
@staff(*_READERS)
def one(certificate_id: str) -> ResponseReturnValue:
    """One certificate with everything that was asked and decided about it."""
    return _page(certificate_id, RevocationForm(), DecisionForm())


@bp.post("/<certificate_id>/iptal")
@staff(*_DECIDERS)
def ask_revocation(certificate_id: str) -> ResponseReturnValue:
    """The first pair of eyes."""
    form = RevocationForm()
    try:
        with transaction():
            services.request_revocation(
                certificate_id, form.ground.data or "", form.reason.data or "", actor=current_actor(), now=clock.now()
            )
    except Invalid as refusal:
        form.refuse(refusal, _FIELD_OF.get(refusal.code))
        return _page(certificate_id, form, DecisionForm()), 422
    flash("İptal isteği kaydedildi. Başka bir görevli onaylayana dek sertifika geçerli kalır.", "good")
    return redirect(url_for("certificates_staff.one", certificate_id=certificate_id), 303)


@bp.post("/<certificate_id>/iptal/<code>")
@staff(*_DECIDERS)
def decide(certificate_id: str, code: str) -> ResponseReturnValue:
    """The second pair of eyes: confirm or refuse."""
    form = DecisionForm()
    confirmed = request.form.get("karar") == "onayla"
    if not confirmed and request.form.get("karar") != "reddet":
        raise Invalid("bad_request")
    try:
        with transaction():
            services.decide_revocation(
                code,
                Decision.CONFIRM if confirmed else Decision.REFUSE,
                form.note.data or "",
                actor=current_actor(),
                now=clock.now(),
            )
    except NotFound:
        raise
    except DomainError as refusal:
        form.refuse(refusal)
        return _page(certificate_id, RevocationForm(formdata=None), form), refusal.status
    flash("Sertifika iptal edildi." if confirmed else "İptal isteği uygun bulunmadı; sertifika geçerli.", "good")
    return redirect(url_for("certificates_staff.one", certificate_id=certificate_id), 303)


def _page(certificate_id: str, form: RevocationForm, decision: DecisionForm) -> str:
    certificate = queries.current(certificate_id)
    if certificate is None:
        raise NotFound
    asked = queries.revocations_of(certificate.id)
    actor = current_actor()
    return render_template(
        "certificates/staff_one.html",
        certificate=certificate,
        id=certificate_id,
        code=format_code(certificate.code),
        revocations=asked,
        pending=next((row for row in asked if row.status == "requested"), None),
        names=queries.names([row.requested_by for row in asked] + [row.decided_by for row in asked]),
        grounds=GROUNDS,
        looked_up=queries.looked_up(certificate.id),
        form=form,
        decision=decision,
        may_decide=actor.role in _DECIDERS,
        own_key=actor.id,
    )
