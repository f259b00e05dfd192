"""The language of a page: ``?lang``, then the cookie, then Turkish. Pages ignore Accept-Language; the API honours it."""

from flask import Flask, Response, g, request
from flask_babel import Babel

LANGUAGES = ("tr", "en")
TURKISH_ONLY = ("/yonetim", "/giris/kod")  # the pages of the staff
COOKIE = "lang"
_YEAR = 365 * 24 * 3600


def language() -> str:
    """ "tr" or "en" for this request."""
    chosen = g.get("language")
    if chosen is None:
        chosen = g.language = _choose()
    return str(chosen)


def _choose() -> str:
    if request.path.startswith("/api/"):
        return request.accept_languages.best_match(LANGUAGES) or "tr"
    if request.path.startswith(TURKISH_ONLY):
        return "tr"
    for candidate in (request.args.get("lang"), request.cookies.get(COOKIE)):
        if candidate in LANGUAGES:
            return candidate
    return "tr"


def _remember(response: Response) -> Response:
    chosen = request.args.get("lang") if request.query_string else None
    if chosen in LANGUAGES and not request.path.startswith("/api/"):
        response.set_cookie(COOKIE, chosen, max_age=_YEAR, samesite="Lax", httponly=True, secure=request.is_secure)
    return response


def init_app(app: Flask) -> None:
    """Turkish is the language of the templates themselves; the English catalogue stands in lms/translations."""
    app.config.update(BABEL_DEFAULT_LOCALE="tr", BABEL_DEFAULT_TIMEZONE="Europe/Istanbul")
    Babel(app, locale_selector=language)
    app.after_request(_remember)
    app.jinja_env.globals.update(language=language)
