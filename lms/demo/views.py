"""Pages and calls of the demonstration (CONTRACT.md, Modes); none of them exists in production."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFProtect

from lms import scheduler
from lms.core import clock
from lms.core.calendar import instant, local_date, next_monday
from lms.core.clock import ISTANBUL
from lms.core.config import config
from lms.core.errors import Invalid
from lms.demo import accounts, branch_file, queries, services
from lms.demo.clock import START
from lms.exams.services import attempts as exams
from lms.membership.rules import second_factor
from lms.notifications.models import OutboxMessage
from lms.notifications.services import compose
from lms.terms import services as terms
from lms.web.access import public
from lms.web.asked import page_number
from lms.web.downloads import attachment

bp = Blueprint("demo", __name__, url_prefix="/demo")
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
PAGE = 50
"""Messages on a page of the outbox."""
STAGES = {
    "new": _l("üye oldu, henüz ödemedi"),
    "paid": _l("ödedi, form bekliyor"),
    "applied": _l("başvurdu, eğitimi bekliyor"),
    "training": _l("eğitimde"),
    "exam": _l("eğitimi bitti, sınava girebilir"),
    "failed_once": _l("ilk sınavda kaldı"),
    "failed_thrice": _l("üç sınavda da kaldı"),
    "certified": _l("sertifikalı"),
    "view_expired": _l("sertifikasının görüntüleme süresi doldu"),
    "revoked": _l("sertifikası iptal edildi"),
    "exemption_requested": _l("muafiyet istedi, masada bekliyor (Yağmur Örnekli)"),
    "exemption_more_documents": _l("muafiyet istedi, ondan ek belge bekleniyor (Kaya Denemegil)"),
    "representative": _l("kurum temsilcisi (Bahar Temsilci)"),
    "reviewer": _l("inceleme görevlisi"),
    "editor": _l("içerik editörü"),
    "accountant": _l("muhasebe"),
    "support": _l("destek"),
    "manager": _l("yönetici"),
    "auditor": _l("denetçi"),
}
"""What the ready accounts are, at the start of the demonstration's clock; the codes are CONTRACT.md's."""


def init_app(app: Flask, csrf: CSRFProtect) -> None:
    """Register the demonstration; ``POST /demo/clock`` takes JSON only, which no foreign page can send unasked."""
    csrf.exempt(set_clock)
    app.register_blueprint(bp)
    app.jinja_env.globals.update(demo_now=clock.now)
    base = urlsplit(config().base_url)
    other_names = (
        {base.netloc.replace(base.hostname, name) for name in LOOPBACK} if base.hostname in LOOPBACK else set()
    )

    @app.before_request
    def under_one_name() -> ResponseReturnValue | None:
        """A page opened under this machine's other name is led to the base address, to which the bank returns: cookies know
        one name. Programs are answered where they ask."""
        reads_page = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
        if reads_page and request.host != base.netloc and request.host in other_names:
            return redirect(urlsplit(request.url)._replace(netloc=base.netloc).geturl(), 307)
        return None


@bp.get("")
@public
def tour() -> ResponseReturnValue:
    """The tour: what to try, the ready accounts, the test cards, the clock."""
    return render_template(
        "demo/tour.html",
        accounts=[row | {"code": _code_now(row)} for row in accounts.published()],
        stages=STAGES,
        start=START,
        spare_tckn=accounts.spare_tckn(),
        bank=queries.test_cards(),
        now=clock.now(),
    )


def _code_now(row: Mapping[str, str]) -> str | None:
    """What an authenticator app would show now."""
    secret = row.get("totp_secret")
    return second_factor.code_at(secret, second_factor.step_of(clock.wall())) if secret else None


@bp.get("/clock")
@public
def get_clock() -> ResponseReturnValue:
    """The domain's time."""
    return jsonify(now=clock.now().astimezone(ISTANBUL).isoformat())


@bp.post("/clock")
@public
def set_clock() -> ResponseReturnValue:
    """Move the domain's time forward, doing all due work on the way."""
    body: Any = request.get_json(silent=True) if request.is_json else None
    try:
        target = datetime.fromisoformat(body["now"])
        if target.tzinfo is None:
            raise Invalid("clock.unreadable")
    except (TypeError, KeyError, ValueError):
        raise Invalid("clock.unreadable") from None
    return jsonify(now=services.move_clock(target, sweep=scheduler.sweep).astimezone(ISTANBUL).isoformat())


@bp.post("/jump")
@public
def jump() -> ResponseReturnValue:
    """The buttons of the bar: the next business day, the next Monday, 180 days."""
    now = clock.now()
    calendar = terms.calendar()
    targets = {
        "hour": now + timedelta(hours=1),
        "business_day": instant(calendar.following_business_day(local_date(now)), now.astimezone(ISTANBUL).time()),
        "monday": next_monday(now).value,
        "days_180": now + timedelta(days=180),
    }
    target = targets.get(request.form.get("to", ""))
    if target is None:
        raise Invalid("clock.unreadable")
    services.move_clock(target, sweep=scheduler.sweep)
    back = request.form.get("back", "/")
    return redirect(back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/")


@bp.get("/exams/<code>/key")
@public
def exam_key(code: str) -> ResponseReturnValue:
    """The letters of a started attempt's frozen paper, so that a visitor can pass or fail at will."""
    return jsonify(answers={str(number): letter for number, letter in exams.demo_key(code).items()})


@bp.get("/outbox")
@public
def outbox() -> ResponseReturnValue:
    """The captured mail and SMS, newest first; JSON for scripts."""
    if request.accept_mimetypes.best_match(["application/json", "text/html"], "application/json") == "application/json":
        return jsonify([_for_scripts(row) for row in queries.outbox()])
    pages = max(1, -(-queries.outbox_size() // PAGE))
    page = min(page_number(), pages)
    shown = [(row, _text(row)) for row in queries.outbox(PAGE, PAGE * (page - 1))]
    return render_template("demo/outbox.html", messages=shown, page=page, pages=pages)


def _for_scripts(row: OutboxMessage) -> dict[str, Any]:
    return {
        "channel": row.channel, "to": row.recipient, "template": row.template, "language": row.language,
        "at": row.created_at.astimezone(ISTANBUL).isoformat(), "sent_at": row.sent_at and row.sent_at.astimezone(ISTANBUL).isoformat(),
        **_text(row),
    }  # fmt: skip


def _text(row: OutboxMessage) -> dict[str, str]:
    message = compose(row)
    return {"subject": message.subject, "body": message.text}


@bp.get("/accounts")
@public
def account_list() -> ResponseReturnValue:
    """Every ready account with its stage or role, for scripts; ``/demo`` shows the same to people."""
    return jsonify(accounts.published())


@bp.get("/sube-dosyasi")
@public
def sample_branch_file() -> ResponseReturnValue:
    """A file of the bank to try the accountant's pages with."""
    return attachment(branch_file.sample(), "text/plain", branch_file.NAME)
