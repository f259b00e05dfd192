"""Fixtures of all tests: one migrated database for the session, one rolled-back transaction for each test.

``--db=postgres`` runs the same tests on a real PostgreSQL server (an embedded one; ``LMS_TEST_POSTGRES`` names another).
"""

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from apiflask import APIFlask
from flask import g, request_started
from flask.testing import FlaskClient
from flask_migrate import upgrade
from hypothesis import settings

from lms.app import create_app
from lms.core import clock
from lms.core.clock import ISTANBUL
from lms.core.config import Config
from lms.core.db import db
from tests import postgres
from tests.people import become  # noqa: F401 - a fixture of every feature

settings.register_profile("untimed", deadline=None)  # a busy machine is no fault of a rule
settings.load_profile("untimed")
TEST_KEY = "a-key-for-tests-only-0123456789abcdef"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--db", choices=("sqlite", "postgres"), default="sqlite", help="the database to test on")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server with an empty database ``app``, for tests that need it whatever ``--db`` says."""
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="session")
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.config.getoption("--db") == "postgres":
        return str(request.getfixturevalue("postgres_server"))
    return f"sqlite:///{tmp_path_factory.mktemp('db') / 'lms.sqlite3'}"


def build_config(database_url: str, var_dir: Path, **changes: object) -> Config:
    """A configuration for tests: demo mode, cheap password hashes, nothing leaves the machine."""
    values: dict[str, object] = {"testing": True, "argon2": (1, 8, 1), "scheduler_in_process": False}
    base = Config.from_env(
        {
            "LMS_MODE": "demo", "LMS_DATABASE_URL": database_url, "LMS_VAR_DIR": str(var_dir),
            "LMS_SECRET_KEY": TEST_KEY, "LMS_BASE_URL": "http://localhost", "LMS_BANK_URL": "http://bank.localhost",
        }
    )  # fmt: skip
    return Config(**{**{f: getattr(base, f) for f in base.__dataclass_fields__}, **values, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def config(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Config:
    return build_config(database_url, tmp_path_factory.mktemp("var"))


@pytest.fixture(scope="session")
def migrated_app(config: Config) -> Iterator[APIFlask]:
    app = create_app(config)
    with app.app_context():
        upgrade()
    yield app
    with app.app_context():
        db.engine.dispose()


def _forget_the_last_request(_app: APIFlask) -> None:
    """Requests inside one application context share ``g``; outside of tests each has its own."""
    g.__dict__.clear()


@pytest.fixture
def app(migrated_app: APIFlask) -> Iterator[APIFlask]:
    """The application inside one outer transaction that is rolled back: commits of the code become savepoints."""
    with migrated_app.app_context():
        engine = db.engine
        connection = engine.connect()
        outer = connection.begin()
        engines = db._app_engines[migrated_app]
        engines[None] = connection  # type: ignore[assignment]
        db.session.remove()
        db.session.configure(join_transaction_mode="create_savepoint")
        migrated_app.extensions["lms_throttle"].storage.reset()
        try:
            with request_started.connected_to(_forget_the_last_request, migrated_app):
                yield migrated_app
        finally:
            db.session.remove()
            engines[None] = engine
            outer.rollback()
            connection.close()


@pytest.fixture
def client(app: APIFlask) -> FlaskClient:
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


class TestClock:
    """Domain time under the test's control; ``set`` takes an instant or Istanbul civil text."""

    __test__ = False

    def __init__(self) -> None:
        self.at = datetime(2025, 3, 3, 9, 0, tzinfo=ISTANBUL)

    def __call__(self) -> datetime:
        return self.at

    def set(self, instant: datetime | str) -> datetime:
        self.at = instant if isinstance(instant, datetime) else civil(instant)
        return self.at


def civil(text: str) -> datetime:
    """ "2025-03-28 14:00" in Istanbul as an aware instant."""
    return datetime.fromisoformat(text).replace(tzinfo=ISTANBUL)


@pytest.fixture
def now(app: APIFlask) -> Iterator[TestClock]:
    """Set the domain clock: ``now.set("2025-03-28 14:00")``; ``now()`` reads it."""
    source = TestClock()
    clock.set_source(source)
    yield source
    clock.set_source(clock.wall)


@pytest.fixture
def live_database(config: Config, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], APIFlask]]:
    """For concurrency tests: an application of its own on a database of its own with real commits (no outer transaction).

    On ``--db=postgres`` a fresh database of the same server, else a fresh SQLite file.
    """
    name = f"t{os.getpid()}_{abs(hash(request.node.nodeid)) % 10**8}"
    if request.config.getoption("--db") == "postgres":
        from sqlalchemy import create_engine, text

        base = str(request.getfixturevalue("postgres_server"))
        admin = create_engine(base, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"create database {name} template template0 encoding 'UTF8'"))
        url = base.replace("/app?", f"/{name}?")
    else:
        admin = None
        url = f"sqlite:///{tmp_path / 'live.sqlite3'}"
    app = create_app(build_config(url, tmp_path / "var"))
    with app.app_context():
        upgrade()
    yield lambda: app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    if admin is not None:
        with admin.connect() as connection:
            connection.execute(text(f"drop database {name} with (force)"))
        admin.dispose()
    from lms.core import config as configuration

    configuration.activate(config)
