"""An uploaded film, looked at in a process of its own (see film_reader): what breaks or hangs there harms nobody."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from lms.core.errors import Invalid
from lms.courses.rules.recording import READING_SECONDS, Film


def inspect(source: Path, folder: Path) -> tuple[Film, Path, Path]:
    """The film, checked: what it is, its clean copy and its poster in `folder`. Errors: recording.*."""
    command = [sys.executable, "-m", "lms.courses.build.film_reader", str(source), str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=READING_SECONDS + 30, check=False)  # noqa: S603 - our own module
    except subprocess.TimeoutExpired:
        raise Invalid("recording.broken") from None
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise Invalid("recording.broken") from None
    if "refused" in answer:
        raise Invalid(answer["refused"], **answer["params"])
    answer |= {name: tuple(answer[name]) for name in ("video", "audio")}
    film = Film(**answer)
    return film, folder / f"film{film.suffix}", folder / "poster.jpg"
