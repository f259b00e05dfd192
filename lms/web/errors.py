"""One place that turns what went wrong into an answer: a page with a sentence, or RFC 9457 problem+json."""

import logging
from datetime import datetime

from flask import Flask, Response, current_app, g, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from lms.core.clock import ISTANBUL
from lms.core.db import db
from lms.core.errors import DomainError, FieldErrors, TooMany, Unauthenticated
from lms.web.access import check_late, rule_of
from lms.web.addresses import own_page
from lms.web.i18n import language
from lms.web.messages import sentence

log = logging.getLogger(__name__)
_PROGRAMS = ("/api/", "/demo/clock", "/demo/exams/", "/demo/accounts")
"""Addresses that nobody reads in a browser: scripts often name no Accept."""
_CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "bad_request",
    429: "too_many",
}


def wants_json() -> bool:
    """Whether the caller is a program: the API, or a page's own script."""
    accept = request.accept_mimetypes
    if request.path.startswith(_PROGRAMS) or request.is_json:
        return True
    return accept["application/json"] > accept["text/html"]


def problem(status: int, code: str, params: dict[str, object], fields: dict[str, str] | None = None) -> Response:
    """RFC 9457 with a stable ``code``; instants and amounts among the params stand beside it."""
    text = sentence(code, params, language())
    body: dict[str, object] = {
        "type": f"/api/docs#{code}",
        "title": text,
        "status": status,
        "detail": text,
        "code": code,
    }
    for name, value in params.items():
        plain = value.astimezone(ISTANBUL).isoformat() if isinstance(value, datetime) else value
        if name not in body and isinstance(plain, str | int | bool | None):
            body[name] = plain
    if fields:
        body["errors"] = {name: {"code": c, "detail": sentence(c, params, language())} for name, c in fields.items()}
    response = jsonify(body)
    response.status_code = status
    response.content_type = "application/problem+json"
    return response


def _answer(status: int, code: str, params: dict[str, object], fields: dict[str, str] | None = None) -> Response:
    if wants_json():
        return problem(status, code, params, fields)
    origin = own_page(request.referrer or "") if request.method == "POST" else None
    page = render_template(
        "errors/error.html",
        status=status,
        code=code,
        message=sentence(code, params, language()),
        back=origin if origin and _is_page(origin) else None,
        typed=_typed() if origin else [],
    )
    return make_response(page, status)


def _is_page(address: str) -> bool:
    """Whether an address of ours can be opened again: a form that came back refused stands at one that only takes forms."""
    urls = current_app.create_url_adapter(request)
    return urls is not None and urls.test(address.partition("?")[0], method="GET")


def _without_slash() -> str | None:
    """The page that a reader meant who was given its address with a slash at the end; built of our own routes, so never elsewhere."""
    urls = current_app.create_url_adapter(request)
    if not isinstance(request.routing_exception, NotFound) or request.method not in ("GET", "HEAD") or urls is None:
        return None
    try:
        endpoint, values = urls.match(request.path.removesuffix("/"), method="GET")
    except HTTPException:
        return None
    query = request.query_string.decode(errors="replace")
    return urls.build(endpoint, values) + (f"?{query}" if query else "")


def _typed() -> list[str]:
    """The sentences of a form that was refused as a whole, to be copied: nobody types them twice. Never a password."""
    try:
        sent = request.form
    except HTTPException:  # too large to be read
        return []
    return [text for name, text in sent.items(multi=True) if "password" not in name and len(text.split()) > 1]


def _domain_error(error: DomainError) -> ResponseReturnValue:
    db.session.rollback()
    if isinstance(error, Unauthenticated) and not wants_json():
        there = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("membership.log_in", next=there))
    fields = error.fields if isinstance(error, FieldErrors) else None
    response = _answer(error.status, error.code, error.params, fields)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def late_refusal() -> ResponseReturnValue | None:
    """Who asks comes before what was sent: the refusal of a view that checks late, and was stopped by its input
    or by a token of a session that is over."""
    rule = rule_of(request.endpoint or "")
    if rule is None or not rule.late:
        return None
    try:
        check_late()
    except DomainError as error:
        return _domain_error(error)
    return None


def _csrf_error(_error: CSRFError) -> ResponseReturnValue:
    return late_refusal() or _answer(400, "csrf", {})


def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error.get_response()
    page = _without_slash()
    if page is not None:
        return redirect(page, 308)
    code = _CODES.get(status, "error.unknown" if status < 500 else "server_error")
    refused = late_refusal() if status in (400, 415) else None
    if refused is not None:
        return refused
    response = _answer(status, code, {"retry_after": 60} if status == 429 else {})
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(error.valid_methods or ())  # RFC 9110, 15.5.6
    return response


def _unstorable(error: DataError) -> ResponseReturnValue:
    """A value that no column can hold (a NUL, a number beyond all bounds) and that no form caught: bad input, no fault."""
    db.session.rollback()
    log.warning("unstorable value: %s", type(error.orig).__name__)
    return _answer(400, "bad_request", {})


def _too_deep(error: RecursionError) -> ResponseReturnValue:
    """JSON nested beyond what the reader follows: bad input. Anywhere else it is a fault of ours."""
    return _answer(400, "bad_request", {}) if request.is_json else _fault(error)


def _fault(error: Exception) -> ResponseReturnValue:
    db.session.rollback()
    log.error("unhandled fault", exc_info=error, extra={"request_id": g.get("request_id")})
    return _answer(500, "server_error", {})


def init_app(app: Flask) -> None:
    """Register the handlers; in tests a real fault is raised, not hidden behind a page."""
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DataError, _unstorable)
    app.register_error_handler(RecursionError, _too_deep)
    if not app.testing:
        app.register_error_handler(Exception, _fault)
