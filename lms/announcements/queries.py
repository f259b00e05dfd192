"""Who wants to hear of new trainings: the latest answer to the consent text decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Select, exists, func, literal, select

from lms.core.db import db
from lms.enrolment.models import Application
from lms.membership.models import Acceptance, LegalText, Member
from lms.notifications.models import OutboxMessage

CONSENT: Final = "announcements_consent"


def history(member_id: int) -> Sequence[Acceptance]:
    """Every answer of one member, newest first."""
    rows = (
        select(Acceptance)
        .join(LegalText, LegalText.id == Acceptance.text_id)
        .where(Acceptance.member_id == member_id, LegalText.kind == CONSENT)
        .order_by(Acceptance.id.desc())
    )
    return db.session.scalars(rows).all()


def dedupe(term_code: str, member_code: str) -> str:
    """Each person hears of a term once."""
    return f"term-announced:{term_code}:{member_code}"


def _audience(term_code: str) -> Select[Member, int]:
    """Members whose latest answer is yes, who have no application in this term and were not told of it."""
    latest = (
        select(func.max(Acceptance.id))
        .join(LegalText, LegalText.id == Acceptance.text_id)
        .where(LegalText.kind == CONSENT)
        .group_by(Acceptance.member_id)
    )
    inside = select(Application.member_id).where(Application.term_code == term_code)
    told = exists().where(OutboxMessage.dedupe == literal(dedupe(term_code, "")) + Member.code + "/mail")
    return (
        select(Member, Acceptance.id)
        .join(Acceptance, Acceptance.member_id == Member.id)
        .where(
            Acceptance.id.in_(latest),
            Acceptance.given,
            Member.staff_role.is_(None),
            Member.disabled_at.is_(None),
            Member.id.not_in(inside),
            ~told,
        )
    )


def audience(term_code: str) -> Sequence[tuple[Member, int]]:
    """Whom the news of a term may be sent to, with the answer that allows it."""
    return [(member, consent) for member, consent in db.session.execute(_audience(term_code))]


def audience_size(term_code: str) -> int:
    """How many that are."""
    return db.session.scalar(select(func.count()).select_from(_audience(term_code).subquery())) or 0
