"""The application: the only module that knows every feature."""

import logging
import random
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from apiflask import APIFlask
from flask import Response, g, request
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from lms.announcements import views as announcements
from lms.api.views import setup as api
from lms.attachments import staff_views as attachments_staff
from lms.certificates import staff_views as certificates_staff
from lms.certificates import views as certificates
from lms.core import config as configuration
from lms.core.clock import FileClock, set_source, wall
from lms.core.config import ROOT, Config
from lms.core.db import db, mark_read_only
from lms.corporate import staff_views as corporate_staff
from lms.corporate import views as corporate
from lms.courses import staff_views as courses_staff
from lms.demo import views as demo
from lms.demo.clock import START
from lms.editorial.staff_views import setup as editorial
from lms.enrolment import views as enrolment
from lms.exams import views as exams
from lms.exams.staff_views import acts as exams_acts
from lms.exams.staff_views import extension as exams_extension
from lms.exams.staff_views import requests as exams_staff
from lms.exemptions import staff_views as exemptions_staff
from lms.exemptions import views as exemptions
from lms.identity import staff_views as identity_staff
from lms.identity import views as identity
from lms.journey import calendar_views
from lms.journey import views as journey
from lms.learning import views as learning
from lms.mailroom import staff_views as mailroom
from lms.membership import staff_views as membership_staff
from lms.membership.views import setup as membership
from lms.payments import staff_views as payments_staff
from lms.payments import views as payments
from lms.planning.staff_views import calendar as planning_calendar
from lms.planning.staff_views import terms as planning
from lms.practice.views import setup as practice
from lms.privacy import staff_views as privacy_staff
from lms.privacy import views as privacy
from lms.register import staff_views as register_staff
from lms.reports.staff_views import setup as reports
from lms.slips import staff_views as slips_staff
from lms.slips import views as slips
from lms.staff import attendance_views as staff_attendance
from lms.staff import message_views
from lms.staff import views as staff
from lms.support import staff_views as support_staff
from lms.support import views as support
from lms.tariff import views as tariff
from lms.terms import views as terms
from lms.verification import views as verification
from lms.web import (
    access,
    compression,
    errors,
    filters,
    fixed,
    headers,
    health,
    i18n,
    navigation,
    prose,
    sessions,
    throttle,
    uploads,
)

BLUEPRINTS = (
    fixed.bp,
    membership.bp,
    membership_staff.bp,
    journey.bp,
    calendar_views.bp,
    payments.bp,
    payments_staff.bp,
    exemptions.bp,
    exemptions_staff.bp,
    enrolment.bp,
    learning.bp,
    practice.bp,
    exams.bp,
    exams_staff.bp,
    exams_staff.items_bp,
    exams_acts.bp,
    exams_acts.extra_bp,
    exams_extension.bp,
    editorial.bp,
    certificates.bp,
    certificates_staff.bp,
    identity.bp,
    identity_staff.bp,
    corporate.bp,
    corporate_staff.bp,
    verification.bp,
    tariff.bp,
    terms.bp,
    planning.bp,
    planning_calendar.bp,
    announcements.bp,
    courses_staff.bp,
    register_staff.bp,
    support.bp,
    attachments_staff.bp,
    support_staff.bp,
    privacy.bp,
    privacy_staff.bp,
    slips.bp,
    slips_staff.bp,
    mailroom.bp,
    reports.bp,
    staff.bp,
    staff_attendance.bp,
    message_views.bp,
)
MAX_REQUEST = 12 * 1024 * 1024
csrf = CSRFProtect()
T = TypeVar("T")


class Application(APIFlask):
    """The application; no view or hook of it is a coroutine, so nobody needs to look whether one is, dozens of times a call."""

    def ensure_sync(self, func: Callable[..., T]) -> Callable[..., T]:
        return func


def create_app(config: Config | None = None) -> APIFlask:
    """Wire the application for ``config`` (default: the environment). Starts nothing, migrates nothing."""
    config = config or Config.from_env()
    configuration.activate(config)
    set_source(demo_clock(config) if config.demo and not config.testing else wall)
    app = Application(
        "lms",
        title="SEGEM LMS API",
        version="1.0",
        root_path=str(Path(__file__).parent),
        template_folder=str(ROOT / "templates"),
        static_folder="static",
        spec_path="/api/v1/openapi.json",
        docs_path=None,
        json_errors=False,
    )
    _configure(app, config)
    _init_database(app, config)
    _init_requests(app)
    uploads.init_app(app)
    csrf.init_app(app)
    for part in (sessions, i18n, filters, prose, errors, access, navigation, compression):
        part.init_app(app)
    throttle.init_app(app, config)
    health.init_app(app)
    headers.init_app(app, config)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    csrf.exempt(payments.returned)  # signed by the bank, not by our page
    csrf.exempt(announcements.leave)  # signed by us in the message; a mailbox's own button knows no session
    navigation.set_going_on(app, exams.going_on)
    membership.init_app(app)
    api.init_app(app, csrf)
    if config.demo:
        demo.init_app(app, csrf)
    return app


def demo_clock(config: Config) -> FileClock:
    """The demonstration's shared clock (CONTRACT.md, Modes)."""
    return FileClock(config.var_dir / "clock.json", START)


def _configure(app: APIFlask, config: Config) -> None:
    app.testing = config.testing
    app.secret_key = config.secret_key
    app.config.update(
        SESSION_COOKIE_NAME="__Host-lms" if config.secure else "lms",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.secure,
        SESSION_COOKIE_PATH="/",
        MAX_CONTENT_LENGTH=MAX_REQUEST,
        MAX_FORM_MEMORY_SIZE=512 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=config.secure,
        SEND_FILE_MAX_AGE_DEFAULT=31536000,
        LMS=config,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(demo=config.demo)
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]


def _init_database(app: APIFlask, config: Config) -> None:
    app.config["SQLALCHEMY_DATABASE_URI"] = config.database_url
    if config.database_url.startswith("sqlite:///"):
        Path(config.database_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    else:
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_size": 16, "max_overflow": 4, "pool_recycle": 1800}
    db.init_app(app)
    Migrate(app, db, directory=str(ROOT / "lms" / "migrations"), render_as_batch=True, compare_type=True)


def _init_requests(app: APIFlask) -> None:
    logging.getLogger("lms").setLevel(logging.INFO)
    versions: dict[str, str] = {}

    @app.before_request
    def begin() -> None:
        mark_read_only(request.method in ("GET", "HEAD", "OPTIONS"))
        g.request_id = format(random.getrandbits(64), "016x")  # a name in the log, no secret

    @app.after_request
    def name_request(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.get("request_id", "")
        return response

    @app.url_defaults
    def version_static(endpoint: str, values: dict[str, object]) -> None:
        """Static files may be cached for a year: their address changes with their content."""
        if endpoint != "static" or "v" in values:
            return
        name = str(values["filename"])
        if name not in versions or app.debug:
            path = Path(str(app.static_folder)) / name
            versions[name] = format(path.stat().st_mtime_ns // 1000 & 0xFFFFFFFF, "x") if path.is_file() else "0"
        values["v"] = versions[name]
