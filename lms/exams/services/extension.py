"""R127: the end of training and exams is moved later, for everybody in a term or for those whom something hit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import Actor
from lms.core.calendar import Window
from lms.core.db import db
from lms.core.errors import Conflict, Invalid
from lms.enrolment import services as enrolment
from lms.enrolment.models import Application
from lms.exams.queries import extension as queries
from lms.exams.rules import extension as rules
from lms.exams.rules.extension import Scope
from lms.terms import services as terms
from lms.terms.models import Term

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a staff member asks for. ``study_to`` is the new end; the rest says for whom."""

    study_to: datetime
    scope: Scope
    numbers: str = ""
    lost: Window | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Whom it would reach. ``unknown``: numbers of the list that are none of those; ``token`` binds the confirmation."""

    ids: Sequence[int]
    reopened: int
    sample: Sequence[Application]
    unknown: Sequence[str]
    token: str


def plan(code: str, wanted: Wanted, *, now: datetime) -> Plan:
    """Nothing is written. Errors: extension.past, extension.nobody, extension.no_numbers, extension.outage."""
    terms.current_term(code)
    if wanted.study_to <= now:
        raise Invalid("extension.past")
    ids, unknown = _reached(code, wanted)
    if not ids:
        raise Invalid("extension.nobody")
    found = queries.by_ids(ids[:SHOWN])
    text = f"{wanted.study_to.isoformat()}|{','.join(map(str, ids))}"
    lapsed = sum(a.outcome == "lapsed" for a in queries.by_ids(ids))
    return Plan(ids, lapsed, found, unknown, sha256(text.encode()).hexdigest()[:20])


def _reached(code: str, wanted: Wanted) -> tuple[Sequence[int], Sequence[str]]:
    possible = queries.held_until(code, wanted.study_to)
    if wanted.scope is Scope.ALL:
        return possible, ()
    if wanted.scope is Scope.OUTAGE:
        if wanted.lost is None:
            raise Invalid("extension.outage")
        return queries.hit(possible, wanted.lost), ()
    numbers = rules.numbers(wanted.numbers)
    known = queries.numbered(code, numbers)
    reached = set(possible)
    ids = [known[number] for number in numbers if known.get(number) in reached]
    return ids, [number for number in numbers if known.get(number) not in reached]


def extend(code: str, wanted: Wanted, *, reason: str, token: str, actor: Actor, now: datetime) -> int:
    """R127: each version that somebody reached holds gets a longer twin, and its holders move to it; how many.

    For everybody in the term newcomers get the longer window too: the term's next version. `token` is that of the plan
    shown; if somebody else was faster or entered meanwhile: extension.changed.
    """
    reason = terms.checked_reason(reason)
    current = terms.current_term(code)
    db.session.refresh(current, with_for_update={"of": Term})  # one extension after the other
    found = plan(code, wanted, now=now)
    if found.token != token:
        raise Conflict("extension.changed")
    if wanted.scope is Scope.ALL and current.study_to < wanted.study_to:
        parameters = {**current.parameters, "study_to": wanted.study_to}
        terms.change_term(code, parameters, seen=current.version, reason=reason, actor=actor, now=now)
    done = 0
    for term_id, ids in queries.by_term(found.ids).items():
        held = db.session.get_one(Term, term_id)
        longer = terms.longer(held, wanted.study_to, now=now)
        done += enrolment.prolong(ids, held=held, longer=longer, actor=actor, now=now)
    audit.record(
        Act.WINDOW_EXTENDED, actor=actor, subject=("term", code), now=now,
        data={"until": wanted.study_to.isoformat(), "scope": wanted.scope.value, "persons": done, "reason": reason},
    )  # fmt: skip
    return done
