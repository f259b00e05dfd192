"""Captions: cues of at most two short lines, timed by the sentence that is being said. Times are milliseconds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

LINE = 46
CUE = 2 * LINE


@dataclass(frozen=True, slots=True)
class Cue:
    """Shown from `start` until `end` (half-open)."""

    start: int
    end: int
    text: str


def pieces(sentence: str) -> list[str]:
    """A sentence in pieces that fit a cue, cut at a comma where one is near, else between words, evenly."""
    if len(sentence) <= CUE:
        return [sentence]
    half = len(sentence) / 2 if len(sentence) <= 2 * CUE else CUE
    breaks = [found.end() for found in re.finditer(r"\s+", sentence) if found.start() <= CUE]
    if not breaks:
        return [sentence]
    after_comma = {place for place in breaks if sentence[:place].rstrip()[-1:] in ",;:"}
    cut = min(breaks, key=lambda place: abs(place - half) - (14 if place in after_comma else 0))
    return [sentence[:cut].strip(), *pieces(sentence[cut:].strip())]


def lines(text: str) -> str:
    """A cue's text on one line, or on two of nearly equal length."""
    if len(text) <= LINE:
        return text
    breaks = [found.start() for found in re.finditer(r"\s", text)]
    if not breaks:
        return text
    cut = min(breaks, key=lambda place: abs(place - len(text) / 2))
    return f"{text[:cut]}\n{text[cut + 1 :]}"


def cues(sentence: str, start: int, end: int) -> list[Cue]:
    """The cues of one sentence said from `start` to `end`; pieces share the time by their length."""
    parts = pieces(sentence)
    total = sum(len(part) for part in parts)
    made: list[Cue] = []
    done = 0
    for part in parts:
        begin = start + (end - start) * done // total
        done += len(part)
        made.append(Cue(begin, start + (end - start) * done // total, part))
    return made


def clock(milliseconds: int) -> str:
    """3723004 -> "01:02:03.004"."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest:03d}"


def webvtt(all_cues: Iterable[Cue]) -> str:
    """A WebVTT file (UTF-8, Turkish)."""
    blocks = ["WEBVTT\nKind: captions\nLanguage: tr"]
    for number, cue in enumerate(all_cues, start=1):
        text = lines(cue.text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        blocks.append(f"{number}\n{clock(cue.start)} --> {clock(cue.end)}\n{text}")
    return "\n\n".join(blocks) + "\n"
