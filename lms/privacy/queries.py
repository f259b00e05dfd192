"""Reading requests, copies and consents."""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute

from lms.core.db import db
from lms.exams.models import Attempt
from lms.membership.models import Acceptance, LegalText, Member
from lms.payments.models import BranchLine
from lms.privacy.models import Destruction, PersonalExport, PrivacyRequest

PAGE: Final = 50
WITHDRAWABLE: Final = "explicit_consent"
"""The one text that rests on consent; the others inform or make a contract, which nobody takes back here."""


def by_code(code: str) -> PrivacyRequest | None:
    return db.session.scalars(select(PrivacyRequest).filter_by(code=code)).one_or_none()


def of_member(member_id: int) -> Sequence[PrivacyRequest]:
    """One person's requests, newest first."""
    rows = select(PrivacyRequest).filter_by(member_id=member_id).order_by(PrivacyRequest.id.desc())
    return db.session.scalars(rows.limit(PAGE)).all()


def open_requests(page: int) -> Sequence[PrivacyRequest]:
    """What waits, the least time left first; one more than a page tells that there is a next one."""
    rows = select(PrivacyRequest).where(PrivacyRequest.outcome.is_(None))
    ordered = rows.order_by(PrivacyRequest.asked_at, PrivacyRequest.id)
    return db.session.scalars(ordered.offset((page - 1) * PAGE).limit(PAGE + 1)).all()


def answered_requests(page: int) -> Sequence[PrivacyRequest]:
    """What was answered, newest first."""
    rows = select(PrivacyRequest).where(PrivacyRequest.outcome.is_not(None))
    ordered = rows.order_by(PrivacyRequest.decided_at.desc(), PrivacyRequest.id.desc())
    return db.session.scalars(ordered.offset((page - 1) * PAGE).limit(PAGE + 1)).all()


def counts() -> tuple[int, int]:
    """Open and answered ones."""
    waiting = func.count().filter(PrivacyRequest.outcome.is_(None))
    done = func.count().filter(PrivacyRequest.outcome.is_not(None))
    row = db.session.execute(select(waiting, done).select_from(PrivacyRequest)).one()
    return row[0], row[1]


def wanted_export(member_id: int) -> PersonalExport | None:
    """The copy that is being made or waits to be fetched."""
    return db.session.scalars(select(PersonalExport).filter_by(member_id=member_id, erased_at=None)).one_or_none()


def waiting_exports(limit: int) -> Sequence[PersonalExport]:
    rows = select(PersonalExport).where(PersonalExport.made_at.is_(None), PersonalExport.erased_at.is_(None))
    return db.session.scalars(rows.order_by(PersonalExport.id).limit(limit)).all()


def finished_attempts(member_id: int) -> Sequence[Attempt]:
    """Exams whose result may be objected to, newest first."""
    rows = select(Attempt).where(Attempt.member_id == member_id, Attempt.state == "finished")
    return db.session.scalars(rows.order_by(Attempt.id.desc())).all()


def consents(member_id: int) -> list[Acceptance]:
    """Consents that stand: for each subject the latest answer, where it was yes."""
    rows = (
        select(Acceptance)
        .join(LegalText, LegalText.id == Acceptance.text_id)
        .where(Acceptance.member_id == member_id, LegalText.kind.like(f"%{WITHDRAWABLE}"))
        .order_by(Acceptance.id)
    )
    latest = {(row.subject_kind, row.subject_code): row for row in db.session.scalars(rows)}
    return [row for row in latest.values() if row.given]


def destructions(limit: int = 50) -> Sequence[Destruction]:
    """What was destroyed lately."""
    return db.session.scalars(select(Destruction).order_by(Destruction.id.desc()).limit(limit)).all()


def unclaimed(tckn_index: str | InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """R046: a bank's line that bears this number and was counted for nobody: it is of whose number it bears."""
    return and_(BranchLine.payment_id.is_(None), BranchLine.tckn_index == tckn_index)


def people(codes: Collection[str]) -> dict[str, Member]:
    """Members by their public code."""
    return {row.code: row for row in db.session.scalars(select(Member).where(Member.code.in_(codes)))}
