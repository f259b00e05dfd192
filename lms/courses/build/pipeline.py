"""Lessons -> var/content/<programme>/<key>/{video.mp4, captions.vtt, transcript.json, poster.jpg, lesson.json}.

The key is a hash of everything the result depends on, so a lesson is built again only when something in it changed, and
what was built for an earlier state stays. What a slide sounds and looks like is kept in var/content/parts by the hash of what
it is made from: a lesson that changed on one slide speaks and encodes that slide, and is put together again; parts.json names
what a lesson is made from, for `pruning`. A folder gets its name only when it is complete; all of it may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import io
import json
import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from lms.core.sources import Documents
from lms.courses.build import slides, video, voice
from lms.courses.rules.captions import Cue, cues, webvtt
from lms.courses.rules.lesson import Course, Lesson, Slide

FILES = ("video.mp4", "captions.vtt", "transcript.json", "poster.jpg", "lesson.json")
PARTS = "parts.json"
_LEAD, _BETWEEN, _TAIL = 0.44, 0.32, 0.76  # seconds of silence: before a slide's words, between sentences, after them


@dataclass(frozen=True, slots=True)
class Built:
    """A lesson that stands complete in `folder`; `fresh` = it was made now."""

    lesson: Lesson
    key: str
    folder: Path
    fresh: bool

    @property
    def facts(self) -> dict[str, Any]:
        """lesson.json: what an importer needs."""
        found: dict[str, Any] = json.loads((self.folder / "lesson.json").read_text("utf-8"))
        return found


Progress = Callable[[int, int, str], None]


def build(course: Course, documents: Documents, out: Path, progress: Progress | None = None) -> list[Built]:
    """Every lesson of the course, in order. `documents` holds its recordings; `out` is e.g. var/content."""
    keys = {lesson.code: key(course, lesson, documents) for lesson in course.lessons}
    folders = {code: out / course.programme / found for code, found in keys.items()}
    missing = [lesson for lesson in course.lessons if not complete(folders[lesson.code])]
    done = len(course.lessons) - len(missing)
    if progress:
        progress(done, len(course.lessons), "")
    for lesson in _made(missing, course, documents, folders):
        done += 1
        if progress:
            progress(done, len(course.lessons), lesson.title)
    fresh = {lesson.code for lesson in missing}
    return [Built(lesson, keys[lesson.code], folders[lesson.code], lesson.code in fresh) for lesson in course.lessons]


def missing(course: Course, documents: Documents, out: Path) -> dict[str, Path]:
    """The lessons that do not stand complete yet, by code, and the folders they will have."""
    folders = {lesson.code: out / course.programme / key(course, lesson, documents) for lesson in course.lessons}
    return {code: folder for code, folder in folders.items() if not complete(folder)}


def build_one(course: Course, documents: Documents, out: Path) -> str | None:
    """Make the first lesson that is missing; its title, or None when all stand."""
    folders = missing(course, documents, out)
    first = [lesson for lesson in course.lessons if lesson.code in folders][:1]
    return next((lesson.title for lesson in _made(first, course, documents, folders)), None)


def _made(lessons: list[Lesson], course: Course, documents: Documents, folders: dict[str, Path]) -> Iterator[Lesson]:
    if not lessons:
        return
    workers = min(len(lessons), os.cpu_count() or 1, 4)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        longest_first = sorted(lessons, key=lambda lesson: -sum(len(slide.sentences) for slide in lesson.slides))
        jobs = {
            pool.submit(make, lesson, course.title, _recordings(lesson, documents), folders[lesson.code]): lesson
            for lesson in longest_first
        }
        for job in as_completed(jobs):
            job.result()
            yield jobs[job]


def _recordings(lesson: Lesson, documents: Documents) -> dict[str, bytes]:
    """What another process needs of the documents."""
    return {slide.wav: documents[slide.wav] for slide in lesson.slides if slide.wav}


def complete(folder: Path) -> bool:
    """Everything is there."""
    return all((folder / name).is_file() for name in FILES)


def key(course: Course, lesson: Lesson, documents: Documents) -> str:
    """A hash of what the lesson's files depend on: its values, recordings, this folder's code and template, the tools' versions."""
    digest = hashlib.sha256()
    parts = {
        "course": course.title,
        "lesson": _without_lines(asdict(lesson)),
        "tools": [version("typst"), version("av"), version("espeakng-loader")],
    }
    digest.update(json.dumps(parts, default=str, sort_keys=True, ensure_ascii=False).encode())
    for name in ("lesson.typ", "pipeline.py", "slides.py", "video.py", "voice.py"):
        digest.update(_code(name))
    for recording in _recordings(lesson, documents).values():
        digest.update(recording)
    return f"{lesson.code}-{digest.hexdigest()[:16]}"


def _without_lines(value: Any) -> Any:
    """Where something stands in its file does not change the film."""
    if isinstance(value, dict):
        return {name: _without_lines(part) for name, part in value.items() if name != "line"}
    return [_without_lines(part) for part in value] if isinstance(value, list | tuple) else value


def make(lesson: Lesson, course_title: str, recordings: Mapping[str, bytes], folder: Path) -> None:
    """One lesson, from values to files."""
    parts = _Parts(folder.parent.parent / "parts")
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
    try:
        told = [_tell(slide, recordings, parts) for slide in lesson.slides]
        shown = [len(sound) * video.FPS // voice.RATE for sound, _ in told]
        shown[-1] += _to_half_second(sum(shown))
        total = sum(shown)
        sound = np.concatenate([sound for sound, _ in told])
        sound = np.concatenate([sound, np.zeros(total * voice.RATE // video.FPS - len(sound), dtype=np.float32)])
        pictures = slides.draw(lesson, course_title)
        segments = [_segment(picture, frames, parts) for picture, frames in zip(pictures, shown, strict=True)]
        video.write(work / "video.mp4", segments, voice.level(sound))
        _write_texts(work, lesson, told, shown)
        Image.open(io.BytesIO(pictures[0])).convert("RGB").save(work / "poster.jpg", quality=82, optimize=True)
        _write_facts(work, lesson)
        (work / PARTS).write_text(json.dumps(sorted(parts.used)), "utf-8")
        if not complete(folder):
            shutil.rmtree(folder, ignore_errors=True)
            work.chmod(0o755)
            work.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


class _Parts:
    """The folder of what slides sound and look like, and which of it a lesson is made from."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.used = folder, set[str]()
        folder.mkdir(parents=True, exist_ok=True)

    def kept(self, kind: str, made_from: list[bytes], make: Callable[[], bytes]) -> bytes:
        """A part of a lesson as it was made before from the same, else made now."""
        digest = hashlib.sha256(b"".join(hashlib.sha256(one).digest() for one in made_from)).hexdigest()
        path = self.folder / f"{digest[:32]}.{kind}"
        self.used.add(path.name)
        if not path.is_file():
            draft = path.with_suffix(f".{os.getpid()}")
            draft.write_bytes(make())
            draft.replace(path)
        return path.read_bytes()


def _segment(picture: bytes, frames: int, parts: _Parts) -> bytes:
    made_from = [picture, str(frames).encode(), _code("video.py"), version("av").encode()]
    return parts.kept("mp4", made_from, lambda: video.segment(picture, frames))


def _said(texts: list[str], parts: _Parts) -> list[voice.Samples]:
    made_from = [*(text.encode() for text in texts), _code("voice.py"), version("espeakng-loader").encode()]
    return voice.unpacked(parts.kept("npz", made_from, lambda: voice.packed(voice.told(texts))))


def _code(name: str) -> bytes:
    return Path(__file__).with_name(name).read_bytes()


def _to_half_second(frames: int) -> int:
    """Frames to add so that the file ends half a second after a whole one: then playing it counts every whole second."""
    return (1 - frames) % video.FPS


def _tell(slide: Slide, recordings: Mapping[str, bytes], parts: _Parts) -> tuple[voice.Samples, list[tuple[int, int]]]:
    """A slide's sound, padded to whole frames, and where each sentence lies in it (milliseconds)."""
    if slide.wav:
        spoken = [voice.recording(recordings[slide.wav])]
    else:
        spoken = _said([sentence.said for sentence in slide.sentences], parts)
    heard, places, at = [_silence(_LEAD)], [], round(_LEAD * voice.RATE)
    for number, samples in enumerate(spoken):
        if number:
            heard.append(_silence(_BETWEEN))
            at += len(heard[-1])
        heard.append(samples)
        places.append((at * 1000 // voice.RATE, (at + len(samples)) * 1000 // voice.RATE))
        at += len(samples)
    heard.append(_silence(_TAIL))
    whole = np.concatenate(heard)
    frame = voice.RATE // video.FPS
    padded = np.concatenate([whole, np.zeros(-len(whole) % frame, dtype=np.float32)])
    return padded, _share(places[0], slide) if slide.wav else places


def _share(place: tuple[int, int], slide: Slide) -> list[tuple[int, int]]:
    """In a recording nobody says where a sentence ends: they share its time by their length."""
    total = sum(len(sentence.said) for sentence in slide.sentences)
    made, done = [], 0
    for sentence in slide.sentences:
        start = place[0] + (place[1] - place[0]) * done // total
        done += len(sentence.said)
        made.append((start, place[0] + (place[1] - place[0]) * done // total))
    return made


def _silence(seconds: float) -> voice.Samples:
    return np.zeros(round(seconds * voice.RATE), dtype=np.float32)


def _write_texts(
    work: Path, lesson: Lesson, told: list[tuple[voice.Samples, list[tuple[int, int]]]], shown: list[int]
) -> None:
    """Captions, and the transcript with its times."""
    all_cues: list[Cue] = []
    chapters = []
    start = 0
    for slide, (_, places), frames in zip(lesson.slides, told, shown, strict=True):
        sentences = []
        for sentence, (begin, end) in zip(slide.sentences, places, strict=True):
            all_cues += cues(sentence.shown, start + begin, start + end + 250)
            sentences.append({"start": start + begin, "end": start + end, "text": sentence.shown})
        length = frames * 1000 // video.FPS
        chapters.append(
            {"id": slide.id, "title": slide.title, "start": start, "end": start + length, "sentences": sentences}
        )
        start += length
    (work / "captions.vtt").write_text(webvtt(all_cues), "utf-8")
    (work / "transcript.json").write_text(json.dumps(chapters, ensure_ascii=False, indent=1), "utf-8")


def _shown(slide: Slide) -> dict[str, Any]:
    """What a slide shows, for the printed summary."""
    return {
        "id": slide.id,
        "layout": slide.layout,
        "title": slide.title,
        "kicker": slide.kicker,
        "source": slide.source,
        "bullets": list(slide.bullets),
        "block": {"kind": slide.block.kind, **slide.block.data} if slide.block else None,
    }


def _write_facts(work: Path, lesson: Lesson) -> None:
    facts = {
        "code": lesson.code,
        "number": lesson.number,
        "title": lesson.title,
        "summary": lesson.summary,
        "as_of": lesson.as_of.isoformat(),
        "objectives": list(lesson.objectives),
        "sources": list(lesson.sources),
        "slides": [_shown(slide) for slide in lesson.slides],
        "checks": [_without_lines(asdict(check)) for check in lesson.checks],
        "cited": [asdict(cited) for cited in lesson.all_cited],
        "duration": int(video.seconds(work / "video.mp4")),
        "files": {name: hashlib.sha256((work / name).read_bytes()).hexdigest() for name in FILES[:-1]},
    }
    (work / "lesson.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1), "utf-8")
