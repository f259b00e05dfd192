"""R127: windows are moved later, for everybody in a term or for those whom something hit: that of payment and form, that of
training and exams, or both."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import Actor
from lms.core.calendar import Window, spoken_end
from lms.core.config import vault
from lms.core.db import db
from lms.core.errors import Conflict, Invalid
from lms.enrolment import services as enrolment
from lms.enrolment.models import Application
from lms.exams.queries import extension as queries
from lms.exams.rules import extension as rules
from lms.exams.rules.extension import Scope
from lms.exemptions.services import requests as exemptions
from lms.membership.models import Member
from lms.membership.services.accounts import recipient
from lms.notifications.services import Draft, enqueue_many
from lms.payments import queries as payments
from lms.terms import services as terms
from lms.terms.models import Term

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a staff member asks for: a new end of the study window, of that for payment and form, or both; and for whom."""

    study_to: datetime | None
    scope: Scope
    numbers: str = ""
    lost: Window | None = None
    application_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Whom it would reach: applications (the study window) and people (payment and form). ``unknown``: what of the list is
    none of those; ``token`` binds the confirmation."""

    ids: Sequence[int]
    people: Sequence[int]
    reopened: int
    sample: Sequence[Application]
    shown: Sequence[Member]
    unknown: Sequence[str]
    token: str


def plan(code: str, wanted: Wanted, *, now: datetime) -> Plan:
    """Nothing is written. Errors: extension.no_day, past, form_past, nobody, no_numbers, outage, form_not_later."""
    current = terms.current_term(code)
    if wanted.study_to is None and wanted.application_to is None:
        raise Invalid("extension.no_day")
    if wanted.study_to is not None and wanted.study_to <= now:
        raise Invalid("extension.past")
    if wanted.application_to is not None and wanted.application_to <= now:
        raise Invalid("extension.form_past")
    if wanted.application_to is not None and wanted.application_to <= current.application_to:
        raise Invalid("extension.form_not_later", until=spoken_end(current.application_to))
    ends = terms.later(current, study_to=wanted.study_to, application_to=wanted.application_to)
    terms.check_sense({**current.parameters, **ends})
    possible = queries.held_until(code, wanted.study_to) if wanted.study_to else {}
    ids, people, unknown = _reached(code, wanted, list(possible))
    if not ids and not people and not (wanted.scope is Scope.ALL and wanted.application_to):
        raise Invalid("extension.nobody")
    lapsed = sum(possible[key] for key in ids)
    text = f"{wanted.study_to}|{wanted.application_to}|{','.join(map(str, ids))}|{','.join(map(str, people))}"
    token = sha256(text.encode()).hexdigest()[:20]
    sample, shown = queries.by_ids(ids[:SHOWN]), queries.members(people[:SHOWN])
    return Plan(ids, people, lapsed, sample, shown, unknown, token)


def _reached(code: str, wanted: Wanted, possible: Sequence[int]) -> tuple[list[int], list[int], Sequence[str]]:
    if wanted.scope is Scope.LISTED:
        return _listed(code, wanted, possible)
    if wanted.scope is Scope.OUTAGE and wanted.lost is None:
        raise Invalid("extension.outage")
    people = sorted(queries.without_form(code, wanted.lost)) if wanted.application_to else []
    ids = queries.hit(possible, wanted.lost) if wanted.lost is not None else list(possible)
    return ids, people, ()


def _listed(code: str, wanted: Wanted, possible: Sequence[int]) -> tuple[list[int], list[int], Sequence[str]]:
    """Application numbers reach the study window, identity numbers that of payment and form."""
    numbers = rules.numbers(wanted.numbers)
    known, reached = queries.numbered(code, numbers), set(possible)
    ids = [known[number] for number in numbers if known.get(number) in reached]
    indexes = {number: vault().index(number) for number in numbers if rules.is_tckn(number)}
    accounts = queries.candidates(indexes.values()) if wanted.application_to else {}
    people = sorted(accounts.values())
    found = {number for number, index in indexes.items() if index in accounts}
    left = [number for number in numbers if number not in found and known.get(number) not in reached]
    return ids, people, [rules.shown(number) for number in left]


def extend(code: str, wanted: Wanted, *, reason: str, token: str, actor: Actor, now: datetime) -> int:
    """R127: each version that somebody reached holds gets a longer twin, and its holders move to it; how many people and
    applications.

    For everybody in the term newcomers get the longer windows too: the term's next version. `token` is that of the plan
    shown; if somebody else was faster or entered meanwhile: extension.changed.
    """
    reason = terms.checked_reason(reason)
    current = terms.current_term(code)
    db.session.refresh(current, with_for_update={"of": Term, "key_share": True})  # one extension after the other
    found = plan(code, wanted, now=now)
    if found.token != token:
        raise Conflict("extension.changed")
    twins: dict[int, Term] = {}
    if wanted.scope is Scope.ALL:
        ends = terms.later(current, study_to=wanted.study_to, application_to=wanted.application_to)
        if ends and (wanted.application_to or now < current.study_to):  # a term that is over has no newcomers
            twins[current.id] = terms.change_term(
                code, {**current.parameters, **ends}, seen=current.version, reason=reason, actor=actor, now=now
            )
        _move_rights(code, wanted, twins, now)
    elif found.people:
        longer = _twin(current, wanted, twins, now)
        for some in queries.parts(found.people):
            terms.give(some, longer)
    done = _move_applications(found.ids, wanted, twins, actor=actor, now=now)
    _tell(found.people, code, wanted, now)
    audit.record(
        Act.WINDOW_EXTENDED, actor=actor, subject=("term", code), now=now,
        data={
            **{name: end.isoformat() for name, end in (("until", wanted.study_to), ("form_until", wanted.application_to)) if end},
            "scope": wanted.scope.value, "persons": done + len(found.people), "reason": reason,
            "versions": sorted(one.version for one in twins.values()),
        },
    )  # fmt: skip
    return done + len(found.people)


def _move_rights(code: str, wanted: Wanted, twins: dict[int, Term], now: datetime) -> None:
    """What was paid or granted for a form that is not sent yet holds longer twins from now on."""
    for held in queries.held_terms(code):
        if terms.later(held, study_to=wanted.study_to, application_to=wanted.application_to):
            longer = _twin(held, wanted, twins, now)
            terms.prolong(held, longer)
            payments.prolong(held.id, longer.id)
            exemptions.prolong(held, longer)


def _twin(held: Term, wanted: Wanted, twins: dict[int, Term], now: datetime) -> Term:
    """The longer row of a version: one for all who hold it."""
    if held.id not in twins:
        twins[held.id] = terms.longer(held, study_to=wanted.study_to, application_to=wanted.application_to, now=now)
    return twins[held.id]


def _move_applications(
    ids: Sequence[int], wanted: Wanted, twins: dict[int, Term], *, actor: Actor, now: datetime
) -> int:
    done = 0
    for term_id, mine in queries.by_term(ids).items():
        held = db.session.get_one(Term, term_id)
        longer = _twin(held, wanted, twins, now)
        for some in queries.parts(mine):
            done += enrolment.prolong(some, held=held, longer=longer, actor=actor, now=now)
    return done


def _tell(people: Sequence[int], code: str, wanted: Wanted, now: datetime) -> None:
    if wanted.application_to is None:
        return
    term = terms.current_term(code)
    until = wanted.application_to.isoformat()
    for some in queries.parts(people):
        drafts = [
            Draft(
                recipient(member),
                f"form-extended:{code}:{until}:{member.code}",
                {"name": member.first_name, "term": term.name(member.language), "until": until},
            )
            for member in queries.members(some)
        ]
        enqueue_many("form_extended", drafts, now=now)
