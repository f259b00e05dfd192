"""From any number in a lesson or a question one click leads to the cell and its source: the real course, the real bank."""

import re
from dataclasses import asdict
from html import unescape
from pathlib import Path

import pytest

from lms.core.access import SYSTEM
from lms.core.db import db
from lms.core.sources import Folder
from lms.courses import services as courses
from lms.courses.build.pipeline import _shown, _without_lines
from lms.questions import services as questions
from lms.questions.models import QuestionVersion
from lms.tariff.rules.versions import anchor
from tests import factories
from tests.learning.test_views import log_in

__all__ = ["log_in"]
(COURSE,) = courses.check(Folder(Path()))
LINK = re.compile(r'<a class="cite" href="([^"]+)"[^>]*>([^<]*)</a>')


def cell(address):
    """The page of a version, at the cell."""
    version, _, place = address.partition(":")
    return f"/tarife/{version}#{anchor(place)}"


def told(page):
    """What is linked on a page: (where it leads, the text that leads there)."""
    return {(unescape(target), unescape(text)) for target, text in LINK.findall(page)}


def first_of_each_place(cited):
    """A number made from several cells leads to the first of them."""
    places = {}
    for one in cited:
        places.setdefault((one.slide, one.place, one.start), one)
    return places.values()


def texts_of(lesson):
    """Every text that a page of the lesson shows, by slide and place."""
    found = {("", "summary"): lesson.summary}
    found |= {("", f"objectives/{n}"): text for n, text in enumerate(lesson.objectives)}
    for n, check in enumerate(lesson.checks):
        found |= {("", f"checks/{n}/{key}"): getattr(check, key) for key in ("stem", "answer", "explanation")}
        found |= {("", f"checks/{n}/distractors/{k}"): text for k, text in enumerate(check.distractors)}
    for slide in lesson.slides:
        found |= {(slide.id, f"narration/{n}"): one.shown for n, one in enumerate(slide.sentences)}
        if slide.block or slide.layout == "closing":  # the others are told word for word beside the film
            found |= {(slide.id, "title"): slide.title}
            found |= {(slide.id, f"bullets/{n}"): text for n, text in enumerate(slide.bullets)}
            found |= _in_block(slide.id, "block", slide.block.data if slide.block else {})
    return found


def _in_block(slide, place, data):
    if isinstance(data, str):
        return {(slide, place): data}
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return {key: text for name, value in pairs for key, text in _in_block(slide, f"{place}/{name}", value).items()}


@pytest.mark.parametrize("lesson", COURSE.lessons, ids=lambda lesson: lesson.code)
def test_every_number_that_a_lesson_cites_is_a_link_on_its_pages(client, now, log_in, lesson):
    row = factories.release((600,)).lessons[0]
    row.code, row.summary, row.checks = lesson.code, lesson.summary, [_without_lines(asdict(c)) for c in lesson.checks]
    row.about = {"as_of": str(lesson.as_of), "objectives": list(lesson.objectives), "sources": list(lesson.sources)}
    row.slides, row.citations = [_shown(slide) for slide in lesson.slides], [asdict(one) for one in lesson.all_cited]
    row.transcript = [
        {"id": s.id, "title": s.title, "start": 0, "end": 9, "sentences": [{"start": 0, "end": 9, "text": one.shown} for one in s.sentences]}
        for s in lesson.slides
    ]  # fmt: skip
    application = factories.application()
    db.session.commit()
    log_in(application.member)
    now.set("2025-04-04 14:00")
    url = f"/egitimlerim/{application.code}"
    pages = (url, f"{url}/dersler/{lesson.code}/ozet", f"{url}/dersler/{lesson.code}/sorular?s0=9&s1=9&s2=9")
    linked = set.union(*(told(client.get(page).text) for page in pages))
    texts, seen = texts_of(lesson), 0
    for one in first_of_each_place(lesson.all_cited):
        if (one.slide, one.place) in texts:
            shown = texts[one.slide, one.place][one.start : one.end]
            assert (cell(one.address), shown) in linked, one
            seen += 1
    assert seen or not lesson.all_cited


def test_every_number_that_a_question_cites_is_a_link_on_its_page(now, become):
    questions.import_bank(Folder(Path()), actor=SYSTEM, now=now())
    staff = become(factories.member(staff_role="manager"))
    for version in db.session.query(QuestionVersion).order_by(QuestionVersion.id).all():
        linked = told(staff.get(f"/yonetim/sorular/{version.question.code}").text)
        texts = {"stem": version.stem, "explanation": version.explanation}
        texts |= {f"options/{n}": text for n, text in enumerate(version.options)}
        assert version.citations
        taken = set()
        for cite in version.citations:
            assert any(target == cell(cite["address"]) for target, _ in linked)
            for mark in cite["marks"]:
                if (place := (mark["place"], mark["start"])) not in taken:
                    taken.add(place)
                    assert (
                        cell(cite["address"]),
                        texts[mark["place"]][mark["start"] : mark["end"]],
                    ) in linked
        for row in (version.table or {"rows": []})["rows"]:
            assert set(row[1:]) <= {text for _, text in linked}
