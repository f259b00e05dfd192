"""The player in a real browser: what is played is counted by the server's time, gaps are shown, and it says when nothing counts."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from werkzeug.serving import make_server

from lms.core import clock
from lms.core.db import db, transaction
from lms.core.sources import Folder
from lms.courses import services as courses
from lms.learning import services
from lms.web import access
from tests import factories
from tests.browser import browser_type_launch_args, phone
from tests.conftest import civil
from tests.courses.test_formats import CHECK, LESSON, ROOT, SLIDES

pytestmark = pytest.mark.browser
__all__ = ["browser_type_launch_args", "phone"]


class Running:
    """Domain time that runs at real speed and can be moved, as in the demonstration."""

    def __init__(self, start: datetime) -> None:
        self._offset = start - clock.wall()

    def __call__(self) -> datetime:
        return clock.wall() + self._offset

    def forward(self, by: timedelta) -> None:
        self._offset += by


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Two lessons of a few seconds, really built."""
    root = tmp_path_factory.mktemp("course") / "content"
    lessons = root / "programmes" / "ddta" / "lessons"
    for number, code in ((1, "bir"), (2, "iki")):
        folder = lessons / f"0{number}-{code}"
        folder.mkdir(parents=True)
        (folder / "lesson.yaml").write_text(LESSON.replace("code: bir", f"code: {code}"), "utf-8")
        (folder / "slides.md").write_text(SLIDES, "utf-8")
        (folder / "check.yaml").write_text(CHECK, "utf-8")
    (lessons / "course.yaml").write_text("title: Deneme\n", "utf-8")
    shutil.copytree(ROOT / "content/tariffs", root / "tariffs")
    return courses.build(Folder(root.parent), tmp_path_factory.mktemp("built"))


class Site:
    """A served application with one candidate whose training is open."""

    def __init__(self, app: Any, now: Running, built: Any) -> None:
        self.app, self.now = app, now
        with app.app_context(), transaction():
            (published,) = courses.publish(built, now=now())
            application = factories.application(at=civil("2025-03-04 09:00"))
            self.actor, self.code, self.application_id = application.member.actor(), application.code, application.id
            self.duration = published.release.lessons[0].duration
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.port}/egitimlerim/{self.code}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def training(self) -> services.TrainingView:
        with self.app.app_context():
            try:
                return services.training_of(self.actor, self.code, now=self.now())
            finally:
                db.session.remove()


@pytest.fixture
def site(live_database: Callable[[], Any], monkeypatch: pytest.MonkeyPatch, built: Any) -> Iterator[Site]:
    app = live_database()
    now = Running(civil("2025-03-06 14:00"))
    clock.set_source(now)
    served = Site(app, now, built)
    person = SimpleNamespace(actor=served.actor, second_factor_done=True, fresh=True)
    monkeypatch.setattr("lms.web.access.principal", lambda: person)
    app.jinja_env.globals.setdefault("demo_now", clock.now)
    yield served
    served.stop()
    clock.set_source(clock.wall)


@pytest.fixture
def page(site: Site, phone: BrowserContext) -> Page:
    return open_player(site, phone)


def open_player(site: Site, context: BrowserContext, query: str = "") -> Page:
    """The player, ready to play; a script error fails the test."""
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    page.goto(site.url + query)
    until(page, "f.readyState >= 1")
    return page


def until(page: Page, true: str, seconds: float = 20) -> None:
    """Wait for an expression; `f` is the film. (Playwright's own wait evaluates text, which our CSP forbids.)"""
    end = time.monotonic() + seconds
    while not page.locator("#film").evaluate(f"f => Boolean({true})"):
        assert time.monotonic() < end, true
        page.wait_for_timeout(50)


def play(page: Page, rate: float = 1) -> None:
    page.locator("#film").evaluate("(film, rate) => { film.playbackRate = rate; return film.play(); }", rate)


def test_R074_credit_is_by_the_servers_time_however_fast_the_film_plays(page, site):
    begun = site.now()
    play(page, 16)
    until(page, "f.ended")
    assert page.evaluate("document.getElementById('film').played.end(0)") > site.duration  # all of it was played
    early = site.training().lesson("bir").watched
    passed = (site.now() - begun).total_seconds()
    assert early <= passed * 2 + 2
    expect(page.locator("#percent")).to_have_text(
        "%100 izlendi", timeout=20_000
    )  # what was cut is claimed again, and earned by time
    assert (site.now() - begun).total_seconds() * 2 + 2 >= site.duration


def test_R073_R075_R082_watching_all_completes_the_training_and_the_page_says_so(page, site):
    expect(page.locator("#counting")).to_have_text("Oynattığınızda izlemeniz sayılır.")
    play(page)
    expect(page.locator("#counting")).to_have_text("İzlemeniz sayılıyor.")
    expect(page.locator("#percent")).to_have_text("%100 izlendi", timeout=30_000)
    expect(page.locator("#index-percent")).to_have_text("%100")
    expect(page.locator("#course")).to_have_text("eğitim %50")
    expect(page.locator("#next-gap")).to_be_hidden()
    expect(page.locator("#done")).to_be_hidden()
    assert site.training().completed_at is None
    page.get_by_role("link", name="Sıradaki ders").click()
    page.wait_for_url("**?ders=iki")
    until(page, "f.readyState >= 1")
    play(page)
    expect(page.locator("#done")).to_be_visible(timeout=30_000)
    expect(page.locator("#counting")).to_have_text("Eğitimi tamamladınız. İlk sınavınız açıldı.")
    assert site.training().status == "completed"
    with site.app.app_context():
        assert services.completed_at([site.application_id])
        db.session.remove()


def test_a_seek_leaves_a_gap_that_the_page_shows_and_leads_back_to(page, site):
    page.evaluate("document.getElementById('film').currentTime = 4")
    play(page)
    until(page, "f.ended")
    expect(page.locator("#gap-count")).to_have_text("1")
    expect(page.locator("#gaps td").first).to_have_text("0:00")
    ((start, end),) = site.training().lesson("bir").gaps
    assert start == 0
    assert end in (4, 5)  # a browser may land a little behind where it was sent
    page.locator("#next-gap").click()
    until(page, "!f.paused && f.currentTime < 3")
    expect(page.locator("#percent")).to_have_text("%100 izlendi", timeout=20_000)


def test_R073_the_film_goes_on_where_it_was_left(page, site, phone):
    play(page)
    until(page, "f.currentTime > 2.3")
    page.evaluate("document.getElementById('film').pause()")
    expect(page.locator("#counting")).to_have_text("Duraklatıldı. Sayılan süre kaydedildi.")
    until(page, "document.getElementById('percent').textContent !== '%0 izlendi'")
    page.close()
    again = open_player(site, phone)
    until(again, "f.currentTime >= 2")


def test_counting_stops_in_a_hidden_page_and_says_so(page, site):
    play(page)
    until(page, "f.currentTime > 1.2")
    page.evaluate(
        "Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' }); document.dispatchEvent(new Event('visibilitychange'))"
    )
    expect(page.locator("#counting")).to_contain_text("Sayma durdu: bu sayfa görünmüyordu")
    assert page.evaluate("document.getElementById('film').paused")
    assert page.locator("#counting").get_attribute("role") == "status"


def test_a_lost_connection_is_told_and_what_was_watched_is_counted_later(page, site, phone):
    play(page)
    expect(page.locator("#counting")).to_have_text("İzlemeniz sayılıyor.")
    until(page, "f.buffered.length && f.buffered.end(0) >= f.duration - 0.1")
    phone.set_offline(True)
    expect(page.locator("#counting")).to_contain_text("Sayma durdu: bağlantı yok")
    until(page, "f.ended")
    assert site.training().lesson("bir").percent < 100
    phone.set_offline(False)
    expect(page.locator("#percent")).to_have_text("%100 izlendi", timeout=20_000)


def test_a_session_that_ended_is_told_and_what_was_watched_is_counted_after_the_log_in(page, site, phone, monkeypatch):
    play(page)
    expect(page.locator("#counting")).to_have_text("İzlemeniz sayılıyor.")
    logged_in = access.principal
    monkeypatch.setattr("lms.web.access.principal", lambda: None)
    phone.clear_cookies()  # as after a log-out in another tab: the form token is gone too
    until(page, "f.ended")
    expect(page.locator("#counting")).to_contain_text("Sayma durdu: oturumunuz kapandı", timeout=20_000)
    assert site.training().lesson("bir").percent < 100
    with phone.expect_page() as tab:
        page.get_by_role("link", name="Yeni sekmede giriş yap").click()
    assert tab.value.url.endswith("/giris")
    monkeypatch.setattr("lms.web.access.principal", logged_in)
    expect(page.locator("#percent")).to_have_text("%100 izlendi", timeout=20_000)
    expect(page.locator("#counting")).to_have_text("Bu dersi tamamladınız.")
    expect(page.get_by_role("link", name="Yeni sekmede giriş yap")).to_be_hidden()


def test_R072_the_end_of_the_access_is_no_lost_connection(page, site):
    play(page)
    expect(page.locator("#counting")).to_have_text("İzlemeniz sayılıyor.")
    watched = page.evaluate("document.getElementById('film').currentTime")
    until(page, f"f.currentTime >= {watched} + 1.2")  # there is something to tell when it pauses
    site.now.forward(timedelta(days=400))
    page.evaluate("document.getElementById('film').pause()")
    expect(page.locator("#counting")).to_have_text("Sayma durdu. Sayfayı yenileyip kaldığınız yerden devam edin.")
    page.reload()
    expect(page.locator("#film")).to_have_count(0)


def test_two_devices_are_told_of_each_other(page, site, browser):
    desk = browser.new_context(locale="tr-TR", viewport={"width": 1280, "height": 900})
    begun = site.now()
    other = open_player(site, desk, "?ders=iki")
    for device in (page, other):
        device.evaluate("document.getElementById('film').loop = true")
        play(device)
    page.wait_for_timeout(1500)
    for device in (page, other):  # a pause reports at once
        device.evaluate("document.getElementById('film').pause()")
        device.wait_for_timeout(400)
    expect(other.locator("#counting")).to_contain_text("başka bir sekmede ya da cihazda")
    assert site.training().watched <= (site.now() - begun).total_seconds() + 2
    desk.close()


def test_the_transcript_follows_and_leads_captions_are_on_and_the_page_fits_a_phone(page, site):
    first, second = page.locator("#transcript [data-start]").nth(0), page.locator("#transcript [data-start]").nth(1)
    play(page)
    expect(first).to_have_attribute("aria-current", "true")
    second.click()
    until(page, f"f.currentTime >= {second.get_attribute('data-start')}")
    expect(second).to_have_attribute("aria-current", "true")
    until(page, "f.textTracks[0].mode === 'showing' && f.textTracks[0].cues?.length > 0")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
