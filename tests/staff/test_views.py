"""The desk: every page by role, search by every key, and nothing of an identity number in an address."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.audit.models import AuditEntry
from lms.core.db import db
from lms.membership.models import Member
from lms.staff import queries
from lms.support.models import Ticket
from lms.web import access
from tests import factories
from tests.conftest import TestClock, civil
from tests.exemptions.test_services import ask

Become = Callable[[Member | None], None]
LOOKERS = {"reviewer", "accountant", "support", "manager", "auditor"}


class Person:
    second_factor_done = fresh = True

    def __init__(self, member: Member) -> None:
        self.actor = member.actor("127.0.0.1")


@pytest.fixture
def become(monkeypatch: pytest.MonkeyPatch, now: TestClock) -> Become:
    now.set("2025-03-28 14:00")
    factories.term()

    def person(member: Member | None) -> None:
        db.session.commit()
        monkeypatch.setattr(access, "principal", lambda: Person(member) if member else None)

    return person


@pytest.mark.parametrize("role", ["reviewer", "editor", "accountant", "support", "manager", "auditor"])
def test_every_role_has_a_desk_and_only_its_pages(client: FlaskClient, become: Become, role: str) -> None:
    candidate = factories.member()
    ask(candidate)
    become(factories.member(staff_role=role))
    assert client.get("/yonetim").status_code == 200
    wanted = 200 if role in LOOKERS else 403
    assert client.get("/yonetim/adaylar").status_code == wanted
    assert client.get(f"/yonetim/adaylar/{candidate.code}").status_code == wanted
    assert client.get("/yonetim/odemeler").status_code == (200 if role in ("accountant", "manager", "auditor") else 403)
    assert client.get("/yonetim/iletiler").status_code == (200 if role in ("support", "manager", "auditor") else 403)
    reveals = role in ("reviewer", "support", "manager")
    assert client.post(f"/yonetim/adaylar/{candidate.code}/tckn").status_code == (200 if reveals else 403)


def test_a_candidate_never_sees_the_desk(client: FlaskClient, become: Become) -> None:
    candidate = factories.member()
    become(candidate)
    for url in ("/yonetim", "/yonetim/adaylar", f"/yonetim/adaylar/{candidate.code}", "/yonetim/odemeler"):
        assert client.get(url).status_code == 403
    become(None)
    assert client.get("/yonetim", headers={"Accept": "application/json"}).status_code == 401


def test_D20_the_desk_shows_what_becomes_useless_first(client: FlaskClient, become: Become) -> None:
    ask(factories.member(first_name="Ege", last_name="Deneme"))
    become(factories.member(staff_role="reviewer"))
    page = client.get("/yonetim").text
    assert "Ege Deneme" in page
    assert "iş günü" in page
    assert "21 saat" in page


def test_search_by_every_key_leads_to_the_one_candidate(client: FlaskClient, become: Become) -> None:
    tckn = factories.valid_tckn(4711)
    candidate = factories.member(
        tckn=tckn, first_name="Işıl", last_name="Şen", phone="+905321234567", email="isil@example.org"
    )
    application = factories.application(candidate, at=civil("2025-03-10 10:00"))
    factories.member(first_name="Başka", last_name="Biri")
    db.session.add(
        Ticket(
            code="7k3f9abc", member_id=candidate.id, email=candidate.email, subject="Soru", category="other", source="form",
            context={}, status="open", created_at=civil("2025-03-10 10:00"), since=civil("2025-03-10 10:00"), messages=1,
        )
    )  # fmt: skip
    become(factories.member(staff_role="support"))
    page = f"/yonetim/adaylar/{candidate.code}"
    for text in (tckn, "ISIL sen", "0532 123 45 67", "isil@EXAMPLE.org", application.number.lower(), application.code,
                 "7k3f9abc", "[SEGEM-7K3F9ABC]"):  # fmt: skip
        answer = client.post("/yonetim/adaylar", data={"q": text})
        assert (answer.status_code, answer.location) == (303, page), text
    shown = client.get(page).text
    assert application.number in shown
    assert "533,00\N{NO-BREAK SPACE}₺" in shown
    assert tckn not in shown


def test_an_identity_number_never_stands_in_an_address(client: FlaskClient, become: Become) -> None:
    tckn = factories.valid_tckn(815)
    become(factories.member(staff_role="support"))
    answer = client.post("/yonetim/adaylar", data={"q": tckn})
    assert answer.status_code == 200
    assert "Eşleşen aday yok" in answer.text


@pytest.mark.parametrize("text", ["", "x", "12", "' or 1=1 --", "%", "_" * 300])
def test_a_hostile_search_gets_a_sentence(client: FlaskClient, become: Become, text: str) -> None:
    factories.member(first_name="Gizli")
    become(factories.member(staff_role="support"))
    answer = client.post("/yonetim/adaylar", data={"q": text})
    assert answer.status_code == 422
    assert "Gizli" not in answer.text


def test_looking_at_a_candidate_and_at_the_number_is_recorded(client: FlaskClient, become: Become) -> None:
    tckn = factories.valid_tckn(99)
    candidate = factories.member(tckn=tckn)
    become(factories.member(staff_role="reviewer"))
    client.get(f"/yonetim/adaylar/{candidate.code}")
    assert tckn in client.post(f"/yonetim/adaylar/{candidate.code}/tckn").text
    acts = db.session.scalars(select(AuditEntry.act).where(AuditEntry.subject_code == candidate.code)).all()
    assert acts == ["staff.candidate_seen", "staff.tckn_seen", "staff.candidate_seen"]
    assert client.get("/yonetim/adaylar/nobody").status_code == 404


def test_many_of_one_name_are_paged_without_the_name_in_the_address(
    client: FlaskClient, become: Become, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MOST", 2)
    for n in range(5):
        factories.member(first_name="Deniz", last_name=f"Yılmaz {'ABCDE'[n]}")
    become(factories.member(staff_role="support"))
    first = client.post("/yonetim/adaylar", data={"q": "deniz yılmaz"})
    assert "Eşleşen adaylar, 1. sayfa" in first.text
    assert ("Yılmaz A" in first.text, "Yılmaz C" in first.text) == (True, False)
    last = client.post("/yonetim/adaylar", data={"q": "deniz yılmaz", "sayfa": "3"})
    assert last.status_code == 200  # one person of many is not the one meant
    assert "Yılmaz E" in last.text
    assert 'value="4"' not in last.text
    assert client.post("/yonetim/adaylar", data={"q": "deniz yılmaz", "sayfa": "-9"}).status_code == 200
