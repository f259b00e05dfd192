"""Applications: may the form be sent, sending it, its outcome, and what is told about it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import update

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import SYSTEM, Actor
from lms.core.calendar import local, spoken_end
from lms.core.codes import new_code
from lms.core.db import db
from lms.core.errors import Conflict, DomainError, NotFound
from lms.enrolment import queries, rules
from lms.enrolment.loader import reference
from lms.enrolment.models import Application
from lms.enrolment.rules import ACTION_OF, Admission, Answers, Earlier, Outcome, Status
from lms.exemptions.models import ExemptionRequest
from lms.exemptions.services import requests as exemptions
from lms.membership.models import LegalText, Member
from lms.membership.queries import current_text
from lms.membership.services.accounts import accept
from lms.notifications.services import Draft, Recipient, enqueue, enqueue_many
from lms.payments import queries as payment_queries
from lms.payments.models import Entitlement
from lms.payments.services import orders as payments
from lms.register import services as register
from lms.terms import services as terms
from lms.terms.models import Term

TEXTS: Final = ("kvkk_notice", "application_terms", "explicit_consent")
"""The texts of the form, in its order; the last one is optional (R057, R063)."""

RECEIVED: Final = "application_received"
TRAINING_ASSIGNED: Final = "training_assigned"
LAPSED: Final = "lapsed"
EXTENDED: Final = "window_extended"
REMINDER: Final = "form_reminder"


# --- may the form be sent? ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """What one person may do with the form of one term. `refused` says why it is closed."""

    term: Term
    ordinal: int
    entitlement: Entitlement | None = None
    exemption: ExemptionRequest | None = None
    admission: Admission | None = None
    refused: DomainError | None = None

    @property
    def is_open(self) -> bool:
        return self.refused is None


def entry(member: Member, term_code: str, *, now: datetime) -> Entry:
    """R010-R012, R043, R062, R099, R119: whether this person's form of the term is open, by what right, or why not."""
    current = terms.term_of(member.id, term_code)
    earlier = queries.of_term(member.id, term_code)
    permitted = payment_queries.permitted_ordinal(member.id, term_code)
    try:
        ordinal = rules.next_ordinal(
            [Earlier(a.code, a.ordinal, _outcome(a), reapplication_approved=permitted > a.ordinal) for a in earlier]
        )
    except DomainError as error:
        return Entry(current, max(a.ordinal for a in earlier), refused=error)
    return _entry(member, current, ordinal, now)


def _entry(member: Member, current: Term, ordinal: int, now: datetime) -> Entry:
    paid = payments.entitlement_for(member.id, "application", current.code, ordinal)
    free = exemptions.approved(member.id, current.code)
    if paid is not None and paid.consumed_at is not None:
        paid = None
    if (
        paid is not None
        and free is not None
        and free.answered_at is not None
        and free.answered_at < paid.opens_at <= now
    ):
        free = None  # what was paid for is used first: it never comes back (R021)
    if free is not None and free.answered_at is not None and (paid is None or paid.opens_at > now):
        admission, row = Admission(free.answered_at, exempt=True), free.term
        paid = None
    elif paid is not None:
        admission, row, free = Admission(paid.opens_at), paid.payment.term, None
    else:
        admission, row, free = None, current, None
    term = row if row.schedule.application.contains(now) else current
    refused: DomainError | None = None
    try:
        programme = term.programme.code
        register.check_eligible(member.tckn_index, programme_code=programme, kind=term.kind, declared=True)
        rules.check_form(term.schedule, admission, now)
    except DomainError as error:
        refused = error
    return Entry(term, ordinal, entitlement=paid, exemption=free, admission=admission, refused=refused)


def form_due(member: Member, *, now: datetime) -> str | None:
    """R011, R119: a term that is paid for, or exempt in, and whose form is not sent and can be: the right is lost without it."""
    for unused in queries.unused_entitlements(member.id):
        held = (
            unused.payment.term,
            terms.term_of(member.id, unused.term_code),
        )  # the second: longer for who was hit (R127)
        if max(term.application_to for term in held) > now:  # an older one is lost and bars nothing
            return unused.term_code
    sent = {application.term_code for application in queries.of_member(member.id)}
    unsent = (term.code for term in terms.open_to(member.id, now) if term.code not in sent)
    return next((code for code in unsent if exemptions.approved(member.id, code) is not None), None)


def default_term(member: Member, *, now: datetime) -> str | None:
    """The term whose form this person most likely means: paid for, exempt in, else the first one that is open."""
    due = form_due(member, now=now)
    if due is not None:
        return due
    listed = terms.open_to(member.id, now) or terms.announced_terms(now)
    for term in listed:
        if exemptions.approved(member.id, term.code) is not None:
            return term.code
    for term in listed:
        if register.eligibility(member.tckn_index, programme_code=term.programme.code, kind=term.kind).eligible:
            return term.code
    return listed[0].code if listed else None


def texts(term: Term, language: str) -> Mapping[str, LegalText]:
    """The texts of the form as they stand now."""
    found = {kind: current_text(kind, term.programme.code, language) for kind in TEXTS}
    missing = [kind for kind, text in found.items() if text is None]
    if missing:
        raise LookupError(f"legal texts are not imported: {', '.join(missing)}")
    return {kind: text for kind, text in found.items() if text is not None}


def check(answers: Answers) -> rules.Form:
    """R049-R057: the answers as they would be stored, or FieldErrors."""
    lists = reference()
    return rules.check_answers(answers, districts=lists.districts, institutions=lists.institutions)


# --- sending it --------------------------------------------------------------------------------------------------


def submit(
    answers: Answers,
    *,
    term_code: str,
    actor: Actor,
    now: datetime,
    language: str = "tr",
    shown: Collection[int] | None = None,
) -> Application:
    """R058: the application comes into being now; the 24 hours of R064 start. Each one keeps its own snapshot (R047, R125).

    `shown`: ids of the legal texts that the page showed; another version meanwhile is refused, so that nobody agrees to
    what they did not read. A second click finds the first one's application ("application.exists" with its id).
    """
    queries.lock_member(actor.member_id)
    member = db.session.get_one(Member, actor.member_id)
    here = entry(member, term_code, now=now)
    if here.refused is not None:
        raise here.refused
    form = check(answers)
    asked = texts(here.term, language)
    if shown is not None and {t.id for t in asked.values()} != set(shown):
        raise Conflict("application.changed")
    application = _create(member, here, form, now)
    if here.entitlement is not None:
        payments.consume(here.entitlement, by=f"application:{application.code}", now=now)
    for kind, text in asked.items():
        given = form.explicit_consent if kind == "explicit_consent" else True
        accept(member, text, given=given, subject=("application", application.code), now=now, ip=actor.ip)
    data = {"number": application.number, "term": application.term_code, "ordinal": application.ordinal}
    audit.record(Act.APPLICATION_SUBMITTED, actor=actor, subject=("application", application.code), data=data, now=now)
    params = _params(application) | {"ordinal": application.ordinal, "submitted_at": local(now).isoformat()}
    enqueue(
        RECEIVED, to=recipient(application), params=params, dedupe=f"application-received:{application.code}", now=now
    )
    return application


def _create(member: Member, here: Entry, form: rules.Form, now: datetime) -> Application:
    term = here.term
    explained = rules.training_assignment(now, term.schedule, terms.calendar())
    assigned_at, why = rules.frozen_assignment(term.schedule, now, explained)
    code = new_code()
    application = Application(
        code=code,
        number=code,
        member_id=member.id,
        term_id=term.id,
        term_code=term.code,
        ordinal=here.ordinal,
        entitlement_id=here.entitlement.id if here.entitlement else None,
        exemption_id=here.exemption.id if here.exemption else None,
        submitted_at=now,
        first_name=member.first_name,
        last_name=member.last_name,
        email=member.email,
        phone=form.phone,
        province=form.province,
        district=form.district,
        applicant_type=form.applicant_type.value,
        institution=form.institution,
        education=form.education.value,
        assigned_at=assigned_at,
        assigned_why=why,
    )
    db.session.add(application)
    db.session.flush()
    application.number = f"{term.programme.number_prefix}-{local(now).year}-{application.id:06d}"
    db.session.flush()
    db.session.refresh(application)
    return application


# --- reading -----------------------------------------------------------------------------------------------------


def own_application(actor: Actor, code: str) -> Application:
    """The person's own application; anybody else's does not exist."""
    found = queries.by_code(code)
    if found is None or found.member_id != actor.id:
        raise NotFound
    return found


def applications_of(member_id: int) -> Sequence[Application]:
    """R061: newest first."""
    return queries.of_member(member_id)


def status_of(application: Application, *, trained_at: datetime | None, now: datetime) -> Status:
    """R012, R013: right at `now`, whatever jobs have run. `trained_at`: when the training was complete (learning)."""
    return rules.status(
        _outcome(application),
        assigned_at=application.assigned_at,
        study_end=application.term.study_to,
        trained_at=trained_at,
        now=now,
    )


def recipient(application: Application) -> Recipient:
    """Whom to tell about this application: the contact data of its form; SMS where a mobile was given there (R053)."""
    member = application.member
    return Recipient(email=application.email, phone=application.phone, language=member.language, code=member.code)


def _outcome(application: Application) -> Outcome | None:
    return Outcome(application.outcome) if application.outcome else None


def correct_name(member: Member, *, certified: Collection[int]) -> int:
    """R055: staff put a name right: what is still on its way, or passed and not `certified` yet, will print it; how many.

    What ended otherwise keeps what was sent (R125).
    """
    changed = db.session.execute(
        update(Application)
        .where(
            Application.member_id == member.id,
            Application.outcome.is_(None) | (Application.outcome == "passed"),
            Application.id.not_in(certified),
        )
        .values(first_name=member.first_name, last_name=member.last_name)
        .returning(Application.id)
    )
    return len(changed.all())


def move_contact(member: Member) -> None:
    """R126: the account was handed to its owner: nothing about its applications goes any more to who had opened it."""
    db.session.execute(
        update(Application).where(Application.member_id == member.id).values(email=member.email, phone=member.phone)
    )


# --- its end -----------------------------------------------------------------------------------------------------


def realign(application: Application, outcome: str | None, *, at: datetime | None, now: datetime, actor: Actor) -> None:
    """R025, R098, R127: told from above that an annulled exam or a longer window gave it another end, or none yet."""
    before = _outcome(application)
    if before == outcome or before is Outcome.INVALID:
        return
    if before is not None:
        rules.after(before, rules.Action.FORFEIT if before is Outcome.PASSED else rules.Action.REOPEN)
        _move(application, before, None, None)
        audit.record(Act.APPLICATION_REOPENED, actor=actor, subject=("application", application.code), now=now)
    if outcome is not None and at is not None:
        close(application, outcome, at=at, now=now, actor=actor)


def prolong(ids: Collection[int], *, held: Term, longer: Term, actor: Actor, now: datetime) -> int:
    """R127: applications that hold one version of a term hold a longer one from now on; how many. Where the study window
    is longer, their holders are told.

    Those that the old end had closed are open again (R013), and each has its row in the trail. A fixed number of statements.
    """
    moved = queries.move_term(ids, held.id, longer.id)
    studies = longer.study_to > held.study_to
    reopened = queries.reopen_lapsed(moved) if studies else ()
    found = queries.by_ids(moved)
    data = {"until": longer.study_to.isoformat(), "form_until": longer.application_to.isoformat()}
    audit.record_many(
        Act.WINDOW_EXTENDED, actor=actor, now=now,
        subjects=[(("application", a.code), {**data, "reopened": a.id in reopened}) for a in found],
    )  # fmt: skip
    drafts = [
        Draft(
            recipient(a),
            f"window-extended:{a.code}:{longer.version}",
            {**_params(a), "reopened": a.id in reopened},
        )
        for a in found
        if studies
    ]
    enqueue_many(EXTENDED, drafts, now=now)
    return len(found)


def close(application: Application, outcome: str, *, at: datetime, now: datetime, actor: Actor = SYSTEM) -> None:
    """R012, R094, R098: told from above how it ended; `at` is the instant of the cause. The same end twice is one end."""
    before = _outcome(application)
    if before == outcome:
        return
    if _move(application, before, rules.after(before, ACTION_OF[Outcome(outcome)]), at):
        _record_end(application, actor, now)


def _move(application: Application, before: Outcome | None, after: Outcome | None, at: datetime | None) -> bool:
    """Whether it was this call that changed the outcome; somebody else's same change is fine, another one is refused."""
    changed = db.session.execute(
        update(Application)
        .where(Application.id == application.id, Application.outcome == before)
        .values(outcome=after, outcome_at=at)
        .returning(Application.id)
        .execution_options(synchronize_session=False)
    ).all()
    db.session.refresh(application)
    if not changed and application.outcome != after:
        raise Conflict("application.transition", outcome=application.outcome or "open", action=after or "open")
    return bool(changed)


def lapse(applications: Iterable[Application], *, now: datetime) -> int:
    """R013, R096: close what the end of its study window closed; each at its own window's end, however late this runs."""
    rows = [a for a in applications if a.outcome is None and a.term.study_to <= now]
    if not rows:
        return 0
    claimed: list[int] = []
    for study_to in {a.term.study_to for a in rows}:
        ids = [a.id for a in rows if a.term.study_to == study_to]
        claimed += queries.claim_lapse(ids, study_to)
    lapsed = queries.by_ids(claimed)
    for application in lapsed:
        _record_end(application, SYSTEM, now)
    drafts = [
        Draft(
            recipient(a), f"lapsed:{a.code}", _params(a) | {"ended_at": local(spoken_end(a.term.study_to)).isoformat()}
        )
        for a in lapsed
    ]
    enqueue_many(LAPSED, drafts, now=now)
    return len(lapsed)


def _record_end(application: Application, actor: Actor, now: datetime) -> None:
    data = {"outcome": application.outcome}
    audit.record(Act.APPLICATION_CLOSED, actor=actor, subject=("application", application.code), data=data, now=now)


# --- what jobs tell ----------------------------------------------------------------------------------------------


def announce(*, now: datetime) -> int:
    """R064, R065: tell whose training has opened. Access does not hang on it."""
    opened = queries.to_announce(now)
    drafts = [Draft(recipient(a), f"training-assigned:{a.code}", _params(a)) for a in opened]
    enqueue_many(TRAINING_ASSIGNED, drafts, now=now, channels=("mail", "sms"))
    return len(opened)


def remind(*, now: datetime) -> int:
    """R011: the form is open, by payment or exemption, and not sent: 7 days, 2 days and 3 hours before it closes."""
    drafts = []
    for unsent in queries.to_remind(now):
        term, member = unsent.term, unsent.member
        to = Recipient(email=member.email, phone=member.phone, language=member.language, code=member.code)
        params = {
            "name": member.first_name,
            "term": term.name(member.language),
            "programme": term.programme.name(member.language),
            "closes_at": local(spoken_end(unsent.closes_at)).isoformat(),
            "opens_at": local(unsent.opens_at).isoformat(),
            "exempt": unsent.exempt,
        }
        drafts.append(Draft(to, f"form-reminder:{unsent.key}:{unsent.reminder}", params))
    return enqueue_many(REMINDER, drafts, now=now, channels=("mail", "sms"))


def _params(application: Application) -> dict[str, object]:
    language = application.member.language
    return {
        "name": application.first_name,
        "number": application.number,
        "code": application.code,
        "term": application.term.name(language),
        "programme": application.term.programme.name(language),
        "assigned_at": local(application.assigned_at).isoformat(),
        "why": application.assigned_why["steps"],
        "study_to": local(spoken_end(application.term.study_to)).isoformat(),
    }
