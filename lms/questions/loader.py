"""Reads question_bank/<programme>/*.yaml: one file per topic and paper.yaml, the slots of a paper. Collects every fault."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from lms.core.errors import DomainError
from lms.core.sources import Documents, Fault, Part, folders_in, names_in, raise_if_broken, read_document
from lms.questions.rules import (
    ASKED,
    DIFFICULTIES,
    OPTIONS,
    Entry,
    Question,
    Slot,
    Sum,
    Table,
    shortages,
    sum_faults,
    text_faults,
)
from lms.tariff.loader import Catalogue, read_sources
from lms.tariff.rules import Row, Tariff, cell_text, day_text, in_force

FOLDER = "question_bank"
PAPER_FILE = "paper.yaml"
PAPERS = 3  # a candidate's attempts: each must find every slot's own questions
_CODE = re.compile(r"[a-z]+-\d{3}")
_KEYS = (
    "code", "lesson", "difficulty", "stem", "answer", "distractors", "explanation", "sources", "table", "asks",
    "cells", "from", "until",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bank:
    """Every question of every programme, and the slots of each programme's paper."""

    questions: tuple[Question, ...]
    papers: Mapping[str, tuple[Slot, ...]]
    titles: Mapping[tuple[str, str], str]


def load(documents: Documents, catalogue: Catalogue) -> Bank:
    """The whole bank. Errors: BrokenSource with every fault."""
    bank, faults = check(documents, catalogue)
    raise_if_broken(faults)
    return bank


def check(documents: Documents, catalogue: Catalogue) -> tuple[Bank, list[Fault]]:
    """What can be read, and what is wrong."""
    faults: list[Fault] = []
    questions: list[Question] = []
    papers: dict[str, tuple[Slot, ...]] = {}
    titles: dict[tuple[str, str], str] = {}
    places: dict[str, Part] = {}
    for programme in folders_in(documents, FOLDER):
        reader = _Programme(documents, programme, catalogue, places, faults)
        questions += reader.questions
        papers[programme] = reader.slots
        titles |= reader.titles
    if not papers:
        faults.append(Fault(FOLDER, 1, "holds no programme's questions"))
    return Bank(tuple(questions), papers, titles), faults


class _Programme:
    """One programme's folder."""

    def __init__(
        self, documents: Documents, programme: str, catalogue: Catalogue, places: dict[str, Part], faults: list[Fault]
    ) -> None:
        self.documents, self.programme, self.catalogue = documents, programme, catalogue
        self.places, self.faults = places, faults
        self.folder = f"{FOLDER}/{programme}"
        self.lessons = _lesson_codes(documents, programme)
        self.questions: list[Question] = []
        self.titles: dict[tuple[str, str], str] = {}
        for name in names_in(documents, self.folder, ".yaml"):
            root = read_document(documents, name, faults)
            file = name.rpartition("/")[2]
            if root is not None and file != PAPER_FILE:
                self.topic(file.removesuffix(".yaml"), root)
        self.slots = self.paper()

    def paper(self) -> tuple[Slot, ...]:
        """The slots, checked against the stock: every attempt must find a slot's own questions."""
        root = read_document(self.documents, f"{self.folder}/{PAPER_FILE}", self.faults)
        if root is None:
            return ()
        root.only("slots")
        slots = []
        for part in root.items("slots"):
            part.only("topic", "difficulty")
            slot = Slot(part.need("topic", str, ""), part.need("difficulty", int, 1))
            if (self.programme, slot.topic) not in self.titles:
                part.fault(f"there is no topic {slot.topic!r}")
            slots.append(slot)
        if not slots:
            root.fault("a paper has at least one slot")
        for day in sorted({date.min} | {edge for q in self.questions for edge in (q.from_day, q.until) if edge}):
            stock = [Entry(i, q.code, q.topic, q.difficulty) for i, q in enumerate(self.questions) if q.holds_on(day)]
            for slot, have, needed in shortages(stock, slots, PAPERS):
                place = f"{slot.topic}, difficulty {slot.difficulty}"
                when = f" from {day}" if day > date.min else ""
                root.fault(f"{place}: {have} questions{when}, {PAPERS} papers need {needed}")
        return tuple(slots)

    def topic(self, stem: str, root: Part) -> None:
        root.only("topic", "title", "lesson", "questions")
        if root.need("topic", str, stem) != stem:
            root.fault(f"the topic must be the file's name, {stem!r}")
        self.titles[self.programme, stem] = root.need("title", str, stem)
        lesson = root.need("lesson", str, "")
        parts = root.items("questions")
        if not parts:
            root.fault("a topic has questions")
        for part in parts:
            part.only(*_KEYS)
            question = self.question(stem, lesson, part)
            self.identify(question, part)
            self.questions.append(question)
            for reason in self.reasons(question):
                part.fault(f"{question.code}: {reason}")

    def question(self, topic: str, lesson: str, part: Part) -> Question:
        distractors = [item.plain(str, "") for item in part.items("distractors")]
        if len(distractors) != OPTIONS - 1:
            part.fault(f"a question has one answer and {OPTIONS - 1} distractors")
        difficulty = part.need("difficulty", int, 1)
        if difficulty not in DIFFICULTIES:
            part.fault(f"difficulty is one of {DIFFICULTIES}")
        asks = part.at("asks")
        table = part.at("table")
        return Question(
            code=part.need("code", str, ""),
            programme=self.programme,
            topic=topic,
            lesson=part.get("lesson", str, lesson),
            difficulty=difficulty,
            stem=part.need("stem", str, ""),
            options=(part.need("answer", str, ""), *distractors),
            explanation=part.need("explanation", str, ""),
            sources=read_sources(part, self.catalogue.references),
            table=self.table(table) if table else None,
            asks=self.sum(asks) if asks else None,
            cells=tuple(item.plain(str, "") for item in part.items("cells")),
            from_day=part.get("from", date),
            until=part.get("until", date),
        )

    def identify(self, question: Question, part: Part) -> None:
        if not _CODE.fullmatch(question.code):
            part.fault(f"a code is like prim-001, not {question.code!r}")
        if question.code in self.places:
            part.fault(f"the code {question.code!r} is taken by {self.places[question.code].file}")
        self.places.setdefault(question.code, part)

    def reasons(self, question: Question) -> list[str]:
        """Everything that is wrong with a question apart from its form."""
        reasons = text_faults(question)
        if not question.sources:
            reasons.append("a source is missing")
        if self.lessons is not None and question.lesson not in self.lessons:
            reasons.append(f"there is no lesson {question.lesson!r}")
        if question.until and question.from_day and question.until <= question.from_day:
            reasons.append("until must be after from")
        tariffs = {}
        for address in question.cells:
            version, _, cell = address.partition(":")
            tariff = self.catalogue.version(version)
            try:
                if tariff is None:
                    reasons.append(f"there is no tariff {version!r}")
                else:
                    tariff.cell(cell)
                    tariffs[version] = tariff
            except DomainError:
                reasons.append(f"{version} has no cell {cell!r}")
        if question.asks:
            tariff = in_force(self.catalogue.tariffs, question.asks.on)
            tariffs[tariff.id] = tariff
            reasons += sum_faults(question, tariff)
            if not question.cells:
                reasons.append("a computed question cites the cells it uses")
        return reasons + [_undated(tariff) for tariff in tariffs.values() if not _dated(question, tariff)]

    def sum(self, part: Part) -> Sum | None:
        part.only("what", "turnover", "days", "on")
        what = part.need("what", str, "rate")
        if what not in ASKED:
            part.fault(f"what is one of {', '.join(ASKED)}")
            return None
        turnover, days = part.need("turnover", int, 0), part.need("days", int, 0)
        return Sum(what, turnover, days, part.need("on", date, date.max))

    def table(self, part: Part) -> Table | None:
        """The rows a question needs, filled from the tariff so that they cannot be mistyped."""
        part.only("tariff", "premium", "limits", "terms")
        tariff = self.catalogue.version(part.need("tariff", str, ""))
        key = "limits" if "limits" in part else "premium"
        if tariff is None or tariff.table(key) is None:
            part.fault("there is no such tariff, or it does not know that table")
            return None
        rows = {row.label: row for row in tariff.table(key) or ()}
        wanted = [item.plain(str, "") for item in part.items(key)]
        for label in wanted:
            if label not in rows:
                part.fault(f"{tariff.id} has no row {label!r}")
        terms = [item.plain(int, 0) for item in part.items("terms")] or list(tariff.terms)
        if not set(terms) <= set(tariff.terms):
            part.fault(f"{tariff.id} has the terms {tariff.terms}")
            return None
        return _table(tariff, key, [rows[label] for label in wanted if label in rows], terms)


def _table(tariff: Tariff, key: str, rows: list[Row], terms: list[int]) -> Table:
    day = day_text(tariff.from_day)
    if key == "limits":
        limits = tuple((row.label, cell_text("limit", row.cells["limit"])) for row in rows)
        caption = f"{day} tarifesi: alıcı başına azami kredi limiti"
        return Table(caption, ("Vadeli satış cirosu (TL)", "Alıcı başına azami limit (TL)"), limits)
    head = ("Vadeli satış cirosu (TL)", *(f"{term} gün" for term in terms))
    lines = tuple((row.label, *(cell_text(str(term), row.cells[str(term)]) for term in terms)) for row in rows)
    return Table(f"{day} tarifesi: prim oranları (%)", head, lines)


def _dated(question: Question, tariff: Tariff) -> bool:
    """A number of a tariff is asked only with the tariff's date: a historical rate is never shown as today's."""
    return day_text(tariff.from_day) in question.stem


def _undated(tariff: Tariff) -> str:
    return f"uses {tariff.id}: the stem must name its date ({day_text(tariff.from_day)})"


def _lesson_codes(documents: Documents, programme: str) -> set[str] | None:
    """The codes of a programme's lessons; None if it has none to refer to."""
    found = set()
    lessons = f"content/programmes/{programme}/lessons"
    for folder in folders_in(documents, lessons):
        root = read_document(documents, f"{lessons}/{folder}/lesson.yaml", [])
        found.add(root.get("code", str, "") if root else "")
    return found or None
