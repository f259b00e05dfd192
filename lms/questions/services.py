"""The bank in the database: importing the authored files, drawing a paper."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, update

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import Actor
from lms.core.calendar import local_date
from lms.core.db import db
from lms.core.errors import Conflict
from lms.core.sources import Documents
from lms.questions import loader, queries
from lms.questions.loader import Bank
from lms.questions.models import PaperPlan, Question, QuestionVersion
from lms.questions.queries import Known
from lms.questions.rules import drawing
from lms.questions.rules.question import LETTERS, Variant
from lms.questions.rules.question import Question as Authored
from lms.questions.rules.standing import Held, corrected, first_shortage, replaced
from lms.tariff.loader import load as load_tariffs
from lms.tariff.rules.versions import Catalogue


@dataclass(frozen=True, slots=True)
class Drawn:
    """One question of a paper, as it is frozen there. ``key`` is the right letter and stays on the server."""

    number: int
    question_id: int
    version_id: int
    variant: int
    stem: str
    table: dict[str, Any] | None
    options: list[dict[str, str]]  # [{"key": "A", "text": ...}, ...]
    key: str


def draw(programme: str, count: int, *, used: Collection[int], seed: str, now: datetime) -> list[Drawn]:
    """A paper of ``count`` questions by the programme's plan, the same for the same seed and bank.

    ``used``: ids of the questions this person has already met; none of them comes again while others are left. The
    answer is shorter than ``count`` when the bank is too small: whoever asked refuses then. Three statements.
    """
    plan = queries.plan(programme)
    if not plan:
        return []
    entries = drawing.draw(queries.pool(programme, local_date(now)), drawing.slots_for(plan, count), used, seed)
    versions = {version.question_id: version for version in queries.current_versions([entry.id for entry in entries])}
    return [_frozen(number, entry, versions[entry.id], seed) for number, entry in enumerate(entries, 1)]


def _frozen(number: int, entry: drawing.Entry, version: QuestionVersion, seed: str) -> Drawn:
    """The question with the numbers and the order of options that this paper shows."""
    variants = version.variants or [{"stem": version.stem, "table": version.table, "options": version.options}]
    variant = drawing.variant(seed, entry.code, len(variants))
    shown = variants[variant]
    order = drawing.option_order(seed, entry.code, len(shown["options"]))
    return Drawn(
        number=number,
        question_id=entry.id,
        version_id=version.id,
        variant=variant,
        stem=shown["stem"],
        table={name: shown["table"][name] for name in ("caption", "head", "rows")} if shown["table"] else None,
        options=[
            {"key": letter, "text": shown["options"][index]} for letter, index in zip(LETTERS, order, strict=True)
        ],
        key=LETTERS[order.index(version.answer)],
    )


# --- importing ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import changed."""

    new: int = 0
    changed: int = 0
    withdrawn: int = 0
    restored: int = 0
    unchanged: int = 0
    held: int = 0

    @property
    def anything(self) -> bool:
        return bool(self.new or self.changed or self.withdrawn or self.restored)

    def __str__(self) -> str:
        return (
            f"{self.new} new, {self.changed} changed, {self.withdrawn} withdrawn, "
            f"{self.restored} restored, {self.unchanged} unchanged" + (f", {self.held} held back" if self.held else "")
        )


def import_bank(documents: Documents, *, actor: Actor, now: datetime) -> Imported:
    """Bring the database in line with the documents. Idempotent; a fixed number of statements whatever the bank's size.

    A changed question becomes a new version (an earlier wording taken up again is current again), one that is gone is
    withdrawn and never drawn, one that came back is restored. A wording that claims what is current is held back from the
    day a later version says otherwise, and one whose own version was corrected keeps its wording and is held back until
    somebody looks at it. One fault in any file (BrokenSource) changes nothing, nor does a bank that could not fill its
    papers on some day to come (questions.short).
    """
    catalogue = load_tariffs(documents)
    return _store(loader.load(documents, catalogue), catalogue, actor=actor, now=now)


def _store(bank: Bank, catalogue: Catalogue, *, actor: Actor, now: datetime) -> Imported:
    known = queries.questions_by_code()
    versions = queries.versions_by_hash()
    held = _held(bank, catalogue, known, versions, local_date(now))
    _check_stock(bank, held, local_date(now))
    fresh = [question for question in bank.questions if question.code not in known]
    if fresh:
        rows = [{"code": q.code, "programme_code": q.programme, "topic": q.topic} for q in fresh]
        db.session.execute(insert(Question), rows)
    ids = {code: row.id for code, row in known.items()}
    if fresh:
        added = select(Question.code, Question.id).where(Question.code.in_([q.code for q in fresh]))
        ids |= {code: key for code, key in db.session.execute(added)}  # noqa: C416 - a Row is no pair to mypy
    touched = [q for q in bank.questions if q.code not in held or held[q.code].why != "corrected"]
    changed = _store_versions(touched, versions, ids, now) - {ids[question.code] for question in fresh}
    moved = [
        {"id": known[q.code].id, "programme_code": q.programme, "topic": q.topic}
        for q in bank.questions
        if q.code in known and (known[q.code].programme_code, known[q.code].topic) != (q.programme, q.topic)
    ]
    if moved:
        db.session.execute(update(Question), moved)
    here = {question.code for question in bank.questions}
    gone = [row.id for code, row in known.items() if code not in here and row.withdrawn_at is None]
    back = [row.id for code, row in known.items() if code in here and row.withdrawn_at is not None]
    _withdraw(gone, now)
    _withdraw(back, None)
    _hold(bank.questions, held, known, ids)
    _store_plans(bank, now)
    same = len(bank.questions) - len(fresh) - len(changed.union(back))
    done = Imported(len(fresh), len(changed), len(gone), len(back), same, len(held))
    if done.anything:
        audit.record(Act.QUESTIONS_IMPORTED, actor=actor, subject=("questions", "bank"), data=asdict(done), now=now)
    db.session.flush()
    return done


def _held(
    bank: Bank, catalogue: Catalogue, known: Mapping[str, Any], versions: Mapping[tuple[int, str], Known], today: date
) -> dict[str, Held]:
    """The questions that leave the draw by themselves, by code."""
    current = {version.question_id: version for version in versions.values() if version.superseded_at is None}
    held = {}
    for question in bank.questions:
        row = known.get(question.code)
        version = current.get(row.id) if row else None
        if version is not None and corrected(question, version.source_hash, version.citations):
            since = row.held_from if row and row.held_why == "corrected" else today
            held[question.code] = Held(since, "corrected")
        elif found := replaced(question, catalogue):
            held[question.code] = found
    return held


def _check_stock(bank: Bank, held: Mapping[str, Held], today: date) -> None:
    for programme, slots in bank.papers.items():
        own = [question for question in bank.questions if question.programme == programme]
        short = first_shortage(own, held, slots, loader.PAPERS, today)
        if short is not None:
            title = bank.titles[programme, short.slot.topic]
            raise Conflict("questions.short", topic=title, difficulty=short.slot.difficulty, day=short.day, have=short.have, needed=short.needed)  # fmt: skip


def _hold(
    questions: Iterable[Authored], held: Mapping[str, Held], known: Mapping[str, Any], ids: Mapping[str, int]
) -> None:
    """Write what the draw must know cheaply; only where it is new."""
    rows = []
    for question in questions:
        now, before = held.get(question.code), known.get(question.code)
        new = (now.from_day, now.why) if now else (None, None)
        if new != ((before.held_from, before.held_why) if before else (None, None)):
            rows.append({"id": ids[question.code], "held_from": new[0], "held_why": new[1]})
    if rows:
        db.session.execute(update(Question), rows)


def _store_versions(
    questions: Iterable[Authored], known: Mapping[tuple[int, str], Known], ids: dict[str, int], now: datetime
) -> set[int]:
    """Make each file's wording the current one; the questions whose wording is new or changed."""
    current = {version.question_id for version in known.values() if version.superseded_at is None}
    rows: list[dict[str, Any]] = []
    again: list[int] = []
    changed: set[int] = set()
    for question in questions:
        key = ids[question.code]
        version = known.get((key, question.content_hash))
        if version is None:
            rows.append(_row(question, key, now))
        elif version.superseded_at is not None:
            again.append(version.version_id)
        else:
            continue
        changed.add(key)
    replaced = [v.version_id for v in known.values() if v.question_id in changed & current and v.superseded_at is None]
    _supersede(replaced, now)
    _supersede(again, None)
    if rows:
        db.session.execute(insert(QuestionVersion), rows)
    return changed


def _row(question: Authored, question_id: int, now: datetime) -> dict[str, Any]:
    variants = [_shown(variant) for variant in question.variants]
    first = {name: value for name, value in variants[0].items() if name not in ("given", "mistakes")}
    return first | {
        "question_id": question_id,
        "content_hash": question.content_hash,
        "source_hash": question.source,
        "answer": 0,
        "difficulty": question.difficulty,
        "lesson_code": question.lesson,
        "slide_id": question.slide,
        "sources": [asdict(source) for source in question.sources],
        "variants": variants if question.what else None,
        "holds_from": question.from_day,
        "holds_until": question.until,
        "created_at": now,
        "superseded_at": None,
    }


def _shown(variant: Variant) -> dict[str, Any]:
    given = {name: str(value) if isinstance(value, date) else value for name, value in variant.given.items()}
    return {
        "stem": variant.stem,
        "table": asdict(variant.table) if variant.table else None,
        "options": list(variant.options),
        "explanation": variant.explanation,
        "citations": [asdict(cite) for cite in variant.cites],
        "given": given,
        "mistakes": list(variant.mistakes),
    }


def _supersede(version_ids: Sequence[int], at: datetime | None) -> None:
    if version_ids:
        db.session.execute(update(QuestionVersion).where(QuestionVersion.id.in_(version_ids)).values(superseded_at=at))


def _withdraw(question_ids: Sequence[int], at: datetime | None) -> None:
    if question_ids:
        db.session.execute(update(Question).where(Question.id.in_(question_ids)).values(withdrawn_at=at))


def _store_plans(bank: Bank, now: datetime) -> None:
    for programme, slots in bank.papers.items():
        titles = {topic: title for (owner, topic), title in bank.titles.items() if owner == programme}
        row = db.session.get(PaperPlan, programme)
        plan = [list(slot) for slot in slots]
        areas = [{**asdict(area), "topics": list(area.topics)} for area in bank.areas[programme]]
        if row is None:
            db.session.add(PaperPlan(programme_code=programme, slots=plan, titles=titles, areas=areas, imported_at=now))
        elif (row.slots, row.titles, row.areas) != (plan, titles, areas):
            row.slots, row.titles, row.areas, row.imported_at = plan, titles, areas, now
