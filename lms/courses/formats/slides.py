"""slides.md -> slides. Slides are divided by `---`; in a slide: `# title`, `key: value` lines, `- bullets`, one fenced block
(```table ... ```) in YAML, then `???` and the narration."""

from __future__ import annotations

import re
import wave
from dataclasses import dataclass, field, replace
from io import BytesIO

from lms.core.sources import Documents, Fault, read_text
from lms.courses.formats.blocks import read_block
from lms.courses.formats.references import References
from lms.courses.rules.lesson import CODE, Block, Cited, Slide
from lms.courses.rules.speech import Sentence, sentences
from lms.tariff.rules.versions import Catalogue

_META = re.compile(r"(id|layout|kicker|source):\s*(.+)")


@dataclass(slots=True)
class _Draft:
    """A slide while its lines are being read."""

    number: int
    line: int
    references: References
    title: str = ""
    meta: dict[str, str] = field(default_factory=dict)
    bullets: list[str] = field(default_factory=list)
    block: Block | None = None
    narration: list[tuple[int, str]] | None = None
    fence: tuple[str, int, list[str]] | None = None


def read_slides(
    documents: Documents, folder: str, catalogue: Catalogue, lexicon: dict[str, str], faults: list[Fault]
) -> list[Slide]:
    """Every slide of the lesson in `folder`."""
    name = f"{folder}/slides.md"
    text = read_text(documents, name, faults)
    if text is None:
        return []
    drafts = [_Draft(1, 1, References(catalogue, faults))]
    for number, line in enumerate(text.splitlines(), start=1):
        if drafts[-1].fence is None and line.strip() == "---":
            drafts.append(_Draft(len(drafts) + 1, number + 1, References(catalogue, faults)))
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
            draft.block, draft.fence = read_block(kind, start, "\n".join(body), name, draft.references), None
        else:
            draft.fence[2].append(line)
    elif draft.narration is not None:
        draft.narration.append((number, line))
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
        draft.title, draft.line = draft.references.text(line[2:].strip(), "title", name, number), number
    elif line.startswith("- "):
        place = f"bullets/{len(draft.bullets)}"
        draft.bullets.append(draft.references.text(line[2:].strip(), place, name, number))
    elif meta := _META.fullmatch(line.strip()):
        key, value = meta.group(1), meta.group(2).strip()
        if key in draft.meta:
            faults.append(Fault(name, number, f"{key!r} stands twice"))
        if key == "id" and not CODE.fullmatch(value):
            faults.append(Fault(name, number, "an id is made of a-z, 0-9 and single hyphens"))
        draft.meta[key] = draft.references.text(value, key, name, number)
    elif line.strip():
        faults.append(
            Fault(name, number, f"not understood: {line.strip()[:40]!r} (title, bullet, key, block or ??? expected)")
        )


def _slide(documents: Documents, draft: _Draft, folder: str, lexicon: dict[str, str], faults: list[Fault]) -> Slide:
    name, number = f"{folder}/slides.md", draft.number
    if not draft.title:
        faults.append(Fault(name, draft.line, "a slide without a title (# ...)"))
    slide = draft.meta.get("id", "")
    if not slide:
        faults.append(Fault(name, draft.line, "a slide without an id (id: a-z, 0-9, hyphens)"))
    lines = draft.narration or []
    other = f"{folder}/narration/{slide}.txt"
    if other in documents:
        name, lines = other, list(enumerate((read_text(documents, other, faults) or "").splitlines(), start=1))
    text, marks = draft.references.narration(lines, name)
    told = sentences(text, lexicon)
    wav = f"{folder}/narration/{slide}.wav"
    if wav in documents:
        _check_wav(documents[wav], wav, faults)
    return Slide(
        id=slide,
        number=number,
        title=draft.title,
        layout=draft.meta.get("layout", "content"),
        kicker=draft.meta.get("kicker", ""),
        source=draft.meta.get("source", ""),
        bullets=tuple(draft.bullets),
        block=draft.block,
        sentences=told,
        cited=tuple(replace(one, slide=slide) for one in (*draft.references.found, *_spoken(told, marks))),
        wav=wav if wav in documents else None,
        line=draft.line,
    )


def _spoken(told: tuple[Sentence, ...], marks: list[list[Cited]]) -> list[Cited]:
    """The citations of the narration at their places in its sentences."""
    return [
        replace(one, place=f"narration/{number}", start=start, end=end)
        for number, sentence in enumerate(told)
        for start, end, reference in sentence.marks
        for one in marks[reference]
    ]


def _check_wav(data: bytes, name: str, faults: list[Fault]) -> None:
    try:
        with wave.open(BytesIO(data)) as sound:
            if sound.getsampwidth() != 2 or sound.getnchannels() not in {1, 2} or not sound.getnframes():
                faults.append(Fault(name, 1, "a recorded voice is a 16-bit mono or stereo WAV"))
    except (wave.Error, EOFError) as error:
        faults.append(Fault(name, 1, f"not a WAV file ({error})"))
