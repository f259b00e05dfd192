"""The certificate as a PDF: A4 landscape, tagged (PDF/UA-1), for the archive (PDF/A-2a), the same bytes every time."""

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import typst

from lms.certificates.qr import qr_svg, qr_text, verify_url
from lms.core.codes import format_code

_TEMPLATE = Path(__file__).with_name("certificate.typ")
_FONTS = Path(__file__).parents[2] / "content" / "fonts"
_MONTHS = [
    "Ocak",
    "Şubat",
    "Mart",
    "Nisan",
    "Mayıs",
    "Haziran",
    "Temmuz",
    "Ağustos",
    "Eylül",
    "Ekim",
    "Kasım",
    "Aralık",
]


@dataclass(frozen=True, slots=True)
class Content:
    """What the certificate says, frozen when it was issued. `holder_id` is masked: the full number is on no paper."""

    number: str
    code: str
    holder: str
    holder_id: str
    program: str
    term: str
    basis: str
    passed_on: date
    issued_on: date
    base_url: str


def render(content: Content) -> bytes:
    """The PDF of a certificate. What people wrote reaches the template as data only, never as markup."""
    data = {
        **asdict(content),
        "code": format_code(content.code),
        "passed_on": _long_date(content.passed_on),
        "issued_on": _long_date(content.issued_on),
        "date": [content.issued_on.year, content.issued_on.month, content.issued_on.day],
        "verify_url": verify_url(content.base_url, content.code),
        "verify_page": f"{content.base_url.partition('://')[2].rstrip('/')}/dogrula",
        "qr": qr_svg(qr_text(content.base_url, content.code), border=0).decode(),  # the page's white is the quiet zone
    }
    pdf = typst.compile(
        str(_TEMPLATE),
        format="pdf",
        font_paths=[str(_FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=["a-2a", "ua-1"],
    )
    assert isinstance(pdf, bytes)  # noqa: S101  a one-page PDF comes as bytes, whatever the stub allows
    return pdf


def _long_date(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
