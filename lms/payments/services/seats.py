"""One payment for the applications of many (R063): whom it may be for, and the right that it gives to each."""

from collections.abc import Sequence
from datetime import datetime

from lms.core.db import db, insert_ignore, insert_many
from lms.core.errors import Conflict
from lms.exemptions import queries as exemptions
from lms.membership.models import Member
from lms.membership.services.accounts import recipient
from lms.notifications.services import Draft, enqueue_many
from lms.payments import queries, rules
from lms.payments.models import Entitlement, Payment, Seat
from lms.payments.rules import Standing
from lms.register import services as register
from lms.register.rules import Eligibility
from lms.terms.models import Term


def check_window(term: Term, now: datetime) -> None:
    """R008, D-3: the same window and guard as for one person. Errors: Conflict with the reason."""
    refused = rules.offer(Standing(term.schedule, Eligibility(eligible=True)), now).refused
    if refused:
        raise Conflict(refused, opens_at=term.application_from, closes_at=term.application_to)


def payable(people: Sequence[Member], term: Term) -> dict[int, int]:
    """R003, R021, R022, R034: of many people those whose fee of the term is still to be paid, each with the ordinal of their
    application. Left out: paid, being paid, exempt, not eligible. In a number of statements that does not grow."""
    ids = [one.id for one in people]
    ordinals = queries.permitted_ordinals(ids, term.code)
    settled = queries.entitled(ids, term.code)
    out = queries.paying(ids, term.code) | exemptions.exempt(ids, term.code)
    eligible = register.eligible_of(
        [one.tckn_index for one in people], programme_code=term.programme.code, kind=term.kind
    )
    return {
        one.id: ordinals.get(one.id, 1)
        for one in people
        if one.id not in out and one.tckn_index in eligible and (one.id, str(ordinals.get(one.id, 1))) not in settled
    }


def reserve(payment: Payment, seats: Sequence[tuple[int, int]]) -> None:
    """Fix whom the payment is for."""
    rows = [{"payment_id": payment.id, "member_id": member_id, "ordinal": ordinal} for member_id, ordinal in seats]
    insert_many(Seat, rows)


def entitle(payment: Payment, paid_at: datetime, now: datetime) -> None:
    """R022: each seat's right, at most one a person and thing, whoever pays at the same instant; and each person is told."""
    seats = queries.seats_of(payment.id)
    rows = [
        {
            "payment_id": payment.id, "member_id": seat.member_id, "purpose": "application", "term_code": payment.term_code,
            "subject": str(seat.ordinal), "paid_at": paid_at, "opens_at": paid_at,
        }
        for seat in seats
    ]  # fmt: skip
    insert_ignore(Entitlement, rows)
    given = queries.members_entitled_by(payment.id)
    for seat in seats:
        seat.note = None if seat.member_id in given else "duplicate"
    db.session.flush()
    drafts = [
        Draft(
            recipient(person),
            f"seat-paid:{payment.code}:{person.code}",
            {
                "name": person.first_name,
                "institution": payment.on_behalf_of,
                "service": payment.term.programme.service_name,
                "form_until": payment.term.application_to.isoformat(),
            },
        )
        for person in queries.members(sorted(given))
    ]
    enqueue_many("seat_paid", drafts, now=now)
