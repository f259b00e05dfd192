"""Service and marketing apart: nothing that advertises leaves without a named consent, and it ends at one press (RFC 8058)."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from lms.announcements import services
from lms.announcements.jobs import spread
from lms.audit.models import AuditEntry
from lms.core.access import SYSTEM
from lms.core.db import db
from lms.core.errors import Conflict, Forbidden
from lms.membership.models import Acceptance, LegalText, Member
from lms.notifications import jobs
from lms.notifications import services as outbox
from lms.notifications.models import OutboxMessage
from lms.notifications.rules import Kind, kind_of
from lms.terms.models import Term
from tests import factories
from tests.conftest import TestClock, civil
from tests.enrolment.conftest import become
from tests.notifications.test_outbox import Mailbox, configured, mailbox

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["configured", "mailbox"]


@pytest.fixture
def text(now: TestClock) -> LegalText:
    found = LegalText(
        kind="announcements_consent", language="tr", version=1, title="Yeni eğitim duyuruları", body="İzin veriyorum.",
        sha256="0" * 64, published_at=now(),
    )  # fmt: skip
    db.session.add(found)
    db.session.commit()
    return found


@pytest.fixture
def who(text: LegalText, monkeypatch: pytest.MonkeyPatch) -> Member:
    found = factories.member()
    db.session.commit()
    become(monkeypatch, found)
    return found


def choose(client: FlaskClient, *, wanted: bool) -> Any:
    return client.post("/hesabim/duyurular", data={"wanted": "y"} if wanted else {"x": "1"})


def messages() -> list[OutboxMessage]:
    db.session.expire_all()
    return list(db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def test_nobody_is_asked_by_a_ticked_box_and_every_answer_is_kept(client: FlaskClient, who: Member) -> None:
    page = client.get("/hesabim/duyurular").text
    assert not re.search(r'name="wanted"[^>]*checked|checked[^>]*name="wanted"', page)
    assert "Henüz bir yanıtınız yok" in page
    for wanted in (True, True, False, True):
        assert choose(client, wanted=wanted).status_code == 303
    answers = db.session.scalars(select(Acceptance).order_by(Acceptance.id)).all()
    assert [a.given for a in answers] == [True, False, True]  # the same answer twice is one
    assert services.wanted(who)
    assert client.get("/hesabim/duyurular").text.count("izin verildi") == 2
    acts = db.session.scalars(select(AuditEntry.data).where(AuditEntry.act == "announcements.chosen")).all()
    assert [data["given"] for data in acts] == [True, False, True]


def test_a_marketing_message_without_a_consent_is_refused_by_code_and_by_the_database(
    who: Member, now: TestClock
) -> None:
    assert (kind_of("marketing/term_announced"), kind_of("welcome")) == (Kind.MARKETING, Kind.TRANSACTIONAL)
    with pytest.raises(Forbidden, match=r"message\.consent"):
        outbox.enqueue("marketing/term_announced", to=outbox.Recipient(email="a@example.org"), dedupe="x", now=now())
    db.session.add(
        OutboxMessage(
            dedupe="x/mail", channel="mail", recipient="a@example.org", language="tr", template="marketing/term_announced",
            params={}, created_at=now(), next_try_at=now(), tries=0,
        )
    )  # fmt: skip
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()
    assert messages() == []


def test_the_news_of_a_term_reaches_whoever_allowed_it_once(client: FlaskClient, who: Member, now: TestClock) -> None:
    term = factories.term()
    people = [factories.member(first_name=name) for name in ("İzinli", "Vazgeçen", "Başvurmuş", "Kapalı", "Personel")]
    for person in people:
        services.choose(person, given=True, language="tr", actor=person.actor(), now=now())
    services.choose(people[1], given=False, language="tr", actor=people[1].actor(), now=now())
    factories.application(people[2], at=civil("2025-03-01 10:00"))
    people[3].disabled_at = now()
    people[4].staff_role = "support"
    db.session.commit()
    assert services.audience_size(term.code) == 1
    assert services.announce(term, actor=SYSTEM, now=now()) == 1
    with pytest.raises(Conflict, match=r"announcement\.waiting"):
        services.announce(term, actor=SYSTEM, now=now())
    assert messages() == []  # the request writes to nobody
    assert [spread(now()) for _ in range(2)] == [1, 0]
    assert services.audience_size(term.code) == 0
    assert services.announce(term, actor=SYSTEM, now=now()) == 0
    assert spread(now()) == 0
    assert [(m.member_code, m.template, m.consent_id is not None) for m in messages()] == [
        (people[0].code, "marketing/term_announced", True)
    ]
    text = outbox.compose(messages()[0])
    assert "8 Ocak 2025 Çarşamba – 21 Kasım 2025 Cuma" in text.text
    assert text.unsubscribe in text.text
    now.set("2025-11-22 00:00")
    with pytest.raises(Conflict, match=r"term\.closed"):
        services.announce(term, actor=SYSTEM, now=now())


def test_who_takes_the_consent_back_before_the_news_leaves_is_not_told(who: Member, now: TestClock) -> None:
    other = factories.member()
    for person in (who, other):
        services.choose(person, given=True, language="tr", actor=person.actor(), now=now())
    assert services.announce(factories.term(), actor=SYSTEM, now=now()) == 2
    services.choose(who, given=False, language="tr", actor=who.actor(), now=now())
    assert spread(now()) == 1
    assert [m.member_code for m in messages()] == [other.code]


def test_news_of_a_term_that_closed_meanwhile_is_not_sent(who: Member, now: TestClock) -> None:
    services.choose(who, given=True, language="tr", actor=who.actor(), now=now())
    services.announce(factories.term(), actor=SYSTEM, now=now())
    assert spread(civil("2025-11-22 00:00")) == 0
    assert messages() == []


def test_a_manager_announces_from_the_terms_page(
    client: FlaskClient, who: Member, now: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    term = factories.term()
    services.choose(who, given=True, language="tr", actor=who.actor(), now=now())
    become(monkeypatch, factories.member(staff_role="manager"))
    db.session.commit()
    assert "Duyur (1 kişi)" in client.get(f"/yonetim/donemler/{term.code}").text
    assert client.post(f"/yonetim/donemler/{term.code}/duyur").status_code == 303
    assert "sıradadır" in client.post(f"/yonetim/donemler/{term.code}/duyur").text
    assert spread(now()) == 1
    assert len(messages()) == 1
    assert "Duyur (" not in client.get(f"/yonetim/donemler/{term.code}").text
    assert db.session.scalars(
        select(AuditEntry.data).where(AuditEntry.act == "announcements.term_announced")
    ).one() == {"people": 1}


def test_it_ends_at_one_press_in_the_mailbox_and_what_waits_is_not_sent(
    client: FlaskClient, who: Member, now: TestClock, monkeypatch: pytest.MonkeyPatch,
    mailbox: tuple[Mailbox, str], configured: Callable[..., None],
) -> None:  # fmt: skip
    configured(mail_url=mailbox[1])
    services.choose(who, given=True, language="tr", actor=who.actor(), now=now())
    services.announce(factories.term(), actor=SYSTEM, now=now())
    services.announce(factories.term(code="ddta-2026-ilk"), actor=SYSTEM, now=now())
    db.session.commit()
    assert spread(now()) == 2
    second = messages()[1]
    second.next_try_at = civil("2025-03-04 09:00")
    db.session.commit()
    assert jobs.send_due(now()) == 1
    mail = message_from_bytes(mailbox[0].mails[0], policy=policy.default)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = mail["List-Unsubscribe"].strip("<>").removeprefix("http://localhost")
    become(monkeypatch, None)
    assert "düğmeye basın" in client.get(link).text
    assert services.wanted(who)  # a GET withdraws nothing: mail scanners open every link
    assert client.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 204
    assert not services.wanted(who)
    assert len(messages()) == 1  # the one that left; the other was taken out
    assert "artık yeni eğitim duyurusu gönderilmeyecek" in client.post(link).text
    for broken in (link[:-2], "/duyurular/birak/x", "/duyurular/birak/eyJ9.x"):
        assert client.get(broken).status_code == 404
        assert client.post(broken).status_code == 404
    answers = db.session.scalars(select(Acceptance.given).order_by(Acceptance.id)).all()
    assert answers == [True, False]


def test_a_service_message_carries_no_such_header(
    client: FlaskClient, who: Member, now: TestClock, mailbox: tuple[Mailbox, str], configured: Callable[..., None]
) -> None:
    configured(mail_url=mailbox[1])
    outbox.enqueue(
        "welcome", to=outbox.Recipient(email="a@example.org"), dedupe="w", now=now(), params={"name": "Deniz"}
    )
    db.session.commit()
    assert jobs.send_due(now()) == 1
    assert message_from_bytes(mailbox[0].mails[0], policy=policy.default)["List-Unsubscribe"] is None


def test_a_term_of_the_closed_kind_is_not_offered(
    client: FlaskClient, who: Member, now: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    term: Term = factories.term()
    services.choose(who, given=True, language="tr", actor=who.actor(), now=now())
    become(monkeypatch, factories.member(staff_role="manager"))
    db.session.commit()
    now.set("2025-11-25 09:00")
    assert "Duyur (" not in client.get(f"/yonetim/donemler/{term.code}").text
