"""A page of a PDF as a picture, so that a reviewer sees a stranger's document without opening it in the browser.

The drawing runs in a process of its own with little memory and time: a document made to break a reader breaks only that.
"""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import typst

from lms.core.errors import NotFound

_SECONDS = 12
_MEMORY = 1024 * 1024 * 1024
_PAGE = """#set page(width: 595pt, height: 842pt, margin: 0pt, fill: white)
#image("source.pdf", page: {page}, width: 595pt, height: 842pt, fit: "contain")
"""


def page_picture(pdf: bytes, page: int) -> bytes:
    """Page ``page`` (from 1) as PNG; NotFound when there is none or it cannot be drawn."""
    try:
        done = subprocess.run(  # noqa: S603 - our own module, no shell; the document goes in as bytes
            [sys.executable, "-m", __name__, str(page)],
            input=pdf,
            capture_output=True,
            timeout=_SECONDS,
            check=True,
            cwd=Path(__file__).parents[2],
        )
    except (subprocess.SubprocessError, OSError):
        raise NotFound("document.no_preview") from None
    return done.stdout


def _draw(pdf: bytes, page: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "source.pdf").write_bytes(pdf)
        Path(folder, "page.typ").write_text(_PAGE.format(page=page), "utf-8")
        return bytes(typst.compile(str(Path(folder, "page.typ")), root=folder, format="png", ppi=110))


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    sys.stdout.buffer.write(_draw(sys.stdin.buffer.read(), int(sys.argv[1])))
