"""Answering with a file that a stranger made."""

from urllib.parse import quote

from flask import Response

from lms.core.text import fold


def attachment(data: bytes, media_type: str, name: str) -> Response:
    """The file is saved, never opened as a page of ours: no script could run in it, no type is guessed (ASVS 5.4, 3.2).

    ``name`` may hold any letters: the header carries both forms of RFC 6266.
    """
    response = Response(data, mimetype=media_type)
    plain = fold(name).encode("ascii", "ignore").decode()
    encoded = {"filename*": f"UTF-8''{quote(name, safe='')}"}
    response.headers.set("Content-Disposition", "attachment", filename=plain, **encoded)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
