"""The chain over the audit trail: what a block holds, what `verify` finds, what the database itself refuses (ASVS 16.4.2)."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from lms.audit import formats, jobs, queries, services
from lms.audit.models import AuditEntry
from lms.audit.rules import KEPT, Act
from lms.cli.main import main
from lms.core import clock
from lms.core.access import SYSTEM
from lms.core.db import db, is_postgresql, transaction

NOW = datetime(2025, 3, 3, 6, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


def _act(code: str = "a", at: datetime = NOW, **more: object) -> None:
    with transaction():
        services.record(Act.LOGGED_IN, actor=SYSTEM, subject=("member", code), data={"ö": 1.5, **more}, now=at)


def _put(row_id: int, at: datetime = NOW) -> None:
    """A row whose sequence value was taken earlier than it was stored."""
    with transaction():
        db.session.add(
            AuditEntry(
                id=row_id, at=at, act="membership.logged_in", actor_kind="system", actor_code="", actor_label="",
                subject_kind="member", subject_code="late", data={},
            )
        )  # fmt: skip


def _tamper(statement: str, **values: object) -> None:
    """What somebody could do who owns the tables: the triggers off, the change, the triggers on."""
    on = "ALTER TABLE audit_entry {} TRIGGER USER"
    with transaction() as session:
        triggers = []
        if is_postgresql():
            session.execute(text(on.format("DISABLE")))
        else:
            triggers = session.execute(
                text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit%'")
            ).all()
            for name, _sql in triggers:
                session.execute(text(f"DROP TRIGGER {name}"))
        session.execute(text(statement), values)
        if is_postgresql():
            session.execute(text(on.format("ENABLE")))
        for _name, sql in triggers:
            session.execute(text(sql))


@pytest.fixture
def ids(app: APIFlask) -> list[int]:
    for code in ("a", "b", "c"):
        _act(code)
    jobs.seal(LATER)
    return [row["id"] for row in queries.plain_rows(limit=10)]


def test_a_block_holds_the_settled_rows_and_verifies(ids: list[int]) -> None:
    _act("fresh", LATER)
    seal = queries.last_seal()
    assert seal is not None
    assert (seal.number, seal.from_id, seal.to_id, seal.rows) == (1, 1, ids[-1], 3)
    verdict = services.verify(LATER)
    assert (verdict.ok, verdict.rows, verdict.blocks, verdict.unsealed, verdict.head) == (True, 3, 1, 1, seal.head)
    assert jobs.seal(LATER) == 0
    assert jobs.seal(LATER + timedelta(minutes=2)) == 1
    assert services.verify(LATER, deposited=seal.head.upper()).ok
    assert not services.verify(LATER, deposited="0" * 64).ok


def test_a_changed_row_is_named(ids: list[int]) -> None:
    _tamper("UPDATE audit_entry SET subject_code = 'x' WHERE id = :id", id=ids[1])
    verdict = services.verify(LATER)
    assert verdict.faults == [services.Fault("changed", 1, ids[1])]


def test_a_deleted_row_is_named(ids: list[int]) -> None:
    _tamper("DELETE FROM audit_entry WHERE id = :id", id=ids[0])
    assert services.verify(LATER).faults == [services.Fault("missing", 1, ids[0])]


def test_a_changed_row_with_its_digest_changed_too_breaks_the_block(ids: list[int]) -> None:
    _act("d", LATER)
    jobs.seal(LATER + timedelta(minutes=5))
    _tamper("UPDATE audit_entry SET subject_code = 'x' WHERE id = :id", id=ids[1])
    seal = db.session.get_one(services.AuditSeal, 1)
    digests = b"".join(formats.digest(row) for row in queries.plain_rows(AuditEntry.id <= ids[2], limit=10))
    forged = formats.head("", services.says(seal), digests)
    _tamper_seal(
        "UPDATE audit_seal SET digests = :digests, head = :head WHERE number = 1", digests=digests, head=forged
    )
    assert services.verify(LATER).faults == [services.Fault("block", 2)]


def _tamper_seal(statement: str, **values: object) -> None:
    if is_postgresql():
        with transaction() as session:
            session.execute(text("ALTER TABLE audit_seal DISABLE TRIGGER USER"))
    _tamper(statement, **values)
    db.session.expire_all()


def test_what_commits_late_is_sealed_in_the_next_block_with_its_own_list(ids: list[int]) -> None:
    _put(ids[-1] + 3)
    jobs.seal(LATER)
    _put(ids[-1] + 1)  # its id was taken before the block was sealed, its transaction ended after
    assert (services.verify(LATER).ok, services.verify(LATER).unsealed) == (True, 1)
    assert jobs.seal(LATER) == 1
    seal = queries.last_seal()
    assert seal is not None
    assert (seal.number, seal.late, seal.rows) == (3, [ids[-1] + 1], 1)
    assert (services.verify(LATER).ok, services.verify(LATER).late, services.verify(LATER).rows) == (True, 1, 5)
    assert jobs.seal(LATER) == 0
    _tamper("DELETE FROM audit_entry WHERE id = :id", id=ids[-1] + 1)
    assert services.verify(LATER).faults == [services.Fault("missing", 3, ids[-1] + 1)]


def test_what_is_put_into_an_old_gap_is_a_fault(ids: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    _put(ids[-1] + 3)
    jobs.seal(LATER)
    _put(ids[-1] + 5)
    jobs.seal(LATER)
    monkeypatch.setattr(services, "REMEMBERED", 1)
    _put(ids[-1] + 1)
    assert jobs.seal(LATER) == 0
    assert services.verify(LATER).faults == [services.Fault("extra", 2, ids[-1] + 1)]


def test_long_trails_are_sealed_block_by_block(app: APIFlask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "BLOCK", 2)
    for code in "abcde":
        _act(code)
    assert jobs.seal(LATER) == 5
    verdict = services.verify(LATER)
    assert (verdict.ok, verdict.blocks, verdict.rows) == (True, 3, 5)


@pytest.mark.parametrize("table", ["audit_entry", "audit_seal", "disclosure"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {}", "DELETE FROM {}"])
def test_the_database_refuses_to_change_what_was_recorded(ids: list[int], table: str, statement: str) -> None:
    with transaction():
        services.disclose(
            services.Recipient.SEDDK, basis=services.Basis.DUTY, subject=("member", "a"), what=[], actor=SYSTEM, now=clock.wall(),
        )  # fmt: skip
    column = "rows = 1" if table == "audit_seal" else "actor_label = 'x'"
    if table == "audit_entry":
        _act("young", clock.wall())
    with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
        session.execute(text(statement.format(table, column)))


def test_the_trail_is_kept_ten_years_and_the_chain_longer(app: APIFlask) -> None:
    _act("a", NOW - 2 * KEPT)
    jobs.seal(NOW - KEPT - timedelta(days=1))
    _act("b", NOW)
    jobs.seal(LATER)
    with transaction():
        assert services.expire(NOW) == 1
    verdict = services.verify(NOW)
    assert (verdict.ok, verdict.expired, verdict.rows) == (True, 1, 2)
    assert [row["subject_code"] for row in queries.plain_rows(limit=5)] == ["b"]


def test_gaps_and_members_are_each_others_reverse() -> None:
    assert formats.gaps(1, 9, [2, 3, 7]) == [[1, 1], [4, 6], [8, 9]]
    assert list(formats.members(1, 9, [[1, 1], [4, 6], [8, 9]], [])) == [2, 3, 7]
    assert formats.gaps(4, 3, []) == []
    assert list(formats.members(4, 3, [], [9, 2])) == [2, 9]
    assert formats.gaps(1, 3, [1, 2, 3]) == []


@pytest.fixture
def command(live_database: Callable[[], APIFlask], monkeypatch: pytest.MonkeyPatch) -> Iterator[APIFlask]:
    app = live_database()
    monkeypatch.setattr("lms.cli.privacy.create_app", lambda: app)
    monkeypatch.setattr("lms.cli.presence._missing", lambda _config: False)
    return app


def test_the_command_names_the_first_broken_row(command: APIFlask, capsys: pytest.CaptureFixture[str]) -> None:
    with command.app_context():
        assert main(["audit", "head"]) == 1
        for code in "abc":
            _act(code)
        jobs.seal(clock.wall())
    capsys.readouterr()
    assert main(["audit", "head"]) == 0
    head = capsys.readouterr().out.split()[0]
    assert main(["audit", "verify", "--head", head]) == 0
    assert f"3 rows in 1 blocks, 0 of them late, 0 not sealed yet\nhead {head}" in capsys.readouterr().out
    assert main(["audit", "verify", "--head", "f" * 64]) == 1
    with command.app_context():
        _tamper("UPDATE audit_entry SET actor_label = 'x' WHERE subject_code = 'b'")
    capsys.readouterr()
    assert main(["audit", "verify", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["ok"], found["faults"]) == (False, [{"kind": "changed", "block": 1, "row": 2}])
    assert main(["audit", "verify"]) == 1
    assert capsys.readouterr().out.startswith("BAD row 2 (block 1) was changed after it was sealed\n")
