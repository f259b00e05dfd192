"""What people do on the pages, step by step, by the labels they read."""

import io
import re
import time
from datetime import datetime, timedelta

import pyotp
from PIL import Image
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Demo

PASSWORD = "uzun bir yolculuk 42"


def register(page: Page, demo: Demo, tckn: str, first: str, last: str, email: str) -> None:
    page.goto(f"{demo.url}/kaydol")
    page.get_by_label("T.C. kimlik numarası").fill(tckn)
    page.get_by_label("Ad", exact=False).first.fill(first)
    page.get_by_label("Soyad").fill(last)
    page.get_by_label("E-posta").fill(email)
    page.get_by_label("Cep telefonu").fill("0532 000 00 00")
    page.get_by_label("Şifre", exact=False).first.fill(PASSWORD)
    page.get_by_label(re.compile("bilgilendirmeyi okudum")).check()
    page.get_by_role("button", name="Üye ol").click()
    expect(page).to_have_url(re.compile(rf"^{re.escape(demo.url)}/(\?.*)?$"))


def log_in(page: Page, demo: Demo, tckn: str, password: str, totp_secret: str | None = None) -> None:
    page.goto(f"{demo.url}/giris")
    page.get_by_label("T.C. kimlik numarası").fill(tckn)
    page.get_by_label("Şifre", exact=False).first.fill(password)
    page.get_by_role("button", name="Giriş yap").click()
    if totp_secret:
        page.get_by_label("Doğrulama kodu").fill(pyotp.TOTP(totp_secret).now())
        page.get_by_role("button", name="Onayla").click()


def log_out(page: Page) -> None:
    page.get_by_role("button", name="Çıkış").click()


def pay_on_the_bank_page(page: Page, card: str = "4111111111111111") -> None:
    """The bank's pages: card, one-time password, and back."""
    page.locator("[name=cardnumber]").fill(card)
    for name, value in (("cardexpiredatemonth", "12"), ("cardexpiredateyear", "30"), ("cardcvv2", "123")):
        field = page.locator(f"[name={name}]")
        if field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.get_by_role("button", name="Ödeme Yap").click()
    page.locator("[name=otp]").fill("123456")
    page.get_by_role("button", name="Onayla").click()
    page.get_by_role("button", name="İş yerine dön").click()


def pay(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.url}/odeme")
    page.get_by_role("link", name=re.compile("Ödeme Yap")).first.click()
    pay_by_card(page)


def pay_by_card(page: Page) -> None:
    """From the page with the consents, none of them ticked beforehand, to the bank and back."""
    enter = page.get_by_role("button", name="Kart Bilgilerini Gir")
    expect(enter).to_be_visible()
    for box in page.locator("form input[type=checkbox]").all():
        expect(box).not_to_be_checked()
        box.check()
    enter.click()
    page.get_by_role("button", name="Bankanın sayfasına geç").click()
    pay_on_the_bank_page(page)
    expect(page.get_by_text("Ödeme tamamlandı").first).to_be_visible()


def apply(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.url}/basvuru")
    page.get_by_label("Acente", exact=True).check()
    page.locator("[name=institution_name]").fill("Örnek Sigorta Acenteliği")
    page.locator("[name=education]").select_option("bachelor")
    page.locator("[name=province]").select_option("Çanakkale")
    fetch = page.get_by_role("button", name="Seçtiğim ilin ilçelerini getir")
    if fetch.is_visible():
        fetch.click()
    page.locator("[name=district] option", has_text="Gökçeada").wait_for(state="attached")
    page.locator("[name=district]").select_option("Gökçeada")
    page.locator("[name=accepts_notice]").check()
    page.locator("[name=accepts_terms]").check()
    page.get_by_role("button", name="Gözden geçir").click()
    page.get_by_role("button", name="Başvur", exact=True).click()
    expect(page.get_by_text("DETAYI GÖR").or_(page.get_by_text("Başvuru numarası")).first).to_be_visible()


AT_ONCE = 6
WATCHED = re.compile("%100")


def watch(page: Page, demo: Demo) -> None:
    """Play every lesson of the course to its end, some at a time and at sixteen times their speed; domain time is moved on
    meanwhile, for the server counts by time."""
    page.goto(f"{demo.url}/egitimlerim")
    page.locator("main a[href*='/egitimlerim/']").first.click()
    expect(page.locator("#film")).to_be_visible()
    lessons = page.locator("#index-title").locator("xpath=ancestor::aside").locator("ol a")
    addresses = [str(link.get_attribute("href")) for link in lessons.all()]
    for first in range(0, len(addresses), AT_ONCE):
        tabs = [page.context.new_page() for _ in addresses[first : first + AT_ONCE]]
        for tab, address in zip(tabs, addresses[first:], strict=False):
            tab.goto(f"{demo.url}{address}")
            tab.locator("#film").evaluate(
                "v => { v.muted = true; v.playbackRate = 16; v.currentTime = 0; return v.play(); }"
            )
        end = time.monotonic() + 120
        while not all(WATCHED.search(tab.locator("#percent").inner_text()) for tab in tabs):
            assert time.monotonic() < end, [tab.locator("#percent").inner_text() for tab in tabs]
            demo.jump(demo.now() + timedelta(minutes=2))
            page.wait_for_timeout(500)
        for tab in tabs:
            tab.close()
    page.reload()
    expect(page.locator("#done")).to_be_visible()
    expect(page.locator("#course")).to_have_text("eğitim %100")


def sit_exam(page: Page, demo: Demo, right: int) -> None:
    """Start the exam that is open, answer so that ``right`` are correct, finish and confirm."""
    page.goto(f"{demo.url}/sinavlar")
    page.locator("main a[href*='/sinavlar/']").first.click()
    page.get_by_role("button", name="Sınavı Başlat").click()
    expect(page.get_by_role("timer")).to_be_visible()
    key = demo.key(page.url.rstrip("/").rsplit("/", 1)[1].split("?")[0])
    for number in range(1, 11):
        expect(page.locator(f"form[data-question='{number}']")).to_be_visible()
        letter = key[str(number)] if number <= right else next(x for x in "ABCD" if x != key[str(number)])
        page.locator(f"input[type=radio][value={letter}]:visible").check(force=True)
        page.get_by_role("button", name="Kaydet", exact=True).click()
        expect(page.get_by_text(re.compile("kaydedildi", re.IGNORECASE)).first).to_be_visible()
    page.get_by_role("link", name="Sınavı Tamamla").click()
    expect(page.get_by_text("Sınavınız tamamlanacak, devam edilsin mi?")).to_be_visible()
    page.get_by_role("button", name="Devam", exact=True).click()
    expect(page.get_by_text(re.compile(rf"\b{right * 10}\b")).first).to_be_visible()


def next_monday(now: datetime) -> datetime:
    return (now + timedelta(days=7 - now.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)


def qr_text(png: bytes) -> str:
    """What the QR code on a picture says."""
    import zxingcpp

    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("RGB"))
    assert found, "no QR code is legible"
    return str(found[0].text)
