"""R063, KVKK m.11 and m.13: requests are answered once within 30 days; an erasure keeps only what the law asks for."""

import io
import json
import zipfile
from datetime import date, timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.audit import queries as trail
from lms.audit.rules import Act, Basis, Fact, Recipient
from lms.audit.services import disclose, record
from lms.core import clock
from lms.core.access import SYSTEM
from lms.core.db import db, transaction
from lms.core.errors import Conflict, FieldErrors, Invalid, NotFound
from lms.core.files import files
from lms.corporate.models import Institution, Invitation
from lms.exams.models import Accommodation
from lms.identity.models import Dispute
from lms.membership.models import Acceptance, LegalText, Member, MemberSession
from lms.membership.passwords import hash_password
from lms.notifications.models import OutboxMessage
from lms.notifications.services import compose
from lms.privacy import jobs, queries
from lms.privacy.models import Destruction, PersonalExport
from lms.privacy.rules.requests import days_left, due_on
from lms.privacy.services import export, requests
from lms.privacy.services.erasure import anonymise
from tests import factories
from tests.conftest import TestClock, civil
from tests.membership.helpers import log_in
from tests.privacy.test_retention import _attempt

NOW = civil("2025-06-02 10:00")


def _ask(person: Member, kind: str = "information", **more: object) -> str:
    with transaction():
        return requests.ask(
            kind, "Hangi verilerim tutuluyor, öğrenmek istiyorum.", actor=person.actor(), now=NOW, **more
        ).code  # type: ignore[arg-type]


def _decide(code: str, clerk: Member, outcome: str, reason: str) -> None:
    with transaction():
        requests.decide(
            code, outcome=outcome, reason=reason, answer="İncelendi ve sonuçlandırıldı.", actor=clerk.actor(), now=NOW, wall=clock.wall(),
        )  # fmt: skip


def _mails(template: str) -> list[OutboxMessage]:
    return list(db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == template)))


def test_R063_the_answer_is_due_on_the_thirtieth_civil_day() -> None:
    late = civil("2025-06-02 23:59")
    assert due_on(late) == date(2025, 7, 2)
    assert days_left(late, civil("2025-06-03 00:01")) == 29
    assert days_left(late, civil("2025-07-02 23:59")) == 0
    assert days_left(late, civil("2025-07-03 00:00")) == -1


def test_R063_a_request_is_acknowledged_with_its_last_day_and_stands_once(app: APIFlask) -> None:
    person = factories.member()
    code = _ask(person, at=civil("2025-05-30 18:00"), source="mail")
    row = requests.for_review(code)
    assert (row.source, due_on(row.asked_at)) == ("mail", date(2025, 6, 29))
    (mail,) = _mails("privacy_received")
    assert "29 Haziran 2025" in compose(mail).text
    with pytest.raises(Conflict, match=r"privacy\.exists"):
        _ask(person)
    with pytest.raises(FieldErrors), transaction():
        requests.ask("nonsense", "kısa", actor=person.actor(), now=NOW)


def test_the_queue_shows_the_least_time_left_first(app: APIFlask) -> None:
    clerk = factories.member(staff_role="reviewer")
    codes = [_ask(factories.member(), at=NOW - timedelta(days=days)) for days in (3, 20, 10)]
    assert [row.code for row in queries.open_requests(1)] == [codes[1], codes[2], codes[0]]
    _decide(codes[1], clerk, "granted", "done")
    assert ([row.code for row in queries.answered_requests(1)], queries.counts()) == ([codes[1]], (2, 1))


def test_R063_a_request_is_answered_once_with_a_reason_that_fits(app: APIFlask) -> None:
    clerk, other = (factories.member(staff_role="reviewer", first_name=name) for name in ("Ayşe", "Can"))
    code = _ask(factories.member(language="en"), "correction")
    for outcome, reason in (("granted", "kept_by_law"), ("refused", "done"), ("refused", ""), ("", "done")):
        with pytest.raises((Invalid, FieldErrors)):
            _decide(code, clerk, outcome, reason)
    _decide(code, clerk, "refused", "data_right")
    with pytest.raises(Conflict, match=r"privacy\.decided_by") as told:
        _decide(code, other, "granted", "done")
    assert (told.value.params["by"], told.value.params["at"]) == (clerk.full_name, NOW)
    (mail,) = _mails("privacy_answered")
    text = compose(mail).text
    assert "the data on file are right and complete" in text
    assert "Personal Data Protection Board" in text


def test_R063_an_automatic_result_may_be_objected_to_by_its_own_candidate(app: APIFlask) -> None:
    with transaction():
        attempt = _attempt(civil("2025-05-01 10:00"))
        person, stranger = db.session.get_one(Member, attempt.member_id), factories.member()
    with pytest.raises(FieldErrors):
        _ask(stranger, "objection", attempt=attempt.code)
    code = _ask(person, "objection", attempt=attempt.code)
    assert requests.for_review(code).subject_code == attempt.code


def test_R063_erasing_a_person_without_obligations_leaves_nobody(app: APIFlask) -> None:
    clerk, person = factories.member(staff_role="reviewer"), factories.member(phone="+905321234567")
    address, tckn = person.email, person.tckn_index
    log_session = MemberSession(
        code="s", member_id=person.id, kind="web", token_hash="h", created_at=NOW, seen_at=NOW, expires_at=NOW, confirmed_at=NOW
    )  # fmt: skip
    db.session.add(log_session)
    db.session.flush()
    code = _ask(person, "erasure")
    with pytest.raises(Invalid, match=r"privacy\.keeps_nothing"):
        _decide(code, clerk, "partly", "kept_by_law")
    _decide(code, clerk, "granted", "done")
    db.session.refresh(person)
    assert (person.full_name.strip(), person.email, person.phone, person.tckn_sealed) == ("", "", None, b"")
    assert person.tckn_index != tckn
    assert person.disabled_at is not None
    assert db.session.scalars(select(MemberSession)).all() == []
    (mail,) = _mails("privacy_answered")
    assert (mail.recipient, mail.member_code) == (address, None)
    assert [row.recipient for row in _mails("privacy_received")] == [""]
    assert {row.request_code for row in db.session.scalars(select(Destruction))} == {code}
    assert {row.actor_label for row in trail.of_person(person.code)} <= {"", clerk.full_name}


def test_R063_what_a_law_obliges_to_keep_stays_and_the_answer_says_which_and_why(app: APIFlask) -> None:
    clerk = factories.member(staff_role="manager")
    application = factories.application(outcome="failed", outcome_at=NOW)
    person, address = application.member, application.member.email
    code = _ask(person, "erasure")
    with pytest.raises(Invalid, match=r"privacy\.keeps"):
        _decide(code, clerk, "granted", "done")
    _decide(code, clerk, "partly", "kept_by_law")
    db.session.refresh(person)
    assert (person.first_name, person.email, person.disabled_at is not None) == ("Deniz", "", True)
    (mail,) = _mails("privacy_answered")
    assert mail.recipient == address
    text = compose(mail).text
    assert "Başvuru, ödeme ve sözleşme kayıtları: TTK m.82" in text
    assert "2035" in text


def test_R063_what_special_requests_rested_on_goes_at_once_and_the_number_with_the_person(app: APIFlask) -> None:
    clerk = factories.member(staff_role="manager")
    form = factories.application(outcome="failed", outcome_at=NOW)
    person, tckn = form.member, form.member.tckn_index
    house = Institution(code="kurum", name="Örnek Acentelik", created_at=NOW)
    key = files().put("ek-sure", b"%PDF-", ".pdf")
    extra = Accommodation(
        code="ek", application_id=form.id, member_id=person.id, need="disleksi", wanted=10, status="granted", minutes=5,
        requested_at=NOW, decided_at=NOW, decided_by=clerk.id, file_key=key, file_label="rapor",
    )  # fmt: skip
    claim = Dispute(
        code="it", tckn_index=tckn, tckn_masked="1*********1", name="İddia Eden", email="iddia@example.org", language="tr",
        explanation="Numaram kullanılmış", status="refused", opened_at=NOW, decided_at=NOW, decided_by=clerk.id,
    )  # fmt: skip
    db.session.add_all((house, extra, claim))
    db.session.flush()
    open_one = Invitation(
        code="da", institution_id=house.id, term_id=form.term_id, term_code=form.term_code, tckn_index=tckn, first_name="Deniz",
        last_name="Deneme", email="d@example.org", token_hash="h", state="invited", invited_by=clerk.id, invited_at=NOW,
        until=NOW + timedelta(days=30),
    )  # fmt: skip
    db.session.add(open_one)
    db.session.flush()
    _decide(_ask(person, "erasure"), clerk, "partly", "kept_by_law")
    db.session.expire_all()
    assert (extra.need, extra.file_key, extra.erased_at, extra.minutes) == ("", None, NOW, 5)
    assert not files().path(key).exists()
    assert (claim.explanation, claim.erased_at, claim.name, claim.email, claim.member) == ("", NOW, "", "", person)
    assert (open_one.state, open_one.first_name, open_one.email, open_one.tckn_index) == ("withdrawn", "", "", None)
    with transaction():
        anonymise(person, now=NOW)
    db.session.expire_all()
    assert (claim.name, claim.email, claim.tckn_masked) == ("", "", "")
    assert claim.tckn_index != tckn


def test_R063_a_running_application_must_end_first(app: APIFlask) -> None:
    clerk, person = factories.member(staff_role="manager"), factories.application().member
    code = _ask(person, "erasure")
    with pytest.raises(Conflict, match=r"privacy\.running"):
        _decide(code, clerk, "partly", "kept_by_law")
    db.session.expire_all()
    assert requests.for_review(code).outcome is None
    _decide(code, clerk, "refused", "running")
    assert person.email


# --- the copy ------------------------------------------------------------------------------------------------------------


def _copy(person: Member) -> PersonalExport:
    with transaction():
        export.order(actor=person.actor(), now=NOW)
    assert jobs.make_exports(NOW) == 1
    return db.session.scalars(select(PersonalExport).filter_by(member_id=person.id)).one()


def test_R063_the_copy_holds_everything_about_the_person_and_nobody_else(app: APIFlask) -> None:
    attempt = _attempt(civil("2025-05-01 10:00"))
    person, other = db.session.get_one(Member, attempt.member_id), factories.application().member
    clerk = factories.member(staff_role="manager", first_name="Ayşe", last_name="Gizli")
    with transaction():
        disclose(
            Recipient.SEDDK, basis=Basis.DUTY, subject=("member", person.code), what=[Fact.COMPLETION], actor=clerk.actor("198.51.100.9"), now=NOW,
        )  # fmt: skip
    _ask(person)
    row = _copy(person)
    with transaction():
        data = export.fetch(row.code, actor=person.actor(), now=NOW)
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        whole, page = json.loads(packed.read("verilerim.json")), packed.read("verilerim.html").decode()
    tables = whole["tables"]
    assert [one["email"] for one in tables["member"]] == [person.email]
    assert [one["code"] for one in tables["attempt"]] == [attempt.code]
    assert [one["option"] for one in tables["answer"]] == ["A"]
    assert [one["recipient"] for one in tables["disclosure"]] == ["seddk"]
    assert tables["privacy_request"][0]["body"].startswith("Hangi verilerim")
    assert {one["act"] for one in tables["audit_entry"]} >= {"privacy.requested", "audit.disclosed"}
    text = json.dumps(whole, ensure_ascii=False) + page
    for secret in ("Gizli", "198.51.100.9", other.email, other.code, person.tckn_index, "password_hash", "stem"):
        assert secret not in text
    assert "A*** G****" in text
    for words in ("<dt>Alıcı</dt><dd>SEDDK", "eğitim ve sınavın tamamlandığı", "Kişisel veri kurum dışına aktarıldı"):
        assert words in page
    for code in ("audit.disclosed", "{&quot;", "annul_"):
        assert code not in page
    assert "<script" not in page


def test_R063_every_personal_table_is_reached_from_the_person_or_says_why_not(app: APIFlask) -> None:
    from lms.core.db import Base
    from lms.privacy.loader import policy

    person = factories.member()
    personal = {name for name, one in policy()[1].items() if one.personal}
    found = {name for name in personal if export.about(Base.metadata.tables[name], person) is not None}
    assert personal - found == set(export.UNREACHED)


def test_R063_the_copy_is_fetched_once_and_by_its_owner(app: APIFlask) -> None:
    person, stranger = factories.member(), factories.member()
    row = _copy(person)
    key = row.file_key or ""
    with pytest.raises(NotFound), transaction():
        export.fetch(row.code, actor=stranger.actor(), now=NOW)
    with transaction():
        export.fetch(row.code, actor=person.actor(), now=NOW)
    with pytest.raises(NotFound), transaction():
        export.fetch(row.code, actor=person.actor(), now=NOW)
    with pytest.raises(FileNotFoundError):
        files().read(key)
    assert _copy_again(person)


@pytest.mark.parametrize(("status", "told"), [("open", 0), ("refused", 0), ("moved", 1)])
def test_R126_a_copy_tells_who_claimed_the_account_only_to_whom_it_was_given(
    app: APIFlask, status: str, told: int
) -> None:
    person, first, second = factories.member(), *(factories.member(staff_role="manager") for _ in range(2))
    db.session.add(
        Dispute(
            code=f"claim{status}", tckn_index=person.tckn_index, tckn_masked=person.tckn_masked, member=person, language="tr",
            name="Hak Sahibi", email="hak@example.org", explanation="Bu numara benim.", status=status, opened_at=NOW,
            frozen_at=NOW, proposed_by=first.id, decided_by=None if status == "open" else second.id,
        )
    )  # fmt: skip
    db.session.flush()
    record(Act.DISPUTE_OPENED, actor=SYSTEM, subject=("dispute", f"claim{status}"), now=NOW)
    db.session.flush()
    copy = export.everything(person)
    assert [len(copy[name][1]) for name in ("dispute", "audit_entry")] == [told, told]


def _copy_again(person: Member) -> bool:
    with transaction():
        export.order(actor=person.actor(), now=NOW)
        export.order(actor=person.actor(), now=NOW)
    return jobs.make_exports(NOW) == 1


# --- pages ---------------------------------------------------------------------------------------------------------------


def test_a_person_asks_on_the_page_and_a_reviewer_answers(app: APIFlask, client: FlaskClient, now: TestClock) -> None:
    now.set(NOW)
    person, clerk = factories.member(), factories.member(staff_role="reviewer")
    log_in(client, person)
    assert "bugüne kadar kurum dışına aktarılmadı" in client.get("/hesabim/verilerim").text
    refused = client.post("/hesabim/verilerim/talep", data={"kind": "correction", "body": "kısa"})
    assert refused.status_code == 422
    assert "kısa" in refused.text
    sent = client.post(
        "/hesabim/verilerim/talep", data={"kind": "correction", "body": "Adım yanlış yazılmış, düzeltin."}
    )
    assert sent.status_code == 303
    assert "yanıt bekliyor" in client.get("/hesabim/verilerim").text
    again = client.post(
        "/hesabim/verilerim/talep", data={"kind": "correction", "body": "Adım yanlış yazılmış, düzeltin."}
    )
    assert again.status_code == 409
    code = queries.open_requests(1)[0].code
    log_in(client, clerk)
    assert "30 gün" in client.get("/yonetim/kvkk").text
    bad = client.post(
        f"/yonetim/kvkk/{code}", data={"outcome": "granted", "reason": "running", "answer": "Adınız düzeltildi."}
    )
    assert bad.status_code == 422
    assert "Adınız düzeltildi." in bad.text
    done = client.post(
        f"/yonetim/kvkk/{code}", data={"outcome": "granted", "reason": "done", "answer": "Adınız düzeltildi."}
    )
    assert done.status_code == 303
    assert "Adınız düzeltildi." in client.get(f"/yonetim/kvkk/{code}").text
    lost = client.post(
        f"/yonetim/kvkk/{code}", data={"outcome": "refused", "reason": "identity", "answer": "Olmaz, bilmiyoruz."}
    )
    assert lost.status_code == 409
    assert clerk.full_name in lost.text


def test_V7_5_1_the_copy_asks_for_the_password_again(app: APIFlask, client: FlaskClient, now: TestClock) -> None:
    now.set(NOW)
    person = factories.member(password_hash=hash_password("uzun bir parola 42"))
    stranger = factories.member(password_hash=person.password_hash)
    log_in(client, person)
    assert client.post("/hesabim/verilerim/dokum").status_code == 303
    assert "hazırlanıyor" in client.get("/hesabim/verilerim").text
    jobs.make_exports(NOW)
    code = db.session.scalars(select(PersonalExport.code)).one()
    address = f"/hesabim/verilerim/dokum/{code}"
    assert client.post(address, data={"password": "yanlış parola"}).status_code == 422
    log_in(client, stranger)
    assert client.post(address, data={"password": "uzun bir parola 42"}).status_code == 404
    log_in(client, person)
    answer = client.post(address, data={"password": "uzun bir parola 42"})
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert client.post(address, data={"password": "uzun bir parola 42"}).status_code == 404


def test_D6_a_consent_is_taken_back_on_the_page(app: APIFlask, client: FlaskClient, now: TestClock) -> None:
    now.set(NOW)
    application, stranger = factories.application(), factories.member()
    person = application.member
    text = LegalText(
        kind="explicit_consent", language="tr", version=1, title="Rıza", body="b", sha256="0" * 64, published_at=NOW
    )
    db.session.add(text)
    db.session.flush()
    db.session.add(
        Acceptance(member_id=person.id, text_id=text.id, subject_kind="application", subject_code=application.code, given=True, at=NOW)
    )  # fmt: skip
    db.session.flush()
    log_in(client, stranger)
    assert client.post(f"/hesabim/verilerim/riza/{application.code}").status_code == 404
    log_in(client, person)
    assert "Geri al" in client.get("/hesabim/verilerim").text
    assert client.post(f"/hesabim/verilerim/riza/{application.code}").status_code == 303
    answers = db.session.execute(select(Acceptance.given, Acceptance.text_id).order_by(Acceptance.id)).all()
    assert [tuple(row) for row in answers] == [(True, text.id), (False, text.id)]
    assert client.post(f"/hesabim/verilerim/riza/{application.code}").status_code == 404


def test_the_trail_the_disclosures_and_the_inventory_have_pages(
    app: APIFlask, client: FlaskClient, now: TestClock
) -> None:
    now.set(NOW)
    auditor, person = factories.member(staff_role="auditor"), factories.member(last_name="Gösterilen")
    with transaction():
        disclose(
            Recipient.AUTHORITY, basis=Basis.REQUEST, subject=("member", person.code), what=[Fact.RESULT], name="Örnek Mahkemesi",
            reference="2025/7", actor=SYSTEM, now=NOW,
        )  # fmt: skip
    log_in(client, auditor)
    page = client.get("/yonetim/aktarimlar").text
    assert "Örnek Mahkemesi" in page
    assert "2025/7" in page
    assert "Örnek Mahkemesi" not in client.get("/yonetim/aktarimlar?alici=seddk").text
    found = client.get(f"/yonetim/denetim?subject={person.code}").text
    assert "Kişisel veri kurum dışına aktarıldı" in found
    assert "Gösterilen" in found
    assert "Bu aramaya uyan kayıt yok" in client.get("/yonetim/denetim?act=terms.term_loaded").text
    assert client.get("/yonetim/denetim?since=yarın").status_code == 422
    assert "Sertifika kütüğü" in client.get("/yonetim/veri-envanteri").text
    table = client.get("/yonetim/veri-envanteri.csv")
    assert table.text.splitlines()[0].startswith("\ufefftable;column;category")


def test_R063_staff_enter_what_came_by_letter_and_the_days_count_from_its_arrival(
    app: APIFlask, client: FlaskClient, now: TestClock
) -> None:
    now.set(NOW)
    person, clerk = factories.member(), factories.member(staff_role="support")
    log_in(client, clerk)
    address = f"/yonetim/adaylar/{person.code}/kvkk"
    letter = {"kind": "information", "source": "staff", "arrived": "2025-05-20", "body": "Hangi verilerim tutuluyor?"}
    ahead = client.post(address, data={**letter, "arrived": "2025-06-03"})
    assert (ahead.status_code, "ileride olamaz" in ahead.text) == (422, True)
    assert client.post(address, data={**letter, "arrived": "0001-01-01"}).status_code == 422
    assert client.post(address, data=letter).status_code == 303
    (row,) = queries.open_requests(1)
    assert (row.source, due_on(row.asked_at), row.member_id) == ("staff", date(2025, 6, 19), person.id)
    assert client.post(address, data=letter).status_code == 409
    assert client.get("/yonetim/adaylar/yok/kvkk").status_code == 404
    assert client.get(f"/yonetim/adaylar/{clerk.code}/kvkk").status_code == 404
