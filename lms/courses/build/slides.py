"""Slides as pictures: one typst document per lesson, one PNG of 1280 x 720 per slide."""

from __future__ import annotations

import json
from pathlib import Path

import typst

from lms.core.config import ROOT
from lms.courses.rules.lesson import Lesson

TEMPLATE = Path(__file__).with_name("lesson.typ")
FONTS = ROOT / "content" / "fonts"


def draw(lesson: Lesson, course_title: str, count: int | None = None) -> list[bytes]:
    """The PNG of every slide, in order; the same values give the same bytes. `count`: how many the lesson has, if not these."""
    data = {
        "course": course_title,
        "number": lesson.number,
        "title": lesson.title,
        "count": count or len(lesson.slides),
        "slides": [
            {
                "number": slide.number,
                "title": slide.title,
                "layout": slide.layout,
                "kicker": slide.kicker,
                "source": slide.source,
                "bullets": list(slide.bullets),
                "block": {"kind": slide.block.kind, "data": slide.block.data} if slide.block else None,
            }
            for slide in lesson.slides
        ],
    }
    made = typst.compile(
        str(TEMPLATE),
        format="png",
        ppi=72.0,
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    pages = [made] if isinstance(made, bytes) else [page for page in made or [] if page is not None]
    if len(pages) != len(lesson.slides):
        raise RuntimeError(f"{lesson.folder}: {len(lesson.slides)} slides gave {len(pages)} pages")
    return pages
