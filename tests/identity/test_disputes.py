"""R126: an identity number that opened somebody else's account: the claim, freezing, moving by two persons."""

import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from lms.core.access import Actor
from lms.core.db import db, transaction
from lms.core.errors import Conflict, Forbidden, Invalid
from lms.identity import jobs, rules
from lms.identity.models import Dispute
from lms.identity.rules import Claim
from lms.identity.services import disputes as services
from lms.membership import credential
from lms.membership.models import Member, MemberSession, OneTimeLink
from lms.membership.services import links
from lms.notifications.models import OutboxMessage
from lms.notifications.rendering import render
from tests import factories
from tests.conftest import civil
from tests.membership.helpers import log_in

NOW = civil("2025-03-06 10:00")
TCKN = factories.valid_tckn(888_001)
WHY = "Bu numara benim; üyeliği ben açmadım, kimlik kartım ekte."


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(out, "PNG")
    return out.getvalue()


def typed(**changes: Any) -> dict[str, Any]:
    values = {"tckn": TCKN, "name": "Deniz Örnek", "email": "asil@example.org", "explanation": WHY}
    return {**values, "document": (io.BytesIO(picture()), "kimlik.png"), **changes}


def staff(name: str) -> Actor:
    return factories.member(staff_role="reviewer", first_name=name, last_name="Görevli").actor()


@pytest.fixture
def other(app: Any) -> Member:
    """Who registered with a number that is not theirs."""
    member = factories.member(tckn=TCKN, email="baskasi@example.org", phone="+905321112233", password_hash="x")
    db.session.commit()
    return member


def claim(client: FlaskClient) -> Dispute:
    assert client.post("/kimlik-itirazi", data=typed()).status_code == 303
    return db.session.scalars(select(Dispute).order_by(Dispute.id.desc())).first()  # type: ignore[return-value]


def decide(row: Dispute, act: str, by: Actor) -> Dispute:
    with transaction():
        return services.decide(row.code, act, WHY, actor=by, now=NOW, wall=NOW)


@pytest.mark.parametrize("status", Claim)
@pytest.mark.parametrize("act", ["propose", "refuse", "send_back", "move", "other"])
def test_r126_the_table_of_a_claim(status: Claim, act: str) -> None:
    wanted = rules.CLAIM_NEXT.get((status, act))
    if wanted is None:
        with pytest.raises(Conflict):
            rules.next_claim(status, act, proposed_by=1, actor=2, has_account=True)
    else:
        assert rules.next_claim(status, act, proposed_by=1, actor=2, has_account=True) is wanted


def test_a_claim_alone_changes_nothing_and_answers_alike(other: Member, client: FlaskClient) -> None:
    row = claim(client)
    assert (other.disabled_at, other.email, row.account) == (None, "baskasi@example.org", other)
    answer = client.post("/kimlik-itirazi", data=typed(tckn=factories.valid_tckn(888_002)))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/kimlik-itirazi/alindi")
    assert "Bildiriminiz alındı" in client.get("/kimlik-itirazi/alindi").get_data(as_text=True)


def test_bad_input_is_named_and_kept(other: Member, client: FlaskClient) -> None:
    answer = client.post("/kimlik-itirazi", data=typed(tckn="123", explanation="kısa"))
    assert answer.status_code == 422
    assert "asil@example.org" in answer.get_data(as_text=True)
    assert client.post("/kimlik-itirazi", data=typed(document=(io.BytesIO(b"MZ"), "a.pdf"))).status_code == 422
    assert client.post("/kimlik-itirazi", data=typed(document=(io.BytesIO(b""), ""))).status_code == 422
    assert db.session.scalars(select(Dispute)).all() == []


def test_r126_two_persons_move_the_account_and_its_history_stays(other: Member, client: FlaskClient) -> None:
    application = factories.application(other, phone="+905321112233")
    with transaction():
        credential.open_session(other, wall=NOW)
        links.send_link(other, by_sms=False, now=NOW, wall=NOW)  # asked for by who is in the account, a moment before
    row = claim(client)
    one, second = staff("Ada"), staff("Ece")
    decide(row, "propose", one)
    assert other.email == "baskasi@example.org"
    with pytest.raises(Forbidden):
        decide(row, "move", one)
    decide(row, "move", second)
    db.session.refresh(other)
    assert (other.email, other.phone, other.password_hash) == ("asil@example.org", None, None)
    assert all(s.ended_at is not None for s in db.session.scalars(select(MemberSession)))
    db.session.refresh(application)
    assert (application.email, application.phone) == (
        "asil@example.org",
        None,
    )  # what is told about it goes to the owner
    before, after = db.session.scalars(select(OneTimeLink).order_by(OneTimeLink.id))
    assert (before.used_at is None, after.used_at) == (False, None)  # the link of before opens nothing
    sent = {m.template: m.recipient for m in db.session.scalars(select(OutboxMessage))}
    assert sent == {
        "dispute_received": "asil@example.org",
        "password_reset": "baskasi@example.org",
        "account_yours": "asil@example.org",
        "account_moved": "baskasi@example.org",
    }
    with pytest.raises(Conflict) as refused:
        decide(row, "refuse", one)
    assert refused.value.params == {"by": "Ece Görevli", "at": NOW}


def test_r126_the_account_is_whose_number_it_is_at_the_decision(other: Member, client: FlaskClient) -> None:
    """A number corrected meanwhile: the account of who had mistyped it stays theirs, and one opened since is found."""
    row = claim(client)
    decide(row, "propose", staff("Ada"))
    other.tckn_index = "corrected"
    db.session.commit()
    with pytest.raises(Conflict) as refused:
        decide(row, "move", staff("Ece"))
    assert refused.value.code == "dispute.no_account"
    assert other.email == "baskasi@example.org"
    late = factories.member(tckn=TCKN, email="gec@example.org")
    db.session.commit()
    decide(row, "move", staff("Ece"))
    assert (late.email, row.member, other.email) == ("asil@example.org", late, "baskasi@example.org")


def test_who_proposes_second_is_told_who_was_first(other: Member, client: FlaskClient) -> None:
    row = claim(client)
    decide(row, "propose", staff("Ada"))
    for act in ("propose", "refuse"):
        with pytest.raises(Conflict) as refused:
            decide(row, act, staff("Ece"))
        assert (refused.value.code, refused.value.params) == ("dispute.proposed", {"by": "Ada Görevli", "at": NOW})


def test_staff_freeze_and_a_refusal_opens_again(other: Member, client: FlaskClient) -> None:
    row = claim(client)
    for frozen in (True, False, True):
        with transaction():
            services.freeze(row.code, frozen, WHY if frozen else "", actor=staff("Ada"), now=NOW, wall=NOW)
        db.session.refresh(other)
        assert (other.disabled_at is not None) is frozen
    with pytest.raises(Invalid), transaction():
        services.freeze(row.code, True, "", actor=staff("Ada"), now=NOW, wall=NOW)
    decide(row, "refuse", staff("Ece"))
    db.session.refresh(other)
    assert other.disabled_at is None
    assert [m.template for m in db.session.scalars(select(OutboxMessage))] == ["dispute_received", "dispute_refused"]


def freeze(row: Dispute, frozen: bool = True) -> None:
    with transaction():
        services.freeze(row.code, frozen, WHY, actor=staff("Ada"), now=NOW, wall=NOW)


def test_r126_a_refusal_leaves_the_account_closed_while_another_claim_waits(other: Member, client: FlaskClient) -> None:
    first, second = claim(client), claim(client)
    freeze(first)
    with pytest.raises(Conflict) as refused:
        freeze(second)
    assert refused.value.code == "dispute.closed"
    decide(first, "refuse", staff("Ece"))
    db.session.refresh(other)
    assert (other.disabled_at, first.frozen_at, second.frozen_at, second.member) == (NOW, None, NOW, other)
    decide(second, "refuse", staff("Ece"))
    db.session.refresh(other)
    assert (other.disabled_at, second.frozen_at) == (None, None)


def test_r126_whoever_gets_the_account_may_log_in_whichever_claim_froze_it(other: Member, client: FlaskClient) -> None:
    first, second = claim(client), claim(client)
    freeze(second)
    decide(first, "propose", staff("Ada"))
    decide(first, "move", staff("Ece"))
    db.session.refresh(other)
    assert (other.email, other.disabled_at, second.status, second.frozen_at) == ("asil@example.org", None, "open", None)


def test_d10_the_grounds_are_erased_sixty_days_after_the_decision(other: Member, client: FlaskClient) -> None:
    row = claim(client)
    decide(row, "refuse", staff("Ada"))
    assert jobs.erase(civil("2025-05-05 09:00")) == 0
    assert jobs.erase(civil("2025-05-06 09:00")) == 1
    db.session.expire_all()
    assert (row.name, row.email, row.tckn_masked, row.explanation, row.reason, row.file_key) == (
        "",
        "",
        "",
        "",
        None,
        None,
    )
    assert (row.status, row.tckn_index, row.member) == (
        "refused",
        f"erased:{row.code}",
        other,
    )  # the account's line keeps it
    log_in(client, factories.member(staff_role="manager"))
    page = client.get(f"/yonetim/kimlik-itirazlari/{row.code}").get_data(as_text=True)
    assert ("bilgileri, açıklaması ve belgesi" in page, "asil@example.org" in page, WHY in page) == (True, False, False)


def test_the_pages_of_staff(other: Member, client: FlaskClient) -> None:
    row = claim(client)
    log_in(client, factories.member(staff_role="support"))
    assert client.get("/yonetim/kimlik-itirazlari").status_code == 403
    log_in(client, factories.member(staff_role="auditor"))
    assert "Deniz Örnek" in client.get("/yonetim/kimlik-itirazlari").get_data(as_text=True)
    read = client.get(f"/yonetim/kimlik-itirazlari/{row.code}").get_data(as_text=True)
    assert ("Kararı inceleme görevlisi" in read, "Devri öner" in read, "/belge" in read) == (True, False, False)
    assert client.get(f"/yonetim/kimlik-itirazlari/{row.code}/belge").status_code == 403
    log_in(client, factories.member(staff_role="reviewer"))
    assert "Deniz Örnek" in client.get("/yonetim/kimlik-itirazlari").get_data(as_text=True)
    path = f"/yonetim/kimlik-itirazlari/{row.code}"
    assert WHY in client.get(path).get_data(as_text=True)
    assert client.get(f"{path}/belge").headers["Content-Disposition"].startswith("attachment")
    assert client.post(path, data={"act": "propose", "reason": "kısa"}).status_code == 422
    assert client.post(path, data={"act": "propose", "reason": WHY}).status_code == 303
    assert client.post(path, data={"act": "move"}).status_code == 403
    log_in(client, factories.member(staff_role="manager"))
    assert client.post(path, data={"act": "move"}).status_code == 303
    assert "Hesap bildirene devredildi" in client.get(path).get_data(as_text=True)


@pytest.mark.parametrize("language", ["tr", "en"])
def test_the_mails_are_written_in_both_languages(language: str) -> None:
    assert "bilgi@segem.org.tr" in render("account_moved", "mail", language, {"name": "D", "at": NOW.isoformat()}).text
    told = {"name": "D", "minutes": 30, "link": "https://x/sifre-belirle/t"}
    assert "https://x/sifre-belirle/t" in render("account_yours", "mail", language, told).text
    for template in ("dispute_received", "dispute_refused"):
        assert "bilgi@segem.org.tr" in render(template, "mail", language, {"name": "D"}).text
