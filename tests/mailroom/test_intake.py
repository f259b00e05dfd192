"""A mail becomes the right case, once, at the instant it arrived (R045, R099, R112, R118, R119)."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select

from lms.attachments.models import RefusedUpload
from lms.core.db import db, transaction
from lms.core.files import files
from lms.exams.models import ReapplicationRequest
from lms.exemptions.models import ExemptionRequest
from lms.exemptions.rules import Action, Decision, Reason
from lms.exemptions.services import review
from lms.mailroom import jobs
from lms.mailroom.models import InboundMail
from lms.mailroom.rules import Mailbox
from lms.mailroom.services import cases, intake
from lms.membership.models import Member
from lms.notifications import queries as outbox
from lms.notifications.models import OutboxMessage
from lms.notifications.services import compose
from lms.slips.models import BankSlip
from lms.support import services as support
from lms.support.models import Ticket
from tests import factories
from tests.mailroom import letters
from tests.mailroom.letters import letter

ARRIVED = datetime(2025, 3, 3, 6, 15, tzinfo=UTC)
NOW = ARRIVED + timedelta(minutes=5)
TCKN = factories.valid_tckn(960)


@pytest.fixture
def deniz(app: APIFlask) -> Member:
    with transaction():  # taking a mail in opens transactions of its own
        factories.term()
        return factories.member(tckn=TCKN, email="deniz@example.org")


def take(raw: bytes, mailbox: str = "bilgi", now: datetime = NOW) -> InboundMail:
    return intake.take(raw, mailbox=Mailbox(mailbox), now=now)[0]


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def last() -> OutboxMessage:
    return outbox.latest(1)[0]


CLAIM = f"Gazi çocuğuyum, muafiyet istiyorum.\nTCKN: {TCKN}\nYakınlık derecesi: Çocuğu\nŞehit Yakını/Gazi/Gazi Yakını: Gazi Yakını"
ASK_MORE = Decision(Action.ASK_MORE, Reason.KINSHIP_MISSING, "Nüfus kaydını da gönderin.")
PROOF = (("belge.png", letters.png()),)


def test_R112_a_question_becomes_a_ticket_at_its_arrival_and_is_answered_in_its_thread(deniz: Member) -> None:
    mail = take(letter())
    ticket = db.session.scalars(select(Ticket)).one()
    assert (mail.outcome, mail.case_code, mail.match) == ("ticket", ticket.code, "address")
    assert (ticket.member_id, ticket.created_at, ticket.source, ticket.context["step"]) == (
        deniz.id,
        ARRIVED,
        "mail",
        "pay",
    )
    assert (last().template, last().replies_to) == ("ticket_opened", "<m1@example.org>")
    with transaction():
        support.answer(
            ticket.code, "Şifrenizi yenileyin.", actor=factories.member(staff_role="support").actor(), now=NOW
        )
    answer = last()
    assert (answer.recipient, answer.replies_to) == ("deniz@example.org", "<m1@example.org>")
    assert compose(answer).subject == f"Re: Yardım [SEGEM-{ticket.code}]"


def test_R112_an_answer_by_mail_lands_in_the_thread_and_reopens_it(deniz: Member) -> None:
    take(letter())
    ticket = db.session.scalars(select(Ticket)).one()
    with transaction():
        support.answer(
            ticket.code, "Şifrenizi yenileyin.", actor=factories.member(staff_role="support").actor(), now=NOW
        )
    by_reference = letter("Oldu, teşekkürler.", message_id="<m2@x>", In_Reply_To=f"<{last().message_id}@segem.org.tr>")
    assert take(by_reference).outcome == "thread"
    assert ticket.status == "open"
    by_code = letter("Bir soru daha.", message_id="<m3@x>", subject=f"Ynt: başka [SEGEM-{ticket.code.upper()}]")
    assert take(by_code).case_code == ticket.code
    by_own_id = letter("Son bir şey.", message_id="<m4@x>", References="<m1@example.org>")
    assert take(by_own_id).case_code == ticket.code
    assert [m.author for m in ticket.thread] == ["person", "staff", "person", "person", "person"]
    assert "sender" not in ticket.context
    take(letter("Ben başkasıyım.", message_id="<m5@x>", sender="baska@example.net", References="<m1@example.org>"))
    assert ticket.context["sender"] == "foreign"
    with transaction():
        support.answer(
            ticket.code, "Tamamdır, kapatıyoruz.", actor=factories.member(staff_role="support").actor(), now=NOW
        )
    assert last().recipient == "deniz@example.org"  # whoever wrote last


def test_the_same_mail_is_taken_once_however_often_it_comes(deniz: Member) -> None:
    first, again = (intake.take(letter(), mailbox=Mailbox.BILGI, now=NOW + timedelta(hours=n)) for n in range(2))
    assert (first[1], again[1]) == (True, False)
    assert first[0].id == again[0].id
    assert (count(InboundMail), count(Ticket)) == (1, 1)
    without_id = letter(message_id="")
    assert [intake.take(without_id, mailbox=Mailbox.BILGI, now=NOW)[1] for _ in range(2)] == [True, False]


def test_two_workers_at_once_make_one_case(live_database: Callable[[], APIFlask]) -> None:
    app = live_database()
    gate, new = threading.Barrier(4), []

    def work() -> None:
        with app.app_context():
            gate.wait()
            new.append(intake.take(letter(), mailbox=Mailbox.BILGI, now=NOW)[1])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(new) == [False, False, False, True]
    with app.app_context():
        assert (count(InboundMail), count(Ticket), count(OutboxMessage)) == (1, 1, 1)


def test_R118_a_complete_exemption_mail_is_a_request_from_its_arrival(deniz: Member) -> None:
    mail = take(letter(CLAIM, subject="Muafiyet", files=PROOF))
    request = db.session.scalars(select(ExemptionRequest)).one()
    assert (mail.outcome, mail.case_code, mail.match) == ("exemption", request.code, "both")
    assert (request.member_id, request.relation, request.requested_at) == (deniz.id, "veteran_child", ARRIVED)
    assert len(request.documents) == 1
    assert count(Ticket) == 0
    assert TCKN not in mail.text


def test_R118_what_is_missing_is_asked_for_in_the_thread_and_completes_the_request(deniz: Member) -> None:
    mail = take(letter(f"Gazi yakınıyım, muafiyet istiyorum. TCKN {TCKN}", subject="Muafiyet", files=(("a.exe", b"MZ\x90"),)))  # fmt: skip
    ticket = db.session.scalars(select(Ticket)).one()
    assert (mail.outcome, ticket.category) == ("ticket", "exemption")
    assert last().params["missing"] == ["mail.missing_relation", "mail.missing_document"]
    text = compose(last()).text
    assert "yakınlık dereceniz" in text
    assert "a: Bu dosya PDF, JPEG ya da PNG değil." in text
    assert [m.author for m in ticket.thread] == ["person", "system"]
    assert outbox.latest()[1:] == []  # one mail, not an acknowledgement and a question
    reply = {"References": f"<{last().message_id}@segem.org.tr>"}
    assert take(letter("Çocuğuyum: gazi çocuğu", message_id="<m2@x>", **reply)).outcome == "thread"
    assert last().params["missing"] == ["mail.missing_document"]
    completed = take(letter("Belgem ekte.", message_id="<m3@x>", files=PROOF, **reply))
    request = db.session.scalars(select(ExemptionRequest)).one()
    assert (completed.outcome, completed.case_code, request.relation) == ("exemption", request.code, "veteran_child")
    assert ticket.status == "closed"


def test_R118_documents_that_were_asked_for_come_by_mail(deniz: Member) -> None:
    take(letter(CLAIM, subject="Muafiyet", files=PROOF))
    request = db.session.scalars(select(ExemptionRequest)).one()
    with transaction():
        review.decide(code=request.code, decision=ASK_MORE, expected=review.seen(request), actor=factories.member(staff_role="reviewer").actor(), now=NOW)  # fmt: skip
    asked = f"<{last().message_id}@segem.org.tr>"
    mail = take(letter("Ekte.", message_id="<m2@x>", files=(("nufus.png", letters.png()),), In_Reply_To=asked))
    assert (mail.outcome, mail.case_code) == ("exemption", request.code)
    assert (request.status, len(request.documents)) == ("requested", 2)
    assert (last().template, last().replies_to) == ("exemption_added", f"{asked} <m2@x>")
    with transaction():
        review.decide(code=request.code, decision=ASK_MORE, expected=review.seen(request), actor=factories.member(staff_role="reviewer").actor(), now=NOW + timedelta(hours=1))  # fmt: skip
    assert last().replies_to == f"{asked} <m2@x>"  # the decision is an answer in the thread
    barcode = take(
        letter("Barkod: YOK1234567890", message_id="<m3@x>", In_Reply_To=f"<{last().message_id}@segem.org.tr>")
    )
    assert (barcode.outcome, len(request.barcodes), request.status) == ("exemption", 1, "requested")


def test_what_is_left_out_of_a_request_is_told_as_well(deniz: Member) -> None:
    take(letter(CLAIM, subject="Muafiyet", files=(("a.exe", b"MZ\x90"), *PROOF)))
    assert (last().template, last().replies_to) == ("exemption_received", "<m1@example.org>")
    assert "a: Bu dosya PDF, JPEG ya da PNG değil." in compose(last()).text
    more = letter(
        CLAIM, message_id="<m2@x>", subject="Muafiyet", files=(("b.exe", b"MZ\x90"), ("ek.png", letters.png()))
    )
    assert take(more).outcome == "exemption"
    assert "b: Bu dosya PDF, JPEG ya da PNG değil." in compose(last()).text


def test_a_strangers_words_and_papers_are_no_evidence_of_a_member(deniz: Member) -> None:
    take(letter(f"Muafiyet istiyorum. TCKN {TCKN}", subject="Muafiyet"))
    ticket = db.session.scalars(select(Ticket)).one()
    subject = f"Re: [SEGEM-{ticket.code}]"
    take(letter("Gazi çocuğuyum.", message_id="<m2@x>", subject=subject, sender="baska@example.net", files=PROOF))
    take(letter("Evraklarım ektedir.", message_id="<m3@x>", subject=subject))
    assert count(ExemptionRequest) == 0
    assert last().params["missing"] == ["mail.missing_relation", "mail.missing_document"]


def test_a_robot_with_an_attachment_is_not_answered_all_day(deniz: Member) -> None:
    for n in range(12):
        take(letter(message_id=f"<loop{n}@x>", files=PROOF), "muhasebe")
    assert (count(BankSlip), count(OutboxMessage)) == (12, 10)


def test_a_number_from_another_address_asks_for_nothing(deniz: Member) -> None:
    mail = take(letter(CLAIM, subject="Muafiyet", files=PROOF, sender="baska@example.net"))
    ticket = db.session.scalars(select(Ticket)).one()
    assert (mail.match, mail.outcome, ticket.context["sender"]) == ("foreign", "ticket", "foreign")
    assert (count(ExemptionRequest), ticket.email) == (0, "baska@example.net")
    assert ticket.member_id is None  # a stranger's words never stand among a member's own
    forged = letter(CLAIM, message_id="<m2@x>", files=PROOF, Authentication_Results="posta.segem.org.tr; dmarc=fail")
    assert take(forged).match == "foreign"
    assert count(ExemptionRequest) == 0


def test_two_numbers_in_one_mail_are_nobodys(deniz: Member) -> None:
    mail = take(letter(f"{CLAIM}\nve {factories.valid_tckn(961)}", subject="Muafiyet", files=PROOF))
    assert (mail.match, mail.member_id, count(ExemptionRequest)) == ("several", None, 0)
    assert mail.outcome == "ticket"


def test_who_has_no_membership_is_told_to_open_one(app: APIFlask) -> None:
    take(letter(CLAIM, subject="Muafiyet", files=PROOF))
    assert last().params["missing"] == ["mail.missing_membership"]
    assert "/kaydol" in compose(last()).text


def test_R045_a_slip_counts_from_its_arrival_and_is_confirmed_in_its_thread(deniz: Member) -> None:
    mail = take(letter(f"Dekontum ektedir. TCKN {TCKN}", subject="Dekont", files=PROOF), "muhasebe")
    slip = db.session.scalars(select(BankSlip)).one()
    assert (mail.outcome, slip.member_id, slip.arrived_at, slip.mail_code) == ("slip", deniz.id, ARRIVED, mail.code)
    assert (last().template, last().replies_to) == ("mail_slip", "<m1@example.org>")
    assert "09.15" in compose(last()).text
    unknown = take(letter("Dekont", sender="esim@example.net", message_id="<m2@x>", files=PROOF), "muhasebe")
    assert db.session.scalars(select(BankSlip).filter_by(code=unknown.case_code)).one().member_id is None
    assert take(letter("Ödedim", message_id="<m3@x>"), "muhasebe").outcome == "ticket"
    assert last().params["missing"] == ["mail.missing_document"]


def test_R045_a_mail_to_both_addresses_reaches_both_desks(deniz: Member) -> None:
    both = letter("Ödedim ama form açılmadı, dekontum ekte.", files=PROOF)
    mail = take(both)
    assert [take(both, "muhasebe").id for _ in range(2)] == [mail.id, mail.id]
    slip = db.session.scalars(select(BankSlip)).one()
    assert (slip.mail_code, slip.arrived_at, slip.member_id) == (mail.code, ARRIVED, deniz.id)
    db.session.refresh(mail)
    assert (mail.mailbox, mail.outcome, count(Ticket)) == ("muhasebe", "ticket", 1)
    proof = letter(CLAIM, message_id="<m2@x>", sender="annem@example.net", files=PROOF)
    take(proof)
    take(proof, "muhasebe")  # evidence of an exemption is nothing for accounting
    assert count(BankSlip) == 1


def test_R099_three_failures_and_a_mail_ask_to_apply_again(deniz: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction():
        application = factories.application(deniz)
    monkeypatch.setattr(
        cases.reapplication, "may_reapply", lambda actor, *, now: application if now == ARRIVED else None
    )
    asked: list[datetime] = []

    def request(code: str, explanation: str, **kept: Any) -> ReapplicationRequest:
        asked.append(kept["arrived_at"])
        return ReapplicationRequest(code="istek1", application=application)

    monkeypatch.setattr(cases.reapplications, "request_reapplication", request)
    mail = take(letter("Üç sınavda da başarısız oldum, yeniden başvurmak istiyorum.", subject="Yeniden başvuru"))
    assert (mail.outcome, mail.case_code, asked) == ("reapplication", "istek1", [ARRIVED])
    assert last().template == "mail_reapplication"
    monkeypatch.setattr(cases.reapplication, "may_reapply", lambda actor, *, now: None)
    other = take(letter("Yeniden başvurmak istiyorum.", message_id="<m2@x>"))
    assert (other.outcome, db.session.scalars(select(Ticket)).one().category) == ("ticket", "reapplication")


def test_R119_a_bounce_marks_the_message_that_came_back_and_is_not_answered(deniz: Member) -> None:
    take(letter())
    sent, before = last(), count(OutboxMessage)
    mail = take(letters.bounce(f"<{sent.message_id}@segem.org.tr>"))
    assert (mail.outcome, mail.reason) == ("bounce", "mail.returned")
    assert outbox.failed() == [sent]
    assert sent.bounce_reason == "smtp; 550 5.1.1 no such mailbox"
    assert take(letters.bounce("<somebody@else>", action="delayed")).outcome == "automatic"
    assert count(OutboxMessage) == before


@pytest.mark.parametrize(("headers", "reason"), [
    ({"Auto_Submitted": "auto-replied"}, "mail.automatic"), ({"sender": "SEGEM <bilgi@segem.org.tr>"}, "mail.own"),
])  # fmt: skip
def test_machines_and_ourselves_get_no_answer(deniz: Member, headers: dict[str, str], reason: str) -> None:
    mail = take(letter(**headers))
    assert (mail.outcome, mail.reason) == ("automatic", reason)
    assert (count(OutboxMessage), count(Ticket)) == (0, 0)


def test_who_writes_all_day_is_not_answered_all_day(deniz: Member) -> None:
    for n in range(15):
        take(letter(message_id=f"<loop{n}@x>"))
    assert (count(Ticket), count(OutboxMessage)) == (15, 10)


@pytest.mark.parametrize("name", letters.HOSTILE)
def test_a_hostile_mail_is_stored_and_breaks_nothing(deniz: Member, name: str) -> None:
    mail = take(letters.HOSTILE[name])
    assert mail.outcome in ("waiting", "ticket")
    assert len(mail.subject) <= 200


def test_what_cannot_be_read_is_kept_out_on_record(app: APIFlask) -> None:
    deep = take(letters.nested(50))
    huge = take(b"From: a@example.org\r\n\r\n" + b"x" * 30_000_000)
    assert [(m.outcome, m.reason, m.raw_key) for m in (deep, huge)] == [("refused", "mail.nested", None), ("refused", "mail.too_big", None)]  # fmt: skip
    assert intake.too_large("bilgi/7/x", 30_000_000, mailbox=Mailbox.BILGI, received_at=ARRIVED, now=NOW)
    assert not intake.too_large("bilgi/7/x", 30_000_000, mailbox=Mailbox.BILGI, received_at=ARRIVED, now=NOW)
    assert count(OutboxMessage) == 0


def test_hostile_attachments_are_left_out_recorded_and_told(deniz: Member) -> None:
    bad = (
        ("bomba.zip", letters.zip_bomb()),
        ("winmail.dat", b"\x78\x9f\x3e\x22" + b"\0" * 50),
        ("belge.pdf", b"%PDF-1.7\n<script>"),
    )
    mail = take(letter("Belgelerim ekte, bakar mısınız?", files=(*bad, *PROOF)))
    assert [(d.label, d.refused) for d in mail.documents] == [
        ("belge.png", None), ("bomba", "document.type"), ("winmail", "document.type"), ("belge", "document.broken")
    ]  # fmt: skip
    assert count(RefusedUpload) == 3
    assert "winmail: Bu dosya" in compose(last()).text


def test_a_fault_of_ours_leaves_the_mail_for_a_person(
    deniz: Member, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr(support, "open_by_mail", fail)
    mail = take(letter(files=PROOF))
    assert (mail.outcome, mail.reason, len(mail.documents)) == ("waiting", "mail.not_sorted", 1)
    assert "could not be sorted" in caplog.text
    assert TCKN not in caplog.text


def test_the_bytes_lie_sealed_and_are_erased_after_sixty_days(deniz: Member) -> None:
    raw = letter(f"TCKN {TCKN}", files=PROOF)
    mail = take(raw)
    assert mail.raw_key is not None
    assert TCKN.encode() not in files().read(mail.raw_key)
    assert cases.opened(mail) == raw
    key = mail.raw_key
    assert jobs.tidy(NOW + timedelta(days=59)) == 0
    assert jobs.tidy(NOW + timedelta(days=61)) == 1
    assert jobs.tidy(NOW + timedelta(days=61)) == 0
    db.session.refresh(mail)
    assert (mail.raw_key, mail.documents[0].file_key, mail.text, mail.sender) == (None, None, "", "")
    assert not files().path(key).exists()


def test_the_arrival_is_the_servers_word_and_never_lies_ahead(deniz: Member) -> None:
    told = ARRIVED - timedelta(hours=2)
    row, _new = intake.take(letter(), mailbox=Mailbox.BILGI, delivered_at=told, now=NOW)
    assert row.received_at == told
    assert take(letter(message_id="<m2@x>"), now=ARRIVED - timedelta(days=1)).received_at == ARRIVED - timedelta(days=1)
