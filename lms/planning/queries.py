"""Who stands in a term already, and by which of its versions: counted in one statement a group, with a few of them by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from lms.core.db import db
from lms.enrolment.models import Application
from lms.exemptions.models import ExemptionRequest
from lms.membership.models import Member
from lms.payments.models import Entitlement, Payment
from lms.terms.models import Term, TermException

SAMPLE: Final = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """One person of a group and the term's version that holds for them."""

    member: Member
    term: Term
    since: datetime


def _applied(code: str) -> Select[Member, Term, datetime]:
    """Open applications: their version is frozen."""
    return (
        select(Member, Term, Application.submitted_at)
        .select_from(Application)
        .join(Term, Term.id == Application.term_id)
        .join(Member, Member.id == Application.member_id)
        .where(Application.term_code == code, Application.outcome.is_(None))
    )


def _paid(code: str) -> Select[Member, Term, datetime]:
    """R011: paid, no form yet."""
    return (
        select(Member, Term, Entitlement.paid_at)
        .select_from(Entitlement)
        .join(Payment, Payment.id == Entitlement.payment_id)
        .join(Term, Term.id == Payment.term_id)
        .join(Member, Member.id == Entitlement.member_id)
        .where(Entitlement.term_code == code, Entitlement.purpose == "application", Entitlement.consumed_at.is_(None))
    )


def _paying(code: str) -> Select[Member, Term, datetime]:
    """Payments under way: their fee is frozen."""
    return (
        select(Member, Term, Payment.created_at)
        .select_from(Payment)
        .join(Term, Term.id == Payment.term_id)
        .join(Member, Member.id == Payment.member_id)
        .where(Payment.term_code == code, Payment.status == "pending", Payment.purpose == "application")
    )


def _exempt(code: str) -> Select[Member, Term, datetime]:
    """Exempt and told, no form yet."""
    sent = select(Application.exemption_id).where(Application.exemption_id.is_not(None))
    return _asked(code, "approved").where(ExemptionRequest.answered_at.is_not(None), ExemptionRequest.id.not_in(sent))


def _asking(code: str) -> Select[Member, Term, datetime]:
    """Exemption requests whose answer has not left: undecided, waiting for the second person, or just decided."""
    unsent = (ExemptionRequest.status != "approved") | ExemptionRequest.answered_at.is_(None)
    return _asked(code, "requested", "more_documents", "confirming", "approved").where(unsent)


def _asked(code: str, *statuses: str) -> Select[Member, Term, datetime]:
    return (
        select(Member, Term, ExemptionRequest.requested_at)
        .select_from(ExemptionRequest)
        .join(Term, Term.id == ExemptionRequest.term_id)
        .join(Member, Member.id == ExemptionRequest.member_id)
        .where(ExemptionRequest.term_code == code, ExemptionRequest.status.in_(statuses))
    )


GROUPS: Final[dict[str, Callable[[str], Select[Member, Term, datetime]]]] = {
    "applied": _applied,
    "paid": _paid,
    "exempt": _exempt,
    "paying": _paying,
    "asking": _asking,
}


def _group(group: str, code: str) -> Select[Member, Term, datetime]:
    """One group without those whose account was erased since (KVKK m.7): nothing changes for them any more."""
    return GROUPS[group](code).where(Member.email != "")


def counted(group: str, code: str) -> dict[int, int]:
    """How many of a group each version of the term holds, by its key."""
    rows = _group(group, code).with_only_columns(Term.id, func.count()).group_by(Term.id)
    return dict(db.session.execute(rows).all())


def sample(group: str, code: str) -> Sequence[Standing]:
    """The first few of a group."""
    query = _group(group, code)
    since = list(query.selected_columns)[-1]
    rows = db.session.execute(query.order_by(since, Member.id).limit(SAMPLE))
    return [Standing(member, term, at) for member, term, at in rows]


def gaining(group: str, code: str, end: datetime) -> Sequence[Member]:
    """Those of a group who may send their form until `end`, which is later than what they were promised or given (R127)."""
    own = aliased(Term)
    longer = (
        select(TermException.member_id)
        .join(own, own.id == TermException.term_id)
        .where(TermException.term_code == code, own.application_to >= end)
    )
    rows = _group(group, code).with_only_columns(Member).where(Term.application_to < end, Member.id.not_in(longer))
    return db.session.scalars(rows.order_by(Member.id)).unique().all()


def applications_of_term(code: str) -> dict[str, int]:
    """How the applications of a term stand: open, or by outcome."""
    rows = db.session.execute(
        select(func.coalesce(Application.outcome, "open"), func.count())
        .where(Application.term_code == code)
        .group_by(Application.outcome)
    )
    return dict(rows.all())


def promised_near(first: datetime, last: datetime) -> int:
    """R064, R127: open applications whose training opens in [first, last): what was promised to them stays."""
    rows = select(func.count()).select_from(Application)
    where = Application.outcome.is_(None) & (Application.assigned_at >= first) & (Application.assigned_at < last)
    return db.session.scalar(rows.where(where)) or 0
