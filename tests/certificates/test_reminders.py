"""R108, R110: two weeks before a certificate's display ends its holder is told, once a window."""

from __future__ import annotations

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from lms.certificates import jobs
from lms.certificates.models import Certificate
from lms.core.db import db
from lms.notifications.models import OutboxMessage
from lms.notifications.services import compose
from tests import factories
from tests.certificates.helpers import passed
from tests.conftest import civil

MONDAY = civil("2025-03-10 00:00")  # last visible day: Fri 5 Sep 2025 (R108)


@pytest.fixture
def certificate(app: APIFlask) -> Certificate:
    passed(factories.member(), at=civil("2025-03-07 10:00"))
    db.session.commit()
    jobs.issue_certificates(MONDAY)
    return db.session.scalars(select(Certificate)).one()


def reminded(*moments: str) -> list[int]:
    return [jobs.remind_of_view(civil(moment)) for moment in moments]


def test_R108_two_weeks_before_the_last_day_once(certificate: Certificate) -> None:
    assert reminded(
        "2025-08-22 23:59", "2025-08-23 00:00", "2025-08-23 01:00", "2025-09-05 23:00", "2025-09-06 00:00"
    ) == [0, 1, 0, 0, 0]
    row = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "view_ends")).one()
    text = compose(row)
    assert "5 Eylül 2025 Cuma" in text.text
    assert "geçerlidir" in text.text


def test_R110_a_renewed_window_has_its_own_reminder(certificate: Certificate) -> None:
    code = certificate.application.code
    factories.paid(certificate.application.member, certificate.application.term, civil("2025-10-01 10:00"), purpose="certificate", subject=code)  # fmt: skip
    db.session.commit()
    assert reminded("2025-08-23 00:00", "2026-03-16 09:59", "2026-03-16 10:00", "2026-03-20 10:00") == [1, 0, 1, 0]


@pytest.mark.parametrize("column", ["revoked_at", "replaced_at"])
def test_R114_nothing_for_what_cannot_be_viewed(certificate: Certificate, column: str) -> None:
    setattr(certificate, column, civil("2025-05-01 10:00"))
    db.session.commit()
    assert reminded("2025-08-23 00:00") == [0]
