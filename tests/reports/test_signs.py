"""Signs of one person sitting for several: found where they were made, none in an ordinary training room, a word by people."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from lms.audit import services as audit
from lms.audit.models import AuditEntry
from lms.audit.rules import Act
from lms.core.db import db
from lms.exams.models import Attempt
from lms.reports import jobs
from lms.reports.models import ExamSign
from lms.reports.rules import signs as rules
from tests import factories
from tests.conftest import civil
from tests.reports.test_dashboard import attempt

ADDRESS = "/yonetim/raporlar/isaretler"
SEEN = "Kurumun eğitim salonundaki ortak bilgisayar; kurum yazıyla doğruladı."


def sitting(at, *, minutes=12.0, device=None, seconds=(), ip="10.1.2.3", passed=True):
    """A finished exam with answers at ``seconds`` after the start, and the audit row of its start."""
    row = attempt(factories.application(), civil(at), passed=passed, minutes=minutes, right=3 if seconds else None, device=device)  # fmt: skip
    from lms.exams.models import Answer

    for answer, second in zip(db.session.scalars(select(Answer).filter_by(attempt_id=row.id).order_by(Answer.number)), seconds, strict=False):  # fmt: skip
        answer.saved_at = row.started_at + timedelta(seconds=second)
    actor = row.application.member.actor(ip)
    audit.record(Act.EXAM_STARTED, actor=actor, subject=("exam", row.code), now=row.started_at)
    db.session.flush()
    return row


def found(now):
    jobs.find_signs(now())
    return {one.kind: one for one in db.session.scalars(select(ExamSign))}


@pytest.fixture
def monday(app, now):
    now.set("2025-03-11 09:00")
    return now


def test_a_browser_of_three_people_is_a_sign_and_of_two_is_none(monday):
    mine = [sitting(f"2025-03-10 1{n}:00", device="a" * 64) for n in range(3)]
    [sitting(f"2025-03-10 1{n}:00", device="b" * 64) for n in range(2)]
    one = found(monday)
    assert set(one) == {"device"}
    assert one["device"].exams == [row.code for row in mine]
    assert one["device"].facts == {"people": 3, "exams": 3}
    assert one["device"].state == "new"


def test_a_minute_and_a_half_is_the_border(monday):
    fast = sitting("2025-03-10 10:00", minutes=89 / 60)
    sitting("2025-03-10 10:00", minutes=90 / 60)
    sitting("2025-03-10 10:00", minutes=0.5, passed=False)
    one = found(monday)["quick"]
    assert db.session.scalars(select(ExamSign)).all() == [one]
    assert (one.exams, one.facts["seconds"], one.facts["score"]) == ([fast.code], 89, 80)


def test_answers_alike_to_the_second_are_a_sign(monday, monkeypatch):
    monkeypatch.setattr(rules, "PATTERN_ANSWERS", 4)
    alike = [sitting(f"2025-03-10 1{n}:00", seconds=(11, 35, 52, 80)) for n in range(2)]
    sitting("2025-03-10 13:00", seconds=(11, 35, 52, 81))
    [sitting(f"2025-03-10 1{n}:30", seconds=(90, 90, 90, 90)) for n in range(2)]  # sent together after a broken line
    one = found(monday)
    assert set(one) == {"pattern"}
    assert one["pattern"].exams == [row.code for row in alike]


def test_a_night_of_five_people_from_one_address_is_a_sign(monday):
    mine = [sitting(f"2025-03-10 0{n}:30", ip="10.9.9.9") for n in range(5)]
    [sitting(f"2025-03-10 0{n}:30", ip="10.8.8.8") for n in range(4)]
    one = found(monday)
    assert set(one) == {"night"}
    assert one["night"].exams == [row.code for row in mine]
    assert "10.9.9.9" not in f"{one['night'].key}{one['night'].facts}"


def test_a_training_room_behind_one_address_is_none(monday):
    for n in range(12):
        sitting(f"2025-03-10 14:{n:02d}", device=f"{n:064d}", seconds=(10 + n, 40 + 2 * n, 70 + n, 95 + 3 * n), ip="10.7.7.7")  # fmt: skip
    assert found(monday) == {}


def test_looking_again_adds_nothing_and_a_sign_grows(monday):
    [sitting(f"2025-03-10 1{n}:00", device="a" * 64) for n in range(3)]
    assert jobs.find_signs(monday()) == 1
    assert jobs.find_signs(monday()) == 0
    sitting("2025-03-10 15:00", device="a" * 64)
    assert jobs.find_signs(monday()) == 1
    assert db.session.scalars(select(ExamSign)).one().facts == {"people": 4, "exams": 4}


def test_a_person_says_what_was_found_and_nothing_else_changes(monday, become):
    rows = [sitting(f"2025-03-10 1{n}:00", device="a" * 64) for n in range(3)]
    sign = found(monday)["device"]
    reviewer = factories.member(staff_role="reviewer", first_name="Ekin", last_name="Bakan")
    desk = become(reviewer)
    assert "Bir tarayıcıda 3 kişi toplam 3 sınava başladı." in desk.get(ADDRESS).text
    page = desk.get(f"{ADDRESS}/{sign.code}").text
    assert "Bu bir kanıt değildir" in page
    assert rows[0].application.last_name in page
    bad = desk.post(f"{ADDRESS}/{sign.code}", data={"state": "clear", "reason": "kısa", "seen": ""})
    assert (bad.status_code, "Gerekçeyi yazın" in bad.text, "kısa" in bad.text) == (422, True, True)
    assert desk.post(f"{ADDRESS}/{sign.code}", data={"state": "new", "reason": SEEN, "seen": ""}).status_code == 422
    assert desk.post(f"{ADDRESS}/{sign.code}", data={"state": "clear", "reason": SEEN, "seen": ""}).status_code == 303
    db.session.refresh(sign)
    assert (sign.state, sign.reason, sign.decided_by, sign.seen_exams) == ("clear", SEEN, reviewer.id, 3)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "reports.sign_judged")).one()
    assert (entry.subject_code, entry.data["state"], entry.data["reason"]) == (sign.code, "clear", SEEN)
    assert [row.annulled_at for row in db.session.scalars(select(Attempt))] == [None] * 3
    late = become(factories.member(staff_role="manager")).post(
        f"{ADDRESS}/{sign.code}", data={"state": "watched", "reason": SEEN, "seen": ""}
    )
    assert (late.status_code, "Ekin Bakan" in late.text) == (409, True)
    sitting("2025-03-10 15:00", device="a" * 64)
    jobs.find_signs(monday())
    assert "sonra yeni sınav eklendi" in desk.get(f"{ADDRESS}?durum=clear").text
    assert desk.get(f"{ADDRESS}/yok").status_code == 404


def test_an_auditor_reads_and_a_supporter_does_not(monday, become):
    [sitting(f"2025-03-10 1{n}:00", device="a" * 64) for n in range(3)]
    sign = found(monday)["device"]
    auditor = become(factories.member(staff_role="auditor"))
    assert "Baktım" not in auditor.get(f"{ADDRESS}/{sign.code}").text
    assert auditor.post(f"{ADDRESS}/{sign.code}", data={}).status_code == 403
    assert become(factories.member(staff_role="support")).get(ADDRESS).status_code == 403


def test_two_years_later_signs_and_marks_are_gone(monday):
    [sitting(f"2025-03-10 1{n}:00", device="a" * 64) for n in range(3)]
    found(monday)
    monday.set("2027-03-11 09:00")
    jobs.find_signs(monday())
    assert db.session.scalars(select(ExamSign)).all() == []
    db.session.expire_all()
    assert {row.device for row in db.session.scalars(select(Attempt))} == {None}
