"""What programs ask for at addresses that no page names: crawlers, and browsers beside an answer that is no page."""

from pathlib import Path

from flask import Blueprint, Response, current_app

from lms.web.access import public

bp = Blueprint("fixed", __name__)


def _static(name: str, kind: str) -> Response:
    response = Response(Path(str(current_app.static_folder), name).read_bytes(), mimetype=kind)
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@bp.get("/robots.txt")
@public
def robots() -> Response:
    """What a search engine may read."""
    return _static("robots.txt", "text/plain")


@bp.get("/favicon.ico")
@public
def favicon() -> Response:
    """The mark that pages link to."""
    return _static("icons/favicon.svg", "image/svg+xml")
