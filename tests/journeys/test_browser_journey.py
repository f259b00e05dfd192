"""The 2025 term lived in a browser: a candidate from registration to renewal, an exempt one, the reviewer, an employer."""

import io
import re
import secrets
from datetime import timedelta
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import browser_context_args, browser_type_launch_args, picture
from tests.factories import valid_tckn
from tests.journeys import people
from tests.journeys.conftest import Demo

pytestmark = pytest.mark.browser
__all__ = ["browser_context_args", "browser_type_launch_args"]


def _pdf(page: Page, demo: Demo) -> bytes:
    link = page.locator("main a[href$='.pdf']").first.get_attribute("href")
    answer = page.request.get(f"{demo.url}{link}")
    assert answer.status == 200
    return answer.body()


def _first_page(pdf: bytes) -> bytes:
    """The PDF's page as a picture, drawn by a reader that did not write it."""
    out = io.BytesIO()
    pypdfium2.PdfDocument(pdf)[0].render(scale=2.5).to_pil().save(out, "PNG")
    return out.getvalue()


def test_a_candidate_from_registration_to_renewal(page: Page, demo: Demo, browser: Browser) -> None:
    page.goto(demo.url)
    picture(page, "first")
    people.register(page, demo, valid_tckn(secrets.randbelow(10**8)), "Işıl", "Örneközü", "isil@example.org")
    picture(page, "journey-new")
    people.pay(page, demo)
    picture(page, "paid")
    people.apply(page, demo)
    picture(page, "applied")
    page.goto(demo.url)
    expect(page.get_by_text("24 saat").first).to_be_visible()
    picture(page, "journey-waiting")

    demo.jump(demo.now() + timedelta(days=4))
    people.watch(page, demo)
    picture(page, "player")
    people.sit_exam(page, demo, right=6)
    picture(page, "result-failed")
    monday = people.next_monday(demo.now())
    demo.jump(monday)
    people.sit_exam(page, demo, right=8)
    picture(page, "result-passed")
    demo.jump(people.next_monday(demo.now()))

    page.goto(f"{demo.url}/sertifikalarim")
    picture(page, "certificates")
    first = _pdf(page, demo)
    png = _first_page(first)
    address = people.qr_text(png)
    assert re.fullmatch(rf"{re.escape(demo.url)}/d/[0-9a-z-]+", address.lower())
    stranger = browser.new_context(locale="tr-TR", viewport={"width": 390, "height": 844}).new_page()
    stranger.goto(address)
    expect(stranger.get_by_text("GEÇERLİ").first).to_be_visible()
    assert "Örneközü" not in stranger.content()
    picture(stranger, "verified")

    demo.jump(demo.now() + timedelta(days=181))
    page.goto(f"{demo.url}/sertifikalarim")
    picture(page, "certificate-expired")
    page.get_by_role("button", name=re.compile("Sertifika Ödemesi")).or_(
        page.get_by_role("link", name=re.compile("Sertifika Ödemesi"))
    ).first.click()
    people.pay_by_card(page)
    page.goto(f"{demo.url}/sertifikalarim")
    assert _pdf(page, demo) == first
    stranger.reload()
    expect(stranger.get_by_text("GEÇERLİ").first).to_be_visible()


def test_an_exempt_candidate_and_the_reviewer(page: Page, demo: Demo, browser: Browser, tmp_path: Path) -> None:
    people.register(page, demo, valid_tckn(secrets.randbelow(10**8)), "Ümit", "Örneksoy", "umit@example.org")
    document = tmp_path / "belge.pdf"
    document.write_bytes(_evidence())
    page.goto(f"{demo.url}/muafiyet")
    page.get_by_label("Gazi çocuğu", exact=False).first.check()
    for box in page.locator("form input[type=checkbox]").all():
        box.check()
    send = page.get_by_role("button", name=re.compile("Gönder|İsteği gönder"))
    film = tmp_path / "film.pdf"
    film.write_bytes(bytes(13 * 1024 * 1024))
    page.locator("input[type=file]").set_input_files([document, film])
    send.click()
    expect(page.get_by_text("gönderilemeyecek kadar büyük")).to_be_visible()  # nothing left the page, nothing is lost
    expect(page.get_by_label("Gazi çocuğu", exact=False).first).to_be_checked()
    page.locator("input[type=file]").set_input_files(document)
    send.click()
    expect(page.get_by_text("İsteğiniz alındı")).to_be_visible()
    picture(page, "exemption-asked")
    page.goto(f"{demo.url}/odeme")
    expect(page.get_by_role("link", name=re.compile("Ödeme Yap")).first).to_be_visible()

    reviewer = browser.new_context(locale="tr-TR", viewport={"width": 1280, "height": 900}).new_page()
    account = demo.account(role="reviewer")
    people.log_in(reviewer, demo, account["tckn"], account["password"], account["totp_secret"])
    expect(reviewer).to_have_url(re.compile("/yonetim"))
    picture(reviewer, "desk")
    reviewer.goto(f"{demo.url}/yonetim/muafiyet")
    picture(reviewer, "queue")
    reviewer.get_by_role("row").filter(has_text="Ümit").get_by_role("link").first.click()
    expect(reviewer.get_by_role("button", name=re.compile("Onayla|Uygun")).first).to_be_visible()
    picture(reviewer, "review")
    for box in reviewer.locator("form input[type=checkbox]").all():
        box.check()
    reviewer.get_by_role("button", name=re.compile("Onayla|Uygun")).first.click()
    demo.jump(demo.now() + timedelta(minutes=2))

    page.goto(f"{demo.url}/muafiyet")
    expect(page.get_by_text(re.compile("onaylandı|uygun bulundu", re.IGNORECASE)).first).to_be_visible()
    page.goto(f"{demo.url}/odeme")
    expect(page.get_by_role("link", name=re.compile("Ödeme Yap"))).to_have_count(0)
    people.apply(page, demo)
    page.goto(f"{demo.url}/odemelerim")
    expect(page.get_by_text("533,00")).to_have_count(0)


def _evidence() -> bytes:
    document, out = pikepdf.new(), io.BytesIO()
    document.add_blank_page()
    document.save(out)
    return out.getvalue()
