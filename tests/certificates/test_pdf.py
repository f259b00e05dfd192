from dataclasses import replace
from datetime import date
from io import BytesIO

import pikepdf
import pypdfium2
import pytest
import zxingcpp

from lms.certificates.pdf import Content, render
from lms.certificates.qr import qr_text, verify_url
from lms.core.codes import check_sign, format_code, normalise

BODY = "7K3F9QWX2MPA04TV"
CODE = BODY + check_sign(BODY)
TURKISH = "ABCÇDEFGĞHIİJKLMNOÖPRSŞTUÜVYZ abcçdefgğhıijklmnoöprsştuüvyz âîû ₺"
CONTENT = Content(
    number="DDTA-2025-004217",
    code=CODE,
    holder="Şükriye Işıl Çağlayangöğüş-İnönü",
    holder_id="123******89",
    program="Devlet Destekli Ticari Alacak Sigortası",
    term="2025 dönemi",
    basis="32066 sayılı Resmî Gazete’de yayımlanan Tebliğ’in 16’ncı maddesi uyarınca düzenlenmiştir.",
    passed_on=date(2025, 3, 7),
    issued_on=date(2025, 3, 10),
    base_url="https://akademi.example.org",
)


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        assert len(document) == 1
        return " ".join(document[0].get_textpage().get_text_bounded().split())
    finally:
        document.close()


def seen_in(pdf: bytes) -> list[str]:
    """What a phone reads in the page as it is printed."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [found.text for found in zxingcpp.read_barcodes(document[0].render(scale=2).to_pil())]
    finally:
        document.close()


def test_R106_the_page_says_what_was_frozen():
    text = text_of(render(CONTENT))
    for part in (
        "SERTİFİKA",
        CONTENT.holder,
        CONTENT.program,
        CONTENT.number,
        CONTENT.holder_id,
        CONTENT.term,
        CONTENT.basis,
        "10 Mart 2025",
        "7 Mart 2025",
        format_code(CODE),
        "akademi.example.org/dogrula",
    ):
        assert part in text


def test_every_turkish_letter_is_there_and_can_be_copied_out():
    text = text_of(render(replace(CONTENT, basis=TURKISH)))
    assert TURKISH in text


def test_the_qr_leads_to_the_verification_page():
    pdf = render(CONTENT)
    (read,) = seen_in(pdf)
    assert read == f"HTTPS://AKADEMI.EXAMPLE.ORG/D/{format_code(CODE)}"
    assert normalise(read.rpartition("/")[2]) == CODE


def test_the_qr_text_keeps_the_case_of_a_path():
    assert qr_text("http://127.0.0.1:8000", CODE).startswith("HTTP://127.0.0.1:8000/D/")
    assert qr_text("https://host.example/akademi/", CODE) == f"https://host.example/akademi/d/{format_code(CODE)}"
    assert verify_url("https://host.example/", CODE) == f"https://host.example/d/{format_code(CODE)}"


def test_the_same_content_gives_the_same_bytes():
    assert render(CONTENT) == render(CONTENT)
    assert render(CONTENT) != render(replace(CONTENT, number="DDTA-2025-004218"))


def test_the_file_is_tagged_archivable_landscape_and_carries_its_fonts():
    with pikepdf.open(BytesIO(render(CONTENT))) as pdf:
        page = pdf.pages[0]
        assert float(page.mediabox[2]) == pytest.approx(841.89, abs=0.1)
        assert float(page.mediabox[3]) == pytest.approx(595.28, abs=0.1)
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang).startswith("tr")
        with pdf.open_metadata() as xmp:
            assert (xmp["pdfaid:part"], xmp["pdfaid:conformance"]) == ("2", "A")
            assert xmp["pdfuaid:part"] == "1"
            assert CONTENT.number in xmp["dc:title"]
        families = set()
        for font in page.resources.Font.values():
            families.add(str(font.BaseFont).partition("+")[2].partition("-")[0])
            assert "/FontFile2" in font.DescendantFonts[0].FontDescriptor
        assert families == {"SourceSans3", "SourceSerif4"}


@pytest.mark.parametrize(
    "hostile",
    [
        '#panic("x") $x$ *bold* _it_ `raw` <label> @ref \\ \\u{41} // not a comment',
        '{{7*7}} ${7*7} <b>A</b> "quoted" #import "x"',
        "= Başlık",
    ],
)
def test_names_are_text_and_never_markup(hostile):
    assert hostile in text_of(render(replace(CONTENT, holder=hostile, program=hostile, basis=hostile)))


@pytest.mark.parametrize("length", [1, 60, 120])
def test_a_long_name_stays_on_one_page_and_whole(length):
    name = "Ş" + "ı" * (length - 1)
    pdf = render(replace(CONTENT, holder=name))
    assert name in text_of(pdf).replace(" ", "")
    assert len(seen_in(pdf)) == 1
