"""Readers of an extension: whom a longer window would reach."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import aliased

from lms.core.calendar import Window
from lms.core.db import db
from lms.enrolment.models import Application
from lms.exams.queries.attempts import enrolled, parameters, sittings
from lms.exams.rules import extension as rules
from lms.exemptions.models import ExemptionRequest
from lms.learning.models import Training
from lms.membership.models import Member
from lms.payments import queries as payments
from lms.payments.models import BankOrder, Entitlement, Payment, Seat
from lms.terms.models import Term, TermException

_CHUNK = 1000


def held_until(term_code: str, study_to: datetime) -> dict[int, bool]:
    """Applications of a term that are open or (True) were closed by an end before `study_to`, unless their holder has
    applied again since."""
    newer = aliased(Application)
    again = exists().where(
        newer.member_id == Application.member_id,
        newer.term_code == Application.term_code,
        newer.ordinal > Application.ordinal,
    )
    rows = db.session.execute(
        select(Application.id, Application.outcome)
        .join(Term, Term.id == Application.term_id)
        .where(
            Application.term_code == term_code,
            or_(Application.outcome.is_(None), (Application.outcome == "lapsed") & ~again),
            Term.study_to < study_to,
        )
        .order_by(Application.id)
    )
    return {key: outcome is not None for key, outcome in rows}


def without_form(term_code: str, lost: Window | None) -> set[int]:
    """Who has not sent the form of a term: paid or exempt, waiting for an answer (also about what was too low, R024), paying or
    being paid for; `lost`: whom of these, and of those whose payment failed then, an outage kept from it. Also who pays for
    others, whatever they sent."""
    right = select(Entitlement.member_id).where(
        Entitlement.purpose == "application", Entitlement.term_code == term_code, Entitlement.consumed_at.is_(None)
    )
    asked = select(ExemptionRequest.member_id).where(
        ExemptionRequest.term_code == term_code, ExemptionRequest.status != "rejected"
    )
    paying = select(Payment.id).where(Payment.term_code == term_code, Payment.purpose.in_(("application", "group")))
    if lost is None:
        paying = paying.where(payments.unfinished())
    else:
        right, asked = (
            right.where(Entitlement.opens_at < lost.end),
            asked.where(ExemptionRequest.requested_at < lost.end),
        )
        tried = exists().where(
            BankOrder.payment_id == Payment.id, BankOrder.opened_at >= lost.start, BankOrder.opened_at < lost.end
        )
        waiting = payments.undecided() & (Payment.paid_at < lost.end)
        paying = paying.where((Payment.status != "paid") & tried | waiting)
    applied = select(Application.member_id).where(
        Application.term_code == term_code, or_(Application.outcome.is_(None), Application.outcome == "passed")
    )
    payers = select(Payment.member_id).where(Payment.id.in_(paying))
    seats = select(Seat.member_id).where(Seat.payment_id.in_(paying))
    found = {key for way in (right, asked, payers, seats) for key in db.session.scalars(way)}
    return found - set(db.session.scalars(applied)) | set(db.session.scalars(payers.where(Payment.purpose == "group")))


def held_terms(term_code: str) -> Sequence[Term]:
    """R127: every version of a term that somebody holds."""
    holders = (Application, Payment, ExemptionRequest, TermException)
    held = or_(*(exists().where(one.term_id == Term.id) for one in holders))
    return db.session.scalars(select(Term).where(Term.code == term_code, held).order_by(Term.version)).all()


def members(ids: Collection[int]) -> Sequence[Member]:
    return db.session.scalars(select(Member).where(Member.id.in_(ids)).order_by(Member.name_folded, Member.id)).all()


def candidates(tckn_indexes: Collection[str]) -> dict[str, int]:
    """The accounts of identity numbers; no staff."""
    rows = db.session.execute(
        select(Member.tckn_index, Member.id).where(Member.tckn_index.in_(tckn_indexes), Member.staff_role.is_(None))
    )
    return {index: key for index, key in rows}  # noqa: C416 - a Row is no pair to mypy


def numbered(term_code: str, numbers: Collection[str]) -> dict[str, int]:
    rows = db.session.execute(
        select(Application.number, Application.id).where(
            Application.term_code == term_code, Application.number.in_(numbers)
        )
    )
    return {number: key for number, key in rows}  # noqa: C416 - a Row is no pair to mypy


def parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """A statement takes so many values at most, whatever the size of a term."""
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))


def hit(ids: Sequence[int], lost: Window) -> list[int]:
    """Those of `ids` whose exam ran or was open during an outage; three statements for each thousand."""
    found: list[int] = []
    for some in parts(ids):
        trained = select(Training.application_id).where(
            Training.application_id.in_(some), Training.completed_at < lost.end
        )
        part = db.session.scalars(trained).all()
        taken = sittings(part)
        found += [
            application.id
            for application, completed_at, extra in enrolled(ids=part)
            if rules.was_hit(
                parameters(application.term, extra or 0), completed_at, taken.get(application.id, []), lost
            )
        ]
    return sorted(found)


def by_ids(ids: Collection[int]) -> Sequence[Application]:
    return db.session.scalars(select(Application).where(Application.id.in_(ids)).order_by(Application.number)).all()


def by_term(ids: Sequence[int]) -> dict[int, list[int]]:
    """The applications of each version of the term."""
    found: dict[int, list[int]] = {}
    for some in parts(ids):
        rows = select(Application.id, Application.term_id).where(Application.id.in_(some)).order_by(Application.id)
        for key, term_id in db.session.execute(rows):
            found.setdefault(term_id, []).append(key)
    return found
