"""QTI 2.1 and 2.2 items with one single choice, from an XML file or a package (INTEROP.md 1.5). Only read."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from lms.core.sources import BrokenSource, Fault
from lms.questions.formats.item import Exchange, Left, Lost, Plain, judged, plain
from lms.questions.formats.xml import child, local, parsed, unzipped


def read(data: bytes, name: str) -> Exchange:
    """Every item. Errors: BrokenSource for a broken or hostile file, or one that holds no QTI 2 item."""
    exchange = Exchange()
    files = list(unzipped(data, name)) if data[:4] == b"PK\x03\x04" else [(name, data)]
    items = 0
    for file, body in files:
        root = parsed(body, file)
        for item in root.iter():
            if local(item) == "assessmentItem":
                items += 1
                _item(item, file if len(files) > 1 else f"item {items}", exchange)
            elif local(item) in ("qti-assessment-item", "questestinterop"):
                version = "3" if local(item).startswith("qti") else "1.2"
                raise BrokenSource([Fault(file, 1, f"this is QTI {version}; 2.1 and 2.2 are read here")])
    if not items:
        raise BrokenSource([Fault(name, 1, "holds no QTI 2.1 item (assessmentItem)")])
    return exchange


def _item(item: Element, place: str, exchange: Exchange) -> None:
    title = item.get("title") or item.get("identifier") or place
    why = _unsupported(item)
    if why:
        exchange.left.append(Left(place, title, why))
        return
    choice = next(one for one in item.iter() if local(one) == "choiceInteraction")
    declared = next(one for one in item.iter() if local(one) == "responseDeclaration")
    right = {(value.text or "").strip() for value in (child(declared, "correctResponse") or ())}
    mapped = _mapped(declared)
    if not right and mapped:
        right = {key for key, points in mapped.items() if points == max(mapped.values()) and points > 0}
    elif mapped and not all(mapped.get(key, 0) == max(mapped.values()) for key in right):
        exchange.left.append(Left(place, title, "its mapping gives the most points to another option than its key"))
        return
    options = []
    for option in (one for one in choice if local(one) == "simpleChoice"):
        if any(local(one) == "feedbackInline" for one in option):
            exchange.lost.append(Lost(place, title, "feedback of single options"))
        if option.get("fixed") == "true":
            exchange.lost.append(Lost(place, title, "the fixed place of an option"))
        key = option.get("identifier", "")
        options.append((_shown(option, skip=("feedbackInline",)), 100.0 if key in right else 0.0))
    if any(local(one) == "modalFeedback" for one in item):
        exchange.lost.append(Lost(place, title, "feedback"))
    body = child(item, "itemBody")
    judged(exchange, place, item.get("identifier") or title, _stem(body), options)


def _unsupported(item: Element) -> str | None:
    interactions = [one for one in item.iter() if local(one).endswith("Interaction")]
    declared = [one for one in item.iter() if local(one) == "responseDeclaration"]
    if len(interactions) != 1 or len(declared) != 1 or local(interactions[0]) != "choiceInteraction":
        kinds = ", ".join(sorted({local(one) for one in interactions})) or "none"
        return f"it is no single choice (interactions: {kinds})"
    if declared[0].get("cardinality") != "single":
        return "several options may be chosen"
    if any(local(one) == "feedbackBlock" for one in item.iter()):
        return "parts of its text depend on the answer"
    return None


def _mapped(declared: Element) -> dict[str, float]:
    mapping = child(declared, "mapping")
    found = {}
    for entry in mapping if mapping is not None else ():
        try:
            found[entry.get("mapKey", "")] = float(entry.get("mappedValue", "0"))
        except ValueError:
            found[entry.get("mapKey", "")] = 0.0
    return found


def _stem(body: Element | None) -> Plain:
    """The body's text with the prompt, without the options."""
    return _shown(body, skip=("simpleChoice",)) if body is not None else Plain("", None, (), (), 0)


def _shown(element: Element, skip: tuple[str, ...] = ()) -> Plain:
    return plain(_markup(element, skip))


def _markup(element: Element, skip: tuple[str, ...]) -> str:
    """The inside of an element as HTML: namespaces dropped, some children left out."""
    parts = [_escaped(element.text)]
    for one in element:
        if local(one) not in skip:
            tag = {"prompt": "p", "choiceInteraction": "div"}.get(local(one), local(one))
            parts.append(f"<{tag}>{_markup(one, skip)}</{tag}>" if tag not in ("br", "img") else f"<{tag}>")
        parts.append(_escaped(one.tail))
    return "".join(parts)


def _escaped(text: str | None) -> str:
    return (text or "").replace("&", "&amp;").replace("<", "&lt;")
