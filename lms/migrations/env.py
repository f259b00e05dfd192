"""Alembic's environment: the metadata of all features, one connection, batch mode for SQLite."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from flask import current_app
from sqlalchemy import Connection

import lms.api.models
import lms.attachments.models
import lms.audit.models
import lms.certificates.models
import lms.courses.models
import lms.documents.models
import lms.editorial.models
import lms.enrolment.models
import lms.exams.models
import lms.exemptions.models
import lms.identity.models
import lms.journey.models
import lms.learning.models
import lms.membership.models
import lms.notifications.models
import lms.payments.models
import lms.practice.models
import lms.privacy.models
import lms.questions.models
import lms.register.models
import lms.support.models
import lms.terms.models  # noqa: F401 - imported for their tables

database = current_app.extensions["migrate"].db


def include_object(_obj: object, name: str | None, type_: str, _reflected: bool, _compare_to: object) -> bool:
    """Leave tables of other tools alone."""
    return not (type_ == "table" and name == "spatial_ref_sys")


@contextmanager
def tables_may_be_made_anew(connection: Connection) -> Iterator[None]:
    """SQLite alters a table by making it anew: the rows that point to it must not stop the old one's end (sqlite.org/lang_altertable)."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        yield
        return
    driver.execute("PRAGMA foreign_keys=OFF")  # before the transaction: inside it does nothing
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def run() -> None:
    """Upgrade through the application's own engine; one transaction for all steps."""
    with database.engine.connect() as connection, tables_may_be_made_anew(connection):
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            render_as_batch=True,
            compare_type=True,
            include_object=include_object,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
