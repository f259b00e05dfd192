"""What was built for earlier states goes, what is needed or young stays."""

import json
import os
from datetime import UTC, datetime, timedelta

from lms.courses.build.pruning import prune

NOW = datetime(2025, 6, 1, tzinfo=UTC)


def made(path, days, text=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    at = (NOW - timedelta(days=days)).timestamp()
    for one in (path, path.parent):
        os.utime(one, (at, at))


def lesson(out, name, days, *parts):
    made(out / "ddta" / name / "parts.json", days, json.dumps(parts))
    return out / "ddta" / name


def test_only_what_is_old_and_of_no_use_is_deleted(tmp_path):
    now = lesson(tmp_path, "prim-2", 90, "a.mp4")
    old, young = lesson(tmp_path, "prim-1", 30, "b.mp4"), lesson(tmp_path, "prim-3", 1, "c.mp4")
    for part, days in (("a.mp4", 90), ("b.mp4", 90), ("c.mp4", 90), ("d.npz", 90), ("e.npz", 1)):
        made(tmp_path / "parts" / part, days)
    assert prune(tmp_path, [now], NOW - timedelta(days=7)) == (1, 2)
    assert (now.is_dir(), old.exists(), young.is_dir()) == (True, False, True)
    assert sorted(part.name for part in (tmp_path / "parts").iterdir()) == ["a.mp4", "c.mp4", "e.npz"]
    assert prune(tmp_path, [now], NOW - timedelta(days=7)) == (0, 0)
