"""`lms content import` and `export`: what they say, what they refuse, and that a refusal changes nothing."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from lms.audit.models import AuditEntry
from lms.cli import content
from lms.cli.main import parser
from lms.core.access import SYSTEM, Actor
from lms.core.db import db, transaction
from lms.core.errors import Conflict
from lms.core.sources import BrokenSource
from lms.documents import queries as documents
from lms.documents import services as texts
from lms.editorial.services import files
from lms.questions.models import QuestionVersion
from tests.editorial.conftest import TOPIC

ANN, BEN = (Actor(kind="staff", code=name, label=name.title(), role="editor") for name in ("ann", "ben"))


@pytest.fixture
def run(app, monkeypatch, capsys):
    """A command in the application of the test; what it printed."""
    monkeypatch.setattr(content, "create_app", lambda: app)
    monkeypatch.setattr(content.presence, "need_database", lambda: None)

    def typed(*words):
        args = parser().parse_args(words)
        assert args.run(args) == 0
        return capsys.readouterr().out

    return typed


def edit(root, old, new):
    path = Path(root, TOPIC)
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def at_the_desk(now, old, new):
    with transaction():
        body = documents.published(TOPIC).body.replace(old, new, 1)
        row = texts.save(TOPIC, body, expected=texts.seen(TOPIC), note="masada", actor=ANN, now=now())
        texts.propose(row.code, actor=ANN, now=now())
        texts.publish([row], note="", after=texts.number(), actor=BEN, now=now())


def counts():
    return [db.session.scalar(select(func.count()).select_from(model)) for model in (QuestionVersion, AuditEntry)]


def test_export_writes_what_the_desk_changed_and_the_import_finds_nothing(taken_in, run, root, now):
    assert run("content", "export") == "documents: 0 written\n"
    at_the_desk(now, "Sınır 1 milyar", "Sınır bir milyar")
    assert run("content", "export") == f"changed  {TOPIC}\ndocuments: 1 written\n"
    assert "Sınır bir milyar" in Path(root, TOPIC).read_text("utf-8")
    assert run("content", "export") == "documents: 0 written\n"
    assert run("questions", "import").startswith("questions: 0 new")


def test_changed_at_both_places_is_refused_by_name_and_over_lets_the_files_win(taken_in, run, root, now):
    at_the_desk(now, "Sınır 1 milyar", "Sınır bir milyar")
    edit(root, "Sınır 1 milyar", "Sınır 1.000 milyon")
    before = counts()
    with pytest.raises(Conflict) as refused:
        run("questions", "import")
    assert (refused.value.code, refused.value.params["paths"]) == ("documents.conflict", TOPIC)
    assert counts() == before
    assert "1 changed" in run("questions", "import", "--over")
    assert "1.000 milyon" in documents.published(TOPIC).body
    assert any("bir milyar" in (row.body or "") for row in documents.history(TOPIC))


def test_a_file_with_a_fault_is_told_with_its_line_and_nothing_of_the_import_is_applied(taken_in, root, now):
    edit(root, "difficulty: 1", "difficulty: bir")
    edit(root, "Sınır 1 milyar", "Sınır bir milyar")
    before = counts()
    with pytest.raises(BrokenSource, match=rf"{TOPIC}:6: a whole number is expected here"):
        files.prepare()
    with pytest.raises(BrokenSource), transaction():
        files.take_in_bank(actor=SYSTEM, now=now())
    assert counts() == before
    assert "Sınır 1 milyar" in documents.published(TOPIC).body
