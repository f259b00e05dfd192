"""Puts the API into the application."""

from typing import Any

from apiflask import APIFlask
from apiflask.exceptions import HTTPError
from flask_wtf.csrf import CSRFProtect

from lms.api.views import document, enrolment, members, study
from lms.api.views.base import bearer_token, bp, invalid_input, say_where_keys_count
from lms.core import clock
from lms.core.access import Actor
from lms.membership.credential import member_for_token
from lms.web.access import client_ip, set_token_resolver

CALLS = (members, enrolment, study)
"""The modules whose views stand on the blueprint."""


def _actor() -> Actor | None:
    token = bearer_token()
    return member_for_token(token, wall=clock.wall(), ip=client_ip()) if token else None


def _complete(spec: Any) -> Any:
    """What APIFlask leaves open: no call of ours takes a body that may be left out."""
    for methods in spec["paths"].values():
        for call in methods.values():
            if isinstance(call, dict) and "requestBody" in call:
                call["requestBody"]["required"] = True
    return say_where_keys_count(spec)


def init_app(app: APIFlask, csrf: CSRFProtect) -> None:
    """Bearer tokens only, never cookies: so no CSRF token either."""
    csrf.exempt(bp)
    set_token_resolver(app, _actor)
    app.register_error_handler(HTTPError, invalid_input)
    app.security_schemes = {"bearer": {"type": "http", "scheme": "bearer"}}
    app.spec_processor(_complete)
    app.register_blueprint(bp)
    app.register_blueprint(document.bp)
