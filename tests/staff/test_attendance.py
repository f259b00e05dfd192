"""R076: the attendance list, its filters and pages, and its file with masked or, for a reason, whole numbers."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import openpyxl
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.audit.models import AuditEntry
from lms.core.db import db
from lms.enrolment.models import Application
from lms.learning.models import LessonProgress, Training
from lms.membership.models import Member
from lms.staff import attendance
from lms.staff.attendance import Standing
from tests import factories
from tests.conftest import TestClock, civil
from tests.people import Browser

Become = Callable[[Member | None], Browser]
URL = "/yonetim/devam"


def three(now: TestClock) -> list[Application]:
    """Of one term: one who has not begun, one under way (150 of 180 seconds), one complete."""
    now.set("2025-03-28 14:00")
    forms = [
        factories.application(
            factories.member(first_name=name, last_name="Deneme", tckn=factories.valid_tckn(900 + n)), at=civil("2025-03-10 10:00")
        )
        for n, name in enumerate(("Ada", "Bora", "Cem"))
    ]  # fmt: skip
    release = factories.release()
    begun = civil("2025-03-12 09:00")
    for form, watched, done in ((forms[1], (60, 90, 0), None), (forms[2], (60, 90, 30), begun + timedelta(days=1))):
        training = Training(
            application_id=form.id, member_id=form.member_id, release_id=release.id, started_at=begun, completed_at=done
        )
        db.session.add(training)
        db.session.flush()
        for lesson, seconds in zip(release.lessons, watched, strict=True):
            progress = {"ranges": [[0, seconds]], "watched": seconds, "position": seconds, "updated_at": begun}
            db.session.add(LessonProgress(training_id=training.id, lesson_id=lesson.id, **progress))
    db.session.flush()
    return forms


def test_R076_the_list_says_how_far_everybody_is(become: Become, now: TestClock) -> None:
    forms = three(now)
    rows = attendance.page(forms[0].term_code, None, order="ad", number=1, now=now())
    assert [(row.standing, row.percent, row.watched) for row in rows] == [
        (Standing.IDLE, 0, 0),
        (Standing.UNDER_WAY, 83, 150),
        (Standing.COMPLETE, 100, 180),
    ]
    page = become(factories.member(staff_role="auditor")).get(URL).text
    assert "Bora Deneme" in page
    assert "%83" in page
    assert "Sürüyor (1)" in page


def test_R076_the_list_is_filtered_and_paged(become: Become, now: TestClock) -> None:
    forms = three(now)
    support = become(factories.member(staff_role="support"))
    only = support.get(f"{URL}?durum=tamamladi").text
    assert "Cem Deneme" in only
    assert "Bora Deneme" not in only
    assert support.get(f"{URL}?sayfa=999&durum=<x>").status_code == 200
    assert support.get(f"{URL}?donem=yok").status_code == 404
    assert attendance.page(forms[0].term_code, None, order="atama", number=2, now=now()) == []


def test_R076_the_list_opens_on_the_term_that_runs_now_else_on_the_last_begun(become: Become, now: TestClock) -> None:
    three(now)
    factories.term(
        code="ddta-2026-ilk", name_tr="2026 dönemi", application_from=civil("2026-01-08 00:00"),
        application_to=civil("2026-11-22 00:00"), study_from=civil("2026-01-09 00:00"), study_to=civil("2026-11-29 00:00"),
    )  # fmt: skip
    support = become(factories.member(staff_role="support"))
    for moment, first in (("2025-03-28 14:00", "ddta-2025-ilk"), ("2025-12-15 10:00", "ddta-2025-ilk"), ("2026-01-08 00:00", "ddta-2026-ilk")):  # fmt: skip
        now.set(moment)
        assert f'<option value="{first}" selected>' in support.get(URL).text


def test_R076_an_invalid_application_does_not_attend(now: TestClock) -> None:
    forms = three(now)
    forms[0].outcome, forms[0].outcome_at = "invalid", now()
    db.session.flush()
    assert sum(attendance.counts(forms[0].term_code, now()).values()) == 2


def test_R076_the_file_masks_the_numbers_and_is_recorded(become: Become, now: TestClock) -> None:
    three(now)
    auditor = become(factories.member(staff_role="auditor"))
    lines = list(csv.reader(io.StringIO(auditor.post(f"{URL}/indir", data={"bicim": "csv"}).text.lstrip("\ufeff")), delimiter=";"))  # fmt: skip
    assert lines[0] == list(attendance.HEAD)
    assert [line[2] for line in lines[1:]] == ["Ada", "Bora", "Cem"]
    assert all("*" in line[1] for line in lines[1:])
    assert lines[2][8:11] == ["83", "150", "180"]
    with auditor.post(f"{URL}/indir", data={"bicim": "xlsx"}) as sheet:
        book = openpyxl.load_workbook(io.BytesIO(sheet.data))
    assert book.active.max_row == 4
    rows = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "staff.attendance_exported")).all()
    assert [row.data for row in rows] == [{"format": "csv", "full": False}, {"format": "xlsx", "full": False}]


def test_R076_whole_numbers_need_a_manager_and_a_reason(become: Become, now: TestClock) -> None:
    three(now)
    sent = {"bicim": "csv", "gerekce": "SEDDK yazısı"}
    assert become(factories.member(staff_role="auditor")).post(f"{URL}/indir-tckn", data=sent).status_code == 403
    manager = become(factories.member(staff_role="manager"))
    refused = manager.post(f"{URL}/indir-tckn", data={"bicim": "csv", "gerekce": "x"})
    assert refused.status_code == 422
    assert "neden indirdiğinizi" in refused.text
    assert factories.valid_tckn(900) in manager.post(f"{URL}/indir-tckn", data=sent).text


def test_an_empty_house_has_an_empty_list(become: Become, client: FlaskClient) -> None:
    manager = become(factories.member(staff_role="manager"))
    assert "Henüz dönem yok" in manager.get(URL).text
    assert manager.post(f"{URL}/indir").status_code == 404
