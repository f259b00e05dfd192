"""A candidate's dates in their own calendar: RFC 5545 as a calendar library reads it, a secret address, nothing private."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select

from lms.audit.models import AuditEntry
from lms.certificates import jobs as certificate_jobs
from lms.core.db import db
from lms.journey.models import CalendarFeed
from lms.membership.models import Member
from lms.terms.models import Term
from tests import factories
from tests.certificates.helpers import passed
from tests.conftest import TestClock, civil
from tests.enrolment.conftest import become
from tests.journey.test_views import sat, trained


def events(body: bytes) -> dict[str, Any]:
    """The start of each event by its summary."""
    return {str(event["summary"]): event.decoded("dtstart") for event in Calendar.from_ical(body).walk("VEVENT")}


def address(client: FlaskClient) -> str:
    page = client.post("/takvimim")
    assert page.headers["Cache-Control"] == "no-store"
    found = re.search(r"http://localhost(/takvim/[\w-]{40,}\.ics)", page.text)
    assert found is not None
    return found[1]


def test_R064_R091_the_dates_of_an_application(client: FlaskClient, who: Member, term: Term, now: TestClock) -> None:
    now.set("2025-03-27 11:00")
    application = factories.application(who, at=civil("2025-03-27 10:00"), assigned_at=civil("2025-03-28 10:00"))
    db.session.commit()
    body = client.get("/takvimim.ics").data
    assert events(body) == {
        "SEGEM: Eğitim açılıyor": datetime(2025, 3, 28, 7, tzinfo=UTC),
        "SEGEM: Eğitim ve sınavlar için son gün": date(2025, 11, 28),
    }
    trained(application, civil("2025-04-02 10:00"))
    sat(application, 1, civil("2025-04-05 10:00"), 40)
    now.set("2025-04-05 12:00")
    assert events(client.get("/takvimim.ics").data)["SEGEM: Sınav açılıyor"] == datetime(2025, 4, 6, 21, tzinfo=UTC)


def test_R008_before_the_application_the_last_day_of_the_form(
    client: FlaskClient, who: Member, term: Term, now: TestClock
) -> None:
    assert events(client.get("/takvimim.ics").data) == {"SEGEM: Başvuru formu için son gün": date(2025, 11, 21)}


def test_R102_R108_the_certificate_and_its_last_day(
    client: FlaskClient, who: Member, term: Term, now: TestClock
) -> None:
    passed(who, at=civil("2025-03-07 10:00"))
    db.session.commit()
    now.set("2025-03-10 09:00")
    certificate_jobs.issue_certificates(now())
    assert events(client.get("/takvimim.ics").data) == {
        "SEGEM: Sertifika görüntülenebiliyor": datetime(2025, 3, 9, 21, tzinfo=UTC),
        "SEGEM: Sertifikayı görüntülemek için son gün": date(2025, 9, 5),
    }


def test_the_file_is_what_the_standard_asks(client: FlaskClient, who: Member, term: Term, now: TestClock) -> None:
    now.set("2025-03-27 11:00")
    factories.application(who, at=civil("2025-03-27 10:00"), assigned_at=civil("2025-03-28 10:00"))
    db.session.commit()
    answer = client.get("/takvimim.ics")
    assert answer.content_type == "text/calendar; charset=utf-8"
    lines = answer.data.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert all(len(line) <= 75 for line in lines)
    assert b"\n" not in answer.data.replace(b"\r\n", b"")
    calendar = Calendar.from_ical(answer.data)
    assert {"PRODID", "VERSION"} <= set(calendar)
    first = [(str(e["uid"]), e.decoded("dtstamp")) for e in calendar.walk("VEVENT")]
    assert {stamp for _, stamp in first} == {now().astimezone(UTC)}
    now.set("2025-03-27 15:00")
    again = [str(e["uid"]) for e in Calendar.from_ical(client.get("/takvimim.ics").data).walk("VEVENT")]
    assert again == [uid for uid, _ in first]
    assert len(set(again)) == len(again)
    text = answer.data.decode()
    for secret in (who.last_name, who.email, who.tckn_masked, who.code):
        assert secret not in text


def test_a_secret_address_answers_without_a_log_in_until_it_ends(
    client: FlaskClient, who: Member, term: Term, now: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = address(client)
    become(monkeypatch, None)
    assert "SEGEM: Başvuru formu için son gün" in events(client.get(first).data)
    become(monkeypatch, who)
    second = address(client)  # renewed: the old one ends
    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200
    stored = db.session.scalars(select(CalendarFeed)).one()
    assert stored.token_hash not in second
    assert "Bağlantınız açık" in client.get("/takvimim").text
    assert second not in client.get("/takvimim").text
    assert client.post("/takvimim/kapat").status_code == 303
    assert client.get(second).status_code == 404
    acts = db.session.scalars(
        select(AuditEntry.act).where(AuditEntry.act.like("journey.%")).order_by(AuditEntry.id)
    ).all()
    assert acts == ["journey.feed_opened", "journey.feed_opened", "journey.feed_ended"]


def test_a_closed_account_and_a_guess_find_nothing(
    client: FlaskClient, who: Member, term: Term, now: TestClock
) -> None:
    link = address(client)
    who.disabled_at = now()
    db.session.commit()
    assert client.get(link).status_code == 404
    for guess in ("x", "a" * 43, "..%2f..%2fetc"):
        assert client.get(f"/takvim/{guess}.ics").status_code == 404


def test_guessing_is_throttled(client: FlaskClient, term: Term) -> None:
    assert [client.get(f"/takvim/{n}.ics").status_code for n in range(31)][-1] == 429


def test_a_known_address_is_asked_as_often_as_programs_like(
    client: FlaskClient, who: Member, term: Term, now: TestClock
) -> None:
    """Thousands of calendars are fetched from the few addresses of one provider."""
    link = address(client)
    assert {client.get(link).status_code for _ in range(40)} == {200}


def test_the_page_tells_every_date_and_why(client: FlaskClient, who: Member, term: Term, now: TestClock) -> None:
    now.set("2025-03-28 15:00")
    factories.application(
        who, at=civil("2025-03-28 14:00"), assigned_at=civil("2025-04-02 00:00"),
        assigned_why={"value": "2025-04-02T00:00:00+03:00", "steps": [
            {"code": "step.form_sent", "params": {"at": "2025-03-28T14:00:00+03:00"}},
            {"code": "step.first_business_day", "params": {"at": "2025-04-02T00:00:00+03:00"}}]},
    )  # fmt: skip
    db.session.commit()
    page = client.get("/takvimim").text
    assert "Eğitim açılıyor" in page
    assert "ilk iş günü: 2 Nisan 2025 Çarşamba" in page
    assert "Last day for training and exams" in client.get("/takvimim?lang=en").text
