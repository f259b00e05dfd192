"""Questions from and to other programs (GIFT, Moodle XML, Aiken, QTI 2.1), and what the answers say of them."""

import argparse
import json
import sys
from pathlib import Path

from lms.app import create_app
from lms.core import clock
from lms.core.config import ROOT
from lms.core.db import transaction
from lms.core.sources import BrokenSource, Documents, Fault, Folder, raise_if_broken
from lms.documents import services as documents
from lms.exams.queries import statistics
from lms.exams.services import items
from lms.questions import loader as question_files
from lms.questions.formats import bank, files
from lms.questions.formats.item import MAX_BYTES
from lms.tariff import loader as tariff_files


def import_file(args: argparse.Namespace) -> int:
    """Put the questions of a foreign file into a topic's document of this installation: all that pass, or nothing on a fault."""
    if not args.topic:
        raise ValueError("name the topic that the questions go to (--topic prim)")
    path = Path(args.file)
    if path.stat().st_size > MAX_BYTES:
        raise BrokenSource([Fault(path.name, 1, f"larger than {MAX_BYTES} bytes")])
    read = files.READERS[args.format](path.read_bytes(), path.name)
    authored = Folder(ROOT)
    catalogue = tariff_files.load(authored)
    known = {question.code: question for question in question_files.load(authored, catalogue).questions}
    source = {"document": args.document, "place": args.place or path.name} if args.document else None
    defaults = bank.Defaults(args.topic, args.lesson, args.difficulty, source, (args.cell,) if args.cell else ())
    taken = bank.take(read, authored, known, args.programme, defaults)
    _, faults = question_files.check(taken.documents, catalogue)
    raise_if_broken(faults)
    for name, body in taken.documents.items():
        if name not in authored or authored[name] != body:
            (ROOT / name).write_bytes(body)
    for line in bank.report(taken.exchange):
        print(line, file=sys.stderr)
    print(f"questions: {len(taken.new)} new, {len(taken.same)} the same, {len(taken.exchange.left)} left out")
    return 0


def export_file(args: argparse.Namespace) -> int:
    """Write the published bank, or one topic of it, in another program's format."""
    with create_app().app_context():
        found = documents.derived(_bank)
    topics = sorted({question.topic for question in found.questions if question.programme == args.programme})
    if args.topic is not None and args.topic not in topics:
        raise ValueError(f"no questions of the topic {args.topic!r}; there are: {', '.join(topics)}")
    chosen = (q for q in found.questions if q.programme == args.programme and args.topic in (None, q.topic))
    body, said = files.write(chosen, args.format)
    if args.file:
        Path(args.file).write_bytes(body)
    else:
        sys.stdout.write(body.decode())
    for line in bank.told_of_writing(said):
        print(line, file=sys.stderr)
    print(f"questions: {len(said.items)} written, {len(said.left)} left out", file=sys.stderr)
    return 0


def item_statistics(args: argparse.Namespace) -> int:
    """Facility, discrimination and flags of every question that was asked, counted now."""
    with create_app().app_context(), transaction():
        items.count(now=clock.now())
        found = [one for one in statistics.counted() if one.sums.papers]
    if args.json:
        print(json.dumps([_measures(one) for one in found], ensure_ascii=False))
        return 0
    for one in found:
        both = (one.sums.facility, one.sums.discrimination)
        marks = "  ".join("    –" if value is None else f"{value:5.2f}" for value in both)
        print(f"{one.version.question.code:<16}{one.sums.papers:>7}  {marks}  {', '.join(one.flags)}")
    print(f"questions: {len(found)} asked")
    return 0


def _measures(one: statistics.Counted) -> dict[str, object]:
    return {
        "code": one.version.question.code, "papers": one.sums.papers, "facility": one.sums.facility,
        "discrimination": one.sums.discrimination, "flags": [flag.value for flag in one.flags],
        "chosen": dict(one.chosen), "current": one.version.superseded_at is None,
    }  # fmt: skip


def _bank(authored: Documents) -> question_files.Bank:
    return question_files.load(authored, tariff_files.load(authored))
