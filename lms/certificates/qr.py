"""The square on the certificate: the verification address, made to be read from bad prints by old phones."""

from io import BytesIO
from urllib.parse import urlsplit

import qrcode
from qrcode.constants import ERROR_CORRECT_Q
from qrcode.image.svg import SvgPathImage

from lms.core.codes import format_code


def verify_url(base_url: str, code: str) -> str:
    """The address behind the code, as people read it: `https://host/d/7K3F-9QWX-2MPA-04TV-H`."""
    return f"{base_url.rstrip('/')}/d/{format_code(code)}"


def qr_text(base_url: str, code: str) -> str:
    """The same address in capitals, which a QR code stores in 5.5 bits a letter: fewer, larger squares.

    Scheme and host do not mind; /D/ is routed as /d/ is. A base address with a path of its own would mind, and stays.
    """
    url = verify_url(base_url, code)
    if urlsplit(base_url).path.strip("/"):
        return url
    return url.upper()


def qr_svg(text: str, *, border: int = 4) -> bytes:
    """A QR code as one SVG path, level Q (a quarter of it may be lost); `border` is its quiet zone in squares."""
    picture = qrcode.make(text, error_correction=ERROR_CORRECT_Q, image_factory=SvgPathImage, border=border)
    out = BytesIO()
    picture.save(out)
    return out.getvalue()
