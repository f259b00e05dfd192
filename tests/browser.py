"""A real browser for tests: Debian's Chromium, Turkish, in Istanbul. Import the two fixtures where a browser is driven."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

PICTURES = Path(__file__).resolve().parents[1] / "var" / "pictures"


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {
        "executable_path": "/usr/bin/chromium",
        "args": ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
                 "--disable-sync", "--autoplay-policy=no-user-gesture-required", "--mute-audio"],
    }  # fmt: skip


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"locale": "tr-TR", "timezone_id": "Europe/Istanbul", "viewport": {"width": 1280, "height": 900}}


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A phone of 390 px."""
    context = browser.new_context(locale="tr-TR", timezone_id="Europe/Istanbul", viewport={"width": 390, "height": 844})
    context.set_default_timeout(10_000)
    yield context
    context.close()


def picture(page: Page, name: str) -> None:
    """Keep what the page looks like, wide and narrow; docs/pictures are chosen from these."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    size = page.viewport_size or {"width": 1280, "height": 900}
    for width, height, suffix in ((1280, 900, "wide"), (390, 844, "phone")):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(150)
        page.screenshot(path=PICTURES / f"{name}-{suffix}.png", full_page=True)
    page.set_viewport_size(size)
