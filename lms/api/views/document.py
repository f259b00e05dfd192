"""/api/docs: the API for people, from the same OpenAPI document that machines read; nothing loaded from elsewhere."""

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from lms.web.access import public
from lms.web.i18n import language
from lms.web.messages import table

bp = Blueprint("api_docs", __name__)


@bp.get("/api/docs")
@public
def docs() -> ResponseReturnValue:
    """Calls by path, with their schemas, and the published list of error codes."""
    spec = current_app.spec  # type: ignore[attr-defined]
    calls = [
        (path, method.upper(), call)
        for path, methods in spec["paths"].items()
        for method, call in methods.items()
        if isinstance(call, dict)
    ]
    return render_template(
        "api/docs.html", calls=calls, schemas=spec["components"]["schemas"], codes=sorted(table(language()).items())
    )
