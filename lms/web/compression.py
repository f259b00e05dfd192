"""Stylesheets, scripts and icons leave compressed: most people are on a phone, and the server may stand alone."""

import gzip
from collections.abc import Callable

from flask import Flask, Response, request

_TEXT = ("text/css", "text/javascript", "application/javascript", "image/svg+xml", "application/manifest+json")


def init_app(app: Flask) -> None:
    """Compress static text once and keep it. Pages are left alone: they mix what is typed with what is secret (BREACH)."""
    kept: dict[str, tuple[str, bytes]] = {}

    def static(filename: str) -> Response:
        response = app.send_static_file(filename)
        if response.mimetype not in _TEXT:
            return response
        response.vary.add("Accept-Encoding")
        if response.status_code != 200 or request.method != "GET" or not request.accept_encodings.quality("gzip"):
            return response
        etag = response.get_etag()[0] or ""
        if kept.get(request.path, ("", b""))[0] != etag:
            response.direct_passthrough = False
            kept[request.path] = (etag, gzip.compress(response.get_data(), mtime=0))
        close: Callable[[], None] | None = getattr(response.response, "close", None)
        if close is not None:
            close()
        response.direct_passthrough = False
        response.set_data(kept[request.path][1])
        response.content_encoding = "gzip"
        response.set_etag(etag, weak=True)
        return response

    app.view_functions["static"] = static
