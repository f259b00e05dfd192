"""The world that `make bench` measures in can be made, and what it holds is a world of the rules."""

from pathlib import Path

import pytest
from flask_migrate import upgrade
from sqlalchemy import create_engine, func, select, text

from lms.app import create_app
from lms.core import config as configuration
from lms.core.config import Config
from lms.core.db import db
from lms.enrolment.models import Application
from lms.exams.models import Attempt
from lms.reports import jobs
from lms.reports.models import TermFigures
from tests.bench import office
from tests.conftest import build_config


@pytest.mark.postgres
def test_the_measured_office_is_seeded_and_each_page_opens(
    config: Config, postgres_server: str, tmp_path: Path
) -> None:
    admin = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("create database office template template0 encoding 'UTF8'"))
    app = create_app(build_config(postgres_server.replace("/app?", "/office?"), tmp_path / "var"))
    try:
        with app.app_context():
            upgrade()
            seeded = office.seed(400)
            assert jobs.count_terms(seeded.now) == 2
            for term in seeded.terms:
                found = db.session.get(TermFigures, term.code)
                assert found is not None
                funnel = [found.figures["funnel"][step] for step in ("form", "started", "completed", "sat", "passed")]
                assert funnel == sorted(funnel, reverse=True)
                assert funnel[-1] > 0
            wrong = select(func.count()).select_from(Attempt).join(Application).where(Attempt.started_at < Application.assigned_at)  # fmt: skip
            assert db.session.scalar(wrong) == 0
            assert {row["name"] for row in office.measure(app)} == {f"{name}_slowest_ms" for name in office.PAGES} | {
                "reports_count_s",
                "reports_signs_s",
            }
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        with admin.connect() as connection:
            connection.execute(text("drop database office with (force)"))
        admin.dispose()
        configuration.activate(config)
