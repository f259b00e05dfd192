"""R063, KVKK m.7 and m.11: where a person's rights meet those of somebody else, or another request of their own."""

from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.audit.rules import Act
from lms.audit.services import record
from lms.core.db import db, transaction
from lms.core.errors import Conflict
from lms.core.files import files
from lms.corporate.models import Institution, Invitation
from lms.identity.models import Dispute
from lms.learning.models import Training
from lms.mailroom.models import InboundDocument, InboundMail
from lms.membership.models import Member
from lms.notifications.models import OutboxMessage
from lms.payments.services import acts, branch, orders
from lms.privacy import jobs
from lms.privacy.models import PersonalExport
from lms.privacy.rules.requests import Kind, Reason, reasons
from lms.privacy.services import erasure, export, retention
from lms.support.models import Ticket
from tests import factories
from tests.conftest import TestClock
from tests.factories import midnight
from tests.membership.helpers import log_in
from tests.payments.branch_files import collection, row
from tests.payments.test_acts import LATER, REASON, paid, second_payment
from tests.privacy.test_requests import NOW, _ask, _copy, _decide
from tests.privacy.test_retention import _attempt


def _claim(person: Member, **values: object) -> Dispute:
    row = Dispute(
        code="it", tckn_index=person.tckn_index, tckn_masked=person.tckn_masked, name="Hak Sahibi", email="hak@example.org",
        language="tr", explanation="Bu numara benim.", status="open", opened_at=NOW, **values,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


# --- an erasure waits for what would be lost with the account --------------------------------------------------------------


def test_R126_nothing_is_erased_while_somebody_says_that_the_account_is_theirs(app: APIFlask) -> None:
    clerk, person = factories.member(staff_role="manager"), factories.member()
    claim, code, address = _claim(person), _ask(person, "erasure"), person.email
    with pytest.raises(Conflict, match=r"privacy\.claimed"):
        _decide(code, clerk, "granted", "done")
    db.session.expire_all()
    assert (person.email, person.disabled_at) == (address, None)
    claim.status, claim.decided_at, claim.decided_by = "refused", NOW, clerk.id
    _decide(code, clerk, "granted", "done")
    assert person.email == ""


def test_R063_another_request_is_answered_while_its_answer_reaches_somebody(
    app: APIFlask, client: FlaskClient, now: TestClock
) -> None:
    now.set(NOW)
    clerk, person = factories.member(staff_role="manager"), factories.member()
    other, code = _ask(person), _ask(person, "erasure")
    log_in(client, clerk)
    typed = {"outcome": "granted", "reason": "done", "answer": "Üyeliğiniz kapatıldı."}
    refused = client.post(f"/yonetim/kvkk/{code}", data=typed)
    assert (refused.status_code, "Önce onu yanıtlayın" in refused.text, typed["answer"] in refused.text) == (409, True, True)  # fmt: skip
    assert person.email
    _decide(other, clerk, "granted", "done")
    assert client.post(f"/yonetim/kvkk/{code}", data=typed).status_code == 303
    assert person.email == ""


@pytest.mark.parametrize("made", [True, False])
def test_R063_a_copy_goes_with_the_account(app: APIFlask, made: bool) -> None:
    clerk, person = factories.member(staff_role="manager"), factories.member()
    if made:
        key = _copy(person).file_key or ""
        assert files().path(key).exists()
    else:
        with transaction():
            export.order(actor=person.actor(), now=NOW)
    _decide(_ask(person, "erasure"), clerk, "granted", "done")
    row = db.session.scalars(select(PersonalExport)).one()
    assert (row.erased_at, row.file_key) == (NOW, None)
    assert not made or not files().path(key).exists()
    assert jobs.make_exports(NOW) == 0


def test_R063_a_question_of_who_is_gone_waits_for_nobody(app: APIFlask) -> None:
    clerk, person = factories.member(staff_role="manager"), factories.member()
    row = Ticket(
        code="soru", member_id=person.id, email=person.email, subject="Video durdu", category="other", source="form", context={},
        status="open", created_at=NOW, since=NOW, messages=1,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    _decide(_ask(person, "erasure"), clerk, "granted", "done")
    db.session.refresh(row)
    assert (row.status, row.email, row.member_id) == ("closed", "", None)


def test_R046_a_line_counted_for_somebody_else_binds_nobody_whose_number_it_bears(app: APIFlask) -> None:
    then, clerk = midnight(2025, 11, 11), factories.member(staff_role="accountant")
    factories.term()
    factories.member(tckn=factories.valid_tckn(901), created_at=then)
    db.session.commit()
    file = collection([row(1, tckn=factories.valid_tckn(950))])
    (line,) = branch.take_file(file, actor=clerk.actor(), now=then).lines
    owner = factories.member(tckn=factories.valid_tckn(950), created_at=then)
    assert [one.code for one in erasure.kept(owner, then)] == ["contracts"]  # until it is counted, it is the owner's
    given = {"tckn": factories.valid_tckn(901), "actor": clerk.actor(), "now": then}
    with transaction():
        branch.decide(line.code, "given", "Dekontundaki ad budur.", **given)
    assert erasure.kept(owner, then) == []
    for years, told in ((3, "ŞÜKRÜ ÖRNEK"), (11, "")):
        with transaction():
            retention.apply(then + timedelta(days=366 * years))
        db.session.expire_all()
        assert (owner.first_name, line.name) == ("", told)


# --- the copy tells what is held about the person, and nobody else's words ---------------------------------------------------


def test_R063_the_copy_holds_an_invitation_nobody_answered_and_who_invited(app: APIFlask) -> None:
    person, other, clerk = factories.member(), factories.member(), factories.member(staff_role="manager")
    term, house = factories.term(), Institution(code="kurum", name="Örnek Acentelik", created_at=NOW)
    db.session.add(house)
    db.session.flush()
    for who in (person, other):
        db.session.add(
            Invitation(
                code=f"da{who.id}", institution_id=house.id, term_id=term.id, term_code=term.code, tckn_index=who.tckn_index,
                first_name="Deniz", last_name="Davetli", email=f"{who.id}@kurum.example.org", token_hash=f"h{who.id}",
                state="invited", invited_by=clerk.id, invited_at=NOW, until=NOW + timedelta(days=30),
            )
        )  # fmt: skip
    db.session.flush()
    (told,) = export.everything(person)["invitation"][1]
    assert (told["code"], told["institution"], told["email"]) == (f"da{person.id}", "Örnek Acentelik", f"{person.id}@kurum.example.org")  # fmt: skip
    assert "token_hash" not in told
    assert "tckn_index" not in told


@pytest.mark.parametrize(("match", "told"), [("both", 1), ("address", 1), ("foreign", 0)])
def test_R063_a_strangers_mail_that_names_the_number_is_not_the_persons(app: APIFlask, match: str, told: int) -> None:
    person = factories.member()
    mail = InboundMail(
        code="po", mailbox="bilgi", message_id="<1@example.org>", sender="yabanci@example.org", sender_name="Yabancı", subject="S",
        text="Metin", received_at=NOW, taken_at=NOW, size=1, member_id=person.id, match=match, outcome="ticket",
    )  # fmt: skip
    db.session.add(mail)
    db.session.flush()
    db.session.add(InboundDocument(code="ek", mail_id=mail.id, label="x.pdf", media_type="application/pdf", size=1, sha256="0" * 64))  # fmt: skip
    db.session.flush()
    copy = export.everything(person)
    assert [len(copy[name][1]) for name in ("inbound_mail", "inbound_document")] == [told, told]


def test_R126_the_copy_tells_that_the_account_was_closed_and_not_who_claims_it(app: APIFlask) -> None:
    person, clerk = factories.member(), factories.member(staff_role="manager")
    data = {"dispute": "it", "frozen": True, "reason": "Hak Sahibi kimlik kartını gösterdi."}
    record(Act.DISPUTE_FROZEN, actor=clerk.actor(), subject=("member", person.code), data=data, now=NOW)
    db.session.flush()
    (told,) = export.everything(person)["audit_entry"][1]
    assert (told["act"], told["at"], told["data"]) == ("identity.dispute_frozen", NOW, {"frozen": True})


def test_R063_the_clerks_in_the_copy_are_masked(app: APIFlask) -> None:
    person = factories.member()
    lost = OutboxMessage(
        dedupe="d/mail", channel="mail", recipient=person.email, member_code=person.code, language="tr", template="welcome", params={},
        created_at=NOW, next_try_at=NOW, tries=1, message_id="m", failed_at=NOW, settled_at=NOW, settled_by="Ayşe Gizli",
    )  # fmt: skip
    db.session.add(lost)
    db.session.flush()
    (told,) = export.everything(person)["outbox_message"][1]
    assert told["settled_by"] == "A*** G****"


@pytest.mark.parametrize("act", ["attach", "review", "complete"])
def test_R063_who_decided_about_a_payment_is_masked_in_the_copy_of_who_paid(app: APIFlask, act: str) -> None:
    person, clerk = factories.member(), factories.member(staff_role="accountant", first_name="Ayşe", last_name="Gizli")
    payment = paid(person, factories.term(), "underpaid", 43300) if act == "complete" else second_payment(person)
    orders.permit(person.id, payment.term_code, 2, now=LATER)
    getattr(acts, act)(payment.code, reason=REASON, actor=clerk.actor(), now=LATER)
    db.session.flush()
    copy = export.everything(person)
    assert {row["data"]["by"] for row in copy["payment_event"][1] if "by" in row["data"]} == {"A*** G****"}
    assert "Gizli" not in str(copy)


# --- the answer ----------------------------------------------------------------------------------------------------------


def test_R063_a_reason_answers_the_kind_of_request_it_is_for() -> None:
    assert set(reasons(Kind.INFORMATION)) == {Reason.DONE, Reason.KEPT_BY_LAW, Reason.IDENTITY, Reason.OTHERS}
    assert set(reasons(Kind.OBJECTION)) - set(reasons(Kind.INFORMATION)) == {
        Reason.RESULT_STANDS,
        Reason.RESULT_CHANGED,
    }
    assert set(reasons(Kind.ERASURE)) - set(reasons(Kind.INFORMATION)) == {Reason.RUNNING}


def test_R063_who_looks_at_an_objection_is_led_to_the_exam(app: APIFlask, client: FlaskClient, now: TestClock) -> None:
    now.set(NOW)
    with transaction():
        attempt = _attempt(NOW - timedelta(days=3))
        person, clerk = db.session.get_one(Member, attempt.member_id), factories.member(staff_role="reviewer")
        done = {"started_at": NOW - timedelta(days=5), "completed_at": NOW - timedelta(days=4)}
        db.session.add(Training(application_id=attempt.application_id, member_id=person.id, release_id=factories.release().id, **done))  # fmt: skip
    code = _ask(person, "objection", attempt=attempt.code)
    log_in(client, clerk)
    page = client.get(f"/yonetim/kvkk/{code}").text
    assert f'href="/yonetim/sinavlar/{attempt.code}"' in page
    assert ("Görevli inceledi, sonuç değişmedi" in page, "Süren bir başvurusu var" in page) == (True, False)
    assert client.get(f"/yonetim/sinavlar/{attempt.code}").status_code == 200
    typed = {"outcome": "refused", "reason": "running", "answer": "Sonuç incelendi ve doğrulandı."}
    assert client.post(f"/yonetim/kvkk/{code}", data=typed).status_code == 422
