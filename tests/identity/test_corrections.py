"""R055, R115: a name or an identity number put right: by whom, what follows it, and what stays."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.audit.models import AuditEntry
from lms.certificates import jobs
from lms.certificates import queries as certificates
from lms.certificates.models import Certificate
from lms.core.access import Actor
from lms.core.codes import format_code
from lms.core.config import vault
from lms.core.db import db, transaction
from lms.core.errors import Conflict, DomainError, FieldErrors, Forbidden
from lms.identity import rules
from lms.identity.models import Correction
from lms.identity.rules import Decision, Status
from lms.identity.services import corrections as services
from lms.membership import credential
from lms.membership import queries as members
from lms.membership.models import Member, MemberSession, OneTimeLink
from lms.notifications.models import OutboxMessage
from lms.notifications.rendering import render
from lms.register.models import RegisterEntry
from lms.verification.services import verify
from tests import factories
from tests.certificates.helpers import passed
from tests.conftest import TestClock, civil
from tests.membership.helpers import log_in

PROOF = "Kimlik kartının fotokopisine baktım; soyadı çift ş ile yazılıyor."
PASS = civil("2025-01-09 11:20")
NOW = civil("2025-02-03 10:00")
RIGHT = factories.valid_tckn(777_001)


def staff(role: str = "reviewer", name: str = "Ada") -> Actor:
    return factories.member(staff_role=role, first_name=name, last_name="Görevli").actor()


def holder() -> Member:
    """Somebody with a certificate."""
    application = passed(factories.member(first_name="Deniz", last_name="Örnk"), at=PASS)
    db.session.commit()
    jobs.issue_certificates(civil("2025-01-13 00:00"))
    return application.member


def rename(member: Member, **changes: Any) -> Correction:
    values: dict[str, Any] = {
        "first_name": "Deniz", "last_name": "Örnek", "ground": "typing", "evidence": PROOF, "seen": member.full_name,
        "actor": changes.pop("by", None) or staff(), "now": NOW,
    }  # fmt: skip
    with transaction():
        return services.correct_name(member.code, **{**values, **changes})


def ask(member: Member, by: Actor, tckn: str = RIGHT) -> Correction:
    with transaction():
        return services.ask_tckn(member.code, tckn=tckn, ground="typing", evidence=PROOF, actor=by, now=NOW)


def decide(row: Correction, by: Actor, decision: Decision = Decision.CONFIRM) -> Correction:
    with transaction():
        return services.decide_tckn(row.code, decision, "", actor=by, now=NOW, wall=NOW)


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("decision", Decision)
def test_r115_the_table_of_a_correction(status: Status, decision: Decision) -> None:
    if status is Status.REQUESTED:
        assert rules.decide(status, decision, requested_by=1, decided_by=2) is rules.NEXT[status, decision]
        with pytest.raises(Forbidden):
            rules.decide(status, decision, requested_by=1, decided_by=1)
    else:
        with pytest.raises(Conflict):
            rules.decide(status, decision, requested_by=1, decided_by=2)


def test_r055_a_corrected_name_makes_the_certificate_anew_with_the_same_number(app: Any) -> None:
    member = holder()
    (old,) = db.session.scalars(select(Certificate))
    row = rename(member)
    new = certificates.current(old.application.code)
    assert new is not None
    assert (new.number, new.version, new.printed_name) == (old.number, 2, "Deniz Örnek")
    assert (new.available_from, new.view_days, new.content["holder"]) == (old.available_from, 180, "Deniz Örnek")
    assert (old.replaced_at, old.printed_name, row.reissued) == (NOW, "Deniz Örnk", 1)
    entry = db.session.scalars(select(RegisterEntry)).one()
    assert (entry.holder, entry.verification_code) == ("Deniz Örnek", new.code)
    assert jobs.issue_certificates(NOW) == 0  # it stays one certificate
    assert [m.template for m in db.session.scalars(select(OutboxMessage))][-1] == "identity_corrected"


def test_r055_the_old_papers_code_answers_valid_with_the_newest(app: Any) -> None:
    member = holder()
    (old,) = db.session.scalars(select(Certificate))
    rename(member)
    verdict = verify(format_code(old.code), now=NOW).verdict
    assert (verdict.status, verdict.number, verdict.replaced_at) == ("valid", old.number, NOW)
    assert (verdict.holder, verdict.pdf_sha256) == ("D**** Ö****", None)


def test_r055_before_the_certificate_the_application_prints_the_right_name_and_ended_ones_stay(app: Any) -> None:
    member = factories.member(first_name="Deniz", last_name="Örnk")
    ended = factories.application(member, outcome="failed", outcome_at=NOW)
    open_one = factories.application(member, ordinal=2)
    rename(member)
    for one in (ended, open_one):
        db.session.refresh(one)
    assert (ended.last_name, open_one.last_name) == ("Örnk", "Örnek")
    assert member.name_folded == "deniz ornek"


def test_the_audit_row_is_masked_on_both_sides(app: Any) -> None:
    member = factories.member(first_name="Deniz", last_name="Örnk")
    rename(member)
    (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "identity.name_corrected"))
    assert (entry.data["before"], entry.data["after"]) == ("D**** Ö***", "D**** Ö****")
    assert entry.data["evidence"] == PROOF


def test_what_is_refused_changes_nothing(app: Any) -> None:
    member = factories.member(first_name="Deniz", last_name="Örnk")
    db.session.commit()
    for changes, code in (
        ({"last_name": "Örnk"}, "correction.same"),
        ({"seen": "Deniz Başka"}, "correction.overtaken"),
    ):
        with pytest.raises(DomainError) as refused:
            rename(member, **changes)
        assert refused.value.code == code
    with pytest.raises(FieldErrors) as fields:
        rename(member, last_name="Örnek7", ground="lie", evidence="kısa")
    assert fields.value.fields == {
        "last_name": "name.digits", "ground": "correction.ground", "evidence": "correction.evidence",
    }  # fmt: skip
    assert db.session.scalars(select(Correction)).all() == []


def test_r115_a_number_is_asked_for_by_one_and_confirmed_by_another(app: Any) -> None:
    member = holder()
    before = member.tckn_index
    one, other = staff("reviewer", "Ada"), staff("manager", "Ece")
    with transaction():
        credential.open_session(member, wall=NOW)
    row = ask(member, one)
    assert member.tckn_index == before
    with pytest.raises(Forbidden):
        decide(row, one)
    decide(row, other)
    assert members.member_by_tckn(RIGHT) is member
    assert vault().open(member.tckn_sealed) == RIGHT
    assert {s.ended_at is not None for s in db.session.scalars(select(MemberSession))} == {True}
    entry = db.session.scalars(select(RegisterEntry)).one()
    assert entry.tckn_index == member.tckn_index
    newest = db.session.scalars(select(Certificate).where(Certificate.replaced_at.is_(None))).one()
    assert newest.content["holder_id"] == member.tckn_masked
    with pytest.raises(Conflict) as refused:
        decide(row, staff("manager"), Decision.REFUSE)
    assert refused.value.params == {"by": "Ece Görevli", "at": NOW}
    texts = " ".join(str(e.data) for e in db.session.scalars(select(AuditEntry)))
    assert RIGHT not in texts


def test_r028_a_number_of_another_account_is_refused_at_the_request_and_at_the_decision(app: Any) -> None:
    member = factories.member()
    db.session.commit()
    with pytest.raises(Conflict) as refused:
        ask(member, staff(), tckn=vault().open(factories.member(tckn=RIGHT).tckn_sealed))
    assert refused.value.code == "correction.tckn_taken"
    late = factories.valid_tckn(777_002)
    row = ask(member, staff(), tckn=late)
    with pytest.raises(Conflict) as pending:
        ask(member, staff(), tckn=factories.valid_tckn(777_003))
    assert pending.value.code == "correction.pending"
    factories.member(tckn=late)
    db.session.commit()
    with pytest.raises(Conflict) as taken:
        decide(row, staff("manager"))
    assert taken.value.code == "correction.tckn_taken"
    assert db.session.get_one(Correction, row.id).status == "requested"


# --- pages -----------------------------------------------------------------------------------------------------------


def test_the_pages_tell_what_follows_and_keep_what_was_typed(app: Any, client: FlaskClient, now: TestClock) -> None:
    now.set("2025-02-03 10:00")
    member = holder()
    log_in(client, factories.member(staff_role="reviewer"))
    path = f"/yonetim/adaylar/{member.code}/duzeltme"
    assert "Geçerli 1 sertifika aynı numarayla yeniden düzenlenir" in client.get(path).get_data(as_text=True)
    typed = {"ad-seen": "Deniz Örnk", "ad-first_name": "Deniz", "ad-last_name": "Örnek", "ad-evidence": PROOF}
    answer = client.post(f"{path}/ad", data=typed)
    assert answer.status_code == 422
    assert PROOF in answer.get_data(as_text=True)
    assert client.post(f"{path}/ad", data={**typed, "ad-ground": "typing"}).status_code == 303
    typed = {"no-tckn": RIGHT, "no-ground": "typing", "no-evidence": PROOF}
    assert client.post(f"{path}/tckn", data=typed).status_code == 303
    row = db.session.scalars(select(Correction).where(Correction.kind == "tckn")).one()
    assert row.member.full_name in client.get("/yonetim/duzeltmeler").get_data(as_text=True)
    assert client.post(f"/yonetim/duzeltmeler/{row.code}", data={"karar": "onayla"}).status_code == 403
    log_in(client, factories.member(staff_role="manager"))
    assert client.post(f"/yonetim/duzeltmeler/{row.code}", data={"karar": "onayla"}).status_code == 303
    assert client.post(f"/yonetim/duzeltmeler/{row.code}", data={"karar": "reddet"}).status_code == 409


def test_help_sends_a_link_to_the_address_on_file_and_ends_sessions(app: Any, client: FlaskClient) -> None:
    member = factories.member()
    log_in(client, factories.member(staff_role="support"))
    assert client.post(f"/yonetim/adaylar/{member.code}/sifre-baglantisi").status_code == 303
    assert db.session.scalars(select(OneTimeLink)).one().member_id == member.id
    (mail,) = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "password_reset"))
    assert mail.recipient == member.email
    page = client.post(f"/yonetim/adaylar/{member.code}/sifre-baglantisi", follow_redirects=True)
    assert "Son iki dakika içinde bir bağlantı gönderildi" in page.get_data(as_text=True)
    assert client.post(f"/yonetim/adaylar/{member.code}/oturumlar").status_code == 303
    acts = set(db.session.scalars(select(AuditEntry.act).where(AuditEntry.subject_code == member.code)))
    assert {"identity.password_link_sent", "membership.session_ended"} <= acts


@pytest.mark.parametrize("language", ["tr", "en"])
@pytest.mark.parametrize("what", ["name", "tckn"])
def test_the_mail_is_written_in_both_languages(language: str, what: str) -> None:
    params = {"name": "Deniz", "what": what, "after": "D**** Ö****", "reissued": 1, "base_url": "https://x"}
    assert "https://x/sertifikalarim" in render("identity_corrected", "mail", language, params).text
