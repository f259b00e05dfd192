"""Looks into an uploaded film and copies its picture and sound, and nothing else, into a new file; its answer is JSON.

`python -m lms.courses.build.film_reader FILM FOLDER`, with limits on time and memory: strangers' bytes are decoded here alone.
"""

from __future__ import annotations

import json
import resource
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import av
from av.error import FFmpegError
from PIL import Image

from lms.core.errors import Invalid
from lms.courses.rules.recording import READING_SECONDS, Film, check_film

_MEMORY = 3 << 30
_FORMATS = {"mov,mp4,m4a,3gp,3g2,mj2": ".mp4", "matroska,webm": ".webm"}


def _look(source: Path, folder: Path) -> Film:
    with av.open(str(source), "r", metadata_errors="replace") as found:
        suffix = _FORMATS.get(found.format.name, "")
        pictures, sounds = found.streams.video, found.streams.audio
        codec = pictures[0].codec_context if pictures else None
        film = Film(
            suffix=suffix,
            video=tuple(stream.codec_context.name for stream in pictures),
            audio=tuple(stream.codec_context.name for stream in sounds),
            others=len(found.streams) - len(pictures) - len(sounds),
            width=codec.width if codec else 0,
            height=codec.height if codec else 0,
            pixels=str(codec.pix_fmt) if codec else "",
            duration=(found.duration or 0) // 1000,
        )
    check_film(film)
    copy = folder / f"film{suffix}"
    _copy(source, copy)
    with av.open(str(copy), "r") as made:
        film = replace(film, duration=(made.duration or 0) // 1000)
        check_film(film)
        video = made.streams.video[0]
        video.codec_context.skip_frame = "NONKEY"
        first = None
        for frame in made.decode(video):
            first = first or frame
        if first is None:
            raise Invalid("recording.broken")
        Image.fromarray(first.to_ndarray(format="rgb24")).save(folder / "poster.jpg", quality=82, optimize=True)
    return film


def _copy(source: Path, target: Path) -> None:
    """Picture and sound, packet by packet; no title, no place where it was taken, no chapters."""
    options = {"movflags": "+faststart", "fflags": "+bitexact"} if target.suffix == ".mp4" else {"fflags": "+bitexact"}
    with (
        av.open(str(source), "r", metadata_errors="replace") as found,
        av.open(str(target), "w", options=options) as made,
    ):
        streams = {
            stream.index: made.add_stream_from_template(stream)
            for stream in (found.streams.video[0], found.streams.audio[0])
        }
        for stream in streams.values():
            stream.metadata.clear()
        for packet in found.demux(*(found.streams.video[0], found.streams.audio[0])):
            if packet.dts is not None and packet.size:
                packet.stream = streams[packet.stream.index]
                made.mux(packet)


def main() -> int:
    """In the process of its own: an answer in JSON, whatever happens."""
    resource.setrlimit(resource.RLIMIT_CPU, (READING_SECONDS, READING_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    try:
        answer: dict[str, Any] = asdict(_look(Path(sys.argv[1]), Path(sys.argv[2])))
    except Invalid as error:
        answer = {"refused": error.code, "params": error.params}
    except (FFmpegError, ValueError, IndexError, MemoryError, OSError):
        answer = {"refused": "recording.broken", "params": {}}
    sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
