"""Reading institutions, who acts for them, and their invitations; what followed from those that were paid for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select, update

from lms.certificates.models import Certificate
from lms.core.db import db
from lms.corporate.models import Institution, Invitation, Representative
from lms.enrolment.models import Application
from lms.membership.models import Member
from lms.payments import queries as payments
from lms.payments.models import Entitlement, Payment, Seat

NOBODY: Final[Mapping[str, str | None]] = {"first_name": "", "last_name": "", "email": "", "tckn_index": None}
"""What an invitation says of a person who is forgotten."""


def institution_named(name: str) -> Institution:
    return db.session.scalars(select(Institution).where(Institution.name == name)).one()


def institution_names() -> Sequence[str]:
    return db.session.scalars(select(Institution.name).order_by(Institution.id)).all()


def representation(member_id: int) -> Representative | None:
    """For which institution this member acts now."""
    return db.session.scalar(
        select(Representative).where(Representative.member_id == member_id, Representative.ended_at.is_(None))
    )


def representative(code: str) -> Representative | None:
    return db.session.scalar(select(Representative).where(Representative.code == code))


def dismiss(code: str, **values: Any) -> bool:
    """End a representation; whether it was still standing."""
    changed = db.session.execute(
        update(Representative)
        .where(Representative.code == code, Representative.ended_at.is_(None))
        .values(**values)
        .returning(Representative.id)
        .execution_options(synchronize_session=False)
    )
    return changed.first() is not None


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


def page_of(institution_id: int, term_code: str, number: int, size: int) -> tuple[Sequence[Invitation], int]:
    """One page of an institution's invitations to one term, by name, the erased ones last; and how many there are in all."""
    mine = (Invitation.institution_id == institution_id) & (Invitation.term_code == term_code)
    rows = (
        select(Invitation)
        .where(mine)
        .order_by(Invitation.erased_at.is_not(None), Invitation.last_name, Invitation.first_name, Invitation.id)
        .limit(size)
        .offset((number - 1) * size)
    )
    return db.session.scalars(rows).all(), db.session.scalar(select(func.count()).where(mine)) or 0


def of_codes(institution_id: int, codes: Collection[str]) -> Sequence[Invitation]:
    """Those of these invitations that are the institution's."""
    rows = select(Invitation).where(Invitation.institution_id == institution_id, Invitation.code.in_(codes))
    return db.session.scalars(rows.order_by(Invitation.id)).all()


def terms_of(institution_id: int) -> set[str]:
    """The terms that it invited people to."""
    return set(
        db.session.scalars(select(Invitation.term_code).where(Invitation.institution_id == institution_id).distinct())
    )


def of_member(member_id: int) -> Sequence[Invitation]:
    """Every invitation that a person accepted and did not leave, newest first."""
    return db.session.scalars(select(Invitation).filter_by(member_id=member_id).order_by(Invitation.id.desc())).all()


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
    number: str | None = None  # of the certificate, and from when it was there
    available_from: datetime | None = None


def followed(name: str, term_code: str, member_ids: Collection[int]) -> dict[int, Followed]:
    """R063: member -> what became of the application that this institution paid for or is paying for; of other applications
    nothing, and nobody of whom there is nothing."""
    seats = select(Seat.member_id).join(Payment, Payment.id == Seat.payment_id)
    seats = seats.where(_of(name, term_code), Seat.member_id.in_(member_ids))
    found = {member_id: Followed(paying=True) for member_id in db.session.scalars(seats.where(payments.unfinished()))}
    rows = (
        select(Entitlement.member_id, Certificate.number, Certificate.available_from)
        .join(Payment, Payment.id == Entitlement.payment_id)
        .outerjoin(Application, Application.entitlement_id == Entitlement.id)
        .outerjoin(
            Certificate,
            (Certificate.application_id == Application.id)
            & Certificate.replaced_at.is_(None)
            & Certificate.revoked_at.is_(None),
        )
        .where(_of(name, term_code), Entitlement.member_id.in_(member_ids))
        .order_by(Entitlement.id)
    )
    for member_id, number, available_from in db.session.execute(rows):
        found[member_id] = Followed(paid=True, number=number, available_from=available_from)
    return found


def _of(name: str, term_code: str) -> Any:
    return (Payment.purpose == "group") & (Payment.on_behalf_of == name) & (Payment.term_code == term_code)


def claim_completions(now: datetime) -> Sequence[Invitation]:
    """Take those whose certificate is there and whose institution was not told yet, institution by institution: nobody else
    tells them."""
    due = (
        select(Invitation.id)
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
    )
    taken = db.session.scalars(
        update(Invitation)
        .where(Invitation.id.in_(due), Invitation.told_at.is_(None))
        .values(told_at=now)
        .returning(Invitation.id)
        .execution_options(synchronize_session=False)
    ).all()
    rows = select(Invitation).where(Invitation.id.in_(taken)).order_by(Invitation.institution_id, Invitation.id)
    return db.session.scalars(rows.execution_options(populate_existing=True)).all()


def hold(row: Invitation) -> None:
    """Until this transaction ends nobody answers the invitation or begins to pay for its person; as it stands now."""
    db.session.refresh(row, with_for_update={"of": Invitation})
    if row.member_id is not None:
        payments.lock_members({row.member_id})


def end_unpaid(row: Invitation, state: str, now: datetime) -> bool:
    """End an invitation, under its `hold`, if nothing followed or is being paid; whether it could be."""
    if row.member_id is not None and followed(row.institution.name, row.term_code, [row.member_id]):
        return False
    changed = db.session.execute(
        update(Invitation)
        .where(Invitation.id == row.id, Invitation.state.in_(("invited", "accepted")))
        .values(state=state, member_id=None, answered_at=now)
        .returning(Invitation.id)
        .execution_options(synchronize_session=False)
    )
    return changed.first() is not None


def forget(member: Member, now: datetime) -> int:
    """KVKK m.7: an open invitation of somebody who is forgotten is taken back, and what it told goes; how many."""
    gone = db.session.execute(
        update(Invitation)
        .where(Invitation.tckn_index == member.tckn_index, Invitation.state == "invited")
        .values(state="withdrawn", **NOBODY, erased_at=now)
        .returning(Invitation.id)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())


def erase_unanswered(now: datetime) -> int:
    """What an institution told of people who refused, were uninvited, or kept silent until the invitation's end; how many."""
    gone = db.session.execute(
        update(Invitation)
        .where(
            Invitation.erased_at.is_(None),
            Invitation.state.in_(("refused", "withdrawn"))
            | ((Invitation.state == "invited") & (Invitation.until <= now)),
        )
        .values(**NOBODY, erased_at=now)
        .returning(Invitation.id)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())
