"""A simulated bank at the other end of the gateway, and a payer who walks through its pages."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from flask.testing import FlaskClient

from lms.bank_simulator.app import create_app as create_bank
from lms.bank_simulator.settings import Settings
from lms.core.db import db
from lms.membership.models import LegalText
from lms.payments import gateways
from tests.factories import midnight

GOOD = {"cardexpiredatemonth": "12", "cardexpiredateyear": "30", "cardcvv2": "123"}
APPROVED, DECLINED, FAILED_3D = "4111111111111111", "4000000000000002", "4000000000000036"
CLOSED, TWICE, TAMPERED, SHORT = "4000000000001018", "4000000000002024", "4000000000003030", "4000000000004046"
TEXTS = ("pre_information", "service_contract", "immediate_performance", "no_certificate_declaration")


class Bank:
    """The bank as its payer sees it. `down` makes it silent to the merchant."""

    def __init__(self, folder: Path) -> None:
        self.posted: list[tuple[str, dict[str, str]]] = []
        self.app = create_bank(
            Settings(database=folder / "bank.sqlite3"), post=lambda url, fields: self.posted.append((url, fields))
        )
        self.pages: FlaskClient = self.app.test_client()
        self.down = False
        self.asked = 0

    def client(self) -> httpx.Client:
        wsgi = httpx.WSGITransport(app=self.app)

        def answer(request: httpx.Request) -> httpx.Response:
            self.asked += 1
            if self.down:
                raise httpx.ConnectError("down")
            return wsgi.handle_request(request)

        return httpx.Client(transport=httpx.MockTransport(answer))

    def pay(self, redirect: gateways.Redirect, card: str = APPROVED) -> dict[str, str]:
        """Walk to the end; the fields that the browser would carry back."""
        from tests.bank_simulator.test_bank import Forms

        page = self.pages.post("/servlet/gt3dengine", data=redirect.fields)
        for data in ({"cardnumber": card, **GOOD}, {"otp": "123456"}):
            page = self.pages.post(Forms(page.text).found[0][0], data=data)
        found = Forms(page.text).found
        return found[0][1] if found else {}


@pytest.fixture
def bank(app, tmp_path, monkeypatch) -> Iterator[Bank]:
    simulated = Bank(tmp_path)
    monkeypatch.setattr(gateways, "open_client", simulated.client)
    return simulated


@pytest.fixture
def texts(app) -> None:
    add_texts()


def add_texts() -> None:
    for kind in TEXTS:
        for language in ("tr", "en"):
            db.session.add(
                LegalText(
                    kind=kind, language=language, version=1, title=kind, body=f"{kind} metni", sha256="0" * 64,
                    published_at=midnight(2025, 1, 1),
                )
            )  # fmt: skip
    db.session.commit()
