"""Aiken: a stem on one line, lettered options, ANSWER. Carries nothing else (INTEROP.md 1.4)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lms.core.sources import BrokenSource, Fault
from lms.questions.formats.item import Exchange, Item, Left, Lost, Plain, decoded, judged, squeezed

_OPTION = re.compile(r"([A-Z])[).]\s*(.+)")
_ANSWER = re.compile(r"ANSWER:\s*(.*)")


def read(data: bytes, name: str) -> Exchange:
    """Every question. Errors: BrokenSource with each line that does not fit (a stem of two lines, a letter out of range)."""
    reader = _Reader(name)
    for number, raw in enumerate(decoded(data, name).split("\n"), 1):
        if len(raw.strip()) > 1:
            reader.take(number, raw.strip())
    if reader.stem:
        reader.fault(reader.line, "the last question has no ANSWER: line")
    if reader.faults:
        raise BrokenSource(reader.faults)
    return reader.exchange


class _Reader:
    """The question whose lines are being read."""

    def __init__(self, name: str) -> None:
        self.name, self.exchange = name, Exchange()
        self.faults: list[Fault] = []
        self.stem, self.line = "", 0
        self.options: list[str] = []

    def fault(self, line: int, reason: str) -> None:
        self.faults.append(Fault(self.name, line, reason))

    def take(self, line: int, text: str) -> None:
        option, answer = _OPTION.fullmatch(text), _ANSWER.fullmatch(text)
        if answer:
            self.end(line, answer[1].strip())
            self.stem, self.options = "", []
        elif option and self.stem and option[1] == chr(ord("A") + len(self.options)):
            self.options.append(option[2].strip())
        elif self.stem:
            self.fault(line, "a stem is one line, then the options A) B) in order, then ANSWER:")
        else:
            self.stem, self.line = text, line

    def end(self, line: int, letter: str) -> None:
        index = ord(letter) - ord("A") if re.fullmatch(r"[A-Z]", letter) else -1
        if not self.stem:
            self.fault(line, "ANSWER: without a question")
        elif not 0 <= index < len(self.options):
            self.fault(line, f"ANSWER: names one of the options, not {letter!r}")
        else:
            stem = Plain(squeezed(self.stem), None, (), (), 0)
            shares = [100.0 if place == index else 0.0 for place in range(len(self.options))]
            options = [Plain(squeezed(text), None, (), (), 0) for text in self.options]
            parts = list(zip(options, shares, strict=True))
            judged(self.exchange, f"line {self.line}", stem.text[:60], stem, parts)


def write(items: Iterable[Item]) -> tuple[str, Exchange]:
    """Items as Aiken, and what stays behind: explanations, tags, categories; questions with a table as a whole."""
    said = Exchange()
    blocks = []
    for item in items:
        if item.table is not None:
            said.left.append(Left(item.place, item.name, "it needs its table, and Aiken has none"))
            continue
        lines = [squeezed(item.stem), *(f"{chr(65 + i)}) {squeezed(o)}" for i, o in enumerate(item.options))]
        block = "\n".join([*lines, f"ANSWER: {chr(65 + item.key)}"])
        if not _holds(block, lines[0], item):
            said.left.append(Left(item.place, item.name, "its words would read as something else in Aiken"))
            continue
        kept = [
            what
            for what, there in (
                ("explanation", item.explanation),
                ("code, category and tags", item.tags or item.category),
                ("line breaks", "\n" in item.stem),
            )
            if there
        ]
        if kept:
            said.lost.append(Lost(item.place, item.name, f"without {', '.join(kept)}"))
        blocks.append(block)
        said.items.append(item)
    return "\n\n".join(blocks) + "\n", said


def _holds(block: str, stem: str, item: Item) -> bool:
    """Whether the block says what the item says, read back."""
    try:
        back = read(block.encode(), item.name).items
    except BrokenSource:
        return False
    wanted = (stem, tuple(map(squeezed, item.options)), item.key)
    return [(one.stem, one.options, one.key) for one in back] == [wanted]
