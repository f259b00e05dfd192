"""The desk: what waits, who is meant, and a candidate's whole journey."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lms.audit import queries as trail
from lms.audit import services as audit
from lms.audit.models import AuditEntry, Disclosure
from lms.audit.rules import Act
from lms.certificates.services.certificates import Held, held_by
from lms.core.access import Actor
from lms.core.config import vault
from lms.core.db import db
from lms.core.errors import NotFound
from lms.enrolment import services as enrolment
from lms.enrolment.models import Application
from lms.exams.models import Attempt, ReapplicationRequest
from lms.exemptions import queries as exemptions
from lms.exemptions.models import ExemptionRequest
from lms.journey import services as journey
from lms.journey.rules import NextStep
from lms.membership.models import Member
from lms.membership.queries import member_by_code
from lms.notifications import queries as notifications
from lms.notifications import rendering
from lms.notifications import services as outbox
from lms.notifications.models import OutboxMessage
from lms.payments import queries as payments
from lms.payments.models import Payment
from lms.register.models import RegisterEntry
from lms.staff import queries, rules
from lms.staff.queries import LessonSeen, Looks, Saved, Watched
from lms.support.models import Ticket


@dataclass(frozen=True, slots=True)
class Found:
    """What a search led to."""

    people: Sequence[Member]
    register: Sequence[RegisterEntry]

    @property
    def only(self) -> Member | None:
        """The one person meant, if there is no doubt: the register knows nobody else by this key."""
        if len(self.people) != 1:
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
class Dossier:
    """A candidate's journey so far, newest things first, and the next step of it."""

    member: Member
    next: NextStep | None
    courses: Sequence[Course]
    payments: Sequence[Payment]
    exemptions: Sequence[ExemptionRequest]
    reapplications: Sequence[ReapplicationRequest]
    certificates: Sequence[Held]
    tickets: Sequence[Ticket]
    messages: Sequence[OutboxMessage]
    trail: Sequence[tuple[AuditEntry, str]]
    disclosures: Sequence[Disclosure]
    looks: Mapping[int, Looks]
    names: Mapping[str, str]


def search(text: str) -> Found:
    """TCKN (by its keyed hash), name (Turkish letters folded), phone, e-mail, application or certificate number, any code."""
    wanted = rules.read(text)
    return Found(queries.people(wanted), queries.held_elsewhere(wanted))


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
    messages = notifications.of_person(member.code, limit=100)
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
        exemptions=exemptions.of_member(member.id),
        reapplications=queries.reapplications(member.id),
        certificates=held_by(member.id, now=now),
        tickets=queries.tickets(member.id),
        messages=messages,
        trail=[(entry, trail.text(entry)) for entry in trail.of_person(member.code, limit=100)],
        disclosures=trail.disclosures_of(member.code),
        looks=queries.looks(member.id),
        names={name: rendering.subject(name) for name in {row.template for row in messages}},
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
