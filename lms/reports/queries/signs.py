"""Looking for signs in what the exams left, and reading those that were found."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import distinct, extract, func, select

from lms.audit.models import AuditEntry
from lms.audit.rules import Act
from lms.core.calendar import local
from lms.core.config import vault
from lms.core.db import db
from lms.enrolment.models import Application
from lms.exams.models import Answer, Attempt
from lms.membership.models import Member
from lms.reports.models import ExamSign
from lms.reports.rules import signs as rules
from lms.reports.rules.signs import Found, Kind

PAGE = 50
MOST = 200


def devices() -> Iterator[Found]:
    """Browsers in which several people of one term started exams."""
    people = func.count(distinct(Attempt.member_id))
    shared = (
        select(Application.term_code, Attempt.device)
        .join(Application, Application.id == Attempt.application_id)
        .where(Attempt.device.is_not(None))
        .group_by(Application.term_code, Attempt.device)
        .having(people >= rules.SHARED_BY)
        .subquery()
    )
    rows = db.session.execute(
        select(Application.term_code, Attempt.device, Attempt.code, Attempt.member_id, Attempt.started_at)
        .join(Application, Application.id == Attempt.application_id)
        .join(shared, (shared.c.term_code == Application.term_code) & (shared.c.device == Attempt.device))
        .order_by(Application.term_code, Attempt.device, Attempt.started_at)
    )
    for (term, device), some in groupby(rows, key=lambda row: (row[0], row[1])):
        exams = list(some)
        yield _found(Kind.DEVICE, term, str(device), exams)


def _found(kind: Kind, term: str, key: str, rows: Sequence[Any], **facts: Any) -> Found:
    """Of rows that end with code, member and instant, in time."""
    told = {"people": len({row[-2] for row in rows}), "exams": len(rows), **facts}
    return Found(kind, term, key, tuple(row[-3] for row in rows), told, rows[0][-1], rows[-1][-1])


def quick(since: datetime, now: datetime) -> Iterator[Found]:
    """Exams that were passed within a minute and a half."""
    seconds = extract("epoch", Attempt.finalised_at) - extract("epoch", Attempt.started_at)
    rows = db.session.execute(
        select(
            Application.term_code, seconds, Attempt.score, Attempt.code, Attempt.member_id, Attempt.started_at
        )
        .join(Application, Application.id == Attempt.application_id)
        .where(Attempt.finalised_at >= since, Attempt.finalised_at <= now, Attempt.passed.is_(True), seconds < rules.QUICK.total_seconds())
        .order_by(Attempt.id)
    )  # fmt: skip
    for row in rows:
        yield _found(Kind.QUICK, row[0], row[3], [row], seconds=int(row[1]), score=row[2])


def patterns(since: datetime, now: datetime) -> Iterator[Found]:
    """Papers of several people whose answers came at the same seconds after the start and are the same letters."""
    rows = db.session.execute(
        select(
            Application.term_code, Answer.number, Answer.option, Answer.saved_at,
            Attempt.code, Attempt.member_id, Attempt.started_at,
        )
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .join(Application, Application.id == Attempt.application_id)
        .where(Attempt.finalised_at >= since, Attempt.finalised_at <= now)
        .order_by(Attempt.id, Answer.number)
        .execution_options(yield_per=2000)
    )  # fmt: skip
    alike: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for code, some in groupby(rows, key=lambda row: row[4]):
        answers = list(some)
        term, started = answers[0][0], answers[0][6]
        shape = [(number, option, round((at - started).total_seconds())) for _, number, option, at, *_ in answers]
        if len({seconds for _, _, seconds in shape}) >= rules.PATTERN_ANSWERS:
            digest = hashlib.sha256(repr(shape).encode()).hexdigest()
            alike[term, digest].append((code, answers[0][5], started))
    for (term, digest), exams in alike.items():
        if len({member for _, member, _ in exams}) > 1:
            yield _found(Kind.PATTERN, term, digest, sorted(exams, key=lambda one: one[2]))


def nights(since: datetime, now: datetime) -> Iterator[Found]:
    """Nights in which many people started exams from one network address. The address itself is not kept."""
    rows = db.session.execute(
        select(Application.term_code, AuditEntry.ip, Attempt.code, Attempt.member_id, Attempt.started_at)
        .select_from(AuditEntry)
        .join(Attempt, Attempt.code == AuditEntry.subject_code)
        .join(Application, Application.id == Attempt.application_id)
        .where(AuditEntry.act == Act.EXAM_STARTED.value, AuditEntry.at >= since, AuditEntry.at <= now)
        .where(AuditEntry.ip.is_not(None))
        .order_by(Attempt.started_at)
        .execution_options(yield_per=2000)
    )
    together: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in rows:
        here = local(row[4])
        if here.hour < rules.NIGHT_HOURS:
            together[row[0], f"{row[1]}/{here:%Y-%m-%d}"].append(row)
    for (term, place), exams in together.items():
        if len({row[3] for row in exams}) >= rules.NIGHT_BY:
            yield _found(Kind.NIGHT, term, vault().index(f"night/{place}"), exams)


# --- the pages -------------------------------------------------------------------------------------------------------


def page(state: str, kind: str, number: int) -> tuple[Sequence[ExamSign], int]:
    """One page of the signs in a state, the latest first, and how many there are."""
    where = [ExamSign.state == state] + ([ExamSign.kind == kind] if kind else [])
    count = db.session.scalar(select(func.count()).select_from(ExamSign).where(*where)) or 0
    rows = select(ExamSign).where(*where).order_by(ExamSign.last_at.desc(), ExamSign.id.desc())
    return db.session.scalars(rows.offset((number - 1) * PAGE).limit(PAGE)).all(), count


def sign(code: str) -> ExamSign | None:
    return db.session.scalar(select(ExamSign).where(ExamSign.code == code))


def exams(codes: Collection[str]) -> Sequence[Any]:
    """The attempts of a sign with whose they are, in time; the first `MOST`."""
    rows = (
        select(
            Attempt.code, Attempt.started_at, Attempt.finalised_at, Attempt.score, Attempt.passed, Application.first_name,
            Application.last_name, Application.institution, Member.code.label("member_code"),
        )
        .join(Application, Application.id == Attempt.application_id)
        .join(Member, Member.id == Attempt.member_id)
        .where(Attempt.code.in_(codes))
    )  # fmt: skip
    return db.session.execute(rows.order_by(Attempt.started_at, Attempt.id).limit(MOST)).all()


def found_before(found: Iterable[Found]) -> dict[tuple[str, str, str], ExamSign]:
    """The signs that were already there, by what makes each one."""
    keys = [one.key for one in found]
    rows: list[ExamSign] = []
    for start in range(0, len(keys), 500):
        rows += db.session.scalars(select(ExamSign).where(ExamSign.key.in_(keys[start : start + 500])))
    return {(row.kind, row.term_code, row.key): row for row in rows}


def spent(now: datetime) -> datetime:
    """Before this instant nothing of the signs is kept."""
    return now - timedelta(days=rules.KEPT.days)
