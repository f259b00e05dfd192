"""Our own long texts (notices, contracts) as HTML: the small part of Markdown that they use, everything escaped."""

import re
from collections.abc import Iterator
from itertools import groupby

from flask import Flask
from markupsafe import Markup, escape

_BOLD = re.compile(r"\*\*(.+?)\*\*")
_LINK = re.compile(r"https?://[^\s<>)]+[^\s<>).,;]")


def _inline(text: str) -> Markup:
    safe = _BOLD.sub(r"<strong>\1</strong>", str(escape(text)))
    return Markup(_LINK.sub(lambda m: f'<a href="{m[0]}" rel="noopener">{m[0]}</a>', safe))  # noqa: S704 - escaped above


def _blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    """("h1" | "ul" | "p" ..., its lines)."""
    for blank, lines in groupby(text.strip().splitlines(), key=lambda line: not line.strip()):
        if blank:
            continue
        for kind, same in groupby(lines, key=_kind):
            yield kind, [line.lstrip("#-* ").strip() if kind != "p" else line.strip() for line in same]


def _kind(line: str) -> str:
    heading = re.match(r"(#{1,4}) ", line)
    if heading:
        return f"h{len(heading[1])}"
    return "ul" if re.match(r"[-*] ", line) else "p"


def prose(text: str, below: int = 1) -> Markup:
    """Headings, lists, paragraphs, bold and addresses. ``below``: how many levels the headings go down; a text that is the
    page itself, its title the page's own heading, needs none."""
    parts = []
    for kind, lines in _blocks(text):
        if kind == "ul":
            items = Markup("").join(Markup("<li>{}</li>").format(_inline(line)) for line in lines)
            parts.append(Markup("<ul>{}</ul>").format(items))
        elif kind == "p":
            parts.append(Markup("<p>{}</p>").format(_inline(" ".join(lines))))
        else:
            tag = f"h{int(kind[1]) + below}"
            parts += [Markup("<{0}>{1}</{0}>").format(tag, _inline(line)) for line in lines]
    return Markup("\n").join(parts)


def init_app(app: Flask) -> None:
    """Give templates the filter ``prose``."""
    app.jinja_env.filters["prose"] = prose
