"""Everything that falls due by itself: one table of jobs in a fixed order, handed to APScheduler or swept once by hand.

No right hangs on a job (HOUSE.md): jobs announce, close, issue and tidy. Each is idempotent and may run late, twice, or
in two processes; a lock keeps a second process from doing the work again, it is not what makes it correct.
"""

import fcntl
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask
from sqlalchemy import text

from lms.announcements import jobs as announcements
from lms.api import jobs as api
from lms.audit import jobs as audit
from lms.certificates import jobs as certificates
from lms.core import clock
from lms.core.config import config
from lms.core.db import db, is_postgresql
from lms.corporate import jobs as corporate
from lms.editorial import jobs as editorial
from lms.enrolment import jobs as enrolment
from lms.exams import jobs as exams
from lms.exemptions import jobs as exemptions
from lms.identity import jobs as identity
from lms.mailroom import jobs as mailroom
from lms.membership import jobs as membership
from lms.notifications import jobs as notifications
from lms.payments import jobs as payments
from lms.privacy import jobs as privacy
from lms.reports import jobs as reports
from lms.slips import jobs as slips
from lms.support import jobs as support

log = logging.getLogger(__name__)
_LOCK_KEY = 2671_2025


@dataclass(frozen=True)
class Job:
    """``run(now)`` answers how many things it did; ``every`` is the pause in seconds. What counts ``anew`` leaves of many runs
    only what the last one found."""

    name: str
    run: Callable[[datetime], int]
    every: int
    anew: bool = False


JOBS: tuple[Job, ...] = (
    Job("mail_in", mailroom.poll, 60),
    Job("payments", payments.inquire_open_orders, 60),
    Job("branch_match", payments.match_branch_lines, 5),
    Job("form_reminders", enrolment.remind_of_form, 600),
    Job("training_open", enrolment.announce_training, 300),
    Job("exams_settle", exams.settle_overdue, 30),
    Job("exams_lapse", exams.lapse_applications, 60),
    Job("exams_results", exams.announce_results, 60),
    Job("exams_open", exams.announce_assignments, 300),
    Job("exams_reminders", exams.remind_of_study, 3600),
    Job("certificates_view_ends", certificates.remind_of_view, 3600),
    Job("exams_items", exams.count_items, 3600, anew=True),
    Job("identity_erase", identity.erase, 3600),
    Job("exams_erase", exams.erase_accommodations, 3600),
    Job("certificates_issue", certificates.issue_certificates, 60),
    Job("certificates_ready", certificates.announce_certificates, 60),
    Job("corporate_told", corporate.tell_completions, 300),
    Job("corporate_erase", corporate.erase_unanswered, 3600),
    Job("exemptions_erase", exemptions.erase_documents, 3600),
    Job("exemptions_files", exemptions.sweep_files, 3600),
    Job("audit_seal", audit.seal, 60),
    Job("privacy_exports", privacy.make_exports, 30),
    Job("privacy_retain", privacy.retain, 6 * 3600),
    Job("mail_tidy", mailroom.tidy, 3600),
    Job("slips_tidy", slips.tidy, 3600),
    Job("support_quiet", support.close_quiet, 3600),
    Job("membership_tidy", membership.tidy, 3600),
    Job("api_tidy", api.tidy, 3600),
    Job("course_build", editorial.rebuild, 5),
    Job("reports_count", reports.count_terms, 3600, anew=True),
    Job("reports_lists", reports.make_lists, 5),
    Job("reports_erase", reports.erase_lists, 3600),
    Job("reports_signs", reports.find_signs, 21_600),
    Job("announcements", announcements.spread, 5),
    Job("outbox", notifications.send_due, 5),  # what the others announced leaves in the same sweep
    Job("exemptions_answered", exemptions.store_answers, 5),  # R119: an answer counts once it was sent
)


@contextmanager
def leadership() -> Iterator[bool]:
    """Whether this process may do the jobs now: an advisory lock on PostgreSQL, a locked file beside SQLite."""
    if is_postgresql():
        with db.engine.connect() as connection:
            leads = bool(connection.scalar(text("select pg_try_advisory_lock(:key)"), {"key": _LOCK_KEY}))
            try:
                yield leads
            finally:
                if leads:
                    connection.execute(text("select pg_advisory_unlock(:key)"), {"key": _LOCK_KEY})
        return
    folder = config().var_dir
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "scheduler.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def run_job(job: Job, now: datetime) -> int:
    """One job at ``now``; what fails is logged and answers -1, the others go on."""
    try:
        return job.run(now)
    except Exception:
        db.session.rollback()
        log.exception("job failed: %s", job.name)
        return -1


def sweep(now: datetime, *, passing: bool = False) -> dict[str, int]:
    """Run everything due at ``now`` once, in the table's order; how much each job did. ``passing``: a later one follows."""
    return {job.name: run_job(job, now) for job in JOBS if not (passing and job.anew)}


def start(app: Flask) -> BackgroundScheduler:
    """Start the jobs in this process: one worker thread, overlapping runs coalesced."""
    scheduler = BackgroundScheduler(
        timezone="Europe/Istanbul",
        executors={"default": {"type": "threadpool", "max_workers": 1}},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )

    def runner(job: Job) -> Callable[[], None]:
        def run() -> None:
            with app.app_context(), leadership() as leads:
                if leads:
                    run_job(job, clock.now())

        return run

    for job in JOBS:
        scheduler.add_job(runner(job), IntervalTrigger(seconds=job.every), id=job.name, name=job.name)
    scheduler.start()
    return scheduler
