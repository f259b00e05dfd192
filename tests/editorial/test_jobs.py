"""The building after a publication: one lesson a go, what fails is shown and the release before stays."""

import pytest

from lms.core.db import db, transaction
from lms.courses import services as courses
from lms.documents import queries as documents
from lms.documents.models import Publication
from lms.editorial import jobs, queries
from lms.editorial.services import builds


@pytest.fixture
def asked(taken_in, now):
    with transaction():
        builds.ask(documents.last_publication(), None, now=now())


def state():
    build = queries.latest_builds()[0]
    return build.state, build.done, build.total


def test_nothing_to_build_is_nothing_done(taken_in, now):
    assert jobs.rebuild(now()) == 0


def test_progress_is_told_lesson_by_lesson(asked, now, monkeypatch):
    left = iter([(2, "Bir"), (1, "İki"), (0, "Üç")])
    monkeypatch.setattr(courses, "build_one", lambda *_: next(left))
    monkeypatch.setattr(courses, "build", lambda *_: {})
    seen = [state()]
    for _ in range(3):
        assert jobs.rebuild(now()) == 1
        seen.append(state())
    assert seen == [("waiting", 0, 0), ("running", 1, 3), ("running", 2, 3), ("done", 3, 3)]


def test_a_build_that_fails_says_why_and_is_not_tried_for_ever(asked, now, monkeypatch, caplog):
    def broken(*_):
        raise RuntimeError("slides.md:9: kusur")

    monkeypatch.setattr(courses, "build_one", broken)
    assert jobs.rebuild(now()) == -1
    build = queries.latest_builds()[0]
    assert (build.state, build.fault) == ("failed", "slides.md:9: kusur")
    assert jobs.rebuild(now()) == 0


def test_a_later_publication_takes_over(asked, now, monkeypatch):
    with transaction():
        last = documents.last_publication()
        db.session.add(Publication(number=last.number + 1, code="sonraki", at=now(), by_code="", by_label="", note=""))
        db.session.flush()
        builds.ask(documents.last_publication(), None, now=now())
    monkeypatch.setattr(courses, "build_one", lambda *_: (0, ""))
    monkeypatch.setattr(courses, "build", lambda *_: {})
    jobs.rebuild(now())
    assert [build.state for build in queries.latest_builds()] == ["done", "outrun"]


def test_files_taken_in_meanwhile_bring_their_own_release(asked, now, monkeypatch):
    monkeypatch.setattr(courses, "build_one", lambda *_: (0, ""))
    monkeypatch.setattr(courses, "build", lambda *_: {})
    with transaction():
        last = documents.last_publication()
        db.session.add(Publication(number=last.number + 1, code="sonraki", at=now(), by_code="", by_label="", note=""))
    jobs.rebuild(now())
    assert state()[0] == "outrun"
