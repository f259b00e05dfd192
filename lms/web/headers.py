"""Security headers on every answer (ASVS 3.4): strict CSP without inline script or style, nothing loaded from elsewhere."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask

from lms.core.config import Config

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def policy(form_targets: str) -> str:
    """The content security policy; ``form_targets`` are foreign origins that a form may post to (the bank's page)."""
    return "; ".join(
        (
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:",
            "font-src 'self'", "media-src 'self' blob:", "connect-src 'self'", "manifest-src 'self'", "worker-src 'self'",
            f"form-action 'self' {form_targets}".rstrip(), "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'",
        )
    )  # fmt: skip


class Always:
    """Adds the headers that an answer has not set itself: below Flask, where it costs least, for every answer pays it."""

    def __init__(self, app: "WSGIApplication", headers: dict[str, str]) -> None:
        self._app = app
        self._headers = [(name.lower(), (name, value)) for name, value in headers.items()]

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        def start(status: str, own: list[tuple[str, str]], *more: Any) -> Callable[[bytes], object]:
            names = {name.lower() for name, _ in own}
            missing = [header for lowered, header in self._headers if lowered not in names]
            return start_response(status, own + missing, *more)

        return self._app(environ, start)


def init_app(app: Flask, config: Config) -> None:
    """Every answer carries them; what is meant to be cached (static files, films) says so itself."""
    always = {
        "Content-Security-Policy": policy(config.bank.origin),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
    if config.secure:
        always["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    app.wsgi_app = Always(app.wsgi_app, always)  # type: ignore[method-assign]
