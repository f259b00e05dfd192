"""Two of the three screens: the quote application and the search of quotes, and what a quote leads to."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.core.text import fold
from lms.practice import services
from lms.practice.forms import InsuredForm, IssueForm, LineForm, SearchForm, typed_lira
from lms.practice.models import PracticeExercise, PracticePolicy, PracticeQuote
from lms.practice.rules import policies
from lms.practice.rules.firms import Firm
from lms.practice.rules.quoting import Application
from lms.practice.rules.states import State
from lms.practice.views.base import attempt, bp, needs_tariff, page, state_choices, trying
from lms.web.access import current_actor, logged_in
from lms.web.forms import choices

_INSURED_FIELDS = {
    "practice.turnover_over_sales": "turnover", "practice.founded_later": "founded", "tariff.term_not_offered": "days",
}  # fmt: skip
LINE_FIELDS = {
    "practice.kind_wrong": "kind", "practice.share_invalid": "share", "practice.limit_missing": "requested",
    "practice.buyer_unknown": "buyer", "practice.buyer_listed": "buyer", "practice.buyer_later": "buyer", "practice.buyer_not_new": "buyer",
}  # fmt: skip
_ISSUE_FIELDS = {
    "practice.cash_open": "way", "practice.instalments_unknown": "way", "practice.down_too_low": "down_percent",
    "tariff.instalments_over": "count",
}  # fmt: skip


def _here(code: str) -> PracticeExercise:
    return services.own_exercise(current_actor(), code)


def _firms(code: str) -> list[Firm]:
    task = services.task(code)
    return [services.firm(task.firm)] if task else list(services.library().firms.values())


# --- the application ---------------------------------------------------------------------------------------------------------


@bp.get("/<code>/teklif")
@logged_in
def apply(code: str) -> ResponseReturnValue:
    """The first part of a new application, or why today's tariff answers none."""
    return _insured_page(code, _here(code), InsuredForm(formdata=None))


@bp.post("/<code>/teklif")
@logged_in
def open_quote(code: str) -> ResponseReturnValue:
    """Keep the insured's data as a draft and go on to the buyers."""
    return _keep_insured(code, None)


@bp.get("/<code>/teklif/<quote>/isletme")
@logged_in
def edit(code: str, quote: str) -> ResponseReturnValue:
    """The first part of a draft again."""
    exercise = _here(code)
    row = services.own_quote(exercise, quote)
    form = InsuredForm(formdata=None)
    form.offer(_firms(code), needs_tariff(exercise))
    form.fill(Application.from_json(row.application))
    return _insured_page(code, exercise, form, row)


@bp.post("/<code>/teklif/<quote>/isletme")
@logged_in
def change(code: str, quote: str) -> ResponseReturnValue:
    """Other data of the insured."""
    return _keep_insured(code, quote)


def _keep_insured(code: str, quote: str | None) -> ResponseReturnValue:
    exercise = _here(code)
    row = services.own_quote(exercise, quote) if quote else None
    form = InsuredForm()
    form.offer(_firms(code), needs_tariff(exercise))
    made, status = attempt(code, form, _INSURED_FIELDS, lambda: _store_insured(code, quote, form))
    if made is None:
        return _insured_page(code, exercise, form, row), status
    return redirect(url_for("practice.quote", code=code, quote=made.code), 303)


def _store_insured(code: str, quote: str | None, form: InsuredForm) -> PracticeQuote:
    if quote is None:
        return services.open_quote(current_actor(), code, form.application)
    return services.change_quote(current_actor(), code, quote, form.application)


def _insured_page(code: str, exercise: PracticeExercise, form: InsuredForm, row: PracticeQuote | None = None) -> str:
    firms = _firms(code)
    form.offer(firms, needs_tariff(exercise))
    return page("practice/insured.html", code, exercise, form=form, quote=row, firms=firms)


# --- a quote -----------------------------------------------------------------------------------------------------------------


@bp.get("/<code>/teklif/<quote>")
@logged_in
def quote(code: str, quote: str) -> ResponseReturnValue:
    """A draft with its buyers, or the answer with all its numbers."""
    exercise = _here(code)
    return _quote_page(code, exercise, services.own_quote(exercise, quote))


def _quote_page(
    code: str, exercise: PracticeExercise, row: PracticeQuote, *, line: LineForm | None = None, issue: IssueForm | None = None
) -> str:  # fmt: skip
    firm, application = services.firm(row.firm), Application.from_json(row.application)
    if row.state == State.DRAFT:
        return _draft_page(code, exercise, row, line)
    offer = row.result or {}
    terms = offer.get("instalments") or {}
    issue = issue or IssueForm(formdata=None, down_percent=terms.get("down_percent"), count=terms.get("count"))
    return page(
        "practice/quote.html", code, exercise, quote=row, firm=firm, application=application, offer=offer, form=issue,
        state=services.state_of(row, exercise.today), valid_until=services.valid_until(row),
        fees=policies.settle_fees(offer) if offer.get("net_premium") else None,
    )  # fmt: skip


def _draft_page(code: str, exercise: PracticeExercise, row: PracticeQuote, line: LineForm | None) -> str:
    firm, application = services.firm(row.firm), Application.from_json(row.application)
    chosen = next((one for one in application.lines if one.buyer == request.args.get("alici")), None)
    if line is None:
        shown: dict[str, Any] = {}
        if chosen:
            shown = {
                "buyer": chosen.buyer, "kind": chosen.kind, "share": chosen.share or None, "manual": chosen.manual,
                "requested": typed_lira(chosen.requested) if chosen.requested else "",
            }  # fmt: skip
        line = LineForm(formdata=None, **shown)
    line.offer(firm)
    total = sum(one.share for one in application.covered)
    return page(
        "practice/draft.html", code, exercise, quote=row, firm=firm, application=application, form=line, total=total
    )  # fmt: skip


@bp.post("/<code>/teklif/<quote>/alici")
@logged_in
def put_line(code: str, quote: str) -> ResponseReturnValue:
    """List a buyer."""
    exercise = _here(code)
    row = services.own_quote(exercise, quote)
    form = LineForm()
    form.offer(services.firm(row.firm))
    made, status = attempt(
        code, form, LINE_FIELDS, lambda: services.put_line(current_actor(), code, quote, form.line)
    )  # fmt: skip
    if made is None:
        return _quote_page(code, exercise, row, line=form), status
    return redirect(url_for("practice.quote", code=code, quote=quote, _anchor="alicilar"), 303)


@bp.post("/<code>/teklif/<quote>/alici/<buyer>/sil")
@logged_in
def drop_line(code: str, quote: str, buyer: str) -> ResponseReturnValue:
    """Take a buyer off the list."""
    with trying(code):
        services.drop_line(current_actor(), code, quote, buyer)
    return redirect(url_for("practice.quote", code=code, quote=quote, _anchor="alicilar"), 303)


@bp.post("/<code>/teklif/<quote>/gonder")
@logged_in
def send(code: str, quote: str) -> ResponseReturnValue:
    """Send the application; the answer comes at once."""
    with trying(code):
        services.send(current_actor(), code, quote)
    return redirect(url_for("practice.quote", code=code, quote=quote), 303)


@bp.post("/<code>/teklif/<quote>/sil")
@logged_in
def discard(code: str, quote: str) -> ResponseReturnValue:
    """Throw a draft away."""
    with trying(code):
        services.discard(current_actor(), code, quote)
        flash(_("Taslak silindi."), "info")
    return redirect(url_for("practice.quotes", code=code), 303)


@bp.post("/<code>/teklif/<quote>/yeniden")
@logged_in
def copy(code: str, quote: str) -> ResponseReturnValue:
    """The same data as a new application."""
    place = quote
    with trying(code):
        place = services.copy_quote(current_actor(), code, quote).code
    return redirect(url_for("practice.quote", code=code, quote=place), 303)


@bp.post("/<code>/teklif/<quote>/police")
@logged_in
def issue(code: str, quote: str) -> ResponseReturnValue:
    """Turn the offer into a policy."""
    exercise = _here(code)
    row = services.own_quote(exercise, quote)
    form = IssueForm()
    policy, status = attempt(
        code, form, _ISSUE_FIELDS, lambda: services.issue(current_actor(), code, quote, **form.values)
    )  # fmt: skip
    if policy is None:
        return _quote_page(code, exercise, row, issue=form), status
    flash(_("Poliçe düzenlendi: %(number)s", number=policy.number), "good")
    return redirect(url_for("practice.policy", code=code, policy=policy.code), 303)


# --- the searches ------------------------------------------------------------------------------------------------------------


@bp.get("/<code>/teklifler")
@logged_in
def quotes(code: str) -> ResponseReturnValue:
    """Quotes by number, firm, state and day, newest first."""
    exercise = _here(code)
    form = _search(state_choices())
    rows = [
        row
        for row in reversed(exercise.quotes)
        if _matches(form, exercise, row, row.number, row.sent_on or row.opened_on)
    ]
    return page("practice/quotes.html", code, exercise, form=form, rows=rows, every=len(exercise.quotes))


@bp.get("/<code>/policeler")
@logged_in
def policies_found(code: str) -> ResponseReturnValue:
    """Policies by number, firm and day, newest first."""
    exercise = _here(code)
    form = _search([])
    held: list[tuple[PracticeQuote, PracticePolicy]] = [(q, q.policy) for q in reversed(exercise.quotes) if q.policy]
    rows = [policy for row, policy in held if _matches(form, exercise, row, policy.number, policy.issued_on)]
    return page("practice/policies.html", code, exercise, form=form, rows=rows, every=len(held))


def _search(states: list[tuple[str, Any]]) -> SearchForm:
    form = SearchForm(request.args)
    form.durum.choices = choices(states)
    form.validate()
    return form


def _matches(form: SearchForm, exercise: PracticeExercise, row: PracticeQuote, number: str, day: Any) -> bool:
    """Every filled field must fit; one that cannot be read is shown with its error and filters nothing."""
    wanted = {field.name: field.data for field in form if field.data and not field.errors}
    return (
        fold(wanted.get("numara", "")) in fold(number)
        and fold(wanted.get("firma", "")) in fold(services.firm(row.firm).name)
        and wanted.get("durum") in (None, services.state_of(row, exercise.today).value)
        and wanted.get("bas", day) <= day <= wanted.get("son", day)
    )
