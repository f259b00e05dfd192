"""The `lms` command in one sentence: what it refuses before it does anything."""

import socket
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lms.cli import presence
from lms.cli.main import main


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An installation that never ran, on port 8000."""
    for name in ("PORT", "LMS_DATABASE_URL", "LMS_FILES_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("lms.core.config.ROOT", tmp_path)
    monkeypatch.setattr("lms.cli.presence.ROOT", tmp_path)
    return tmp_path


def demonstration(root: Path, port: int) -> Path:
    path = root / "var" / str(port) / "lms.sqlite3"
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num)")
    return path


@pytest.mark.parametrize(
    "words",
    [
        ("doctor",), ("sweep",), ("scheduler",), ("db", "check"), ("questions", "stats"), ("questions", "import"),
        ("content", "import"), ("bank", "inquire"), ("staff", "create", "--role", "editor"), ("backup", "x.tar"),
    ],
)  # fmt: skip
def test_without_a_demonstration_nothing_is_written(capsys, root, words):
    assert main(words) == 2
    said = capsys.readouterr().err
    assert said == (
        "lms: no demonstration on port 8000 (var/8000 is empty); make run begins one, PORT=... names another.\n"
    )
    assert list(root.iterdir()) == []


def test_the_other_demonstration_is_named(capsys, root):
    demonstration(root, 8120)
    assert main(["doctor"]) == 2
    assert "PORT=8120 names another" in capsys.readouterr().err
    assert not (root / "var" / "8000").exists()


def test_a_database_that_was_named_is_missed_by_its_name(capsys, root, monkeypatch):
    monkeypatch.setenv("LMS_DATABASE_URL", f"sqlite:///{root}/elsewhere.sqlite3")
    assert main(["doctor"]) == 2
    assert capsys.readouterr().err == f"lms: no database at {root}/elsewhere.sqlite3; lms db upgrade makes one.\n"


@pytest.fixture
def taken() -> Iterator[int]:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_busy_port_is_named_before_any_work(capsys, root, taken):
    assert main(["serve", "--port", str(taken)]) == 2
    said = capsys.readouterr().err
    assert said == f"lms: port {taken} cannot be used: address already in use; name another with PORT=...\n"
    assert list(root.iterdir()) == []


def test_so_is_the_banks(taken):
    with pytest.raises(presence.ConfigError, match=f"port {taken} .the bank's, beside {taken - 1}. cannot be used"):
        presence.need_ports("127.0.0.1", [taken - 1, taken])


def test_a_backup_needs_a_folder_and_tells_what_is_in_it(capsys, root):
    files = demonstration(root, 8000).parent / "files"
    files.mkdir()
    (files / "one").write_bytes(b"1")
    assert main(["backup", str(root / "nowhere" / "x.tar")]) == 2
    assert capsys.readouterr().err == f"lms: {root}/nowhere is no folder: name a file in one that exists.\n"

    assert main(["backup", str(root / "x.tar")]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"{root}/x.tar: 0.0 MB, the database and 1 file"
    assert second == f"to read it back into an empty place: lms restore {root}/x.tar"
    with tarfile.open(root / "x.tar") as archive:
        assert sorted(archive.getnames()) == ["database", "files", "files/one"]


def test_an_unknown_topic_is_answered_with_the_known_ones(capsys, root, monkeypatch, app):
    demonstration(root, 8000)
    monkeypatch.setattr("lms.cli.exchange.create_app", lambda: app)
    assert main(["questions", "export", "--topic", "nonsense"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("lms: no questions of the topic 'nonsense'; there are: ")
    assert "hasar, " in said


def test_what_the_files_answer_needs_no_database_and_writes_none(capsys, root, monkeypatch):
    monkeypatch.setattr("lms.cli.presence.os.environ", {})
    monkeypatch.setattr("lms.cli.presence.atexit.register", lambda remove, folder: remove(folder))
    presence.files_suffice()
    assert presence.os.environ["LMS_DATABASE_URL"] == "sqlite:///:memory:"
    assert list(root.iterdir()) == []
