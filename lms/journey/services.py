"""Gathering the facts of one person's journey from the features below."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, select

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.certificates.services import certificates
from lms.certificates.services.certificates import Held as HeldCertificate
from lms.core.access import Actor
from lms.core.calendar import Explained
from lms.core.db import db
from lms.core.errors import NotFound
from lms.enrolment import services as enrolment
from lms.enrolment.models import Application
from lms.exams.queries import attempts as exams
from lms.exams.queries import reapplication
from lms.exams.queries.attempts import Overview
from lms.exams.services import reapplication as reapplications
from lms.exemptions.rules import Status as ExemptionStatus
from lms.exemptions.services import requests as exemptions
from lms.journey import rules
from lms.journey.models import CalendarFeed
from lms.journey.rules import Attempt, Enrolled, Entrance, Facts, Held, NextStep, Outlook, Stage, State
from lms.learning import services as learning
from lms.membership.models import Member
from lms.membership.queries import fingerprint
from lms.payments import queries as payment_queries
from lms.payments.models import Entitlement
from lms.payments.services import orders as payments
from lms.register import services as register
from lms.terms import services as terms
from lms.terms.models import Term


@dataclass(frozen=True, slots=True)
class Journey:
    """What the home page shows: six steps, the next one, and what lies behind each."""

    term: Term | None
    next: NextStep
    states: dict[Stage, State]
    outlook: Outlook | None
    facts: Facts
    application: Application | None = None
    entitlement: Entitlement | None = None
    held: HeldCertificate | None = None
    exemption_pending: bool = False
    documents_wanted: bool = False
    approved_at: datetime | None = None  # R099: of the leave to apply again that is not used yet
    overview: Overview | None = None


def next_step(member: Member, now: datetime) -> NextStep:
    """The one next step with its date and the rule that set it; for the home page and GET /me."""
    return journey(member, now).next


def journey(member: Member, now: datetime) -> Journey:
    """The journey that matters now: the newest application, or what stands before the next one."""
    applications = enrolment.applications_of(member.id)
    newest = applications[0] if applications else None
    if newest is not None and not _starts_anew(member, newest, now):
        return _of_application(member, newest, now)
    code = enrolment.default_term(member, now=now)
    if code is None:
        return _journey(None, Facts(), now)
    return _before(member, terms.term_of(member.id, code), now)


def _starts_anew(member: Member, newest: Application, now: datetime) -> bool:
    """A closed application makes way: for leave to apply again (R099), for another open term; one that was passed only for a
    form that waits in another term (R011)."""
    if newest.outcome == "passed":
        return enrolment.form_due(member, now=now) not in (None, newest.term_code)
    if newest.outcome == "failed" and newest.term.application_to > now:
        return payment_queries.permitted_ordinal(member.id, newest.term_code) > newest.ordinal
    over = newest.outcome in ("failed", "lapsed", "invalid") or (newest.term.study_to <= now and newest.outcome is None)
    if not over:
        return False
    return any(t.code != newest.term_code for t in terms.open_terms(now) if _may_enter(member, t))


def _may_enter(member: Member, term: Term) -> bool:
    return register.eligibility(member.tckn_index, programme_code=term.programme.code, kind=term.kind).eligible


def _journey(term: Term | None, facts: Facts, now: datetime) -> Journey:
    step = rules.next_step(facts, now)
    outlook = rules.outlook(facts.enrolled, now) if facts.enrolled else None
    return Journey(term, step, rules.states(step), outlook, facts)


# --- before the application --------------------------------------------------------------------------------------


def _before(member: Member, term: Term, now: datetime) -> Journey:
    ordinal = payment_queries.permitted_ordinal(member.id, term.code)
    paid = payments.entitlement_for(member.id, "application", term.code, ordinal)
    free = exemptions.approved(member.id, term.code)
    asked = exemptions.pending(member.id, term.code)
    waiting = payment_queries.pending(member.id, "application", term.code, str(ordinal))
    held = payment_queries.underpaid(member.id, "application", term.code, str(ordinal))
    decision = register.eligibility(member.tckn_index, programme_code=term.programme.code, kind=term.kind)
    opens = [t for t in (paid.opens_at if paid else None, free.answered_at if free else None) if t is not None]
    entrance = Entrance(
        schedule=(paid.payment.term if paid else term).schedule,
        term_code=term.code,
        refused=decision.code,
        form_opens_at=min(opens, default=None),
        exempt=paid is None and free is not None,
        pending_payment=waiting.code if waiting else None,
        held_payment=held.code if held else None,
        exemption_pending=asked is not None,
    )
    made = _journey(term, Facts(entrance=entrance), now)
    wanted = asked is not None and exemptions.status_of(asked) is ExemptionStatus.MORE_DOCUMENTS
    leave = reapplication.approved_at(member.id, term.code, ordinal)
    return replace(
        made, entitlement=paid, exemption_pending=asked is not None, documents_wanted=wanted, approved_at=leave
    )


# --- with an application -----------------------------------------------------------------------------------------


def _of_application(member: Member, application: Application, now: datetime) -> Journey:
    actor = member.actor()
    trainings = learning.trainings_of(actor, now=now, application_code=application.code)  # none once it is invalid
    training = trainings[0] if trainings else None
    found = exams.overviews(actor, now=now, application_code=application.code)
    held = next((one for one in certificates.held_by(member.id, now=now) if one.id == application.code), None)
    enrolled = Enrolled(
        code=application.code,
        study=application.term.schedule.study,
        attempts=application.term.attempts,
        assigned=_promised(application),
        outcome=application.outcome,
        percent=training.percent if training else 0,
        trained_at=training.completed_at if training else None,
    )
    overview = found[0] if found else None
    if overview is not None:
        enrolled = _with_exams(enrolled, overview)
    if application.outcome == "failed" and now < (until := reapplication.window(application).end):
        code = reapplication.open_request(application.id)
        due = code is not None and reapplications.declaration_due(code)
        enrolled = replace(enrolled, reapply_until=until, reapply_asked=code is not None, declaration_due=due)
    facts = Facts(enrolled=enrolled, held=_held_facts(held) if held else None)
    made = _journey(application.term, facts, now)
    return replace(made, application=application, entitlement=application.entitlement, held=held, overview=overview)


def _promised(application: Application) -> Explained:
    """R064: the date of the training as it was promised, with its steps."""
    return Explained(application.assigned_at, Explained.from_json(application.assigned_why).steps)


def _with_exams(enrolled: Enrolled, overview: Overview) -> Enrolled:
    standing = overview.standing
    right = standing.open_right
    attempt = None
    if right is not None:
        ends_at = right.sitting.ends_at if right.sitting else None
        attempt = Attempt(overview.code_of(right), right.ordinal, right.available, ends_at)
    outcome = enrolled.outcome or (standing.outcome.value if standing.outcome else None)
    return replace(
        enrolled,
        outcome=outcome,
        attempt=attempt,
        taken=sum(exam.right.sitting is not None for exam in overview.finished),
        missed=standing.missed,
        passed=overview.certificate,
    )


def _held_facts(held: HeldCertificate) -> Held:
    return Held(
        id=held.id,
        available=held.available,
        viewable=held.display.current,
        can_renew=held.display.can_renew,
        revoked=held.display.revoked,
    )


# --- the calendar feed -------------------------------------------------------------------------------------------


def feed_of(member_id: int) -> CalendarFeed | None:
    """The member's feed, if they opened one."""
    return db.session.scalar(select(CalendarFeed).where(CalendarFeed.member_id == member_id))


def open_feed(member: Member, *, actor: Actor, now: datetime) -> str:
    """A new secret address; an earlier one ends. The token is told this once and only its hash is kept."""
    token = secrets.token_urlsafe(32)
    _forget_feed(member)
    db.session.add(CalendarFeed(member=member, token_hash=fingerprint(token), created_at=now))
    db.session.flush()
    audit.record(Act.FEED_OPENED, actor=actor, subject=("member", member.code), now=now)
    return token


def end_feed(member: Member, *, actor: Actor, now: datetime) -> None:
    """The address answers nobody any more."""
    if _forget_feed(member):
        audit.record(Act.FEED_ENDED, actor=actor, subject=("member", member.code), now=now)


def _forget_feed(member: Member) -> bool:
    gone = delete(CalendarFeed).where(CalendarFeed.member_id == member.id).returning(CalendarFeed.id)
    return db.session.execute(gone).first() is not None


def feed_owner(token: str) -> Member:
    """Whose dates a secret address tells. Errors: not_found, also for an ended one and a closed account."""
    found = db.session.scalar(select(CalendarFeed).where(CalendarFeed.token_hash == fingerprint(token)))
    if found is None or found.member.disabled_at is not None:
        raise NotFound
    return found.member


def calendar_key(member: Member, journey_now: Journey, code: str) -> str:
    """What names one date for good, so that a moved date moves in the person's calendar instead of standing there twice."""
    subject = (
        journey_now.application.code if journey_now.application else journey_now.term.code if journey_now.term else ""
    )
    ordinal = journey_now.facts.enrolled.taken + 1 if code == "exam" and journey_now.facts.enrolled else ""
    return f"{member.code}/{subject}/{code}/{ordinal}"
