"""The office's side of personal data: requests with their 30 days, disclosures, the audit trail, the inventory."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.audit import queries as trail
from lms.audit.rules import Basis, Fact, Recipient
from lms.core import clock
from lms.core.calendar import instant
from lms.core.db import db, transaction
from lms.core.errors import DomainError, NotFound
from lms.membership.models import Member
from lms.membership.queries import member_by_code
from lms.privacy import queries
from lms.privacy.forms import KIND_NAMES, OUTCOME_NAMES, REASON_NAMES, DecisionForm, EnterForm, TrailForm
from lms.privacy.loader import policy
from lms.privacy.models import PrivacyRequest
from lms.privacy.rendering import category_name
from lms.privacy.rules.requests import SOON_DAYS, Kind, days_left, due_on, reasons
from lms.privacy.rules.words import SUBJECTS, detail_name, spoken
from lms.privacy.services import inventory, requests
from lms.web.access import current_actor, staff
from lms.web.asked import page_number, whole_number
from lms.web.downloads import attachment
from lms.web.forms import choices
from lms.web.writing import moment

bp = Blueprint("privacy_staff", __name__, url_prefix="/yonetim")
_LISTS = ("bekleyen", "yanitlanan")
_PAGE = 25


@bp.get("/kvkk")
@staff("reviewer", "manager", "auditor")
def queue() -> str:
    """Requests about personal data, the least time left first."""
    chosen = request.args.get("liste", "bekleyen")
    chosen = chosen if chosen in _LISTS else "bekleyen"
    page = page_number()
    rows = queries.open_requests(page) if chosen == "bekleyen" else queries.answered_requests(page)
    now = clock.now()
    return render_template(
        "privacy/queue.html",
        rows=[(row, days_left(row.asked_at, now)) for row in rows[: queries.PAGE]],
        chosen=chosen,
        counts=dict(zip(_LISTS, queries.counts(), strict=True)),
        page=page,
        more=len(rows) > queries.PAGE,
        soon=SOON_DAYS,
        kinds=KIND_NAMES,
        outcomes=OUTCOME_NAMES,
    )


@bp.get("/kvkk/<code>")
@staff("reviewer", "manager", "auditor")
def review(code: str) -> str:
    """One request with what an answer would do."""
    return _review(requests.for_review(code), DecisionForm(formdata=None))


@bp.post("/kvkk/<code>")
@staff("reviewer", "manager", fresh=True)
def decide(code: str) -> ResponseReturnValue:
    """KVKK m.13: answer once, with a reason."""
    form = DecisionForm()
    if not form.validate_on_submit():
        return _review(requests.for_review(code), form), 422
    try:
        with transaction():
            row = requests.decide(
                code, outcome=form.outcome.data or "", reason=form.reason.data or "", answer=form.answer.data or "",
                actor=current_actor(), now=clock.now(), wall=clock.wall(),
            )  # fmt: skip
    except DomainError as error:
        if error.code == "privacy.decided_by":
            raise
        form.refuse(error, _FIELDS.get(error.code))
        return _review(requests.for_review(code), form), error.status
    flash(f"Talep {row.code} yanıtlandı; yanıt e-posta ile gönderiliyor.", "good")
    return redirect(url_for("privacy_staff.queue"), 303)


@bp.get("/adaylar/<code>/kvkk")
@staff("reviewer", "support", "manager")
def enter_form(code: str) -> str:
    """The form for a request that came by letter or mail."""
    return _enter(_person(code), EnterForm(formdata=None))


@bp.post("/adaylar/<code>/kvkk")
@staff("reviewer", "support", "manager")
def enter(code: str) -> ResponseReturnValue:
    """KVKK m.13: take in a request of that kind; its 30 days began when it arrived."""
    person, form = _person(code), EnterForm()
    if not form.validate_on_submit() or form.arrived.data is None:
        return _enter(person, form), 422
    try:
        with transaction():
            row = requests.ask(
                form.kind.data or "", form.body.data or "", source=form.source.data or "", member=person,
                at=instant(form.arrived.data), actor=current_actor(), now=clock.now(),
            )  # fmt: skip
    except DomainError as error:
        form.refuse(error, "arrived" if error.code == "privacy.arrived" else None)
        return _enter(person, form), error.status
    flash(f"Talep {row.code} kaydedildi; kişiye bildirildi.", "good")
    return redirect(url_for("staff.candidate", code=code), 303)


def _person(code: str) -> Member:
    person = member_by_code(code)
    if person is None or person.staff_role is not None:
        raise NotFound
    return person


def _enter(person: Member, form: EnterForm) -> str:
    return render_template("privacy/enter.html", person=person, form=form)


_FIELDS = {
    "privacy.answer": "answer", "privacy.reason": "reason",
    **dict.fromkeys(("privacy.keeps", "privacy.keeps_nothing", "privacy.running", "privacy.claimed", "privacy.others"), "outcome"),
}  # fmt: skip


def _review(row: PrivacyRequest, form: DecisionForm) -> str:
    now = clock.now()
    may_decide = current_actor().role in ("reviewer", "manager") and row.outcome is None
    fitting = reasons(Kind(row.kind))
    form.reason.choices = choices([("", "Seçin"), *((one, REASON_NAMES[one]) for one in fitting)])
    return render_template(
        "privacy/review.html",
        row=row,
        left=days_left(row.asked_at, now),
        due=due_on(row.asked_at),
        soon=SOON_DAYS,
        form=form if may_decide else None,
        kept=requests.stays(row, now) if row.outcome is None else [],
        attempt=next((one for one in queries.finished_attempts(row.member_id) if one.code == row.subject_code), None),
        decider=db.session.get(Member, row.decided_by) if row.decided_by else None,
        kinds=KIND_NAMES,
        outcomes=OUTCOME_NAMES,
        reasons=REASON_NAMES,
    )


@bp.get("/aktarimlar")
@staff("manager", "auditor")
def disclosures() -> str:
    """R063: what left the institution, to whom, on what basis; by recipient or person."""
    recipient, subject = request.args.get("alici", ""), request.args.get("kisi", "").strip()
    rows = trail.disclosures(
        recipient=recipient if recipient in set(Recipient) else None,
        subject=subject or None,
        before=whole_number("once") or None,
        limit=_PAGE + 1,
    )
    return render_template(
        "privacy/disclosures.html",
        rows=rows[:_PAGE],
        more=len(rows) > _PAGE,
        people=queries.people({row.subject_code for row in rows}),
        recipient=recipient,
        subject=subject,
        words={"recipient": Recipient, "basis": Basis, "fact": Fact},
    )


@bp.get("/denetim")
@staff("manager", "auditor")
def audit_trail() -> ResponseReturnValue:
    """The trail, newest first, by act, who acted, what it was about, and when; and how far it is sealed."""
    form = TrailForm(request.args)
    ok = form.validate()
    wanted = trail.Wanted(
        act=form.act.data or None,
        actor=(form.actor.data or "").strip() or None,
        subject=(form.subject.data or "").strip() or None,
        since=instant(form.since.data) if form.since.data else None,
        until=instant(form.until.data + timedelta(days=1)) if form.until.data else None,
    )
    rows = trail.search(wanted, before=whole_number("once") or None, limit=_PAGE + 1) if ok else []
    shown = rows[:_PAGE]
    page = render_template(
        "privacy/trail.html",
        subjects=SUBJECTS,
        detail_name=detail_name,
        detail=detail,
        form=form,
        rows=[(row, trail.text(row)) for row in shown],
        more=len(rows) > _PAGE,
        people=queries.people({code for row in shown for code in (row.actor_code, row.subject_code)}),
        filters={key: value for key, value in request.args.items() if key != "once" and value},
        seal=trail.last_seal(),
        unsealed=trail.unsealed(),
    )
    return page, 200 if ok else 422


@bp.get("/veri-envanteri")
@staff("manager", "auditor")
def data_inventory() -> str:
    """What is held, why, for how long, and the latest destructions."""
    classes, holdings = policy()
    return render_template(
        "privacy/inventory.html",
        classes=classes.values(),
        holdings=sorted((one for one in holdings.values() if one.personal), key=lambda one: one.purpose),
        retention=classes,
        category_name=category_name,
        destructions=queries.destructions(),
    )


@bp.get("/veri-envanteri.csv")
@staff("manager", "auditor")
def inventory_file() -> Response:
    """The inventory for a spreadsheet."""
    lines: Sequence[Any] = inventory.inventory()
    out = io.StringIO()
    table = csv.writer(out, delimiter=";")
    table.writerow(asdict(lines[0]))
    table.writerows(asdict(line).values() for line in lines)
    return attachment(("\ufeff" + out.getvalue()).encode(), "text/csv", f"veri-envanteri-{_day(clock.now())}.csv")


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


def detail(value: object) -> str:
    """What a row of the trail carries, for staff: instants in Istanbul's civil time."""
    return spoken(value, lambda at: moment(at, "tr", weekday=False))
