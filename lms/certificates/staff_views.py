"""Staff pages of certificates: find one, ask that an application with its certificate be invalid, decide on somebody
else's request (R114)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.certificates import queries
from lms.certificates.forms import GROUNDS, DecisionForm, InformedForm, RevocationForm
from lms.certificates.rules import Decision
from lms.certificates.services import revocation as services
from lms.core import clock
from lms.core.codes import format_code
from lms.core.db import transaction
from lms.core.errors import DomainError, Invalid, NotFound
from lms.exams.queries.attempts import any_overviews
from lms.web.access import current_actor, staff

bp = Blueprint("certificates_staff", __name__, url_prefix="/yonetim/sertifikalar")

_READERS = ("reviewer", "manager", "support", "auditor")
_DECIDERS = ("reviewer", "manager")
_FIELD_OF = {
    "certificate.ground_missing": "ground",
    "certificate.reason_short": "reason",
    "certificate.reason_long": "reason",
    "certificate.reference": "reference",
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
    """One application with its certificate, if there is one, and everything that was asked and decided about it."""
    return _page(certificate_id, RevocationForm())


@bp.post("/<certificate_id>/iptal")
@staff(*_DECIDERS, fresh=True)
def ask_revocation(certificate_id: str) -> ResponseReturnValue:
    """The first pair of eyes."""
    form = RevocationForm()
    try:
        with transaction():
            services.request_revocation(
                certificate_id, form.ground.data or "", form.reason.data or "", actor=current_actor(), now=clock.now()
            )
    except NotFound:
        raise
    except DomainError as refusal:
        form.refuse(refusal, _FIELD_OF.get(refusal.code))
        return _page(certificate_id, form), refusal.status
    flash("İstek kaydedildi. Başka bir görevli onaylayana dek hiçbir şey değişmez.", "good")
    return redirect(url_for("certificates_staff.one", certificate_id=certificate_id), 303)


@bp.post("/<certificate_id>/iptal/<code>")
@staff(*_DECIDERS, fresh=True)
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
    flash(
        "İptal onaylandı ve adaya bildirildi." if confirmed else "İstek uygun bulunmadı; hiçbir şey değişmedi.", "good"
    )
    return redirect(url_for("certificates_staff.one", certificate_id=certificate_id), 303)


@bp.post("/<certificate_id>/iptal/<code>/bildirim")
@staff(*_DECIDERS)
def informed(certificate_id: str, code: str) -> ResponseReturnValue:
    """That SEDDK and ÖRYM were told."""
    form = InformedForm()
    try:
        with transaction():
            services.note_informed(code, form.reference.data or "", actor=current_actor(), now=clock.now())
    except NotFound:
        raise
    except DomainError as refusal:
        form.refuse(refusal, _FIELD_OF.get(refusal.code))
        return _page(certificate_id, RevocationForm(formdata=None), informed=form), refusal.status
    flash("SEDDK ve ÖRYM’ye bildirildiği kaydedildi.", "good")
    return redirect(url_for("certificates_staff.one", certificate_id=certificate_id), 303)


def _page(
    certificate_id: str,
    form: RevocationForm,
    decision: DecisionForm | None = None,
    *,
    informed: InformedForm | None = None,
) -> str:
    application = queries.application(certificate_id)
    if application is None:
        raise NotFound
    certificate = queries.current(certificate_id)
    asked = queries.revocations_of(application.id)
    actor = current_actor()
    return render_template(
        "certificates/staff_one.html",
        app=application,
        certificate=certificate,
        overview=any_overviews(now=clock.now(), code=certificate_id)[0],
        id=certificate_id,
        code=format_code(certificate.code) if certificate else None,
        revocations=asked,
        pending=next((row for row in asked if row.status == "requested"), None),
        confirmed=next((row for row in asked if row.status == "confirmed"), None),
        names=queries.names([row.requested_by for row in asked] + [row.decided_by for row in asked]),
        grounds=GROUNDS,
        looked_up=queries.looked_up(certificate.id) if certificate else None,
        form=form,
        decision=decision or DecisionForm(formdata=None),
        informed=informed or InformedForm(formdata=None),
        may_decide=actor.role in _DECIDERS,
        own_key=actor.id,
    )
