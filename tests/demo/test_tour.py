"""The tour of the demonstration: what it promises is there."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.core import clock
from lms.core.access import SYSTEM
from lms.core.db import db
from lms.demo import accounts, data, views
from lms.membership.rules import identity, second_factor
from lms.notifications.models import OutboxMessage
from lms.payments.models import BranchLine, Entitlement
from lms.payments.services import branch
from tests import factories


def test_the_tour_gives_a_number_to_register_with(app: APIFlask, client: FlaskClient) -> None:
    page = client.get("/demo").text
    numbers = set(re.findall(r"\b[1-9]\d{10}\b", page))
    assert numbers
    assert all(identity.tckn(number) == number for number in numbers)


def test_spare_numbers_pass_and_differ() -> None:
    spare = {accounts.spare_tckn() for _ in range(50)}
    assert len(spare) == 50
    assert all(identity.tckn(number) == number for number in spare)


ROWS = [
    {"stage": "failed_once", "tckn": "10000000146", "password": "x"},
    {"role": "reviewer", "tckn": "10000000146", "password": "x", "totp_secret": "ABCDEFGH"},
]


def test_a_stage_is_told_in_words_beside_its_code(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lms.demo.accounts.published", lambda: ROWS)
    page = client.get("/demo").text
    assert 'ilk sınavda kaldı <small lang="en">failed_once</small>' in page
    assert 'inceleme görevlisi <small lang="en">reviewer</small>' in page
    assert "3 Mart 2025 Pazartesi, 09.00" in page
    assert "failed the first exam" in client.get("/demo?lang=en").text


def test_a_clerk_s_present_code_stands_beside_the_key(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lms.demo.accounts.published", lambda: ROWS)
    step = second_factor.step_of(clock.wall())
    codes = {second_factor.code_at("ABCDEFGH", one) for one in (step, step + 1)}
    page = client.get("/demo").text
    assert [code for code in codes if f'<b class="num">{code}</b>' in page]


def test_every_role_has_its_words() -> None:
    assert set(data.STAFF_ROLES) <= set(views.STAGES)


def test_the_outbox_has_pages_newest_first(client: FlaskClient, now: Callable[[], datetime]) -> None:
    start = now()
    for minutes in range(60):
        db.session.add(
            OutboxMessage(
                dedupe=f"m{minutes}", channel="mail", recipient=f"aday{minutes:02d}@example.org", template="account_exists", language="tr",
                params={"name": "Su"}, created_at=start - timedelta(minutes=minutes), next_try_at=start,
            )
        )  # fmt: skip
    db.session.flush()
    first = client.get("/demo/outbox", headers={"Accept": "text/html"}).text
    assert first.index("aday00@") < first.index("aday49@")
    assert "aday50@" not in first
    assert "?sayfa=2" in first
    assert "aday59@" in client.get("/demo/outbox?sayfa=2", headers={"Accept": "text/html"}).text
    told = client.get("/demo/outbox").json
    assert told is not None
    assert [row["to"][:6] for row in told[:2]] == ["aday00", "aday01"]


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_a_page_under_the_machines_other_name_is_led_to_the_base_address(client: FlaskClient, host: str) -> None:
    page = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    led = client.get("/giris?next=/%C3%B6deme%26x", base_url=f"http://{host}", headers=page)
    assert (led.status_code, led.location) == (307, "http://localhost/giris?next=/%C3%B6deme%26x")
    assert client.get("/giris", base_url="http://localhost", headers=page).status_code == 200
    for asked in ("/healthz", "/demo/clock", "/giris"):
        assert client.get(asked, base_url=f"http://{host}").status_code == 200  # a program names no page


@pytest.mark.parametrize("host", ["localhost:8443", "127.0.0.1:x", "deneme.example.org", "127.0.0.1.example.org"])
def test_nobody_is_led_away_from_another_host_or_port(client: FlaskClient, host: str) -> None:
    answer = client.get("/giris", headers={"Accept": "text/html", "Host": host})
    assert answer.status_code != 307


def test_R044_the_sample_of_a_bank_s_file_shows_what_a_line_can_come_to(
    client: FlaskClient, now: Callable[[], datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    term = factories.term()
    stages = ("new", "representative", "paid", "applied")
    people = {stage: factories.member(tckn=factories.valid_tckn(500 + n)) for n, stage in enumerate(stages)}
    known = [{"stage": stage, "tckn": factories.valid_tckn(500 + n), "password": "x"} for n, stage in enumerate(stages)]
    factories.paid(people["paid"], term, now())
    monkeypatch.setattr("lms.demo.accounts.published", lambda: known)
    answer = client.get("/demo/sube-dosyasi")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert client.get("/demo/sube-dosyasi").data == answer.data
    db.session.commit()
    branch.take_file(answer.data, actor=SYSTEM, now=now())
    results = db.session.scalars(select(BranchLine.result).order_by(BranchLine.line_no)).all()
    assert results == ["OK", "UNDERPAID", "DUPLICATE", "WRONG_SERVICE", "UNKNOWN_TCKN", "BAD_CHECKSUM"]
    assert db.session.scalars(select(Entitlement.member_id).filter_by(member_id=people["new"].id)).one()
