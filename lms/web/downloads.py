"""Answering with a file: one that a stranger made, or a table of ours for a spreadsheet."""

import tempfile
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from flask import Response, stream_with_context

from lms.core.sheets import CSV_TYPE, XLSX_TYPE, Cell, csv_lines, write_xlsx
from lms.core.text import fold

_IN_MEMORY = 2 * 1024 * 1024


def table(name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]], form: str = "csv") -> Response:
    """A table as ``name``.csv or .xlsx, streamed; ``form`` as it stands in the address, anything but "xlsx" is CSV."""
    if form == "xlsx":
        spool = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed with the response
        write_xlsx(spool, name, head, rows)
        spool.seek(0)
        response = Response(iter(lambda: spool.read(65536), b""), mimetype=XLSX_TYPE)
        response.call_on_close(spool.close)
    else:
        response = Response(stream_with_context(csv_lines(head, rows)), content_type=CSV_TYPE)
    response.headers.set("Content-Disposition", "attachment", filename=f"{fold(name).replace(' ', '-')}.{form if form == 'xlsx' else 'csv'}")  # fmt: skip
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


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
