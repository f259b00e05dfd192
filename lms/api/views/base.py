"""What every call of /api/v1 shares: the blueprint, bearer tokens, instants and money as text, idempotency."""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from apiflask import APIBlueprint
from apiflask.exceptions import HTTPError
from flask import Response, current_app, json, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from lms.api import services
from lms.api.forms import Problem
from lms.core import clock
from lms.core.clock import ISTANBUL
from lms.core.config import vault
from lms.core.db import release, transaction
from lms.membership.queries import fingerprint
from lms.web.access import current_actor
from lms.web.errors import late_refusal, problem

bp = APIBlueprint("api", __name__, url_prefix="/api/v1", tag="v1")
PROBLEM = {"application/problem+json": {"schema": Problem.model_json_schema()}}
_ERRORS = {
    400: "The body cannot be read", 401: "No valid token", 403: "Not allowed", 404: "No such thing, or not yours",
    405: "No such method", 409: "Does not fit the present state", 413: "Too large", 415: "Not JSON",
    422: "A value is wrong", 429: "Too many requests",
}  # fmt: skip
ERRORS: dict[int | str, Any] = {status: {"description": about, "content": PROBLEM} for status, about in _ERRORS.items()}
SECURED: list[str | dict[str, list[Any]]] = [{"bearer": []}]


_HONOURS_KEY = "__lms_idempotent__"
_KEY = {
    "name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string", "maxLength": 200},
    "description": "A random word of the caller's: the same request sent again under it within a day is done once and answered"
    " the same again; another request under it is refused (422 idempotency.mismatch).",
}  # fmt: skip


def many(model: type[BaseModel]) -> Any:
    """A list of ``model`` as an output; APIFlask takes it, its annotations do not name it."""
    return list[model]  # type: ignore[valid-type]


def iso(value: datetime | None) -> str | None:
    """ISO 8601, always +03:00."""
    return None if value is None else value.astimezone(ISTANBUL).isoformat()


def span(start: datetime, end: datetime) -> dict[str, str | None]:
    """A half-open range."""
    return {"from": iso(start), "to": iso(end)}


def idempotent(view: Callable[..., tuple[Any, int]]) -> Callable[..., ResponseReturnValue]:
    """Honour Idempotency-Key on a POST; the document says so where it is done.

    A stranger is nobody whose keys could be told apart: theirs counts with everything they sent, a password among it. Who
    sends anything else, be it with another's number and key, is answered as if no key were there (R030).
    """

    @wraps(view)
    def once(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        key = request.headers.get("Idempotency-Key", "")[:200]
        member_id = current_actor().id
        if not key:
            return view(*args, **kwargs)
        asked = _asked()
        if member_id is None:
            key = vault().index(f"idempotency-key:{asked}:{key}")
        with transaction():
            stored = services.claim(member_id, key, asked, clock.wall())
        if stored is not None:
            return _json(stored.body, stored.status)
        try:
            body, status = view(*args, **kwargs)
        except Exception:  # refused or failed: the key is free for another try
            release()
            with transaction():
                services.forget(member_id, key)
            raise
        text = json.dumps(body)
        with transaction():
            services.remember(member_id, key, status, text)
        return _json(text, status)

    once.__dict__[_HONOURS_KEY] = True
    return once


def say_where_keys_count(spec: Any) -> Any:
    """The request header of each call that honours it."""
    for rule in current_app.url_map.iter_rules():
        if getattr(current_app.view_functions[rule.endpoint], _HONOURS_KEY, False):
            spec["paths"][rule.rule]["post"].setdefault("parameters", []).append(_KEY)
    return spec


def _asked() -> str:
    """The fingerprint of what is asked: a multipart form by its values, whatever boundary was drawn; else the very bytes.

    Keyed, for there may be an identity number or a password in it: a plain hash could be searched.
    """
    found = hashlib.sha256(request.full_path.encode() + b"\0")
    if request.mimetype != "multipart/form-data":
        found.update(request.get_data())
        return _keyed(found.hexdigest())
    values = [[name, value] for name, value in request.form.items(multi=True)]
    for name, file in request.files.items(multi=True):
        values.append([name, file.filename or "", hashlib.sha256(file.read()).hexdigest()])
        file.seek(0)
    found.update(json.dumps(values).encode())
    return _keyed(found.hexdigest())


def _keyed(found: str) -> str:
    return vault().index(f"idempotency:{found}")


_DEVICE = re.compile(r"[0-9A-Za-z_-]{16,64}", re.ASCII)


def device_mark() -> str | None:
    """Which phone this is, whoever holds it: the fingerprint of the random number that the app made at its first start and
    sends as Device-Id. None without one; nothing but a sign to look at depends on it.
    """
    number = request.headers.get("Device-Id", "")
    return fingerprint(f"app:{number}") if _DEVICE.fullmatch(number) else None


def ready(body: dict[str, Any]) -> Response:
    """A hot path's answer, made of its own whole numbers: it leaves without being checked against its schema once more."""
    return _json(json.dumps(body), 200)


def _json(text: str, status: int) -> Response:
    return Response(text, status, content_type="application/json")


_REASONS = {"Field required": "field.required", "Extra inputs are not permitted": "field.unknown"}


def invalid_input(error: HTTPError) -> ResponseReturnValue:
    """A body that does not fit its schema: 422 with one code per field."""
    refused = late_refusal()
    if refused is not None:
        return refused
    if error.status_code != 422 or not isinstance(error.detail, dict):
        return problem(error.status_code, "bad_request", {})
    by_field = {name: texts for part in error.detail.values() for name, texts in part.items()}
    return problem(
        422, "form.invalid", {}, {name: _REASONS.get(texts[0], "field.invalid") for name, texts in by_field.items()}
    )


def bearer_token() -> str:
    """The token of this request's Authorization header, or ""."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
