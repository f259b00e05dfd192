"""Lost, waiting and sent messages at the desk; sending again."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.audit.models import AuditEntry
from lms.core.db import db
from lms.membership.models import Member
from lms.notifications import jobs, queries
from lms.notifications.models import SEALED, OutboxMessage
from lms.notifications.services import Recipient, enqueue
from tests import factories
from tests.conftest import TestClock
from tests.enrolment.conftest import become


@pytest.fixture
def person(now: TestClock, monkeypatch: pytest.MonkeyPatch) -> Member:
    found = factories.member(first_name="Ayla", email="eski@example.org")
    become(monkeypatch, factories.member(staff_role="support"))
    db.session.commit()
    return found


def message(person: Member, now: TestClock, *, lost: bool = True, dedupe: str = "k1") -> OutboxMessage:
    enqueue(
        "welcome", to=Recipient(email=person.email, code=person.code), dedupe=dedupe, now=now(), params={"name": "Ayla"}
    )
    row = db.session.scalars(select(OutboxMessage).where(OutboxMessage.dedupe == f"{dedupe}/mail")).one()
    if lost:
        row.failed_at, row.error, row.tries = now(), "smtp 550", 1
    db.session.commit()
    return row


def test_what_was_lost_and_what_waits(client: FlaskClient, person: Member, now: TestClock) -> None:
    assert "Gönderilemeyen ileti yok" in client.get("/yonetim/iletiler").text
    message(person, now)
    message(person, now, lost=False, dedupe="k2")
    page = client.get("/yonetim/iletiler").text
    for words in (
        "Üyeliğiniz açıldı",
        "Gönderilemeyen (1)",
        "Bekleyen (1)",
        "smtp 550",
        "alıcının sunucusu kabul etmedi",
        "eski@example.org",
        person.full_name,
    ):
        assert words in page
    assert "bekliyor" in client.get("/yonetim/iletiler?liste=bekleyen").text


def test_a_lost_message_is_sent_again_to_the_address_of_today(
    client: FlaskClient, person: Member, now: TestClock
) -> None:
    row = message(person, now)
    person.email = "yeni@example.org"
    db.session.commit()
    assert "Kişinin şimdiki adresine: yeni@example.org" in client.get("/yonetim/iletiler").text
    assert client.post(f"/yonetim/iletiler/{row.message_id}/yeniden", data={"simdiki": "on"}).status_code == 303
    db.session.expire_all()
    assert (row.recipient, row.failed_at, row.tries) == ("yeni@example.org", None, 0)
    assert jobs.send_due(now()) == 1
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "notifications.sent_again")).one()
    assert (entry.subject_code, entry.data["other_address"]) == (person.code, True)
    again = client.post(f"/yonetim/iletiler/{row.message_id}/yeniden")
    assert again.status_code == 409
    assert "belki bir başkası" in again.text


def test_a_lost_message_is_settled_once_with_a_reason(
    client: FlaskClient, person: Member, now: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = message(person, now)
    address = f"/yonetim/iletiler/{row.message_id}/kapat"
    refused = client.post(address, data={"gerekce": "yok"})
    assert refused.status_code == 422
    assert ">yok</textarea>" in refused.text
    assert client.post(address, data={"gerekce": "Telefonla arandı"}).status_code == 303
    assert queries.counts() == (0, 0)
    assert "Gönderilemeyen ileti yok" in client.get("/yonetim/iletiler").text
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "notifications.settled")).one()
    assert (entry.subject_code, entry.data["reason"]) == (person.code, "Telefonla arandı")
    first = db.session.get_one(OutboxMessage, row.id).settled_by
    become(monkeypatch, factories.member(staff_role="manager"))
    db.session.commit()
    late = client.post(address, data={"gerekce": "Mektup gönderildi"})
    assert late.status_code == 409
    assert f"Bu iletiyi {first}" in late.text
    assert client.post(f"/yonetim/iletiler/{row.message_id}/yeniden").status_code == 409


def test_what_carried_a_link_for_one_use_or_advertised_is_not_sent_again(
    client: FlaskClient, person: Member, now: TestClock
) -> None:
    enqueue(
        "password_reset", to=Recipient(email=person.email, code=person.code), dedupe="reset", now=now(),
        params={"name": "Ayla"}, secret={"link": "https://x.example/s"},
    )  # fmt: skip
    row = db.session.scalars(select(OutboxMessage)).one()
    row.params, row.sent_at, row.bounced_at = row.params | {SEALED: ""}, now(), now()
    db.session.commit()
    assert "tek kullanımlık bir bağlantı" in client.get("/yonetim/iletiler").text
    answer = client.post(f"/yonetim/iletiler/{row.message_id}/yeniden")
    assert (answer.status_code, "yeni bağlantı gönderin" in answer.text) == (409, True)
    row.template, row.consent_id, row.params = "marketing/term_announced", 1, {}
    db.session.commit()
    assert "Gönderilemeyen ileti yok" in client.get("/yonetim/iletiler").text  # nobody has to call for it
    answer = client.post(f"/yonetim/iletiler/{row.message_id}/yeniden")
    assert (answer.status_code, "izninden vazgeçmiş" in answer.text) == (409, True)


def test_the_lists_are_paged(client: FlaskClient, person: Member, now: TestClock) -> None:
    for n in range(queries.PAGE + 1):
        message(person, now, dedupe=f"k{n}")
    assert "1 / 2" in client.get("/yonetim/iletiler").text
    assert client.get("/yonetim/iletiler?sayfa=2").text.count("smtp 550") == 1


def test_one_address_is_looked_up_by_post(client: FlaskClient, person: Member, now: TestClock) -> None:
    message(person, now, lost=False)
    jobs.send_due(now())
    found = client.post("/yonetim/iletiler", data={"q": " Eski@Example.org "})
    assert "gönderildi" in found.text
    assert "Bu adrese ileti yok" in client.post("/yonetim/iletiler", data={"q": "baska@example.org"}).text
    for typed in ("", "12", "a@", "x" * 300):
        assert client.post("/yonetim/iletiler", data={"q": typed}).status_code == 422
    assert queries.to_address("eski@example.org")


@pytest.mark.parametrize(
    ("role", "reads", "sends"), [("auditor", 200, 403), ("editor", 403, 403), ("manager", 200, 303)]
)
def test_who_may(
    client: FlaskClient,
    person: Member,
    now: TestClock,
    monkeypatch: pytest.MonkeyPatch,
    role: str,
    reads: int,
    sends: int,
) -> None:
    row = message(person, now)
    become(monkeypatch, factories.member(staff_role=role))
    db.session.commit()
    assert client.get("/yonetim/iletiler").status_code == reads
    assert client.post(f"/yonetim/iletiler/{row.message_id}/yeniden").status_code == sends
