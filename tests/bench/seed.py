"""Rows for the benchmark: running attempts and trainings with bearer tokens, a published certificate, due passes."""

import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from lms.certificates.models import Certificate
from lms.certificates.services import certificates
from lms.core import clock
from lms.core.codes import new_code
from lms.core.db import db, transaction
from lms.enrolment.models import Application
from lms.exams.models import Attempt, PaperItem
from lms.learning.models import Training
from lms.membership.models import Member, MemberSession
from lms.membership.queries import fingerprint
from lms.terms.models import Term
from tests import factories

CONNECTIONS = 16


def term() -> Term:
    """A term that is open today, for a year on either side."""
    found = db.session.query(Term).filter_by(code="bench").one_or_none()
    if found is not None:
        return found
    now = clock.now()
    return factories.term(
        code="bench", application_from=now - timedelta(days=365), application_to=now + timedelta(days=365), study_from=now - timedelta(days=364), study_to=now + timedelta(days=366)
    )  # fmt: skip


def token_of(member: Member) -> str:
    token, now = secrets.token_urlsafe(32), clock.wall()
    db.session.add(
        MemberSession(code=new_code(), member_id=member.id, kind="api", token_hash=fingerprint(token), created_at=now, seen_at=now, expires_at=now + timedelta(hours=8), confirmed_at=now)
    )  # fmt: skip
    db.session.flush()
    return token


def people() -> dict[str, Any]:
    """``CONNECTIONS`` candidates in a running exam and as many in a training; what a client needs to know of them."""
    now = clock.now()
    open_term = term()
    release, versions = factories.release((600, 600)), factories.questions(10)
    sitting, watching = [], []
    for _ in range(CONNECTIONS):
        application = factories.application(
            term=open_term, at=now - timedelta(days=9), assigned_at=now - timedelta(days=8)
        )
        db.session.add(
            Training(
                application_id=application.id, member_id=application.member_id, release_id=release.id,
                started_at=now - timedelta(days=7), completed_at=now - timedelta(days=6),
            )
        )  # fmt: skip
        attempt = _attempt(application, versions, running=True)
        sitting.append({"token": token_of(application.member), "exam": attempt.code})
        application = factories.application(
            term=open_term, at=now - timedelta(days=9), assigned_at=now - timedelta(days=8)
        )
        watching.append(
            {"token": token_of(application.member), "training": application.code, "lesson": release.lessons[0].code}
        )
    db.session.flush()
    return {"sitting": sitting, "watching": watching, "release": release.id}


def _attempt(application: Application, versions: list[Any], *, running: bool, ordinal: int = 1) -> Attempt:
    now = clock.now()
    start = now if running else now - timedelta(days=8)
    done: dict[str, Any] = (
        {}
        if running
        else {
            "finalised_at": start + timedelta(minutes=9),
            "finished_by": "candidate",
            "correct": 9,
            "score": 90,
            "passed": True,
        }
    )
    attempt = Attempt(
        code=f"{application.code}-{ordinal}", application_id=application.id, member_id=application.member_id, ordinal=ordinal, available_at=start, started_at=start,
        ends_at=start + timedelta(hours=6), question_count=10, pass_mark=70, state="in_progress" if running else "finished", **done,
    )  # fmt: skip
    db.session.add(attempt)
    db.session.flush()
    for number, version in enumerate(versions, 1):
        options = [{"key": letter, "text": text} for letter, text in zip("ABCD", version.options, strict=True)]
        db.session.add(
            PaperItem(
                attempt_id=attempt.id,
                number=number,
                question_version_id=version.id,
                stem=version.stem,
                options=options,
                key="A",
            )
        )
    db.session.flush()
    return attempt


def passes(count: int) -> None:
    """``count`` candidates who passed eight days ago and hold no certificate yet; inserted in bulk."""
    now, open_term = clock.now(), term()
    for chunk in range(0, count, 1000):
        with transaction():
            for _ in range(min(1000, count - chunk)):
                application = factories.application(
                    term=open_term,
                    at=now - timedelta(days=20),
                    assigned_at=now - timedelta(days=19),
                    outcome="passed",
                    outcome_at=now - timedelta(days=8),
                )
                _attempt(application, [], running=False)


_EARLIER_TRAININGS = (
    (
        "INSERT INTO training (application_id, member_id, release_id, started_at, completed_at) SELECT id, member_id, :release, submitted_at, "
        "submitted_at FROM application WHERE outcome = 'passed'"
    ),
    "INSERT INTO learner_clock (member_id, last_beat_at, slack_ms, session) SELECT DISTINCT member_id, started_at, 0, 'earlier' FROM training",
    (
        "INSERT INTO lesson_progress (training_id, lesson_id, ranges, watched, position, updated_at) SELECT t.id, l.id, '[]', 0, 0, t.started_at "
        "FROM training t JOIN lesson l ON l.release_id = t.release_id"
    ),
    (
        "INSERT INTO beat (training_id, lesson_id, session, seq, at, claimed, credited, answer) SELECT training_id, lesson_id, 'earlier-' || lesson_id, n, "
        "updated_at, '[]', '[]', '{}' FROM lesson_progress, generate_series(1, 5) n"
    ),
    "ANALYZE",
)


def grown(release_id: int) -> None:
    """The hot tables as large as in a real term, known to the planner: on a handful of rows it would read them whole, old
    versions and all, where in life it takes the index."""
    with transaction() as session:
        for statement in _EARLIER_TRAININGS:
            session.execute(text(statement), {"release": release_id} if ":release" in statement else {})


def certificate_code() -> str:
    """The verification code of one issued certificate."""
    passes(1)
    with transaction():
        certificates.issue_due(now=clock.now())
    return str(db.session.query(Certificate).order_by(Certificate.id.desc()).first().code)
