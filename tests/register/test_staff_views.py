"""D-2: leave to apply after a revocation, from the candidate's page."""

from __future__ import annotations

import io
from datetime import date

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lms.core.config import vault
from lms.core.db import db
from lms.membership.models import Member
from lms.register import services
from tests import factories
from tests.conftest import TestClock, civil
from tests.enrolment.conftest import become


@pytest.fixture
def revoked(app: APIFlask, now: TestClock) -> Member:
    person = factories.member()
    services.add(
        tckn=vault().open(person.tckn_sealed),
        programme_code="ddta",
        number="DDTA-2023-1",
        holder="Deniz Örnek",
        issued_on=date(2023, 3, 6),
        verification_code=None,
        now=civil("2025-01-02 09:00"),
    )
    services.revoke(programme_code="ddta", number="DDTA-2023-1", now=civil("2025-02-03 09:00"))
    db.session.commit()
    return person


def test_D2_a_manager_gives_leave(client: FlaskClient, revoked: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    become(monkeypatch, factories.member(staff_role="manager"))
    page = f"/yonetim/adaylar/{revoked.code}"
    assert "Yeniden başvurusuna izin ver" in client.get(page).text
    assert client.post(f"{page}/basvuru-izni", data={"programme": "ddta"}).location == page
    assert services.eligibility(revoked.tckn_index, programme_code="ddta", kind="first_time").eligible
    assert "Yeniden başvurusuna izin ver" not in client.get(page).text
    for programme in ("ddta", "other", ""):
        assert client.post(f"{page}/basvuru-izni", data={"programme": programme}).status_code == 409
    assert client.post("/yonetim/adaylar/nope/basvuru-izni", data={"programme": "ddta"}).status_code == 404


@pytest.mark.parametrize("role", ["reviewer", "support", "auditor", None])
def test_D2_nobody_else_does(
    client: FlaskClient, revoked: Member, monkeypatch: pytest.MonkeyPatch, role: str | None
) -> None:
    become(monkeypatch, factories.member(staff_role=role))
    answer = client.post(f"/yonetim/adaylar/{revoked.code}/basvuru-izni", data={"programme": "ddta"})
    assert answer.status_code == 403
    assert not services.eligibility(revoked.tckn_index, programme_code="ddta", kind="first_time").eligible


def test_R029_a_manager_previews_and_imports_earlier_years(
    client: FlaskClient, app: APIFlask, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.programme()
    become(monkeypatch, factories.member(staff_role="manager"))
    number = factories.valid_tckn(80)
    table = (
        f"tckn;number;holder;issued_on;revoked_on\n{number};2023-7;Deniz Örnek;2023-03-06;\n1;2023-8;A;2023-03-06;\n"
    )

    def send(act: str, data: str = table) -> TestResponse:
        upload = (io.BytesIO(data.encode()), "2023.csv")
        return client.post("/yonetim/kutuk", data={"programme": "ddta", "table": upload, "act": act})

    preview = send("preview").text
    assert "Hiçbir şey kaydedilmedi" in preview
    assert "T.C. kimlik numarası geçerli değil" in preview
    assert "Bu numarayla kayıt yok" in client.post("/yonetim/kutuk/ara", data={"q": "2023-7"}).text
    assert "1 satır eklendi" in send("import").text
    found = client.post("/yonetim/kutuk/ara", data={"q": number}).text
    assert "2023-7" in found
    assert "önceki yıllardan" in found
    wrong = send("import", "a;b\n")
    assert wrong.status_code == 422
    assert "İlk satır" in wrong.text
    assert client.post("/yonetim/kutuk/ara", data={"q": ""}).status_code == 422
    become(monkeypatch, factories.member(staff_role="auditor"))
    assert "İçeri aktar" not in client.get("/yonetim/kutuk").text
    assert send("import").status_code == 403
