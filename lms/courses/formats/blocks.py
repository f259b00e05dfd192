"""The blocks of a slide: each kind reads its YAML into the plain data that the slide template and the printed summary draw."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from lms.core.errors import Invalid
from lms.core.sources import Fault, Part, parse
from lms.courses.formats.references import References
from lms.courses.rules.lesson import Block, Cited
from lms.tariff.rules.curve import Stretch, curve
from lms.tariff.rules.versions import BPS, KURUS, TABLES, Row, Tariff, cell_text, lira, percent


def _texts(part: Part, key: str, at_least: int, at_most: int) -> list[str]:
    items = part.items(key)
    if not at_least <= len(items) <= at_most:
        (part.at(key) or part).fault(f"{key!r} needs {at_least} to {at_most} entries, has {len(items)}")
    return [_text(item) for item in items]


def _text(part: Part) -> str:
    """A cell's text: numbers and dates may stand unquoted."""
    if isinstance(part.value, (dict, list)):
        part.fault("text is expected here (a reference {{...}} stands in quotes)")
        return ""
    return "" if part.value is None else str(part.value)


def _records(part: Part, keys: tuple[str, ...], at_least: int, at_most: int) -> list[dict[str, str]]:
    items = part.items("items")
    if not at_least <= len(items) <= at_most:
        part.fault(f"'items' needs {at_least} to {at_most} entries, has {len(items)}")
    made = []
    for item in items:
        item.only(*keys)
        made.append({key: _text(found) if (found := item.at(key)) else "" for key in keys})
    return made


def _table(part: Part) -> dict[str, Any]:
    part.only("head", "rows", "mark", "align", "widths")
    head = _texts(part, "head", 2, 6)
    rows = []
    for row in part.items("rows"):
        cells = [_text(cell) for cell in row.value] if isinstance(row.value, list) else []
        if len(cells) != len(head):
            row.fault(f"the row has {len(cells)} cells, the head {len(head)}")
        rows.append(cells)
    if not 1 <= len(rows) <= 11:
        part.fault(f"a table shows 1 to 11 rows, has {len(rows)}")
    marks = [[int(number) for number in re.findall(r"\d+", _text(mark))] for mark in part.items("mark")]
    for mark in marks:
        if len(mark) != 2 or not (1 <= mark[0] <= len(rows) and 1 <= mark[1] <= len(head)):
            part.fault(f"'mark' names a cell as \"row,column\" from 1; not {mark}")
    align = part.get("align", str, "")
    if align and (len(align) != len(head) or set(align) - set("lcr")):
        part.fault("'align' has one of l, c, r for each column")
    widths = [width.plain(int, 1) for width in part.items("widths")] or [1] * len(head)
    if len(widths) != len(head):
        part.fault("'widths' has a whole number for each column")
    return {"head": head, "rows": rows, "mark": marks, "align": align or "l" * len(head), "widths": widths}


def _steps(part: Part) -> dict[str, Any]:
    part.only("items")
    return {"items": _records(part, ("title", "text"), 2, 5)}


def _cards(part: Part) -> dict[str, Any]:
    part.only("items", "columns")
    return {"items": _records(part, ("title", "text"), 2, 6), "columns": part.get("columns", int, 3)}


def _figures(part: Part) -> dict[str, Any]:
    part.only("items")
    return {"items": _records(part, ("value", "label"), 1, 4)}


def _timeline(part: Part) -> dict[str, Any]:
    part.only("items")
    return {"items": _records(part, ("date", "title", "text"), 2, 6)}


def _compare(part: Part) -> dict[str, Any]:
    part.only("left", "right")
    sides = {}
    for key in ("left", "right"):
        side = part.at(key)
        if side is None:
            part.fault(f"{key!r} is missing")
            continue
        side.only("title", "tone", "items")
        tone = side.get("tone", str, "plain")
        if tone not in {"plain", "good", "bad"}:
            side.fault("'tone' is plain, good or bad")
        sides[key] = {"title": side.need("title", str, ""), "tone": tone, "items": _texts(side, "items", 1, 7)}
    return sides


def _formula(part: Part) -> dict[str, Any]:
    part.only("terms", "result", "worked")
    return {
        "terms": _texts(part, "terms", 1, 7),
        "result": part.need("result", str, ""),
        "worked": _texts(part, "worked", 0, 4) if "worked" in part else [],
    }


def _bars(part: Part) -> dict[str, Any]:
    part.only("items", "unit")
    items = []
    for record, item in zip(
        _records(part, ("label", "value", "shown", "tone"), 2, 8), part.items("items"), strict=True
    ):
        try:
            value = float(
                record["value"].replace(".", "").replace(",", ".") if "," in record["value"] else record["value"]
            )
        except ValueError:
            item.fault("'value' is a number")
            value = 0.0
        items.append({**record, "value": value})
    return {"items": items, "unit": part.get("unit", str, "")}


def _screen(part: Part) -> dict[str, Any]:
    part.only("title", "items", "actions", "result")
    return {
        "title": part.need("title", str, ""),
        "items": _records(part, ("label", "value", "note"), 1, 7),
        "actions": _texts(part, "actions", 0, 3) if "actions" in part else [],
        "result": part.get("result", str, ""),
    }


# --- blocks that are drawn from a tariff: nobody types its numbers ---------------------------------------------------------------

_HEADS = {"multiple": "Kat", "limit": "Alıcı başına azami limit (TL)"}
_BAND = "Vadeli satış cirosu (TL)"
MAX_ROWS = 11


def _version(part: Part, references: References) -> Tariff | None:
    code = part.need("version", str, "")
    found = references.catalogue.version(code)
    if found is None and code:
        (part.at("version") or part).fault(f"there is no tariff {code}")
    return found


def _tariff_table(part: Part, references: References) -> Block | None:
    """A printed table, or some of its rows and terms: `{version, table: premium | limits | cover_multiple, rows, terms, mark}`."""
    part.only("version", "table", "rows", "terms", "mark")
    version, key = _version(part, references), part.need("table", str, "premium")
    if key not in TABLES:
        part.fault(f"'table' is one of {', '.join(TABLES)}")
        return None
    table = version.table(key) if version else None
    if version is None or not table:
        if version:
            part.fault(f"{version.id} does not know this table")
        return None
    rows = _chosen(part, table)
    columns = _columns(part, table)
    marked = [_text(mark) for mark in part.items("mark")]
    cells, marks = [], []
    for number, row in enumerate(rows):
        shown = [row.label.replace("-", " – ")]
        for column in columns:
            text = cell_text(column, row.cells[column])
            address = f"{key}/{row.label}" + (f"/{column}" if key == "premium" else "")
            if row.cells[column] is not None:
                place = f"block/rows/{number}/{len(shown)}"
                references.found.append(Cited("", place, 0, len(text), f"{version.id}:{address}", text))
            if address.removeprefix(f"{key}/") in marked:
                marks.append([number + 1, len(shown) + 1])
            shown.append(text)
        cells.append(shown)
    if len(marks) != len(marked):
        part.fault('\'mark\' names shown cells ("3.000.001-5.000.000/180", in a table of limits "0-5.000.000")')
    head = [_BAND, *(_HEADS.get(column, f"{column} gün") for column in columns)]
    widths = [9, *([4] * len(columns))] if len(columns) > 1 else [1, 1]
    return Block(
        "table", {"head": head, "rows": cells, "mark": marks, "align": "l" + "r" * len(columns), "widths": widths}, 0
    )


def _chosen(part: Part, table: tuple[Row, ...]) -> list[Row]:
    wanted = [(item, _text(item)) for item in part.items("rows")]
    known = {row.label for row in table}
    for item, label in wanted:
        if label not in known:
            item.fault(f"the table has no row {label!r}")
    rows = [row for row in table if not wanted or row.label in {label for _, label in wanted}]
    if len(rows) > MAX_ROWS:
        part.fault(f"a table shows at most {MAX_ROWS} rows; choose some (rows)")
    return rows


def _columns(part: Part, table: tuple[Row, ...]) -> list[str]:
    known = list(table[0].cells)
    wanted = [(item, _text(item)) for item in part.items("terms")]
    for item, column in wanted:
        if column not in known:
            item.fault(f"the table has no column {column!r}; known: {', '.join(known)}")
    return [
        column
        for column in known
        if (column in {c for _, c in wanted} if wanted else column != "multiple" or len(known) == 1)
    ]


def _curve(part: Part, references: References) -> Block | None:
    """The premium over the turnover for one term, with its falls at the bands' edges: `{version, days, upto}` (upto in lira)."""
    part.only("version", "days", "upto")
    version, days, upto = _version(part, references), part.need("days", int, 0), part.get("upto", int, 0)
    if version is None:
        return None
    try:
        stretches = curve(version, days)
    except Invalid as error:
        part.fault(f"{version.id} has no curve for {days} days ({error.code})")
        return None
    shown = [found for found in stretches if not upto or found.row.over < upto]
    points, rows = [], []
    for number, found in enumerate(shown):
        rate = percent(found.rate_bps)
        address = f"{version.id}:premium/{found.row.label}/{days}"
        references.found.append(Cited("", f"block/rows/{number}/1", 0, len(rate), address, rate))
        points.append(_line(found, upto))
        rows.append([
            found.row.label.replace("-", " – "), rate,
            *(lira(kurus // KURUS) for kurus in (found.first, found.last)),
            lira(found.fall // KURUS) if found.fall and found is not shown[-1] else "–",
        ])  # fmt: skip
    head = [_BAND, "Oran (%)", "Dilim başında prim (TL)", "Dilim sonunda prim (TL)", "Sonraki dilime düşüş (TL)"]
    return Block("curve", {"head": head, "rows": rows, "lines": points, "days": days}, 0)


def _line(found: Stretch, upto: int) -> list[list[int]]:
    """A band's stretch as points (turnover, premium) in lira; where the floor ends it has a kink."""
    row = found.row
    end = min(row.upto, upto) if upto else row.upto
    floor_ends = found.first * BPS // (found.rate_bps * KURUS) if found.rate_bps else 0
    first, last = found.first // KURUS, end * found.rate_bps // BPS
    points = [[row.over, first], [end, max(first, last)]]
    if row.over + 1 < floor_ends < end:
        points.insert(1, [floor_ends, first])
    return points


BLOCKS: dict[str, Callable[[Part], dict[str, Any]]] = {
    "table": _table,
    "steps": _steps,
    "cards": _cards,
    "figures": _figures,
    "timeline": _timeline,
    "compare": _compare,
    "formula": _formula,
    "bars": _bars,
    "screen": _screen,
}

DRAWN: dict[str, Callable[[Part, References], Block | None]] = {"tariff-table": _tariff_table, "curve": _curve}


def read_block(kind: str, line: int, body: str, name: str, references: References) -> Block | None:
    """The block of a slide; `line` is where it begins in the file."""
    if kind not in BLOCKS and kind not in DRAWN:
        known = ", ".join(sorted((*BLOCKS, *DRAWN)))
        references.faults.append(Fault(name, line, f"unknown block {kind!r}; known: {known}"))
        return None
    own: list[Fault] = []
    part = parse(body.encode(), name, own)
    block = None
    if part is not None:
        faults, references.faults = references.faults, own
        try:
            references.part(part, "block")
            block = DRAWN[kind](part, references) if kind in DRAWN else Block(kind, BLOCKS[kind](part), line)
        except ValueError as error:
            own.append(Fault(name, 1, f"a number is expected ({error})"))
        finally:
            references.faults = faults
    references.faults += [Fault(name, line + fault.line, fault.reason) for fault in own]
    return block
