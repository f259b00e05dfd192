import io
import struct
import zlib

import pikepdf
import pytest
from PIL import Image

from lms.attachments.formats import JPEG, PDF, PNG, clean, label
from lms.attachments.rendering import page_picture
from lms.core.errors import Invalid, NotFound


def pdf_with(**catalog: object) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        for key, value in catalog.items():
            pdf.Root[f"/{key}"] = pdf.make_indirect(value)
        pdf.save(out)
    return out.getvalue()


def picture(form: str, size: tuple[int, int] = (60, 40), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#0b7a75").save(out, form, **options)
    return out.getvalue()


def test_R118_a_pdf_loses_scripts_attachments_and_forms() -> None:
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
    source = io.BytesIO(pdf_with(OpenAction=script, AcroForm=pikepdf.Dictionary(Fields=pikepdf.Array())))
    with pikepdf.open(source) as pdf:
        pdf.attachments["x.exe"] = b"MZ"
        out = io.BytesIO()
        pdf.save(out)
    document = clean(out.getvalue())
    assert (document.media_type, document.pages, document.suffix) == (PDF, 1, ".pdf")
    assert b"JavaScript" not in document.data
    with pikepdf.open(io.BytesIO(document.data)) as pdf:
        assert not pdf.attachments
        assert not {"/OpenAction", "/AcroForm", "/AA", "/Metadata"} & set(pdf.Root.keys())


def test_R118_an_encrypted_pdf_is_refused() -> None:
    for owner, user in (("a", "b"), ("a", "")):
        out = io.BytesIO()
        with pikepdf.open(io.BytesIO(pdf_with())) as pdf:
            pdf.save(out, encryption=pikepdf.Encryption(owner=owner, user=user))
        with pytest.raises(Invalid, match=r"document\.encrypted"):
            clean(out.getvalue())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "document.empty"),
        (b"MZ\x90\x00 program", "document.type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "document.type"),
        (b"GIF89a....", "document.type"),
        (b"PK\x03\x04", "document.type"),
        (b"%PDF-1.7\nnothing of the kind", "document.broken"),
        (b"\xff\xd8\xff\xe0 no picture", "document.broken"),
        (b"\x89PNG\r\n\x1a\n no picture", "document.broken"),
        (b"%PDF-" + b"0" * (10 * 1024 * 1024), "document.too_big"),
    ],
)
def test_R118_what_is_no_document_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        clean(data)
    assert refused.value.code == code


def test_R118_a_decompression_bomb_is_refused_before_it_is_unpacked() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"0" * 1000)) + chunk(b"IEND", b"")
    )
    with pytest.raises(Invalid, match=r"document\.too_large_picture"):
        clean(bomb)


def test_R118_a_picture_keeps_its_pixels_and_nothing_else() -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    document = clean(picture("JPEG", exif=exif))
    assert document.media_type == JPEG
    assert b"secret" not in document.data
    hidden = clean(picture("PNG") + b"<?php system($_GET[0]); ?>")
    assert hidden.media_type == PNG
    assert b"php" not in hidden.data


def test_R118_a_large_scan_is_made_smaller() -> None:
    with Image.open(io.BytesIO(clean(picture("PNG", (4000, 3000))).data)) as small:
        assert max(small.size) == 3000


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("şehit belgesi.PDF", "şehit belgesi.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\belge\\gazi kartı.exe", "gazi kartı.pdf"),
        ('a"><script>.pdf', "a script.pdf"),
        ("12345678901.pdf", "***.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie x.pdf"),
        ("", "Belge 2.pdf"),
        (None, "Belge 2.pdf"),
        ("....", "Belge 2.pdf"),
        ("a\x00b.pdf", "a b.pdf"),
    ],
)
def test_R118_a_file_name_is_made_harmless(name: str | None, shown: str) -> None:
    assert label(name, PDF, 2) == shown


def test_R118_a_page_is_drawn_for_the_reviewer() -> None:
    with Image.open(io.BytesIO(page_picture(pdf_with(), 1))) as page:
        assert page.format == "PNG"
        assert page.width == pytest.approx(910, abs=4)


def test_R118_a_page_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NotFound):
        page_picture(pdf_with(), 2)
