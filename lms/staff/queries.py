"""Looking across the features: who is meant, and what waits."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from lms.audit.models import AuditEntry
from lms.audit.rules import Act
from lms.certificates.models import Certificate, CertificateLookup
from lms.core.config import vault
from lms.core.db import db
from lms.courses.models import Lesson
from lms.enrolment.models import Application
from lms.exams.models import Answer, AnswerEvent, Attempt, ReapplicationRequest
from lms.exemptions.models import ExemptionRequest
from lms.learning.models import LessonProgress, Training
from lms.membership.models import Member
from lms.payments.models import BankOrder, Payment
from lms.privacy.models import PrivacyRequest
from lms.register.models import RegisterEntry
from lms.staff.rules import Kind, Wanted
from lms.support.models import Ticket

MOST = 50


def people(wanted: Sequence[Wanted], page: int) -> list[Member]:
    """Candidates and staff that one of the keys leads to, by name: one page, and one more where there is a next one."""
    where = [condition for one in wanted for condition in _FIND[one.kind](one.value)]
    rows = select(Member).where(or_(*where)).order_by(Member.name_folded, Member.id)
    return list(db.session.scalars(rows.limit(MOST + 1).offset((page - 1) * MOST)))


def _ids(rows: Select[Any]) -> list[ColumnElement[bool]]:
    return [Member.id.in_(rows)]


def _by_name(name: str) -> list[ColumnElement[bool]]:
    words = [word.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") for word in name.split()]
    together = [Member.name_folded.like(f"%{word}%", escape="\\") for word in words]
    condition: ColumnElement[bool] = together[0]
    for one in together[1:]:
        condition = condition & one
    return [condition]


def _by_number(number: str) -> list[ColumnElement[bool]]:
    return [
        *_ids(select(Application.member_id).where(Application.number == number)),
        *_ids(select(Certificate.member_id).where(Certificate.number == number)),
    ]


def _by_code(code: str) -> list[ColumnElement[bool]]:
    return [
        Member.code == code,
        *_ids(select(Application.member_id).where(Application.code == code)),
        *_ids(select(Payment.member_id).where(Payment.code == code)),
        *_ids(select(Payment.member_id).join(BankOrder, BankOrder.payment_id == Payment.id).where(func.lower(BankOrder.order_id) == code)),
        *_ids(select(ExemptionRequest.member_id).where(ExemptionRequest.code == code)),
        *_ids(select(ReapplicationRequest.member_id).where(ReapplicationRequest.code == code)),
        *_ids(select(PrivacyRequest.member_id).where(PrivacyRequest.code == code)),
        *_ids(select(Ticket.member_id).where(Ticket.code == code)),
    ]  # fmt: skip


_FIND: dict[Kind, Callable[[str], list[ColumnElement[bool]]]] = {
    Kind.TCKN: lambda number: [Member.tckn_index == vault().index(number)],
    Kind.PHONE: lambda phone: [Member.phone == phone],
    Kind.PHONE_PART: lambda digits: [Member.phone.like(f"%{digits}%")],
    Kind.EMAIL: lambda email: [func.lower(Member.email) == email.lower()],
    Kind.NUMBER: _by_number,
    Kind.VERIFICATION: lambda code: _ids(select(Certificate.member_id).where(Certificate.code == code)),
    Kind.CODE: _by_code,
    Kind.NAME: _by_name,
}


def recently_seen(actor_code: str, *, limit: int = 8) -> list[Member]:
    """The candidates whose pages this member of the staff opened last, as the audit trail tells."""
    seen = (
        select(AuditEntry.subject_code)
        .where(AuditEntry.actor_code == actor_code, AuditEntry.act == Act.CANDIDATE_SEEN.value)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(20 * limit)
    )
    codes = list(dict.fromkeys(db.session.scalars(seen)))[:limit]
    found = people_by_code(codes)
    return [found[code] for code in codes if code in found]


def held_elsewhere(wanted: Sequence[Wanted]) -> list[RegisterEntry]:
    """Certificates of the register, earlier years' included, that a key leads to: their holder may have no account (R029)."""
    where: list[ColumnElement[bool]] = []
    for one in wanted:
        if one.kind is Kind.TCKN:
            where.append(RegisterEntry.tckn_index == vault().index(one.value))
        elif one.kind is Kind.NUMBER:
            where.append(RegisterEntry.number == one.value)
    if not where:
        return []
    return list(db.session.scalars(select(RegisterEntry).where(or_(*where)).order_by(RegisterEntry.issued_on.desc())))


# --- the candidate page ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Watched:
    """A training as far as it got, in whole seconds."""

    started_at: datetime
    completed_at: datetime | None
    watched: int
    duration: int

    @property
    def percent(self) -> int:
        """Floor; 100 only when complete."""
        if self.completed_at is not None:
            return 100
        return min(99, self.watched * 100 // self.duration) if self.duration else 0


def watched(application_ids: Collection[int]) -> dict[int, Watched]:
    """For each application its training."""
    seen = (
        select(func.coalesce(func.sum(LessonProgress.watched), 0))
        .where(LessonProgress.training_id == Training.id)
        .scalar_subquery()
    )
    long = (
        select(func.coalesce(func.sum(Lesson.duration), 0))
        .where(Lesson.release_id == Training.release_id)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Training.application_id, Training.started_at, Training.completed_at, seen, long).where(
            Training.application_id.in_(application_ids)
        )
    )
    return {key: Watched(started, completed, int(some), int(whole)) for key, started, completed, some, whole in rows}


def attempts(application_ids: Collection[int]) -> dict[int, list[Attempt]]:
    """For each application the attempts that were started, in order."""
    found: dict[int, list[Attempt]] = {}
    rows = select(Attempt).where(Attempt.application_id.in_(application_ids)).order_by(Attempt.ordinal)
    for row in db.session.scalars(rows):
        found.setdefault(row.application_id, []).append(row)
    return found


@dataclass(frozen=True, slots=True)
class Saved:
    """What a paper holds: how many questions are answered, and how many saves led there."""

    answered: int
    saves: int


def saved_answers(attempt_ids: Collection[int]) -> dict[int, Saved]:
    """For each attempt its answers."""
    answered = (
        select(func.count())
        .where(Answer.attempt_id == Attempt.id, Answer.option.is_not(None))
        .correlate(Attempt)
        .scalar_subquery()
    )
    saves = select(func.count()).where(AnswerEvent.attempt_id == Attempt.id).correlate(Attempt).scalar_subquery()
    rows = db.session.execute(select(Attempt.id, answered, saves).where(Attempt.id.in_(attempt_ids)))
    return {key: Saved(int(some), int(all_)) for key, some, all_ in rows}


@dataclass(frozen=True, slots=True)
class LessonSeen:
    """One lesson of a training: seconds watched of its length, and the ranges."""

    ordinal: int
    title: str
    duration: int
    watched: int
    ranges: Sequence[Sequence[int]]
    last: datetime | None


def lessons_seen(application_ids: Collection[int]) -> dict[int, list[LessonSeen]]:
    """For each application every lesson of its course, also those not begun."""
    rows = db.session.execute(
        select(Training.application_id, Lesson.ordinal, Lesson.title, Lesson.duration, LessonProgress.watched,
               LessonProgress.ranges, LessonProgress.updated_at)
        .join(Lesson, Lesson.release_id == Training.release_id)
        .outerjoin(
            LessonProgress, (LessonProgress.training_id == Training.id) & (LessonProgress.lesson_id == Lesson.id)
        )
        .where(Training.application_id.in_(application_ids))
        .order_by(Training.application_id, Lesson.ordinal)
    )  # fmt: skip
    found: dict[int, list[LessonSeen]] = {}
    for key, ordinal, title, duration, some, ranges, last in rows:
        found.setdefault(key, []).append(LessonSeen(ordinal, title, duration, some or 0, ranges or [], last))
    return found


@dataclass(frozen=True, slots=True)
class Looks:
    """How often a certificate was looked up, and when last."""

    count: int
    last: datetime


def looks(member_id: int) -> dict[int, Looks]:
    """For each certificate of a person what its public page answered."""
    rows = (
        select(CertificateLookup.certificate_id, func.count(), func.max(CertificateLookup.at))
        .join(Certificate, Certificate.id == CertificateLookup.certificate_id)
        .where(Certificate.member_id == member_id)
        .group_by(CertificateLookup.certificate_id)
    )
    return {key: Looks(int(count), last) for key, count, last in db.session.execute(rows)}


# --- the desk ------------------------------------------------------------------------------------------------------------


def payments_with_note(note: str | None, *, reviewed: bool = False, limit: int = 200) -> Sequence[Payment]:
    """Card payments that gave no right: those still to be looked at, or the reviewed ones; newest first. Those of the bank's
    branches wait as lines of its files."""
    rows = select(Payment).where(Payment.note.is_not(None) if note is None else Payment.note == note)
    rows = rows.where(Payment.channel == "card")
    rows = rows.where(Payment.reviewed_at.is_not(None) if reviewed else Payment.reviewed_at.is_(None))
    return db.session.scalars(rows.order_by(Payment.created_at.desc()).limit(limit)).all()


def people_by_code(codes: Collection[str]) -> dict[str, Member]:
    """Members by their public code."""
    return {row.code: row for row in db.session.scalars(select(Member).where(Member.code.in_(codes)))}
