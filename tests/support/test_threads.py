"""R112: a ticket is a thread: who writes when, who answers, what two at once learn; the door of who cannot log in."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from lms.audit import queries as audit
from lms.core.access import ANONYMOUS
from lms.core.config import vault
from lms.core.db import db, transaction
from lms.core.errors import Conflict, NotFound
from lms.identity.models import Dispute
from lms.membership.models import Member
from lms.membership.rules import identity
from lms.notifications import queries as outbox
from lms.notifications.models import OutboxMessage
from lms.notifications.services import compose
from lms.support import jobs, queries, services
from lms.support.models import Ticket, TicketMessage
from tests import factories
from tests.conftest import TestClock
from tests.mailroom.letters import png
from tests.membership.helpers import log_in
from tests.people import Browser
from tests.together import at_once

NOW = datetime(2025, 3, 3, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
Become = Callable[[Member | None], Browser]


def asked(member: Member | None = None, *, now: datetime = NOW) -> Ticket:
    with transaction():
        return services.open_ticket(
            subject="Video açılmıyor", body="İkinci dersin videosu açılmıyor.", email="soran@example.org",
            context={"page": "/egitimlerim/x"}, actor=member.actor() if member else ANONYMOUS, now=now,
        )  # fmt: skip


def clerk(role: str = "support", **names: str) -> Member:
    return factories.member(staff_role=role, **names)


def test_R112_a_ticket_keeps_where_the_person_stood_by_value(app: APIFlask, become: Become) -> None:
    factories.term()
    ticket = asked(factories.member())
    assert (ticket.category, ticket.context["step"]) == ("training", "pay")
    page = become(clerk()).get(f"/yonetim/destek/{ticket.code}").text
    assert "Ödemenizi yapın" in page
    assert "/egitimlerim/x" in page


def test_R112_the_person_writes_again_and_the_ticket_waits_since_then(app: APIFlask) -> None:
    who = factories.member()
    ticket = asked(who)
    with transaction():
        services.answer(ticket.code, "Sayfayı yenileyin.", actor=clerk().actor(), now=NOW + HOUR)
    assert (ticket.status, ticket.since) == ("answered", NOW + HOUR)
    with transaction():
        services.write(ticket.code, "Yeniledim, yine açılmıyor.", actor=who.actor(), now=NOW + 2 * HOUR)
        services.write(ticket.code, "Bir de ses yok üstelik.", actor=who.actor(), now=NOW + 3 * HOUR)
    assert (ticket.status, ticket.since, ticket.messages) == ("open", NOW + 2 * HOUR, 4)
    assert [m.author for m in ticket.thread] == ["person", "staff", "person", "person"]
    with transaction():
        services.close(ticket.code, reason="Soru telefonda çözüldü.", actor=clerk().actor(), now=NOW + 4 * HOUR)
        services.write(ticket.code, "Sorun sürüyor maalesef.", actor=who.actor(), now=NOW + 5 * HOUR)
    assert ticket.status == "open"


def test_a_thread_is_its_owners_and_hides_the_notes(app: APIFlask, become: Become) -> None:
    who, other = factories.member(), factories.member()
    ticket = asked(who)
    with transaction():
        services.note(ticket.code, "Kimlik fotokopisi istendi mi?", actor=clerk().actor(), now=NOW)
    page = become(who).get(f"/destek/{ticket.code}")
    assert "videosu açılmıyor" in page.text
    assert "fotokopisi" not in page.text
    assert become(who).post(f"/destek/{ticket.code}", data={"body": "Çözüldü, teşekkürler."}).status_code == 303
    assert become(who).post(f"/destek/{ticket.code}", data={"body": "kısa"}).status_code == 422
    assert become(other).get(f"/destek/{ticket.code}").status_code == 404
    with pytest.raises(NotFound):
        services.own_ticket(other.actor(), ticket.code)


def test_who_takes_it_on_is_told_to_the_second(app: APIFlask) -> None:
    ticket, first, second = asked(), clerk(first_name="Ada", last_name="Birinci"), clerk()
    with transaction():
        services.take(ticket.code, actor=first.actor(), now=NOW)
        services.take(ticket.code, actor=first.actor(), now=NOW)
    with pytest.raises(Conflict) as told, transaction():
        services.take(ticket.code, actor=second.actor(), now=NOW + HOUR)
    assert told.value.params == {"by": "Ada Birinci", "at": NOW}
    with pytest.raises(Conflict), transaction():
        services.release(ticket.code, actor=second.actor(), now=NOW)
    with transaction():
        services.release(ticket.code, actor=clerk("manager").actor(), now=NOW)
        services.take(ticket.code, actor=second.actor(), now=NOW + HOUR)
    assert queries.page_of(queries.Wanted("open", holder_id=second.id), 1)[0] == [ticket]
    assert queries.page_of(queries.Wanted("open", holder_id=first.id), 1)[0] == []


def test_who_answers_an_old_page_is_told_and_loses_no_word(app: APIFlask, become: Become) -> None:
    ticket = asked()
    with transaction():
        services.answer(ticket.code, "Birinci yanıt burada.", actor=clerk(last_name="Hızlı").actor(), now=NOW + HOUR)
    late = become(clerk()).post(f"/yonetim/destek/{ticket.code}", data={"answer": "İkinci yanıt burada.", "expected": "1"})  # fmt: skip
    assert late.status_code == 409
    assert "Hızlı" in late.text
    assert "İkinci yanıt burada." in late.text
    assert db.session.scalar(select(func.count()).select_from(TicketMessage)) == 2


def test_of_two_answers_at_once_one_is_sent(live_database: Callable[[], APIFlask]) -> None:
    app = live_database()
    with app.app_context():
        code = asked().code
        with transaction():
            people = [clerk().actor() for _ in range(4)]

    def act(n: int) -> None:
        services.answer(code, f"Yanıt {n} burada.", expected=1, actor=people[n], now=NOW + HOUR)

    assert at_once(app, len(people), act) == [*["support.changed"] * 3, "won"]
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(OutboxMessage.template == "ticket_answered")) == 1


def test_what_nobody_answered_is_closed_with_its_reason(app: APIFlask, become: Become) -> None:
    ticket, desk = asked(), become(clerk())
    page = f"/yonetim/destek/{ticket.code}/kapat"
    refused = desk.post(page, data={"reason": "x"})
    assert refused.status_code == 422
    assert "gerekçesini" in refused.text
    assert desk.post(page, data={"reason": "Aynı soru ikinci kez geldi."}).status_code == 302
    assert (ticket.status, ticket.thread[-1].author) == ("closed", "note")
    assert audit.of_subject("ticket", ticket.code)[0].data == {"reason": "Aynı soru ikinci kez geldi."}


def test_what_is_quiet_for_thirty_days_is_closed_by_itself(app: APIFlask) -> None:
    waiting, ticket = asked(), asked()
    with transaction():
        services.answer(ticket.code, "Sayfayı yenileyin.", actor=clerk().actor(), now=NOW)
    assert jobs.close_quiet(NOW + timedelta(days=30)) == 0
    assert jobs.close_quiet(NOW + timedelta(days=31)) == 1
    assert jobs.close_quiet(NOW + timedelta(days=31)) == 0
    db.session.refresh(ticket)
    assert (ticket.status, waiting.status) == ("closed", "open")
    assert audit.of_subject("ticket", ticket.code)[0].act == "support.closed"


def test_staff_sort_note_and_filter(app: APIFlask, become: Become) -> None:
    ticket, desk = asked(), become(clerk())
    assert desk.post(f"/yonetim/destek/{ticket.code}/konu", data={"category": "exam"}).status_code == 303
    assert desk.post(f"/yonetim/destek/{ticket.code}/not", data={"note": "Aradım, açmadı."}).status_code == 303
    refused = desk.post(f"/yonetim/destek/{ticket.code}/not", data={"note": " "})
    assert refused.status_code == 422
    assert (
        f'action="/yonetim/destek/{ticket.code}" novalidate class="form card" id="yanit"' in refused.text
    )  # the answer goes its own way
    assert desk.post(f"/yonetim/destek/{ticket.code}/ustlen").status_code == 303
    assert "Video açılmıyor" in desk.get("/yonetim/destek?konu=exam&benim=1").text
    assert "Video açılmıyor" not in desk.get("/yonetim/destek?konu=payment").text
    assert desk.post(f"/yonetim/destek/{ticket.code}/birak").status_code == 303
    reader = become(clerk("auditor"))
    assert "Aradım, açmadı." in reader.get(f"/yonetim/destek/{ticket.code}").text
    assert reader.post(f"/yonetim/destek/{ticket.code}/not", data={"note": "Denetim notu."}).status_code == 403


def test_a_ready_answer_is_put_below_what_is_written_in_the_persons_language(app: APIFlask, become: Become) -> None:
    boss, ticket = become(clerk("manager")), asked(factories.member(language="en"))
    wrong = boss.post("/yonetim/destek/hazir-yanitlar", data={"title": "Önbellek", "body_tr": "x", "body_en": ""})
    assert wrong.status_code == 422
    texts = {"title": "Önbellek", "body_tr": "Önbelleği temizleyin.", "body_en": "Clear the cache."}
    assert boss.post("/yonetim/destek/hazir-yanitlar", data=texts).status_code == 303
    row = queries.answers_ready()[0]
    desk = become(clerk())
    page = desk.post(f"/yonetim/destek/{ticket.code}", data={"answer": "Dear candidate,", "ready": row.code, "ekle": "1"})  # fmt: skip
    assert "Dear candidate,\n\nClear the cache." in page.text.replace("\r\n", "\n")
    assert ticket.status == "open"
    assert desk.post("/yonetim/destek/hazir-yanitlar", data=texts).status_code == 403
    assert boss.get(f"/yonetim/destek/hazir-yanitlar/{row.code}").status_code == 200
    boss.post(f"/yonetim/destek/hazir-yanitlar/{row.code}", data={**texts, "title": "Tarayıcı önbelleği"})
    assert "Tarayıcı önbelleği" in desk.get("/yonetim/destek/hazir-yanitlar").text
    boss.post(f"/yonetim/destek/hazir-yanitlar/{row.code}/sil")
    assert queries.answers_ready() == []
    acts = [entry.act for entry in audit.of_subject("canned_answer", row.code)]
    assert acts == ["support.canned_dropped", "support.canned_kept", "support.canned_kept"]


ACCOUNT = {"name": "Deniz Örnek", "email": "yeni@example.org", "body": "Telefonum değişti, giriş yapamıyorum."}


def test_who_cannot_log_in_gets_the_same_answer_whoever_exists(client: FlaskClient, now: TestClock) -> None:
    tckn, nobody = factories.valid_tckn(900), factories.valid_tckn(901)
    with transaction():
        who = factories.member(tckn=tckn, first_name="Deniz", last_name="Örnek")
    answers = [client.post("/destek/hesap", data={**ACCOUNT, "tckn": number, "body": f"{ACCOUNT['body']} {tckn}"}) for number in (tckn, nobody)]  # fmt: skip
    known, unknown = db.session.scalars(select(Ticket).order_by(Ticket.id)).all()
    assert answers[0].text.replace(known.code, "") == answers[1].text.replace(unknown.code, "")
    assert (known.member_id, known.tckn_index, known.category) == (None, vault().index(tckn), "account")
    assert services.match_of(known) == who
    assert services.match_of(unknown) is None
    assert tckn not in known.thread[0].body  # also what the person wrote into the text is masked
    assert tckn not in str([row.params for row in outbox.latest()])
    assert {row.recipient for row in outbox.latest()} == {"yeni@example.org"}


def test_the_number_is_never_shown_again_and_the_door_is_throttled(client: FlaskClient) -> None:
    wrong = client.post("/destek/hesap", data={**ACCOUNT, "tckn": "12345678901"})
    assert wrong.status_code == 422
    assert "12345678901" not in wrong.text
    assert "Telefonum değişti" in wrong.text
    for _ in range(4):
        client.post("/destek/hesap", data={**ACCOUNT, "tckn": factories.valid_tckn(902)})
    assert client.post("/destek/hesap", data={**ACCOUNT, "tckn": factories.valid_tckn(902)}).status_code == 429


def test_a_link_goes_only_to_the_address_on_file(client: FlaskClient) -> None:
    tckn = factories.valid_tckn(903)
    with transaction():
        who, helper = factories.member(tckn=tckn), clerk()
    for number in (tckn, factories.valid_tckn(904)):
        client.post("/destek/hesap", data={**ACCOUNT, "tckn": number})
    matched, unmatched = db.session.scalars(select(Ticket).order_by(Ticket.id)).all()
    log_in(client, helper)
    assert who.tckn_masked in client.get(f"/yonetim/destek/{matched.code}").text
    assert client.post(f"/yonetim/destek/{matched.code}/sifre-baglantisi").status_code == 303
    link = outbox.latest()[0]
    assert (link.template, link.recipient) == ("password_reset", who.email)
    assert client.post(f"/yonetim/destek/{unmatched.code}/sifre-baglantisi").status_code == 409


def test_the_door_is_where_people_look_for_it(client: FlaskClient) -> None:
    for page in ("/giris", "/sifremi-unuttum", "/destek"):
        assert 'href="/destek/hesap"' in client.get(page).text


@pytest.mark.parametrize("text", ["{}", "No: {}.", "{0} ve yine {0}"])
def test_R028_numbers_are_found_and_masked(text: str) -> None:
    tckn = factories.valid_tckn(905)
    spaced = f"{tckn[:3]} {tckn[3:6]} {tckn[6:9]} {tckn[9:]}"
    for written in (tckn, spaced):
        said = text.format(written)
        assert identity.tckns_in(said) == (tckn,)
        assert written not in identity.without_tckn(said)
    assert identity.tckns_in("0532 123 45 67, 12345678901, 4111111111111111") == ()


def test_a_subject_carries_no_number_into_a_mail(app: APIFlask) -> None:
    tckn = factories.valid_tckn(906)
    with transaction():
        ticket = services.open_ticket(
            subject=f"TCKN {tckn} giriş " + "uzun " * 25, body="Giriş yapamıyorum, yardım edin.", email="soran@example.org",
            actor=ANONYMOUS, now=NOW,
        )  # fmt: skip
        services.answer(ticket.code, "Şifrenizi yenileyin.", actor=clerk().actor(), now=NOW)
    subject = compose(outbox.latest()[0]).subject
    assert tckn not in subject
    assert subject.endswith(f"[SEGEM-{ticket.code}]")


def test_a_claim_to_an_identity_number_is_opened_from_a_ticket_with_its_evidence(app: APIFlask, become: Become) -> None:
    number = factories.valid_tckn(888_777)
    owner = factories.member(tckn=number)
    with transaction():
        ticket = services.ask_for_account(
            name="Deniz Örnek", tckn=number, email="asil@example.org", body="Bu numara benim, hesabı ben açmadım.", context={},
            language="tr", actor=ANONYMOUS, now=NOW,
        )  # fmt: skip
    desk, page = become(clerk()), f"/yonetim/destek/{ticket.code}/kimlik-itirazi"
    assert page in desk.get(f"/yonetim/destek/{ticket.code}").text
    form = desk.get(page).text
    assert "asil@example.org" in form
    assert "hesabı ben açmadım" in form
    typed = {"name": "Deniz Örnek", "email": "asil@example.org", "explanation": "Bu numara benim, hesabı ben açmadım."}
    assert desk.post(page, data={**typed, "tckn": number}).status_code == 422  # no evidence
    for wrong in (factories.valid_tckn(888_778), "12345678912"):
        other = desk.post(page, data={**typed, "tckn": wrong, "document": (io.BytesIO(png()), "kimlik.png")})
        assert other.status_code == 422
        assert wrong not in other.text
    assert desk.post(page, data={**typed, "tckn": number, "document": (io.BytesIO(png()), "kimlik.png")}).status_code == 303  # fmt: skip
    claim = db.session.scalars(select(Dispute)).one()
    assert (claim.tckn_index, claim.email, claim.status) == (owner.tckn_index, "asil@example.org", "open")
    assert claim.code in ticket.thread[-1].body
    opened = audit.of_subject("dispute", claim.code)[0]
    assert (opened.act, opened.actor_kind) == ("identity.dispute_opened", "staff")
