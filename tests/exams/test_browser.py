"""The running exam in a real browser: choices that survive a lost line, a reload, another device and the last second."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import update
from werkzeug.serving import make_server

from lms.core import clock
from lms.core.config import vault
from lms.core.db import db
from lms.exams.queries import attempts
from lms.exams.services import attempts as services
from lms.membership.models import Member
from lms.membership.passwords import hash_password
from lms.web.access import principal
from tests import factories
from tests.browser import browser_type_launch_args, phone
from tests.conftest import civil
from tests.exams.conftest import trained

pytestmark = pytest.mark.browser
__all__ = ["browser_type_launch_args", "phone"]
PASSWORD = "kuzey rüzgârı 7 bulut"
expect.set_options(timeout=15_000)  # a busy machine is slow, not wrong


class Running:
    """Domain time that runs at real speed and can be moved, as in the demonstration."""

    def __init__(self, start: datetime) -> None:
        self._offset = start - clock.wall()

    def __call__(self) -> datetime:
        return clock.wall() + self._offset

    def forward(self, by: timedelta) -> None:
        self._offset += by


class Site:
    """A served application with one candidate who may take the exam."""

    def __init__(self, app: Any, now: Running) -> None:
        self.app, self.now, self.person = app, now, None
        with app.app_context():
            factories.questions(40)
            application = factories.application(at=civil("2025-03-04 09:00"))
            trained(application, now())
            self.member_actor, self.code = application.member.actor(), f"{application.code}-1"
            db.session.commit()
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.base = f"http://127.0.0.1:{self.server.port}"
        self.url = f"{self.base}/sinavlar/{self.code}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def stored(self) -> dict[str, str]:
        with self.app.app_context():
            attempt = attempts.attempt_by_code(self.code)
            return {str(n): o for n, o in sorted(attempts.answers(attempt.id).items())} if attempt else {}

    def save_elsewhere(self, number: int, option: str) -> None:
        with self.app.app_context():
            services.save_answer(self.code, number, option, actor=self.member_actor, now=self.now())
            db.session.commit()

    def key(self) -> dict[str, str]:
        with self.app.app_context():
            return services.demo_key(self.code)


@pytest.fixture
def site(live_database: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    app = live_database()
    now = Running(civil("2025-03-06 14:00"))
    clock.set_source(now)
    served = Site(app, now)
    served.person = SimpleNamespace(actor=served.member_actor, second_factor_done=True, fresh=True)
    monkeypatch.setattr("lms.web.access.principal", lambda: served.person)
    app.jinja_env.globals.setdefault("demo_now", clock.now)
    yield served
    served.stop()
    clock.set_source(clock.wall)


@pytest.fixture
def exam(site: Site, phone: BrowserContext) -> Page:
    """The exam just started, on a phone; a script error fails the test."""
    page = phone.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    page.goto(site.url)
    page.get_by_role("button", name="Sınavı Başlat").click()
    expect(page.locator("#exam[data-live]")).to_be_attached()
    return page


def choose(page: Page, letter: str) -> None:
    page.locator(f"form.question:not([hidden]) input[value={letter}]").check()


def number(page: Page, n: int) -> Any:
    return page.locator(f"[data-number='{n}']")


def test_R087_R088_a_choice_is_saved_when_made_and_kaydet_moves_on_with_the_focus(exam, site):
    choose(exam, "B")
    expect(number(exam, 1)).to_have_class("saved")
    assert site.stored() == {"1": "B"}
    expect(exam.locator("#exam-line")).to_contain_text("1. soru: B seçeneği kaydedildi, 14.00")
    exam.get_by_role("button", name="Kaydet").click()
    expect(exam.locator("#exam-position")).to_have_text("Soru 2 / 10")
    assert exam.evaluate("document.activeElement.closest('[data-question]').dataset.question") == "2"
    assert exam.url.endswith("?soru=2")
    number(exam, 10).click()
    exam.get_by_role("button", name="Kaydet").click()
    expect(exam.locator("#exam-position")).to_have_text("Soru 10 / 10")
    expect(exam.locator("#exam-line")).to_contain_text("Sınavı Tamamla")


def test_the_questions_beside_are_one_tap_away_on_a_phone(phone, site):
    page = phone.new_page()
    page.goto(site.url)
    page.get_by_role("button", name="Sınavı Başlat").click()
    expect(page.locator("#exam[data-live]")).to_be_attached()
    shown = page.locator("form.question:not([hidden])")
    expect(shown.get_by_role("link", name="Önceki")).to_have_count(0)
    shown.get_by_role("link", name="Sonraki").click()
    expect(page.locator("#exam-position")).to_have_text("Soru 2 / 10")
    shown.get_by_role("button", name="Kaydet").click()
    expect(page.locator("#exam-position")).to_have_text("Soru 3 / 10")
    shown.get_by_role("link", name="Önceki").click()
    expect(page.locator("#exam-position")).to_have_text("Soru 2 / 10")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_D21_the_keyboard_alone_is_enough(exam, site):
    exam.locator("form.question:not([hidden]) input[type=radio]").first.focus()
    exam.keyboard.press("Space")
    expect(number(exam, 1)).to_have_class("saved")
    exam.keyboard.press("ArrowDown")
    expect(exam.locator("#exam-line")).to_contain_text("B seçeneği kaydedildi")
    exam.keyboard.press("Enter")
    expect(exam.locator("#exam-position")).to_have_text("Soru 2 / 10")
    assert site.stored() == {"1": "B"}


def test_a_cleared_choice_is_no_answer(exam, site):
    choose(exam, "B")
    expect(number(exam, 1)).to_have_class("saved")
    exam.get_by_role("button", name="Seçimi kaldır").click()
    expect(exam.locator("#exam-line")).to_contain_text("boş bırakıldı")
    assert site.stored() == {}


def test_offline_answers_wait_in_sight_survive_a_reload_and_arrive(exam, site, phone):
    choose(exam, "A")
    expect(number(exam, 1)).to_have_class("saved")
    exam.route("**/cevaplar/*", lambda route: route.abort())
    exam.get_by_role("button", name="Kaydet").click()
    choose(exam, "C")
    exam.get_by_role("button", name="Kaydet").click()
    choose(exam, "D")
    expect(exam.locator("#exam-line")).to_have_text("bağlantı yok, 2 cevap bekliyor")
    expect(exam.locator("#exam-notice")).to_be_visible()
    expect(number(exam, 2)).to_have_class("wait off")
    expect(number(exam, 2)).to_contain_text("gönderilemedi, bekliyor")
    assert site.stored() == {"1": "A"}
    exam.on("dialog", lambda dialog: dialog.accept())
    exam.unroute("**/cevaplar/*")
    exam.reload()
    expect(number(exam, 3)).to_have_class("saved")
    expect(number(exam, 2)).to_have_class("saved")
    assert site.stored() == {"1": "A", "2": "C", "3": "D"}
    kept = exam.evaluate("Object.entries(localStorage).flat().join()")
    assert kept == ""


def test_a_session_that_ended_is_told_and_the_answer_waits_for_the_log_in(exam, site):
    person, site.person = site.person, None
    choose(exam, "C")
    expect(exam.locator("#exam-notice")).to_contain_text("Oturumunuz kapandı")
    expect(exam.get_by_role("link", name="Yeni sekmede giriş yap")).to_be_visible()
    site.person = person
    expect(number(exam, 1)).to_have_class("saved")
    expect(exam.locator("#exam-notice")).to_be_hidden()
    assert site.stored() == {"1": "C"}


def log_in(page: Page, site: Site) -> None:
    """Through the form, in a tab of its own, as the notice asks."""
    with site.app.app_context():
        number = vault().open(db.session.get(Member, site.member_actor.member_id).tckn_sealed)
        db.session.remove()
    page.goto(f"{site.base}/giris")
    page.locator("[name=tckn]").fill(number)
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Giriş yap")


def test_R085_a_log_out_in_another_tab_is_told_and_the_answer_goes_after_the_log_in(site, phone, monkeypatch):
    monkeypatch.setattr("lms.web.access.principal", principal)  # real sessions, real form tokens
    with site.app.app_context():
        db.session.execute(
            update(Member).where(Member.id == site.member_actor.member_id).values(password_hash=hash_password(PASSWORD))
        )
        db.session.commit()
    exam, other = phone.new_page(), phone.new_page()
    log_in(other, site)
    exam.goto(site.url)
    exam.get_by_role("button", name="Sınavı Başlat").click()
    expect(exam.locator("#exam[data-live]")).to_be_attached()
    other.goto(f"{site.base}/cikis")
    expect(other.get_by_role("heading", name="Sınavınız sürüyor")).to_be_visible()
    expect(other.get_by_role("link", name="Sınava dön")).to_have_attribute("href", f"/sinavlar/{site.code}")
    other.get_by_role("button", name="Çıkış yap").click()
    expect(other.locator("#messages")).to_contain_text("Çıkış yaptınız")
    choose(exam, "C")
    expect(exam.locator("#exam-notice")).to_contain_text("Oturumunuz kapandı")
    expect(exam.locator("#exam-line")).to_have_text("oturum kapalı, 1 cevap bekliyor")
    exam.get_by_role("link", name="Sınavı Tamamla").click()
    exam.get_by_role("dialog").get_by_role("button", name="Devam").click()
    expect(exam.get_by_role("dialog")).to_be_hidden()
    expect(exam.get_by_role("link", name="Yeni sekmede giriş yap")).to_be_visible()
    log_in(other, site)
    expect(number(exam, 1)).to_have_class("saved")
    expect(exam.locator("#exam-notice")).to_be_hidden()
    assert site.stored() == {"1": "C"}


def test_without_a_line_the_exam_is_not_finished_and_says_so(exam, site, phone):
    choose(exam, "B")
    expect(number(exam, 1)).to_have_class("saved")
    exam.get_by_role("link", name="Sınavı Tamamla").click()
    phone.set_offline(True)
    exam.get_by_role("dialog").get_by_role("button", name="Devam").click()
    expect(exam.locator("#exam-notice")).to_contain_text("Sınav tamamlanmadı")
    expect(exam.get_by_role("dialog")).to_be_hidden()
    phone.set_offline(False)
    exam.get_by_role("link", name="Sınavı Tamamla").click()
    exam.get_by_role("dialog").get_by_role("button", name="Devam").click()
    expect(exam.locator("main")).to_contain_text("10 puan" if site.key()["1"] == "B" else "0 puan")


def test_R088_what_never_arrived_is_told_with_the_result_and_only_once(exam, site, phone):
    choose(exam, "B")
    expect(number(exam, 1)).to_have_class("saved")
    phone.set_offline(True)
    choose(exam, "C")
    for n in (2, 4):
        number(exam, n).click()
        choose(exam, "A")
    expect(exam.locator("#exam-line")).to_have_text("bağlantı yok, 3 cevap bekliyor")
    site.save_elsewhere(4, "A")  # the same answer, sent from another device: it counts
    site.now.forward(timedelta(minutes=21))
    phone.set_offline(False)
    note = exam.locator("#unsent")
    expect(note).to_be_visible()
    expect(note).to_contain_text("sunucuya ulaşmamıştı: 1, 2.")
    expect(note.get_by_role("link", name="Destek")).to_have_attribute("href", "/destek")
    expect(exam.locator(".verdict")).to_contain_text("Süre dolduğu için kendiliğinden tamamlandı.")
    assert exam.evaluate("Object.keys(localStorage).length") == 0
    exam.reload()
    expect(note).to_be_hidden()


def test_a_choice_made_before_the_script_arrived_is_saved_too(site, phone):
    page = phone.new_page()
    held: list[Any] = []
    page.route("**/exam.js*", lambda route: held.append(route))  # noqa: PLW0108 - the driver marks its handlers
    page.goto(site.url)
    page.get_by_role("button", name="Sınavı Başlat").click(no_wait_after=True)
    choose(page, "D")
    for route in held:
        route.continue_()
    page.unroute("**/exam.js*")
    expect(number(page, 1)).to_have_class("saved")
    assert site.stored() == {"1": "D"}


def test_a_portal_that_answers_for_the_server_saves_nothing(exam, site):
    exam.route("**/cevaplar/*", lambda route: route.fulfill(status=200, body="<p>Wi-Fi</p>", content_type="text/html"))
    choose(exam, "C")
    expect(exam.locator("#exam-line")).to_have_text("bağlantı yok, 1 cevap bekliyor")
    exam.unroute("**/cevaplar/*")
    expect(number(exam, 1)).to_have_class("saved")
    assert site.stored() == {"1": "C"}


def test_a_lost_reply_is_repeated_and_counts_once(exam, site):
    lost = []

    def lose(route: Any) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch())  # the server has it, the browser never hears
        route.abort()

    exam.route("**/cevaplar/*", lose)
    choose(exam, "D")
    expect(number(exam, 1)).to_have_class("saved")
    assert site.stored() == {"1": "D"}


def test_another_device_is_told_and_both_go_on(exam, site, phone):
    choose(exam, "A")
    expect(number(exam, 1)).to_have_class("saved")
    site.save_elsewhere(2, "B")
    site.save_elsewhere(3, "B")
    exam.get_by_role("button", name="Kaydet").click()
    choose(exam, "C")  # made just now: the newest act
    expect(exam.locator("#exam-notice")).to_contain_text("Sınav başka bir sekmede ya da cihazda da açık")
    expect(number(exam, 3)).to_have_class("saved")
    expect(number(exam, 2)).to_have_class("saved")
    expect(exam.locator("#exam-line")).to_contain_text("2. soru: C seçeneği kaydedildi")
    assert site.stored() == {"1": "A", "2": "C", "3": "B"}


def test_what_waited_offline_yields_to_what_another_device_did_meanwhile(exam, site):
    exam.route("**/cevaplar/*", lambda route: route.abort())
    choose(exam, "A")
    exam.get_by_role("button", name="Kaydet").click()
    choose(exam, "A")
    expect(exam.locator("#exam-line")).to_have_text("bağlantı yok, 2 cevap bekliyor")
    site.save_elsewhere(1, "D")
    site.save_elsewhere(4, "D")
    exam.unroute("**/cevaplar/*")
    expect(number(exam, 2)).to_have_class("saved")
    expect(number(exam, 1)).to_have_class("saved")
    assert site.stored() == {"1": "D", "2": "A", "4": "D"}
    number(exam, 1).click()
    expect(exam.locator("form.question:not([hidden]) input[value=D]")).to_be_checked()


def test_R090_the_end_is_asked_and_can_be_declined(exam, site):
    for n, letter in site.key().items():
        number(exam, int(n)).click()
        if n != "10":
            choose(exam, letter)
    exam.get_by_role("link", name="Sınavı Tamamla").click()
    dialog = exam.get_by_role("dialog")
    expect(dialog).to_contain_text("Sınavınız tamamlanacak, devam edilsin mi?")
    expect(dialog).to_contain_text("Boş bıraktığınız soru sayısı: 1")
    dialog.get_by_role("button", name="Sınava dön").click()
    expect(dialog).to_be_hidden()
    exam.get_by_role("link", name="Sınavı Tamamla").click()
    dialog.get_by_role("button", name="Devam").click()
    expect(exam.get_by_role("heading", level=1)).to_have_text("Başarılı")
    expect(exam.locator("main")).to_contain_text("90 puan")


def test_R089_the_clock_is_the_servers_and_speaks_at_five_and_one_minutes(site, phone):
    page = phone.new_page()
    page.clock.install()
    page.goto(site.url)
    page.get_by_role("button", name="Sınavı Başlat").click()
    expect(page.locator("#exam[data-live]")).to_be_attached()
    assert page.locator("#exam-timer").inner_text() in ("20.00", "19.59", "19.58")
    site.now.forward(timedelta(minutes=14, seconds=50))
    choose(page, "A")  # the reply brings the server's clock
    expect(page.locator("#exam-timer")).to_contain_text("5.0")
    page.clock.run_for(12_000)
    expect(page.locator("#exam-timer")).to_have_class("timer soon")
    expect(page.locator("#exam-aloud")).to_have_text("Sınavın bitmesine 5 dakika kaldı")
    site.now.forward(timedelta(minutes=4, seconds=4))
    choose(page, "B")
    expect(page.locator("#exam-timer")).to_contain_text("1.0")
    page.clock.run_for(12_000)
    expect(page.locator("#exam-timer")).to_have_class("timer last")
    expect(page.locator("#exam-aloud")).to_have_text("Sınavın bitmesine 1 dakika kaldı")


def test_R088_at_zero_the_server_is_asked_and_shows_the_result(exam, site):
    key = site.key()
    for n in range(1, 9):
        number(exam, n).click()
        choose(exam, key[str(n)])
        expect(number(exam, n)).to_have_class("saved")
    site.now.forward(timedelta(minutes=19, seconds=50))
    choose(exam, key["8"])
    number(exam, 9).click()
    choose(exam, key["9"])
    expect(exam.locator("#exam-timer")).to_have_class("timer last")
    expect(exam.get_by_role("heading", level=1)).to_have_text("Başarılı", timeout=25_000)
    expect(exam.locator("main")).to_contain_text("90 puan")
    expect(exam.locator("main")).to_contain_text("Süre dolduğu için")


def test_R088_without_script_the_same_page_works(site, browser):
    context = browser.new_context(java_script_enabled=False, locale="tr-TR")
    page = context.new_page()
    page.goto(site.url)
    page.get_by_role("button", name="Sınavı Başlat").click()
    page.get_by_role("link", name="Sonraki").click()
    expect(page.locator("#exam-position")).to_have_text("Soru 2 / 10")
    page.get_by_role("link", name="Önceki").click()
    expect(page.locator("#exam-position")).to_have_text("Soru 1 / 10")
    key = site.key()
    for n in range(1, 11):
        page.locator(f"form.question:not([hidden]) input[value={key[str(n)]}]").check()
        page.get_by_role("button", name="Kaydet").click()
    assert site.stored() == key
    page.get_by_role("link", name="Sınavı Tamamla").click()
    page.get_by_role("button", name="Devam").click()
    expect(page.locator("main")).to_contain_text("100 puan")
    context.close()
