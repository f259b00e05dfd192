"""One candidate's page: what happened as one list, the next step, and no statement more for each application."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from lms.certificates.models import Revocation
from lms.core.db import db
from lms.enrolment.models import Application
from lms.exams.models import Accommodation, Attempt, ReapplicationRequest
from lms.exemptions.models import ExemptionRequest
from lms.identity.models import Correction, Dispute
from lms.mailroom.models import InboundMail
from lms.membership.models import Member
from lms.privacy.models import PrivacyRequest
from lms.slips.models import BankSlip
from lms.staff import services, timeline
from lms.staff.timeline import Event, Kind
from lms.support.models import Ticket
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


def case_rows(who: Member, officer: Member, form: Application, now: datetime) -> list[Any]:
    """One of everything that is asked by or about a person, decided where it can be."""
    mine = {"member_id": who.id}
    decided = {"decided_at": now, "decided_by": officer.id}
    return [
        Accommodation(
            **mine, **decided, code="ek", application_id=form.id, need="sağlık", wanted=10, status="granted", minutes=5,
            requested_at=now,
        ),
        ReapplicationRequest(
            **mine, **decided, code="yb", application_id=form.id, explanation="x", status="approved", requested_at=now
        ),
        ExemptionRequest(
            **mine, **decided, code="mu", term_id=form.term_id, term_code=form.term_code, relation="veteran", email=who.email,
            status="rejected", requested_at=now,
        ),
        Correction(
            **mine, **decided, code="du", kind="name", ground="typing", evidence="x", before="A", after="B",
            status="confirmed", requested_by=officer.id, requested_at=now,
        ),
        Dispute(
            **decided, code="it", tckn_index=who.tckn_index, tckn_masked="1", name="İddia Eden", email="i@example.org",
            language="tr", explanation="x", status="refused", opened_at=now,
        ),
        Revocation(
            code="ip", application_id=form.id, status="requested", ground="false_statement", reason="Beyan incelenecek",
            requested_by=officer.id, requested_at=now,
        ),
        PrivacyRequest(**mine, code="kv", kind="information", subject_code=who.code, body="x", source="form", asked_at=now),
        InboundMail(
            **mine, code="po", mailbox="bilgi", message_id="<1@x>", sender=who.email, sender_name="", subject="Formum açılmıyor",
            text="x", received_at=now, taken_at=now, size=1, match="address", outcome="ticket",
        ),
        BankSlip(**mine, **decided, code="de", source="mail", arrived_at=now, status="refused", reason="okunmuyor"),
        Ticket(
            **mine, code="ta", email=who.email, subject="Video durdu", category="training", source="form", context={},
            status="closed", created_at=now, since=now, messages=1,
        ),
    ]  # fmt: skip


def test_every_kind_of_case_stands_in_the_line_with_what_became_of_it(become: Become, now: TestClock) -> None:
    now.set("2025-03-28 14:00")
    who, officer = factories.member(), factories.member(staff_role="manager")
    form = factories.application(who, at=civil("2025-03-10 10:00"))
    db.session.add_all(case_rows(who, officer, form, now()))
    db.session.commit()
    page = become(officer).get(f"/yonetim/adaylar/{who.code}").text.split('id="line"')[1]
    for words in (
        "Sınavda ek süre istendi", "Ek süre: 5 dakika tanındı", "Yeniden başvuru onaylandı", "Ücret muafiyeti: uygun bulunmadı",
        "Ad soyad düzeltildi", "Bu hesaba itiraz edildi", "Hesaba itiraz: kabul edilmedi", "Geçersizlik istendi",
        "Kişisel veri talebi: Bilgi isteği", "E-posta geldi: Formum açılmıyor", "Dekont kabul edilmedi",
        "Destek talebi kapandı: Video durdu", "Başvuru ücreti: ödemeye başlandı", "Başvuru ücreti: tamamlandı",
    ):  # fmt: skip
        assert words in page, words
    assert "sağlık" not in page  # why extra time is asked stays at its own page
    for address in ("ek-sure/ek", "kimlik-itirazlari/it", "posta/po", "dekontlar/de", "kvkk/kv"):
        assert f"/yonetim/{address}" in page, address


def test_what_is_left_out_is_told(become: Become, now: TestClock, monkeypatch: pytest.MonkeyPatch) -> None:
    who = factories.member()
    auditor = become(factories.member(staff_role="auditor"))
    assert "yalnızca en yenileri" not in auditor.get(f"/yonetim/adaylar/{who.code}").text
    monkeypatch.setattr(services, "MOST", 1)
    assert "yalnızca en yenileri" in auditor.get(f"/yonetim/adaylar/{who.code}").text


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
