"""The office in a real browser: each area's main act, and what its page looks like (`var/pictures`, chosen for docs/pictures)."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.browser import browser_context_args, browser_type_launch_args, picture
from tests.courses.test_recording import CAPTIONS, film_bytes
from tests.factories import valid_tckn
from tests.journeys import people
from tests.journeys.conftest import Demo
from tests.payments.branch_files import collection, row

pytestmark = pytest.mark.browser
__all__ = ["browser_context_args", "browser_type_launch_args"]
QUEUES = {
    "reapplications": "Yeniden başvuru talepleri",
    "revocations": "İptal onayı bekleyen",
    "corrections": "Kimlik no düzeltmeleri",
    "disputes": "Kimlik itirazları",
    "payments": "Bakılacak ödemeler",
    "slips": "Dekontlar",
    "proposals": "İçerik önerileri",
}


_seats: dict[tuple[str, str], StorageState] = {}
"""Who logged in already: a code of the second factor counts once, and these tests are quicker than its half minute."""


def at_the_desk(browser: Browser, demo: Demo, role: str) -> Page:
    """A staff member logged in, on a page of their own."""
    seat = _seats.get((demo.url, role))
    page = browser.new_context(locale="tr-TR", timezone_id="Europe/Istanbul", storage_state=seat).new_page()
    page.set_default_timeout(10_000)
    if seat is None:
        account = demo.account(role=role)
        people.log_in(page, demo, account["tckn"], account["password"], account["totp_secret"])
        expect(page).to_have_url(re.compile(r"/yonetim"))
        _seats[demo.url, role] = page.context.storage_state()
    else:
        page.goto(f"{demo.url}/yonetim")
    return page


def test_terms_and_calendar_tell_their_effect_first(browser: Browser, demo: Demo) -> None:
    page = at_the_desk(browser, demo, "manager")
    page.get_by_role("link", name="Ayarlar").click()
    page.get_by_role("main").get_by_role("link", name="2025 dönemi", exact=True).click()
    page.get_by_role("link", name="Değiştir").click()
    page.get_by_label("Başvurunun son günü").fill("2025-11-24")
    page.get_by_label("Eğitim ve sınavların son günü").fill("2025-12-05")
    page.get_by_role("button", name="Etkisini göster").click()
    expect(page.get_by_role("heading", name="Etkisi")).to_be_visible()
    expect(page.get_by_role("row", name="Başvurunun son günü")).to_contain_text("24 Kasım 2025")
    picture(page, "office-terms")
    page.goto(f"{demo.url}/yonetim/takvim")
    page.get_by_label("Gün").first.fill("2026-10-30")
    page.get_by_label("Adaylara gösterilecek ad").fill("Köprü günü")
    page.get_by_label("Gerekçe").fill("Köprü günü kararı, 12 sayılı yazı")
    page.get_by_role("button", name="Etkisini göster").click()
    page.get_by_role("button", name="Takvime işle").click()
    expect(page.get_by_role("row", name=re.compile("30 Ekim 2026"))).to_contain_text("Köprü günü")
    picture(page, "office-calendar")
    page.get_by_role("row", name=re.compile("30 Ekim 2026")).get_by_role("link", name="Geri al").click()
    expect(page.get_by_role("heading", name="Etkisi")).to_be_visible()
    page.get_by_label("Gerekçe").fill("Köprü günü kararı geri alındı")
    page.get_by_role("button", name="Kaydı geri al").click()
    expect(page.get_by_text("Kayıt geri alındı.")).to_be_visible()
    page.context.close()


def test_messages_by_address(browser: Browser, demo: Demo) -> None:
    page = at_the_desk(browser, demo, "support")
    address = demo.outbox()[0]["to"]
    page.goto(f"{demo.url}/yonetim/iletiler")
    page.get_by_label("E-posta adresi ya da cep telefonu").fill(address)
    page.get_by_role("button", name="Ara").click()
    expect(page.get_by_role("row").filter(has_text="gönderildi").first).to_be_visible()
    picture(page, "office-messages")
    page.context.close()


def test_a_film_waits_for_a_second_person(browser: Browser, demo: Demo, tmp_path: Path) -> None:
    """What an editor uploads for a lesson is published by somebody else, from the desk."""
    editor, manager = (at_the_desk(browser, demo, role) for role in ("editor", "manager"))
    captions = tmp_path / "film.vtt"
    captions.write_text(CAPTIONS, "utf-8")
    editor.goto(f"{demo.url}/yonetim/icerik/videolar/ddta/sistem")
    editor.locator("input[name=video]").set_input_files(film_bytes(tmp_path / "film.mp4"))
    editor.locator("input[name=captions]").set_input_files(captions)
    editor.get_by_role("button", name="Yükle ve öner").click()
    expect(editor.get_by_text("Kendi önerinizi siz yayımlayamazsınız")).to_be_visible()
    manager.goto(f"{demo.url}/yonetim")
    manager.get_by_role("link", name=re.compile("Ders videosu önerileri")).click()
    manager.get_by_role("row", name=re.compile("öneri bekliyor")).get_by_role("link").click()
    expect(manager.get_by_role("heading", name="İkinci kişiyi bekleyen öneri")).to_be_visible()
    picture(manager, "office-videos")
    manager.get_by_label("Gerekçe").fill("Ders metninden üretilen film kalsın.")
    manager.get_by_role("button", name="Geri çevir").click()
    editor.reload()
    expect(editor.get_by_text("Ders metninden üretilen film kalsın.")).to_be_visible()
    editor.context.close()
    manager.context.close()


def test_R063_a_request_about_personal_data_is_answered_and_leaves_its_trail(browser: Browser, demo: Demo) -> None:
    account = demo.account(stage="certified")
    person = browser.new_context(locale="tr-TR", timezone_id="Europe/Istanbul").new_page()
    people.log_in(person, demo, account["tckn"], account["password"])
    person.wait_for_load_state()
    for kind, words in (
        ("Yanlış ya da eksik", "Çalıştığım kurumun adı eksik yazılmış, düzeltilmesini istiyorum."),
        ("Otomatik puanlanan", "Sonucumu bir görevlinin de incelemesini istiyorum."),
    ):
        person.goto(f"{demo.url}/hesabim/verilerim/talep")
        person.get_by_label(kind).check()
        if kind.startswith("Otomatik"):
            person.get_by_label("İtiraz ettiğiniz sınav").select_option(index=1)
        person.get_by_label("Açıklamanız").fill(words)
        person.get_by_role("button", name="Gönder").click()
        expect(person.get_by_role("status").or_(person.locator(".alert")).first).to_contain_text("Talebiniz alındı")
    expect(person.get_by_text("yanıt bekliyor")).to_have_count(2)
    picture(person, "person-data")

    clerk = at_the_desk(browser, demo, "manager")
    clerk.goto(f"{demo.url}/yonetim/kvkk")
    picture(clerk, "office-kvkk")
    clerk.get_by_role("link", name="İncele").first.click()
    clerk.get_by_label("yerine getirildi", exact=True).check()
    clerk.get_by_label("Gerekçe").select_option("done")
    clerk.get_by_label("Kişiye yazılacak yanıt").fill("Kurumunuzun adı başvurunuzda düzeltildi.")
    picture(clerk, "office-kvkk-one")
    clerk.get_by_role("button", name="Yanıtla").click()
    expect(clerk.get_by_text("yanıt e-posta ile gönderiliyor")).to_be_visible()
    clerk.goto(f"{demo.url}/yonetim/denetim?act=privacy.answered")
    expect(clerk.get_by_role("rowheader").first).to_contain_text("Kişisel veri talebi yanıtlandı")
    clerk.goto(f"{demo.url}/yonetim/denetim")
    picture(clerk, "office-denetim")
    person.context.close()
    clerk.context.close()


def test_R045_R112_what_came_by_mail_is_sorted_and_the_rest_set_aside(browser: Browser, demo: Demo) -> None:
    page = at_the_desk(browser, demo, "manager")
    page.goto(f"{demo.url}/yonetim/posta?liste=is-olan")
    expect(page.get_by_text("adres kayıtlı değil")).to_be_visible()
    picture(page, "office-mail")
    page.goto(f"{demo.url}/yonetim/posta")
    page.get_by_role("main").get_by_role("link", name="İlan", exact=True).click()
    page.get_by_label("Gerekçe").fill("Reklam iletisi; yapılacak bir şey yok.")
    page.get_by_role("button", name="Kenara ayır").click()
    expect(page.get_by_text("Posta kenara ayrıldı.")).to_be_visible()
    page.context.close()


def test_R112_a_question_is_taken_on_and_answered_with_a_ready_text(browser: Browser, demo: Demo) -> None:
    page = at_the_desk(browser, demo, "support")
    page.goto(f"{demo.url}/yonetim/destek")
    picture(page, "office-support")
    page.get_by_role("main").get_by_role("link", name="Video açılmıyor").click()
    page.locator("#answer").fill("Merhaba, ")
    page.get_by_role("button", name="Üstlen").click()
    expect(page.get_by_text("Talebi üstlendiniz.")).to_be_visible()
    expect(page.locator("#answer")).to_have_value("Merhaba, ")  # what was begun outlives the other form
    page.get_by_label("Hazır yanıt").select_option(label="Video açılmıyor")
    page.get_by_role("button", name="Metne ekle").click()
    expect(page.locator("#answer")).to_have_value(re.compile("Tarayıcınızı güncelleyip"))
    picture(page, "office-support-thread")
    page.get_by_role("button", name="Yanıtı gönder").click()
    expect(page.get_by_text("Yanıt e-posta ile gönderiliyor.")).to_be_visible()
    page.context.close()


def test_a_person_is_found_and_a_colleague_invited(browser: Browser, demo: Demo) -> None:
    page = at_the_desk(browser, demo, "manager")
    page.goto(f"{demo.url}/yonetim/adaylar")
    page.get_by_role("searchbox").fill(demo.account(stage="certified")["tckn"])
    page.get_by_role("button", name="Ara").click()
    expect(page.get_by_role("heading", name="Zaman çizelgesi")).to_be_visible()
    with page.expect_download() as evidence:
        page.get_by_role("link", name="Kanıt dosyasını indir").click()
    assert evidence.value.suggested_filename.startswith("kanit-")
    picture(page, "office-candidate")
    page.get_by_role("navigation", name="Olay türü").get_by_role("link", name="Sınav").click()
    expect(page.get_by_text("1. sınav başladı").first).to_be_visible()
    page.goto(f"{demo.url}/yonetim/devam")
    picture(page, "office-attendance")
    page.goto(f"{demo.url}/yonetim/personel")
    page.get_by_label("Denetçi (salt okur)").check()
    page.get_by_role("button", name="Davet et").click()
    expect(page.get_by_text("Bağlantı hazır")).to_be_visible()
    picture(page, "office-staff")
    page.context.close()


def test_reports_lists_and_signs(browser: Browser, demo: Demo) -> None:
    page = at_the_desk(browser, demo, "manager")
    page.goto(f"{demo.url}/yonetim/raporlar")
    page.get_by_label("Dönem", exact=True).select_option(label="2025 dönemi")
    page.get_by_role("button", name="Göster").click()
    page.get_by_role("button", name="Şimdi say").click()
    expect(page.get_by_text("itibarıyladır")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^Formu gönderen"))).to_be_visible()
    picture(page, "office-reports")
    with page.expect_download() as kept:
        page.locator("a[href*='huni.csv']").click()
    assert kept.value.path().read_text("utf-8-sig").startswith("Adım;Kişi")
    page.goto(f"{demo.url}/yonetim/raporlar/tamamlama")
    page.get_by_label("SEDDK", exact=True).check()
    page.get_by_label("Tarife ve Talimat Tebliği gereği bildirim").check()
    page.get_by_label("Yazının tarihi ve sayısı").fill("03.03.2025 tarihli, E-12 sayılı yazı")
    page.get_by_label("Dönem", exact=True).select_option(label="2025 dönemi")
    page.get_by_role("button", name="Listeyi hazırlat").click()
    expect(page.get_by_role("row").filter(has_text="E-12 sayılı yazı").first).to_be_visible()
    picture(page, "office-lists")
    page.goto(f"{demo.url}/yonetim/raporlar/isaretler")
    expect(page.get_by_text("Hiçbiri kanıt değildir")).to_be_visible()
    picture(page, "office-signs")
    page.context.close()


def test_an_exemption_is_decided_beside_its_evidence(browser: Browser, demo: Demo) -> None:
    page = at_the_desk(browser, demo, "reviewer")
    page.goto(f"{demo.url}/yonetim/muafiyet")
    expect(page.get_by_role("columnheader", name="Formun kapanmasına")).to_be_visible()
    picture(page, "office-exemptions")
    page.get_by_role("link", name=re.compile("^İncele")).first.click()
    for drawn in page.locator("figure img").all():
        drawn.evaluate("one => { one.loading = 'eager'; return one.decode() }")
    picture(page, "office-exemption")
    page.get_by_role("button", name="Uygun bulunmadı").click()
    expect(page.get_by_role("alert").first).to_contain_text("gerekçe")
    page.get_by_label("Gerekçe").select_option(label="Yakınlık belgesi eksik")
    page.get_by_role("button", name="Ek belge iste").click()
    expect(page.get_by_text("Adaydan ek belge istendi.")).to_be_visible()
    page.context.close()


def test_earlier_certificates_are_taken_line_by_line(browser: Browser, demo: Demo) -> None:
    page = at_the_desk(browser, demo, "manager")
    page.goto(f"{demo.url}/yonetim/kutuk")
    table = "tckn;number;holder;issued_on;revoked_on\n10000000146;2019-0007;Örnek Kişi;2019-05-06;\n123;2019-0008;A;2019-05-06;\n"
    page.get_by_label("Dosya").set_input_files({"name": "2019.csv", "mimeType": "text/csv", "buffer": table.encode()})
    page.get_by_role("button", name="Önizle").click()
    expect(page.get_by_role("row", name=re.compile("2019-0008"))).to_contain_text("geçerli değil")
    picture(page, "office-register")
    page.context.close()


def test_D14_R098_acts_on_a_persons_exam(browser: Browser, demo: Demo) -> None:
    """Extra time is asked for and granted; a failed exam is annulled and comes back, its effect told first."""
    account = demo.account(stage="exam")
    person = browser.new_context(locale="tr-TR", timezone_id="Europe/Istanbul").new_page()
    people.log_in(person, demo, account["tckn"], account["password"])
    person.goto(f"{demo.url}/basvurularim")
    person.get_by_role("main").get_by_role("link", name=re.compile("DDTA-|Detay", re.IGNORECASE)).first.click()
    person.get_by_role("link", name="Sınavda ek süre").click()
    person.get_by_label("Neden ek süreye ihtiyacınız var?").fill("Görme engelim nedeniyle ekranı büyüterek okuyorum.")
    person.get_by_label("İstediğiniz ek süre").fill("25")
    person.get_by_label("sınav süresinin yüzdesi").check()
    person.get_by_role("button", name="Ek süre iste").click()
    expect(person.get_by_text("inceleniyor").first).to_be_visible()
    picture(person, "person-extra-time")

    page = at_the_desk(browser, demo, "manager")
    page.goto(f"{demo.url}/yonetim/ek-sure")
    picture(page, "office-extra-time")
    page.get_by_role("link", name="İncele").first.click()
    page.get_by_label("Tanınan ek süre (dakika)").fill("5")
    page.get_by_role("button", name="Ek süreyi tanı").click()
    expect(page.get_by_text("Karar kaydedildi")).to_be_visible()

    page.goto(f"{demo.url}/yonetim/adaylar")
    page.get_by_role("main").get_by_role("searchbox").fill(demo.account(stage="failed_once")["tckn"])
    page.get_by_role("main").get_by_role("button", name="Ara").click()
    page.get_by_role("link", name="1. sınavı geçersiz say").click()
    expect(page.get_by_role("heading", name="Teknik nedenle sayılırsa")).to_be_visible()
    picture(page, "office-annul")
    page.get_by_label("Teknik neden: hak geri verilir").check()
    page.get_by_label("Neden", exact=True).select_option("outage")
    page.get_by_label("Gerekçe").fill("Sunucu kayıtlarında sınav sırasında kesinti görülüyor.")
    page.get_by_role("button", name="Sınavı geçersiz say").click()
    expect(page.get_by_text("Teknik nedenle geçersiz sayıldı; hak geri verildi.")).to_be_visible()
    person.context.close()
    page.context.close()


def test_R063_an_institution_invites_its_people(browser: Browser, demo: Demo, tmp_path: Path) -> None:
    """A manager appoints a member; the member's list invites, and its bad line is named."""
    manager, account = at_the_desk(browser, demo, "manager"), demo.account(stage="new")
    manager.goto(f"{demo.url}/yonetim/kurumlar")
    manager.get_by_label("Kurumun adı").fill("Örnek Kurum Aracılık")
    manager.get_by_label("Temsilcinin T.C. kimlik numarası").fill(account["tckn"])
    manager.get_by_label("Dayanak").fill("Kurumun 2025/17 sayılı yazısı")
    manager.get_by_role("button", name="Temsilciyi ata").click()
    expect(manager.get_by_role("row", name=re.compile("Örnek Kurum Aracılık"))).to_be_visible()
    agent = browser.new_context(locale="tr-TR", timezone_id="Europe/Istanbul").new_page()
    agent.set_default_timeout(10_000)
    people.log_in(agent, demo, account["tckn"], account["password"])
    agent.wait_for_load_state()
    agent.goto(f"{demo.url}/kurum")
    rows = [f"{valid_tckn(970_000 + n)};Deniz;Davetli {'ABCD'[n - 1]};davetli{n}@example.org" for n in range(1, 5)]
    table = tmp_path / "liste.csv"
    table.write_text("\n".join([*rows, "123;Deniz;Hatalı;yok"]), "utf-8")
    agent.locator("input[name=file]").set_input_files(table)
    agent.get_by_role("button", name="Davetleri gönder").click()
    expect(agent.get_by_text("4 kişiye davet gönderiliyor.")).to_be_visible()
    expect(agent.get_by_role("row", name=re.compile("Hatalı"))).to_be_visible()
    agent.get_by_role("link", name="Kişilere dön").click()
    expect(agent.get_by_text("yanıt bekleniyor")).to_have_count(4)
    picture(agent, "office-institution")
    manager.context.close()
    agent.context.close()


def test_R063_the_ready_representative_sees_who_completed_and_nothing_more(browser: Browser, demo: Demo) -> None:
    account = demo.account(stage="representative")
    agent = browser.new_context(locale="tr-TR", timezone_id="Europe/Istanbul").new_page()
    people.log_in(agent, demo, account["tckn"], account["password"])
    agent.wait_for_load_state()
    agent.goto(f"{demo.url}/kurum")
    told = {
        "Asya": "tamamladı",
        "Bora": "ücreti ödendi",
        "Ceren": "kabul etti",
        "Defne": "yanıt bekleniyor",
        "bilgileri": "daveti geri çevirdi",
    }
    for name, state in told.items():
        expect(agent.get_by_role("row", name=re.compile(name))).to_contain_text(state)
    agent.context.close()


def test_every_queue_of_the_desk_opens_from_its_line(browser: Browser, demo: Demo) -> None:
    """What waits stands at the desk; each line leads to its queue, which says what it is for even when nothing waits."""
    page = at_the_desk(browser, demo, "manager")
    picture(page, "office-desk")
    for name, label in QUEUES.items():
        page.goto(f"{demo.url}/yonetim")
        page.get_by_role("main").get_by_role("link", name=re.compile(label)).first.click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator("main table, main .empty").first).to_be_visible()
        picture(page, f"office-{name}")
    page.context.close()


def test_the_banks_file_of_branch_payments(browser: Browser, demo: Demo) -> None:
    page = at_the_desk(browser, demo, "accountant")
    rows = [row(1, amount=50000), row(2, channel="AT"), row(3, tckn="12345678901", name="ÖRNEK ÖDEYEN")]
    page.goto(f"{demo.url}/yonetim/sube-odemeleri")
    page.locator("input[type=file]").set_input_files(
        {"name": "tahsilat.txt", "mimeType": "text/plain", "buffer": collection(rows)}
    )
    page.get_by_role("button", name="Aktar").click()
    expect(page.get_by_text("3 satır aktarıldı.")).to_be_visible()
    page.goto(f"{demo.url}/yonetim")
    page.get_by_role("link", name=re.compile("Şube ödemeleri")).first.click()
    page.goto(f"{demo.url}/yonetim/sube-odemeleri/bekleyen")
    expect(page.get_by_role("row")).to_have_count(4)
    picture(page, "office-branch")
    page.get_by_role("link", name="1, 2", exact=True).click()
    page.get_by_label("Gerekçe").fill("Banka parayı 12 Kasım 2025 günü geri gönderdi.")
    page.get_by_role("button", name="Banka geri gönderdi").click()
    expect(page.get_by_text("Karar kaydedildi.")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(3)
    page.context.close()
