"""`{{...}}` in a lesson's texts: replaced by the value of the cell, and noted with its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby

from lms.core.sources import Fault, Part
from lms.courses.rules import speech
from lms.courses.rules.lesson import Cited
from lms.tariff.rules.references import BadReference, expand
from lms.tariff.rules.versions import Catalogue


@dataclass(slots=True)
class References:
    """Expands the references of a slide or of a lesson's own texts, and keeps what they cite."""

    catalogue: Catalogue
    faults: list[Fault]
    found: list[Cited] = field(default_factory=list)

    def text(self, text: str, place: str, file: str, line: int) -> str:
        """The expanded text; what it cites is noted for `place`."""
        return self.expand(text, file, line, place)[0]

    def narration(self, lines: list[tuple[int, str]], file: str) -> tuple[str, list[list[Cited]]]:
        """Lines of narration (number, text) as one text in which each value stands between marks (see rules.speech), and
        what each mark cites; where the values end up is known when the sentences are cut."""
        parts: list[str] = []
        marks: list[list[Cited]] = []
        for number, line in lines:
            plain, cited = self.expand(line, file, number)
            spans = [(span, list(ones)) for span, ones in groupby(cited, key=lambda one: (one.start, one.end))]
            for index, ((start, end), _) in reversed(list(enumerate(spans, start=len(marks)))):
                plain = plain[:start] + speech.mark(index, plain[start:end]) + plain[end:]
            marks += [ones for _, ones in spans]
            parts.append(plain)
        return " ".join(parts), marks

    def part(self, part: Part, place: str) -> None:
        """Every text inside a part of a YAML file, in place."""
        if isinstance(part.value, dict):
            for key, inner in part.value.items():
                self.part(inner, f"{place}/{key}")
        elif isinstance(part.value, list):
            for number, inner in enumerate(part.value):
                self.part(inner, f"{place}/{number}")
        elif isinstance(part.value, str):
            part.value = self.text(part.value.strip(), place, part.file, part.line)

    def expand(self, text: str, file: str, line: int, place: str = "") -> tuple[str, list[Cited]]:
        if "{{" not in text:
            return text, []
        try:
            expanded = expand(text, self.catalogue)
        except BadReference as error:
            self.faults.append(Fault(file, line, str(error)))
            return text, []
        cited = [Cited("", place, one.start, one.end, one.address, one.shown) for one in expanded.citations]
        if place:
            self.found += cited
        return expanded.text, cited
