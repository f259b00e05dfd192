"""The bank's side of the payment, as a WSGI app of its own: hosted page, 3-D step, way back, order inquiry.

For demonstrations and tests only; it moves no money and takes no real card. Every page is a plain form.
"""

import secrets
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
from flask import Flask, Response, render_template, request

from lms.bank_simulator import protocol
from lms.bank_simulator.cards import ROOT, Card, cards, luhn, otp
from lms.bank_simulator.settings import Settings
from lms.bank_simulator.store import LOCAL, Order, Store
from lms.core import clock
from lms.demo.clock import START

PAGE_LIFETIME = timedelta(minutes=20)
MAX_TRIES = 3
MAX_BODY = 64 * 1024
Post = Callable[[str, dict[str, str]], None]


def create_app(settings: Settings | None = None, *, post: Post | None = None) -> Flask:
    """Without `settings` it reads the environment and the demonstration's clock, as a process of its own.

    `post` sends a call-back from server to server (the card "twice"); tests give their own.
    """
    settings = settings or Settings.from_env()
    if settings.clock_file is not None:
        clock.set_source(clock.FileClock(settings.clock_file, START))
    app = Flask(
        "lms.bank_simulator",
        template_folder=str(ROOT / "templates" / "bank_simulator"),
        static_folder=str(ROOT / "lms" / "static" / "bank_simulator"),
        static_url_path="/static",
    )
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.add_template_filter(money)
    bank = Bank(settings, Store(settings.database), post or _post_later)
    app.add_url_rule("/", view_func=bank.home)
    app.add_url_rule("/healthz", view_func=bank.health)
    app.add_url_rule("/servlet/gt3dengine", view_func=bank.begin, methods=["POST"])
    app.add_url_rule("/kart/<token>", view_func=bank.card, methods=["POST"])
    app.add_url_rule("/sms/<token>", view_func=bank.code, methods=["POST"])
    app.add_url_rule("/vazgec/<token>", view_func=bank.cancel, methods=["POST"])
    app.add_url_rule("/VPServlet", view_func=bank.inquiry, methods=["POST"])
    app.after_request(_headers)
    return app


def money(kurus: int) -> str:
    whole, rest = divmod(kurus, 100)
    return f"{whole:,}".replace(",", ".") + f",{rest:02d} ₺"


def _headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", _policy())
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _policy(*origins: str) -> str:
    """A form may go to the bank itself and, on the last page alone, back to the merchant."""
    targets = " ".join(("'self'", *origins))
    return f"default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action {targets}"


def _post_later(url: str, fields: dict[str, str]) -> None:
    def send() -> None:
        try:
            httpx.post(url, data=fields, timeout=15)
        except httpx.HTTPError:
            return  # the browser still carries the same call-back

    threading.Thread(target=send, daemon=True).start()


class Bank:
    """The pages, in the order in which a payer sees them."""

    def __init__(self, settings: Settings, store: Store, post: Post) -> None:
        self.settings, self.store, self.post = settings, store, post

    def home(self) -> str:
        return render_template("home.html", cards=cards().values(), otp=otp())

    def health(self) -> dict[str, str]:
        return {"status": "ok"}

    def begin(self) -> Response:
        """The merchant's form arrives in the payer's browser."""
        form = request.form.to_dict()
        fault = protocol.refuse_form(self.settings, form)
        if fault:
            return self._fault(fault)
        amount = int(form["txnamount"])
        fresh = Order(
            order_id=form["orderid"],
            token=secrets.token_hex(20),
            created_at=clock.now().isoformat(),
            fields=form,
            amount=amount,
            total=amount + self._commission(amount),
        )
        order = fresh if self.store.add(fresh) else self.store.by_order_id(form["orderid"])
        if order is None or order.done or order.fields != form:
            return self._fault("Bu sipariş numarası ile daha önce işlem yapılmış")
        return self._card_page(order)

    def card(self, token: str) -> Response:
        order = self.store.by_token(token)
        if order is None:
            return self._fault("Ödeme oturumu bulunamadı", 404)
        if order.done or self._too_late(order):
            return self._way_back(self._settle(order, failed="Ödeme sayfasının süresi doldu"))
        card, errors = self._read_card()
        if card is None:
            return self._card_page(order, errors)
        after = order.with_(state="otp", behaviour=card.behaviour, masked_pan=card.masked)
        self.store.change(order, after)
        return self._code_page(after)

    def code(self, token: str) -> Response:
        order = self.store.by_token(token)
        if order is None or order.state == "open":
            return self._fault("Ödeme oturumu bulunamadı", 404)
        if order.done or self._too_late(order):
            return self._way_back(self._settle(order, failed="Ödeme sayfasının süresi doldu"))
        if request.form.get("otp", "").strip() == otp():
            return self._way_back(self._settle(order))
        again = order.with_(tries=order.tries + 1)
        if again.tries >= MAX_TRIES:
            return self._way_back(self._settle(order, failed="3-D Secure doğrulaması yapılamadı"))
        self.store.change(order, again)
        return self._code_page(again, "Kod doğru değil. Telefonunuza gelen 6 haneli kodu yazın.")

    def cancel(self, token: str) -> Response:
        order = self.store.by_token(token)
        if order is None:
            return self._fault("Ödeme oturumu bulunamadı", 404)
        return self._way_back(self._settle(order, failed="Kart sahibi ödemeden vazgeçti"))

    def inquiry(self) -> Response:
        """From the merchant's server: what became of an order?"""
        body = request.form.get("data") or request.get_data(as_text=True)
        order_id, fault = protocol.inquiry_order_id(self.settings, body)
        order = None if fault else self.store.by_order_id(order_id)
        return Response(protocol.inquiry_answer(self.settings, order_id, order, fault), mimetype="text/xml")

    # --- pages ---------------------------------------------------------------------------------------------------

    def _fault(self, message: str, status: int = 400) -> Response:
        return Response(render_template("fault.html", message=message), status)

    def _card_page(self, order: Order, errors: dict[str, str] | None = None) -> Response:
        page = render_template(
            "card.html",
            order=order,
            errors=errors or {},
            form=request.form,
            cards=cards().values(),
            bps=self.settings.commission_bps,
        )
        return Response(page, 422 if errors else 200)

    def _code_page(self, order: Order, error: str | None = None) -> Response:
        return Response(render_template("code.html", order=order, error=error, otp=otp()), 422 if error else 200)

    def _way_back(self, order: Order) -> Response:
        approved = order.state == "approved" or order.behaviour == "tampered"
        url = order.fields["successurl" if approved else "errorurl"]
        fields = protocol.callback_fields(self.settings, order)
        if order.behaviour == "twice" and order.state == "approved":
            self.post(url, fields)
        closed = order.behaviour == "closed" and order.state == "approved"
        response = Response(render_template("back.html", order=order, url=url, fields=fields, closed=closed))
        response.headers["Content-Security-Policy"] = _policy(protocol.origin(url) or "'self'")
        return response

    # --- decisions -----------------------------------------------------------------------------------------------

    def _commission(self, amount: int) -> int:
        return (amount * self.settings.commission_bps + 5000) // 10000

    def _too_late(self, order: Order) -> bool:
        return clock.now() - datetime.fromisoformat(order.created_at) >= PAGE_LIFETIME

    def _read_card(self) -> tuple[Card | None, dict[str, str]]:
        """The typed card, or what is wrong with it. A number outside the table is neither used nor kept."""
        form = {name: "".join(value.split()) for name, value in request.form.items()}
        number, month, year = (form.get(n, "") for n in ("cardnumber", "cardexpiredatemonth", "cardexpiredateyear"))
        errors = {}
        card = cards().get(number.replace("-", ""))
        if not (number.isdecimal() and 13 <= len(number) <= 19 and luhn(number)):
            errors["cardnumber"] = "Kart numarasını kontrol edin."
        elif card is None:
            errors["cardnumber"] = "Burada yalnızca aşağıdaki deneme kartları kullanılır; gerçek kart girmeyin."
        if not (month.isdecimal() and year.isdecimal() and 1 <= int(month) <= 12 and len(year) in (2, 4)):
            errors["expiry"] = "Son kullanma ayını ve yılını yazın (örneğin 12 ve 30)."
        elif (int(year) % 100 + 2000, int(month)) < _year_month(clock.now()):
            errors["expiry"] = "Kartın süresi dolmuş."
        if not (form.get("cardcvv2", "").isdecimal() and len(form["cardcvv2"]) == 3):
            errors["cardcvv2"] = "Kartın arkasındaki 3 haneli kodu yazın."
        return (None, errors) if errors else (card, {})

    def _settle(self, order: Order, failed: str | None = None) -> Order:
        """Give the order its final result, once; whoever comes second is told the first result."""
        if order.done:
            return order
        now = clock.now().isoformat()
        if failed is not None or order.behaviour == "failed_3d":
            message = failed or "3-D Secure doğrulaması yapılamadı"
            after = order.with_(state="failed", procreturncode="99", response="Error", message=message)
        elif order.behaviour in ("declined", "tampered"):
            after = order.with_(
                state="declined",
                mdstatus="1",
                procreturncode="51",
                response="Declined",
                message="Kart limiti yetersiz",
                auth_at=now,
            )
        else:
            after = order.with_(
                state="approved",
                mdstatus="1",
                procreturncode="00",
                response="Approved",
                authcode=f"{secrets.randbelow(900_000) + 100_000}",
                reference=f"{secrets.randbelow(9 * 10**11) + 10**11}",
                auth_at=now,
            )
            if order.behaviour == "short":
                after = after.with_(amount=order.amount - 10_000, total=order.total - 10_000)
        if self.store.change(order, after):
            return after
        settled = self.store.by_order_id(order.order_id)
        return settled if settled is not None and settled.done else after


def _year_month(now: datetime) -> tuple[int, int]:
    local = now.astimezone(LOCAL)
    return local.year, local.month
