"""Authored content: check it, build the lessons' videos, put it into the database."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lms.app import create_app
from lms.cli import exchange, presence
from lms.core import clock
from lms.core.access import SYSTEM
from lms.core.config import ROOT
from lms.core.db import transaction
from lms.core.sources import Fault, Folder, raise_if_broken
from lms.courses import services as courses
from lms.editorial.services import files as editorial
from lms.editorial.services.files import BUILT
from lms.enrolment import loader as reference_files
from lms.practice import loader as practice_files
from lms.privacy import loader as privacy_files
from lms.questions import loader as question_files
from lms.tariff import loader as tariff_files
from lms.terms import loader as term_files
from lms.terms import services as terms

if TYPE_CHECKING:
    from lms.courses.build.pipeline import Progress

CONTENT = ROOT / "content"


def check_content(_args: argparse.Namespace) -> int:
    """Check everything authored: programmes, terms, texts, lessons, tariffs, questions."""
    faults: list[Fault] = []
    term_files.read_programmes(CONTENT, faults)
    term_files.read_texts(CONTENT, faults)
    term_files.read_overrides(CONTENT, faults)
    reference_files.read_reference(CONTENT, faults)
    privacy_files.read_policy(CONTENT, faults)
    documents = Folder(ROOT)
    catalogue, tariff_faults = tariff_files.check(documents)
    bank, question_faults = question_files.check(documents, catalogue)
    raise_if_broken(faults + tariff_faults + question_faults)
    read = courses.check(documents)
    library, practice_faults = practice_files.check(documents, catalogue, practice_files.places(read))
    raise_if_broken(practice_faults)
    counts = {
        "lesson": sum(len(course.lessons) for course in read), "tariff": len(catalogue.tariffs),
        "question": len(bank.questions), "exercise": len(library.tasks),
    }  # fmt: skip
    print(f"content: {', '.join(_counted(count, thing) for thing, count in counts.items())}, no fault")
    return 0


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"


def build_content(_args: argparse.Namespace) -> int:
    """Build the videos of the lessons that changed (var/content)."""
    built = courses.build(Folder(ROOT), BUILT, progress_line())
    if sys.stderr.isatty():
        print(file=sys.stderr)
    print(f"content: {_counted(sum(map(len, built.values())), 'lesson')} ready in {BUILT.relative_to(ROOT)}")
    lessons, parts = courses.prune(built, BUILT, before=clock.wall() - courses.UNUSED)
    if lessons or parts:
        print(f"deleted as unused for a week: {_counted(lessons, 'lesson')}, {_counted(parts, 'part')}")
    return 0


def import_content(args: argparse.Namespace) -> int:
    """Put terms, texts, lessons and questions into the database; what is broken changes nothing."""
    with create_app().app_context():
        prepared = editorial.prepare(over=args.over, progress=progress_line())
        now = clock.now()
        with transaction():
            changed = terms.import_content(CONTENT, actor=SYSTEM, now=now, over=args.over)
            taken = editorial.take_in(prepared, actor=SYSTEM, now=now)
    print(f"terms and texts: {changed} changed")
    print(f"documents: {taken.intake}")
    print(f"courses: {taken.releases} new releases")
    print(f"questions: {taken.questions}")
    print("published by the operator, without a second person; the audit trail names the command")
    return 0


def export_content(args: argparse.Namespace) -> int:
    """Write what is published (tariffs, questions, lessons) and the desk's terms to their files."""
    with create_app().app_context(), transaction():
        now = clock.now()
        written = editorial.export(Path(args.to) if args.to else None, over=args.over, actor=SYSTEM, now=now)
        folder = Path(args.to) / "content" if args.to else CONTENT
        told = terms.export_terms(folder, home=not args.to, over=args.over, actor=SYSTEM, now=now)
    for entry in written:
        print(f"{entry.what:<8} {entry.path}")
    for name in told:
        print(f"{'term':<8} content/{name}")
    print(f"documents: {len(written) + len(told)} written")
    return 0


def progress_line() -> "Progress | None":
    """A bar where a person waits, nothing where a script reads."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, total: int, what: str) -> None:
        filled = 30 * done // max(total, 1)
        print(
            f"\r[{'#' * filled}{'.' * (30 - filled)}] {done}/{total} {what:<40.40}", end="", file=sys.stderr, flush=True
        )

    return show


def check_questions(_args: argparse.Namespace) -> int:
    """Check the question bank alone."""
    documents = Folder(ROOT)
    bank = question_files.load(documents, tariff_files.load(documents))
    print(f"questions: {len(bank.questions)}, no fault")
    return 0


def import_questions(args: argparse.Namespace) -> int:
    """Publish the question bank's files (a changed wording becomes a new version), or take a foreign FILE into them."""
    if args.file:
        return exchange.import_file(args)
    presence.need_database()
    with create_app().app_context(), transaction():
        print(f"questions: {editorial.take_in_bank(over=args.over, actor=SYSTEM, now=clock.now())}")
    return 0
