"""The desk: what waits, who is meant, and a candidate's whole journey."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lms.audit import queries as trail
from lms.audit import services as audit
from lms.audit.models import AuditEntry, Disclosure
from lms.audit.rules import Act
from lms.certificates import queries as certificates
from lms.certificates.models import Revocation
from lms.certificates.services.certificates import Held, held_by
from lms.core.access import Actor
from lms.core.config import vault
from lms.core.db import db
from lms.core.errors import NotFound
from lms.corporate import queries as corporate
from lms.corporate.models import Invitation
from lms.enrolment import services as enrolment
from lms.enrolment.models import Application
from lms.exams.models import Accommodation, Attempt, ReapplicationRequest
from lms.exams.queries import accommodation as accommodations
from lms.exams.queries import reapplication as reapplications
from lms.exemptions import queries as exemptions
from lms.exemptions.models import ExemptionRequest
from lms.identity import queries as identity
from lms.identity.models import Correction, Dispute
from lms.journey import services as journey
from lms.journey.rules import NextStep
from lms.mailroom import queries as mailroom
from lms.mailroom.models import InboundMail
from lms.membership.models import Member
from lms.membership.queries import member_by_code
from lms.notifications import queries as notifications
from lms.notifications import rendering
from lms.notifications import services as outbox
from lms.notifications.models import OutboxMessage
from lms.payments import queries as payments
from lms.payments.models import Payment
from lms.privacy import queries as privacy
from lms.privacy.models import PrivacyRequest
from lms.register.models import RegisterEntry
from lms.slips import queries as slips
from lms.slips.models import BankSlip
from lms.staff import queries, rules
from lms.staff.queries import LessonSeen, Looks, Saved, Watched
from lms.support import queries as support
from lms.support.models import Ticket

MOST: Final = 200
"""Messages, and acts of the trail, on one person's page."""


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what a search led to."""

    people: Sequence[Member]
    register: Sequence[RegisterEntry]
    page: int = 1
    more: bool = False

    @property
    def only(self) -> Member | None:
        """The one person meant, if there is no doubt: the register knows nobody else by this key."""
        if len(self.people) != 1 or self.page > 1:
            return None
        person = self.people[0]
        return person if all(entry.tckn_index == person.tckn_index for entry in self.register) else None


@dataclass(frozen=True, slots=True)
class Course:
    """One application with all that followed from it."""

    application: Application
    status: str
    training: Watched | None
    attempts: Sequence[Attempt]
    lessons: Sequence[LessonSeen]
    saved: Mapping[int, Saved]


@dataclass(frozen=True, slots=True)
class Cases:
    """Everything that was asked by a person or about them, newest first."""

    exemptions: Sequence[ExemptionRequest]
    reapplications: Sequence[ReapplicationRequest]
    accommodations: Sequence[Accommodation]
    corrections: Sequence[Correction]
    disputes: Sequence[Dispute]
    revocations: Sequence[Revocation]
    privacy: Sequence[PrivacyRequest]
    invitations: Sequence[Invitation]
    tickets: Sequence[Ticket]
    mails: Sequence[InboundMail]
    slips: Sequence[BankSlip]


@dataclass(frozen=True, slots=True)
class Dossier:
    """A candidate's journey so far, newest things first, and the next step of it. `cut`: the oldest messages or acts are left
    out."""

    member: Member
    next: NextStep | None
    courses: Sequence[Course]
    payments: Sequence[Payment]
    cases: Cases
    certificates: Sequence[Held]
    messages: Sequence[OutboxMessage]
    trail: Sequence[tuple[AuditEntry, str]]
    disclosures: Sequence[Disclosure]
    looks: Mapping[int, Looks]
    names: Mapping[str, str]
    cut: bool


def search(text: str, page: int = 1) -> Found:
    """TCKN (by its keyed hash), name (Turkish letters folded), phone, e-mail, application or certificate number, any code."""
    wanted = rules.read(text)
    found = queries.people(wanted, page)
    return Found(found[: queries.MOST], queries.held_elsewhere(wanted), page, more=len(found) > queries.MOST)


def dossier(code: str, *, actor: Actor, now: datetime) -> Dossier:
    """Everything about one candidate, from the features themselves. That staff looked is recorded."""
    member = member_by_code(code)
    if member is None:
        raise NotFound
    audit.record(Act.CANDIDATE_SEEN, actor=actor, subject=("member", member.code), now=now)
    applications = enrolment.applications_of(member.id)
    ids = [application.id for application in applications]
    trainings, sat, lessons = queries.watched(ids), queries.attempts(ids), queries.lessons_seen(ids)
    saved = queries.saved_answers([attempt.id for rows in sat.values() for attempt in rows])
    messages, acts = notifications.of_person(member.code, limit=MOST), trail.of_person(member.code, limit=MOST)
    return Dossier(
        member=member,
        next=journey.next_step(member, now) if member.staff_role is None else None,
        courses=[
            Course(
                one,
                _status(one, trainings.get(one.id), now),
                trainings.get(one.id),
                sat.get(one.id, ()),
                lessons.get(one.id, ()),
                saved,
            )
            for one in applications
        ],
        payments=payments.payments_of(member.id),
        cases=_cases(member),
        certificates=held_by(member.id, now=now),
        messages=messages,
        trail=[(entry, trail.text(entry)) for entry in acts],
        disclosures=trail.disclosures_of(member.code),
        looks=queries.looks(member.id),
        names={name: rendering.subject(name) for name in {row.template for row in messages}},
        cut=MOST in (len(messages), len(acts)),
    )


def _cases(member: Member) -> Cases:
    member_id = member.id
    return Cases(
        exemptions=exemptions.of_member(member_id),
        reapplications=reapplications.requests_of(member_id),
        accommodations=accommodations.of_member(member_id),
        corrections=identity.of_member(member_id),
        disputes=identity.disputes_of(member),
        revocations=certificates.revocations_about(member_id),
        privacy=privacy.of_member(member_id),
        invitations=corporate.of_member(member_id),
        tickets=support.of_member(member_id),
        mails=mailroom.of_member(member_id),
        slips=slips.of_member(member_id),
    )


def _status(application: Application, training: Watched | None, now: datetime) -> str:
    return enrolment.status_of(application, trained_at=training.completed_at if training else None, now=now)


def reveal_tckn(code: str, *, actor: Actor, now: datetime) -> str:
    """The whole number, for staff who must compare it with a document; each look is recorded (DOMAIN.md 3.1)."""
    member = member_by_code(code)
    if member is None:
        raise NotFound
    audit.record(Act.TCKN_SEEN, actor=actor, subject=("member", member.code), now=now)
    db.session.flush()
    return vault().open(member.tckn_sealed)


# --- messages ----------------------------------------------------------------------------------------------------------


def send_again(message_id: str, *, to_current: bool, actor: Actor, now: datetime) -> OutboxMessage:
    """A lost message is tried anew; ``to_current``: at the address that its person has now. Errors: message.not_lost."""
    row = notifications.lost_one(message_id)
    owner = member_by_code(row.member_code) if row is not None and row.member_code else None
    address = None
    if to_current and row is not None and owner is not None:
        address = owner.phone if row.channel == "sms" else owner.email
    sent = outbox.send_again(message_id, address, now=now)
    data = {"template": sent.template, "channel": sent.channel, "other_address": address is not None}
    subject = ("member", sent.member_code) if sent.member_code else ("message", message_id)
    audit.record(Act.MESSAGE_SENT_AGAIN, actor=actor, subject=subject, data=data, now=now)
    return sent


def settle(message_id: str, reason: str, *, actor: Actor, now: datetime) -> OutboxMessage:
    """A lost message leaves the list: how the person was told, or why they need not be. Errors: message.reason,
    message.not_lost, message.settled_by."""
    said = rules.check_settling(reason)
    row = outbox.settle(message_id, by=actor.label, now=now)
    subject = ("member", row.member_code) if row.member_code else ("message", message_id)
    data = {"template": row.template, "channel": row.channel, "reason": said}
    audit.record(Act.MESSAGE_SETTLED, actor=actor, subject=subject, data=data, now=now)
    return row
