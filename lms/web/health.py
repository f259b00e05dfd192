"""For whoever operates the machine: is it up, may it take requests, what does it do."""

import hmac
import time
from functools import cache
from ipaddress import ip_address

from flask import Blueprint, Flask, Response, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from sqlalchemy import text

from lms.core.config import Config
from lms.core.db import db
from lms.core.errors import NotFound
from lms.web.access import client_ip, public

bp = Blueprint("health", __name__)
REQUESTS = Counter("lms_requests_total", "Answered requests", ("endpoint", "status"))
SECONDS = Histogram(
    "lms_request_seconds",
    "Seconds to answer",
    ("endpoint",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)


_requests, _seconds = cache(REQUESTS.labels), cache(SECONDS.labels)


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """The database answers and its schema is there."""
    db.session.execute(text("select version_num from alembic_version"))
    return jsonify(status="ready")


@bp.get("/metrics")
@public
def metrics() -> ResponseReturnValue:
    """This process's figures, to loopback or the bearer of the token; for anybody else there is no such page."""
    config: Config = current_app.config["LMS"]
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if config.metrics_token:
        allowed = hmac.compare_digest(token.encode(), config.metrics_token.encode())
    else:
        allowed = ip_address(client_ip()).is_loopback and "X-Forwarded-For" not in request.headers
    if not allowed:
        raise NotFound
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def init_app(app: Flask) -> None:
    """Count and time every request by its endpoint (never by its path: paths hold codes)."""
    app.register_blueprint(bp)

    @app.before_request
    def begin() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        _requests(endpoint, response.status_code).inc()
        _seconds(endpoint).observe(time.perf_counter() - g.get("started", time.perf_counter()))
        return response
