"""R007, R127: the desk of terms: what there is, a change told before it is made, a new term, who was first."""

from __future__ import annotations

import re
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.audit.models import AuditEntry
from lms.core.db import db
from lms.core.errors import Invalid
from lms.enrolment import services as enrolment
from lms.enrolment.models import Application
from lms.exemptions.models import ExemptionRequest
from lms.membership.models import Member
from lms.notifications.models import OutboxMessage
from lms.notifications.services import compose
from lms.planning import forms, services
from lms.planning.forms import LABELS, TermForm, typed
from lms.terms import queries
from lms.terms import services as terms
from lms.terms.models import Term
from lms.terms.rules import PARAMETERS
from lms.web.access import rule_of
from tests import factories
from tests.conftest import TestClock, civil
from tests.enrolment.conftest import become

CODE = "ddta-2025-ilk"
REASON = "Kılavuz değişikliği, 12 sayılı karar"
PAGE = f"/yonetim/donemler/{CODE}/degistir"
NEW = "/yonetim/donemler/yeni"
NEXT = {
    "code": "ddta-2026-ilk", "programme": "ddta", "application_from": "2026-01-08", "application_to": "2026-11-21",
    "study_from": "2026-01-09", "study_to": "2026-11-28",
}  # fmt: skip


@pytest.fixture
def term(manager: Member) -> Term:
    found = factories.term()
    db.session.commit()
    return found


def applied() -> Application:
    """An application that has used its payment."""
    found = factories.application(at=civil("2025-03-01 10:00"))
    assert found.entitlement is not None
    found.entitlement.consumed_at = found.submitted_at
    db.session.flush()
    return found


def form(term: Term, **changes: str) -> dict[str, Any]:
    """What the page would send: every field as it stands, and the changes."""
    values = {name: str(value) for name, value in typed(term.parameters).items() if value is not False}
    return {**values, "seen": str(term.version), "reason": REASON, **changes}


def confirm(client: FlaskClient, term: Term, page: str = PAGE, **changes: str) -> Any:
    """Look at the effect, then store it."""
    seen = client.post(page, data=form(term, **changes))
    token = re.search(r'name="token"[^>]*value="(\w+)"', seen.text)
    assert token is not None, seen.text
    return client.post(page, data={**form(term, **changes), "token": token[1], "kaydet": "1"})


def test_the_list_tells_windows_and_phase(client: FlaskClient, term: Term) -> None:
    page = client.get("/yonetim/donemler").text
    assert "2025 dönemi" in page
    assert "8 Ocak 2025 – 21 Kasım 2025" in page
    assert "başvuru açık" in page
    one = client.get(f"/yonetim/donemler/{CODE}").text
    assert "533,00" in one
    assert "Kartla ödemenin kapanması" in one


def test_R127_a_change_is_told_before_it_is_stored(client: FlaskClient, term: Term, now: TestClock) -> None:
    inside = applied()
    waiting = factories.member(first_name="Bekir", last_name="Bekleyen")
    factories.paid(waiting, term, civil("2025-03-02 10:00"))
    db.session.commit()
    page = client.post(
        PAGE, data=form(term, fee_kurus="600,00", application_to="2025-11-24", study_to="2025-12-05")
    ).text
    assert "Başvurmuş, süreci sürüyor: 1 kişi" in page
    assert "kimsenin tarihi değişmez" in page
    assert "Ödemiş, formu göndermemiş: 1 kişi" in page
    assert "1 kişinin son günü değişir" in page
    assert "Bekir Bekleyen" in page
    assert "24 Kasım 2025" in page
    assert terms.current_term(CODE).version == 1  # nothing is stored yet
    assert inside.term_id == term.id


def test_R007_R127_the_new_version_holds_for_newcomers_and_the_old_for_who_is_in(
    client: FlaskClient, term: Term, manager: Member, now: TestClock
) -> None:
    application = applied()
    db.session.commit()
    assert confirm(client, term, fee_kurus="600,00", attempts="2").status_code == 303
    current = terms.current_term(CODE)
    assert (current.version, current.fee_kurus, current.attempts, current.source) == (2, 60000, 2, "desk")
    db.session.refresh(application)
    assert (application.term.fee_kurus, application.term.attempts) == (53300, 3)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "terms.changed")).one()
    assert (entry.actor_code, entry.data["reason"], sorted(entry.data["changes"])) == (
        manager.code, REASON, ["attempts", "fee_kurus"],
    )  # fmt: skip
    history = client.get(f"/yonetim/donemler/{CODE}").text
    assert REASON in history
    assert "Sınav hakkı: 3 → 2" in history
    assert manager.full_name in history


def exempt(term: Term, status: str, **values: Any) -> Member:
    who = factories.member()
    row = {"relation": "veteran", "email": who.email, "requested_at": civil("2025-03-02 10:00")}
    ids = {"code": f"{status}{who.id}", "member_id": who.id, "term_id": term.id, "term_code": term.code}
    db.session.add(ExemptionRequest(**ids, **row, status=status, **values))
    db.session.commit()
    return who


OTHERS: dict[str, Any] = {
    "kind": "first_time", "name_tr": "Başka", "name_en": "Other", "is_example": True, "fee_kurus": 99900, "vat_percent": 10,
    "attempts": 1, "question_count": 5, "pass_mark": 90, "exam_minutes": 7, "view_days": 10, "view_fee_kurus": 1,
    "view_fee_is_example": False, "assignment_hours": 72, "branch_hours": 20, "receipt_days": 9, "exemption_safe_days": 9,
    "guard_minutes": 60, "warn_minutes": 600, "exemption_two_persons": True, "application_from": civil("2025-01-09 00:00"),
    "application_to": civil("2025-11-11 00:00"), "study_from": civil("2025-01-10 00:00"), "study_to": civil("2025-11-20 00:00"),
}  # fmt: skip


def test_R127_every_parameter_of_who_is_in_stays_theirs(term: Term, manager: Member, now: TestClock) -> None:
    """Applied, paid, exempt, asking or paying: whatever a later version says, theirs says what it said."""
    now.set("2025-01-08 12:00")
    application, payer, paying = applied(), factories.member(), factories.member()
    paid = factories.paid(payer, term, civil("2025-01-08 10:00"))
    free = exempt(term, "approved", answered_at=civil("2025-01-08 10:00"))
    asking = exempt(term, "requested")
    before = dict(term.parameters)
    changed = {name: OTHERS[name] for name in PARAMETERS}
    kept = {"kind"} | {name for name in PARAMETERS if name.endswith("_from")}  # a window that has begun begins no later
    changed |= {name: before[name] for name in kept}
    assert [name for name in PARAMETERS if changed[name] == before[name]] == [
        name for name in PARAMETERS if name in kept
    ]
    terms.change_term(CODE, changed, seen=1, reason=REASON, actor=manager.actor(), now=now())
    db.session.expire_all()
    held = [
        application.term, paid.payment.term, enrolment.entry(payer, CODE, now=now()).term,
        enrolment.entry(free, CODE, now=now()).term,
        db.session.scalars(select(ExemptionRequest).filter_by(member_id=asking.id)).one().term,
    ]  # fmt: skip
    assert [one.parameters == before for one in held] == [True] * 5
    assert paid.payment.amount_kurus == before["fee_kurus"]
    assert enrolment.entry(paying, CODE, now=now()).term.parameters == changed  # a newcomer


def test_R127_nobody_who_waits_for_an_answer_is_missing_in_the_preview(client: FlaskClient, term: Term) -> None:
    exempt(term, "confirming")
    exempt(term, "approved")  # decided, the answer has not left
    exempt(term, "approved", answered_at=civil("2025-03-03 10:00"))
    exempt(term, "rejected")
    exempt(term, "approved", answered_at=civil("2025-03-03 10:00")).email = ""  # the account was erased since
    db.session.commit()
    page = client.post(PAGE, data=form(term, fee_kurus="600,00")).text
    assert "Muafiyet isteği yanıt bekliyor: 2 kişi" in page
    assert "Muafiyeti onaylanmış, formu göndermemiş: 1 kişi" in page


def test_a_longer_study_window_points_to_the_extension_for_who_applied(client: FlaskClient, term: Term) -> None:
    applied()
    db.session.commit()
    words = "Yeni son gün onlara kendiliğinden geçmez"
    assert words in client.post(PAGE, data=form(term, study_to="2025-12-05")).text
    assert words not in client.post(PAGE, data=form(term, fee_kurus="600,00")).text


def test_a_term_is_closed_today_with_its_effect_in_sight(client: FlaskClient, term: Term, now: TestClock) -> None:
    now.set("2025-06-02 10:00")
    assert "Başvuruyu bugün kapat" in client.get(f"/yonetim/donemler/{CODE}").text
    page = client.get(f"{PAGE}?kapat=1").text
    assert "2 Haziran 2025" in page
    assert 'id="etki"' in page
    assert confirm(client, term, application_to="2025-06-02").status_code == 303
    assert terms.open_terms(now.set("2025-06-03 00:00")) == []
    assert "Başvuruyu bugün kapat" not in client.get(f"/yonetim/donemler/{CODE}").text


def test_R011_R127_a_longer_window_is_theirs_who_paid_before(client: FlaskClient, term: Term, now: TestClock) -> None:
    waiting = factories.member()
    factories.paid(waiting, term, civil("2025-11-20 10:00"))
    db.session.commit()
    now.set("2025-11-21 12:00")
    free = exempt(term, "approved", answered_at=civil("2025-11-20 10:00"))
    asking = exempt(term, "requested")
    given = factories.member()  # a longer window of their own already
    factories.paid(given, term, civil("2025-11-20 10:00"))
    longer = factories.term(version=9, superseded_at=now(), application_to=civil("2025-12-01 00:00"))
    terms.give([given.id], longer)
    db.session.commit()
    assert confirm(client, term, application_to="2025-11-24", study_to="2025-12-05").status_code == 303
    assert "uzayan 2 kişiye yazılıyor" in client.get(f"/yonetim/donemler/{CODE}").text
    told = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert [(one.template, one.member_code) for one in told] == [
        ("form_longer", waiting.code), ("form_longer", free.code),
    ]  # fmt: skip
    assert "25 Kasım 2025 Salı, 00.00" in compose(told[0]).text
    assert asking.code not in {one.member_code for one in told}
    entry = enrolment.entry(waiting, CODE, now=now.set("2025-11-24 09:00"))
    assert entry.is_open


def test_R127_a_shorter_window_leaves_theirs_to_who_paid_before(
    client: FlaskClient, term: Term, now: TestClock
) -> None:
    waiting, late = factories.member(), factories.member()
    factories.paid(waiting, term, civil("2025-03-02 10:00"))
    db.session.commit()
    page = client.post(PAGE, data=form(term, application_to="2025-06-30")).text
    assert "Ödemiş, formu göndermemiş: 1 kişi" in page
    assert "kimsenin tarihi değişmez" in page
    assert confirm(client, term, application_to="2025-06-30").status_code == 303
    assert not db.session.scalars(select(OutboxMessage)).all()  # nothing changed for anybody
    now.set("2025-09-01 09:00")
    assert enrolment.entry(waiting, CODE, now=now()).is_open
    assert not enrolment.entry(late, CODE, now=now()).is_open


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"application_to": "2025-03-01"}, "Başvuru süresi geriye dönük kısaltılamaz"),
        ({"study_to": "2025-11-10"}, "başvuru süresinden önce bitiyor"),
        ({"study_to": "2025-11-21"}, "hiçbir sınava yetişmiyor"),
        ({"application_from": "2025-04-01"}, "başlangıç artık ileri alınamaz"),
        ({"question_count": "7"}, "eşit bölünemiyor"),
        ({"attempts": "11"}, "1 ile 10 arasında"),
        ({"attempts": "üç"}, "sayı"),
        ({"fee_kurus": "beş yüz"}, "Tutarı lira olarak yazın"),
        ({"fee_kurus": "-1"}, "Tutarı lira olarak yazın"),
        ({"name_tr": ""}, "Bu alan boş bırakılamaz."),
        ({"study_from": "2026-01-01"}, "Son gün ilk günden önce olamaz."),
        ({"application_to": "gelecek hafta"}, "Başvurunun son günü"),
        ({"kind": "feast"}, "Tür"),
        ({}, "değişen bir şey yok"),
    ],
)
def test_R127_what_cannot_be_is_refused_and_changes_nothing(
    client: FlaskClient, term: Term, changes: dict[str, str], sentence: str
) -> None:
    page = client.post(PAGE, data=form(term, **changes))
    assert page.status_code in (409, 422)
    assert sentence in page.text
    assert all(value in page.text for name, value in changes.items() if name != "kind")  # what was typed stays
    assert terms.current_term(CODE).version == 1


def test_R127_the_study_window_is_not_ended_in_the_past(client: FlaskClient, term: Term, now: TestClock) -> None:
    now.set("2025-11-25 09:00")
    page = client.post(PAGE, data=form(term, application_to="2025-11-20", study_to="2025-11-23"))
    assert page.status_code == 409
    assert "geriye dönük kısaltılamaz" in page.text


def test_R127_a_term_that_is_over_stays(client: FlaskClient, term: Term, now: TestClock) -> None:
    now.set("2025-12-01 09:00")
    page = client.post(PAGE, data=form(term, fee_kurus="1"))
    assert page.status_code == 409
    assert "Bitmiş bir dönem değiştirilmez" in page.text
    assert PAGE not in client.get(f"/yonetim/donemler/{CODE}").text


def test_a_change_needs_its_reason_and_the_preview_it_was_read_in(client: FlaskClient, term: Term) -> None:
    assert "Gerekçeyi en az 10" in confirm(client, term, fee_kurus="600,00", reason="kısa").text
    blind = client.post(PAGE, data={**form(term, fee_kurus="700,00"), "token": "", "kaydet": "1"})
    assert blind.status_code == 422
    assert "önizlemeden sonra değişti" in blind.text
    assert terms.current_term(CODE).version == 1


def test_of_two_managers_the_second_is_told_who_and_when(client: FlaskClient, term: Term, now: TestClock) -> None:
    other = factories.member(staff_role="manager", first_name="Melis", last_name="Müdür")
    terms.change_term(
        CODE,
        {**term.parameters, "fee_kurus": 1},
        seen=1,
        reason=REASON,
        actor=other.actor(),
        now=civil("2025-03-03 08:00"),
    )
    db.session.commit()
    page = client.post(PAGE, data={**form(term, fee_kurus="600,00"), "kaydet": "1"})
    assert page.status_code == 409
    assert "Melis Müdür" in page.text
    assert "3 Mart 2025 Pazartesi, 08.00" in page.text
    assert terms.current_term(CODE).fee_kurus == 1


def test_next_years_term_begins_as_a_copy(client: FlaskClient, term: Term) -> None:
    page = client.get(f"/yonetim/donemler/yeni?kopya={CODE}").text
    for value in ("ddta-2026-ilk", "2026 dönemi", "2026-01-08", "2026-11-21", "533,00"):
        assert f'value="{value}"' in page
    assert confirm(client, term, NEW, **NEXT).status_code == 303
    made = terms.current_term("ddta-2026-ilk")
    assert (made.version, made.source, made.schedule.application.last_day.year) == (1, "desk", 2026)
    data = form(term, **NEXT)
    again = client.post(NEW, data=data)
    assert again.status_code == 409
    assert "zaten var" in again.text
    for code in ("DDTA 2027", "../x", "a" * 41):
        bad = client.post(NEW, data={**data, "code": code})
        assert bad.status_code == 422
        assert "küçük harf" in bad.text
    past = client.post(NEW, data={**form(term, code="eski", programme="ddta"), "application_from": "2025-01-01", "application_to": "2025-02-01"})  # fmt: skip
    assert past.status_code == 422
    assert "bitmiş bir dönem açılamaz" in past.text


def test_R007_a_new_term_is_read_before_it_is_opened(client: FlaskClient, term: Term) -> None:
    page = client.post(NEW, data=form(term, **NEXT)).text
    facts = dict(re.findall(r"<dt>(.+?)</dt><dd>(.+?)(?:<small>.*?</small>)?</dd>", re.sub(r"</?time.*?>", "", page)))
    assert facts["Başvuru"] == "8 Ocak 2026 Perşembe – 21 Kasım 2026 Cumartesi"
    assert (
        "218 iş günü" in page
    )  # 227 weekdays; 20 March, 23 April, 1 and 19 May, 27-29 May, 15 July, 29 October are closed
    assert facts["İlk gün 00.00’da gönderilen formun eğitimi"] == "9 Ocak 2026 Cuma, 00.00"
    assert facts["Son gün 23.59’da gönderilen formun eğitimi"] == "23 Kasım 2026 Pazartesi, 00.00"
    assert facts["3 sınav hakkına yetişen son form"] == "12 Kasım 2026 Perşembe"
    assert facts["Kartla ödeme başlatmanın sonu"] == "21 Kasım 2026 Cumartesi, 23.45"
    assert facts["Şubeden ödemenin sonu"] == "21 Kasım 2026 Cumartesi, 18.00"
    assert facts["Şube dekontu için son gün"] == "18 Kasım 2026 Çarşamba"
    assert facts["Muafiyet için güvenli son gün"] == "16 Kasım 2026 Pazartesi"
    assert "aynı günlere denk gelen" not in page
    unread = client.post(NEW, data={**form(term, **NEXT), "kaydet": "1", "token": "x"})
    assert (unread.status_code, "önizlemeden sonra değişti" in unread.text) == (422, True)
    short = confirm(client, term, NEW, **NEXT, reason="kısa")
    assert (short.status_code, "Gerekçeyi en az 10" in short.text, 'id="etki"' in short.text) == (422, True, True)
    assert [one.code for one in queries.current_terms()] == [CODE]


def test_R042_a_term_beside_another_of_its_kind_is_opened_only_after_that_was_read(
    client: FlaskClient, term: Term, manager: Member, now: TestClock
) -> None:
    beside = {"code": "ddta-2025-iki", "programme": "ddta", "application_from": "2025-11-21"}
    words = "Başvurusu aynı günlere denk gelen dönem var"
    data = form(term, **beside)
    page = client.post(NEW, data=data).text
    assert words in page
    assert f'href="/yonetim/donemler/{CODE}"' in page
    after = {**beside, "application_from": "2025-11-22", "application_to": "2025-11-23", "study_to": "2025-12-06"}
    for other in ({**beside, "kind": "renewal"}, after):
        assert words not in client.post(NEW, data=form(term, **other)).text
    # somebody opens another one meanwhile: what was read is not what would be stored
    token = re.search(r'name="token"[^>]*value="(\w+)"', page)
    assert token is not None
    terms.open_term(
        term.programme, "ddta-2025-uc", {**term.parameters}, reason=REASON, actor=manager.actor(), now=now()
    )
    db.session.commit()
    overtaken = client.post(NEW, data={**data, "token": token[1], "kaydet": "1"})
    assert overtaken.status_code == 422
    assert "ddta-2025-uc" in overtaken.text
    assert confirm(client, term, NEW, **beside).status_code == 303
    changed = client.post(PAGE, data=form(term, fee_kurus="600,00")).text
    assert words in changed
    assert 'href="/yonetim/donemler/ddta-2025-iki"' in changed


@pytest.mark.parametrize("role", ["reviewer", "editor", "accountant", "support", "auditor"])
def test_an_auditor_reads_and_only_a_manager_writes(
    client: FlaskClient, term: Term, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    become(monkeypatch, factories.member(staff_role=role))
    assert client.get("/yonetim/donemler").status_code == (200 if role == "auditor" else 403)
    assert client.post(PAGE, data=form(term)).status_code == 403
    assert client.get("/yonetim/donemler/yeni").status_code == 403


def test_a_preview_asks_a_bounded_number_of_times(term: Term, now: TestClock) -> None:
    for _ in range(8):
        applied()
    found = services.preview(term, {**term.parameters, "fee_kurus": 1}, now=now())
    assert [(group.name, group.count, len(group.sample)) for group in found.groups] == [("applied", 8, 5)]


def test_R007_every_column_of_a_term_is_a_parameter_that_the_desk_edits(app: APIFlask) -> None:
    kept = {"id", "code", "version", "programme_id", "source", "created_at", "superseded_at"}
    columns = {column.name for column in Term.__table__.columns} - kept
    assert set(PARAMETERS) == columns
    with app.test_request_context():
        assert (
            set(LABELS) == columns == {field.name for field in TermForm()} - {"reason", "seen", "token", "csrf_token"}
        )


def test_a_change_of_terms_asks_for_a_fresh_proof(app: APIFlask) -> None:
    """The calendar moves everybody's dates, and what is announced cannot be called back."""
    reads, acts = ("planning.listing", "planning.term", "planning_calendar.year"), (
        "planning.change", "planning.new", "planning.announce", "planning_calendar.enter", "planning_calendar.days",
        "planning_calendar.withdraw",
    )  # fmt: skip
    rules = {name: rule_of(name) for name in (*reads, *acts)}
    assert {name for name, rule in rules.items() if rule and rule.fresh} == set(acts)


@pytest.mark.parametrize(
    ("typed", "kurus"),
    [("533", 53300), ("533,00", 53300), ("1.250,50", 125050), ("1.250", 125000), ("533,5", 53350), (" 533 TL ", 53300)],
)
def test_R016_lira_are_read_as_people_write_them(typed: str, kurus: int) -> None:
    assert forms._lira(typed) == kurus


@pytest.mark.parametrize("typed", ["1e3", "5.33,0", "533.00", "-5", "5,333", "1.25", "", "٥"])
def test_R016_what_could_mean_two_amounts_is_refused(typed: str) -> None:
    with pytest.raises(Invalid, match=r"money\.lira"):
        forms._lira(typed)
