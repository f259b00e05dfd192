"""Between the desk's forms and the authored texts: a tariff version, one question of a topic, one slide of a lesson.

What a form does not know stays as it was: a text is read, the fields that were edited are put in their places, and the
whole is written again in the order of the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from lms.core.sources import Fault, parse

_KINDS = {"belge": "document", "sayfa": "page", "RG": "gazette"}
_WORDS = {"söz": "quote", "yer": "place", "not": "note"}
_DIVIDER = re.compile(r"^---[ \t]*$", re.MULTILINE)


class _Printed(str):
    """A table as it is printed: written as a block of lines."""

    __slots__ = ()


class _Writer(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - the base's signature
        super().increase_indent(flow, indentless=False)


def _block(dumper: yaml.SafeDumper, text: _Printed) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|")


_Writer.add_representer(_Printed, _block)


def _written(value: Any, **options: Any) -> str:
    text: str = yaml.dump(value, Dumper=_Writer, allow_unicode=True, sort_keys=False, width=10_000, **options)
    return text


def _inline(value: Any) -> str:
    """A value on one line, as it stands in a file."""
    return _written(value, default_flow_style=True).removesuffix("...\n").strip()


def _read(text: str) -> dict[str, Any]:
    part = parse(text.encode(), "", [])
    return part.bare if part and isinstance(part.value, dict) else {}


def _mapping(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = data.get(key)
    return found if isinstance(found, dict) else {}


# --- sources, a line each: "belge | ddas-faq | söz: ..." ----------------------------------------------------------


def source_lines(sources: Any) -> str:
    """The sources of a statement as a person types them."""
    lines = []
    for source in sources if isinstance(sources, list) else []:
        kind = next((name for name, key in _KINDS.items() if key in source), "")
        rest = [f"{name}: {source[key]}" for name, key in _WORDS.items() if key in source]
        lines.append(" | ".join([kind, str(source.get(_KINDS.get(kind, ""), "")), *rest]))
    return "\n".join(lines)


def sources_of(text: str) -> tuple[list[dict[str, str]], list[str]]:
    """The same, read; and the lines that are not understood."""
    sources, strange = [], []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        kind, *rest = (piece.strip() for piece in line.split("|"))
        words = [re.fullmatch(r"(söz|yer|not)\s*:\s*(.+)", piece) for piece in rest[1:]]
        if kind not in _KINDS or not rest or not rest[0] or not all(words):
            strange.append(line)
            continue
        sources.append({_KINDS[kind]: rest[0]} | {_WORDS[word[1]]: word[2] for word in words if word})
    return sources, strange


# --- a tariff version ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a version as the form shows it; ``status`` "" = the version is silent on it."""

    status: str = ""
    value: str = ""
    text: str = ""
    table: str = ""
    partial: bool = False
    note: str = ""
    sources: str = ""


@dataclass(frozen=True, slots=True)
class TariffText:
    """A version as the form shows it: its head, and its statements by key."""

    head: Mapping[str, str]
    statements: Mapping[str, Statement] = field(default_factory=dict)


HEAD = ("id", "act", "gazette_date", "gazette_number", "authority", "centre", "note", "effective", "effective_status", "effective_note", "effective_sources")  # fmt: skip


def tariff_form(text: str, keys: Sequence[str]) -> TariffText:
    """A version's text as form fields."""
    data = _read(text)
    gazette, effective, facts = (_mapping(data, key) for key in ("gazette", "effective", "facts"))
    head = {name: str(data.get(name) or "") for name in ("id", "act", "authority", "centre", "note")} | {
        "gazette_date": str(gazette.get("date") or ""),
        "gazette_number": str(gazette.get("number") or ""),
        "effective": str(effective.get("value") or ""),
        "effective_status": str(effective.get("status") or ""),
        "effective_note": str(effective.get("note") or ""),
        "effective_sources": source_lines(effective.get("sources")),
    }
    return TariffText(head, {key: _statement(facts.get(key)) for key in keys})


def _statement(fact: Any) -> Statement:
    if not isinstance(fact, dict):
        return Statement()
    return Statement(
        status=str(fact.get("status") or ""),
        value="" if fact.get("value") is None else _inline(fact["value"]),
        text=str(fact.get("text") or ""),
        table=str(fact.get("table") or "").rstrip("\n"),
        partial=fact.get("partial") is True,
        note=str(fact.get("note") or fact.get("reason") or ""),
        sources=source_lines(fact.get("sources")),
    )


def tariff_text(form: TariffText, before: str, tables: Sequence[str]) -> tuple[str, list[tuple[str, str]]]:
    """The version's file from the form, over what it said before; and (field, what is not understood)."""
    head = form.head
    faults: list[tuple[str, str]] = []
    old = _read(before)
    effective = {"value": _date(head["effective"]), "status": head["effective_status"]}
    data: dict[str, Any] = {
        "id": head["id"],
        "act": head["act"],
        "gazette": {"date": _date(head["gazette_date"]), "number": head["gazette_number"]},
        "authority": head["authority"],
        "centre": head["centre"],
        **({"note": head["note"]} if head["note"] else {}),
        "effective": effective,
    }
    if head["effective_note"]:
        effective["note"] = head["effective_note"]
    effective["sources"] = _sources("effective", head["effective_sources"], faults)
    data |= {key: value for key, value in old.items() if key not in data and key not in ("note", "facts")}
    facts = data["facts"] = {}
    former = _mapping(old, "facts")
    for key, statement in form.statements.items():
        if statement.status:
            facts[key] = _fact(key, statement, former.get(key), key in tables, faults)
    return _written(data), faults


def _fact(key: str, form: Statement, before: Any, is_table: bool, faults: list[tuple[str, str]]) -> dict[str, Any]:
    known = ("value", "text", "table", "partial", "status", "note", "reason", "sources")
    kept = {name: value for name, value in before.items() if name not in known} if isinstance(before, dict) else {}
    if form.status == "unknown":
        return {"status": "unknown", **({"reason": form.note} if form.note else {}), **kept}
    fact: dict[str, Any] = {}
    if is_table:
        fact["status"] = form.status
        lines = (line.replace("\t", "  ").rstrip() for line in form.table.splitlines())
        fact["table"] = _Printed("\n".join(line for line in lines if line) + "\n")
        if form.partial:
            fact["partial"] = True
    else:
        fact["value"] = _value(key, form.value, faults)
        fact["text"] = form.text
        fact["status"] = form.status
    if form.note:
        fact["note"] = form.note
    return fact | kept | {"sources": _sources(key, form.sources, faults)}


def _value(key: str, text: str, faults: list[tuple[str, str]]) -> Any:
    wrong: list[Fault] = []
    part = parse(text.encode(), "", wrong) if text.strip() else None
    faults += [(key, fault.reason) for fault in wrong]
    return part.bare if part else None


def _sources(key: str, text: str, faults: list[tuple[str, str]]) -> list[dict[str, str]]:
    sources, strange = sources_of(text)
    faults += [(key, f"source line not understood: {line}") for line in strange]
    return sources


def _date(text: str) -> Any:
    """A date where it is one; otherwise the text, so that the check can say what is wrong with it."""
    return _value("", text, []) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else text


def field_at(text: str, line: int) -> str:
    """The form field that a line of a version's file comes from: a statement's key, or a key of the head."""
    key, facts = "", False
    for number, row in enumerate(text.splitlines(), 1):
        if number > line:
            break
        if found := re.match(r"([a-z_]+):", row):
            key, facts = found[1], found[1] == "facts"
        elif facts and (found := re.match(r" {2}([a-z_]+):", row)):
            key = found[1]
    return key


# --- one question of a topic --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question stands in its topic's text: its lines (the first and the one after the last) and its values."""

    start: int
    end: int
    values: Mapping[str, Any]


def questions_in(text: str) -> dict[str, Place]:
    """Code -> place of every question of a topic that can be read."""
    root = parse(text.encode(), "", [])
    parts = root.items("questions") if root else []
    lines = text.splitlines()
    starts = [part.line for part in parts] + [len(lines) + 1]
    found = {}
    for part, start, following in zip(parts, starts, starts[1:], strict=False):
        values = part.bare
        if isinstance(values, dict) and isinstance(values.get("code"), str):
            end = following
            while end - 1 > start and lines[end - 2].lstrip().startswith("#"):
                end -= 1  # a comment above the next question belongs to that one
            found[values["code"]] = Place(start, end, values)
    return found


def with_question(text: str, code: str, values: Mapping[str, Any]) -> str:
    """The topic's text with one question's values changed; None takes a key away."""
    lines = text.splitlines()
    place = questions_in(text)[code]
    kept = {key: value for key, value in {**place.values, **values}.items() if value is not None}
    block = _written([kept]).rstrip("\n").splitlines()
    margin = " " * (len(lines[place.start - 1]) - len(lines[place.start - 1].lstrip(" ")))
    written = [f"{margin}{line}" for line in _unindented(block)]
    return "\n".join([*lines[: place.start - 1], *written, *lines[place.end - 1 :]]) + "\n"


def _unindented(block: Sequence[str]) -> list[str]:
    start = len(block[0]) - len(block[0].lstrip(" "))
    return [line[start:] for line in block]


# --- one slide of a lesson ----------------------------------------------------------------------------------------


def slides_in(text: str) -> list[str]:
    """The slides of a lesson, each as it stands between the dividers."""
    return [slide.strip("\n") for slide in _DIVIDER.split(text)]


def with_slide(text: str, number: int, slide: str) -> str:
    """The lesson's text with one slide (counted from 1) changed."""
    slides = slides_in(text)
    slides[number - 1] = slide.replace("\r\n", "\n").strip("\n")
    return "\n---\n".join(slides) + "\n"


def moved(tariff: TariffText, **head: str) -> TariffText:
    """The same version under another head: where a new version starts from the one before."""
    return replace(tariff, head={**tariff.head, **head})
