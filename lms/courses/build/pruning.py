"""What was built for earlier states goes: lessons that no course has any more, and parts that no lesson is made from."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from lms.courses.build.pipeline import PARTS


def prune(out: Path, kept: Collection[Path], before: datetime) -> tuple[int, int]:
    """Delete below `out` (e.g. var/content) what is older than `before` and not needed; how many lessons and parts.

    `kept` are the folders of the lessons as they are now. What is younger stays: another process may be building it.
    """
    lessons = [folder for programme in {one.parent for one in kept} for folder in programme.iterdir()]
    gone = [folder for folder in lessons if folder not in kept and _older(folder, before)]
    used = {name for folder in lessons if folder not in gone for name in _parts(folder)}
    unused = [part for part in (out / "parts").glob("*") if part.name not in used and _older(part, before)]
    for folder in gone:
        shutil.rmtree(folder, ignore_errors=True)
    for part in unused:
        part.unlink(missing_ok=True)
    return len(gone), len(unused)


def _older(path: Path, before: datetime) -> bool:
    return path.stat().st_mtime < before.timestamp()


def _parts(folder: Path) -> list[str]:
    listed = folder / PARTS
    return json.loads(listed.read_text("utf-8")) if listed.is_file() else []
