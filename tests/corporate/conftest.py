"""A term, its texts, a manager, and a member who acts for an institution."""

import pytest

from lms.core.db import db
from lms.corporate import services
from lms.membership.models import LegalText
from tests import factories
from tests.people import become  # noqa: F401

TEXTS = (
    "pre_information",
    "service_contract",
    "immediate_performance",
    "no_certificate_declaration",
    "corporate_notice",
)


def opened(at):
    """An open term with its texts."""
    for kind in TEXTS:
        db.session.add(
            LegalText(
                kind=kind, language="tr", version=1, title=kind, body=kind, sha256=kind.ljust(64), published_at=at
            )
        )
    return factories.term()


@pytest.fixture
def term(app, now):
    now.set("2025-03-03 09:00")
    return opened(now())


@pytest.fixture
def manager(app):
    return factories.member(staff_role="manager").actor()


@pytest.fixture
def agent(term, manager, now):
    """A member who acts for Örnek Acentesi."""
    person = factories.member(tckn=factories.valid_tckn(900_001))
    services.appoint("Örnek Acentesi", factories.valid_tckn(900_001), "2025/17 sayılı yazı", actor=manager, now=now())
    return person
