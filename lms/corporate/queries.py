"""Reading institutions, who acts for them, and their invitations; what followed from those that were paid for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from lms.certificates.models import Certificate
from lms.core.db import db
from lms.corporate.models import Institution, Invitation, Representative
from lms.enrolment.models import Application
from lms.payments.models import Entitlement, Payment, Seat


def institution_by_name(name: str) -> Institution | None:
    return db.session.scalar(select(Institution).where(Institution.name == name))


def representation(member_id: int) -> Representative | None:
    """For which institution this member acts now."""
    return db.session.scalar(
        select(Representative).where(Representative.member_id == member_id, Representative.ended_at.is_(None))
    )


def representative(code: str) -> Representative | None:
    return db.session.scalar(select(Representative).where(Representative.code == code))


def representatives() -> Sequence[Representative]:
    """Those who act now first, by institution."""
    rows = select(Representative).join(Institution, Institution.id == Representative.institution_id)
    return db.session.scalars(
        rows.order_by(Representative.ended_at.is_not(None), Institution.name, Representative.id)
    ).all()


def counts() -> dict[int, tuple[int, int]]:
    """Institution -> people invited, people who accepted."""
    rows = select(Invitation.institution_id, func.count(), func.count(Invitation.member_id)).group_by(
        Invitation.institution_id
    )
    return {key: (invited, accepted) for key, invited, accepted in db.session.execute(rows)}


def by_token(token_hash: str) -> Invitation | None:
    return db.session.scalar(select(Invitation).where(Invitation.token_hash == token_hash))


def of_institution(institution_id: int, term_code: str) -> Sequence[Invitation]:
    """Every invitation of one institution to one term, by name; the erased ones last."""
    return db.session.scalars(
        select(Invitation)
        .where(Invitation.institution_id == institution_id, Invitation.term_code == term_code)
        .order_by(Invitation.erased_at.is_not(None), Invitation.last_name, Invitation.first_name, Invitation.id)
    ).all()


def terms_of(institution_id: int) -> set[str]:
    """The terms that it invited people to."""
    return set(
        db.session.scalars(select(Invitation.term_code).where(Invitation.institution_id == institution_id).distinct())
    )


def stored(codes: Collection[str]) -> set[str]:
    """Which of these invitations exist."""
    return set(db.session.scalars(select(Invitation.code).where(Invitation.code.in_(codes))))


def answer(invitation_id: int, **values: Any) -> bool:
    """Take the one answer to an invitation; whether it was still open."""
    changed = db.session.execute(
        update(Invitation)
        .where(Invitation.id == invitation_id, Invitation.state == "invited")
        .values(**values)
        .returning(Invitation.id)
        .execution_options(synchronize_session=False)
    )
    return changed.first() is not None


@dataclass(frozen=True, slots=True)
class Followed:
    """What followed for one person from this institution's payment."""

    paying: bool = False
    paid: bool = False
    applied: bool = False
    number: str | None = None  # of the certificate, and from when it was there
    available_from: datetime | None = None


def followed(name: str, term_code: str) -> dict[int, Followed]:
    """R063: member -> what became of the application that this institution paid for; of other applications nothing."""
    seats = select(Seat.member_id).join(Payment, Payment.id == Seat.payment_id).where(_of(name, term_code))
    found = {
        member_id: Followed(paying=True) for member_id in db.session.scalars(seats.where(Payment.status == "pending"))
    }
    rows = (
        select(Entitlement.member_id, Application.id, Certificate.number, Certificate.available_from)
        .join(Payment, Payment.id == Entitlement.payment_id)
        .outerjoin(Application, Application.entitlement_id == Entitlement.id)
        .outerjoin(
            Certificate,
            (Certificate.application_id == Application.id)
            & Certificate.replaced_at.is_(None)
            & Certificate.revoked_at.is_(None),
        )
        .where(_of(name, term_code))
        .order_by(Entitlement.id)
    )
    for member_id, application_id, number, available_from in db.session.execute(rows):
        applied = application_id is not None
        found[member_id] = Followed(paid=True, applied=applied, number=number, available_from=available_from)
    return found


def _of(name: str, term_code: str) -> Any:
    return (Payment.purpose == "group") & (Payment.on_behalf_of == name) & (Payment.term_code == term_code)


def completions(now: datetime) -> Sequence[Invitation]:
    """Of people whose certificate is there and whose institution was not told yet, institution by institution."""
    rows = (
        select(Invitation)
        .join(Institution, Institution.id == Invitation.institution_id)
        .join(
            Entitlement,
            (Entitlement.member_id == Invitation.member_id) & (Entitlement.term_code == Invitation.term_code),
        )
        .join(
            Payment,
            (Payment.id == Entitlement.payment_id)
            & (Payment.purpose == "group")
            & (Payment.on_behalf_of == Institution.name),
        )
        .join(Application, Application.entitlement_id == Entitlement.id)
        .join(Certificate, Certificate.application_id == Application.id)
        .where(
            Invitation.state == "accepted",
            Invitation.told_at.is_(None),
            Certificate.available_from <= now,
            Certificate.replaced_at.is_(None),
            Certificate.revoked_at.is_(None),
        )
        .order_by(Invitation.institution_id, Invitation.id)
    )
    return db.session.scalars(rows).all()


def erase_unanswered(now: datetime) -> int:
    """What an institution told of people who refused, or kept silent until the invitation's end; how many."""
    gone = db.session.execute(
        update(Invitation)
        .where(
            Invitation.erased_at.is_(None),
            (Invitation.state == "refused") | ((Invitation.state == "invited") & (Invitation.until <= now)),
        )
        .values(first_name="", last_name="", email="", tckn_index=None, erased_at=now)
        .returning(Invitation.id)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())
