"""A loaded 2025 term and a person who is logged in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from apiflask import APIFlask

from lms.core.access import SYSTEM, Actor
from lms.core.db import db
from lms.membership.models import Member
from lms.terms import services as terms
from lms.terms.models import Term
from tests import factories
from tests.conftest import civil

CONTENT = Path(__file__).resolve().parents[2] / "content"


@dataclass
class Person:
    """What the log-in gives to the pages."""

    actor: Actor
    second_factor_done: bool = True
    fresh: bool = True


def become(monkeypatch: pytest.MonkeyPatch, person: Member | None) -> None:
    found = Person(person.actor("127.0.0.1")) if person else None
    monkeypatch.setattr("lms.web.access.principal", lambda: found)


@pytest.fixture
def term(app: APIFlask) -> Term:
    terms.import_content(CONTENT, actor=SYSTEM, now=civil("2025-01-02 09:00"))
    db.session.commit()
    return terms.current_term("ddta-2025-ilk")


@pytest.fixture
def person(term: Term) -> Member:
    found = factories.member(first_name="Işıl", last_name="Çağ")
    db.session.commit()
    return found


@pytest.fixture
def who(person: Member, monkeypatch: pytest.MonkeyPatch) -> Member:
    """The person, logged in."""
    become(monkeypatch, person)
    return person
