"""D-4: a second payment stays a duplicate; after an approval staff may let it count, once."""

import pytest
from sqlalchemy import select

from lms.audit.models import AuditEntry
from lms.core.codes import new_code
from lms.core.db import db, transaction
from lms.core.errors import Conflict, Invalid, NotFound
from lms.enrolment import services as enrolment
from lms.notifications.models import OutboxMessage
from lms.notifications.services import compose
from lms.payments.models import BankOrder, Entitlement, Payment, PaymentEvent
from lms.payments.rules import Note, Purpose, Second, check_attach
from lms.payments.services import acts, orders
from lms.privacy.services.erasure import anonymise
from lms.reports.queries import queues
from lms.terms import services as terms
from tests import factories
from tests.conftest import civil
from tests.together import at_once

PAID_TWICE = civil("2025-03-03 10:00")
LATER = civil("2025-04-02 10:00")
REASON = "Aday iki kez ödemişti; yeniden başvurusu onaylandı."


def second_payment(member, *, base: int = 53300) -> Payment:
    """The first application, failed, and the payment that came twice for it."""
    application = factories.application(member, outcome="failed", outcome_at=civil("2025-03-24 10:00"))
    return paid(member, application.term, "duplicate", base)


def paid(member, term, note: str, base: int) -> Payment:
    row = Payment(
        code=new_code(), member_id=member.id, term_id=term.id, term_code=term.code, purpose="application", subject="1",
        amount_kurus=term.fee_kurus, captured_kurus=base, status="paid", note=note, created_at=PAID_TWICE,
        paid_at=PAID_TWICE, closed_at=PAID_TWICE,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    db.session.add(PaymentEvent(payment_id=row.id, kind="settled", at=PAID_TWICE, data={"base": base}))
    db.session.flush()
    db.session.refresh(row)
    return row


@pytest.fixture
def accountant(app):
    return factories.member(first_name="Ali", last_name="Hesapçı", staff_role="accountant")


def test_D4_without_an_approval_a_second_payment_stays_a_duplicate(accountant):
    member = factories.member()
    payment = second_payment(member)
    with pytest.raises(Conflict, match=r"payment\.no_approval"):
        acts.attach(payment.code, reason=REASON, actor=accountant.actor(), now=LATER)
    assert payment.note == "duplicate"


def test_D4_after_the_approval_it_opens_the_form_from_now_on(accountant):
    member = factories.member()
    payment = second_payment(member)
    orders.permit(member.id, payment.term_code, 2, now=LATER)
    assert acts.duplicates(member.id, payment.term_code) == [payment]
    assert not enrolment.entry(member, payment.term_code, now=LATER).is_open
    with pytest.raises(Invalid, match=r"payment\.attach_reason"):
        acts.attach(payment.code, reason=" kısa ", actor=accountant.actor(), now=LATER)
    right = acts.attach(payment.code, reason=REASON, actor=accountant.actor(), now=LATER)
    assert (right.subject, right.paid_at, right.opens_at) == ("2", PAID_TWICE, LATER)
    assert payment.note is None
    here = enrolment.entry(member, payment.term_code, now=LATER)
    assert (here.is_open, here.ordinal) == (True, 2)
    [entry] = db.session.scalars(select(AuditEntry).filter_by(act="payments.attached"))
    assert entry.data == {"by": "Ali Hesapçı", "reason": REASON, "ordinal": 2}
    assert [m.recipient for m in db.session.scalars(select(OutboxMessage).filter_by(template="payment_attached"))] == [member.email]  # fmt: skip
    with pytest.raises(Conflict) as refused:
        acts.attach(payment.code, reason=REASON, actor=accountant.actor(), now=LATER)
    assert (refused.value.code, refused.value.params) == ("payment.attached_by", {"by": "Ali Hesapçı", "at": LATER})


def second(**changes: object) -> Second:
    values = {"purpose": Purpose.APPLICATION, "note": Note.DUPLICATE, "base_kurus": 53300, "expected_kurus": 53300, "closes_at": civil("2025-11-22 00:00")}  # fmt: skip
    return Second(**{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "others", "code"),
    [
        ({"purpose": Purpose.CERTIFICATE}, {}, "payment.not_duplicate"),
        ({"note": None}, {}, "payment.not_duplicate"),
        ({"note": Note.OUT_OF_WINDOW}, {}, "payment.not_duplicate"),
        ({}, {"decided": ("Ali Hesapçı", LATER)}, "payment.reviewed_by"),
        ({}, {"permitted": 1}, "payment.no_approval"),
        ({}, {"taken": True}, "payment.approved_one_paid"),
        ({"base_kurus": 53299}, {}, "payment.duplicate_underpaid"),
        ({}, {"now": civil("2025-11-22 00:00")}, "payment.window_closed"),
    ],
)
def test_D4_when_a_second_payment_cannot_count(changes, others, code):
    with pytest.raises(Conflict) as refused:
        check_attach(second(**changes), **{"permitted": 2, "taken": False, "decided": None, "now": LATER, **others})
    assert refused.value.code == code
    check_attach(second(), permitted=3, taken=False, decided=None, now=civil("2025-11-21 23:59"))


def test_D4_the_page_tells_what_would_happen_and_who_did_it(accountant, become, now):
    now.set(LATER)
    member = factories.member()
    payment = second_payment(member)
    client = become(accountant)
    url = f"/yonetim/odemeler/{payment.code}/say"
    assert url in client.get("/yonetim/odemeler").text
    assert "onaylanmış bir yeniden başvuru talebi yok" in client.get(url).text
    orders.permit(member.id, payment.term_code, 2, now=LATER)
    client = become(accountant)
    assert "2. başvurusu" in client.get(url).text
    assert client.post(url, data={"reason": "kısa"}).status_code == 422
    assert client.post(url, data={"reason": REASON}).status_code == 303
    assert "Ali Hesapçı" in client.get(url).text
    assert client.post(url, data={"reason": REASON}).status_code == 409
    client = become(factories.member(staff_role="auditor"))
    assert client.post(url, data={"reason": REASON}).status_code == 403
    with pytest.raises(NotFound):
        acts.noted("nobodys")


def test_D4_R018_a_second_payment_about_which_accounting_decided_does_not_count_too(accountant, become, now):
    now.set(LATER)
    member = factories.member()
    payment = second_payment(member)
    orders.permit(member.id, payment.term_code, 2, now=LATER)
    acts.review(payment.code, reason="Banka 4 Nisan'da iade etti.", actor=accountant.actor(), now=LATER)
    with pytest.raises(Conflict) as refused:
        acts.attach(payment.code, reason=REASON, actor=accountant.actor(), now=LATER)
    assert (refused.value.code, refused.value.params) == ("payment.reviewed_by", {"by": "Ali Hesapçı", "at": LATER})
    assert acts.duplicates(member.id, payment.term_code) == []
    assert "Yeniden başvuruya say" not in become(accountant).get(f"/yonetim/odemeler/{payment.code}/say").text


def test_D4_R018_counted_and_reviewed_at_the_same_moment_it_is_decided_once(live_database):
    app = live_database()
    with app.app_context(), transaction():
        payment = second_payment(factories.member())
        orders.permit(payment.member_id, payment.term_code, 2, now=LATER)
        code, actor = payment.code, factories.member(staff_role="accountant").actor()

    def act(number: int) -> None:
        (acts.attach, acts.review)[number](code, reason=REASON, actor=actor, now=LATER)

    lost, won = at_once(app, 2, act)
    assert (won, lost in {"payment.reviewed_by", "payment.nothing_to_review"}) == ("won", True)
    with app.app_context():
        events = db.session.scalars(select(PaymentEvent.kind).where(PaymentEvent.kind != "settled")).all()
        assert len(events) == 1


def test_D4_of_two_at_the_same_moment_one_wins(live_database):
    app = live_database()
    with app.app_context(), transaction():
        member = factories.member()
        payment = second_payment(member)
        orders.permit(member.id, payment.term_code, 2, now=LATER)
        code, actors = payment.code, [factories.member(staff_role="accountant").actor() for _ in range(2)]

    def act(number):
        acts.attach(code, reason=REASON, actor=actors[number], now=LATER)

    assert at_once(app, 2, act) == ["payment.attached_by", "won"]
    with app.app_context():
        assert len(db.session.scalars(select(Entitlement).filter_by(subject="2")).all()) == 1


@pytest.mark.parametrize(
    "note", ["duplicate", "underpaid", "overpaid", "wrong_service", "out_of_window", "wrong_channel"]
)
def test_R018_a_payment_without_a_right_leaves_the_queue_once_accounting_says_what_was_done(accountant, note, become):
    member = factories.member()
    payment = second_payment(member)
    payment.note = note
    db.session.flush()
    money, page = become(accountant), f"/yonetim/odemeler/{payment.code}"
    assert member.full_name in money.get("/yonetim/odemeler").text
    assert money.post(f"{page}/bakildi", data={"done": "iade"}).status_code == 422
    assert money.post(f"{page}/bakildi", data={"done": "Banka 4 Nisan'da iade etti."}).status_code == 303
    assert member.full_name not in money.get("/yonetim/odemeler").text
    assert member.full_name in money.get("/yonetim/odemeler?not=bakilan").text
    assert "Banka 4 Nisan" in money.get(f"{page}/say").text
    late = money.post(f"{page}/bakildi", data={"done": "Banka iade etmedi, bekliyor."})
    assert (late.status_code, "Ali Hesapçı" in late.text) == (409, True)
    assert queues.waiting(LATER)["payments"].count == 0
    (mail,) = db.session.scalars(select(OutboxMessage).filter_by(template="payment_reviewed"))
    assert (mail.recipient, "Banka 4 Nisan" in compose(mail).text) == (member.email, True)
    entry = db.session.scalars(select(AuditEntry).filter_by(act="payments.reviewed")).one()
    assert (entry.subject_code, entry.data["reason"]) == (payment.code, "Banka 4 Nisan'da iade etti.")


def test_R024_accounting_lets_a_card_payment_that_was_too_low_count(accountant, become, now):
    now.set(LATER)
    member = factories.member()
    payment = paid(member, factories.term(), "underpaid", 43300)
    money, page = become(accountant), f"/yonetim/odemeler/{payment.code}"
    assert "100,00\N{NO-BREAK SPACE}₺ eksik" in money.get(f"{page}/say").text
    assert money.post(f"{page}/tamam", data={"done": "kısa"}).status_code == 422
    assert money.post(f"{page}/tamam", data={"done": "Eksik 100 lira şubeden tamamlandı."}).status_code == 303
    right = db.session.scalars(select(Entitlement)).one()
    assert (right.payment, right.opens_at, payment.note) == (payment, PAID_TWICE, None)
    assert "Eksik 100 lira" in money.get(f"{page}/say").text
    late = money.post(f"{page}/tamam", data={"done": "Bir kez daha tamamlandı denildi."})
    assert (late.status_code, "Ali Hesapçı" in late.text) == (409, True)
    assert [m.template for m in db.session.scalars(select(OutboxMessage))] == ["payment_received"]
    entry = db.session.scalars(select(AuditEntry).filter_by(act="payments.completed")).one()
    assert (entry.subject_code, entry.data["reason"]) == (payment.code, "Eksik 100 lira şubeden tamamlandı.")


def test_R024_R109_a_view_period_completed_later_is_whole(accountant, become, now):
    payment = paid(factories.member(), factories.term(), "underpaid", 5000)
    payment.purpose, payment.subject = "certificate", "c1"
    db.session.flush()
    now.set(LATER)
    money, page = become(accountant), f"/yonetim/odemeler/{payment.code}"
    assert "görüntüleme süresi başlar" in money.get(f"{page}/say").text
    told = money.post(f"{page}/tamam", data={"done": REASON}, follow_redirects=True).text
    assert ("tamamlanmış sayıldı" in told, "formu" in told) == (True, False)
    assert db.session.scalars(select(Entitlement)).one().paid_at == LATER
    assert payment.paid_at == PAID_TWICE  # when the bank took it: what a day brought in does not move
    (mail,) = db.session.scalars(select(OutboxMessage))
    text = compose(mail).text
    assert ("3 Mart 2025" in text, "2 Nisan 2025" in text.split("Sertifikanız ")[1]) == (True, True), text


def test_R024_the_payer_is_asked_to_wait_until_accounting_has_decided_and_no_longer(accountant, become, now):
    now.set(LATER)
    member = factories.member()
    payment = paid(member, factories.term(), "underpaid", 43300)
    url = f"/odemelerim/{payment.code}"
    assert "yeniden ödeme yapmayın" in become(member).get(url).text
    acts.review(payment.code, reason="Banka 4 Nisan'da iade etti.", actor=accountant.actor(), now=LATER)
    page = become(member).get(url).text
    assert ("yeniden ödeme yapmayın" in page, "sonucu size yazdı" in page) == (False, True)


@pytest.mark.parametrize("note", ["duplicate", "overpaid"])
def test_R018_the_payer_reads_that_nothing_is_given_back_only_until_accounting_has_decided(
    accountant, become, now, note
):
    now.set(LATER)
    member = factories.member()
    payment = paid(member, factories.term(), note, 63300)
    db.session.add(BankOrder(order_id="o1", payment=payment, amount_kurus=53300, opened_at=PAID_TWICE))
    db.session.flush()
    pages = [f"/odemelerim/{payment.code}"] + ["/odeme/sonuc/o1"] * (note == "duplicate")
    assert all("iade edilmez" in become(member).get(url).text for url in pages)
    acts.review(payment.code, reason="Banka 4 Nisan'da iade etti.", actor=accountant.actor(), now=LATER)
    for url in pages:
        page = become(member).get(url, follow_redirects=True).text
        assert ("iade edilmez" in page, "sonucu size yazdı" in page) == (False, True)
    (mail,) = db.session.scalars(select(OutboxMessage).filter_by(template="payment_reviewed"))
    assert ("bir hak açmadı" in compose(mail).text) == (note == "duplicate")


def test_R024_the_page_after_the_bank_leads_to_the_receipt_once_accounting_decided(accountant, become, now):
    now.set(LATER)
    payment = paid(factories.member(), factories.term(), "underpaid", 43300)
    db.session.add(BankOrder(order_id="o1", payment=payment, amount_kurus=53300, opened_at=PAID_TWICE))
    db.session.flush()
    assert "inceleniyor" in become(payment.member).get("/odeme/sonuc/o1").text
    acts.review(payment.code, reason="Kalan tutar gelmedi.", actor=accountant.actor(), now=LATER)
    answer = become(payment.member).get("/odeme/sonuc/o1")
    assert (answer.status_code, answer.location) == (303, f"/odemelerim/{payment.code}")


def test_R024_one_that_waited_beyond_the_window_opens_nothing(accountant):
    payment = paid(factories.member(), factories.term(), "underpaid", 43300)
    with pytest.raises(Conflict, match=r"payment\.window_closed"):
        acts.complete(payment.code, reason=REASON, actor=accountant.actor(), now=payment.term.application_to)


def test_R024_R127_the_page_tells_until_when_it_can_be_completed(accountant, become, now):
    payment = paid(factories.member(), factories.term(), "underpaid", 43300)
    longer = terms.longer(payment.term, application_to=civil("2025-11-26 00:00"), now=LATER)
    terms.give([payment.member_id], longer)
    now.set(payment.term.application_to)
    assert "25 Kasım 2025" in become(accountant).get(f"/yonetim/odemeler/{payment.code}/say").text


def test_R018_what_gave_its_right_is_not_reviewed(accountant):
    payment = second_payment(factories.member())
    payment.note = None
    db.session.flush()
    with pytest.raises(Conflict, match=r"payment\.nothing_to_review"):
        acts.review(payment.code, reason=REASON, actor=accountant.actor(), now=LATER)


def test_R018_of_two_reviews_at_once_one_wins(live_database):
    app = live_database()
    with app.app_context(), transaction():
        code = second_payment(factories.member()).code
        actors = [factories.member(staff_role="accountant").actor() for _ in range(2)]

    def act(number: int) -> None:
        acts.review(code, reason=REASON, actor=actors[number], now=LATER)

    assert at_once(app, 2, act) == ["payment.reviewed_by", "won"]


@pytest.mark.parametrize("done", [None, acts.ATTACHED, acts.REVIEWED])
def test_R063_the_page_of_a_payer_who_was_anonymised_tells_what_is_left(accountant, become, now, done):
    now.set(LATER)
    member = factories.member()
    payment = second_payment(member, base=43300)
    if done:
        data = {"by": "Ali Hesapçı", "reason": REASON, "ordinal": 2}
        db.session.add(PaymentEvent(payment_id=payment.id, kind=done, at=LATER, data=data))
        payment.reviewed_at = LATER
    anonymise(member, now=LATER)
    db.session.flush()
    money, page = become(accountant), f"/yonetim/odemeler/{payment.code}"
    assert f"{page}/say" in money.get(f"/yonetim/odemeler{'?not=bakilan' if done else ''}").text
    shown = money.get(f"{page}/say")
    assert (shown.status_code, "100,00\N{NO-BREAK SPACE}₺ eksik" in shown.text) == (200, True)
    assert [word in shown.text for word in ("<dd>Ali Hesapçı", "Gerekçe", "Ne yapıldı</dt>")] == [False] * 3
    if done:
        path, field = ("say", "reason") if done == acts.ATTACHED else ("bakildi", "done")
        assert money.post(f"{page}/{path}", data={field: REASON}).status_code == 409
