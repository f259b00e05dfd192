"""The exchange formats by name: what reads a file of another program, what writes one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from lms.questions.formats import aiken, bank, gift, moodle, qti
from lms.questions.formats.item import Exchange
from lms.questions.rules.question import Question

READERS: Final[Mapping[str, Callable[[bytes, str], Exchange]]] = {
    "gift": gift.read, "moodle": moodle.read, "aiken": aiken.read, "qti": qti.read,
}  # fmt: skip
WRITERS: Final = ("gift", "moodle", "aiken")


def write(questions: Iterable[Question], form: str) -> tuple[bytes, Exchange]:
    """A file of questions in one of `WRITERS`, and what was written, left out and lost."""
    said = bank.items_of(questions)
    if form == "gift":
        return gift.write(said.items).encode(), said
    if form == "moodle":
        return moodle.write(said.items), said
    text, behind = aiken.write(said.items)
    return text.encode(), Exchange(behind.items, said.left + behind.left, said.lost + behind.lost)
