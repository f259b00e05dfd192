"""Still pictures and a voice -> MP4 (H.264 and AAC, index first), the form every phone plays."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from lms.courses.build.voice import RATE, Samples

FPS = 2
_AAC_FRAME = 1024


def write(path: Path, pictures: list[bytes], shown: list[int], sound: Samples) -> None:
    """`shown` is how many frames (FPS a second) each picture stays; `sound` has the same length in time."""
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}) as film:
        video = film.add_stream("libx264", rate=FPS)
        video.width, video.height, video.pix_fmt = 1280, 720, "yuv420p"
        video.time_base = Fraction(1, FPS)
        video.options = {
            "preset": "veryfast",
            "tune": "stillimage",
            "crf": "21",
            "threads": "1",
            "g": str(FPS * 30),
            "profile": "main",
        }
        voice = film.add_stream("aac", rate=RATE)
        voice.layout = "mono"
        voice.bit_rate = 48_000
        voice.options = {"aac_coder": "fast"}
        starts = np.cumsum([0, *shown]).tolist()
        for start, count, picture in zip(starts, shown, pictures, strict=False):
            image = Image.open(io.BytesIO(picture)).convert("RGB")
            frame = av.VideoFrame.from_ndarray(np.asarray(image), format="rgb24").reformat(format="yuv420p")
            for number in range(start, start + count):
                frame.pts, frame.time_base = number, Fraction(1, FPS)
                frame.pict_type = av.video.frame.PictureType.I if number == start else av.video.frame.PictureType.NONE
                film.mux(video.encode(frame))
            _speak(film, voice, sound[start * RATE // FPS : (start + count) * RATE // FPS], start * RATE // FPS)
        film.mux(video.encode(None))
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
