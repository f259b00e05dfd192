"""Whether a body of authored texts is without fault, by the same readers that run it."""

from __future__ import annotations

from lms.core.access import Actor
from lms.core.sources import BrokenSource, Changed, Documents, Fault
from lms.courses import services as courses
from lms.documents import queries as documents
from lms.documents.rules import State
from lms.documents.services import published
from lms.questions import loader as bank
from lms.tariff import loader as tariffs


def faults_of(texts: Documents) -> list[Fault]:
    """Everything that is wrong with tariffs, questions and lessons together."""
    catalogue, faults = tariffs.check(texts)
    _bank, more = bank.check(texts, catalogue)
    faults += more
    if not faults:
        try:
            courses.check(texts)
        except BrokenSource as broken:
            faults += broken.faults
    return sorted(set(faults))


def as_seen_by(actor: Actor, changes: dict[str, bytes | None] | None = None) -> Documents:
    """What is published with what is proposed and this person's drafts over it: what their texts may refer to."""
    own = (row for row in documents.open_ones() if row.state == State.PROPOSED or row.author_code == actor.code)
    drafts = {row.path: None if row.body is None else row.body.encode() for row in own}
    return Changed(published(), {**drafts, **(changes or {})})


def faults_in(path: str, text: str, actor: Actor) -> list[Fault]:
    """What is wrong with one text, and what it would break elsewhere."""
    found = faults_of(as_seen_by(actor, {path: text.encode()}))
    if all(fault.file == path for fault in found):
        return found
    before = {(fault.file, fault.reason) for fault in faults_of(as_seen_by(actor))}
    return [fault for fault in found if fault.file == path or (fault.file, fault.reason) not in before]
