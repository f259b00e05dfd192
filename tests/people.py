"""Persons in front of pages."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import g
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lms.core.db import db
from lms.membership.models import Member
from lms.web import access


class Person:
    """A logged-in person, without the log-in; staff with the second step done."""

    second_factor_done = fresh = True
    is_authenticated = True

    def __init__(self, member: Member) -> None:
        self.actor = member.actor("127.0.0.1")


class Browser:
    """One person's browser: several may take turns in a test."""

    def __init__(self, client: FlaskClient, sit_down: Callable[[], None]) -> None:
        self._client, self._sit_down = client, sit_down

    def get(self, address: str, **options: Any) -> TestResponse:
        self._sit_down()
        return self._client.get(address, **options)

    def post(self, address: str, **options: Any) -> TestResponse:
        self._sit_down()
        return self._client.post(address, **options)


@pytest.fixture
def become(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Callable[[Member | None], Browser]:
    def person(member: Member | None) -> Browser:
        someone = Person(member) if member else None

        def sit_down() -> None:
            db.session.commit()  # a refused request rolls back; what the test made before must stay
            g.pop("language", None)
            monkeypatch.setattr(access, "principal", lambda: someone)

        return Browser(client, sit_down)

    return person
