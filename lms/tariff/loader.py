"""Reads content/tariffs/*.yaml and content/tariffs/law/*.yaml into rules. Collects every fault; documents with one are not used at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Any

from lms.core.sources import Documents, Fault, Part, names_in, raise_if_broken, read_document
from lms.tariff.rules.versions import (
    FACTS,
    STATUSES,
    TABLES,
    Catalogue,
    Fact,
    Law,
    Reference,
    Row,
    Source,
    Table,
    Tariff,
)  # fmt: skip

FOLDER = "content/tariffs"
LAW = f"{FOLDER}/law"
SOURCES_FILE = "sources.yaml"
_BAND = re.compile(r"(\d{1,3}(?:\.\d{3})*)\s*-\s*(\d{1,3}(?:\.\d{3})*)(?=\s)")
_RATE = re.compile(r"(\d),(\d\d)")
_AMOUNT = re.compile(r"\d{1,3}(\.\d{3})*")
_KEY = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_COLUMNS = {"kat": "multiple", "limit": "limit"}


def load(documents: Documents) -> Catalogue:
    """Every version. Errors: BrokenSource with every fault."""
    catalogue, faults = check(documents)
    raise_if_broken(faults)
    return catalogue


def check(documents: Documents) -> tuple[Catalogue, list[Fault]]:
    """What can be read, and what is wrong."""
    faults: list[Fault] = []
    references = _references(documents, faults)
    tariffs: list[Tariff] = []
    for name in names_in(documents, FOLDER, ".yaml"):
        file = name.rpartition("/")[2]
        if file == SOURCES_FILE:
            continue
        root = read_document(documents, name, faults)
        if root is not None:
            tariffs.append(_Reader(references, root).tariff(file.removesuffix(".yaml")))
    tariffs.sort(key=lambda tariff: tariff.from_day)
    for one, two in pairwise(tariffs):
        if one.from_day == two.from_day:
            faults.append(Fault(f"{FOLDER}/{two.id}.yaml", 1, f"takes effect on the same day as {one.id}"))
    if not tariffs:
        faults.append(Fault(FOLDER, 1, "holds no tariff"))
    return Catalogue(tuple(tariffs), references, _laws(documents, references, faults)), faults


def _laws(documents: Documents, references: Mapping[str, Reference], faults: list[Fault]) -> tuple[Law, ...]:
    laws: list[Law] = []
    for name in names_in(documents, LAW, ".yaml"):
        root = read_document(documents, name, faults)
        if root is not None:
            laws.append(_Reader(references, root).law(name.rpartition("/")[2].removesuffix(".yaml")))
    laws.sort(key=lambda law: (law.series, law.from_day))
    for one, two in pairwise(laws):
        if (one.series, one.from_day) == (two.series, two.from_day):
            faults.append(Fault(f"{LAW}/{two.id}.yaml", 1, f"takes effect on the same day as {one.id}"))
    return tuple(laws)


def _references(documents: Documents, faults: list[Fault]) -> dict[str, Reference]:
    root = read_document(documents, f"{FOLDER}/{SOURCES_FILE}", faults)
    references: dict[str, Reference] = {}
    if root is None:
        return references
    root.only("documents", "pages")
    for group, kind in (("documents", "document"), ("pages", "page")):
        part = root.at(group)
        for key, entry in part.pairs() if part else ():
            entry.only("title", "url")
            if key in references:
                entry.fault(f"{key!r} stands twice")
            references[key] = Reference(key, kind, entry.need("title", str, key), entry.get("url", str, ""))
    return references


def read_sources(part: Part, references: Mapping[str, Reference]) -> tuple[Source, ...]:
    """The `sources:` list of a statement or of a question: each names a document, a page or a gazette number."""
    sources = []
    for item in part.items("sources"):
        item.only("document", "page", "gazette", "quote", "place", "note")
        kinds = [kind for kind in ("document", "page", "gazette") if kind in item]
        if len(kinds) != 1:
            item.fault("a source names exactly one of document, page, gazette")
            continue
        kind = kinds[0]
        key = item.need(kind, str, "")
        if kind != "gazette" and (key not in references or references[key].kind != kind):
            item.fault(f"{kind} {key!r} is not in {SOURCES_FILE}")
        texts = {name: item.get(name, str, "") for name in ("quote", "place", "note")}
        if kind == "document" and not (texts["quote"] or texts["place"]):
            item.fault("a document is cited with its words (quote) or the place in it (place)")
        if kind == "gazette" and not re.fullmatch(r"\d{5}", key):
            item.fault("a gazette is cited by its number of five digits, in quotes")
        sources.append(Source(key, kind, **texts))  # type: ignore[arg-type]
    return tuple(sources)


class _Reader:
    """One file."""

    def __init__(self, references: Mapping[str, Reference], root: Part) -> None:
        self.references = references
        self.root = root
        self.partial: set[str] = set()

    def tariff(self, stem: str) -> Tariff:
        root = self.root
        root.only("id", "act", "gazette", "authority", "centre", "note", "effective", "facts")
        if root.need("id", str, stem) != stem:
            root.fault(f"the id must be the file's name, {stem!r}")
        gazette = root.at("gazette") or Part({}, root.file, root.line, root.faults)
        gazette.only("date", "number")
        facts = {}
        part = root.at("facts")
        for key, fact in part.pairs() if part else ():
            if key not in FACTS:
                fact.fault(f"unknown statement {key!r}; known: {', '.join(FACTS)}")
            else:
                facts[key] = self.table_fact(key, fact) if key in TABLES else self.fact(key, fact)
        effective = root.at("effective")
        tariff = Tariff(
            id=stem,
            act=root.need("act", str, ""),
            gazette_date=gazette.need("date", date, date.min),
            gazette_number=gazette.need("number", str, ""),
            effective=self.effective(effective) if effective else Fact("effective", "unknown", date.min),
            authority=root.need("authority", str, ""),
            centre=root.need("centre", str, ""),
            note=root.get("note", str, ""),
            facts=facts,
            partial=frozenset(self.partial),
        )
        if effective is None:
            root.fault("'effective' is missing")
        self.agree(tariff)
        return tariff

    def law(self, stem: str) -> Law:
        root = self.root
        root.only("id", "title", "series", "effective", "note", "facts")
        if root.need("id", str, stem) != stem:
            root.fault(f"the id must be the file's name, {stem!r}")
        part = root.at("facts")
        facts = {}
        for key, fact in part.pairs() if part else ():
            if not _KEY.fullmatch(key) or key == "effective":
                fact.fault(f"a statement's key is like medium_sales, not {key!r}")
            facts[key] = self.fact(key, fact)
        if not facts:
            root.fault("a rule text says something (facts)")
        effective = root.at("effective")
        if effective is None:
            root.fault("'effective' is missing")
        return Law(
            id=stem,
            title=root.need("title", str, stem),
            series=root.need("series", str, stem),
            effective=self.effective(effective) if effective else Fact("effective", "unknown", date.min),
            note=root.get("note", str, ""),
            facts=facts,
        )

    def effective(self, part: Part) -> Fact:
        part.only("value", "status", "note", "sources")
        value = part.need("value", date, date.min)
        return Fact("effective", self.status(part), value, "", part.get("note", str, ""), self.sources(part))

    def fact(self, key: str, part: Part) -> Fact:
        part.only("value", "text", "status", "note", "reason", "sources")
        status = self.status(part)
        if status == "unknown":
            return self.unknown(key, part)
        value = found.bare if (found := part.at("value")) else None
        if value is None:
            part.fault("a known statement has a value; if it is not known, say status: unknown and why (reason)")
        self.kind(key, value, part)
        return Fact(key, status, value, part.need("text", str, ""), part.get("note", str, ""), self.sources(part))

    def table_fact(self, key: str, part: Part) -> Fact:
        part.only("table", "partial", "status", "note", "reason", "sources")
        status = self.status(part)
        if status == "unknown":
            return self.unknown(key, part)
        if part.get("partial", bool, False):
            self.partial.add(key)
        lines = part.at("table")
        rows: Table = ()
        if lines is None or not isinstance(lines.value, str):
            part.fault("a known table stands under table: | as it is printed")
        else:
            rows = tuple(_rows(key, lines, gaps=key in self.partial))
        return Fact(key, status, rows, "", part.get("note", str, ""), self.sources(part))

    def unknown(self, key: str, part: Part) -> Fact:
        if "value" in part or "table" in part:
            part.fault("an unknown statement has no value")
        return Fact(key, "unknown", None, part.get("text", str, ""), part.need("reason", str, ""))

    def status(self, part: Part) -> Any:
        status = part.need("status", str, "unknown")
        if status not in STATUSES:
            (part.at("status") or part).fault(f"status is one of {', '.join(STATUSES)}")
            return "unknown"
        return status

    def sources(self, part: Part) -> tuple[Source, ...]:
        sources = read_sources(part, self.references)
        if not sources:
            part.fault("a known value needs a source")
        return sources

    def kind(self, key: str, value: Any, part: Part) -> None:
        """The statements that sums are made from must have the right type."""
        if key in ("min_premium", "cash_discount", "ceiling", "renewal_ceiling", "deductible", "quote_validity"):
            if type(value) is not int or value < 0:
                (part.at("value") or part).fault("the value is a whole number (lira, per cent or days)")
        elif key == "terms" and not (isinstance(value, list) and all(type(day) is int for day in value)):
            part.fault("the value is a list of days")
        elif key == "instalments" and not _numbers(value, "down_percent", "count"):
            part.fault("the value is {down_percent: 25, count: 5}")
        elif key == "query_fee" and not (_numbers(value, "query") or _numbers(value, "buyer")):
            part.fault("the value is {insured: 10, buyer: 10, policy_buyer: 10} or {query: 15}, in lira")
        elif key == "staged" and not (isinstance(value, list) and all(_is_step(step) for step in value)):
            part.fault("the value is a list of {from: 2020-04-01, what: ...}, with over: and up_to: for sizes in lira")

    def agree(self, tariff: Tariff) -> None:
        """The columns of the premium table are the version's terms."""
        part = (self.root.at("facts") or self.root).at("premium")
        for row in (tariff.table("premium") or ())[:1]:
            columns = [int(column) for column in row.cells if column.isdigit()]
            if part is not None and columns != list(tariff.terms):
                part.fault(f"the table has the terms {columns}, the version {list(tariff.terms)}")


def _numbers(value: Any, *keys: str) -> bool:
    """Whether these fields of a mapping are whole numbers."""
    return isinstance(value, dict) and all(type(value.get(key)) is int and value[key] >= 0 for key in keys)


def _is_step(step: Any) -> bool:
    return isinstance(step, dict) and type(step.get("from")) is date and isinstance(step.get("what"), str)


def _rows(key: str, part: Part, *, gaps: bool) -> Iterator[Row]:
    """The rows of a pasted table; the first line names the columns. Rows must follow on unless the table is partial."""
    lines = [(number, text.strip()) for number, text in enumerate(part.value.splitlines(), part.line + 1)]
    lines = [(number, text) for number, text in lines if text]
    columns = _columns(key, part, lines)
    over: int | None = None if gaps else 0
    for number, text in lines[1:]:
        match = _BAND.match(text)
        cells = text[match.end() :].split() if match else []
        if match is None or len(cells) != len(columns):
            part.faults.append(Fault(part.file, number, f"a row is a band and {len(columns)} cells, not {text!r}"))
            continue
        first, upto = (int(edge.replace(".", "")) for edge in match.groups())
        start = first - 1 if first else 0
        if (over is not None and start != over) or upto <= start:
            part.faults.append(Fault(part.file, number, f"the band {match[0]!r} does not follow the row above"))
        over = upto
        values = {column: _cell(part, number, column, cell) for column, cell in zip(columns, cells, strict=True)}
        yield Row(start, upto, values)


def _columns(key: str, part: Part, lines: list[tuple[int, str]]) -> list[str]:
    head = lines[0][1].split() if lines else []
    columns = [_COLUMNS.get(word, word) for word in head[1:]]
    terms = [column for column in columns if column.isdigit()]
    expected = {"limits": ["limit"], "cover_multiple": ["multiple"], "premium": [*terms, "multiple"]}[key]
    if head[:1] != ["ciro"] or columns != expected or (key == "premium" and not terms):
        part.fault("the table's first line names its columns: ciro 120 180 240 360 kat, ciro limit or ciro kat")
    return columns


def _cell(part: Part, line: int, column: str, text: str) -> int | None:
    if text == "?":
        return None
    rate = _RATE.fullmatch(text)
    if column.isdigit() and rate:
        return int(rate[1]) * 100 + int(rate[2])
    if not column.isdigit() and _AMOUNT.fullmatch(text):
        return int(text.replace(".", ""))
    wanted = "a rate like 0,50" if column.isdigit() else "a number like 150.000"
    part.faults.append(Fault(part.file, line, f"{text!r} is not {wanted} (or ? if unknown)"))
    return None
