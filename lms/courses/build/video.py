"""Still pictures and a voice -> MP4 (H.264 and AAC, index first), the form every phone plays."""

from __future__ import annotations

import io
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from lms.courses.build.voice import RATE, Samples

FPS = 2
KEY_EVERY = 30  # seconds, and at the start of each slide: where a viewer may jump to without decoding much
_AAC_FRAME = 1024


def segment(picture: bytes, frames: int) -> bytes:
    """A picture that stays for so many frames (FPS a second), as a film of its own: `write` joins them without encoding again."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4", options={"fflags": "+bitexact"}) as film:
        video = film.add_stream("libx264", rate=FPS)
        video.width, video.height, video.pix_fmt = 1280, 720, "yuv420p"
        video.time_base = Fraction(1, FPS)
        video.options = {
            "preset": "veryfast",
            "tune": "stillimage",
            "crf": "21",
            "threads": "1",
            "g": str(FPS * KEY_EVERY),
            "bf": "0",
            "profile": "main",
        }
        image = Image.open(io.BytesIO(picture)).convert("RGB")
        frame = av.VideoFrame.from_ndarray(np.asarray(image), format="rgb24").reformat(format="yuv420p")
        for number in range(frames):
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            film.mux(video.encode(frame))
        film.mux(video.encode(None))
    return out.getvalue()


def write(path: Path, segments: list[bytes], sound: Samples) -> None:
    """The segments one after the other, and `sound`, which has the same length in time."""
    with ExitStack() as stack:
        film = stack.enter_context(
            av.open(str(path), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"})
        )
        parts = [stack.enter_context(av.open(io.BytesIO(part), "r")) for part in segments]
        video = film.add_stream_from_template(parts[0].streams.video[0])
        voice = film.add_stream("aac", rate=RATE)
        voice.layout = "mono"
        voice.bit_rate = 40_000
        voice.options = {"aac_coder": "fast"}
        shown = 0
        for part in parts:
            begin = shown
            for packet in part.demux(video=0):
                if packet.size:
                    packet.pts = packet.dts = shown
                    packet.duration, packet.time_base, packet.stream = 1, Fraction(1, FPS), video
                    film.mux(packet)
                    shown += 1
            _speak(film, voice, sound[begin * RATE // FPS : shown * RATE // FPS], begin * RATE // FPS)
        film.mux(voice.encode(None))


def _speak(film: av.container.OutputContainer, voice: av.audio.stream.AudioStream, sound: Samples, offset: int) -> None:
    for start in range(0, len(sound), _AAC_FRAME):
        part = np.ascontiguousarray(sound[start : start + _AAC_FRAME]).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, offset + start, Fraction(1, RATE)
        film.mux(voice.encode(frame))


def seconds(path: Path) -> float:
    """How long the file really plays."""
    with av.open(str(path)) as film:
        return (film.duration or 0) / 1_000_000
