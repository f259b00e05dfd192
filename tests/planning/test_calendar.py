"""D-1, R127: the office's calendar, kept by a manager."""

from __future__ import annotations

from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.audit.models import AuditEntry
from lms.core.db import db
from lms.membership.models import Member
from lms.terms import services
from tests import factories
from tests.conftest import TestClock
from tests.enrolment.conftest import become

LEAVE = {"on": "2025-04-02", "kind": "holiday", "name": "İdari izin"}


def test_R127_a_day_of_leave_is_entered_and_taken_back(client: FlaskClient, manager: Member) -> None:
    assert "İşlenmiş gün yok" in client.get("/yonetim/takvim").text
    assert client.post("/yonetim/takvim", data=LEAVE).status_code == 303
    page = client.get("/yonetim/takvim").text
    assert "2 Nisan 2025 Çarşamba" in page
    assert "Ramazan Bayramı" in page
    assert not services.calendar().is_business_day(date(2025, 4, 2))
    assert client.post("/yonetim/takvim/2025-04-02/geri-al").status_code == 303
    assert services.calendar().is_business_day(date(2025, 4, 2))
    acts = db.session.execute(select(AuditEntry.act, AuditEntry.subject_code, AuditEntry.actor_code)).all()
    assert [tuple(row) for row in acts] == [("terms.calendar_overridden", "2025-04-02", manager.code)] * 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"on": "2025-03-02"}, "geçmişte kaldı"),
        ({"on": "soon"}, "Gün"),
        ({"on": ""}, "Günü takvimden seçin"),
        ({"name": ""}, "Bu alan boş bırakılamaz."),
        ({"name": "x" * 121}, "en çok 120 karakterle"),
        ({"kind": "feast"}, "Tür"),
    ],
)
def test_bad_input_changes_nothing(
    client: FlaskClient, manager: Member, changes: dict[str, str], sentence: str
) -> None:
    page = client.post("/yonetim/takvim", data={**LEAVE, **changes})
    assert page.status_code == 422
    assert sentence in page.text
    assert services.calendar().is_business_day(date(2025, 4, 2))


def test_a_day_is_entered_once_and_the_past_stays(client: FlaskClient, manager: Member, now: TestClock) -> None:
    client.post("/yonetim/takvim", data=LEAVE)
    assert "zaten bir kayıt var" in client.post("/yonetim/takvim", data=LEAVE).text
    now.set("2025-04-03 09:00")
    assert client.post("/yonetim/takvim/2025-04-02/geri-al").status_code == 422
    assert not services.calendar().is_business_day(date(2025, 4, 2))
    for day in ("2025-05-05", "x"):
        assert client.post(f"/yonetim/takvim/{day}/geri-al").status_code == 404


@pytest.mark.parametrize("role", ["reviewer", "editor", "accountant", "support", "auditor", None])
def test_only_a_manager_keeps_the_calendar(
    client: FlaskClient, manager: Member, monkeypatch: pytest.MonkeyPatch, role: str | None
) -> None:
    become(monkeypatch, factories.member(staff_role=role))
    assert client.get("/yonetim/takvim").status_code == 403
    assert client.post("/yonetim/takvim", data=LEAVE).status_code == 403
    become(monkeypatch, None)
    assert client.get("/yonetim/takvim").status_code == 302
