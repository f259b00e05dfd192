"""Every page, in every state that a ready account shows: no fault that axe finds, nothing wider than the screen (WCAG 2.2 AA).

On a phone in the light theme and on a desk in the dark one; addresses come from the contract, details from the pages' links.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import browser_context_args, browser_type_launch_args
from tests.journeys import people
from tests.journeys.conftest import Demo

pytestmark = pytest.mark.browser
__all__ = ["browser_context_args", "browser_type_launch_args"]

AXE = (Path(__file__).resolve().parents[1] / "vendor" / "axe.min.js").read_text("utf-8")
RUN = """axe.run(document, {resultTypes: ["violations"]}).then(found => found.violations.map(v =>
    v.id + ": " + v.nodes.slice(0, 2).map(n => n.html.slice(0, 160)).join(" | ")))"""
WIDER = "document.documentElement.scrollWidth - window.innerWidth"
PUBLIC = ("/", "/?lang=en", "/kaydol", "/giris", "/sifremi-unuttum", "/tarife", "/tarife?ciro=4000000&vade=180&tarih=2021-06-01", "/tarife/DDAS-TT-2020", "/tarife/KOBI-2022", "/tarife/karsilastir", "/dogrula", "/d/0000", "/destek", "/destek/hesap", "/demo", "/demo/outbox", "/api/docs", "/nowhere")  # fmt: skip
MEMBER = ("/", "/odeme", "/odemelerim", "/muafiyet", "/basvuru", "/basvurularim", "/egitimlerim", "/uygulama", "/uygulama/ilk-teklif", "/sinavlar", "/sertifikalarim", "/hesabim", "/hesabim/duyurular", "/takvimim")  # fmt: skip
STAFF = ("/yonetim", "/yonetim/adaylar", "/yonetim/muafiyet", "/yonetim/yeniden-basvuru", "/yonetim/sertifikalar", "/yonetim/odemeler", "/yonetim/sube-odemeleri", "/yonetim/sube-odemeleri/bekleyen", "/yonetim/sorular", "/yonetim/destek", "/yonetim/destek/hazir-yanitlar", "/yonetim/posta", "/yonetim/posta?liste=is-olan", "/yonetim/posta?liste=disarida", "/yonetim/dekontlar", "/yonetim/iletiler", "/yonetim/iletiler?liste=bekleyen", "/yonetim/donemler", "/yonetim/donemler/yeni?kopya=ddta-2025-ilk", "/yonetim/donemler/ddta-2025-ilk/degistir", "/yonetim/donemler/ddta-2025-ilk/degistir?kapat=1", "/yonetim/takvim", "/yonetim/takvim/liste", "/yonetim/icerik", "/yonetim/icerik/guncellik", "/yonetim/icerik/oneriler", "/yonetim/icerik/yapim", "/yonetim/icerik/aktar", "/yonetim/icerik/videolar")  # fmt: skip
PUBLIC += ("/kimlik-itirazi", "/cerezler", "/metinler")
MEMBER += ("/hesabim/verilerim", "/hesabim/verilerim/talep", "/odemelerim/dekont", "/yeniden-basvuru")
STAFF += (
    "/yonetim/personel",
    "/yonetim/kurumlar",
    "/yonetim/devam",
    "/yonetim/onay",
    "/yonetim/kvkk",
    "/yonetim/denetim",
    "/yonetim/aktarimlar",
    "/yonetim/veri-envanteri",
)
STAFF += ("/yonetim/raporlar", "/yonetim/raporlar/tamamlama", "/yonetim/raporlar/isaretler")
STAFF += (
    "/yonetim/ek-sure",
    "/yonetim/duzeltmeler",
    "/yonetim/kimlik-itirazlari",
    "/yonetim/donemler/ddta-2025-ilk/uzatma",
)
STAFF += ("/yonetim/kvkk", "/yonetim/denetim", "/yonetim/aktarimlar", "/yonetim/veri-envanteri")
STAFF += ("/yonetim/kutuk", "/yonetim/reddedilen-dosyalar")
EDITOR = ("/yonetim/icerik/tarife", "/yonetim/icerik/tarife/DDAS-TT-2020", "/yonetim/icerik/soru/hesap-001", "/yonetim/icerik/soru/prim-010", "/yonetim/icerik/videolar", "/yonetim/icerik/videolar/ddta/prim", "/yonetim/sorular/hesap-001")  # fmt: skip
PRACTICE = re.compile(r"^/uygulama/hasar/")
DETAIL = re.compile(r"^/(?:egitimlerim|sinavlar|basvurularim|odemelerim|yonetim/[a-z-]+)/(?!dekont$)[^/?#.]+$")
LESSON = re.compile(r"^/egitimlerim/[^/]+/dersler/[^/]+/[a-z]+$|^/yonetim/sertifikalar/[^/]+/acik-dosya$")
SCREENS: Any = (({"width": 390, "height": 844}, "light"), ({"width": 1280, "height": 900}, "dark"))


def faults(page: Page, url: str) -> list[str]:
    """What is wrong on the page at ``url`` as it stands."""
    page.goto(url)
    page.wait_for_load_state()
    found = [f"wider by {page.evaluate(WIDER)}"] if page.evaluate(WIDER) > 0 else []
    page.evaluate(AXE)
    found += page.evaluate(RUN)
    return [f"{url} {fault}" for fault in found]


STATES = ("new", "paid", "applied", "exam", "failed_once", "failed_thrice", "certified", "view_expired", "revoked")


def state_of(browser: Browser, demo: Demo, account: dict[str, str] | None) -> Any:
    """The cookies of one log-in, for every screen: a second-factor code counts once."""
    if account is None:
        return None
    context = browser.new_context(locale="tr-TR")
    page = context.new_page()
    people.log_in(page, demo, account["tckn"], account["password"], account.get("totp_secret"))
    page.wait_for_load_state()
    return context.storage_state()


@pytest.mark.parametrize(
    "who", ["anybody", "manager", "training", *(pytest.param(s, marks=pytest.mark.slow) for s in ("editor", *STATES))]
)
def test_pages_are_accessible(browser: Browser, demo: Demo, who: str) -> None:
    paths = {"anybody": PUBLIC, "manager": STAFF, "editor": EDITOR}.get(who, MEMBER)
    account = None if who == "anybody" else demo.account(**{"role" if who in ("manager", "editor") else "stage": who})
    state = state_of(browser, demo, account)
    found: list[str] = []
    for size, scheme in SCREENS:
        context = browser.new_context(
            viewport=size, color_scheme=scheme, locale="tr-TR", bypass_csp=True, storage_state=state
        )
        page = context.new_page()
        details: dict[str, str] = {}
        for path in paths:
            found += faults(page, demo.url + path)
            links = page.eval_on_selector_all("main a[href]", "all => all.map(a => a.getAttribute('href'))")
            details |= {link.rsplit("/", 1)[0]: link for link in links if DETAIL.match(link)}
        for path in details.values():
            found += faults(page, demo.url + path)
            links = page.eval_on_selector_all("main a[href]", "all => all.map(a => a.getAttribute('href'))")
            for link in filter(LESSON.match, links):
                found += faults(page, demo.url + link)
        context.close()
    assert not found, "\n".join(found)


@pytest.mark.slow
def test_the_practice_screens_are_accessible(browser: Browser, demo: Demo) -> None:
    """All screens below the desk of the exercise that has everything: quotes, a policy, its print, a claim's form."""
    state = state_of(browser, demo, demo.account(stage="training"))
    found: list[str] = []
    for size, scheme in SCREENS:
        context = browser.new_context(
            viewport=size, color_scheme=scheme, locale="tr-TR", bypass_csp=True, storage_state=state
        )
        page = context.new_page()
        page.goto(f"{demo.url}/uygulama/hasar")
        if begin := page.locator("form[action$='/basla'] button:visible").all():
            begin[0].click()
            page.wait_for_load_state()
        waiting, seen = ["/uygulama/hasar", "/uygulama/hasar/teklif"], set[str]()
        while waiting:
            path = waiting.pop(0)
            seen.add(path)
            found += faults(page, demo.url + path)
            links = page.eval_on_selector_all(
                "main a[href]", "all => all.map(a => a.getAttribute('href').split(/[?#]/)[0])"
            )
            waiting += [link for link in dict.fromkeys(links) if PRACTICE.match(link) and link not in {*seen, *waiting}]
        context.close()
        assert len(seen) > 5, seen
    assert not found, "\n".join(found)
