"""GIFT: read as Moodle reads it, written as the strict grammar wants it. Order of steps: INTEROP.md 1.2."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lms.core.sources import BrokenSource, Fault
from lms.questions.formats.item import Exchange, Item, Left, Lost, Plain, decoded, judged, markup, plain, squeezed

_ESCAPED = {":": "\ue000", "#": "\ue001", "=": "\ue002", "{": "\ue003", "}": "\ue004", "~": "\ue005", "n": "\ue006", "\\": "\ue007"}  # fmt: skip
_PLAIN = {mark: "\n" if letter == "n" else letter for letter, mark in _ESCAPED.items()}
_TAG = re.compile(r"\[(id|tag):((?:\\.|[^\]\\])*)\]")
_WEIGHT = re.compile(r"^%(-?\d{1,3}(?:\.\d+)?)%")
_FORMAT = re.compile(r"^\[(html|plain|markdown|moodle)\]\s*")
_BLANK = "_____"
_TRUTH = re.compile(r"(T|TRUE|F|FALSE)(\s*#.*)?", re.DOTALL)


@dataclass(slots=True)
class _Block:
    """The lines between two blank ones without the comments, and the comments' ``[id:]`` and ``[tag:]``."""

    line: int = 0
    lines: list[str] = field(default_factory=list)
    marks: list[tuple[str, str]] = field(default_factory=list)

    @property
    def own_id(self) -> str:
        return next((value for kind, value in self.marks if kind == "id"), "")


def read(data: bytes, name: str) -> Exchange:
    """Every question of a GIFT file. Errors: BrokenSource for a block whose braces do not match, or no UTF-8."""
    exchange = Exchange()
    category = ""
    faults: list[Fault] = []
    for block in _blocks(decoded(data, name)):
        if block.lines[0].startswith("$CATEGORY:"):
            category = block.lines.pop(0).removeprefix("$CATEGORY:").strip()
            block.line += 1
        if block.lines and not _question(block, category, exchange):
            faults.append(Fault(name, block.line, f"{block.lines[0][:40]!r}: the braces of the answers do not match"))
    if faults:
        raise BrokenSource(faults)
    return exchange


def _blocks(text: str) -> Iterator[_Block]:
    block = _Block()
    for number, raw in enumerate((*text.split("\n"), ""), 1):
        stripped = raw.strip()
        if stripped.startswith("//"):
            block.marks += [(kind, re.sub(r"\\(.)", r"\1", value)) for kind, value in _TAG.findall(stripped)]
        elif stripped:
            block.line = block.line or number
            block.lines.append(stripped)
        elif block.lines:
            yield block
            block = _Block()


def _question(block: _Block, category: str, exchange: Exchange) -> bool:
    """Take the question or say why not; False if its braces do not match."""
    text = re.sub(r"\\([:#={}~n\\])", lambda match: _ESCAPED[match[1]], "\n".join(block.lines))
    title = ""
    titled = re.match(r"::(.*?)::\s*", text, re.DOTALL)
    if titled:
        title, text = _unescaped(titled[1]).strip(), text[titled.end() :]
    place = f"line {block.line}"
    name = block.own_id or title or squeezed(_unescaped(text))[:60]
    first, last = text.find("{"), text.find("}")
    if first < 0 and last < 0:
        exchange.left.append(Left(place, name, "it is a description without answers"))
        return True
    if last < first or first < 0:
        return False
    stem, inside, after = text[:first].strip(), text[first + 1 : last].strip(), text[last + 1 :].strip()
    if after:
        stem = f"{stem} {_BLANK} {after}".strip()
    form = _FORMAT.match(stem)
    inside, mark, general = inside.partition("####")
    why = _unsupported(inside.strip())
    if why:
        exchange.left.append(Left(place, name, why))
        return True
    options, feedback = _options(inside, form[1] if form else "")
    if feedback:
        exchange.lost.append(Lost(place, name, "feedback of single options"))
    explanation = _shown(general.strip(), form[1] if form else "").text if mark else ""
    tags = tuple(value for kind, value in block.marks if kind == "tag")
    judged(exchange, place, name, _shown(stem, ""), options, explanation=explanation, category=category, tags=tags)
    return True


def _unsupported(block: str) -> str | None:
    if not block:
        return "it is an essay"
    if block.startswith("#"):
        return "it is a numerical question"
    if "~" in block:
        return None
    if _TRUTH.fullmatch(block):
        return "it is true or false; here a question has four options"
    if "->" in block:
        return "it is a matching question"
    return "it is a short-answer question"


def _options(block: str, form: str) -> tuple[list[tuple[Plain, float]], bool]:
    options, feedback = [], False
    for sign, body in re.findall(r"([=~])([^=~]*)", block):
        answer, _, said = body.strip().partition("#")
        feedback = feedback or bool(said.strip())
        weight = _WEIGHT.match(answer.strip())
        share = float(weight[1]) if weight else (100.0 if sign == "=" else 0.0)
        answer = answer.strip()[weight.end() :] if weight else answer.strip()
        options.append((_shown(answer, form), share))
    return options, feedback


def _shown(text: str, inherited: str) -> Plain:
    """A text in its format as a reader sees it; without one it is plain text unless it looks like markup."""
    form = _FORMAT.match(text)
    kind, body = (form[1], text[form.end() :]) if form else (inherited, text)
    body = _unescaped(body)
    if kind == "html" or (kind in ("", "moodle") and re.search(r"</?[a-zA-Z][^>]*>|&#?\w+;", body)):
        return plain(body)
    lines = "\n".join(filter(None, (squeezed(one) for one in body.split("\n"))))
    return Plain(lines, None, (), (), 0)


def _unescaped(text: str) -> str:
    return "".join(_PLAIN.get(letter, letter) for letter in text)


def write(items: Iterable[Item]) -> str:
    """Items as GIFT; a table goes under its stem as HTML. Everything of an `Item` passes."""
    blocks, category = [], None
    for item in items:
        if item.category != category:
            category = item.category
            blocks.append(f"$CATEGORY: {category}")
        marks = [f"[id:{_bracketed(item.name)}]", *(f"[tag:{_bracketed(tag)}]" for tag in item.tags)]
        stem = f"[html]{_safe(markup(item.stem, item.table))}" if item.table else f"[plain]{_safe(item.stem)}"
        lines = [f"// {' '.join(marks)}", f"::{_safe(item.name)}::{stem} {{"]
        for index, option in enumerate(item.options):
            lines.append(f"\t{'=' if index == item.key else '~'}[plain]{_safe(option)}")
        if item.explanation:
            lines.append(f"\t####[plain]{_safe(item.explanation)}")
        blocks.append("\n".join([*lines, "}"]))
    return "\n\n".join(blocks) + "\n"


def _safe(text: str) -> str:
    return re.sub(r"([~=#{}:\\])", r"\\\1", text).replace("\n", "\\n")


def _bracketed(text: str) -> str:
    return re.sub(r"([\]\\])", r"\\\1", text)
