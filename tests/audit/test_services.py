from datetime import UTC, datetime

import pytest
from apiflask import APIFlask

from lms.audit import queries
from lms.audit.rules import Act
from lms.audit.services import record
from lms.core.access import Actor
from lms.core.db import db, record_apart, transaction

NOW = datetime(2025, 3, 3, 6, tzinfo=UTC)
DENIZ = Actor(kind="member", id=7, code="deniz0000001", label="Deniz Örnek", ip="203.0.113.7")
CLERK = Actor(kind="staff", id=8, code="ayse00000002", label="Ayşe İnceler", role="reviewer")


def test_an_act_leaves_a_row_that_says_who_what_when_and_where(app: APIFlask) -> None:
    with transaction():
        record(Act.LOGGED_IN, actor=DENIZ, subject=("member", DENIZ.code), now=NOW)
        record(Act.EXEMPTION_APPROVED, actor=CLERK, subject=("exemption", "e1"), data={"relation": "veteran"}, now=NOW)
        record(Act.EMAIL_CHANGED, actor=CLERK, subject=("member", DENIZ.code), now=NOW)
    entry = queries.of_subject("exemption", "e1")[0]
    assert (entry.at, entry.actor_label, entry.actor_role, entry.data) == (
        NOW,
        "Ayşe İnceler",
        "reviewer",
        {"relation": "veteran"},
    )
    assert [queries.text(row) for row in queries.of_person(DENIZ.code)] == [
        "E-posta adresi değiştirildi",
        "Giriş yapıldı",
    ]
    assert queries.text(queries.of_act(Act.LOGGED_IN)[0], "en") == "Logged in"


def test_a_row_goes_with_its_act(app: APIFlask) -> None:
    def fail() -> None:
        with transaction():
            record(Act.LOGGED_IN, actor=DENIZ, subject=("member", DENIZ.code), now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not queries.of_person(DENIZ.code)
    record_apart(lambda: record(Act.LOGIN_FAILED, actor=DENIZ, subject=("member", DENIZ.code), now=NOW))
    db.session.expire_all()
    assert [row.act for row in queries.of_person(DENIZ.code)] == ["membership.login_failed"]
