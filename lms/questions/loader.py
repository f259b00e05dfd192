"""Reads question_bank/<programme>/*.yaml: one file per topic and paper.yaml, the slots of a paper. Collects every fault."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from lms.core.errors import DomainError
from lms.core.sources import Documents, Fault, Part, folders_in, names_in, raise_if_broken, read_document
from lms.questions.rules.computed import MOST, Sum, sum_faults, variants
from lms.questions.rules.drawing import Area, Entry, Slot, area_faults, shortages
from lms.questions.rules.question import (
    DIFFICULTIES,
    OPTIONS,
    Cite,
    Mark,
    Question,
    Table,
    Variant,
    claims_today,
    gathered,
    text_faults,
)
from lms.questions.rules.tables import limit_table, premium_table
from lms.tariff.loader import read_sources
from lms.tariff.rules.references import BadReference, Expanded, expand
from lms.tariff.rules.versions import Catalogue, day_text, in_force

FOLDER = "question_bank"
PAPER_FILE = "paper.yaml"
PAPERS = 3  # a candidate's attempts: each must find every slot's own questions
_CODE = re.compile(r"[a-z]+-\d{3}")
_SLIDE = re.compile(r"^id: *([a-z0-9-]+) *$", re.MULTILINE)
_KEYS = (
    "code", "lesson", "difficulty", "stem", "answer", "distractors", "explanation", "sources", "table", "asks",
    "cells", "from", "until", "claims", "checked",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bank:
    """Every question of every programme, and the slots of each programme's paper with the areas of its result."""

    questions: tuple[Question, ...]
    papers: Mapping[str, tuple[Slot, ...]]
    titles: Mapping[tuple[str, str], str]
    areas: Mapping[str, tuple[Area, ...]]


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
    areas: dict[str, tuple[Area, ...]] = {}
    places: dict[str, Part] = {}
    for programme in folders_in(documents, FOLDER):
        reader = _Programme(documents, programme, catalogue, places, faults)
        questions += reader.questions
        papers[programme], areas[programme] = reader.slots, reader.areas
        titles |= reader.titles
    if not papers:
        faults.append(Fault(FOLDER, 1, "holds no programme's questions"))
    return Bank(tuple(questions), papers, titles, areas), faults


class _Programme:
    """One programme's folder."""

    def __init__(
        self, documents: Documents, programme: str, catalogue: Catalogue, places: dict[str, Part], faults: list[Fault]
    ) -> None:
        self.documents, self.programme, self.catalogue = documents, programme, catalogue
        self.places, self.faults = places, faults
        self.folder = f"{FOLDER}/{programme}"
        self.lessons = _lessons(documents, programme)
        self.questions: list[Question] = []
        self.titles: dict[tuple[str, str], str] = {}
        for name in names_in(documents, self.folder, ".yaml"):
            root = read_document(documents, name, faults)
            file = name.rpartition("/")[2]
            if root is not None and file != PAPER_FILE:
                self.topic(file.removesuffix(".yaml"), root)
        self.areas: tuple[Area, ...] = ()
        self.slots = self.paper()

    def paper(self) -> tuple[Slot, ...]:
        """The slots, checked against the stock: every attempt must find a slot's own questions."""
        root = read_document(self.documents, f"{self.folder}/{PAPER_FILE}", self.faults)
        if root is None:
            return ()
        root.only("slots", "areas")
        slots = []
        for part in root.items("slots"):
            part.only("topic", "difficulty")
            slot = Slot(part.need("topic", str, ""), part.need("difficulty", int, 1))
            if (self.programme, slot.topic) not in self.titles:
                part.fault(f"there is no topic {slot.topic!r}")
            slots.append(slot)
        if not slots:
            root.fault("a paper has at least one slot")
        self.areas = tuple(self.area(part) for part in root.items("areas"))
        for reason in area_faults(slots, self.areas):
            root.fault(reason)
        for day in sorted({date.min} | {edge for q in self.questions for edge in (q.from_day, q.until) if edge}):
            stock = [Entry(i, q.code, q.topic, q.difficulty) for i, q in enumerate(self.questions) if q.holds_on(day)]
            for slot, have, needed in shortages(stock, slots, PAPERS):
                place = f"{slot.topic}, difficulty {slot.difficulty}"
                when = f" from {day}" if day > date.min else ""
                root.fault(f"{place}: {have} questions{when}, {PAPERS} papers need {needed}")
        return tuple(slots)

    def area(self, part: Part) -> Area:
        part.only("title", "title_en", "topics")
        topics = tuple(item.plain(str, "") for item in part.items("topics"))
        return Area(part.need("title", str, ""), part.need("title_en", str, ""), topics)

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
        difficulty = part.need("difficulty", int, 1)
        if difficulty not in DIFFICULTIES:
            part.fault(f"difficulty is one of {DIFFICULTIES}")
        asks = part.at("asks")
        sum_ = self.sum(asks) if asks else None
        code, _, slide = part.get("lesson", str, lesson).partition("#")
        made = self.computed(part, sum_) if asks else (self.plain(part),)
        variants = tuple(self.filled(one, part) for one in made)
        if part.get("claims", str, "current") != "current":
            part.fault("claims is current, or absent")
        part.get("checked", date)
        return Question(
            code=part.need("code", str, ""),
            programme=self.programme,
            topic=topic,
            lesson=code,
            slide=slide or None,
            difficulty=difficulty,
            sources=read_sources(part, self.catalogue.references),
            variants=variants,
            what=sum_.what if sum_ else None,
            from_day=part.get("from", date),
            until=part.get("until", date),
            claims="claims" in part or claims_today(variant.stem for variant in variants),
            source=_source(part, topic, lesson),
        )

    def plain(self, part: Part) -> Variant:
        """A question whose words are all written."""
        distractors = [item.plain(str, "") for item in part.items("distractors")]
        if len(distractors) != OPTIONS - 1:
            part.fault(f"a question has one answer and {OPTIONS - 1} distractors")
        table = part.at("table")
        return Variant(
            stem=part.need("stem", str, ""),
            options=(part.need("answer", str, ""), *distractors),
            explanation=part.need("explanation", str, ""),
            table=self.table(table) if table else None,
            cites=tuple(self.cite(item) for item in part.items("cells")),
        )

    def computed(self, part: Part, asks: Sum | None) -> tuple[Variant, ...]:
        """A question whose numbers, options and table come from the tariff; none where the sum itself is at fault."""
        for key in ("answer", "distractors", "table", "cells"):
            if key in part:
                part.fault(f"a computed question has no {key!r}: it comes from the tariff")
        stem, explanation = part.need("stem", str, ""), part.need("explanation", str, "")
        if asks is None:
            return ()
        try:
            tariff = in_force(self.catalogue.tariffs, asks.on)
        except DomainError as error:
            part.fault(f"{asks.on}: {error.code}")
            return ()
        found, faults = variants(asks, tariff, stem, explanation)
        for reason in faults:
            part.fault(f"{part.get('code', str, '')}: {reason}")
        return tuple(found)

    def cite(self, part: Part) -> Cite:
        """A cell that a plain question rests on without showing it, and what it holds."""
        address = part.plain(str, "")
        try:
            return Cite(address, self.catalogue.cell(address).text)
        except DomainError:
            part.fault(f"there is no known value {address!r}")
        return Cite(address, "")

    def filled(self, variant: Variant, part: Part) -> Variant:
        """The references of its texts filled in. A number of a tariff is asked only with the tariff's date: a historical
        rate is never shown as today's; what only the explanation shows may be dated there."""
        try:
            stem, explanation = (expand(text, self.catalogue) for text in (variant.stem, variant.explanation))
            options = [expand(option, self.catalogue) for option in variant.options]
        except BadReference as error:
            part.fault(f"{part.get('code', str, '')}: {error}")
            return variant
        asked = [*_cites("stem", stem)]
        for number, option in enumerate(options):
            asked += _cites(f"options/{number}", option)
        told = [*_cites("explanation", explanation)]
        self.dated((*variant.cites, *asked), stem.text, part)
        self.dated(told, f"{stem.text} {explanation.text}", part)
        return replace(
            variant,
            stem=stem.text,
            options=tuple(option.text for option in options),
            explanation=explanation.text,
            cites=gathered((*variant.cites, *asked, *told)),
        )

    def dated(self, cites: Iterable[Cite], text: str, part: Part) -> None:
        for version in dict.fromkeys(cite.address.partition(":")[0] for cite in cites):
            tariff = self.catalogue.version(version)
            day = day_text(tariff.from_day) if tariff else ""
            reason = f"uses {version}: the stem must name its date ({day})"
            if day not in text and not any(fault.reason.endswith(reason) for fault in part.faults):
                part.fault(f"{part.get('code', str, '')}: {reason}")

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
        if question.variants and not any(variant.cites for variant in question.variants):
            reasons.append("it cites no cell: show a number by {{...}}, or name under cells what it rests on")
        if self.lessons and question.lesson not in self.lessons:
            reasons.append(f"there is no lesson {question.lesson!r}")
        elif self.lessons and question.slide and question.slide not in self.lessons[question.lesson]:
            reasons.append(f"the lesson {question.lesson!r} has no slide {question.slide!r}")
        if question.until and question.from_day and question.until <= question.from_day:
            reasons.append("until must be after from")
        return reasons

    def sum(self, part: Part) -> Sum | None:
        """What a computed question asks: what, on, mistakes; every other key is a number, a list of them, or a range."""
        given = {name: tuple(_values(item)) for name, item in part.pairs() if name not in ("what", "on", "mistakes")}
        mistakes = tuple(item.plain(str, "") for item in part.items("mistakes"))
        asks = Sum(part.need("what", str, ""), part.need("on", date, date.max), given, mistakes)
        faults = sum_faults(asks)
        for reason in faults:
            part.fault(reason)
        return None if faults else asks

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
        shown = [rows[label] for label in wanted if label in rows]
        return limit_table(tariff, shown) if key == "limits" else premium_table(tariff, shown, terms)


def _cites(place: str, text: Expanded) -> Iterable[Cite]:
    return (Cite(one.address, one.shown, (Mark(place, one.start, one.end),)) for one in text.citations)


def _values(part: Part) -> Iterable[Any]:
    """The values of a number of a computed question: one, a list, or {from, to, step}."""
    if isinstance(part.value, list):
        return [_value(item) for item in part.value]
    if isinstance(part.value, dict):
        part.only("from", "to", "step")
        first, last, step = (part.need(key, int, 1) for key in ("from", "to", "step"))
        if step < 1 or not 0 <= last - first <= MOST * step:
            part.fault(f"a range has a positive step and at most {MOST} values")
            return [first]
        return range(first, last + 1, step)
    return [_value(part)]


def _value(part: Part) -> Any:
    """A whole number, a date, a word, or a list of whole numbers."""
    if isinstance(part.value, list):
        return [item.plain(int, 1) for item in part.value]
    return part.plain(next((kind for kind in (date, str) if type(part.value) is kind), int), 1)


def _source(part: Part, topic: str, lesson: str) -> str:
    """The identity of what the author wrote."""
    text = json.dumps([topic, lesson, part.bare], ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _lessons(documents: Documents, programme: str) -> dict[str, set[str]]:
    """The codes of a programme's lessons, each with the ids of its slides."""
    found = {}
    lessons = f"content/programmes/{programme}/lessons"
    for folder in folders_in(documents, lessons):
        root = read_document(documents, f"{lessons}/{folder}/lesson.yaml", [])
        slides = documents.get(f"{lessons}/{folder}/slides.md", b"").decode("utf-8", "replace")
        found[root.get("code", str, "") if root else ""] = set(_SLIDE.findall(slides))
    return found
