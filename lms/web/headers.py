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
    """Add the headers that a response has not set itself."""
    csp = policy(config.bank.origin)

    @app.after_request
    def add(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", csp)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if config.secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        if request.endpoint != "static":
            headers.setdefault("Cache-Control", "no-store")
        return response
