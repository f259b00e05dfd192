"""The staff desk: queues, search, the candidate page. Decisions stand at their features' own pages."""

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.certificates import queries as certificates
from lms.core import clock
from lms.core.access import STAFF_ROLES
from lms.core.db import transaction
from lms.core.errors import DomainError, FieldErrors, NotFound
from lms.exemptions.forms import RELATION_LABELS
from lms.exemptions.rules import Status
from lms.exemptions.services import requests as exemptions
from lms.exemptions.services import review
from lms.membership.forms import ROLE_NAMES
from lms.register import services as register
from lms.reports.staff_views import queues
from lms.staff import evidence, queries, rules, services, timeline
from lms.staff.forms import SearchForm, WholeEvidenceForm
from lms.web.access import current_actor, staff
from lms.web.downloads import attachment
from lms.web.messages import sentence
from lms.web.navigation import open_to

bp = Blueprint("staff", __name__)
_LOOKERS = ("reviewer", "accountant", "support", "manager", "auditor")
MOST_PAGES = 200


@bp.app_template_filter("age")
def age(since: datetime) -> str:
    """How long something waits, for a table of the desk."""
    return rules.age(since, clock.now())


@bp.get("/yonetim")
@staff(*STAFF_ROLES)
def desk() -> str:
    """What waits, oldest and soonest first."""
    actor, now = current_actor(), clock.now()
    return render_template(
        "staff/desk.html",
        queues=queues.lines(actor, now),
        form=SearchForm(formdata=None) if actor.role in _LOOKERS else None,
        urgent=review.queue([Status.REQUESTED], now, size=8)
        if actor.role in ("reviewer", "manager", "auditor")
        else [],
        relations=RELATION_LABELS,
        role=ROLE_NAMES.get(actor.role or "", ""),
        today=now,
    )


@bp.get("/yonetim/adaylar")
@staff(*_LOOKERS)
def candidates() -> str:
    """The search, empty."""
    recent = queries.recently_seen(current_actor().code)
    return render_template("staff/search.html", form=SearchForm(formdata=None), found=None, recent=recent)


@bp.post("/yonetim/adaylar")
@staff(*_LOOKERS)
def search() -> ResponseReturnValue:
    """Find a candidate. One hit leads to the page at once; what was typed never enters an address."""
    form = SearchForm()
    if not form.validate_on_submit():
        return render_template("staff/search.html", form=form, found=None), 422
    try:
        found = services.search(form.q.data or "", min(max(1, request.form.get("sayfa", 1, type=int)), MOST_PAGES))
    except DomainError as error:
        form.refuse(error, "q")
        return render_template("staff/search.html", form=form, found=None), error.status
    if found.only is not None:
        return redirect(url_for("staff.candidate", code=found.only.code), 303)
    return render_template("staff/search.html", form=form, found=found)


@bp.get("/yonetim/adaylar/<code>")
@staff(*_LOOKERS)
def candidate(code: str) -> str:
    """A candidate's journey so far."""
    return _candidate(code)


@bp.post("/yonetim/adaylar/<code>/tckn")
@staff("reviewer", "support", "manager")
def tckn(code: str) -> str:
    """The whole identity number, once, on record."""
    with transaction():
        number = services.reveal_tckn(code, actor=current_actor(), now=clock.now())
    return _candidate(code, number)


def _candidate(code: str, number: str | None = None) -> str:
    actor, now = current_actor(), clock.now()
    with transaction():  # the one thing a GET stores here: who looked
        dossier = services.dossier(code, actor=actor, now=now)
    kind, step = request.args.get("tur", ""), dossier.next
    happened = timeline.events(dossier)
    return render_template(
        "staff/candidate.html",
        dossier=dossier,
        step=step,
        step_title=sentence(f"next.{step.code}", step.shown, "tr") if step else "",
        step_text=sentence(f"next.{step.code}.text", step.shown, "tr") if step else "",
        events=timeline.chosen(happened, kind),
        kinds={one: name for one, name in timeline.LABELS.items() if any(event.kind is one for event in happened)},
        kind=kind if kind in set(timeline.Kind) else "",
        tckn=number,
        leave_for=register.awaiting_leave(dossier.member.tckn_index) if actor.role == "manager" else [],
        may_reveal=actor.role in ("reviewer", "support", "manager"),
        may_review=open_to("/yonetim/muafiyet", actor),
        relations=RELATION_LABELS,
        exemption_status=exemptions.status_of,
        notes=timeline.NOTES,
        roles=ROLE_NAMES,
    )


@bp.get("/yonetim/odemeler")
@staff("accountant", "manager", "auditor")
def payments() -> str:
    """Payments that need a look: second ones, too small ones, those from outside the window (R014, R022-R024)."""
    note = request.args.get("not")
    chosen = note if note in timeline.NOTES else None
    rows = queries.payments_with_note(chosen, reviewed=note == "bakilan")
    return render_template(
        "staff/payments.html", rows=rows, notes=timeline.NOTES, chosen="bakilan" if note == "bakilan" else chosen
    )


@bp.get("/yonetim/sertifikalar/<certificate_id>/dosya.zip")
@staff("manager", "auditor")
def evidence_file(certificate_id: str) -> Response:
    """Everything that proves a certificate, in one file; that it was taken is recorded."""
    with transaction():
        name, data = evidence.file_of(certificate_id, _evidence_page, actor=current_actor(), now=clock.now())
    return attachment(data, "application/zip", name)


@bp.get("/yonetim/sertifikalar/<certificate_id>/acik-dosya")
@staff("manager")
def whole_evidence(certificate_id: str) -> ResponseReturnValue:
    """Asked before the same file leaves with the whole identity number."""
    return _whole_evidence(certificate_id, WholeEvidenceForm(formdata=None)), 200


@bp.post("/yonetim/sertifikalar/<certificate_id>/acik-dosya")
@staff("manager", fresh=True)
def whole_evidence_file(certificate_id: str) -> ResponseReturnValue:
    """The file for a court or an authority, for the reason given."""
    form = WholeEvidenceForm()
    try:
        asked = evidence.Asked.read(form.recipient.data or "", form.reference.data or "", form.reason.data or "")
        with transaction():
            name, data = evidence.file_of(
                certificate_id, _evidence_page, asked=asked, actor=current_actor(), now=clock.now()
            )
    except FieldErrors as refused:
        form.refuse(refused)
        return _whole_evidence(certificate_id, form), refused.status
    return attachment(data, "application/zip", name)


def _whole_evidence(certificate_id: str, form: WholeEvidenceForm) -> str:
    certificate = certificates.current(certificate_id)
    if certificate is None:
        raise NotFound
    return render_template("staff/whole_evidence.html", certificate=certificate, form=form)


def _evidence_page(facts: dict[str, Any]) -> str:
    return render_template("staff/evidence.html", **facts)
