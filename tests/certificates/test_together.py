"""Several at one instant: two jobs and the holders themselves. Every pass one certificate, numbers without gap or double."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from apiflask import APIFlask
from sqlalchemy import select

from lms.certificates import jobs
from lms.certificates.models import Certificate
from lms.certificates.services import certificates as services
from lms.core.db import db, transaction
from lms.register.models import RegisterEntry
from tests.certificates.helpers import passed
from tests.certificates.test_services import MONDAY, PASS

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
