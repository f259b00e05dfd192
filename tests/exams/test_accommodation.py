"""D-14: extra time: asked for from the application on, decided once, frozen at the start, its grounds erased."""

import io
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from lms.audit.models import AuditEntry
from lms.core.access import Actor
from lms.core.db import db, transaction
from lms.core.errors import Conflict, DomainError, Invalid
from lms.core.files import files
from lms.exams import jobs
from lms.exams.models import Accommodation, Attempt
from lms.exams.queries import accommodation as queries
from lms.exams.rules import accommodation as rules
from lms.exams.rules.accommodation import Status
from lms.exams.services import accommodation as services
from lms.notifications.models import OutboxMessage
from lms.notifications.rendering import render
from lms.notifications.services import compose
from tests import factories
from tests.conftest import civil
from tests.exams.conftest import Candidate
from tests.membership.helpers import log_in

NEED = "Görme engelim nedeniyle ekranı büyüterek okuyorum."


def reviewer(name: str = "Ada") -> Actor:
    return factories.member(staff_role="reviewer", first_name=name, last_name="Görevli").actor()


def ask(candidate: Candidate, unit: str = "minutes", amount: int | None = 10, need: str = NEED) -> Accommodation:
    with transaction():
        return services.ask(
            candidate.application.code, need=need, unit=unit, amount=amount, document=None,
            actor=candidate.actor, now=candidate.now(),
        )  # fmt: skip


def decide(row: Accommodation, candidate: Candidate, act: str = "grant", **more: Any) -> Accommodation:
    values = {
        "minutes": 10 if act == "grant" else None,
        "reason": "",
        "actor": more.pop("by", None) or reviewer(),
        **more,
    }
    with transaction():
        return services.decide(row.code, act, now=candidate.now(), **values)


@pytest.mark.parametrize(
    ("unit", "value", "minutes"), [("minutes", 7, 7), ("percent", 25, 5), ("percent", 33, 7), ("percent", 100, 20)]
)
def test_d14_what_is_asked_for_in_whole_minutes(unit: str, value: int, minutes: int) -> None:
    assert rules.wanted_minutes(unit, value, 20) == minutes


@pytest.mark.parametrize(
    ("unit", "value"), [("minutes", 0), ("minutes", 21), ("percent", 101), ("hours", 1), ("minutes", None)]
)
def test_d14_too_much_and_nothing_are_refused(unit: str, value: int | None) -> None:
    with pytest.raises(Invalid) as refused:
        rules.wanted_minutes(unit, value, 20)
    assert refused.value.code == "accommodation.amount"


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("act", ["grant", "reject", "other"])
def test_d14_the_table_of_a_request(status: Status, act: str) -> None:
    decided = rules.TRANSITIONS.get((status, act))
    if decided is None:
        with pytest.raises(Conflict):
            rules.decide(status, act, minutes=5, exam_minutes=20, reason="çünkü")
    else:
        assert rules.decide(status, act, minutes=5, exam_minutes=20, reason="çünkü")[0] is decided


def test_d14_granted_minutes_are_frozen_at_the_start(candidate: Candidate) -> None:
    decide(ask(candidate), candidate)
    candidate.start()
    (attempt,) = db.session.scalars(select(Attempt))
    assert attempt.ends_at - attempt.started_at == timedelta(minutes=30)
    assert attempt.extra_minutes == 10


def test_d14_an_exam_that_runs_is_not_prolonged_the_next_one_is(candidate: Candidate) -> None:
    row = ask(candidate)
    candidate.start()
    decide(row, candidate)
    candidate.answer(1)
    candidate.complete()
    candidate.now.set("2025-03-10 09:00")
    candidate.start(2)
    first, second = db.session.scalars(select(Attempt).order_by(Attempt.ordinal))
    assert (first.extra_minutes, second.extra_minutes) == (0, 10)
    assert first.ends_at - first.started_at == timedelta(minutes=20)


def test_d14_one_request_at_a_time_and_again_after_a_rejection(candidate: Candidate) -> None:
    row = ask(candidate)
    with pytest.raises(Conflict) as refused:
        ask(candidate)
    assert refused.value.code == "accommodation.exists"
    with pytest.raises(Invalid) as reason:
        decide(row, candidate, "reject")
    assert reason.value.code == "accommodation.reason"
    decide(row, candidate, "reject", reason="Belge başka bir kişiye ait.")
    ask(candidate)
    received = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "accommodation_received")).all()
    assert len(received) == 2
    assert "karardan sonra başlatılan" in compose(received[0]).text
    (mail,) = db.session.scalars(select(OutboxMessage.params).where(OutboxMessage.template == "accommodation"))
    assert (mail["granted"], mail["reason"]) == (False, "Belge başka bir kişiye ait.")


def test_d14_of_two_decisions_the_loser_is_told_who_and_when(candidate: Candidate) -> None:
    row = ask(candidate)
    decide(row, candidate, by=reviewer("Ece"))
    with pytest.raises(Conflict) as refused:
        decide(row, candidate, "reject", reason="geç")
    assert refused.value.params == {"by": "Ece Görevli", "at": candidate.now()}
    (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "exams.accommodated"))
    assert entry.data == {"minutes": 10, "wanted": 10}
    assert NEED not in str([e.data for e in db.session.scalars(select(AuditEntry))])


def test_d14_the_queue_is_sorted_by_the_first_exam(candidate: Candidate) -> None:
    later = factories.application(at=civil("2025-03-05 09:00"))
    db.session.commit()
    with transaction():
        services.ask(
            later.code, need=NEED, unit="percent", amount=50, document=None, actor=later.member.actor(),
            now=candidate.now() - timedelta(hours=1),
        )  # fmt: skip
    ask(candidate)
    first, second = queries.queue(candidate.now())
    assert [(w.request.application.code, w.trained) for w in (first, second)] == [
        (candidate.application.code, True),
        (later.code, False),
    ]
    whole = factories.release().duration  # nothing watched yet: all of it, at the highest rate that counts
    assert second.first_exam == max(later.assigned_at, candidate.now()) + timedelta(seconds=whole / 2)


def test_d14_the_first_exam_waits_for_the_rest_of_the_course() -> None:
    opens, now = civil("2025-03-06 09:00"), civil("2025-03-05 09:00")
    assert rules.first_exam(opens, None, 7200, now) == civil("2025-03-06 10:00")
    assert rules.first_exam(opens, None, 600, civil("2025-03-07 09:00")) == civil("2025-03-07 09:05")
    assert rules.first_exam(opens, civil("2025-03-06 11:00"), 0, civil("2025-03-07 09:00")) == civil("2025-03-06 11:00")


def test_d14_nothing_is_asked_for_after_the_end(candidate: Candidate) -> None:
    candidate.now.set("2025-11-29 00:00")
    with pytest.raises(DomainError) as refused:
        ask(candidate)
    assert refused.value.code == "accommodation.over"


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(out, "PNG")
    return out.getvalue()


def test_d14_from_the_page_to_the_decision_and_the_erasure(candidate: Candidate, client: FlaskClient) -> None:
    path = f"/basvurularim/{candidate.application.code}/ek-sure"
    log_in(client, candidate.member)
    typed: dict[str, Any] = {"need": NEED, "amount": "25", "unit": "percent"}
    answer = client.post(path, data={**typed, "document": (io.BytesIO(b"MZ"), "rapor.pdf")})
    assert answer.status_code == 422
    assert NEED in answer.get_data(as_text=True)
    answer = client.post(path, data={**typed, "document": (io.BytesIO(picture()), "rapor.png")})
    assert answer.status_code == 303
    assert "5 dakika istediniz" in client.get(path).get_data(as_text=True)
    start = client.get(f"/sinavlar/{candidate.code(1)}").get_data(as_text=True)
    assert "Yanıt gelmeden başlatırsanız bu sınavda ek süre uygulanmaz" in start

    (row,) = db.session.scalars(select(Accommodation))
    log_in(client, factories.member(staff_role="support"))
    assert client.get(f"/yonetim/ek-sure/{row.code}").status_code == 403  # it may speak of health
    log_in(client, factories.member(staff_role="auditor"))
    assert candidate.application.number in client.get("/yonetim/ek-sure").get_data(as_text=True)
    read = client.get(f"/yonetim/ek-sure/{row.code}").get_data(as_text=True)
    assert ("5 dakika" in read, NEED in read, "rapor.png" in read, "Ek süreyi tanı" in read) == (
        True,
        False,
        False,
        False,
    )
    assert client.get(f"/yonetim/ek-sure/{row.code}/belge").status_code == 403
    log_in(client, factories.member(staff_role="reviewer"))
    assert candidate.application.number in client.get("/yonetim/ek-sure").get_data(as_text=True)
    assert NEED in client.get(f"/yonetim/ek-sure/{row.code}").get_data(as_text=True)
    got = client.get(f"/yonetim/ek-sure/{row.code}/belge")
    assert got.headers["Content-Disposition"].startswith("attachment")
    answer = client.post(f"/yonetim/ek-sure/{row.code}", data={"act": "grant", "minutes": "90"})
    assert answer.status_code == 422
    assert client.post(f"/yonetim/ek-sure/{row.code}", data={"act": "grant", "minutes": "5"}).status_code == 303
    acts = set(db.session.scalars(select(AuditEntry.act)))
    assert {"exams.accommodation_asked", "exams.accommodation_seen", "exams.accommodated"} <= acts

    key = row.file_key
    assert jobs.erase_accommodations(civil("2026-01-27 00:00")) == 0
    assert jobs.erase_accommodations(civil("2026-01-29 00:00")) == 1
    db.session.refresh(row)
    assert (row.need, row.file_key, row.minutes) == ("", None, 5)
    assert key is not None
    with pytest.raises(FileNotFoundError):
        files().read(key)


def test_nobody_asks_for_another(candidate: Candidate, client: FlaskClient) -> None:
    log_in(client, factories.member())
    assert client.get(f"/basvurularim/{candidate.application.code}/ek-sure").status_code == 404


@pytest.mark.parametrize("language", ["tr", "en"])
@pytest.mark.parametrize("granted", [True, False])
def test_the_mail_is_written_in_both_languages(language: str, granted: bool) -> None:
    params = {
        "name": "Deniz Örnek", "granted": granted, "minutes": 5, "total": 25, "reason": "", "code": "abc",
        "base_url": "https://x",
    }  # fmt: skip
    assert "https://x/basvurularim/abc/ek-sure" in render("accommodation", "mail", language, params).text
