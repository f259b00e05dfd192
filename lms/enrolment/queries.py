"""Reading applications."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, exists, or_, select, update
from sqlalchemy.orm import aliased

from lms.core.db import db
from lms.enrolment.models import Application
from lms.exemptions.models import ExemptionRequest
from lms.membership.models import Acceptance, LegalText, Member
from lms.payments.models import Entitlement, Payment
from lms.terms.models import Term, TermException
from lms.terms.rules import REMIND_BEFORE, Reminder


def by_code(code: str) -> Application | None:
    return db.session.scalar(select(Application).where(Application.code == code))


def by_ids(ids: Collection[int]) -> Sequence[Application]:
    """Read anew, after a set-based change."""
    return db.session.scalars(
        select(Application).where(Application.id.in_(ids)).execution_options(populate_existing=True)
    ).all()


def of_member(member_id: int) -> Sequence[Application]:
    """R061: newest first."""
    return db.session.scalars(
        select(Application)
        .where(Application.member_id == member_id)
        .order_by(Application.submitted_at.desc(), Application.id.desc())
    ).all()


def of_term(member_id: int, term_code: str) -> Sequence[Application]:
    return db.session.scalars(
        select(Application)
        .where(Application.member_id == member_id, Application.term_code == term_code)
        .order_by(Application.ordinal)
    ).all()


def lock_member(member_id: int) -> None:
    """One form of one person at a time (R058); SQLite serialises writers anyway."""
    db.session.execute(select(Member.id).where(Member.id == member_id).with_for_update(key_share=True))


def acceptances(code: str) -> Sequence[Acceptance]:
    """What was answered to which version of which text with this application (R057)."""
    return db.session.scalars(
        select(Acceptance)
        .join(LegalText, LegalText.id == Acceptance.text_id)
        .where(Acceptance.subject_kind == "application", Acceptance.subject_code == code)
        .order_by(Acceptance.id)
    ).all()


def unused_entitlements(member_id: int) -> Sequence[Entitlement]:
    """R011: paid for, no form yet; the newest first."""
    return db.session.scalars(
        select(Entitlement)
        .where(
            Entitlement.member_id == member_id,
            Entitlement.purpose == "application",
            Entitlement.consumed_at.is_(None),
        )
        .order_by(Entitlement.paid_at.desc())
    ).all()


def to_announce(now: datetime, limit: int = 1000) -> Sequence[Application]:
    """R064: open applications whose training has opened and has not been announced; claimed by this statement."""
    due = (
        select(Application.id)
        .where(Application.announced_at.is_(None), Application.outcome.is_(None), Application.assigned_at <= now)
        .limit(limit)
    )
    claimed = db.session.scalars(
        update(Application)
        .where(Application.id.in_(due.scalar_subquery()), Application.announced_at.is_(None))
        .values(announced_at=now)
        .returning(Application.id)
        .execution_options(synchronize_session=False)
    ).all()
    return by_ids(claimed)


def move_term(ids: Collection[int], before: int, after: int) -> Sequence[int]:
    """R127: from one version of a term to a longer one; which of `ids` still held the first."""
    return db.session.scalars(
        update(Application)
        .where(Application.id.in_(ids), Application.term_id == before)
        .values(term_id=after)
        .returning(Application.id)
        .execution_options(synchronize_session=False)
    ).all()


def reopen_lapsed(ids: Collection[int]) -> Collection[int]:
    """R013: those of `ids` that the old end had closed; nobody who applied again meanwhile."""
    newer = aliased(Application)
    return set(
        db.session.scalars(
            update(Application)
            .where(
                Application.id.in_(ids),
                Application.outcome == "lapsed",
                ~exists().where(
                    newer.member_id == Application.member_id,
                    newer.term_code == Application.term_code,
                    newer.ordinal > Application.ordinal,
                ),
            )
            .values(outcome=None, outcome_at=None)
            .returning(Application.id)
            .execution_options(synchronize_session=False)
        )
    )


def claim_lapse(ids: Collection[int], at: datetime) -> Sequence[int]:
    """R013: close those of `ids` that are still open; which ones were."""
    return db.session.scalars(
        update(Application)
        .where(Application.id.in_(ids), Application.outcome.is_(None))
        .values(outcome="lapsed", outcome_at=at)
        .returning(Application.id)
        .execution_options(synchronize_session=False)
    ).all()


@dataclass(frozen=True, slots=True)
class Unsent:
    """Somebody whose form is open and not sent: by a payment or, `exempt`, by an answered request. `key` names that right."""

    reminder: Reminder
    key: str
    member: Member
    term: Term
    opens_at: datetime
    closes_at: datetime
    exempt: bool = False


def to_remind(now: datetime) -> Iterator[Unsent]:
    """R011, R127: for each version whose window is about to close, who had the right before the last reminder's instant.

    Where a newer version of the term ends later, that is the end of theirs too; so is a longer window that was given to one
    person.
    """
    longest = max(REMIND_BEFORE.values(), default=timedelta(0))
    held = exists().where(TermException.term_id == Term.id)
    given = db.session.scalars(select(Term).where(Term.application_to > now, held)).all()
    current = aliased(Term)
    closing = db.session.execute(
        select(Term, current.application_to)
        .join(current, (current.code == Term.code) & current.superseded_at.is_(None))
        .where(
            or_(Term.application_to > now, current.application_to > now, Term.code.in_({one.code for one in given})),
            Term.application_to <= now + longest,
        )
    ).all()
    for term, ends_now in closing:
        longer = [one for one in given if one.code == term.code]
        usual = max(term.application_to, ends_now)
        groups = [(usual, Member.id.not_in(_holders(*longer)))]
        groups += [(max(usual, one.application_to), Member.id.in_(_holders(one))) for one in longer]
        for ends, who in groups:
            due = [(one, ends - before) for one, before in REMIND_BEFORE.items() if ends - before <= now < ends]
            if due:
                yield from _unsent(term, who, *due[-1], ends)


def _holders(*given: Term) -> Select[int]:
    """R127: to whom one of these longer rows was given."""
    return select(TermException.member_id).where(TermException.term_id.in_([one.id for one in given]))


def _unsent(
    term: Term, who: ColumnElement[bool], reminder: Reminder, since: datetime, ends: datetime
) -> Iterator[Unsent]:
    paid = db.session.execute(
        select(Entitlement, Member)
        .join(Payment, Payment.id == Entitlement.payment_id)
        .join(Member, Member.id == Entitlement.member_id)
        .where(
            Payment.term_id == term.id,
            who,
            Entitlement.purpose == "application",
            Entitlement.consumed_at.is_(None),
            Entitlement.paid_at < since,
        )
    ).all()
    for entitlement, member in paid:
        yield Unsent(reminder, str(entitlement.id), member, term, entitlement.opens_at, ends)
    used = select(Application.exemption_id).where(Application.exemption_id.is_not(None))
    exempt = db.session.execute(
        select(ExemptionRequest, Member)
        .join(Member, Member.id == ExemptionRequest.member_id)
        .where(
            ExemptionRequest.term_id == term.id,
            who,
            ExemptionRequest.status == "approved",
            ExemptionRequest.answered_at < since,
            ExemptionRequest.id.not_in(used),
        )
    ).all()
    for request, member in exempt:
        if request.answered_at is not None:
            yield Unsent(reminder, f"exempt-{request.code}", member, term, request.answered_at, ends, exempt=True)
