"""R127: what a change of a term or of the calendar does to people, told before it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from lms.core.calendar import Window
from lms.planning import queries, rules
from lms.planning.queries import Standing
from lms.planning.rules import Moved
from lms.terms import services as terms
from lms.terms.loader import schedule_of
from lms.terms.models import Term
from lms.terms.queries import versions
from lms.terms.rules import PARAMETERS, last_instant

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
    token: str


def preview(term: Term, parameters: Mapping[str, Any], *, now: datetime) -> Preview:
    """Everything computed from rows. Errors: those of terms.check_parameters."""
    terms.check_parameters(parameters, before=term, now=now)
    after = schedule_of(parameters)
    windows = {one.id: one.schedule.application for one in versions(term.code)}
    current = term.schedule
    groups = [_group(name, term.code, windows, current.application, after.application) for name in queries.GROUPS]
    before = term.parameters
    return Preview(
        changes={name: (before[name], parameters[name]) for name in PARAMETERS if before[name] != parameters[name]},
        groups=[group for group in groups if group.count],
        newcomers=rules.for_newcomers(current, after, terms.calendar(), now),
        token=token(term.version, parameters),
    )


def token(version: int, parameters: Mapping[str, Any]) -> str:
    """What a preview was made from."""
    text = "|".join(f"{name}={parameters[name]}" for name in PARAMETERS)
    return sha256(f"{version}|{text}".encode()).hexdigest()[:20]


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
