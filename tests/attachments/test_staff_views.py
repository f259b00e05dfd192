"""The page of refused files."""

import re
from pathlib import Path

from apiflask import APIFlask
from flask.testing import FlaskClient

from lms.attachments.models import RefusedUpload
from lms.attachments.staff_views import PLACES
from lms.core.db import db, transaction
from tests import factories
from tests.conftest import TestClock
from tests.membership.helpers import log_in


def refused(number: int, now: TestClock, **changes: object) -> None:
    values = {
        "at": now(), "actor_kind": "anonymous", "actor_code": "", "actor_label": "ad@example.org", "place": "mail", "size": 3,
        "sha256": "0" * 64, "reason": "document.type", **changes,
    }  # fmt: skip
    db.session.add_all(RefusedUpload(**values, label=f"dosya-{n}") for n in range(number))


def test_the_page_tells_who_sent_what_and_why_it_was_not_taken(
    app: APIFlask, client: FlaskClient, now: TestClock
) -> None:
    with transaction():
        manager = factories.member(staff_role="manager")
        refused(51, now)
        refused(1, now, reason="document.infected", signature="Segem.Test")
    log_in(client, manager)
    page = client.get("/yonetim/reddedilen-dosyalar").text
    assert "Segem.Test" in page
    assert "1 / 2" in page
    assert "ad@example.org" in page
    assert "dosya-50" in page
    only = client.get("/yonetim/reddedilen-dosyalar?neden=document.infected").text
    assert only.count("dosya-0") == 1
    assert "dosya-50" not in only
    assert client.get("/yonetim/reddedilen-dosyalar?sayfa=9999999999999&neden=x").status_code == 200


def test_every_place_where_files_come_in_has_a_name() -> None:
    """Features clean what comes in under their namespace, the mail room under "mail"."""
    root = Path(__file__).parents[2] / "lms"
    used = {"mail"}
    for path in root.rglob("*.py"):
        text = path.read_text("utf-8")
        if "place=NAMESPACE" in text:
            used |= set(re.findall(r'^NAMESPACE.* = "(\w+)"', text, re.MULTILINE))
    assert used == set(PLACES)
