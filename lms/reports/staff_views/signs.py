"""Signs of one person sitting for several: for people to look at, and what they said of them."""

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms.core import clock
from lms.core.db import transaction
from lms.core.errors import DomainError, NotFound
from lms.reports.forms import WORDS, WordForm
from lms.reports.queries import signs as queries
from lms.reports.rules.signs import Kind, State
from lms.reports.services import signs as services
from lms.reports.staff_views.dashboard import bp
from lms.terms import queries as terms
from lms.web.access import current_actor, staff
from lms.web.asked import page_number

READERS = ("manager", "reviewer", "auditor")
KINDS = {Kind.DEVICE: "Bir tarayıcıda birkaç kişi", Kind.QUICK: "90 saniyeden kısa, geçilen sınav", Kind.PATTERN: "Saniyesi saniyesine aynı yanıtlar", Kind.NIGHT: "Gece, bir ağdan birçok kişi"}  # fmt: skip
STATES = {State.NEW: "Bakılmadı", **WORDS}


@bp.get("/isaretler")
@staff(*READERS)
def signs() -> ResponseReturnValue:
    """The signs in one state (?durum=) of one kind (?tur=), the latest first."""
    asked, kind = request.args.get("durum", ""), request.args.get("tur", "")
    state = asked if asked in list(State) else State.NEW.value
    number = page_number()
    rows, count = queries.page(state, kind if kind in list(Kind) else "", number)
    return render_template(
        "reports/signs.html",
        rows=rows, count=count, state=state, kind=kind, number=number, pages=max(1, -(-count // queries.PAGE)),
        KINDS=KINDS, STATES=STATES, terms={term.code: term.name_tr for term in terms.current_terms()},
    )  # fmt: skip


@bp.get("/isaretler/<code>")
@staff(*READERS)
def sign(code: str) -> ResponseReturnValue:
    """One sign with its exams, what it says and what it does not."""
    return _page(code, WordForm(), 200)


@bp.post("/isaretler/<code>")
@staff("manager", "reviewer")
def judge(code: str) -> ResponseReturnValue:
    """What was found on looking, with the reason. Nothing else changes."""
    form = WordForm()
    if not form.validate_on_submit():
        return _page(code, form, 422)
    try:
        with transaction():
            services.judge(
                code, form.state.data or "", form.reason.data or "", seen_at=request.form.get("seen", ""),
                actor=current_actor(), now=clock.now(),
            )  # fmt: skip
    except NotFound:
        raise
    except DomainError as refused:
        form.refuse(refused, {"sign.reason": "reason", "sign.state": "state"}.get(refused.code))
        return _page(code, form, refused.status)
    flash("Değerlendirme kaydedildi.", "success")
    return redirect(url_for("reports.sign", code=code), 303)


def _page(code: str, form: WordForm, status: int) -> ResponseReturnValue:
    row = services.for_look(code)
    page = render_template(
        "reports/sign.html",
        row=row, exams=queries.exams(row.exams), seen=services.seen(row), KINDS=KINDS,
        STATES=STATES, form=form if current_actor().role in ("manager", "reviewer") else None,
        term=terms.current_term(row.term_code),
    )  # fmt: skip
    return make_response(page, status)
