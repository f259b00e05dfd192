"""Files taken in and written back, with what follows for the course and the bank."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import Actor
from lms.core.config import ROOT
from lms.core.db import release
from lms.core.errors import Conflict
from lms.core.sources import Folder, raise_if_broken
from lms.courses import services as courses
from lms.documents import services as documents
from lms.documents.services import Intake, Written
from lms.editorial.services import checking
from lms.questions import services as questions
from lms.questions.services import Imported

if TYPE_CHECKING:
    from lms.courses.build.pipeline import Built, Progress

BUILT = ROOT / "var" / "content"


@dataclass(frozen=True, slots=True)
class Prepared:
    """Files compared with what is published, checked and built: slow, and before any transaction."""

    intake: Intake
    built: dict[str, list[Built]]


@dataclass(frozen=True, slots=True)
class Taken:
    """What taking files in changed."""

    intake: Intake
    releases: int
    questions: Imported


def prepare(*, over: bool = False, progress: Progress | None = None) -> Prepared:
    """The files of this installation, ready to be taken in. Errors: BrokenSource (nothing of it is applied), documents.conflict."""
    intake = documents.intake(Folder(ROOT), over=over)
    release()
    raise_if_broken(checking.faults_of(intake.documents))
    return Prepared(intake, courses.build(intake.documents, BUILT, progress))


def take_in(prepared: Prepared, *, actor: Actor, now: datetime) -> Taken:
    """Publish what only the files changed, and what follows from it: lessons, questions. In one transaction."""
    _take_in(prepared.intake, actor=actor, now=now)
    releases = courses.publish(prepared.built, now=now)
    imported = questions.import_bank(prepared.intake.documents, actor=actor, now=now)
    return Taken(prepared.intake, sum(release.fresh for release in releases), imported)


def take_in_bank(*, actor: Actor, now: datetime, over: bool = False) -> Imported:
    """The question bank's files alone."""
    intake = documents.intake(Folder(ROOT), over=over, below="question_bank/")
    imported = questions.import_bank(intake.documents, actor=actor, now=now)
    _take_in(intake, actor=actor, now=now)
    return imported


def _take_in(intake: Intake, *, actor: Actor, now: datetime) -> None:
    if intake.after != documents.number():
        raise Conflict("documents.published_meanwhile", by="", at=now)
    publication = documents.take_in(intake, actor=actor, now=now)
    if publication is not None:
        data = {"documents": len(intake.changes), "names": list(intake.changes)[:50]}
        audit.record(Act.DOCUMENTS_TAKEN_IN, actor=actor, subject=("publication", publication.code), data=data, now=now)


def export(to: Path | None, *, over: bool, actor: Actor, now: datetime) -> list[Written]:
    """Write what is published to the files of this installation, or below another folder."""
    written = documents.export(to or ROOT, home=to is None, over=over)
    if written:
        data = {"documents": len(written), "names": [entry.path for entry in written][:50]}
        audit.record(Act.DOCUMENTS_EXPORTED, actor=actor, subject=("publication", "files"), data=data, now=now)
    return written
