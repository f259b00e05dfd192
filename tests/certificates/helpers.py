"""Passes and certificates for tests."""

from datetime import datetime, timedelta

from lms.core.db import db
from lms.enrolment.models import Application
from lms.exams.models import Attempt
from lms.membership.models import Member
from tests import factories


def passed(who: Member | None = None, *, at: datetime, score: int = 80, **changes: object) -> Application:
    """An application whose first attempt was passed at ``at``."""
    application = factories.application(
        who, **{"at": at - timedelta(days=2), "outcome": "passed", "outcome_at": at, **changes}
    )
    db.session.add(
        Attempt(
            code=f"{application.code}-1", application_id=application.id, member_id=application.member_id, ordinal=1,
            available_at=at - timedelta(minutes=30), started_at=at - timedelta(minutes=20), ends_at=at, question_count=10, pass_mark=70,
            state="finished", finalised_at=at, finished_by="candidate", correct=score // 10, score=score, passed=score >= 70,
        )
    )  # fmt: skip
    db.session.flush()
    return application
