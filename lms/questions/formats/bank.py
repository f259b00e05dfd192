"""Between the bank and exchange formats: a question as an item with its facts in tags, and an item as the bank's YAML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import yaml

from lms.core.sources import Documents
from lms.questions.formats.item import Exchange, Item, Left, Lost
from lms.questions.rules.question import OPTIONS, Question
from lms.tariff.rules.versions import Source

FEW = 3
"""So many questions are named each in a line of its own."""
_FACTS = ("difficulty", "lesson", "from", "until")
_NUMBER = re.compile(r"^  - code: ([a-z]+)-(\d{3})$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a foreign question does not say: where it belongs and what it rests on."""

    topic: str
    lesson: str = ""
    difficulty: int = 1
    source: Mapping[str, str] | None = None
    cells: tuple[str, ...] = ()


def items_of(questions: Iterable[Question]) -> Exchange:
    """Questions as items, in the bank's order; a computed one stands with its first numbers, and that is said."""
    said = Exchange()
    for question in questions:
        variant = question.variants[0]
        tags = [f"difficulty:{question.difficulty}", f"lesson:{_lesson(question)}"]
        tags += [f"from:{question.from_day}"] if question.from_day else []
        tags += [f"until:{question.until}"] if question.until else []
        tags += [f"source:{urlencode(_source(source))}" for source in question.sources]
        if not question.what:
            tags += [f"cell:{address}" for address in dict.fromkeys(cite.address for cite in variant.cites)]
        else:
            tags.append(f"computed:{question.what}")
            said.lost.append(
                Lost(question.code, question.code, f"with one of its {len(question.variants)} sets of numbers")
            )
        said.items.append(
            Item(
                place=question.code, name=question.code, stem=variant.stem, options=variant.options, key=0,
                explanation=variant.explanation, category=f"{question.programme}/{question.topic}", tags=tuple(tags),
                table=variant.table,
            )
        )  # fmt: skip
    return said


def _lesson(question: Question) -> str:
    return f"{question.lesson}#{question.slide}" if question.slide else question.lesson


def _source(source: Source) -> dict[str, str]:
    texts = {name: text for name, text in asdict(source).items() if text and name not in ("key", "kind")}
    return {source.kind: source.key, **texts}


@dataclass(frozen=True, slots=True)
class Taken:
    """The bank's documents as they would be, and what became of each item."""

    documents: Documents
    new: tuple[str, ...]
    same: tuple[str, ...]
    exchange: Exchange


def take(
    exchange: Exchange, documents: Documents, known: Mapping[str, Question], programme: str, defaults: Defaults
) -> Taken:
    """Put foreign items at the end of a topic's document. Whether the result is without fault, the loader says.

    An item that carries a code of the bank is that question: equal, it is left alone; changed, it is named and not taken,
    for a wording is changed in the bank itself, with its history. One with the words of a question that is there is that one.
    """
    path = f"question_bank/{programme}/{defaults.topic}.yaml"
    text = (
        documents[path].decode()
        if path in documents
        else f"topic: {defaults.topic}\ntitle: {defaults.topic}\nlesson: {defaults.lesson.partition('#')[0]}\nquestions:\n"
    )
    numbers = [int(number) for _, number in _NUMBER.findall(text)]
    following = max(numbers, default=0) + 1
    new, same = [], []
    standing = {_words(item) for item in items_of(known.values()).items}
    for item in exchange.items:
        own = known.get(item.name)
        if own is not None:
            if _equal(own, item):
                same.append(item.name)
            else:
                exchange.left.append(Left(item.place, item.name, _why_not(own)))
            continue
        if _words(item) in standing:
            same.append(item.name)
            continue
        if len(item.options) != OPTIONS:
            exchange.left.append(
                Left(item.place, item.name, f"it has {len(item.options)} options; here a question has {OPTIONS}")
            )
            continue
        if item.table is not None:
            exchange.left.append(Left(item.place, item.name, "a table comes from a tariff, not from a file"))
            continue
        code = f"{defaults.topic}-{following:03d}"
        following += 1
        text = text.rstrip("\n") + "\n" + _entry(code, item, defaults, exchange)
        new.append(code)
        standing.add(_words(item))
    return Taken({**documents, path: text.encode()}, tuple(new), tuple(same), exchange)


def _words(item: Item) -> tuple[str, frozenset[str]]:
    """What makes two questions one, whatever they are called: so that a file taken twice adds nothing the second time."""
    return item.stem, frozenset(item.options)


def _equal(question: Question, item: Item) -> bool:
    (ours,) = items_of([question]).items
    right = item.options[item.key]
    return (ours.stem, ours.explanation or item.explanation, ours.options[0], sorted(ours.options)) == (
        item.stem, item.explanation or ours.explanation, right, sorted(item.options),
    )  # fmt: skip


def _why_not(question: Question) -> str:
    if question.what:
        return "its code belongs to a computed question of the bank"
    return "its code belongs to a question of the bank with other words; change that one, or take the code away"


def _entry(code: str, item: Item, defaults: Defaults, exchange: Exchange) -> str:
    told = dict(tag.split(":", 1) for tag in item.tags if ":" in tag and tag.split(":", 1)[0] in _FACTS)
    sources = [dict(parse_qsl(tag.removeprefix("source:"))) for tag in item.tags if tag.startswith("source:")]
    cells = [tag.removeprefix("cell:") for tag in item.tags if tag.startswith("cell:")]
    strange = [tag for tag in item.tags if tag.partition(":")[0] not in (*_FACTS, "source", "cell")]
    if strange:
        exchange.lost.append(Lost(item.place, item.name, f"tags ({', '.join(strange)})"))
    lesson = told.get("lesson", defaults.lesson)
    entry: dict[str, Any] = {"code": code}
    if lesson:
        entry["lesson"] = lesson
    entry |= {
        "difficulty": int(told["difficulty"]) if told.get("difficulty", "").isdigit() else defaults.difficulty,
        "stem": item.stem,
        "answer": item.options[item.key],
        "distractors": [option for index, option in enumerate(item.options) if index != item.key],
        "explanation": item.explanation or item.options[item.key],
        "cells": cells or list(defaults.cells),
        "sources": sources or ([dict(defaults.source)] if defaults.source else []),
    }
    entry |= {key: yaml.safe_load(told[key]) for key in ("from", "until") if key in told}
    if not item.explanation:
        exchange.lost.append(
            Lost(item.place, item.name, "no explanation came with it; the right option stands in its place")
        )
    dumped = yaml.safe_dump([entry], allow_unicode=True, sort_keys=False, width=10_000)
    return "".join(f"  {line}\n" for line in dumped.splitlines())


def report(exchange: Exchange) -> Sequence[str]:
    """What was left out and why, a line each."""
    left = [f"{_named(one)}: left out, {one.why}" for one in exchange.left]
    lost = [f"{_named(one)}: taken without {one.what}" for one in exchange.lost]
    return [*left, *lost]


def told_of_writing(exchange: Exchange) -> Sequence[str]:
    """The same of a writing; what goes for more than a few questions is summed up in one line."""
    left = [f"{_named(one)}: left out, {one.why}" for one in exchange.left]
    alike: dict[str, list[Lost]] = {}
    for one in exchange.lost:
        alike.setdefault(re.sub(r"one of its \d+", "one of their", one.what), []).append(one)
    lost: list[str] = []
    for what, ones in alike.items():
        if len(ones) > FEW:
            lost.append(f"{len(ones)} questions: written {what}")
        else:
            lost += [f"{_named(one)}: written {one.what}" for one in ones]
    return [*left, *lost]


def _named(one: Left | Lost) -> str:
    """The place and, if it has another one, the name."""
    return one.place if one.name == one.place else f"{one.place}: {one.name}"
