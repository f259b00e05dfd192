"""Questions from and to other programs at the desk: a foreign file becomes a draft, the published bank a file."""

from __future__ import annotations

from datetime import datetime

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import Actor
from lms.core.sources import Documents, raise_if_broken
from lms.documents import services as documents
from lms.editorial.services import checking, desk
from lms.questions import loader as bank
from lms.questions.formats import bank as between
from lms.questions.formats.bank import Defaults, Taken
from lms.questions.formats.files import READERS, write
from lms.questions.formats.item import Exchange
from lms.tariff import loader as tariffs


def take(
    data: bytes, name: str, kind: str, *, programme: str, defaults: Defaults, note: str, actor: Actor, now: datetime
) -> Taken:
    """Put the questions of a file at the end of this person's draft of a topic; what was left out is told.

    Errors: BrokenSource (a broken or hostile file, or a question with a fault: nothing of it is taken), those of documents.save.
    """
    reading = READERS[kind](data, name)
    path = f"question_bank/{programme}/{defaults.topic}.yaml"
    expected = documents.seen(path)
    texts = checking.as_seen_by(actor)
    known = {question.code: question for question in _bank(texts).questions}
    taken = between.take(reading, texts, known, programme, defaults)
    if taken.new:
        text = taken.documents[path].decode()
        raise_if_broken(checking.faults_in(path, text, actor))
        desk.save(path, text, expected=expected, note=note, actor=actor, now=now)
    return taken


def give(kind: str, *, programme: str, topic: str | None, actor: Actor, now: datetime) -> tuple[bytes, Exchange]:
    """The published questions of a programme or a topic as a file, keys and all; the audit trail says to whom."""
    found = documents.derived(_bank).questions
    chosen = (one for one in found if one.programme == programme and topic in (None, one.topic))
    body, said = write(chosen, kind)
    data = {"questions": len(said.items), "format": kind, "topic": topic or ""}
    audit.record(Act.DOCUMENTS_EXPORTED, actor=actor, subject=("publication", "questions"), data=data, now=now)
    return body, said


def _bank(texts: Documents) -> bank.Bank:
    catalogue, _faults = tariffs.check(texts)
    found, _more = bank.check(texts, catalogue)
    return found
