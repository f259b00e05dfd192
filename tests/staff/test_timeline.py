"""One candidate's page: what happened as one list, the next step, and no statement more for each application."""

from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import event

from lms.core.db import db
from lms.exams.models import Attempt
from lms.membership.models import Member
from lms.staff import timeline
from lms.staff.timeline import Event, Kind
from tests import factories
from tests.conftest import TestClock, civil
from tests.people import Browser

Become = Callable[[Member | None], Browser]


def sat(who: Member, ordinal: int) -> None:
    """An application that failed its first exam."""
    form = factories.application(who, at=civil("2025-03-10 10:00") + timedelta(days=ordinal), ordinal=ordinal)
    form.outcome, form.outcome_at = "failed", form.submitted_at + timedelta(days=9)
    start = form.submitted_at + timedelta(days=7)
    db.session.add(
        Attempt(
            code=f"{form.code}-1",
            application_id=form.id,
            member_id=who.id,
            ordinal=1,
            available_at=start,
            started_at=start,
            ends_at=start + timedelta(minutes=60),
            question_count=25,
            pass_mark=60,
            state="finished",
            finalised_at=start + timedelta(minutes=20),
            finished_by="candidate",
            correct=8,
            score=32,
            passed=False,
        )
    )
    db.session.flush()


def statements(call: Callable[[], object]) -> int:
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        call()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len([one for one in seen if not one.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))])


def test_the_page_tells_the_next_step_and_the_whole_story(become: Become, now: TestClock) -> None:
    now.set("2025-03-28 14:00")
    who = factories.member(first_name="Ege", last_name="Deneme")
    sat(who, 1)
    page = become(factories.member(staff_role="auditor")).get(f"/yonetim/adaylar/{who.code}").text
    assert "Şimdi: " in page
    assert "1. sınav: 32 puan, başarısız" in page
    assert "0/25 yanıt, 0 kayıt" in page
    assert page.index("1. sınav: 32 puan") < page.index("Başvuru formu gönderildi")  # the newest first


def test_the_list_is_filtered_by_kind_and_an_unknown_one_shows_all(become: Become, now: TestClock) -> None:
    now.set("2025-03-28 14:00")
    who = factories.member()
    sat(who, 1)
    auditor = become(factories.member(staff_role="auditor"))
    only = auditor.get(f"/yonetim/adaylar/{who.code}?tur=sinav").text.split('id="line"')[1]
    assert "1. sınav başladı" in only
    assert "Başvuru formu gönderildi" not in only
    assert "Başvuru formu gönderildi" in auditor.get(f"/yonetim/adaylar/{who.code}?tur=<x>").text


def test_three_applications_cost_no_statement_more_than_two(
    become: Become, client: FlaskClient, now: TestClock
) -> None:
    now.set("2025-06-02 10:00")
    two, three = factories.member(), factories.member()
    for ordinal in (1, 2):
        sat(two, ordinal)
    for ordinal in (1, 2, 3):
        sat(three, ordinal)
    auditor = become(factories.member(staff_role="auditor"))
    for who in (two, three):
        auditor.get(f"/yonetim/adaylar/{who.code}")
    costs = [statements(lambda who=who: auditor.get(f"/yonetim/adaylar/{who.code}")) for who in (two, three)]  # type: ignore[misc]
    assert abs(costs[1] - costs[0]) <= 1  # what comes next for the person may ask one more
    assert costs[1] <= 45


def test_the_audit_repeats_nothing_unless_asked_for() -> None:
    at = civil("2025-03-28 14:00")
    found = [Event(at, Kind.AUDIT, "işlem"), Event(at, Kind.EXAM, "sınav")]
    assert [one.title for one in timeline.chosen(found, "")] == ["sınav"]
    assert [one.title for one in timeline.chosen(found, "islem")] == ["işlem"]


def test_whom_one_looked_at_last_is_offered_again(become: Become) -> None:
    who, other = factories.member(first_name="Ötekisi"), factories.member(first_name="Berikisi")
    auditor = become(factories.member(staff_role="auditor"))
    for one in (who, other, who):
        auditor.get(f"/yonetim/adaylar/{one.code}")
    page = auditor.get("/yonetim/adaylar").text
    assert page.index("Ötekisi") < page.index("Berikisi")
    assert "Ötekisi" not in become(factories.member(staff_role="manager")).get("/yonetim/adaylar").text


def test_a_name_is_found_in_any_turkish_casing(become: Become) -> None:
    who = factories.member(first_name="Işıl", last_name="Şişli")
    auditor = become(factories.member(staff_role="auditor"))
    for typed in ("ŞİŞLİ", "şişli", "ŞIŞLI", "sisli isil", "IŞIL"):
        answer = auditor.post("/yonetim/adaylar", data={"q": typed})
        assert answer.location == f"/yonetim/adaylar/{who.code}", typed
