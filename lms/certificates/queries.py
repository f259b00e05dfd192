"""What the certificates feature reads: passes that are (or will be) certificates, and certificates that are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from lms.certificates.models import Certificate, CertificateLookup, Revocation
from lms.core.codes import normalise
from lms.core.db import db
from lms.core.text import fold, tr_upper
from lms.enrolment.models import Application
from lms.exams.models import Attempt
from lms.exams.queries import attempts as exams
from lms.exams.rules.exam import FULL_SCORE, GRACE
from lms.membership.models import Member
from lms.payments.models import Entitlement
from lms.terms.models import Programme, Term


@dataclass(frozen=True, slots=True)
class Pass:
    """A passed attempt and everything that its certificate will say, in one row."""

    application_id: int
    application_code: str
    attempt_id: int
    finalised_at: datetime
    regraded_at: datetime | None
    first_name: str
    last_name: str
    member_id: int
    member_code: str
    email: str
    language: str
    tckn_masked: str
    tckn_index: str
    tckn_sealed: bytes
    term_name: str
    term_name_en: str
    term_id: int
    view_days: int
    view_fee_kurus: int
    program_code: str
    program_name: str
    program_name_en: str
    number_prefix: str
    basis: str

    @property
    def printed_name(self) -> str:
        """R055: the name as the application froze it."""
        return f"{self.first_name} {self.last_name}"


def _passes(settled: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Passed attempts without a certificate, of applications that still stand (R114)."""
    return (
        select(
            Application.id.label("application_id"),
            Application.code.label("application_code"),
            Attempt.id.label("attempt_id"),
            func.coalesce(Attempt.finalised_at, Attempt.ends_at, type_=Attempt.ends_at.type).label("finalised_at"),
            Attempt.regraded_at,
            Application.first_name,
            Application.last_name,
            Member.id.label("member_id"),
            Member.code.label("member_code"),
            Member.email,
            Member.language,
            Member.tckn_masked,
            Member.tckn_index,
            Member.tckn_sealed,
            Term.name_tr.label("term_name"),
            Term.name_en.label("term_name_en"),
            Term.id.label("term_id"),
            Term.view_days,
            Term.view_fee_kurus,
            Programme.code.label("program_code"),
            Programme.name_tr.label("program_name"),
            Programme.name_en.label("program_name_en"),
            Programme.number_prefix,
            Programme.certificate_basis.label("basis"),
        )
        .join(Application, Application.id == Attempt.application_id)
        .join(Member, Member.id == Application.member_id)
        .join(Term, Term.id == Application.term_id)
        .join(Programme, Programme.id == Term.programme_id)
        .outerjoin(Certificate, Certificate.application_id == Application.id)
        .where(
            settled,
            Certificate.id.is_(None),
            func.coalesce(Application.outcome, "passed") != "invalid",
        )
    )


_counts_from = func.coalesce(Attempt.regraded_at, Attempt.finalised_at, Attempt.ends_at)


def _one_each(statement: Select[*tuple[Any, ...]]) -> list[Pass]:
    """One pass of each application, oldest first. A regrade can leave two (D-15): the one that counts from earlier."""
    found: dict[int, Pass] = {}
    for row in db.session.execute(statement.order_by(_counts_from, Attempt.id)).mappings():
        found.setdefault(row["application_id"], Pass(**row))
    return list(found.values())


def due(before: datetime) -> list[Pass]:
    """R104: every pass whose Monday has come and that has no certificate yet."""
    return _one_each(_passes(Attempt.passed.is_(True)).where(_counts_from < before))


def passes_of(member_id: int, now: datetime) -> list[Pass]:
    """One member's passes that have no certificate row yet; also one whose time ran out and that nobody has settled yet."""
    points = FULL_SCORE * exams.COUNTED // Attempt.question_count
    over = and_(Attempt.state == "in_progress", Attempt.ends_at <= now - GRACE, points >= Attempt.pass_mark)
    return _one_each(_passes(or_(Attempt.passed.is_(True), over)).where(Member.id == member_id))


def certificates_of(member_id: int) -> Sequence[Certificate]:
    """One member's certificates, newest first; a replaced version gives way to its successor."""
    return db.session.scalars(
        select(Certificate)
        .where(Certificate.member_id == member_id, Certificate.replaced_at.is_(None))
        .order_by(Certificate.available_from.desc(), Certificate.id.desc())
    ).all()


def unannounced() -> Sequence[Any]:
    """Certificates whose holders have not been told yet: what the notice needs, one row each."""
    return db.session.execute(
        select(
            Certificate.id,
            Certificate.number,
            Certificate.available_from,
            Attempt.finalised_at,
            Attempt.regraded_at,
            Certificate.view_days,
            Certificate.printed_name,
            Certificate.content,
            Application.code.label("application_code"),
            Member.code.label("member_code"),
            Member.email,
            Member.language,
        )
        .join(Application, Application.id == Certificate.application_id)
        .join(Attempt, Attempt.id == Certificate.attempt_id)
        .join(Member, Member.id == Certificate.member_id)
        .where(Certificate.announced_at.is_(None), Certificate.revoked_at.is_(None), Certificate.replaced_at.is_(None))
        .order_by(Certificate.id)
    ).all()


def view_ending(now: datetime, ahead: timedelta) -> Sequence[Certificate]:
    """R108, R110: certificates one of whose windows, the first or a renewed one, might end within `ahead`."""
    found: dict[int, Certificate] = {}
    standing = (Certificate.revoked_at.is_(None), Certificate.replaced_at.is_(None))
    for days in db.session.scalars(select(Certificate.view_days).distinct()):
        first, last = now - timedelta(days=days), now - timedelta(days=days) + ahead
        begun = Certificate.available_from.between(first, last)
        renewed = (
            select(Application.id)
            .join(Entitlement, Entitlement.subject == Application.code)
            .where(Entitlement.purpose == "certificate", Entitlement.paid_at.between(first, last))
        )
        rows = select(Certificate).where(
            *standing, Certificate.view_days == days, or_(begun, Certificate.application_id.in_(renewed))
        )
        found |= {row.id: row for row in db.session.scalars(rows.options(joinedload(Certificate.attempt)))}
    return list(found.values())


def last_number(prefix: str, year: int) -> str | None:
    """The highest number given in a programme's year; longer ones are later (000001 ... 999999, 1000000)."""
    return db.session.scalar(
        select(Certificate.number)
        .where(Certificate.number.startswith(f"{prefix}-{year}-", autoescape=True))
        .order_by(func.length(Certificate.number).desc(), Certificate.number.desc())
        .limit(1)
    )


def current(application_code: str) -> Certificate | None:
    """The certificate of an application, whoever holds it: for staff."""
    return db.session.scalar(
        select(Certificate)
        .join(Application, Application.id == Certificate.application_id)
        .where(Application.code == application_code, Certificate.replaced_at.is_(None))
    )


def revocation(code: str, *, lock: bool = False) -> Revocation | None:
    """A request by its code; locked for who decides on it, so that two decisions cannot cross."""
    statement = select(Revocation).where(Revocation.code == code)
    if lock:
        statement = statement.with_for_update(of=Revocation).execution_options(populate_existing=True)
    return db.session.scalar(statement)


def application(code: str) -> Application | None:
    """Whoever's it is: for staff."""
    return db.session.scalar(select(Application).where(Application.code == code))


def pending_revocation(application_id: int) -> Revocation | None:
    return db.session.scalar(
        select(Revocation).where(and_(Revocation.application_id == application_id, Revocation.status == "requested"))
    )


def waiting() -> Sequence[Revocation]:
    """Requests to revoke or to make invalid that wait for another person, oldest first."""
    return db.session.scalars(
        select(Revocation).where(Revocation.status == "requested").order_by(Revocation.requested_at)
    ).all()


def search(text: str, limit: int = 50) -> Sequence[Certificate]:
    """For staff: by number, verification code or the holder's name; without a text the newest."""
    statement = select(Certificate).order_by(Certificate.available_from.desc(), Certificate.id.desc()).limit(limit)
    wanted = text.strip()
    if not wanted:
        return db.session.scalars(statement).all()
    code = normalise(wanted)
    if code is not None:
        return db.session.scalars(statement.where(Certificate.code == code)).all()
    named = Member.name_folded.contains(fold(wanted), autoescape=True)
    numbered = Certificate.number.startswith(tr_upper(wanted), autoescape=True)
    return db.session.scalars(
        statement.join(Member, Member.id == Certificate.member_id).where(or_(named, numbered))
    ).all()


def looked_up(certificate_id: int) -> tuple[int, datetime | None]:
    """How often strangers asked about it, and when last."""
    count, last = db.session.execute(
        select(func.count(), func.max(CertificateLookup.at)).where(CertificateLookup.certificate_id == certificate_id)
    ).one()
    return count, last


def revocations_of(application_id: int) -> Sequence[Revocation]:
    """Every request about one application and its certificate, newest first."""
    return db.session.scalars(
        select(Revocation).where(Revocation.application_id == application_id).order_by(Revocation.id.desc())
    ).all()


def revocations_about(member_id: int) -> Sequence[Revocation]:
    """The same about all applications of one person."""
    rows = select(Revocation).join(Application, Application.id == Revocation.application_id)
    return db.session.scalars(rows.where(Application.member_id == member_id).order_by(Revocation.id.desc())).all()


def names(member_ids: Iterable[int | None]) -> dict[int, str]:
    """Staff by key, for "who asked, who decided"."""
    wanted = {key for key in member_ids if key is not None}
    rows = db.session.execute(select(Member.id, Member.first_name, Member.last_name).where(Member.id.in_(wanted)))
    return {key: f"{first} {last}" for key, first, last in rows}
