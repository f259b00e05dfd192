"""A small installation with a desk: the real tariffs, four questions on one topic, one lesson of two slides."""

import shutil
from pathlib import Path

import pytest

from lms.core.access import SYSTEM
from lms.core.db import transaction
from lms.core.sources import Folder
from lms.documents import services as documents
from lms.editorial.services import files
from lms.editorial.services.files import Prepared
from tests import factories
from tests.membership.helpers import log_in

LESSONS = "content/programmes/ddta/lessons"
SLIDES = f"{LESSONS}/01-sinir/slides.md"
TOPIC = "question_bank/ddta/sinir.yaml"
TEXTS = {
    f"{LESSONS}/course.yaml": "title: Deneme\n",
    f"{LESSONS}/01-sinir/lesson.yaml": "code: sinir\ntitle: Ciro sınırı\nsummary: Deneme dersi.\nas_of: 2025-11-04\n",
    f"{LESSONS}/01-sinir/check.yaml": "questions:\n"
    + "".join(
        f"  - {{stem: Soru {number}?, answer: bir, distractors: [iki, üç, dört], explanation: Çünkü., slide: sinir}}\n"
        for number in range(3)
    ),
    SLIDES: """# Ciro sınırı
id: kapak
layout: cover

???
Bu bir cümledir.
---
# Sınır ne kadar?
id: sinir
- Sınır {{DDAS-T-2025:ceiling|short}} TL

???
Sınır {{DDAS-T-2025:ceiling|short}} liradır.
""",
    "question_bank/ddta/paper.yaml": "slots:\n  - {topic: sinir, difficulty: 1}\n",
}
DATED = """
  - code: sinir-{number:03d}
    difficulty: 1
    stem: 4 Kasım 2025 tarifesine göre ciro sınırı kaç liradır? ({number})
    answer: 1.000.000.000 TL
    distractors: [500.000.000 TL, 750.000.000 TL, 250.000.000 TL]
    explanation: Sınır 1 milyar TL’dir.
    sources: [{{page: alomaliye2025}}]
    cells: ["DDAS-T-2025:ceiling"]
"""


@pytest.fixture
def root(tmp_path, monkeypatch):
    """The installation's folder; `lms content import` and the build would use it."""
    shutil.copytree("content/tariffs", tmp_path / "content/tariffs")
    questions = "".join(DATED.format(number=number) for number in range(1, 5))
    for number in (3, 4):
        questions = questions.replace(
            f"ciro sınırı kaç liradır? ({number})", f"yürürlükteki ciro sınırı kaç liradır? ({number})"
        )
    texts = {**TEXTS, TOPIC: f"topic: sinir\ntitle: Ciro sınırı\nlesson: sinir\nquestions:{questions}"}
    for name, text in texts.items():
        path = Path(tmp_path, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    monkeypatch.setattr(documents, "ROOT", tmp_path)
    monkeypatch.setattr(documents, "_made", {})
    monkeypatch.setattr(files, "ROOT", tmp_path)
    monkeypatch.setattr(files, "BUILT", tmp_path / "built")
    return tmp_path


@pytest.fixture
def taken_in(app, now, root):
    """The small installation, published; its film is left out."""
    with transaction():
        plan = documents.intake(Folder(root), over=False)
        return files.take_in(Prepared(plan, {}), actor=SYSTEM, now=now())


@pytest.fixture
def released(app, now, root):
    """The same with its film, really built."""
    prepared = files.prepare()
    with transaction():
        return files.take_in(prepared, actor=SYSTEM, now=now())


def person(role):
    with transaction():
        return factories.member(staff_role=role)


@pytest.fixture
def ann(app):
    return person("editor")


@pytest.fixture
def ben(app):
    return person("manager")


@pytest.fixture
def by(app):
    """A browser in which somebody is logged in."""
    app.config["WTF_CSRF_ENABLED"] = False

    def logged_in(member):
        client = app.test_client()
        log_in(client, member)
        return client

    return logged_in
