"""The database: one handle, typed base, portable types, and the only place that commits.

PostgreSQL is the target and SQLite the embedded default; the same code runs on both. On SQLite a request that may write
starts with ``BEGIN IMMEDIATE`` (the driver's default would silently lose updates), a read-only one with ``BEGIN``.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from weakref import WeakKeyDictionary

import psycopg
from flask_sqlalchemy import SQLAlchemy
from psycopg.rows import namedtuple_row
from psycopg_pool import ConnectionPool
from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    Select,
    Table,
    TextClause,
    TextualSelect,
    cast,
    column,
    event,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, registry
from sqlalchemy.types import TypeDecorator, TypeEngine

T = TypeVar("T")


class UTCDateTime(TypeDecorator[datetime]):
    """An instant: refuses naive values, always answers aware UTC (SQLite would answer naive ones)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonValue(TypeDecorator[Any]):
    """JSON: ``jsonb`` on PostgreSQL, text on SQLite; None is SQL NULL."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.JSONB(none_as_null=True))
        return dialect.type_descriptor(JSON(none_as_null=True))


BigKey = BigInteger().with_variant(Integer(), "sqlite")
Key = Annotated[int, mapped_column(BigKey, primary_key=True)]


class Base(DeclarativeBase):
    """Names every constraint, so that migrations can find it again on both databases."""

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={datetime: UTCDateTime, dict[str, Any]: JsonValue, list[Any]: JsonValue},
    )


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


db = SQLAlchemy(
    model_class=Base,
    session_options={"expire_on_commit": False},
    engine_options={"json_serializer": _dumps, "hide_parameters": True},  # names and addresses do not belong in logs
)

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model

_read_only: ContextVar[bool] = ContextVar("read_only", default=False)
_open: ContextVar[bool] = ContextVar("transaction_open", default=False)


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=10000", "synchronous=NORMAL"):
            connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN" if _read_only.get() else "BEGIN IMMEDIATE")


def mark_read_only(value: bool) -> None:
    """Said by the edge at the start of a request: a GET only reads."""
    _read_only.set(value)


@contextmanager
def transaction() -> Iterator[Session]:
    """One business act: everything inside is stored together, or nothing is. The only commit of the code base."""
    if _open.get():
        raise RuntimeError("transactions do not nest: the edge opens one, services only flush")
    session = db.session
    opened = _open.set(True)
    was_read_only = _read_only.get()
    if was_read_only:
        session.commit()  # ends the read snapshot; a write needs a fresh transaction
        _read_only.set(False)
    try:
        yield session()
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        _read_only.set(was_read_only)
        _open.reset(opened)


def record_apart(write: Callable[[], T]) -> T:
    """Undo what the failed act began, then store ``write``'s rows in a transaction of their own.

    For what must be recorded although the act failed: a bad call-back, a refused log-in.
    """
    db.session.rollback()
    with transaction():
        return write()


def at_once(statement: TextClause | TextualSelect, values: Mapping[str, Any]) -> Any:
    """One statement that is a transaction of its own: on PostgreSQL one round trip of a prepared statement, past the ORM.

    For the hot paths (an answer, a progress beat, a look-up), whose statement checks and writes everything by itself. Its
    row; None where it took nothing or failed, and on SQLite: then the ordinary way does it, or names why not.
    """
    engine = db.engine
    if engine.dialect.name != "postgresql":
        return None
    if not isinstance(engine, Engine):  # a test's outer transaction
        with transaction() as session:
            return session.execute(statement, values).one_or_none()
    sql, names = _numbered(statement)
    try:
        with _pool(engine).connection() as connection:
            return connection.execute(sql, [values[name] for name in names], prepare=True).fetchone()
    except psycopg.Error:
        return None


@cache
def _numbered(statement: TextClause | TextualSelect) -> tuple[str, tuple[str, ...]]:
    """In the database's own words ($1, $2 ...) and the names of its parameters in that order: compiled once a process, so
    that the driver need not take it apart at every call."""
    dialect = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # SQLAlchemy types it so
    compiled = statement.compile(dialect=dialect)
    return str(compiled), tuple(compiled.positiontup or ())


_HOT_CONNECTIONS = 2  # a process: more only wait for each other's turn on the processors, and for cold caches
_pools: WeakKeyDictionary[Engine, ConnectionPool[psycopg.Connection[Any]]] = WeakKeyDictionary()
_pools_lock = Lock()


def _pool(engine: Engine) -> ConnectionPool[psycopg.Connection[Any]]:
    """The connections of `at_once`, autocommitting; made at the first use, so that each process has its own."""
    with _pools_lock:
        if engine not in _pools:
            dsn = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
            kwargs = {"autocommit": True, "row_factory": namedtuple_row, "cursor_factory": psycopg.RawCursor}
            _pools[engine] = ConnectionPool(
                dsn, min_size=1, max_size=_HOT_CONNECTIONS, timeout=5, kwargs=kwargs, configure=_plan_once, open=True
            )
        return _pools[engine]


def _plan_once(connection: psycopg.Connection[Any]) -> None:
    """Planning such a statement takes several times as long as running it, and no value asks for another plan. Each names
    its rows by their keys: a plan that reads a table, however small the statistics call it, is never the right one."""
    connection.execute("SET plan_cache_mode = force_generic_plan")
    for way in ("seqscan", "hashjoin", "mergejoin"):
        connection.execute(f"SET enable_{way} = off")


@event.listens_for(Engine, "engine_disposed")
def _close_pool(engine: Engine) -> None:
    with _pools_lock:
        pool = _pools.pop(engine, None)
    if pool is not None:
        pool.close()


def release() -> None:
    """End the present transaction without storing anything, before slow work (a password hash, a call to the bank)."""
    db.session.rollback()


def take_turns(key: int) -> None:
    """Whoever names the same key waits until this transaction ends; on SQLite BEGIN IMMEDIATE does it by itself."""
    if is_postgresql():
        db.session.execute(select(func.pg_advisory_xact_lock(key)))


def is_postgresql() -> bool:
    """Whether statements that only PostgreSQL knows may be used."""
    return db.engine.dialect.name == "postgresql"


def insert_many(table: Table | type[Base], rows: Sequence[Mapping[str, Any]]) -> int:
    """INSERT all rows, which carry the same keys, with one statement whatever their number; how many."""
    return _insert(table, rows, ignore=False, conflict=None)


def insert_ignore(
    table: Table | type[Base], rows: Sequence[Mapping[str, Any]], conflict: Sequence[str] | None = None
) -> int:
    """The same for the rows that do not exist yet; the number really inserted.

    ``conflict`` names the columns of the unique constraint that may already hold; None means any. A *partial* unique
    index is matched by None only.
    """
    return _insert(table, rows, ignore=True, conflict=conflict)


def _insert(
    table: Table | type[Base], rows: Sequence[Mapping[str, Any]], *, ignore: bool, conflict: Sequence[str] | None
) -> int:
    if not rows:
        return 0
    target = table if isinstance(table, Table) else table.__table__
    assert isinstance(target, Table)  # noqa: S101 - narrows the type only
    statement: postgresql.Insert | sqlite.Insert
    sent: Sequence[Mapping[str, Any]] | None
    if is_postgresql():
        statement, sent = postgresql.insert(target).from_select(list(rows[0]), _recordset(target, rows)), None
    else:
        statement, sent = sqlite.insert(target), [dict(row) for row in rows]
    if ignore:
        statement = statement.on_conflict_do_nothing(index_elements=conflict)
    result = db.session.execute(statement, sent, execution_options={"preserve_rowcount": True})
    assert isinstance(result, CursorResult)  # noqa: S101 - narrows the type only
    return int(result.rowcount)


def _recordset(target: Table, rows: Sequence[Mapping[str, Any]]) -> Select[*tuple[Any, ...]]:
    """The rows as a table made from one JSON parameter: PostgreSQL reads thousands in one statement and one round trip."""
    columns = [column(name, target.c[name].type) for name in rows[0]]
    plain = [{name: _json_plain(value) for name, value in row.items()} for row in rows]
    source = func.jsonb_to_recordset(cast(literal(plain, postgresql.JSONB), postgresql.JSONB))
    named = source.table_valued(*columns).render_derived(name="new_rows", with_types=True)
    return select(*named.c)


def _json_plain(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise TypeError("an instant needs a time zone")
    if isinstance(value, datetime | date):
        return value.isoformat()
    return f"\\x{value.hex()}" if isinstance(value, bytes) else value
