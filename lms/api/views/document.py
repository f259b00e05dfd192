"""/api/docs: the API for people, from the same OpenAPI document that machines read; nothing loaded from elsewhere."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from lms.web.access import public
from lms.web.i18n import language
from lms.web.messages import table

bp = Blueprint("api_docs", __name__)
GROUPS = (
    ("Account", ("members", "sessions", "me")),
    ("Terms and payments", ("terms", "payments")),
    ("Exemption and application", ("exemptions", "applications", "reapplications")),
    ("Training", ("trainings",)),
    ("Exam", ("exams",)),
    ("Certificate", ("certificates", "verify")),
    ("Tariff", ("tariff",)),
    ("Support", ("support",)),
)
"""The calls in the order in which they are read: the candidate's way, by the first word of the path."""
_LAST = len(GROUPS)


@bp.get("/api/docs")
@public
def docs() -> ResponseReturnValue:
    """Calls in reading order, with their schemas, and the published list of error codes."""
    spec = current_app.spec  # type: ignore[attr-defined]
    groups: dict[str, list[Any]] = {}
    for path in sorted(spec["paths"], key=_place):
        group = _place(path)[0]
        title = GROUPS[group][0] if group < _LAST else "Other"
        calls = ((path, method.upper(), call) for method, call in spec["paths"][path].items() if isinstance(call, dict))
        groups.setdefault(title, []).extend(calls)
    return render_template(
        "api/docs.html",
        groups=groups,
        schemas=spec["components"]["schemas"],
        type_words=type_words,
        codes=sorted(table(language()).items()),
    )


def _place(path: str) -> tuple[int, int, int]:
    """Where a path stands: its group, its word in the group, then shorter ones first."""
    first = path.removeprefix("/api/v1/").partition("/")[0].partition(".")[0]
    for number, (_title, words) in enumerate(GROUPS):
        if first in words:
            return number, words.index(first), path.count("/")
    return _LAST, 0, path.count("/")


def type_words(schema: Mapping[str, Any]) -> Markup:
    """A type as people say it: "list of text", "whole number or nothing", a link to another schema."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return Markup('<a href="#schema-{0}">{0}</a>').format(name)
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return Markup(" or ").join(type_words(one) for one in schema[several])
    if "enum" in schema:
        values = ", ".join("nothing" if value is None else str(value) for value in schema["enum"])
        return Markup("one of: {}").format(values)
    if "const" in schema:
        return Markup("always {}").format(str(schema["const"]).lower())
    kinds = schema.get("type", "")
    return Markup(" or ").join(_kind(kind, schema) for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _kind(kind: str, schema: Mapping[str, Any]) -> Markup:
    if kind == "array":
        return Markup("list of {}").format(type_words(schema.get("items", {})))
    words = {
        "string": _FORMATS.get(schema.get("format", ""), "text"), "integer": "whole number", "number": "number",
        "boolean": "true or false", "object": "object", "null": "nothing",
    }  # fmt: skip
    return Markup("{}").format(words.get(kind, "anything"))


_FORMATS = {
    "date-time": "instant",
    "date": "day",
    "email": "e-mail address",
    "uri": "address",
    "url": "address",
    "binary": "file",
}
