"""Security headers on every answer (ASVS 3.4): strict CSP without inline script or style, nothing loaded from elsewhere."""

from flask import Flask, Response, request

from lms.core.config import Config


def policy(form_targets: str) -> str:
    """The content security policy; ``form_targets`` are foreign origins that a form may post to (the bank's page)."""
    return "; ".join(
        (
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:",
            "font-src 'self'", "media-src 'self' blob:", "connect-src 'self'", "manifest-src 'self'", "worker-src 'self'",
            f"form-action 'self' {form_targets}".rstrip(), "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'",
        )
    )  # fmt: skip


def init_app(app: Flask, config: Config) -> None:
    """Add the headers that a response has not set itself; in one pass, for every answer pays it."""
    always = {
        "Content-Security-Policy": policy(config.bank.origin),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    if config.secure:
        always["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    fixed = [(name.lower(), name, value) for name, value in always.items()]
    unless_static = [*fixed, ("cache-control", "Cache-Control", "no-store")]

    @app.after_request
    def add(response: Response) -> Response:
        own = {name.lower() for name, _ in response.headers}
        wanted = fixed if request.endpoint == "static" else unless_static
        response.headers.extend([(name, value) for lowered, name, value in wanted if lowered not in own])
        return response
