"""A recorded video in place of a built one: what its file and its captions must be, and the transcript that follows from them."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lms.core.errors import Invalid
from lms.courses.rules.captions import Cue

MAX_VIDEO = 300_000_000  # bytes
MAX_CAPTIONS = 1_000_000
MIN_SECONDS, MAX_SECONDS = 20, 1800
MAX_SIDE, MIN_SIDE = 1920, 240
READING_SECONDS = 120  # of processor time, until a film counts as broken
COVERED = 3  # captions fill at least a third of the film
CODECS = {".mp4": ({"h264"}, {"aac"}), ".webm": ({"vp8", "vp9"}, {"opus", "vorbis"})}

_TIME = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_TIMING = re.compile(rf"{_TIME}[ \t]+-->[ \t]+{_TIME}(?:[ \t].*)?")
_END = re.compile(r"[.?!…][”\")]?$")


@dataclass(frozen=True, slots=True)
class Film:
    """What the file itself says. ``suffix`` names its container; sizes in pixels, ``duration`` in milliseconds."""

    suffix: str
    video: tuple[str, ...]
    audio: tuple[str, ...]
    others: int
    width: int
    height: int
    pixels: str
    duration: int


def check_film(film: Film) -> None:
    """What every phone plays, and nothing else in the file. Errors: recording.format, .streams, .codec, .size, .duration."""
    if film.suffix not in CODECS:
        raise Invalid("recording.format")
    if len(film.video) != 1 or len(film.audio) != 1 or film.others:
        raise Invalid("recording.streams", video=len(film.video), audio=len(film.audio), others=film.others)
    pictures, sounds = CODECS[film.suffix]
    if film.video[0] not in pictures or film.audio[0] not in sounds or film.pixels not in ("yuv420p", "yuvj420p"):
        raise Invalid("recording.codec", video=f"{film.video[0]} {film.pixels}", audio=film.audio[0])
    if not (min(film.width, film.height) >= MIN_SIDE and max(film.width, film.height) <= MAX_SIDE):
        raise Invalid("recording.size", width=film.width, height=film.height, most=MAX_SIDE)
    if not MIN_SECONDS * 1000 <= film.duration <= MAX_SECONDS * 1000:
        raise Invalid("recording.duration", least=MIN_SECONDS, most=MAX_SECONDS // 60, seconds=film.duration // 1000)


@dataclass(frozen=True, slots=True)
class NamedCue:
    """A cue and its identifier; an identifier that is a slide's id says that the slide begins there."""

    name: str
    cue: Cue


def read_captions(data: bytes, duration: int) -> list[NamedCue]:
    """The cues of a WebVTT file, in order, inside the film (milliseconds). Markup, styles and positions are not taken over.

    Errors: captions.empty, .too_big, .encoding, .header, .timing, .order, .outside, .text, .markup, .block, .thin; each with its line.
    """
    if not data:
        raise Invalid("captions.empty")
    if len(data) > MAX_CAPTIONS:
        raise Invalid("captions.too_big")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("captions.encoding", line=data[: error.start].count(b"\n") + 1) from None
    blocks = _blocks(text.replace("\0", "\ufffd"))
    if not blocks or not re.match(r"WEBVTT(?:[ \t].*)?$", blocks[0][1][0]):
        raise Invalid("captions.header")
    cues: list[NamedCue] = []
    for line, lines in blocks[1:]:
        if not re.match(r"NOTE(?:[ \t]|$)", lines[0]):
            cues.append(_cue(line, lines, cues[-1].cue.end if cues else 0, duration))
    if sum(one.cue.end - one.cue.start for one in cues) * COVERED < duration:
        raise Invalid("captions.thin")
    return cues


def _blocks(text: str) -> list[tuple[int, list[str]]]:
    """What stands between empty lines, each with the number of its first line."""
    found: list[tuple[int, list[str]]] = []
    open_block = False
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if not line.strip():
            open_block = False
        elif open_block:
            found[-1][1].append(line)
        else:
            found.append((number, [line]))
            open_block = True
    return found


def _cue(line: int, lines: list[str], after: int, duration: int) -> NamedCue:
    if re.match(r"(?:STYLE|REGION)\b", lines[0]):
        raise Invalid("captions.block", line=line)
    name, rest = ("", lines) if "-->" in lines[0] else (lines[0].strip(), lines[1:])
    timing = _TIMING.fullmatch(rest[0].strip()) if rest else None
    if timing is None:
        raise Invalid("captions.timing", line=line)
    start, end = _milliseconds(timing.groups()[:4]), _milliseconds(timing.groups()[4:])
    if not after <= start < end:
        raise Invalid("captions.order", line=line)
    if end > duration + 1000:
        raise Invalid("captions.outside", line=line)
    shown = " ".join(part.strip() for part in rest[1:])
    if re.search(r"[<>]|-->", shown):
        raise Invalid("captions.markup", line=line)
    shown = " ".join(html.unescape(shown).split())
    if not shown or not shown.isprintable():
        raise Invalid("captions.text", line=line)
    return NamedCue(name, Cue(start, min(end, duration), shown))


def _milliseconds(parts: Sequence[str | None]) -> int:
    hours, minutes, seconds, rest = (int(part or 0) for part in parts)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest


def transcript(
    cues: Sequence[NamedCue], slides: Sequence[dict[str, Any]], title: str, duration: int
) -> list[dict[str, Any]]:
    """Captions as the lesson's text: whole sentences, under the slides that the cues name (else under the lesson's title)."""
    titles = {slide["id"]: slide["title"] for slide in slides}
    chapters: list[dict[str, Any]] = [{"id": "", "title": title, "start": 0, "end": duration, "sentences": []}]
    ended = True
    for one in cues:
        if one.name in titles:
            if chapters[-1]["sentences"]:
                chapters[-1]["end"] = one.cue.start
                chapters.append({})
            chapters[-1] = {
                "id": one.name,
                "title": titles[one.name],
                "start": one.cue.start,
                "end": duration,
                "sentences": [],
            }
            ended = True
        sentences = chapters[-1]["sentences"]
        if ended:
            sentences.append({"start": one.cue.start, "end": one.cue.end, "text": one.cue.text})
        else:
            sentences[-1] |= {"end": one.cue.end, "text": f"{sentences[-1]['text']} {one.cue.text}"}
        ended = bool(_END.search(one.cue.text))
    chapters[0]["start"] = 0
    return chapters
