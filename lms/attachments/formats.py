"""Documents as they come from strangers: judged by their content, cleaned, and only then kept (ASVS 5.2, 5.3).

A PDF is parsed and written anew without scripts, attachments, actions and forms' own logic; an image is decoded and
encoded anew, which drops everything that is not its pixels. What cannot be read is refused, never repaired by guesswork.
"""

import hashlib
import io
import re
import unicodedata
import warnings
from dataclasses import dataclass
from typing import Final

import pikepdf
from PIL import Image, ImageOps

from lms.attachments.rules import MAX_PAGES, check_size
from lms.core.errors import Invalid

MAX_PIXELS: Final = 40_000_000
_LONG_SIDE: Final = 3000
"""An A4 page at 250 dots an inch: enough to read a stamp, small enough to keep."""
PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
SUFFIX: Final = {PDF: ".pdf", JPEG: ".jpg", PNG: ".png"}


@dataclass(frozen=True, slots=True)
class Clean:
    """A harmless document; ``label`` is the harmless form of the name it came with."""

    label: str
    media_type: str
    data: bytes
    pages: int

    @property
    def suffix(self) -> str:
        return SUFFIX[self.media_type]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def clean(data: bytes, name: str | None = None, ordinal: int = 1) -> Clean:
    """The harmless form of ``data``. Errors: document.empty, too_big, type, broken, encrypted, too_many_pages, too_large_picture."""
    check_size(len(data))
    if data.startswith(b"\xff\xd8\xff"):
        media_type, (harmless, pages) = JPEG, (_picture(data, "JPEG"), 1)
    elif data.startswith(b"\x89PNG\r\n\x1a\n"):
        media_type, (harmless, pages) = PNG, (_picture(data, "PNG"), 1)
    elif data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"%PDF-"):
        media_type, (harmless, pages) = PDF, _pdf(data)
    else:
        raise Invalid("document.type")
    return Clean(label(name, media_type, ordinal), media_type, harmless, pages)


def _picture(data: bytes, form: str) -> bytes:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=[form]) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise Invalid("document.too_large_picture", megapixels=MAX_PIXELS // 1_000_000)
                picture.load()
                upright = ImageOps.exif_transpose(picture)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Invalid("document.too_large_picture", megapixels=MAX_PIXELS // 1_000_000) from None
    except (OSError, ValueError, SyntaxError, EOFError, AttributeError):
        raise Invalid("document.broken") from None
    upright.thumbnail((_LONG_SIDE, _LONG_SIDE))
    out = io.BytesIO()
    if form == "JPEG":
        upright.convert("RGB").save(out, "JPEG", quality=88, optimize=True)
        return out.getvalue()
    plain = upright.convert("RGBA" if "A" in upright.getbands() or "transparency" in upright.info else "RGB")
    fresh = Image.new(plain.mode, plain.size)
    fresh.paste(plain)
    fresh.save(out, "PNG", optimize=True)
    return out.getvalue()


def _pdf(data: bytes) -> tuple[bytes, int]:
    out = io.BytesIO()
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            if pdf.is_encrypted:
                raise Invalid("document.encrypted")
            pages = len(pdf.pages)
            if not 0 < pages <= MAX_PAGES:
                raise Invalid("document.too_many_pages" if pages else "document.broken", most=MAX_PAGES)
            _strip(pdf)
            pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    except pikepdf.PasswordError:
        raise Invalid("document.encrypted") from None
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, RecursionError, RuntimeError):
        raise Invalid("document.broken") from None
    return out.getvalue(), pages


def _strip(pdf: pikepdf.Pdf) -> None:
    """No script, attachment, outside call or multimedia; no form logic, no metadata of the maker."""
    for remove in (
        pikepdf.sanitize.remove_javascript,
        pikepdf.sanitize.remove_attachments,
        pikepdf.sanitize.remove_external_access,
        pikepdf.sanitize.remove_multimedia,
        pikepdf.sanitize.remove_private_app_data,
    ):
        remove(pdf)
    for key in ("/OpenAction", "/AA", "/AcroForm", "/Metadata"):
        if key in pdf.Root:
            del pdf.Root[key]
    if "/Info" in pdf.trailer:
        del pdf.trailer["/Info"]


def page_count(pdf: bytes) -> int:
    """Pages of a document that was cleaned."""
    with pikepdf.open(io.BytesIO(pdf)) as parsed:
        return len(parsed.pages)


_UNSAFE = re.compile(r"[^\w .,()+-]+")


def plain_name(name: str | None) -> str:
    """A harmless, readable form of the name a file came with, without its ending; perhaps empty.

    Digits are masked where there are eleven in a row: people name scans after their identity number.
    """
    last = unicodedata.normalize("NFC", name or "").replace("\\", "/").rsplit("/", 1)[-1]
    stem = _UNSAFE.sub(" ", last.rsplit(".", 1)[0])
    return re.sub(r"\d{11,}", "***", " ".join(stem.split())).strip(" .")[:80]


def given_name(name: str | None, ordinal: int) -> str:
    """What its sender calls the file, as harmless as ``plain_name``, with the ending it came with; an empty one is numbered."""
    ending = re.search(r"\.\w{1,5}$", name or "")
    return (plain_name(name) or f"Belge {ordinal}") + (ending[0] if ending else "")


def label(name: str | None, media_type: str, ordinal: int) -> str:
    """The name a file is kept under: its ending follows the content, an empty one is numbered."""
    return f"{plain_name(name) or f'Belge {ordinal}'}{SUFFIX[media_type]}"
