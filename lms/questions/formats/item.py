"""What passes between question banks: a single-choice item as plain text, and what could not pass.

A reader answers with items it understood, and names everything else: `Left` for whole questions, `Lost` for parts of one.
A file that is broken as a whole raises `core.sources.BrokenSource` with its line: then nothing of it is taken.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from lms.core.sources import BrokenSource, Fault
from lms.questions.rules.question import Table

MAX_BYTES = 5_000_000
_BLOCKS = {"p", "div", "br", "li", "ul", "ol", "tr", "h1", "h2", "h3", "h4", "pre", "blockquote"}
_MEDIA = {"img", "audio", "video", "object", "embed", "iframe", "svg", "math"}
_MEANING = {"sub", "sup", "del", "s", "strike"}
_SILENT = {"script", "style"}


@dataclass(frozen=True, slots=True)
class Item:
    """A question with one right option. ``place`` is where the file has it ("line 12", "question 3")."""

    place: str
    name: str
    stem: str
    options: tuple[str, ...]
    key: int
    explanation: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """A question that was not taken, and why."""

    place: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Lost:
    """A part of a taken question that did not pass."""

    place: str
    name: str
    what: str


@dataclass(slots=True)
class Exchange:
    """The outcome of a reading or a writing."""

    items: list[Item] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)


def decoded(data: bytes, name: str) -> str:
    """The text of an exchanged file. Errors: BrokenSource for a file that is too large or is not UTF-8."""
    if len(data) > MAX_BYTES:
        raise BrokenSource([Fault(name, 1, f"larger than {MAX_BYTES} bytes")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        hint = "not UTF-8 text; if it comes from Windows, save it as UTF-8 (it may be Windows-1254)"
        raise BrokenSource([Fault(name, line, hint)]) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


class _Plain(HTMLParser):
    """Markup to text; a table is kept as a table, pictures and meaningful formatting are noticed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.media: set[str] = set()
        self.formatting: set[str] = set()
        self.tables: list[list[list[str]]] = []
        self.caption: list[str] | None = None
        self.captions: list[str] = []
        self.cell: list[str] | None = None
        self.silent = 0

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        if tag in _MEDIA:
            self.media.add(tag)
        elif tag in _SILENT:
            self.silent += 1
        elif tag in _MEANING:
            self.formatting.add(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "caption":
            self.caption = []
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables and self.tables[-1]:
            self.cell = []
        elif tag in _BLOCKS and self.cell is None:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag in ("td", "th") and self.cell is not None:
            self.tables[-1][-1].append(squeezed("".join(self.cell)))
            self.cell = None
        elif tag == "caption" and self.caption is not None:
            self.captions.append(squeezed("".join(self.caption)))
            self.caption = None
        elif tag in _BLOCKS and self.cell is None:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        target = next((one for one in (self.cell, self.caption) if one is not None), self.parts)
        target.append(data)


@dataclass(frozen=True, slots=True)
class Plain:
    """Markup as text: what was in it besides."""

    text: str
    table: Table | None
    media: tuple[str, ...]
    formatting: tuple[str, ...]
    tables: int


def plain(markup: str) -> Plain:
    """HTML to the text that a reader sees; one regular table is kept apart."""
    parser = _Plain()
    parser.feed(markup)
    parser.close()
    table = None
    rows = [row for row in parser.tables[0] if row] if parser.tables else []
    if len(parser.tables) == 1 and len(rows) > 1 and len({len(row) for row in rows}) == 1:
        table = Table((parser.captions or [""])[0], tuple(rows[0]), tuple(tuple(row) for row in rows[1:]))
    text = "\n".join(filter(None, (squeezed(line) for line in "".join(parser.parts).split("\n"))))
    return Plain(text, table, tuple(sorted(parser.media)), tuple(sorted(parser.formatting)), len(parser.tables))


def markup(text: str, table: Table | None = None) -> str:
    """Text, and a table under it, as HTML that `plain` reads back."""
    body = "".join(f"<p>{html.escape(line, quote=False)}</p>" for line in text.split("\n"))
    if table is None:
        return body
    head = "".join(f"<th>{html.escape(cell, quote=False)}</th>" for cell in table.head)
    rows = "".join(
        f"<tr>{''.join(f'<td>{html.escape(cell, quote=False)}</td>' for cell in row)}</tr>" for row in table.rows
    )
    caption = f"<caption>{html.escape(table.caption, quote=False)}</caption>" if table.caption else ""
    return f"{body}<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def squeezed(text: str) -> str:
    """One line with single spaces."""
    return re.sub(r"\s+", " ", text).strip()


def judged(
    exchange: Exchange, place: str, name: str, stem: Plain, options: list[tuple[Plain, float]], **rest: object
) -> None:
    """Add an item whose options carry a share of the points (100 = right), or say why it is not taken."""
    media = sorted({tag for part in (stem, *(option for option, _ in options)) for tag in part.media})
    right = [index for index, (_, share) in enumerate(options) if share >= 99.99]
    why = None
    if media:
        why = f"it shows a picture or other media ({', '.join(media)})"
    elif stem.tables > 1 or any(option.tables for option, _ in options) or (stem.tables and stem.table is None):
        why = "its table is not one regular table under the stem"
    elif not stem.text:
        why = "it has no stem"
    elif len(options) < 2 or not all(option.text for option, _ in options):
        why = "it has fewer than two options, or an empty one"
    elif len(right) != 1:
        why = "it has no right option" if not right else f"{len(right)} options are right; here exactly one is"
    elif any(0.01 < share < 99.99 for _, share in options):
        why = "some options give part of the points"
    if why:
        exchange.left.append(Left(place, name, why))
        return
    if any(share < 0 for _, share in options):
        exchange.lost.append(Lost(place, name, "minus points for wrong options (there are none here)"))
    formatting = sorted({tag for part in (stem, *(option for option, _ in options)) for tag in part.formatting})
    if formatting:
        exchange.lost.append(Lost(place, name, f"formatting ({', '.join(formatting)})"))
    texts = tuple(option.text for option, _ in options)
    exchange.items.append(Item(place, name, stem.text, texts, right[0], table=stem.table, **rest))  # type: ignore[arg-type]
