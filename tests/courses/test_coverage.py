"""The course teaches the four insurance documents whole: every line is taught on a named slide, or left out for a reason."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
import yaml

from lms.core.sources import Folder
from lms.courses import services

ROOT = Path(__file__).parents[2]
AUTHORED = Folder(ROOT)
DOCUMENTS = ROOT.parent / "shared" / "seeds"
COVERAGE: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("coverage.yaml").read_text("utf-8"))


def numbers(key: str | int) -> range:
    """ "3-5" -> 3, 4, 5."""
    first, _, last = str(key).partition("-")
    return range(int(first), int(last or first) + 1)


@pytest.mark.parametrize("document", COVERAGE)
def test_no_line_is_mapped_twice_and_each_has_a_target_or_a_reason(document):
    seen: set[int] = set()
    for part in ("taught", "left_out"):
        for key, told in COVERAGE[document][part].items():
            assert told, key
            assert not seen & set(numbers(key)), f"{document}: {key} is there twice"
            seen |= set(numbers(key))


@pytest.mark.parametrize("document", COVERAGE)
def test_every_line_of_the_document_is_mapped(document):
    path = DOCUMENTS / f"{document}.txt"
    if not path.is_file():
        pytest.skip("the insurance documents are not beside this checkout (../shared/seeds)")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == COVERAGE[document]["sha256"]
    lines = path.read_text("utf-8").split("\n")
    full = {number for number, line in enumerate(lines, start=1) if line.strip()}
    mapped = {n for part in ("taught", "left_out") for key in COVERAGE[document][part] for n in numbers(key)}
    assert not full - mapped
    assert max(mapped) <= len(lines)


def test_every_target_is_a_slide_of_the_course():
    (course,) = services.check(AUTHORED)
    slides = {f"{lesson.code}#{slide.id}" for lesson in course.lessons for slide in lesson.slides}
    for name, document in COVERAGE.items():
        for key, told in document["taught"].items():
            missing = [target for target in told.split(", ") if target not in slides]
            assert not missing, f"{name}: {key}"
