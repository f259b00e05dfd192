"""Staff pages of who somebody is: corrections, and help with the log-in."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.certificates.queries import names as names_of
from lms.core import clock
from lms.core.db import transaction
from lms.core.errors import DomainError, FieldErrors, Invalid, NotFound
from lms.identity import queries
from lms.identity.forms import GROUNDS, ClaimDecisionForm, DecisionForm, NameForm, TcknForm
from lms.identity.models import Correction
from lms.identity.rules import Decision
from lms.identity.services import access, corrections, disputes
from lms.membership.models import Member
from lms.web.access import current_actor, staff
from lms.web.downloads import attachment
from lms.web.messages import sentence

bp = Blueprint("identity_staff", __name__)
READERS = ("reviewer", "support", "manager", "auditor")
DECIDERS = ("reviewer", "manager")


@bp.get("/yonetim/adaylar/<code>/duzeltme")
@staff(*DECIDERS)
def correct(code: str) -> ResponseReturnValue:
    """What is on file, what a correction would do, and what was corrected before."""
    return _page(code, None, None, 200)


@bp.post("/yonetim/adaylar/<code>/duzeltme/ad")
@staff(*DECIDERS, fresh=True)
def correct_name(code: str) -> ResponseReturnValue:
    """R055: one person is enough."""
    form = NameForm(prefix="ad-")
    try:
        with transaction():
            row = corrections.correct_name(
                code,
                first_name=form.first_name.data or "",
                last_name=form.last_name.data or "",
                ground=form.ground.data or "",
                evidence=form.evidence.data or "",
                seen=form.seen.data or "",
                actor=current_actor(),
                now=clock.now(),
            )
    except NotFound:
        raise
    except DomainError as refused:
        form.refuse(refused, None if isinstance(refused, FieldErrors) else "last_name")
        return _page(code, form, None, refused.status)
    again = f" {row.reissued} sertifika yeniden düzenlendi." if row.reissued else ""
    flash(f"Ad soyad düzeltildi ve adaya bildirildi.{again}", "good")
    return redirect(url_for("identity_staff.correct", code=code), 303)


@bp.post("/yonetim/adaylar/<code>/duzeltme/tckn")
@staff(*DECIDERS, fresh=True)
def ask_tckn(code: str) -> ResponseReturnValue:
    """R115: the first of two persons."""
    form = TcknForm(prefix="no-")
    try:
        with transaction():
            corrections.ask_tckn(
                code,
                tckn=form.tckn.data or "",
                ground=form.ground.data or "",
                evidence=form.evidence.data or "",
                actor=current_actor(),
                now=clock.now(),
            )
    except NotFound:
        raise
    except DomainError as refused:
        form.refuse(refused, None if isinstance(refused, FieldErrors) else "tckn")
        return _page(code, None, form, refused.status)
    flash("Düzeltme istendi. Başka bir görevli onaylayana dek hiçbir şey değişmez.", "good")
    return redirect(url_for("identity_staff.correct", code=code), 303)


def _page(code: str, name: NameForm | None, tckn: TcknForm | None, status: int) -> ResponseReturnValue:
    member = corrections.candidate(code)
    rows = queries.of_member(member.id)
    page = render_template(
        "identity/correct.html",
        member=member,
        rows=rows,
        pending=next((row for row in rows if row.status == "requested"), None),
        certificates=queries.valid_certificates(member.id),
        name_form=name or _name_form(member),
        tckn_form=tckn or TcknForm(formdata=None, prefix="no-"),
        GROUNDS=GROUNDS,
    )
    return make_response(page, status)


def _name_form(member: Member) -> NameForm:
    return NameForm(
        formdata=None,
        prefix="ad-",
        seen=member.full_name,
        first_name=member.first_name,
        last_name=member.last_name,
    )


# --- the second person ------------------------------------------------------------------------------------------------


@bp.get("/yonetim/duzeltmeler")
@staff(*READERS)
def waiting() -> ResponseReturnValue:
    """Identity numbers that wait for a second person."""
    return make_response(render_template("identity/corrections.html", rows=queries.waiting(), GROUNDS=GROUNDS))


@bp.get("/yonetim/duzeltmeler/<code>")
@staff(*READERS)
def one(code: str) -> ResponseReturnValue:
    """One correction of a number, with what confirming it does."""
    return _one(code, DecisionForm(formdata=None), 200)


@bp.post("/yonetim/duzeltmeler/<code>")
@staff(*DECIDERS, fresh=True)
def decide(code: str) -> ResponseReturnValue:
    """Confirm or refuse."""
    form = DecisionForm()
    asked = {"onayla": Decision.CONFIRM, "reddet": Decision.REFUSE}.get(request.form.get("karar", ""))
    if asked is None:
        raise Invalid("bad_request")
    try:
        with transaction():
            corrections.decide_tckn(
                code, asked, form.note.data or "", actor=current_actor(), now=clock.now(), wall=clock.wall()
            )
    except NotFound:
        raise
    except DomainError as refused:
        form.refuse(refused)
        return _one(code, form, refused.status)
    flash(
        "Numara düzeltildi ve adaya bildirildi." if asked is Decision.CONFIRM else "Düzeltme uygun bulunmadı.", "good"
    )
    return redirect(url_for("identity_staff.one", code=code), 303)


def _one(code: str, form: DecisionForm, status: int) -> ResponseReturnValue:
    row: Correction | None = queries.correction(code)
    if row is None:
        raise NotFound
    actor = current_actor()
    page = render_template(
        "identity/correction.html",
        row=row,
        form=form,
        names=names_of([row.requested_by, row.decided_by]),
        certificates=queries.valid_certificates(row.member_id),
        may_decide=actor.role in DECIDERS and row.requested_by != actor.id,
        own=row.requested_by == actor.id,
        GROUNDS=GROUNDS,
    )
    return make_response(page, status)


# --- help with the log-in ---------------------------------------------------------------------------------------------


@bp.post("/yonetim/adaylar/<code>/sifre-baglantisi")
@staff("support", "reviewer", "manager")
def send_link(code: str) -> ResponseReturnValue:
    """A link for a new password to the address on file; nobody here learns or sets a password."""
    try:
        with transaction():
            access.send_link(code, actor=current_actor(), now=clock.now(), wall=clock.wall())
    except NotFound:
        raise
    except DomainError as refused:
        flash(sentence(refused.code, refused.params, "tr"), "warn")
    else:
        flash("Şifre belirleme bağlantısı adayın kayıtlı e-postasına gönderildi.", "good")
    return redirect(url_for("staff.candidate", code=code), 303)


@bp.post("/yonetim/adaylar/<code>/oturumlar")
@staff("support", "reviewer", "manager")
def end_sessions(code: str) -> ResponseReturnValue:
    """End all sessions of somebody who fears that another person is in their account."""
    with transaction():
        access.end_sessions(code, actor=current_actor(), now=clock.now(), wall=clock.wall())
    flash("Adayın bütün oturumları sonlandırıldı.", "good")
    return redirect(url_for("staff.candidate", code=code), 303)


# --- claims -----------------------------------------------------------------------------------------------------------


@bp.get("/yonetim/kimlik-itirazlari")
@staff(*DECIDERS, "auditor")
def disputes_waiting() -> ResponseReturnValue:
    """Claims that wait, the oldest first."""
    return make_response(render_template("identity/disputes.html", rows=queries.disputes("open", "proposed")))


@bp.get("/yonetim/kimlik-itirazlari/<code>")
@staff(*DECIDERS, "auditor")
def dispute(code: str) -> ResponseReturnValue:
    """One claim beside the account."""
    return _dispute(code, ClaimDecisionForm(formdata=None), 200)


@bp.get("/yonetim/kimlik-itirazlari/<code>/belge")
@staff(*DECIDERS)
def dispute_document(code: str) -> ResponseReturnValue:
    """The evidence, saved and never opened as a page of ours; that staff looked is recorded."""
    with transaction():
        row, data = disputes.open_document(code, actor=current_actor(), now=clock.now())
    return attachment(data, row.media_type or "application/pdf", row.file_label or "belge")


@bp.post("/yonetim/kimlik-itirazlari/<code>")
@staff(*DECIDERS, fresh=True)
def decide_dispute(code: str) -> ResponseReturnValue:
    """Propose, send back, refuse, move; freeze and thaw."""
    form = ClaimDecisionForm()
    act, actor, now = request.form.get("act", ""), current_actor(), clock.now()
    try:
        with transaction():
            if act in ("freeze", "thaw"):
                disputes.freeze(code, act == "freeze", form.reason.data or "", actor=actor, now=now, wall=clock.wall())
            else:
                disputes.decide(code, act, form.reason.data or "", actor=actor, now=now, wall=clock.wall())
    except NotFound:
        raise
    except DomainError as refused:
        form.refuse(refused, "reason" if refused.code == "correction.evidence" else None)
        return _dispute(code, form, refused.status)
    flash("Kaydedildi.", "good")
    return redirect(url_for("identity_staff.dispute", code=code), 303)


def _dispute(code: str, form: ClaimDecisionForm, status: int) -> ResponseReturnValue:
    row = queries.dispute(code)
    if row is None:
        raise NotFound
    actor = current_actor()
    page = render_template(
        "identity/dispute.html",
        row=row,
        form=form,
        names=names_of([row.proposed_by, row.decided_by]),
        own=row.proposed_by == actor.id,
        may_decide=actor.role in DECIDERS,
    )
    return make_response(page, status)
