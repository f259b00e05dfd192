"""Lesson files -> plain values, noting every fault with its file, line and reason.

lessons/course.yaml                  title, spoken (abbreviation -> how it is said)
lessons/NN-slug/lesson.yaml          code, title, summary, as_of, objectives, sources, cites
lessons/NN-slug/slides.md            slides divided by `---`; in a slide: `# title`, `key: value` lines right below it, `- bullets`,
                                     one fenced block (```table ... ```) in YAML, then `???` and the narration
lessons/NN-slug/narration/NN.txt     narration of slide NN in place of the one in slides.md
lessons/NN-slug/narration/NN.wav     a recorded voice for slide NN in place of the synthetic one
"""

from __future__ import annotations

import re
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import Any

from lms.core.sources import (
    Documents,
    Fault,
    Part,
    folders_in,
    parse,
    raise_if_broken,
    read_document,
    read_text,
)
from lms.courses.rules.lesson import CODE, Block, Citation, Course, Lesson, Slide, course_faults, lesson_faults
from lms.courses.rules.speech import sentences

_FOLDER = re.compile(r"(\d\d)-([a-z0-9]+(?:-[a-z0-9]+)*)")
_META = re.compile(r"(layout|kicker|source):\s*(.+)")


def lessons_of(programme: str) -> str:
    """The folder of a programme's lessons."""
    return f"content/programmes/{programme}/lessons"


def read_course(documents: Documents, programme: str) -> Course:
    """The course of a programme; raises BrokenSource with every fault found."""
    faults: list[Fault] = []
    lessons = lessons_of(programme)
    root = read_document(documents, f"{lessons}/course.yaml", faults)
    title, lexicon = "", {}
    if root is not None:
        root.only("title", "spoken")
        title = root.need("title", str, "")
        spoken = root.at("spoken")
        lexicon = {key: str(part.plain(str, "")) for key, part in spoken.pairs()} if spoken else {}
    read_lessons = [_lesson(documents, lessons, folder, lexicon, faults) for folder in folders_in(documents, lessons)]
    course = Course(programme, title, tuple(lesson for lesson in read_lessons if lesson is not None))
    if not read_lessons:
        faults.append(Fault(lessons, 1, "no lesson folders (NN-slug)"))
    for folder_name, reason in course_faults(course):
        faults.append(Fault(f"{lessons}/{folder_name}/lesson.yaml", 1, reason))
    raise_if_broken(faults)
    return course


def _lesson(
    documents: Documents, lessons: str, name: str, lexicon: dict[str, str], faults: list[Fault]
) -> Lesson | None:
    folder = f"{lessons}/{name}"
    named = _FOLDER.fullmatch(name)
    if not named:
        faults.append(Fault(folder, 1, "a lesson's folder is called NN-slug (01-giris)"))
        return None
    root = read_document(documents, f"{folder}/lesson.yaml", faults)
    slides = _slides(documents, folder, lexicon, faults)
    if root is None:
        return None
    root.only("code", "title", "summary", "as_of", "objectives", "sources", "cites")
    code = root.need("code", str, "x")
    if not CODE.fullmatch(code):
        (root.at("code") or root).fault("a code is made of a-z, 0-9 and single hyphens")
    lesson = Lesson(
        code=code,
        number=int(named.group(1)),
        title=root.need("title", str, ""),
        summary=root.need("summary", str, ""),
        as_of=root.need("as_of", date, date.min),
        objectives=tuple(part.plain(str, "") for part in root.items("objectives")),
        sources=tuple(part.plain(str, "") for part in root.items("sources")),
        cites=tuple(_citation(part) for part in root.items("cites")),
        slides=tuple(slides),
        folder=name,
    )
    for line, reason in lesson_faults(lesson):
        faults.append(Fault(f"{folder}/slides.md", line, reason))
    return lesson


def _citation(part: Part) -> Citation:
    part.only("version", "cell", "shows")
    return Citation(part.need("version", str, ""), part.need("cell", str, ""), part.need("shows", str, ""), part.line)


@dataclass(slots=True)
class _Draft:
    """A slide while its lines are being read."""

    number: int
    line: int
    title: str = ""
    meta: dict[str, str] = field(default_factory=dict)
    bullets: list[str] = field(default_factory=list)
    block: Block | None = None
    narration: list[str] | None = None
    fence: tuple[str, int, list[str]] | None = None


def _slides(documents: Documents, folder: str, lexicon: dict[str, str], faults: list[Fault]) -> list[Slide]:
    name = f"{folder}/slides.md"
    text = read_text(documents, name, faults)
    if text is None:
        return []
    drafts = [_Draft(1, 1)]
    for number, line in enumerate(text.splitlines(), start=1):
        if drafts[-1].fence is None and line.strip() == "---":
            drafts.append(_Draft(len(drafts) + 1, number + 1))
        else:
            _take(drafts[-1], line.rstrip(), number, name, faults)
    if drafts[-1].fence is not None:
        faults.append(Fault(name, drafts[-1].fence[1], "the block is not closed (```)"))
    return [_slide(documents, draft, folder, lexicon, faults) for draft in drafts]


def _take(draft: _Draft, line: str, number: int, name: str, faults: list[Fault]) -> None:
    """One line of a slide."""
    if draft.fence is not None:
        if line.strip() == "```":
            kind, start, body = draft.fence
            draft.block, draft.fence = _block(kind, start, "\n".join(body), name, faults), None
        else:
            draft.fence[2].append(line)
    elif draft.narration is not None:
        draft.narration.append(line)
    elif line.strip() == "???":
        draft.narration = []
    else:
        _take_content(draft, line, number, name, faults)


def _take_content(draft: _Draft, line: str, number: int, name: str, faults: list[Fault]) -> None:
    if line.startswith("```"):
        if draft.block is not None:
            faults.append(Fault(name, number, "a slide holds one block"))
        draft.fence = (line[3:].strip(), number, [])
    elif line.startswith("# "):
        if draft.title:
            faults.append(Fault(name, number, "a second title: divide slides by ---"))
        draft.title, draft.line = line[2:].strip(), number
    elif line.startswith("- "):
        draft.bullets.append(line[2:].strip())
    elif meta := _META.fullmatch(line.strip()):
        draft.meta[meta.group(1)] = meta.group(2).strip()
    elif line.strip():
        faults.append(
            Fault(name, number, f"not understood: {line.strip()[:40]!r} (title, bullet, key, block or ??? expected)")
        )


def _slide(documents: Documents, draft: _Draft, folder: str, lexicon: dict[str, str], faults: list[Fault]) -> Slide:
    if not draft.title:
        faults.append(Fault(f"{folder}/slides.md", draft.line, "a slide without a title (# ...)"))
    text = " ".join(draft.narration or [])
    other = f"{folder}/narration/{draft.number:02d}.txt"
    if other in documents:
        text = read_text(documents, other, faults) or ""
    wav = f"{folder}/narration/{draft.number:02d}.wav"
    if wav in documents:
        _check_wav(documents[wav], wav, faults)
    return Slide(
        number=draft.number,
        title=draft.title,
        layout=draft.meta.get("layout", "content"),
        kicker=draft.meta.get("kicker", ""),
        source=draft.meta.get("source", ""),
        bullets=tuple(draft.bullets),
        block=draft.block,
        sentences=sentences(text, lexicon),
        wav=wav if wav in documents else None,
        line=draft.line,
    )


def _check_wav(data: bytes, name: str, faults: list[Fault]) -> None:
    try:
        with wave.open(BytesIO(data)) as sound:
            if sound.getsampwidth() != 2 or sound.getnchannels() not in {1, 2} or not sound.getnframes():
                faults.append(Fault(name, 1, "a recorded voice is a 16-bit mono or stereo WAV"))
    except (wave.Error, EOFError) as error:
        faults.append(Fault(name, 1, f"not a WAV file ({error})"))


# --- blocks: each kind reads its YAML into the plain data that the slide template draws -----------------------------------------


def _texts(part: Part, key: str, at_least: int, at_most: int) -> list[str]:
    items = part.items(key)
    if not at_least <= len(items) <= at_most:
        (part.at(key) or part).fault(f"{key!r} needs {at_least} to {at_most} entries, has {len(items)}")
    return [_text(item) for item in items]


def _text(part: Part) -> str:
    """A cell's text: numbers and dates may stand unquoted."""
    if isinstance(part.value, (dict, list)):
        part.fault("text is expected here")
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
    sides = []
    for key in ("left", "right"):
        side = part.at(key)
        if side is None:
            part.fault(f"{key!r} is missing")
            continue
        side.only("title", "tone", "items")
        tone = side.get("tone", str, "plain")
        if tone not in {"plain", "good", "bad"}:
            side.fault("'tone' is plain, good or bad")
        sides.append({"title": side.need("title", str, ""), "tone": tone, "items": _texts(side, "items", 1, 7)})
    return {"sides": sides}


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
            value = float(record["value"])
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


def _block(kind: str, line: int, body: str, name: str, faults: list[Fault]) -> Block | None:
    reader = BLOCKS.get(kind)
    if reader is None:
        faults.append(Fault(name, line, f"unknown block {kind!r}; known: {', '.join(sorted(BLOCKS))}"))
        return None
    own: list[Fault] = []
    part = parse(body.encode(), name, own)
    data = {}
    if part is not None:
        try:
            data = reader(part)
        except ValueError as error:
            own.append(Fault(name, 1, f"a number is expected ({error})"))
    faults.extend(Fault(name, line + fault.line, fault.reason) for fault in own)
    return Block(kind, data, line) if part is not None else None
