"""R063: completion lists: what may be asked, the files, the log of each person, formulas, erasure, access."""

import csv
import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from lms.audit.models import AuditEntry, Disclosure
from lms.core.config import vault
from lms.core.db import db
from lms.core.files import files
from lms.reports import jobs
from lms.reports.models import CompletionList
from tests import factories
from tests.conftest import civil
from tests.people import Person
from tests.reports.test_dashboard import attempt, certificate

ADDRESS = "/yonetim/raporlar/tamamlama"
ASKED = {"recipient": "seddk", "basis": "duty", "reference": "03.03.2025 tarihli, E-12 sayılı yazı", "term": "ddta-2025-ilk", "from_day": "", "to_day": ""}  # fmt: skip


@pytest.fixture
def holders(app, now):
    """Three certificates: a valid one, a revoked one with a hostile name, one that is not available yet."""
    now.set("2025-04-01 10:00")
    made = []
    for name, since, revoked in (("Işıl Örnek", "2025-03-10", None), ("=HYPERLINK(1) Deneme", "2025-03-17", "2025-03-20 12:00"), ("Deniz Sonra", "2025-04-07", None)):  # fmt: skip
        row = attempt(factories.application(outcome="passed", outcome_at=civil("2025-03-04 10:00")), civil("2025-03-04 10:00"), passed=True)  # fmt: skip
        one = certificate(row, civil(f"{since} 00:00"), revoked_at=civil(revoked) if revoked else None)
        one.printed_name = name
        made.append(one)
    db.session.commit()
    return made


def _csv(data):
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))


def test_R063_a_list_is_asked_made_logged_downloaded_and_erased(holders, now, become):
    manager = factories.member(staff_role="manager")
    desk = become(manager)
    assert desk.post(ADDRESS, data=ASKED).status_code == 303
    row = db.session.scalars(select(CompletionList)).one()
    assert "hazırlanıyor" in desk.get(ADDRESS).text
    assert desk.post(f"{ADDRESS}/{row.code}/indir", data={"form": "csv"}).status_code == 409
    assert jobs.make_lists(now()) == 1
    assert jobs.make_lists(now()) == 0
    db.session.refresh(row)
    assert (row.state, row.rows) == ("ready", 2)

    people = [one.application.member for one in holders]
    numbers = [vault().open(one.tckn_sealed) for one in people]
    with desk.post(f"{ADDRESS}/{row.code}/indir", data={"form": "csv"}) as answer:
        lines = _csv(answer.data)
        assert answer.headers["Content-Disposition"] == f"attachment; filename=tamamlama-seddk-{row.code}.csv"
        assert answer.headers["Cache-Control"] == "private, no-store"
    assert lines[1] == ["Işıl Örnek", numbers[0], holders[0].number, "10.03.2025", "2025 dönemi", "geçerli", ""]
    assert lines[2] == ["'=HYPERLINK(1) Deneme", numbers[1], holders[1].number, "17.03.2025", "2025 dönemi", "iptal edildi", "20.03.2025"]  # fmt: skip
    with desk.post(f"{ADDRESS}/{row.code}/indir", data={"form": "xlsx"}) as answer:
        sheet = load_workbook(io.BytesIO(answer.data))["Tamamlayanlar"]
    assert [[cell.value or "" for cell in line] for line in sheet.iter_rows()] == lines

    told = db.session.scalars(select(Disclosure).order_by(Disclosure.id)).all()
    assert [(one.subject_kind, one.subject_code, one.recipient, one.basis, one.reference) for one in told] == [
        ("member", person.code, "seddk", "duty", ASKED["reference"]) for person in people[:2]
    ]
    assert set(told[0].what) == {"name", "tckn", "certificate", "revocation"}
    assert {one.batch for one in told} == {row.disclosure}
    acts = db.session.scalars(select(AuditEntry.act).where(AuditEntry.subject_code == row.code).order_by(AuditEntry.id)).all()  # fmt: skip
    assert acts == ["reports.list_asked", "reports.list_taken", "reports.list_taken"]
    assert not any(number in str(entry.data) for number in numbers for entry in db.session.scalars(select(AuditEntry)))

    paths = [files().path(key) for key in (row.csv_key, row.xlsx_key)]
    now.set(now() + timedelta(days=7, minutes=1))
    jobs.erase_lists(now())
    db.session.refresh(row)
    assert row.state == "erased"
    assert not any(path.exists() for path in paths)
    assert desk.post(f"{ADDRESS}/{row.code}/indir", data={"form": "csv"}).status_code == 409
    assert db.session.scalars(select(Disclosure)).all() == told


def test_R063_days_bound_a_list_both_included(holders, now, become):
    desk = become(factories.member(staff_role="manager"))
    desk.post(ADDRESS, data={**ASKED, "term": "", "from_day": "2025-03-10", "to_day": "2025-03-16"})
    assert jobs.make_lists(now()) == 1
    assert db.session.scalars(select(CompletionList.rows)).one() == 1
    desk.post(ADDRESS, data={**ASKED, "term": "", "from_day": "2025-03-11", "to_day": "2025-03-17"})
    jobs.make_lists(now())
    assert db.session.scalars(select(CompletionList.rows).order_by(CompletionList.id.desc())).first() == 1


def test_D10_who_was_forgotten_stands_without_a_number_and_stops_nobodys_list(holders, now, become):
    forgotten = holders[0].application.member
    forgotten.tckn_index, forgotten.tckn_sealed = f"erased:{forgotten.code}", b""
    db.session.commit()
    desk = become(factories.member(staff_role="manager"))
    desk.post(ADDRESS, data=ASKED)
    assert jobs.make_lists(now()) == 1
    code = db.session.scalars(select(CompletionList.code)).one()
    with desk.post(f"{ADDRESS}/{code}/indir", data={"form": "csv"}) as answer:
        assert [(line[0], bool(line[1])) for line in _csv(answer.data)[1:]] == [("Işıl Örnek", False), ("'=HYPERLINK(1) Deneme", True)]  # fmt: skip


def test_an_empty_list_tells_nobody_anything(app, now, become):
    factories.term()
    desk = become(factories.member(staff_role="manager"))
    desk.post(ADDRESS, data=ASKED)
    assert jobs.make_lists(now()) == 1
    assert db.session.scalars(select(CompletionList.rows)).one() == 0
    assert db.session.scalars(select(Disclosure)).all() == []


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"recipient": "herkes"}, "kime gideceğini"),
        ({"basis": ""}, "dayanağını"),
        ({"reference": "a"}, "tarihini ve sayısını"),
        ({"term": "yok"}, "Böyle bir dönem yok"),
        ({"term": "", "from_day": "2025-03-01"}, "iki tarihi de"),
        ({"from_day": "2025-03-02", "to_day": "2025-03-01"}, "ilk günden önce"),
        ({"from_day": "0001-01-01", "to_day": "2025-03-01"}, "Geçerli bir tarih"),
        ({"from_day": "2025-03-01", "to_day": "9999-12-31"}, "Geçerli bir tarih"),
    ],
)
def test_what_is_missing_is_told_and_nothing_is_asked(app, now, become, changed, sentence):
    factories.term()
    answer = become(factories.member(staff_role="manager")).post(ADDRESS, data={**ASKED, **changed})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "E-12" in answer.text or "reference" in changed
    assert db.session.scalars(select(CompletionList)).all() == []


def test_full_numbers_are_for_a_manager_who_just_proved_it(holders, now, become, monkeypatch):
    assert become(factories.member(staff_role="accountant")).get(ADDRESS).status_code == 403
    auditor = become(factories.member(staff_role="auditor"))
    assert "Listeyi hazırlat" not in auditor.get(ADDRESS).text
    assert auditor.post(ADDRESS, data=ASKED).status_code == 403
    monkeypatch.setattr(Person, "fresh", False)
    manager = become(factories.member(staff_role="manager"))
    manager.post(ADDRESS, data=ASKED)
    assert db.session.scalars(select(CompletionList)).all() == []


def test_files_that_no_row_names_are_swept(app, now):
    key = files().put("completion", b"left behind", ".csv")
    import os

    path = files().path(key)
    os.utime(path, (0, 0))
    assert jobs.erase_lists(now()) == 1
    assert not path.exists()
