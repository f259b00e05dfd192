"""A manager at the desk."""

from __future__ import annotations

import pytest
from apiflask import APIFlask

from lms.core.db import db
from lms.membership.models import Member
from tests import factories
from tests.conftest import TestClock
from tests.enrolment.conftest import become


@pytest.fixture
def manager(app: APIFlask, now: TestClock, monkeypatch: pytest.MonkeyPatch) -> Member:
    found = factories.member(staff_role="manager")
    db.session.commit()
    become(monkeypatch, found)
    return found
