"""R024, R041, R042, R044, R046: the bank's collection file of branch payments."""

import json
from argparse import Namespace
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from threading import Event

import pytest
from sqlalchemy import select

from lms.audit.models import AuditEntry
from lms.cli import operate
from lms.core.access import Actor
from lms.core.db import db, transaction
from lms.core.errors import Conflict, Invalid
from lms.notifications.models import OutboxMessage
from lms.notifications.services import compose
from lms.payments import formats, queries
from lms.payments.models import BranchFile, BranchLine, Entitlement, Payment
from lms.payments.services import acts, branch, orders
from lms.privacy.services import export
from tests import factories
from tests.factories import midnight, valid_tckn
from tests.membership.helpers import log_in
from tests.payments.branch_files import collection, row
from tests.payments.test_concurrency import counted, together
from tests.together import at_once

CLERK = Actor(kind="staff", label="Muhasebe Örnek", role="accountant")
MORNING = midnight(2025, 11, 11).replace(hour=9)


def take(*rows, number=1, now=MORNING, **more):
    return branch.take_file(collection(rows, number=number, **more), actor=CLERK, now=now)


@pytest.fixture
def payer(app):
    factories.term()
    person = factories.member(tckn=valid_tckn(901))
    db.session.commit()
    return person


@pytest.fixture
def clerk(app):
    return factories.member(staff_role="accountant", first_name="Ayla", last_name="Muhasip").actor()


def twice(payer):
    """The line of a second payment; to apply again was approved since."""
    line = take(row(1), row(2, tckn=valid_tckn(901))).lines[1]
    orders.permit(payer.id, line.payment.term_code, 2, now=MORNING)
    db.session.commit()
    return line


@pytest.mark.parametrize("csv", [False, True])
@pytest.mark.parametrize("utf8", [False, True])
def test_r041_both_forms_and_both_alphabets_are_read(csv, utf8):
    told = formats.read(collection([row(1), row(2, kind="R")], csv=csv, utf8=utf8, number=7))
    assert (told.number, told.bank, len(told.rows)) == (7, "0062", 2)
    assert (told.rows[0].name, told.rows[0].amount_kurus, told.rows[0].kind) == ("ŞÜKRÜ ÖRNEK", 53300, "D")
    assert told.rows[0].paid_at == midnight(2025, 11, 10).replace(hour=12)
    assert told.rows[1].kind == "R"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"institution": "2672"}, "institution"),
        ({"version": "02"}, "version"),
        ({"count": 3}, "count"),
        ({"total": 1}, "total"),
        ({"numbers": 1}, "numbers"),
        ({"digest": "0" * 64}, "checksum"),
    ],
)
def test_r041_a_file_that_does_not_agree_with_itself_is_refused_whole(wrong, why):
    with pytest.raises(Invalid) as refused:
        formats.read(collection([row(1), row(2)], **wrong))
    assert refused.value.code == f"branch.file.{why}"


def test_r041_no_byte_of_a_file_can_change_unseen():
    data = collection([row(1), row(2)])
    end = data.rstrip().rfind(b"T0000002") + 32 + 64  # the last letter of the digest; only blanks follow
    for at in range(0, end, 5):
        changed = bytearray(data)
        changed[at] ^= 1
        with pytest.raises(Invalid, match=r"branch\.file\."):
            formats.read(bytes(changed))


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"H2671\r\nT\r\n", b"\xef\xbb\xbf\xff", b"PK\x03\x04" * 50, b"H;;;;;;;\nT;;;;"]
)
def test_r041_what_is_no_such_file_is_refused_with_a_reason(data):
    with pytest.raises(Invalid, match=r"branch\.file"):
        formats.read(data)


def test_r043_a_good_line_pays_and_the_form_opens_when_both_have_passed(payer):
    done = take(row(1))
    payment = db.session.scalars(select(Payment)).one()
    right = db.session.scalars(select(Entitlement)).one()
    assert [line.result for line in done.lines] == ["OK"]
    assert (payment.channel, payment.status, payment.note, payment.member_id) == ("branch", "paid", None, payer.id)
    assert right.opens_at == MORNING
    assert right.paid_at == midnight(2025, 11, 10).replace(hour=12)
    sent = db.session.scalars(select(OutboxMessage)).one()
    assert (sent.template, sent.params["channel"]) == ("payment_received", "branch")
    assert sent.params["opens_at"] == right.opens_at.isoformat()


def test_r043_six_hours_after_the_branch_when_the_file_is_quick(payer):
    take(row(1, paid_at="20251111083000"))
    assert db.session.scalars(select(Entitlement)).one().opens_at == midnight(2025, 11, 11).replace(hour=14, minute=30)


def test_r044_the_same_file_again_changes_nothing_and_another_of_its_number_is_refused(payer):
    take(row(1))
    again = take(row(1), now=MORNING.replace(hour=10))
    assert again.repeated
    assert len(db.session.scalars(select(Payment)).all()) == 1
    with pytest.raises(Conflict, match=r"branch\.file_differs"):
        take(row(1), row(2))
    assert len(db.session.scalars(select(BranchFile)).all()) == 1


def test_r044_a_reference_told_twice_is_the_same_money(payer):
    take(row(1))
    done = take(row(9, tckn=valid_tckn(901), ref=row(1)["ref"]), number=2)
    assert [(line.result, line.repeats, line.waits) for line in done.lines] == [("DUPLICATE", True, False)]
    assert len(db.session.scalars(select(Payment)).all()) == 1
    other = take(row(3, tckn=valid_tckn(901), ref=row(1)["ref"], amount=100), number=3)
    assert other.lines[0].waits


def test_r044_a_number_left_out_is_a_gap_until_it_comes(payer):
    take(row(1))
    take(row(2), number=4)
    assert [(a, b) for a, b, _ in queries.branch_gaps()] == [(2, 3)]
    take(row(3), number=2)
    take(row(4), number=3)
    assert queries.branch_gaps() == []


@pytest.mark.parametrize(
    ("change", "result", "rights"),
    [
        ({"service": "BASKA"}, "WRONG_SERVICE", 0),
        ({"channel": "AT"}, "WRONG_CHANNEL", 0),
        ({"tckn": "12345678901"}, "BAD_CHECKSUM", 0),
        ({"tckn": valid_tckn(999)}, "UNKNOWN_TCKN", 0),
        ({"amount": 53200}, "UNDERPAID", 0),
        ({"amount": 53400}, "OVERPAID", 1),
        ({"paid_at": "20250101120000"}, "OUT_OF_WINDOW", 0),
    ],
)
def test_r042_each_line_has_its_result_and_a_bad_one_never_stops_the_good_ones(payer, change, result, rights):
    factories.member(tckn=valid_tckn(902))
    db.session.commit()
    done = take(row(1, **change), row(2))
    assert [line.result for line in done.lines] == [result, "OK"]
    assert done.lines[0].waits
    assert len(db.session.scalars(select(Entitlement)).all()) == rights + 1


def test_r043_a_form_that_could_open_only_after_the_window_is_out_of_it(payer):
    late = take(row(1, paid_at="20251121183000"), now=midnight(2025, 11, 21).replace(hour=19))
    assert late.lines[0].result == "OUT_OF_WINDOW"
    assert db.session.scalars(select(Entitlement)).all() == []


def test_r022_a_second_payment_is_a_duplicate(payer):
    done = take(row(1), row(2, tckn=valid_tckn(901)))
    assert [line.result for line in done.lines] == ["OK", "DUPLICATE"]
    assert len(db.session.scalars(select(Entitlement)).all()) == 1


def test_d4_a_second_payment_that_counts_closes_its_line_of_the_file(payer, clerk):
    line = twice(payer)
    with transaction():
        acts.attach(line.payment.code, reason="Yeniden başvurusu onaylandı.", actor=clerk, now=MORNING)
    db.session.refresh(line)
    assert (line.waits, line.decision, line.decider.full_name) == (False, "attached", "Ayla Muhasip")
    with pytest.raises(Conflict, match=r"branch\.decided_by") as late, transaction():
        branch.decide(line.code, "returned", "Banka parayı geri gönderdi.", actor=clerk, now=MORNING)
    assert late.value.params == {"by": "Ayla Muhasip", "at": MORNING}
    assert set(db.session.scalars(select(Entitlement.subject))) == {"1", "2"}


def test_d4_a_second_payment_whose_line_was_decided_does_not_count_too(payer, clerk):
    line = twice(payer)
    branch.decide(line.code, "returned", "Banka parayı geri gönderdi.", actor=clerk, now=MORNING)
    with pytest.raises(Conflict, match=r"payment\.reviewed_by") as late:
        acts.attach(line.payment.code, reason="Yeniden başvurusu onaylandı.", actor=clerk, now=MORNING)
    assert late.value.params == {"by": "Ayla Muhasip", "at": MORNING}
    assert acts.duplicates(payer.id, line.payment.term_code) == []


def test_r018_a_branch_payment_is_decided_at_its_line_alone(desk, payer, clerk):
    line = twice(payer)
    with pytest.raises(Conflict, match=r"payment\.at_its_line"), transaction():
        acts.review(line.payment.code, reason="Banka parayı geri gönderdi.", actor=clerk, now=MORNING)
    page = desk.get(f"/yonetim/odemeler/{line.payment.code}/say").text
    assert ("Bakıldı, listeden çıkar" in page, f"/yonetim/sube-odemeleri/satir/{line.code}" in page) == (False, True)
    assert "Yeniden başvuruya say" in page


def test_r046_who_registers_inside_the_window_is_matched(app):
    factories.term()
    db.session.commit()
    line = take(row(1)).lines[0]
    assert (line.result, line.waits, line.payment_id) == ("UNKNOWN_TCKN", True, None)
    person = factories.member(tckn=valid_tckn(901), created_at=midnight(2025, 11, 12))
    db.session.commit()
    for expected in (1, 0):
        with transaction():
            assert branch.match(midnight(2025, 11, 13)) == expected
    right = db.session.scalars(select(Entitlement)).one()
    assert (right.member_id, right.opens_at) == (person.id, MORNING)
    assert (line.result, line.waits) == ("OK", False)


def test_r046_who_registers_after_it_waits_for_the_accountant(app):
    factories.term()
    db.session.commit()
    line = take(row(1)).lines[0]
    factories.member(tckn=valid_tckn(901), created_at=midnight(2025, 11, 22))
    db.session.commit()
    with transaction():
        assert branch.match(midnight(2025, 11, 22)) == 0
    assert (line.result, line.waits) == ("OUT_OF_WINDOW", True)
    assert queries.matching_lines(10) == []  # not asked again every few seconds
    assert db.session.scalars(select(Entitlement)).all() == []


def test_r024_exactly_the_difference_completes_an_underpayment(payer):
    first = take(row(1, amount=50000)).lines[0]
    assert (first.result, first.waits) == ("UNDERPAID", True)
    done = take(
        row(2, tckn=valid_tckn(901), amount=3300, paid_at="20251112100000"), number=2, now=midnight(2025, 11, 13)
    )
    payment = db.session.scalars(select(Payment)).one()
    assert (payment.note, payment.captured_kurus, payment.paid_at) == (None, 53300, first.paid_at)
    assert done.lines[0].result == "OK"
    assert db.session.scalars(select(Entitlement)).one().opens_at == midnight(2025, 11, 13)
    assert not first.waits


def test_r024_staff_complete_an_underpayment_once_with_a_reason(payer, clerk):
    line = take(row(1, amount=50000)).lines[0]
    with pytest.raises(Invalid, match=r"payment\.attach_reason"), transaction():
        branch.decide(line.code, "completed", "kısa", actor=clerk, now=MORNING)
    with transaction():
        branch.decide(line.code, "completed", "Fark vezneye yatırıldı.", actor=clerk, now=MORNING)
    assert db.session.scalars(select(Entitlement)).one().member_id == payer.id
    with pytest.raises(Conflict, match=r"branch\.decided_by") as second, transaction():
        branch.decide(line.code, "kept", "Bir daha karar verildi.", actor=clerk, now=MORNING)
    assert second.value.params["by"] == "Ayla Muhasip"


def test_r018_only_an_underpayment_is_completed(payer):
    line = take(row(1, service="BASKA")).lines[0]
    with pytest.raises(Conflict, match=r"branch\.no_decision"), transaction():
        branch.decide(line.code, "completed", "Fark vezneye yatırıldı.", actor=CLERK, now=MORNING)


def test_r044_a_payment_taken_back_withdraws_a_right_that_was_not_used(payer):
    take(row(1))
    done = take(row(1, kind="R"), number=2)
    assert (done.lines[0].result, done.lines[0].waits) == ("OK", False)
    assert db.session.scalars(select(Entitlement)).all() == []
    assert db.session.scalars(select(Payment)).one().note == "reversed"


def test_r024_r044_the_half_that_the_bank_left_waits_as_too_low_and_can_be_completed_again(payer):
    fee = factories.term().fee_kurus
    whole = {"tckn": valid_tckn(901)}
    take(row(1, amount=10_000), row(2, amount=fee - 10_000, **whole))
    take(row(2, kind="R", amount=fee - 10_000, **whole), number=2)
    payment = db.session.scalars(select(Payment)).one()
    left = db.session.scalars(select(BranchLine).where(BranchLine.waits)).one()
    assert (payment.note, payment.captured_kurus, left.line_no, left.result) == ("underpaid", 10_000, 1, "UNDERPAID")
    assert queries.is_undecided(payment)
    told = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "payment_reversed")).one()
    assert "100,00" in compose(told).text
    take(row(3, amount=fee - 10_000, **whole), number=3)
    assert (payment.note, payment.captured_kurus) == (None, fee)
    assert db.session.scalars(select(Entitlement)).one().payment_id == payment.id
    take(row(3, kind="R", amount=fee - 10_000, **whole), row(1, kind="R", amount=10_000), number=4)
    assert payment.note == "reversed"
    assert db.session.scalars(select(BranchLine).where(BranchLine.waits)).all() == []


def test_r024_r044_each_part_that_completes_a_payment_or_is_taken_back_is_told_once(payer):
    fee = factories.term().fee_kurus
    rest = {"amount": fee - 10_000, "tckn": valid_tckn(901)}
    first, second = row(1, kind="R", amount=10_000), row(2, kind="R", **rest)
    take(row(1, amount=10_000), row(2, **rest))
    take(second, number=2)
    take(row(3, **rest), number=3)
    take(row(3, kind="R", **rest), second, number=4)
    take(first, row(3, kind="R", **rest), number=5)
    told = db.session.execute(select(OutboxMessage.template, OutboxMessage.params).order_by(OutboxMessage.id)).all()
    assert [(template, params["note"]) for template, params in told] == [
        ("payment_held", "underpaid"),
        ("payment_received", None), ("payment_reversed", "underpaid"),
        ("payment_received", None), ("payment_reversed", "underpaid"),
        ("payment_reversed", "reversed"),
    ]  # fmt: skip


def test_r044_a_used_right_stays_and_the_accountant_looks(payer):
    take(row(1))
    right = db.session.scalars(select(Entitlement)).one()
    right.consumed_at = MORNING
    db.session.commit()
    done = take(row(1, kind="R"), number=2)
    assert (done.lines[0].result, done.lines[0].waits) == ("NOT_REVERSED", True)
    clerk = factories.member(staff_role="accountant").actor()
    with transaction():
        branch.decide(done.lines[0].code, "kept", "Hak kullanılmış; banka ile görüşülüyor.", actor=clerk, now=MORNING)
    assert "payment_reviewed" not in db.session.scalars(select(OutboxMessage.template)).all()  # it did open a right
    assert db.session.scalars(select(Entitlement)).one().consumed_at == MORNING


def test_v14_no_number_lies_readable_in_the_database(payer):
    take(row(1))
    line = db.session.scalars(select(BranchLine)).one()
    assert line.tckn_masked == payer.tckn_masked
    assert valid_tckn(901).encode() not in line.tckn_sealed


@pytest.fixture
def live(live_database):
    app = live_database()
    with app.app_context():
        factories.term()
        factories.member(tckn=valid_tckn(901))
        db.session.commit()
        db.session.remove()
    return app


def test_r044_two_imports_of_one_file_at_once_pay_once(live):
    done = together(live, *([lambda: take(row(1)).repeated] * 3))
    assert sorted(done) == [False, True, True]
    with live.app_context():
        assert len(db.session.scalars(select(Payment)).all()) == len(db.session.scalars(select(Entitlement)).all()) == 1


def test_r044_two_files_with_one_reference_at_once_pay_once(live):
    same = row(1)["ref"]
    other = {"tckn": valid_tckn(901), "ref": same}
    done = together(live, lambda: take(row(1)).tally, lambda: take(row(5, **other), number=2).tally)
    assert sorted(key for tally in done for key in tally) == ["DUPLICATE", "OK"]
    with live.app_context():
        assert len(db.session.scalars(select(Entitlement)).all()) == 1


def test_d4_a_line_decided_and_its_payment_counted_at_the_same_moment_is_one_decision(live):
    with live.app_context(), transaction():
        clerk = factories.member(staff_role="accountant").actor()
        lines = branch.import_file(collection([row(1), row(2, tckn=valid_tckn(901))]), actor=CLERK, now=MORNING).lines
        payment = lines[1].payment
        orders.permit(payment.member_id, payment.term_code, 2, now=MORNING)
        line, code = lines[1].code, payment.code

    def act(number: int) -> None:
        if number:
            branch.decide(line, "returned", "Banka parayı geri gönderdi.", actor=clerk, now=MORNING)
        else:
            acts.attach(code, reason="Yeniden başvurusu onaylandı.", actor=clerk, now=MORNING)

    refused, won = at_once(live, 2, act)
    assert (won, refused in {"branch.decided_by", "payment.reviewed_by"}) == ("won", True)
    with live.app_context():
        counts = branch.existing(line).decision == "attached"
    assert counted(live, Entitlement) == 1 + counts


# --- pages and the command --------------------------------------------------------------------------------------------


def send(client, data):
    return client.post("/yonetim/sube-odemeleri", data={"file": (BytesIO(data), "dosya.txt")}, follow_redirects=True)


@pytest.fixture
def desk(app, client, payer, now):
    now.at = MORNING
    with transaction():
        clerk = factories.member(staff_role="accountant")
    log_in(client, clerk)
    return client


def test_r044_the_page_takes_a_file_and_shows_every_line(desk):
    page = send(desk, collection([row(1), row(2, amount=100)]))
    assert page.status_code == 200
    assert "2 satır aktarıldı." in page.text
    assert "geçerli" in page.text
    assert "üye bulunamadı" in page.text
    assert valid_tckn(901) not in page.text
    queue = desk.get("/yonetim/sube-odemeleri/bekleyen").text
    assert "1, 2" in queue
    assert "Şube ödemeleri" in desk.get("/yonetim").text


def test_r041_a_refused_file_is_told_with_its_line_and_kept_on_record(desk):
    page = send(desk, collection([row(1)], institution="2672"))
    assert page.status_code == 422
    assert "Satır 1: kurum kodu 2671 değil." in page.text
    assert db.session.scalars(select(BranchFile)).all() == []
    assert db.session.scalars(select(AuditEntry).filter_by(act="payments.branch_refused")).one().data["line"] == 1


def test_r044_a_missing_file_is_shown_and_on_record(desk):
    send(desk, collection([row(1)]))
    send(desk, collection([row(2)], number=3))
    page = desk.get("/yonetim/sube-odemeleri").text
    assert ("2 numaralı dosya gelmedi" in page, "&lt;time" in page) == (True, False)
    assert db.session.scalars(select(AuditEntry).filter_by(act="payments.branch_gap")).one().data == {
        "from": 2,
        "to": 2,
    }


def test_r018_the_accountant_says_what_the_bank_did_with_the_money(desk):
    send(desk, collection([row(1, channel="AT")]))
    line = db.session.scalars(select(BranchLine)).one()
    url = f"/yonetim/sube-odemeleri/satir/{line.code}"
    page = desk.get(url).text
    assert ("<dt>Dekont</dt><dd>gelmedi</dd>" in page, "yine de geçerli" in page) == (True, False)
    assert desk.post(url, data={"karar": "returned", "reason": "kısa"}).status_code == 422
    assert (
        desk.post(url, data={"karar": "returned", "reason": "Banka 12.11.2025 günü geri gönderdi."}).status_code == 303
    )
    assert "Banka 12.11.2025 günü geri gönderdi." in desk.get(url).text
    assert desk.post(url, data={"karar": "kept", "reason": "Bir daha karar verildi."}).status_code == 409


@pytest.mark.parametrize("number", ["12345678901", valid_tckn(950)])
def test_r046_a_line_of_a_wrong_number_is_given_to_its_person(desk, payer, number):
    send(desk, collection([row(1, tckn=number)]))
    line = db.session.scalars(select(BranchLine)).one()
    url = f"/yonetim/sube-odemeleri/satir/{line.code}"
    given = {"karar": "given", "tckn": valid_tckn(901), "reason": "Dekontundaki numara ve ad budur."}
    for wrong in (valid_tckn(951), "12345678901", ""):
        refused = desk.post(url, data={**given, "tckn": wrong})
        assert (refused.status_code, "Bu numarayla bir aday hesabı yok" in refused.text) == (422, True)
    assert desk.post(url, data=given).status_code == 303
    right = db.session.scalars(select(Entitlement)).one()
    assert (right.member_id, right.payment.channel) == (payer.id, "branch")
    db.session.refresh(line)
    assert (line.result, line.waits, line.decision) == ("OK", False, "given")
    page = desk.get(url).text
    assert ("kişiye sayıldı" in page, payer.full_name in page, given["tckn"] in page) == (True, True, False)
    for late in (given, {**given, "tckn": ""}):  # who decided is told first
        assert desk.post(url, data=late).status_code == 409
    mails = select(OutboxMessage.template).where(OutboxMessage.member_code == payer.code)
    assert db.session.scalars(mails).all() == ["payment_received"]
    entry = db.session.scalars(select(AuditEntry).filter_by(act="payments.branch_decided")).one()
    assert (entry.data["member"], given["tckn"] in str(entry.data)) == (payer.code, False)
    owner = factories.member(tckn=valid_tckn(950))  # whose number that may really be
    assert [len(export.everything(who)["branch_line"][1]) for who in (payer, owner)] == [1, 0]


@pytest.mark.parametrize("amount", [53300, 60000])
def test_r046_a_line_given_after_the_window_opens_nothing_and_keeps_waiting(payer, clerk, amount):
    line = take(row(1, tckn=valid_tckn(950), amount=amount)).lines[0]
    after = factories.term().application_to
    with pytest.raises(Conflict, match=r"payment\.window_closed"), transaction():
        branch.decide(line.code, "given", "Dekontundaki ad budur.", tckn=valid_tckn(901), actor=clerk, now=after)
    db.session.refresh(line)
    assert (line.waits, db.session.scalars(select(Entitlement)).all()) == (True, [])
    assert db.session.scalars(select(OutboxMessage)).all() == []


def test_r046_a_line_of_a_service_that_no_term_has_is_given_to_nobody(payer, clerk):
    line = take(row(1, tckn="12345678901", service="BASKA")).lines[0]
    with pytest.raises(Conflict, match=r"branch\.no_decision"), transaction():
        branch.decide(line.code, "given", "Dekontundaki ad budur.", tckn=valid_tckn(901), actor=clerk, now=MORNING)
    db.session.refresh(line)
    assert (line.result, line.waits, line.decision) == ("BAD_CHECKSUM", True, None)


def test_r024_a_given_line_that_is_too_little_still_waits_for_the_rest(desk, payer):
    send(desk, collection([row(1, tckn="12345678901", amount=50000)]))
    line = db.session.scalars(select(BranchLine)).one()
    url = f"/yonetim/sube-odemeleri/satir/{line.code}"
    desk.post(url, data={"karar": "given", "tckn": valid_tckn(901), "reason": "Dekontundaki numara ve ad budur."})
    db.session.refresh(line)
    assert (line.result, line.waits) == ("UNDERPAID", True)
    assert 'value="completed"' in desk.get(url).text
    assert desk.post(url, data={"karar": "completed", "reason": "Kalan tutar merkeze ödendi."}).status_code == 303
    assert db.session.scalars(select(Entitlement.member_id)).all() == [payer.id]


@pytest.mark.parametrize("change", [{"channel": "AT"}, {"amount": 50000}])
def test_r046_only_a_line_of_a_wrong_number_is_given(payer, change):
    take(row(1, **change))
    code = db.session.scalars(select(BranchLine.code)).one()
    with pytest.raises(Conflict, match=r"branch\.no_decision"):
        branch.decide(code, "given", "Dekontundaki ad budur.", tckn=valid_tckn(901), actor=CLERK, now=MORNING)


def test_r046_given_twice_and_matched_at_the_same_instant_pays_once(live):
    with live.app_context(), transaction():
        clerk = factories.member(staff_role="accountant").actor()
        branch.import_file(collection([row(1, tckn=valid_tckn(950))]), actor=CLERK, now=MORNING)
        factories.member(tckn=valid_tckn(950), created_at=MORNING)
        code = db.session.scalars(select(BranchLine.code)).one()

    def give():
        try:
            with transaction():
                branch.decide(code, "given", "Dekontundaki ad budur.", tckn=valid_tckn(901), actor=clerk, now=MORNING)
        except Conflict as refused:
            return refused.code
        return "given"

    def match():
        with transaction():
            return branch.match(MORNING)

    *gave, matched = together(live, give, give, match)
    assert (gave.count("given") + matched, set(gave) <= {"given", "branch.decided_by"}) == (1, True)
    assert counted(live, Entitlement) == 1


def test_r046_matching_and_a_group_payment_of_the_same_people_take_turns(live, monkeypatch):
    counting, go_on, count = Event(), Event(), branch._count

    def slowly(*given):
        count(*given)
        counting.set()
        assert go_on.wait(10)

    with live.app_context():
        take(row(10, tckn=valid_tckn(950)), row(11, tckn=valid_tckn(951)))
        with transaction():
            people = {factories.member(tckn=valid_tckn(n), created_at=MORNING).id for n in (950, 951)}

    def match():
        with live.app_context(), transaction():
            return branch.match(MORNING)

    def group():
        with live.app_context(), transaction():
            queries.lock_members(people)
            return len(queries.entitled(people, "ddta-2025-ilk"))

    monkeypatch.setattr(branch, "_count", slowly)
    with ThreadPoolExecutor(2) as pool:
        matching = pool.submit(match)
        assert counting.wait(10)
        paying = pool.submit(group)
        try:
            with pytest.raises(TimeoutError):
                paying.result(0.5)
        finally:
            go_on.set()
        assert (matching.result(), paying.result()) == (2, 2)


def test_r018_a_payer_with_an_account_hears_what_was_done(desk, payer):
    send(desk, collection([row(1, amount=50000)]))
    line = db.session.scalars(select(BranchLine)).one()
    url = f"/yonetim/sube-odemeleri/satir/{line.code}"
    assert desk.post(url, data={"karar": "kept", "reason": "Kalan tutar yatırılmadı."}).status_code == 303
    (mail,) = db.session.scalars(select(OutboxMessage).filter_by(template="payment_reviewed"))
    assert (mail.recipient, "Kalan tutar yatırılmadı." in compose(mail).text) == (payer.email, True)
    log_in(desk, payer)
    page = desk.get(f"/odemelerim/{line.payment.code}").text
    assert ("yeniden ödeme yapmayın" in page, "sonucu size yazdı" in page) == (False, True)


def test_r018_the_payer_of_a_second_payment_that_the_bank_returned_is_not_told_the_contrary(desk, payer):
    send(desk, collection([row(1), row(2, tckn=valid_tckn(901))]))
    line = db.session.scalars(select(BranchLine).where(BranchLine.waits)).one()
    answer = {"karar": "returned", "reason": "Banka 12.11.2025 günü geri gönderdi."}
    assert desk.post(f"/yonetim/sube-odemeleri/satir/{line.code}", data=answer).status_code == 303
    log_in(desk, payer)
    page = desk.get(f"/odemelerim/{line.payment.code}").text
    assert ("iade edilmez" in page, "sonucu size yazdı" in page) == (False, True)


def test_r043_the_payer_sees_the_payment_and_when_the_form_opens(app, client, payer, now):
    now.at = MORNING
    take(row(1, paid_at="20251111083000"))
    log_in(client, payer)
    code = db.session.scalars(select(Payment)).one().code
    assert code in client.get("/odemelerim").text
    page = client.get(f"/odemelerim/{code}").text
    assert "Banka şubesinde ödenen" in page
    assert "14.30" in page or "14:30" in page
    assert "Başvuru formu açık" not in page


def test_r044_the_command_tells_a_result_for_each_line_and_fails_on_a_refused_file(
    payer, app, now, monkeypatch, tmp_path, capsys
):
    now.at = MORNING
    monkeypatch.setattr(operate, "create_app", lambda: app)
    path = tmp_path / "dosya.txt"
    path.write_bytes(collection([row(1), row(2, channel="AT")]))
    assert operate.import_branch(Namespace(file=str(path), json=True)) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(one["line"], one["result"]) for one in told["lines"]] == [(1, "OK"), (2, "WRONG_CHANNEL")]
    assert valid_tckn(901) not in json.dumps(told)
    path.write_bytes(collection([row(1)], number=2, count=5))
    with pytest.raises(Invalid, match=r"branch\.file\.count"):  # `lms` tells it in one sentence and exits with 1
        operate.import_branch(Namespace(file=str(path), json=True))
