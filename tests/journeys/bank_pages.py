"""Paying on the simulated bank's pages as a browser without script would: forms, hidden fields, buttons."""

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import httpx

APPROVED = "4111111111111111"


class _Form(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "form" and self.action is None:
            self.action = values.get("action") or ""
        if tag == "input" and values.get("name"):
            self.fields[str(values["name"])] = values.get("value") or ""


def _form(page: httpx.Response) -> tuple[str, dict[str, str]]:
    parsed = _Form()
    parsed.feed(page.text)
    assert parsed.action is not None, page.text
    return urljoin(str(page.url), parsed.action), parsed.fields


def pay(redirect: dict[str, Any], card: str = APPROVED, otp: str = "123456") -> httpx.Response:
    """From the merchant's redirect to the page after the bank; answers what our success or error address answered."""
    with httpx.Client(timeout=30, follow_redirects=False) as browser:
        page = browser.post(redirect["url"], data=redirect["fields"])
        while page.is_redirect:
            page = browser.get(urljoin(str(page.url), page.headers["location"]))
        action, fields = _form(page)
        page = browser.post(
            action,
            data=fields
            | {"cardnumber": card, "cardexpiredatemonth": "12", "cardexpiredateyear": "30", "cardcvv2": "123"},
        )
        while page.is_redirect:
            page = browser.get(urljoin(str(page.url), page.headers["location"]))
        action, fields = _form(page)
        page = browser.post(action, data=fields | {"otp": otp})
        while page.is_redirect:
            page = browser.get(urljoin(str(page.url), page.headers["location"]))
        action, fields = _form(page)
        return browser.post(action, data=fields)
