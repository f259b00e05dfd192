"""Whether what a command works on is there; asked before anything is done or written."""

import atexit
import os
import shutil
import socket
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from lms.core.config import ROOT, Config, ConfigError


def need_database() -> None:
    """Errors: ConfigError where the SQLite database of this port, or the one named, was never made."""
    config = Config.from_env()
    if not _missing(config):
        return
    place = _file(config)
    if not config.demo or place.parent != ROOT / "var" / str(config.port):
        raise ConfigError(f"no database at {place}; lms db upgrade makes one.")
    others = sorted(found.parent.name for found in (ROOT / "var").glob("*/lms.sqlite3") if found != place)
    other = f"PORT={others[0]} names another" if others else "make run begins one, PORT=... names another"
    raise ConfigError(f"no demonstration on port {config.port} (var/{config.port} is empty); {other}.")


def files_suffice() -> None:
    """For what the authored files answer as well: without a database nothing is written beside them."""
    if _missing(Config.from_env()):
        folder = tempfile.mkdtemp()
        atexit.register(shutil.rmtree, folder)
        os.environ.update(LMS_VAR_DIR=folder, LMS_DATABASE_URL="sqlite:///:memory:")


def nothing() -> None:
    """For what makes the database, or needs none."""


def need_ports(host: str, ports: Sequence[int]) -> None:
    """Errors: ConfigError with the first port that something else listens on."""
    for port in ports:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                whose = "" if port == ports[0] else f" (the bank's, beside {ports[0]})"
                raise ConfigError(
                    f"port {port}{whose} cannot be used: {(error.strerror or str(error)).lower()}; name another with PORT=..."
                ) from None


def _missing(config: Config) -> bool:
    return config.database_url.startswith("sqlite:///") and not _has_schema(_file(config))


def _file(config: Config) -> Path:
    return Path(config.database_url.removeprefix("sqlite:///"))


def _has_schema(path: Path) -> bool:
    if not path.is_file():
        return False
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        return bool(connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone())
