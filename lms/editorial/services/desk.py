"""Writing, proposing and publishing at the desk: each act leaves a row in the audit trail."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import Actor
from lms.core.errors import Conflict
from lms.core.sources import Documents, raise_if_broken
from lms.documents import queries
from lms.documents import services as documents
from lms.documents.models import Publication, Revision
from lms.documents.rules import Kind, State, checked_note, checked_text, kind_of
from lms.editorial.services import builds, checking
from lms.questions import services as questions
from lms.tariff import loader as tariffs


def save(path: str, text: str, *, expected: str, note: str, actor: Actor, now: datetime) -> Revision:
    """Keep a draft, faults and all: nothing that was typed is lost. Errors: those of documents.save."""
    row = documents.save(path, text, expected=expected, note=note, actor=actor, now=now)
    _audit(Act.DOCUMENT_DRAFTED, row, actor, now)
    return row


def propose(code: str, *, actor: Actor, now: datetime) -> Revision:
    """Hand a draft without fault to a second person. Errors: BrokenSource with every fault."""
    row = documents.one(code)
    raise_if_broken(checking.faults_in(row.path, row.body or "", actor))
    row = documents.propose(code, actor=actor, now=now)
    _audit(Act.DOCUMENT_PROPOSED, row, actor, now)
    return row


def take_back(code: str, *, actor: Actor, now: datetime) -> Revision:
    """The author goes on writing."""
    row = documents.take_back(code, actor=actor)
    _audit(Act.DOCUMENT_TAKEN_BACK, row, actor, now)
    return row


def give_back(code: str, *, reason: str, actor: Actor, now: datetime) -> Revision:
    """The second person returns it, and says why."""
    row = documents.give_back(code, reason=reason, actor=actor, now=now)
    _audit(Act.DOCUMENT_GIVEN_BACK, row, actor, now, reason=row.reason)
    return row


def drop(code: str, *, actor: Actor, now: datetime) -> Revision:
    """Give a draft up."""
    row = documents.drop(code, actor=actor, now=now)
    _audit(Act.DOCUMENT_DROPPED, row, actor, now)
    return row


def publish(codes: Collection[str], *, note: str, actor: Actor, now: datetime) -> Publication:
    """A second person makes proposals what everybody reads, all together: the texts, the bank, then the course.

    A code may carry the number of the saving that was read ("K3F9:4"): what was written anew since then is refused
    (documents.moved).

    Errors: BrokenSource (what is published would have a fault: nothing is), documents.own, documents.outrun,
    documents.published_meanwhile, questions.short (a topic could no longer fill the papers).
    """
    seen = dict(code.partition(":")[::2] for code in codes)
    rows = [row for row in queries.by_codes(seen) if row.state == State.PROPOSED]
    if not rows or len(rows) != len(seen) or any(seen[row.code] not in ("", str(row.saves)) for row in rows):
        raise Conflict("documents.moved")
    after = documents.number()
    texts = documents.with_proposals(rows)
    raise_if_broken(checking.faults_of(texts))
    act = documents.publish(rows, note=checked_note(note), after=after, actor=actor, now=now)
    questions.import_bank(texts, actor=actor, now=now)
    builds.ask(act, _effective(rows, texts), now=now)
    data = {"names": [row.path for row in rows], "revisions": [row.code for row in rows], "note": act.note}
    audit.record(Act.DOCUMENTS_PUBLISHED, actor=actor, subject=("publication", act.code), data=data, now=now)
    return act


def _effective(rows: Sequence[Revision], texts: Documents) -> date | None:
    """The last of the days on which the rule texts among these take effect: what is published with them waits for it."""
    catalogue, _faults = tariffs.check(texts)
    names = [row.path.rpartition("/")[2].removesuffix(".yaml") for row in rows if kind_of(row.path) in (Kind.TARIFF, Kind.LAW)]  # fmt: skip
    return max((text.from_day for name in names if (text := catalogue.rule_text(name))), default=None)


@dataclass(frozen=True, slots=True)
class Open:
    """A document as an editor finds it: the draft if there is one, what is published, and the text to go on from."""

    draft: Revision | None
    current: Revision | None

    @property
    def body(self) -> str:
        row = self.draft or self.current
        return (row.body if row else None) or ""

    @property
    def known(self) -> bool:
        return self.draft is not None or self.current is not None


def opened(path: str) -> Open:
    """A document to edit, which need not exist yet."""
    return Open(queries.open_one(path), queries.published(path))


def normalised(text: str) -> str:
    """A text as it would be kept. Errors: those of documents.save."""
    return checked_text(text)


def _audit(act: Act, row: Revision, actor: Actor, now: datetime, **data: str) -> None:
    audit.record(act, actor=actor, subject=("document", row.code), data={"name": row.path, "note": row.note, **data}, now=now)  # fmt: skip
