"""The accountant's pages: a payment that gave no right, and the bank's files of branch payments."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.db import transaction
from lms.core.errors import Conflict, DomainError
from lms.payments import queries
from lms.payments.formats import MOST_BYTES
from lms.payments.forms import AttachForm, BranchDecisionForm, BranchFileForm, ReviewForm
from lms.payments.models import Payment
from lms.payments.services import acts, branch, settling
from lms.terms.rules import Channel
from lms.web.access import current_actor, staff
from lms.web.asked import page_number
from lms.web.uploads import takes

bp = Blueprint("payments_staff", __name__, url_prefix="/yonetim")
_READERS = ("accountant", "manager", "auditor")
_DECIDERS = ("accountant", "manager")


@bp.get("/odemeler/<code>/say")
@staff(*_READERS)
def noted(code: str) -> str:
    """D-4: a payment that gave no right, and whether an approved application could take it."""
    return _page(code)


@bp.post("/odemeler/<code>/say")
@staff(*_DECIDERS, fresh=True)
def attach(code: str) -> ResponseReturnValue:
    """D-4: let it count, with the reason."""
    form = AttachForm()
    if not form.validate_on_submit():
        return _page(code, form), 422
    try:
        with transaction():
            acts.attach(code, reason=form.reason.data or "", actor=current_actor(), now=clock.now())
    except Conflict:
        raise
    except DomainError as error:
        form.refuse(error, "reason")
        return _page(code, form), error.status
    flash("Ödeme yeniden başvuruya sayıldı; aday formu doldurabilir.", "good")
    return redirect(url_for("payments_staff.noted", code=code), 303)


@bp.post("/odemeler/<code>/bakildi")
@staff(*_DECIDERS)
def review(code: str) -> ResponseReturnValue:
    """R018: say what was done about it."""
    return _decided(code, acts.review, "Kaydedildi; ödeme listeden çıktı.", url_for("staff.payments"))


@bp.post("/odemeler/<code>/tamam")
@staff(*_DECIDERS, fresh=True)
def complete(code: str) -> ResponseReturnValue:
    """R024: let a payment that was too low count as whole."""
    there = url_for("payments_staff.noted", code=code)
    return _decided(code, acts.complete, "Ödeme tamamlanmış sayıldı; ödeyene yazıldı.", there)


def _decided(code: str, act: Callable[..., Payment], told: str, there: str) -> ResponseReturnValue:
    form = ReviewForm()
    if not form.validate_on_submit():
        return _page(code, review_form=form), 422
    try:
        with transaction():
            act(code, reason=form.done.data or "", actor=current_actor(), now=clock.now())
    except Conflict:
        raise
    except DomainError as error:
        form.refuse(error, "done")
        return _page(code, review_form=form), error.status
    flash(told, "good")
    return redirect(there, 303)


def _page(code: str, form: AttachForm | None = None, review_form: ReviewForm | None = None) -> str:
    payment, now = acts.noted(code), clock.now()
    ordinal, refused = None, None
    try:
        ordinal = acts.attachable(payment, now)
    except DomainError as error:
        refused = error
    may_act = current_actor().role in _DECIDERS
    card = payment.channel == Channel.CARD
    reviewable = may_act and card and payment.note and payment.reviewed_at is None
    return render_template(
        "payments/attach.html",
        payment=payment, ordinal=ordinal, refused=refused, may_act=may_act,
        form=(form or AttachForm(formdata=None)) if ordinal and may_act else None,
        review_form=(review_form or ReviewForm(formdata=None)) if reviewable else None,
        base=acts.base(payment), completable=acts.completable(payment),
        lines=() if card else queries.lines_of_payment(payment.id), closes_at=settling.held(payment, now).application_to,
        done=queries.last_event(payment.id, acts.ATTACHED), reviewed=queries.last_event(payment.id, acts.REVIEWED),
    )  # fmt: skip


# --- the bank's files of branch payments ------------------------------------------------------------------------------


@bp.get("/sube-odemeleri")
@staff(*_READERS)
def branch_files() -> str:
    """R044: the files, the sums of their results, and the numbers that never came."""
    return _files(BranchFileForm(formdata=None))


@bp.post("/sube-odemeleri")
@staff(*_DECIDERS)
@takes(2 * MOST_BYTES)
def take_branch_file() -> ResponseReturnValue:
    """R044: import a file; a refused one changes nothing and is on record."""
    form = BranchFileForm()
    if not form.validate_on_submit():
        return _files(form), 422
    try:
        done = branch.take_file(form.file.data.read(MOST_BYTES + 1), actor=current_actor(), now=clock.now())
    except DomainError as error:
        form.refuse(error, "file")
        return _files(form), error.status
    told = (
        "Bu dosya daha önce aktarılmış; hiçbir şey değişmedi."
        if done.repeated
        else f"{len(done.lines)} satır aktarıldı."
    )
    flash(told, "good")
    return redirect(url_for("payments_staff.branch_file", bank=done.file.bank, number=done.file.number), 303)


@bp.get("/sube-odemeleri/<bank>/<int:number>")
@staff(*_READERS)
def branch_file(bank: str, number: int) -> str:
    """Every line of one file with its result."""
    file = branch.file_of(bank, number)
    return render_template("payments/branch_file.html", file=file, lines=queries.branch_lines(file.id))


@bp.get("/sube-odemeleri/bekleyen")
@staff(*_READERS)
def branch_queue() -> str:
    """The lines about which something is still to be done, the oldest first."""
    page = page_number()
    lines, pages = queries.waiting_lines(page)
    return render_template("payments/branch_queue.html", lines=lines, page=page, pages=pages)


@bp.get("/sube-odemeleri/satir/<code>")
@staff(*_READERS)
def branch_line(code: str) -> str:
    """One line: what the bank told, what came of it, and what may be done."""
    return _line(code, BranchDecisionForm(formdata=None))


@bp.post("/sube-odemeleri/satir/<code>")
@staff(*_DECIDERS, fresh=True)
def decide_branch_line(code: str) -> ResponseReturnValue:
    """R018, R024, R046: say what was done about it, or whose it is."""
    form = BranchDecisionForm()
    if not form.validate_on_submit():
        return _line(code, form), 422
    try:
        with transaction():
            chosen, tckn = request.form.get("karar", ""), form.tckn.data or ""
            branch.decide(code, chosen, form.reason.data or "", tckn=tckn, actor=current_actor(), now=clock.now())
    except Conflict:
        raise
    except DomainError as error:
        form.refuse(error, "tckn" if error.code == "branch.no_member" else "reason")
        return _line(code, form), error.status
    flash("Karar kaydedildi.", "good")
    return redirect(url_for("payments_staff.branch_queue"), 303)


def _files(form: BranchFileForm) -> str:
    page = page_number()
    files, pages = queries.branch_files(page)
    return render_template(
        "payments/branch_files.html",
        files=files, sums=queries.branch_sums([one.id for one in files]), gaps=queries.branch_gaps(), page=page, pages=pages,
        form=form if current_actor().role in _DECIDERS else None,
    )  # fmt: skip


def _line(code: str, form: BranchDecisionForm) -> str:
    line = branch.existing(code)
    may_act = line.waits and current_actor().role in _DECIDERS
    return render_template(
        "payments/branch_line.html", line=line, form=form if may_act else None, receipt=branch.receipt(line)
    )
