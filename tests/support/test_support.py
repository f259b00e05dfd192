"""R112: tickets, by everybody and for staff."""

from datetime import UTC, datetime

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.audit import queries as audit
from lms.core.db import db, transaction
from lms.core.errors import Conflict, Invalid
from lms.notifications import queries as outbox
from lms.notifications.services import compose
from lms.support import queries, rules, services
from lms.support.models import Ticket
from tests import factories
from tests.membership.helpers import log_in, register

NOW = datetime(2025, 3, 3, 6, tzinfo=UTC)
ASK = {"subject": "Video açılmıyor", "body": "İkinci dersin videosu açılmıyor.\r\nTarayıcım Firefox."}


def only() -> Ticket:
    db.session.expire_all()
    return db.session.scalars(select(Ticket)).one()


def test_what_a_ticket_says() -> None:
    assert rules.subject("  Giriş \r\n Bcc: x ") == "Giriş Bcc: x"
    assert rules.body("bir\r\niki\x00üç dört") == "bir\nikiüç dört"
    for call, text in (
        (rules.subject, "ab"),
        (rules.subject, "a" * 161),
        (rules.body, "kısa"),
        (rules.body, "a" * 5001),
        (rules.answer, " "),
    ):
        with pytest.raises(Invalid):
            call(text)


def test_a_closed_ticket_stays_closed() -> None:
    assert rules.after("open", "answer") == rules.after("answered", "answer") == "answered"
    assert rules.after("open", "close") == "closed"
    for act in ("answer", "close"):
        with pytest.raises(Conflict):
            rules.after("closed", act)


def test_R112_anybody_asks_and_gets_an_acknowledgement_without_the_words(client: FlaskClient) -> None:
    page = client.post("/destek", data={**ASK, "email": "soran@example.org", "page": "/giris"})
    ticket = only()
    assert ticket.code in page.text
    assert (ticket.email, ticket.context["page"], ticket.member_id) == ("soran@example.org", "/giris", None)
    mail = compose(outbox.latest()[0])
    assert ticket.code in mail.subject
    assert "Video" not in mail.text  # else the form would carry strangers' words to anybody
    assert [row.act for row in audit.of_subject("ticket", ticket.code)] == ["support.opened"]


def test_R112_a_member_is_answered_at_the_address_on_file(client: FlaskClient) -> None:
    member = register()
    log_in(client, member)
    client.post(
        "/destek", data={**ASK, "email": "baska@example.org"}, headers={"Referer": "http://localhost/egitimlerim?x=1"}
    )
    assert only().email == member.email
    assert "Firefox." in compose(outbox.latest()[0]).text
    assert "Video açılmıyor" in client.get("/destek").text


@pytest.mark.parametrize("wrong", [{"subject": ""}, {"body": "kısa"}, {"email": "x"}, {"body": "a" * 5001}])
def test_R112_what_is_missing_is_said_and_nothing_typed_is_lost(client: FlaskClient, wrong: dict[str, str]) -> None:
    answer = client.post("/destek", data={**ASK, "email": "soran@example.org", **wrong})
    assert answer.status_code == 422
    assert not db.session.scalars(select(Ticket)).all()
    if "subject" not in wrong:
        assert "Video açılmıyor" in answer.text


def test_R112_staff_answer_by_mail_and_close(app: APIFlask, client: FlaskClient) -> None:
    client.post("/destek", data={**ASK, "email": "soran@example.org"})
    code = only().code
    with transaction():
        clerk = factories.member(staff_role="support", first_name="Ayşe")
    log_in(client, clerk)
    assert "Video açılmıyor" in client.get("/yonetim/destek").text
    assert queries.counts() == {"open": 1}
    assert client.post(f"/yonetim/destek/{code}", data={"answer": ""}).status_code == 422
    assert (
        client.post(f"/yonetim/destek/{code}", data={"answer": "Sayfayı yenileyip deneyin."}).location
        == "/yonetim/destek"
    )
    mail = compose(outbox.latest()[0])
    assert "Sayfayı yenileyip deneyin." in mail.text
    assert (only().status, only().thread[-1].written_by) == ("answered", clerk.id)
    assert mail.subject == f"Re: Video açılmıyor [SEGEM-{code}]"
    assert client.post(f"/yonetim/destek/{code}/kapat").status_code == 302
    assert client.post(f"/yonetim/destek/{code}", data={"answer": "Bir daha."}).status_code == 409
    assert "Video açılmıyor" in client.get("/yonetim/destek?liste=kapanan").text
    assert client.get("/yonetim/destek/yok").status_code == 404
    acts = [row.act for row in audit.of_subject("ticket", code)]
    assert acts == ["support.closed", "support.answered", "support.opened"]


@pytest.mark.parametrize("role", ["reviewer", "editor", "accountant", None])
def test_V8_2_1_other_roles_and_members_are_refused(client: FlaskClient, role: str | None) -> None:
    with transaction():
        who = factories.member(staff_role=role)
    log_in(client, who)
    assert client.get("/yonetim/destek").status_code == 403
    assert client.post("/yonetim/destek/x/kapat").status_code == 403


def test_hostile_words_stay_text(client: FlaskClient) -> None:
    hostile = "<script>alert(1)</script> {{7*7}} {% x %}"
    client.post("/destek", data={"subject": hostile, "body": hostile, "email": "soran@example.org"})
    with transaction():
        clerk = factories.member(staff_role="support")
    log_in(client, clerk)
    page = client.get(f"/yonetim/destek/{only().code}").text
    assert "<script>alert" not in page
    assert "{{7*7}}" in page
    with transaction():
        services.answer(only().code, hostile, actor=clerk.actor(), now=NOW)
    assert "{{7*7}}" in compose(outbox.latest()[0]).text
