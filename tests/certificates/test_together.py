"""Several at one instant: two jobs and the holders themselves. Every pass one certificate, numbers without gap or double."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from apiflask import APIFlask
from sqlalchemy import select

from lms.certificates import jobs
from lms.certificates.models import Certificate
from lms.certificates.rules import Decision
from lms.certificates.services import certificates as services
from lms.certificates.services import revocation
from lms.core.db import db, transaction
from lms.identity.services import corrections
from lms.register.models import RegisterEntry
from tests.certificates.helpers import passed
from tests.certificates.test_services import GROUND, MONDAY, PASS, REASON, staff

HOLDERS = 12


def test_R104_two_jobs_and_many_holders_at_once(live_database: Callable[[], APIFlask]) -> None:
    app = live_database()
    with app.app_context(), transaction():
        owners = [(a.code, a.member.actor()) for a in (passed(at=PASS) for _ in range(HOLDERS))]
    start = Barrier(4)

    def work(act: Callable[[], object]) -> None:
        with app.app_context():
            start.wait(10)
            act()

    def open_all(part: int) -> None:
        for code, actor in owners[part::2]:
            services.make_pdf(code, actor=actor, now=MONDAY)

    acts: list[Callable[[], object]] = [
        lambda: jobs.issue_certificates(MONDAY),
        lambda: jobs.issue_certificates(MONDAY),
        lambda: open_all(0),
        lambda: open_all(1),
    ]
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work, act) for act in acts]:
            done.result(60)
    with app.app_context():
        rows = db.session.scalars(select(Certificate)).unique().all()
        assert sorted(row.number for row in rows) == [f"DDTA-2025-{n:06d}" for n in range(1, HOLDERS + 1)]
        assert len({row.application_id for row in rows}) == HOLDERS
        assert all(row.pdf_sha256 for row in rows)
        assert len(db.session.scalars(select(RegisterEntry)).all()) == HOLDERS


def test_R055_R114_what_is_decided_while_the_job_issues_reaches_the_certificate(
    live_database: Callable[[], APIFlask],
) -> None:
    """Half of the applications are made invalid, the other half's names are corrected, both while the job issues."""
    app = live_database()
    with app.app_context(), transaction():
        second, some = staff(), [passed(at=PASS) for _ in range(HOLDERS)]
        asked = [
            revocation.request_revocation(one.code, GROUND, REASON, actor=staff(), now=PASS).code for one in some[::2]
        ]
        people = [(one.member.code, one.member.full_name) for one in some[1::2]]
    start = Barrier(3)

    def work(acts: list[Callable[[], object]]) -> None:
        with app.app_context():
            start.wait(10)
            for act in acts:
                with transaction():
                    act()

    def revoke(code: str) -> Callable[[], object]:
        return lambda: revocation.decide_revocation(code, Decision.CONFIRM, "", actor=second, now=MONDAY)

    def rename(code: str, seen: str) -> Callable[[], object]:
        return lambda: corrections.correct_name(
            code, first_name="Deniz", last_name="Örnek", ground="typing", evidence=REASON, seen=seen, actor=second, now=MONDAY
        )  # fmt: skip

    with ThreadPoolExecutor(3) as pool:
        for done in [
            pool.submit(work, [lambda: services.issue_due(now=MONDAY)]),
            pool.submit(work, [revoke(code) for code in asked]),
            pool.submit(work, [rename(code, seen) for code, seen in people]),
        ]:
            done.result(60)
    with app.app_context():
        services.issue_due(now=MONDAY)
        db.session.commit()
        rows = db.session.scalars(select(Certificate).where(Certificate.replaced_at.is_(None))).unique().all()
        standing = [row for row in rows if row.revoked_at is None]
        assert {row.application.outcome for row in standing} == {"passed"}
        assert [row.printed_name for row in standing] == ["Deniz Örnek"] * (HOLDERS // 2)
