"""R127: what a change of a term or of the calendar does to people, told before it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from lms.core.access import Actor
from lms.core.calendar import Calendar, Holiday, Window, instant, local_date
from lms.core.errors import Conflict, DomainError
from lms.membership.services.accounts import recipient
from lms.notifications.services import Draft, enqueue_many
from lms.planning import queries, rules
from lms.planning.formats import Line
from lms.planning.queries import Standing
from lms.planning.rules import Dates, Moved, Shift
from lms.terms import queries as term_queries
from lms.terms import services as terms
from lms.terms.loader import schedule_of
from lms.terms.models import Programme, Term
from lms.terms.rules import PARAMETERS, Schedule, check_override, last_instant

ENTERING: Final = ("paid", "exempt", "asking")
"""Groups whose last day to send the form a new version may prolong."""


@dataclass(frozen=True, slots=True)
class Person:
    """One of a group: before when the form may be sent, as it stands and as it would be."""

    standing: Standing
    before: datetime
    after: datetime


@dataclass(frozen=True, slots=True)
class Group:
    """People who stand in the term in one way: for how many the last day moves, for how many nothing changes."""

    name: str
    moved: int
    kept: int
    sample: Sequence[Person]

    @property
    def count(self) -> int:
        return self.moved + self.kept


@dataclass(frozen=True, slots=True)
class Preview:
    """What the next version would change. `token` binds a confirmation to what was shown."""

    changes: Mapping[str, tuple[Any, Any]]
    groups: Sequence[Group]
    newcomers: Sequence[Moved]
    beside: Sequence[Term]
    token: str

    @property
    def longer_study(self) -> bool:
        """Whether the study window ends later than before: for who has applied already it does not."""
        before, after = self.changes.get("study_to", (0, 0))
        return bool(after > before)


def preview(term: Term, parameters: Mapping[str, Any], *, now: datetime) -> Preview:
    """Everything computed from rows. Errors: those of terms.check_parameters."""
    terms.check_parameters(parameters, before=term, now=now)
    after = schedule_of(parameters)
    windows = {one.id: one.schedule.application for one in term_queries.versions(term.code)}
    current = term.schedule
    groups = [_group(name, term.code, windows, current.application, after.application) for name in queries.GROUPS]
    before = term.parameters
    beside = _beside(term.code, term.programme_id, parameters)
    return Preview(
        changes={name: (before[name], parameters[name]) for name in PARAMETERS if before[name] != parameters[name]},
        groups=[group for group in groups if group.count],
        newcomers=rules.for_newcomers(current, after, terms.calendar(), now),
        beside=beside,
        token=_token(str(term.version), parameters, beside),
    )


@dataclass(frozen=True, slots=True)
class Opening:
    """What a new term would be. `beside`: terms of its programme and kind that take applications at the same time."""

    schedule: Schedule
    dates: Dates
    beside: Sequence[Term]
    token: str


def opening(programme: Programme, code: str, parameters: Mapping[str, Any], *, now: datetime) -> Opening:
    """R007: everything that follows from a new term's parameters; nothing is written. Errors: those of terms.check_new."""
    terms.check_new(code, parameters, now=now)
    schedule, beside = schedule_of(parameters), _beside(code, programme.id, parameters)
    found = rules.dates_of(schedule, terms.calendar())
    return Opening(schedule, found, beside, _token(f"{programme.code}/{code}", parameters, beside))


def _beside(code: str, programme_id: int, parameters: Mapping[str, Any]) -> Sequence[Term]:
    return term_queries.beside(code, programme_id, parameters["kind"], schedule_of(parameters).application)


def _token(of: str, parameters: Mapping[str, Any], beside: Sequence[Term]) -> str:
    """What a preview was made from, and the other terms it named."""
    text = "|".join(f"{name}={parameters[name]}" for name in PARAMETERS)
    others = ",".join(f"{term.code}:{term.version}" for term in beside)
    return sha256(f"{of}|{text}|{others}".encode()).hexdigest()[:20]


def _group(name: str, code: str, windows: Mapping[int, Window], current: Window, after: Window) -> Group:
    held = queries.counted(name, code)
    if name in ENTERING:
        moved, kept = rules.moved_ends(held, windows, current, after)
    else:
        moved, kept = 0, sum(held.values())
    people = queries.sample(name, code) if held else []
    return Group(name, moved, kept, [_person(name, one, current, after) for one in people])


def _person(name: str, one: Standing, current: Window, after: Window) -> Person:
    promised = one.term.schedule
    if name == "applied":
        return Person(one, promised.study.end, promised.study.end)
    if name not in ENTERING:
        return Person(one, promised.application.end, promised.application.end)
    return Person(one, last_instant(promised.application, current), last_instant(promised.application, after))


def change(
    term: Term, parameters: Mapping[str, Any], *, seen: int, reason: str, actor: Actor, now: datetime
) -> tuple[Term, int]:
    """R127: the next version; whoever has paid or is exempt and may send the form longer because of it is told; how many."""
    before = term.application_to
    stored = terms.change_term(term.code, parameters, seen=seen, reason=reason, actor=actor, now=now)
    if stored.application_to <= before:
        return stored, 0
    told = sum(_tell_gaining(group, stored, now) for group in ("paid", "exempt"))
    return stored, told


def _tell_gaining(group: str, stored: Term, now: datetime) -> int:
    drafts = [
        Draft(
            recipient(member),
            f"form-longer:{stored.code}:{stored.version}:{member.code}",
            {
                "name": member.first_name, "term": stored.name(member.language), "exempt": group == "exempt",
                "closes_at": stored.application_to.isoformat(),
            },
        )
        for member in queries.gaining(group, stored.code, stored.application_to)
    ]  # fmt: skip
    return enqueue_many("form_longer", drafts, now=now)


# --- the calendar ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TermEffect:
    """What changed days mean for whoever comes into these terms from now on. `waiting`: who stands before a form already."""

    terms: Sequence[Term]
    shifts: Sequence[Shift]
    safe_days: Sequence[Moved]
    waiting: int


@dataclass(frozen=True, slots=True)
class CalendarPreview:
    """What days unlike the public calendar change, and how many dates near them are promised and stay."""

    terms: Sequence[TermEffect]
    promised: int
    token: str


def calendar_preview(days: Mapping[date, Holiday | None], *, now: datetime) -> CalendarPreview:
    """R064, R127: computed with the calendar as it stands and as it would be; a day without an entry is taken back."""
    before = terms.calendar()
    entries = {**before.overrides, **days}
    after = Calendar(before.holidays, {day: entry for day, entry in entries.items() if entry is not None})
    alike: dict[tuple[Sequence[Shift], Sequence[Moved]], list[Term]] = {}
    for term in terms.announced_terms(now):
        moved = rules.shifts(term.schedule, before, after, days, local_date(now))
        safe = rules.moved_safe_days(term.schedule, before, after) if now < term.application_to else ()
        if moved or safe:
            alike.setdefault((moved, safe), []).append(term)
    found = [TermEffect(held, *what, _waiting(held)) for what, held in alike.items()]
    first = instant(min(days))
    promised = queries.promised_near(max(first, now), instant(max(days) + timedelta(days=rules.LOOK_BACK)))
    text = "|".join(f"{day}={entry.kind}:{entry.name}" if entry else f"{day}=" for day, entry in sorted(days.items()))
    return CalendarPreview(found, promised, sha256(text.encode()).hexdigest()[:20])


def _waiting(held: Sequence[Term]) -> int:
    """Paid, exempt or waiting for an answer, and no form yet."""
    return sum(sum(queries.counted(name, term.code).values()) for term in held for name in ENTERING)


def enter_days(days: Mapping[date, Holiday], reason: str, *, actor: Actor, now: datetime) -> int:
    """Every day of a list that can be entered; how many were. A day taken meanwhile is left as it is. Errors: term.reason."""
    entered = 0
    for day, entry in sorted(days.items()):
        try:
            terms.add_override(day, entry.kind, entry.name, reason, actor=actor, now=now)
        except Conflict:
            continue
        entered += 1
    return entered


def checked_lines(lines: Sequence[Line], *, now: datetime) -> tuple[list[Line], dict[date, Holiday]]:
    """Each line with what speaks against it, and the days of the good ones."""
    taken = terms.calendar().overrides
    good: dict[date, Holiday] = {}
    told = []
    for line in lines:
        error = line.error or _refusal(line, taken.keys() | good.keys(), now)
        told.append(replace(line, error=error))
        if not error and line.day is not None:
            good[line.day] = Holiday(line.name, line.kind)
    return told, good


def _refusal(line: Line, taken: Set[date], now: datetime) -> str:
    assert line.day is not None  # noqa: S101 - a line without a day carries its error
    try:
        check_override(line.day, line.name, taken=line.day in taken, today=local_date(now))
    except DomainError as error:
        return error.code
    return ""
