"""Staff pages of the exams feature: requests to apply again (R099), what the answers say of the items (R093)."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.db import db, transaction
from lms.core.errors import DomainError, NotFound
from lms.exams.forms import AnnulForm, DecisionForm
from lms.exams.queries import attempts, reapplication, statistics
from lms.exams.rules.exam import Request
from lms.exams.services import items
from lms.exams.services import reapplication as services
from lms.exemptions.services.requests import urgencies, urgency_of
from lms.membership.models import Member
from lms.payments.services import acts as payments
from lms.questions.rules.statistics import ENOUGH, Flag
from lms.tariff import services as tariffs
from lms.terms.services import current_term
from lms.web.access import current_actor, staff
from lms.web.asked import page_number

bp = Blueprint("exams_staff", __name__, url_prefix="/yonetim/yeniden-basvuru")
items_bp = Blueprint("exams_items", __name__, url_prefix="/yonetim/sorular")
FLAGS = {
    Flag.EASY: ("çok kolay", "warn"),
    Flag.HARD: ("çok zor", "warn"),
    Flag.NEGATIVE: ("eksi ayırt edicilik", "bad"),
    Flag.WEAK: ("zayıf ayırt edicilik", ""),
    Flag.CHANGED: ("ani değişim", "bad"),
    Flag.DEAD_DISTRACTOR: ("seçilmeyen şık", ""),
}
SOURCES = {"form": "form", "mail": "e-posta", "staff": "görevli"}
READERS = ("editor", "manager", "auditor")


@bp.get("")
@staff("reviewer", "manager", "support", "auditor")
def requests() -> ResponseReturnValue:
    """The queue, the first whose window closes first, and what was decided."""
    asked, now = request.args.get("durum", ""), clock.now()
    status = asked if asked in list(Request) else Request.REQUESTED.value
    page = page_number()
    found = reapplication.requests_by_status(status, page=page)
    urgent = urgencies({row.application.term_code for row in found}, now)
    return render_template(
        "exams/staff_reapplications.html",
        rows=[(row, urgent[row.application.term_code]) for row in found],
        status=status,
        waiting=reapplication.count_requests(Request.REQUESTED.value),
        page=page,
        pages=max(1, -(-reapplication.count_requests(status) // reapplication.PAGE)),
        sources=SOURCES,
    )


@bp.get("/<code>")
@staff("reviewer", "manager", "support", "auditor")
def one(code: str) -> ResponseReturnValue:
    """One request beside its evidence."""
    return _page(code, DecisionForm(), 200)


@bp.post("/<code>")
@staff("reviewer", "manager")
def decide(code: str) -> ResponseReturnValue:
    """Approve, or reject with the reason that the candidate will read."""
    form = DecisionForm()
    if not form.validate_on_submit():
        return _page(code, form, 422)
    try:
        with transaction():
            services.decide_reapplication(
                code, request.form.get("act", ""), reason=form.reason.data or "", actor=current_actor(), now=clock.now()
            )
    except NotFound:
        raise
    except DomainError as refused:
        if refused.code == "reapplication.decided_by":
            raise
        form.refuse(refused, "reason" if refused.code == "reapplication.reason_missing" else None)
        return _page(code, form, refused.status)
    flash("Karar kaydedildi ve adaya bildirildi.", "success")
    return redirect(url_for("exams_staff.requests"), 303)


def _page(code: str, form: DecisionForm, status: int) -> ResponseReturnValue:
    asked = reapplication.request(code)
    if asked is None:
        raise NotFound
    application, actor = asked.application, current_actor()
    page = render_template(
        "exams/staff_reapplication.html",
        asked=asked, attempts=attempts.attempts_of_application(application.id), form=form,
        may_decide=actor.role in ("reviewer", "manager"), may_attach=actor.role == "manager", sources=SOURCES,
        exempt=services.exempt(application), urgency=urgency_of(current_term(application.term_code), clock.now()),
        window=reapplication.window(application),
        decider=db.session.get(Member, asked.decided_by) if asked.decided_by else None,
        duplicates=payments.duplicates(application.member_id, application.term_code),
    )  # fmt: skip
    return make_response(page, status)


@items_bp.get("")
@staff(*READERS)
def item_list() -> ResponseReturnValue:
    """Every question with its facility, discrimination and flags; the same as a chart."""
    topic, flag = request.args.get("konu", ""), request.args.get("isaret", "")
    every = [one for one in statistics.counted() if one.version.superseded_at is None]
    rows = [one for one in every if topic in ("", one.version.question.topic) and (not flag or flag in one.flags)]
    rows.sort(key=lambda one: (not one.flags, not one.sums.papers))  # what needs a look first, then by code
    return render_template(
        "exams/staff_items.html",
        rows=rows, every=every, topic=topic, flag=flag, FLAGS=FLAGS, ENOUGH=ENOUGH,
        topics=sorted({one.version.question.topic for one in every}),
        counted_at=max((one.counted_at for one in every if one.counted_at), default=None),
    )  # fmt: skip


@items_bp.get("/<code>")
@staff(*READERS)
def item(code: str) -> ResponseReturnValue:
    """One wording of a question (?surum=, else the newest): what was chosen, and what annulling it would change."""
    return _item_page(code, AnnulForm(), 200, request.args.get("surum", type=int))


@items_bp.post("/<code>/iptal")
@staff("manager", fresh=True)
def annul(code: str) -> ResponseReturnValue:
    """R093: take a wording out, with the reason; everybody who met it is regraded."""
    form = AnnulForm()
    version = request.form.get("version", type=int) or 0
    if not any(one.version.id == version for one in statistics.counted(code=code)):
        raise NotFound
    if not form.validate_on_submit():
        return _item_page(code, form, 422, version)
    try:
        with transaction():
            done = items.annul(version, reason=form.reason.data or "", actor=current_actor(), now=clock.now())
    except DomainError as refused:
        form.refuse(refused, "reason" if refused.code == "item.reason" else None)
        return _item_page(code, form, refused.status, version)
    flash(f"Soru iptal edildi: {done.attempts} sınavın puanı yükseldi, {done.passes} sınav başarılı oldu.", "success")
    return redirect(url_for("exams_items.item", code=code, surum=version), 303)


def _item_page(code: str, form: AnnulForm, status: int, wanted: int | None) -> ResponseReturnValue:
    versions = statistics.counted(code=code)
    shown = next((one for one in versions if wanted in (None, one.version.id)), None)
    if shown is None:
        raise NotFound
    page = render_template(
        "exams/staff_item.html",
        versions=versions, shown=shown, form=form, FLAGS=FLAGS, ENOUGH=ENOUGH,
        preview=items.preview(shown.version.id) if shown.annulment is None else None,
        may_annul=current_actor().role == "manager", catalogue=tariffs.catalogue(),
    )  # fmt: skip
    return make_response(page, status)
