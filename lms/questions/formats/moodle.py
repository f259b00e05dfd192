"""Moodle XML: single choice both ways; everything else is named (INTEROP.md 1.3)."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from lms.questions.formats.item import Exchange, Item, Left, Lost, Plain, judged, markup, plain, squeezed
from lms.questions.formats.xml import child, local, parsed

_TRUE = ("1", "true")


def read(data: bytes, name: str) -> Exchange:
    """Every question. Errors: BrokenSource when the file is no XML, declares a DTD, or is no quiz."""
    exchange = Exchange()
    root = parsed(data, name)
    category, number = "", 0
    for element in root.iter():
        if local(element) != "question":
            continue
        kind = element.get("type") or "multichoice"
        if kind == "category":
            category = _text(child(element, "category")).removeprefix("$course$/").removeprefix("top/")
            continue
        number += 1
        _question(element, kind, f"question {number}", category, exchange)
    return exchange


def _question(element: Element, kind: str, place: str, category: str, exchange: Exchange) -> None:
    title = _text(child(element, "name")) or squeezed(_shown(child(element, "questiontext")).text)[:60]
    if kind != "multichoice":
        exchange.left.append(Left(place, title, f"its type is {kind}"))
        return
    single = _text(child(element, "single"), own=True).lower() or "true"
    if single not in _TRUE:
        exchange.left.append(Left(place, title, "several options may be chosen"))
        return
    options = []
    for answer in (one for one in element if local(one) == "answer"):
        try:
            share = float(answer.get("fraction", "0"))
        except ValueError:
            exchange.left.append(Left(place, title, f"a fraction is {answer.get('fraction')!r}"))
            return
        options.append((_shown(answer), share))
        if _shown(child(answer, "feedback")).text:
            exchange.lost.append(Lost(place, title, "feedback of single options"))
    if any(local(one) in ("file", "image_base64") for one in element.iter()):
        exchange.left.append(Left(place, title, "it shows a picture"))
        return
    if any(local(one) == "hint" for one in element):
        exchange.lost.append(Lost(place, title, "hints"))
    tags = child(element, "tags")
    judged(
        exchange, place, _text(child(element, "idnumber"), own=True) or title, _shown(child(element, "questiontext")), options,
        explanation=_shown(child(element, "generalfeedback")).text, category=category,
        tags=tuple(_text(tag) for tag in (tags if tags is not None else ())),
    )  # fmt: skip


def _text(element: Element | None, *, own: bool = False) -> str:
    """The text below an element's <text>, or its own."""
    found = element if own else child(element, "text")
    return (found.text or "").strip() if found is not None else ""


def _shown(element: Element | None) -> Plain:
    body = _text(element)
    if element is not None and element.get("format", "html") in ("plain_text", "markdown"):
        return Plain("\n".join(filter(None, map(squeezed, body.split("\n")))), None, (), (), 0)
    return plain(body.replace("\n", "<br>") if "<" not in body else body)


def write(items: Iterable[Item]) -> bytes:
    """Items as a Moodle quiz; everything of an `Item` passes."""
    quiz, category = Element("quiz"), None
    for item in items:
        if item.category != category:
            category = item.category
            head = SubElement(quiz, "question", type="category")
            _say(head, "category", f"$course$/top/{category}")
        question = SubElement(quiz, "question", type="multichoice")
        _say(question, "name", item.name)
        _say(question, "questiontext", markup(item.stem, item.table), form="html")
        _say(question, "generalfeedback", markup(item.explanation) if item.explanation else "", form="html")
        for tag, value in (("defaultgrade", "1"), ("penalty", "0"), ("hidden", "0"), ("idnumber", item.name),
                           ("single", "true"), ("shuffleanswers", "true"), ("answernumbering", "ABCD")):  # fmt: skip
            SubElement(question, tag).text = value
        for index, option in enumerate(item.options):
            answer = _say(question, "answer", markup(option), form="html")
            answer.set("fraction", "100" if index == item.key else "0")
            _say(answer, "feedback", "", form="html")
        tags = SubElement(question, "tags")
        for tag in item.tags:
            _say(tags, "tag", tag)
    indent(quiz)
    found: bytes = tostring(quiz, encoding="utf-8", xml_declaration=True)
    return found + b"\n"


def _say(parent: Element, tag: str, text: str, *, form: str | None = None) -> Element:
    element = SubElement(parent, tag, {"format": form} if form else {})
    SubElement(element, "text").text = text
    return element
