"""The same membership through /api/v1: bearer tokens only."""

import hashlib
import json

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from lms.api.models import IdempotentAnswer
from lms.core.access import SYSTEM
from lms.core.config import vault
from lms.core.db import db, transaction
from lms.membership import passwords, queries
from lms.membership.rules.sessions import LIFETIMES, Kind
from lms.membership.services import staff
from lms.notifications.models import OutboxMessage
from tests.membership.helpers import NOW, PASSWORD, log_in, person, register

MEMBERS, SESSIONS, ME = "/api/v1/members", "/api/v1/sessions", "/api/v1/me"


def body(**changes: object) -> dict[str, object]:
    typed = person(**changes)
    return {name: value for name, value in typed.items() if value != ""}


def token(client: FlaskClient, password: str = PASSWORD) -> TestResponse:
    return client.post(SESSIONS, json={"tckn": person()["tckn"], "password": password})


def bearer(answer: TestResponse) -> dict[str, str]:
    assert answer.json is not None
    return {"Authorization": f"Bearer {answer.json['access_token']}"}


def test_R028_register_log_in_and_out(client: FlaskClient, now: object) -> None:
    made = client.post(MEMBERS, json=body())
    assert made.status_code == 201
    assert made.json is not None
    opened = token(client)
    assert opened.status_code == 201
    assert opened.json is not None
    assert opened.json["expires_at"].endswith("+03:00")
    me = client.get(ME, headers=bearer(opened))
    assert me.status_code == 200
    assert me.json is not None
    assert me.json["id"] == made.json["id"]
    assert person()["tckn"] not in me.text
    assert client.delete(f"{SESSIONS}/current", headers=bearer(opened)).status_code == 204
    assert client.get(ME, headers=bearer(opened)).status_code == 401
    assert LIFETIMES[Kind.TOKEN].absolute.days == 30


def test_R031_a_used_number_is_a_neutral_conflict(client: FlaskClient) -> None:
    register()
    answer = client.post(MEMBERS, json=body(email="thief@example.org"))
    assert answer.status_code == 409
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json["code"] == "member.not_opened"
    assert "owner" not in answer.text


def test_R028_a_registration_sent_again_under_its_key_is_the_same_membership(client: FlaskClient) -> None:
    sent, keyed = json.dumps(body()).encode(), {"Idempotency-Key": "1"}
    first, again = (client.post(MEMBERS, data=sent, content_type="application/json", headers=keyed) for _ in range(2))
    assert (first.status_code, again.status_code, again.json) == (201, 201, first.json)
    mails = db.session.scalars(select(OutboxMessage.template)).all()
    assert list(mails) == ["welcome"]  # its owner is not warned of themselves
    (kept,) = db.session.scalars(select(IdempotentAnswer)).all()
    plain = hashlib.sha256(b"/api/v1/members?\0" + sent).hexdigest()
    assert (kept.member_id, kept.status, kept.request_hash == plain) == (None, 201, False)


@pytest.mark.parametrize("key", ["1", "2", None])
def test_R031_whoever_sends_another_s_number_learns_nothing_by_its_key(client: FlaskClient, key: str | None) -> None:
    assert client.post(MEMBERS, json=body(), headers={"Idempotency-Key": "1"}).status_code == 201
    headers = {} if key is None else {"Idempotency-Key": key}
    neutral = client.post(MEMBERS, json=body(password="başka bir parola 99"), headers=headers)
    assert (neutral.status_code, neutral.json["code"]) == (409, "member.not_opened")
    if key != "1":
        assert client.post(MEMBERS, json=body(), headers=headers).json["code"] == "member.not_opened"


def test_R031_wrong_and_unknown_are_one_answer_and_the_sixth_waits(client: FlaskClient) -> None:
    register()
    wrong = token(client, "yanlış şifre 99")
    unknown = client.post(SESSIONS, json={"tckn": person(999)["tckn"], "password": PASSWORD})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json == unknown.json
    for _ in range(4):
        token(client, "yanlış şifre 99")
    slowed = token(client)
    assert slowed.status_code == 429
    assert slowed.json is not None
    assert slowed.json["code"] == "login.slow"
    assert 1 <= int(slowed.headers["Retry-After"]) <= 5


@pytest.mark.parametrize(
    "wrong",
    [
        {"tckn": "12345678912"},
        {"password": "12345678"},
        {"email": "x"},
        {"first_name": "A1"},
        {"accepts_notice": False},
        {"phone": "1"},
    ],
)
def test_R031_a_bad_field_is_named_and_nothing_is_stored(client: FlaskClient, wrong: dict[str, object]) -> None:
    answer = client.post(MEMBERS, json=body(**wrong))
    assert answer.status_code == 422
    assert answer.json is not None
    assert list(answer.json["errors"]) == list(wrong)
    assert queries.member_by_tckn(person()["tckn"]) is None


def test_a_cookie_is_no_token_and_a_token_no_cookie(client: FlaskClient) -> None:
    log_in(client, register())
    assert client.get("/hesabim").status_code == 200
    assert client.get(ME).status_code == 401
    opened = token(client)
    client.post("/cikis")
    with client.session_transaction() as cookie:
        cookie["_user_id"] = opened.json["access_token"]  # type: ignore[index]
    assert client.get("/hesabim").status_code == 302


def test_R068_a_new_password_ends_all_other_sessions(client: FlaskClient) -> None:
    register()
    here, there = token(client), token(client)
    change = {"current_password": PASSWORD, "new_password": "yepyeni bir şifre"}
    answer = client.post(f"{ME}/password", json=change, headers=bearer(here))
    assert answer.status_code == 200
    assert client.get(ME, headers=bearer(answer)).status_code == 200
    assert client.get(ME, headers=bearer(here)).status_code == 200
    assert client.get(ME, headers=bearer(there)).status_code == 401
    assert token(client).status_code == 401
    wrong = client.post(f"{ME}/password", json={**change, "current_password": "x"}, headers=bearer(here))
    assert wrong.status_code == 422
    short = client.post(f"{ME}/password", json={**change, "new_password": "kısa"}, headers=bearer(here))
    assert (short.status_code, list(short.json["errors"])) == (422, ["new_password"])


def test_staff_have_no_token(client: FlaskClient) -> None:
    with transaction():
        clerk, _link = staff.create_staff(
            "manager", person={n: person(900)[n] for n in ("tckn", "first_name", "last_name", "email")}, actor=SYSTEM, now=NOW, wall=NOW
        )  # fmt: skip
        clerk.password_hash = passwords.hash_password(PASSWORD)
    answer = client.post(SESSIONS, json={"tckn": vault().open(clerk.tckn_sealed), "password": PASSWORD})
    assert answer.status_code == 403


def test_R112_support_with_and_without_a_token(client: FlaskClient) -> None:
    ask = {"subject": "Video açılmıyor", "body": "İkinci dersin videosu açılmıyor."}
    assert client.post("/api/v1/support", json={**ask, "email": "soran@example.org"}).status_code == 201
    assert client.post("/api/v1/support", json=ask).status_code == 422
    register()
    assert client.post("/api/v1/support", json=ask, headers=bearer(token(client))).status_code == 201
