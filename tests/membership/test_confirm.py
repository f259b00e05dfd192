"""V7.5.3: a dangerous act asks again for password and code; nothing that was sent is lost."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.audit.models import AuditEntry
from lms.core import clock
from lms.core.config import vault
from lms.core.db import db, transaction
from lms.membership import passwords
from lms.membership.models import Member, MemberSession
from lms.membership.rules import second_factor, sessions
from tests import factories
from tests.membership.helpers import PASSWORD, code_now, log_in

PAGE = "/yonetim/onay"


@pytest.fixture
def manager(client: FlaskClient) -> Member:
    with transaction():
        person = factories.member(staff_role="manager")
        person.password_hash = passwords.hash_password(PASSWORD)
        person.totp_sealed = vault().seal(second_factor.new_secret())
    log_in(client, person)
    return person


def grow_stale(person: Member) -> None:
    with transaction():
        live = db.session.scalars(select(MemberSession).filter_by(member_id=person.id)).one()
        live.confirmed_at = clock.wall() - sessions.FRESH


def answers(person: Member, **changes: str) -> dict[str, str]:
    return {"confirm_password": PASSWORD, "confirm_code": code_now(person), **changes}


def acts_of(person: Member) -> list[str]:
    rows = select(AuditEntry.act).where(AuditEntry.actor_code == person.code).order_by(AuditEntry.id)
    return list(db.session.scalars(rows))


def dangerous(person: Member) -> str:
    return f"/yonetim/adaylar/{person.code}/basvuru-izni"


def test_at_fifteen_minutes_the_proof_is_too_old() -> None:
    then = clock.wall()
    assert sessions.is_fresh(then, then + timedelta(minutes=15) - timedelta(seconds=1))
    assert not sessions.is_fresh(then, then + timedelta(minutes=15))


def test_a_fresh_session_is_not_asked(client: FlaskClient, manager: Member) -> None:
    assert client.post(dangerous(manager), data={"programme": "none"}).status_code != 401
    assert client.get("/yonetim/adaylar").status_code == 200


def test_a_stale_act_is_asked_about_and_keeps_what_was_typed(client: FlaskClient, manager: Member) -> None:
    grow_stale(manager)
    page = client.post(dangerous(manager), data={"programme": "ddas <x>", "csrf_token": "t"})
    assert page.status_code == 401
    assert f'action="{dangerous(manager)}"' in page.text
    assert '<input type="hidden" name="programme" value="ddas &lt;x&gt;">' in page.text
    assert 'value="t"' not in page.text
    assert "register.leave_given" not in acts_of(manager)


def test_the_answer_sends_the_act_and_renews_the_session(client: FlaskClient, manager: Member) -> None:
    grow_stale(manager)
    with client.session_transaction() as cookie:
        before = cookie["_user_id"]
    done = client.post(dangerous(manager), data={"programme": "none", **answers(manager)})
    assert done.status_code not in (401, 403)
    with client.session_transaction() as cookie:
        assert cookie["_user_id"] != before
    assert acts_of(manager)[0] == "membership.confirmed_again"
    assert client.post(dangerous(manager), data={"programme": "none"}).status_code != 401


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [({"confirm_password": "yanlış bir şifre"}, "Şimdiki şifreniz bu değil"), ({"confirm_code": "000"}, "Kod yanlış")],
)
def test_a_wrong_answer_does_nothing_but_ask_again(
    client: FlaskClient, manager: Member, changes: dict[str, str], sentence: str
) -> None:
    grow_stale(manager)
    page = client.post(dangerous(manager), data={"programme": "ddas", **answers(manager, **changes)})
    assert page.status_code == 422
    assert sentence in page.text
    assert 'name="programme" value="ddas"' in page.text
    assert PASSWORD not in page.text
    assert acts_of(manager) == ["membership.confirmation_failed"]


def test_a_page_that_asks_first_is_come_back_to(client: FlaskClient, manager: Member) -> None:
    page = client.get(PAGE, query_string={"next": "/yonetim/adaylar?x=1"})
    assert 'name="next" value="/yonetim/adaylar?x=1"' in page.text
    back = client.post(PAGE, data={"next": "/yonetim/adaylar?x=1", **answers(manager)})
    assert (back.status_code, back.location) == (302, "/yonetim/adaylar?x=1")


def test_the_way_back_is_one_of_ours(client: FlaskClient, manager: Member) -> None:
    back = client.post(PAGE, data={"next": "//evil.example/", **answers(manager)})
    assert back.location == "/yonetim"


def test_a_program_is_told_by_code(client: FlaskClient, manager: Member) -> None:
    grow_stale(manager)
    answer = client.post(dangerous(manager), json={}, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.get_json()["code"]) == (401, "auth.confirm")


def test_the_token_of_a_kept_form_is_checked_too(client: FlaskClient, manager: Member) -> None:
    """The whole way with the CSRF check on: the page's own token fits, and the session made anew does not undo it."""
    client.application.config["WTF_CSRF_ENABLED"] = True
    try:
        grow_stale(manager)
        token = client.get(PAGE).text.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
        sent = {"csrf_token": token, "programme": "none"}
        assert client.post(dangerous(manager), data=sent).status_code == 401
        assert client.post(dangerous(manager), data={**sent, **answers(manager)}).status_code not in (400, 401)
    finally:
        client.application.config["WTF_CSRF_ENABLED"] = False


def test_a_password_alone_is_not_the_full_proof(client: FlaskClient, manager: Member) -> None:
    """V7.5.3: a change of one's own data asks for the password only; it does not open dangerous acts."""
    grow_stale(manager)
    assert client.post("/hesabim/telefon", data={"phone": "", "password": PASSWORD}).status_code == 302
    assert client.post(dangerous(manager), data={"programme": "none"}).status_code == 401
