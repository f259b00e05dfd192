"""The pages of incoming mail: who reads what, what staff make of a mail, and what two at once learn."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from lms.audit import queries as audit
from lms.cli.main import parser
from lms.core.db import db, transaction
from lms.exemptions.models import ExemptionRequest
from lms.mailroom.models import InboundMail
from lms.mailroom.rules import Mailbox
from lms.mailroom.services import desk, intake
from lms.membership.models import Member
from lms.support.models import Ticket
from tests import factories
from tests.mailroom import letters
from tests.mailroom.letters import letter, nested
from tests.mailroom.test_intake import ARRIVED, CLAIM, NOW, PROOF, TCKN
from tests.people import Browser

Become = Callable[[Member | None], Browser]


@pytest.fixture
def deniz(app: APIFlask) -> Member:
    with transaction():
        factories.term()
        return factories.member(tckn=TCKN, email="deniz@example.org")


def clerk(role: str) -> Member:
    with transaction():
        return factories.member(staff_role=role, last_name=f"Personel {role}")


def take(raw: bytes, mailbox: str = "bilgi") -> InboundMail:
    return intake.take(raw, mailbox=Mailbox(mailbox), now=NOW)[0]


def test_what_came_stands_in_three_lists_and_is_read_as_words(deniz: Member, become: Become) -> None:
    mail, deep = take(letter("Merhaba <b>ben</b> Deniz.")), take(nested(50))
    reader = become(clerk("support"))
    assert "Yardım" in reader.get("/yonetim/posta?liste=is-olan").text
    assert deep.code in reader.get("/yonetim/posta?liste=disarida").text
    assert "Burada posta yok" in reader.get("/yonetim/posta").text
    page = reader.get(f"/yonetim/posta/{mail.code}").text
    assert "&lt;b&gt;ben" in page
    assert f"/yonetim/destek/{mail.case_code}" in page
    assert "iç içe" in reader.get(f"/yonetim/posta/{deep.code}").text
    assert "mailroom.opened" in [entry.act for entry in audit.of_subject("mail", mail.code)]


def test_each_role_reads_its_own(deniz: Member, become: Become) -> None:
    slip, question = take(letter(files=PROOF), "muhasebe"), take(letter(message_id="<m2@x>"))
    money, reviewer, auditor = (become(clerk(role)) for role in ("accountant", "reviewer", "auditor"))
    assert money.get(f"/yonetim/posta/{slip.code}").status_code == 200
    assert money.get(f"/yonetim/posta/{question.code}").status_code == 404
    assert reviewer.get(f"/yonetim/posta/{slip.code}").status_code == 404
    assert auditor.get(f"/yonetim/posta/{slip.code}").status_code == 200
    assert auditor.post(f"/yonetim/posta/{slip.code}/kenara", data={"reason": "gereksiz ileti"}).status_code == 403


def test_R118_evidence_is_opened_by_who_examines_it(deniz: Member, become: Become) -> None:
    mail = take(letter(CLAIM, subject="Muafiyet", files=PROOF))
    address = f"/yonetim/posta/ek/{mail.documents[0].code}"
    saved = become(clerk("reviewer")).get(address)
    assert saved.headers["Content-Disposition"].startswith("attachment")
    assert become(clerk("support")).get(address).status_code == 403
    assert become(clerk("accountant")).get(address).status_code == 404


def test_a_mail_of_nobody_is_given_to_its_person_and_becomes_a_request(deniz: Member, become: Become) -> None:
    mail = take(letter(CLAIM, subject="Muafiyet", files=PROOF, sender="annem@example.net"))
    reviewer, act = become(clerk("reviewer")), f"/yonetim/posta/{mail.code}"
    ticket = mail.case_code
    wish = {"outcome": "exemption", "relation": "veteran_child"}
    mistyped = reviewer.post(f"{act}/uye", data={"tckn": "12345678901", "expected": desk.seen(mail)})
    assert (mistyped.status_code, 'value="12345678901"' in mistyped.text) == (422, True)
    assert reviewer.post(f"{act}/uye", data={"tckn": TCKN, "expected": desk.seen(mail)}).status_code == 303
    lacking = reviewer.post(f"{act}/is", data={"outcome": "exemption", "expected": desk.seen(mail)})
    assert lacking.status_code == 422
    assert (mail.outcome, mail.case_code) == ("ticket", ticket)
    assert reviewer.post(f"{act}/is", data={"outcome": "", "expected": desk.seen(mail)}).status_code == 422
    assert reviewer.post(f"{act}/is", data={**wish, "expected": desk.seen(mail)}).status_code == 303
    request = db.session.scalars(select(ExemptionRequest)).one()
    assert (mail.case_code, request.requested_at, request.member_id) == (request.code, ARRIVED, deniz.id)
    assert db.session.scalars(select(Ticket)).one().status == "closed"


def test_the_second_who_decides_is_told_who_was_first(deniz: Member, become: Become) -> None:
    mail = take(letter(sender="kim@example.net"))
    shown = desk.seen(mail)
    first, second = become(clerk("manager")), become(clerk("support"))
    assert first.post(f"/yonetim/posta/{mail.code}/kenara", data={"reason": "Reklam iletisi.", "expected": shown}).status_code == 303  # fmt: skip
    late = second.post(f"/yonetim/posta/{mail.code}/kenara", data={"reason": "Bizimle ilgisi yok.", "expected": shown})
    assert late.status_code == 409
    assert "Personel manager" in late.text
    db.session.refresh(mail)
    assert (mail.outcome, mail.reason) == ("set_aside", "Reklam iletisi.")


def test_why_the_rules_take_no_request_is_told_at_the_desk(deniz: Member, become: Become) -> None:
    many = tuple((f"belge-{n}.png", letters.png()) for n in range(9))
    mail = take(letter(CLAIM, subject="Muafiyet", files=many))
    assert mail.outcome == "ticket"  # more than a request may hold: a person looks
    wish = {"outcome": "exemption", "relation": "veteran_child", "expected": desk.seen(mail)}
    refused = become(clerk("reviewer")).post(f"/yonetim/posta/{mail.code}/is", data=wish)
    assert refused.status_code == 422
    assert "en çok 8 belge" in refused.text


def test_what_cannot_become_that_changes_nothing(deniz: Member, become: Become) -> None:
    mail = take(letter())
    boss, before = become(clerk("manager")), (mail.outcome, mail.case_code)
    for outcome, told in (("slip", "belge yok"), ("exemption", "Beş yakınlık"), ("reapplication", "başvurusu yok")):
        answer = boss.post(f"/yonetim/posta/{mail.code}/is", data={"outcome": outcome, "expected": desk.seen(mail)})
        assert (outcome, answer.status_code) == (outcome, 422)
        assert told in answer.text or outcome == "exemption"
    db.session.refresh(mail)
    assert (mail.outcome, mail.case_code) == before


def test_a_barcode_alone_becomes_a_request_at_the_desk_and_no_mail_the_same_case_twice(
    deniz: Member, become: Become
) -> None:
    mail = take(letter(f"Muafiyet istiyorum.\nTCKN: {TCKN}\nBarkod: YOK1234567890", sender="annem@example.net"))
    reviewer, act = become(clerk("reviewer")), f"/yonetim/posta/{mail.code}"
    wish = {"outcome": "exemption", "relation": "veteran_child"}
    assert reviewer.post(f"{act}/uye", data={"tckn": TCKN, "expected": desk.seen(mail)}).status_code == 303
    assert reviewer.post(f"{act}/is", data={**wish, "expected": desk.seen(mail)}).status_code == 303
    request = db.session.scalars(select(ExemptionRequest)).one()
    assert (len(request.barcodes), request.replies_to) == (1, "<m1@example.org>")
    ticket = db.session.scalars(select(Ticket)).one()
    assert "muafiyet isteği" in ticket.thread[-1].body
    again = reviewer.post(f"{act}/is", data={**wish, "expected": desk.seen(mail)})
    assert again.status_code == 422
    assert "zaten bu tür bir iş" in again.text


def test_a_saved_mail_is_taken_in_by_command(app: APIFlask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    first, second = tmp_path / "bir.eml", tmp_path / "iki.eml"
    first.write_bytes(letter())
    second.write_bytes(nested(50))
    monkeypatch.setattr("lms.cli.mail.create_app", lambda: app)
    args = parser().parse_args(["mail", "import", str(first), str(second)])
    assert [args.run(args), args.run(args)] == [0, 0]
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{first}: ticket ")
    assert lines[1] == f"{second}: refused - mail.nested"
    assert [line.endswith("(known already)") for line in lines] == [False, False, True, True]
    args = parser().parse_args(["mail", "import", "--json", "--mailbox", "muhasebe", str(first)])
    args.run(args)
    assert json.loads(capsys.readouterr().out)[0]["new"] is False
