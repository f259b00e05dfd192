"""The third screen: a policy, its print, a buyer added to it, a claim and its days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.core.errors import Conflict
from lms.practice import services
from lms.practice.forms import ClaimForm, LineForm
from lms.practice.models import PracticeExercise, PracticePolicy
from lms.practice.rules import policies
from lms.practice.rules.firms import EXCLUDED_KINDS
from lms.practice.rules.quoting import Application
from lms.practice.views.base import acting, attempt, bp, page
from lms.practice.views.quotes import LINE_FIELDS
from lms.web.access import current_actor, logged_in
from lms.web.forms import choices

_BUYER_FIELDS = {**LINE_FIELDS, **{f"practice.excluded_{kind}": "buyer" for kind in EXCLUDED_KINDS}}
_CLAIM_FIELDS = {
    "practice.claim_before_cover": "issued", "practice.claim_first_day": "issued", "practice.claim_after_end": "issued",
    "practice.claim_due_order": "due", "practice.claim_term": "due", "practice.claim_extension": "extension",
    "practice.claim_no_limit": "buyer",
}  # fmt: skip


def _own(code: str, policy: str) -> tuple[PracticeExercise, PracticePolicy]:
    exercise = services.own_exercise(current_actor(), code)
    return exercise, services.own_policy(exercise, policy)


@bp.get("/<code>/police/<policy>")
@logged_in
def policy(code: str, policy: str) -> ResponseReturnValue:
    """The policy as it stands today."""
    return _policy_page(code, *_own(code, policy))


def _policy_page(code: str, exercise: PracticeExercise, row: PracticePolicy, form: LineForm | None = None) -> str:
    firm, offer = services.firm(row.quote.firm), row.quote.result or {}
    form = form or LineForm(formdata=None)
    form.offer(firm)
    paid = sum(claim.result["paid"] or 0 for claim in row.claims)
    return page(
        "practice/policy.html", code, exercise, policy=row, firm=firm, offer=offer, form=form, over=exercise.today > row.ends_on,
        fees=policies.settle_fees(offer), rest=offer["max_cover"] - paid, new_buyer=services.newest("add_buyer"),
    )  # fmt: skip


@bp.post("/<code>/police/<policy>/basim")
@logged_in
def print_now(code: str, policy: str) -> ResponseReturnValue:
    """Note the printing and lead to the sheet."""
    with acting(code):
        services.print_policy(current_actor(), code, policy)
    return redirect(url_for("practice.sheet", code=code, policy=policy), 303)


@bp.get("/<code>/police/<policy>/basim")
@logged_in
def sheet(code: str, policy: str) -> ResponseReturnValue:
    """The policy on paper, marked as an exercise."""
    exercise, row = _own(code, policy)
    application = Application.from_json(row.quote.application)
    firm, offer = services.firm(row.quote.firm), row.quote.result or {}
    return page("practice/sheet.html", code, exercise, policy=row, firm=firm, offer=offer, application=application)


@bp.post("/<code>/police/<policy>/alici")
@logged_in
def add_buyer(code: str, policy: str) -> ResponseReturnValue:
    """A buyer the insured began to work with."""
    exercise, row = _own(code, policy)
    form = LineForm()
    form.offer(services.firm(row.quote.firm))
    found, status = attempt(
        code, form, _BUYER_FIELDS, lambda: services.add_buyer(current_actor(), code, policy, form.line)
    )  # fmt: skip
    if found is None:
        return _policy_page(code, exercise, row, form), status
    flash(_("Alıcı eklendi. Ek prim ve sorgulama ücreti yok."), "good")
    return redirect(url_for("practice.policy", code=code, policy=policy, _anchor="alicilar"), 303)


@bp.get("/<code>/police/<policy>/hasar")
@logged_in
def claim_form(code: str, policy: str) -> ResponseReturnValue:
    """The form of a claim; what was typed before the day was moved stands there again."""
    typed = {name: request.args.get(name) for name in ("buyer", "amount")}
    days = {name: request.args.get(name, type=date.fromisoformat) for name in ("issued", "due")}
    extension = request.args.get("extension", type=int)
    return _claim_page(code, *_own(code, policy), ClaimForm(formdata=None, **typed, **days, extension=extension))


def _claim_page(
    code: str, exercise: PracticeExercise, row: PracticePolicy, form: ClaimForm, due: date | None = None
) -> str:
    firm = services.firm(row.quote.firm)
    _offer_buyers(form, row)
    return page(
        "practice/claim_form.html",
        code,
        exercise,
        policy=row,
        firm=firm,
        offer=row.quote.result,
        form=form,
        move_to=due,
        back=url_for("practice.claim_form", code=code, policy=row.code, **_typed(form)),
        terms=services.claim_terms(row),
    )


def _typed(form: ClaimForm) -> dict[str, Any]:
    """What stands in the form, for the address it is found again at once the day was moved."""
    shown = {"buyer": form.buyer.data, "issued": form.issued.data, "due": form.due.data, "amount": form.amount.data, "extension": form.extension.data}  # fmt: skip
    return {name: str(value) for name, value in shown.items() if value}


def _offer_buyers(form: ClaimForm, row: PracticePolicy) -> None:
    firm = services.firm(row.quote.firm)
    named = [(found["buyer"], buyer.name) for found in row.buyers if (buyer := firm.buyer(found["buyer"]))]
    form.buyer.choices = choices([("", _("Seçin")), *named])


@bp.post("/<code>/police/<policy>/hasar")
@logged_in
def open_claim(code: str, policy: str) -> ResponseReturnValue:
    """Open a claim for an unpaid invoice."""
    exercise, row = _own(code, policy)
    form = ClaimForm()
    _offer_buyers(form, row)
    found, status = attempt(
        code, form, _CLAIM_FIELDS, lambda: services.open_claim(current_actor(), code, policy, form.invoice)
    )  # fmt: skip
    if found is None:
        due = form.invoice.due + timedelta(days=form.invoice.extension) if status == Conflict.status else None
        return _claim_page(code, exercise, row, form, due), status
    return redirect(url_for("practice.claim", code=code, claim=found.code), 303)


@bp.get("/<code>/hasar/<claim>")
@logged_in
def claim(code: str, claim: str) -> ResponseReturnValue:
    """A claim: its days as a line and as a table, and what is paid."""
    exercise = services.own_exercise(current_actor(), code)
    row = services.own_claim(exercise, claim)
    quote = row.policy.quote
    return page(
        "practice/claim.html", code, exercise, claim=row, firm=services.firm(quote.firm), offer=quote.result or {}
    )
