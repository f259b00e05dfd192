"""Pages of paying: the services on offer, the contract, the way to the bank and back, and one's own payments."""

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.core import clock
from lms.core.errors import Conflict, FieldErrors
from lms.core.money import split_vat
from lms.membership import queries as members
from lms.membership.models import Member
from lms.payments import queries
from lms.payments.forms import PaymentForm
from lms.payments.models import Payment
from lms.payments.rules import Purpose, State
from lms.payments.services import orders as services
from lms.payments.services import receipts
from lms.payments.services.orders import Quote
from lms.slips.queries import of_member as slips_of
from lms.terms import rules as term_rules
from lms.terms import services as terms
from lms.terms.models import Term
from lms.web.access import client_ip, current_actor, member, public
from lms.web.i18n import language
from lms.web.messages import sentence
from lms.web.throttle import hit

bp = Blueprint("payments", __name__)
START_LIMIT = "20/hour"
"""How often one person may start paying, by page and API together: each start asks the bank about the earlier ones."""
TEXTS = ("pre_information", "service_contract", "immediate_performance", "no_certificate_declaration")


def _person() -> Member:
    return queries.member(current_actor().member_id)


# --- choosing ---------------------------------------------------------------------------------------------------------


@bp.get("/odeme")
@member
def offers() -> ResponseReturnValue:
    """R034: one row per service, with "Ödeme Yap" or the reason why not."""
    now = clock.now()
    rows = services.offers(_person(), now=now)
    branch = [branch_facts(term, now) for term, offer in rows if offer.open]
    return render_template("payments/offers.html", rows=rows, branch=next((b for b in branch if b), None))


def branch_facts(term: Term, now: datetime) -> dict[str, object] | None:
    """R041-R045: what a branch payment needs; None once a receipt could no longer be in time."""
    schedule, calendar = term.schedule, terms.calendar()
    if not term_rules.branch_advisable(now, schedule, calendar):
        return None
    return {"receipt_day": term_rules.receipt_last_day(schedule, calendar), "hours": schedule.branch_hours}


@bp.route("/odeme/<term_code>", methods=["GET", "POST"])
@member
def order(term_code: str) -> ResponseReturnValue:
    """The service, what one should know before paying, and the contract."""
    now = clock.now()
    person = _person()
    form = PaymentForm()
    chosen = form.service.data if request.method == "POST" else term_code
    rows = services.offers(person, now=now)
    payable = {term.code: label(term) for term, offer in rows if offer.open}
    form.offer(payable)
    if chosen != term_code and chosen in payable:
        flash(sentence("payment.service_other", {}, language()), "warn")
        return redirect(url_for("payments.order", term_code=chosen), 303)
    if request.method == "GET":
        form.service.data = term_code
    quote = services.application_quote(person, terms.term_of(person.id, term_code), now=now)
    return order_page(quote, form=form, warnings=next(o.warnings for t, o in rows if t.code == term_code))


def label(term: Term) -> str:
    return f"{term.programme.service_name} ({term.name(language())})"


def service_of(payment: Payment) -> str:
    """What a payment was for, in the words of the page on which it was offered."""
    if payment.purpose == Purpose.APPLICATION:
        return label(payment.term)
    if payment.purpose == Purpose.GROUP:
        return f"{label(payment.term)} · {payment.on_behalf_of}"
    return str(_("Sertifikanın %(days)s gün daha görüntülenmesi", days=payment.term.view_days))


def order_page(quote: Quote, *, form: PaymentForm | None = None, warnings: tuple[str, ...] = ()) -> ResponseReturnValue:
    """The page of an order, for whoever offers something to pay: certificates call it for "Sertifika Ödemesi"."""
    now = clock.now()
    if form is None:
        form = PaymentForm()
        del form.service
    if form.validate_on_submit():
        actor = current_actor()
        hit("payment_start", actor.code, START_LIMIT)
        try:
            started = services.start_payment(actor, quote, form.consents(), lang=language(), now=now)
            return redirect(url_for("payments.to_bank", code=started.payment.code), 303)
        except (FieldErrors, Conflict) as error:
            form.refuse(error)
    facts = _facts(quote, now)
    page = render_template(
        "payments/order.html", quote=quote, form=form, warnings=warnings, texts=_texts(quote.term), **facts
    )
    return page, 422 if form.errors else 200


def _texts(term: Term) -> dict[str, object]:
    """In the language of the page: that version is the one accepted."""
    return {kind: members.current_text(kind, term.programme.code, language()) for kind in TEXTS}


def _facts(quote: Quote, now: datetime) -> dict[str, object]:
    """R015, D-3: what one must know before paying."""
    schedule = quote.term.schedule
    return {
        "label": label(quote.term),
        "vat": split_vat(quote.amount_kurus, quote.term.vat_percent),
        "reachable": terms.reachable_attempts(quote.term, now),
        "last_start": schedule.last_card_start,
        "last_day": schedule.application.last_day,
        "branch": branch_facts(quote.term, now) if quote.purpose is Purpose.APPLICATION else None,
    }


@bp.app_template_global("paid_terms")
def paid_terms() -> list[Term]:
    """R021: the open terms whose fee the person has paid, for the page of the exemption, which is a feature below."""
    now, person = clock.now(), _person()
    return [term for term in terms.open_to(person.id, now) if services.standing(person, term).settled]


# --- to the bank and back ---------------------------------------------------------------------------------------------


@bp.get("/odemelerim/<code>/banka")
@member
def to_bank(code: str) -> ResponseReturnValue:
    """The signed form, carried to the bank by the browser. It can be shown again while the try is open."""
    payment = services.own_payment(current_actor(), code)
    order = queries.newest_order(payment.id)
    if payment.status != State.PENDING or order is None or order.result is not None:
        return redirect(url_for("payments.detail", code=code), 303)
    return render_template(
        "payments/to_bank.html",
        payment=payment,
        label=service_of(payment),
        bank=services.bank_redirect(order, client_ip()),
    )


@bp.post(services.SUCCESS_PATH, endpoint="returned")
@bp.post(services.ERROR_PATH, endpoint="returned_with_error")
@public
def returned() -> ResponseReturnValue:
    """The bank's call-back in the payer's browser: cross-site, without our session, signed by the bank (CSRF exempt)."""
    hit("bank_callback", client_ip(), "120/minute")
    order_id = services.take_callback(request.form.items(multi=True), now=clock.now())
    return redirect(url_for("payments.result", order_id=order_id), 303)


@bp.get("/odeme/sonuc", defaults={"order_id": None})
@bp.get("/odeme/sonuc/<order_id>")
@public
def result(order_id: str | None) -> ResponseReturnValue:
    """R038: "Ödeme tamamlandı" only when it is. To a stranger it shows a word, nothing private."""
    order = queries.bank_order(order_id) if order_id else None
    payment = order.payment if order else None
    own = payment is not None and payment.member_id == current_actor().id
    if (
        payment is not None and own and payment.reviewed_at is not None
    ):  # opened again: the receipt tells what was decided
        return redirect(url_for("payments.detail", code=payment.code), 303)
    state = payment.status if payment else "unknown"
    return render_template(
        "payments/result.html",
        state=state,
        note=payment.note if payment else None,
        payment=payment if own else None,
        refusal=receipts.refusal(payment) if payment is not None and own else None,
        label=service_of,
    )


# --- one's own payments -----------------------------------------------------------------------------------------------


@bp.get("/odemelerim")
@member
def mine() -> ResponseReturnValue:
    payments, slips = services.payments_of(current_actor()), slips_of(current_actor().member_id)
    return render_template("payments/list.html", payments=payments, label=service_of, slips=slips)


@bp.get("/odemelerim/<code>")
@member
def detail(code: str) -> ResponseReturnValue:
    """The receipt of a settled payment, or what became of one that is not."""
    payment = services.own_payment(current_actor(), code)
    facts = receipts.receipt(payment, now=clock.now())
    return render_template("payments/detail.html", label=service_of(payment), **facts)


@bp.post("/odemelerim/<code>/sor")
@member
def ask(code: str) -> ResponseReturnValue:
    """Ask the bank now, for who does not want to wait for the next round."""
    actor = current_actor()
    hit("bank_inquiry", actor.code, "6/minute")
    payment = services.own_payment(actor, code)
    known = services.ask_now(payment, now=clock.now())
    if not known:
        flash(_("Banka şu anda yanıt vermiyor. Birkaç dakika sonra kendiliğinden yeniden sorulacak."), "warn")
    return redirect(url_for("payments.detail", code=code), 303)
