"""A payment from the first click to the right it gives, with the simulated bank at the other end."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lms.audit.models import AuditEntry
from lms.core.config import config
from lms.core.db import db
from lms.core.errors import Conflict, FieldErrors, NotFound
from lms.membership.models import Acceptance
from lms.notifications.models import OutboxMessage
from lms.payments import gateways, jobs, queries
from lms.payments.models import BankOrder, Entitlement, Payment, PaymentEvent
from lms.payments.rules import Purpose
from lms.payments.services import orders as services
from lms.payments.services import receipts
from lms.payments.services.orders import Consents
from tests import factories
from tests.conftest import civil
from tests.payments.conftest import CLOSED, DECLINED, FAILED_3D, SHORT, TAMPERED, TWICE

ALL = Consents(accepts_contract=True, accepts_immediate_performance=True, declares_no_certificate=True)


@pytest.fixture
def term(app):
    found = factories.term()
    db.session.commit()
    return found


@pytest.fixture
def who(app, texts):
    person = factories.member(first_name="İpek", last_name="Şığğöç")
    db.session.commit()
    return person


@pytest.fixture
def start(who, term, bank, now):
    def started(consents=ALL, person=who):
        quote = services.application_quote(person, term, now=now())
        return services.start_payment(person.actor("192.0.2.1"), quote, consents, now=now())

    return started


def come_back(fields, now):
    return services.take_callback(list(fields.items()), now=now())


def events(payment, *kinds):
    found = db.session.scalars(select(PaymentEvent).filter_by(payment_id=payment.id).order_by(PaymentEvent.id))
    return [e for e in found if e.kind in kinds] if kinds else [e.kind for e in found]


def mails():
    return [m.template for m in db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))]


def rights():
    return db.session.scalars(select(Entitlement)).all()


# --- the good way -----------------------------------------------------------------------------------------------------


def test_R036_R038_R039_from_the_contract_to_the_right(start, bank, who, term, now):
    started = start()
    assert started.created
    assert (started.payment.status, started.payment.amount_kurus) == ("pending", 53300)
    accepted = db.session.scalars(select(Acceptance).filter_by(subject_code=started.payment.code)).all()
    assert {a.text.kind for a in accepted} == {
        "pre_information", "service_contract", "immediate_performance", "no_certificate_declaration"
    }  # fmt: skip
    assert all((a.ip, a.at, a.text.version) == ("192.0.2.1", now(), 1) for a in accepted)
    authorised = now.set("2025-03-03 09:05")
    fields = bank.pay(started.redirect)
    now.set("2025-03-03 09:06")
    assert come_back(fields, now) == started.redirect.fields["orderid"]
    payment = started.payment
    assert (payment.status, payment.note, payment.paid_at) == ("paid", None, authorised)
    assert (payment.amount_kurus, payment.captured_kurus) == (53300, 54100)
    [right] = rights()
    assert (right.member_id, right.term_code, right.subject) == (who.id, term.code, "1")
    assert right.opens_at == right.paid_at == authorised
    assert events(payment) == ["opened", "callback", "settled"]
    assert mails() == ["payment_received"]


def test_R040_D7_the_commission_is_no_overpayment(start, bank, now):
    started = start()
    come_back(bank.pay(started.redirect), now)
    assert started.payment.note is None
    assert receipts.receipt(started.payment, now=now())["surplus"] == 0


def test_R126_the_card_of_somebody_else_pays_for_the_order(start, bank, who, now):
    started = start()
    fields = bank.pay(started.redirect) | {"cardholder": "BASKA BIRI"}
    come_back(fields, now)
    assert rights()[0].member_id == who.id


# --- consents and eligibility ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("missing", "code"),
    [
        ("accepts_contract", "payment.contract_needed"),
        ("accepts_immediate_performance", "payment.immediate_needed"),
        ("declares_no_certificate", "payment.declaration_needed"),
    ],
)
def test_R036_D6_R003_without_a_consent_nothing_begins(start, missing, code):
    given = {
        name: name != missing
        for name in ("accepts_contract", "accepts_immediate_performance", "declares_no_certificate")
    }
    with pytest.raises(FieldErrors) as caught:
        start(Consents(**given))
    assert caught.value.fields == {missing: code}
    assert db.session.scalar(select(func.count(Payment.id))) == 0


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ("2025-01-07 23:59:59", "payment.window_not_open"),
        ("2025-11-21 23:45", "payment.window_closing"),
        ("2025-11-22 00:00", "payment.window_closed"),
    ],
)
def test_R008_D3_outside_the_window_nothing_begins(start, now, at, code):
    now.set(at)
    with pytest.raises(Conflict) as caught:
        start()
    assert caught.value.code == code


def test_R010_paid_in_the_last_seconds_and_told_after_midnight(start, bank, now):
    now.set("2025-11-21 23:44")
    started = start()
    now.set("2025-11-21 23:59:50")
    fields = bank.pay(started.redirect)
    now.set("2025-11-22 00:00:20")
    come_back(fields, now)
    assert (started.payment.status, started.payment.note) == ("paid", None)
    assert rights()[0].paid_at == civil("2025-11-21 23:59:50")


def test_R014_authorised_after_the_window_is_quarantined(start, bank, now):
    now.set("2025-11-21 23:44:59")
    started = start()
    now.set("2025-11-22 00:00")
    come_back(bank.pay(started.redirect), now)
    assert (started.payment.status, started.payment.note) == ("paid", "out_of_window")
    assert rights() == []
    assert mails() == ["payment_held"]


def test_R034_who_has_paid_gets_no_second_order(start, bank, now):
    first = start()
    come_back(bank.pay(first.redirect), now)
    with pytest.raises(Conflict) as caught:
        start()
    assert caught.value.code == "payment.already_paid"
    assert caught.value.params["id"] == first.payment.code


def test_R099_an_approved_reapplication_is_paid_for_apart(start, bank, who, term, now):
    come_back(bank.pay(start().redirect), now)
    services.permit(who.id, term.code, 2, now=now())
    db.session.commit()
    come_back(bank.pay(start().redirect), now)
    assert sorted(right.subject for right in rights()) == ["1", "2"]


# --- what goes wrong at the bank ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("card", [DECLINED, FAILED_3D])
def test_a_refused_card_fails_and_a_new_try_is_a_new_payment(start, bank, now, card):
    started = start()
    come_back(bank.pay(started.redirect, card), now)
    assert started.payment.status == "failed"
    assert (rights(), mails()) == ([], ["payment_failed"])
    again = start()
    assert again.created
    assert again.payment.code != started.payment.code


def test_a_forged_callback_changes_nothing_and_is_recorded(start, bank, now):
    started = start()
    assert come_back(bank.pay(started.redirect, TAMPERED), now) is None
    assert (started.payment.status, rights()) == ("pending", [])
    [refused] = db.session.scalars(select(PaymentEvent).filter_by(kind="callback_refused"))
    assert refused.data["reason"] == "bad_hash"
    assert refused.order_id == started.redirect.fields["orderid"]
    now.set(now() + timedelta(minutes=2))
    jobs.inquire_open_orders(now())
    assert started.payment.status == "failed"  # the bank itself says so


def test_R038_a_closed_browser_is_found_by_inquiry(start, bank, now):
    started = start()
    authorised = now.set(now() + timedelta(minutes=1))
    assert bank.pay(started.redirect, CLOSED) == {}
    assert jobs.inquire_open_orders(now()) == 0
    now.set(now() + timedelta(minutes=1))
    assert jobs.inquire_open_orders(now()) == 1
    assert (started.payment.status, started.payment.paid_at) == ("paid", authorised)
    assert jobs.inquire_open_orders(now()) == 0


def test_R038_a_repeated_callback_is_only_logged(start, bank, now):
    started = start()
    fields = bank.pay(started.redirect, TWICE)
    assert [sent for _url, sent in bank.posted] == [fields]
    for _ in range(3):
        assert come_back(fields, now)
    assert (len(rights()), mails()) == (1, ["payment_received"])
    assert [e.data["repeated"] for e in events(started.payment, "callback")] == [False, True, True]
    assert bank.asked == 1


def test_R024_too_little_waits_for_staff(start, bank, now):
    started = start()
    come_back(bank.pay(started.redirect, SHORT), now)
    assert (started.payment.status, started.payment.note) == ("paid", "underpaid")
    assert (rights(), mails()) == ([], ["payment_held"])
    with pytest.raises(Conflict, match=r"payment\.underpaid"):  # what is paid twice is not given back
        start()


def test_R038_going_back_at_the_bank_and_paying_after_a_decline(start, bank, now, monkeypatch):
    started = start()
    fields = bank.pay(started.redirect, FAILED_3D)
    come_back(fields, now)
    assert started.payment.status == "failed"
    terminal = gateways.terminal(config().bank)
    fields |= {"mdstatus": "1", "procreturncode": "00", "response": "Approved", "authcode": "304919"}
    names = fields["hashparams"].split(":")
    fields["hash"] = gateways.callback_hash(terminal, "".join(fields.get(name, "") for name in names))
    come_back(fields, now)
    assert started.payment.status == "failed"  # signed, but the bank itself knows of no capture
    captured = gateways.Inquiry("approved", auth_amount=53300, paid_at=now())
    monkeypatch.setattr(gateways, "inquire", lambda *_args, **_more: captured)
    for _ in range(2):
        come_back(fields, now)
    assert started.payment.status == "paid"
    assert len(rights()) == 1


def test_R038_paid_after_a_decline_with_the_browser_closed_is_found(start, bank, now, monkeypatch):
    """The bank alone knows: the job asks as long as its page lives, and so does whoever presses "Ödeme Yap" again."""
    started = start()
    come_back(bank.pay(started.redirect, DECLINED), now)
    assert started.payment.status == "failed"
    now.set(now() + timedelta(minutes=2))
    assert jobs.inquire_open_orders(now()) == 1  # still declined: asked once more, nobody is told twice
    assert (started.payment.status, mails()) == ("failed", ["payment_failed"])
    captured = gateways.Inquiry("approved", auth_amount=53300, paid_at=now())
    monkeypatch.setattr(gateways, "inquire", lambda *_args, **_more: captured)
    with pytest.raises(Conflict) as caught:
        start()
    assert caught.value.code == "payment.already_paid"
    assert started.payment.status == "paid"
    assert (len(rights()), mails()) == (1, ["payment_failed", "payment_received"])


def test_R038_nobody_asks_for_ever_about_what_was_declined(start, bank, now):
    started = start()
    come_back(bank.pay(started.redirect, DECLINED), now)
    asked = []
    for minute in range(1, 60):
        now.set(now() + timedelta(minutes=1))
        asked += [minute] * jobs.inquire_open_orders(now())
    assert asked == [2, 4, 7, 11, 16, 22, 30]


def test_an_unknown_order_is_recorded_and_nothing_else(start, bank, now):
    started = start()
    fields = bank.pay(started.redirect)
    order = db.session.scalar(select(BankOrder))
    order.order_id = "z" * 20
    db.session.commit()
    assert come_back(fields, now) is None
    assert db.session.scalar(select(PaymentEvent).filter_by(kind="callback_refused")).data["reason"] == "unknown_order"


def test_a_silent_bank_leaves_the_order_open(start, bank, now):
    started = start()
    fields = bank.pay(started.redirect)
    bank.down = True
    come_back(fields, now)
    assert started.payment.status == "pending"
    with pytest.raises(Conflict) as caught:
        start()
    assert caught.value.code == "payment.bank_silent"
    now.set(now() + timedelta(hours=30))
    jobs.inquire_open_orders(now())
    assert started.payment.status == "pending"  # no answer, no conclusion
    bank.down = False
    now.set(now() + timedelta(hours=1))
    jobs.inquire_open_orders(now())
    assert started.payment.status == "paid"


# --- expiry and starting again -------------------------------------------------------------------------------------------


def test_R038_expires_after_half_an_hour_and_an_inquiry(start, now):
    started = start()
    for minute, status in ((29, "pending"), (30, "expired")):
        now.set(civil("2025-03-03 09:00") + timedelta(minutes=minute))
        jobs.inquire_open_orders(now())
        assert started.payment.status == status


def test_R038_money_that_comes_late_is_money(start, bank, now):
    started = start()
    fields = bank.pay(started.redirect)
    bank_knows, bank.down = bank.down, True
    order = db.session.scalar(select(BankOrder))
    services.apply_answer(order.order_id, services.Inquiry("unknown"), now=now() + timedelta(minutes=31))
    db.session.commit()
    assert started.payment.status == "expired"
    bank.down = bank_knows
    come_back(fields, now)
    assert started.payment.status == "paid"
    assert len(rights()) == 1


def test_the_questions_end_after_a_day(start, now):
    start()
    now.set(now() + timedelta(days=2))
    jobs.inquire_open_orders(now())
    order = db.session.scalar(select(BankOrder))
    assert (order.result, order.next_inquiry_at) == ("none", None)


def test_R034_starting_again_asks_first_and_continues_the_same_payment(start, bank, now):
    first = start()
    second = start()
    assert (second.created, second.payment.code) == (False, first.payment.code)
    assert second.redirect.fields["orderid"] != first.redirect.fields["orderid"]
    assert bank.asked == 1


def test_R022_starting_again_after_paying_elsewhere_finds_the_payment(start, bank, now):
    first = start()
    bank.pay(first.redirect, CLOSED)
    with pytest.raises(Conflict) as caught:
        start()
    assert caught.value.code == "payment.already_paid"
    assert first.payment.status == "paid"


def test_R022_two_tabs_both_paid_is_one_right_and_a_duplicate(start, bank, now):
    first, second = start(), start()
    come_back(bank.pay(first.redirect), now)
    come_back(bank.pay(second.redirect), now)
    assert len(rights()) == 1
    notes = [(p.status, p.note) for p in db.session.scalars(select(Payment).order_by(Payment.id))]
    assert notes == [("paid", None), ("paid", "duplicate")]
    assert mails() == ["payment_received", "payment_duplicate"]


def test_a_decline_of_an_older_try_does_not_end_the_payment(start, bank, now):
    first, second = start(), start()
    come_back(bank.pay(first.redirect, DECLINED), now)
    assert first.payment.status == "pending"
    come_back(bank.pay(second.redirect), now)
    assert first.payment.status == "paid"


# --- certificates --------------------------------------------------------------------------------------------------------


def view(who, term, now, code="belge1"):
    quote = services.view_quote(code, term)
    return services.start_payment(who.actor(), quote, ALL, now=now())


def test_R109_R110_a_view_period_is_paid_for_at_any_time(who, term, bank, now):
    paid_at = now.set("2026-04-01 10:00")
    started = view(who, term, now)
    assert (started.payment.amount_kurus, started.payment.purpose) == (15000, Purpose.CERTIFICATE)
    come_back(bank.pay(started.redirect), now)
    assert services.view_entitlements(["belge1", "belge2"]) == {"belge1": [paid_at], "belge2": []}


def test_R110_paying_again_while_it_can_be_viewed_is_refused_and_later_possible(who, term, bank, now):
    first = now.set("2025-09-10 10:00")
    come_back(bank.pay(view(who, term, now).redirect), now)
    with pytest.raises(Conflict) as caught:
        view(who, term, now)
    assert caught.value.code == "payment.still_viewable"
    second = now.set(first + timedelta(days=180))
    come_back(bank.pay(view(who, term, now).redirect), now)
    assert services.view_entitlements(["belge1"])["belge1"] == [first, second]


def test_R110_two_tabs_for_one_certificate_do_not_stack(who, term, bank, now):
    first, second = view(who, term, now), view(who, term, now)
    come_back(bank.pay(first.redirect), now)
    come_back(bank.pay(second.redirect), now)
    assert len(services.view_entitlements(["belge1"])["belge1"]) == 1
    assert queries.payments_of(who.id)[0].note == "duplicate"


# --- for others ------------------------------------------------------------------------------------------------------------


def test_somebody_elses_payment_does_not_exist(start, who):
    payment = start().payment
    assert services.own_payment(who.actor(), payment.code) is payment
    stranger = factories.member()
    for actor, code in ((stranger.actor(), payment.code), (who.actor(), "nothing")):
        with pytest.raises(NotFound):
            services.own_payment(actor, code)
    assert services.payments_of(stranger.actor()) == []


def test_a_right_is_used_once(start, bank, who, term, now):
    come_back(bank.pay(start().redirect), now)
    right = services.entitlement_for(who.id, "application", term.code, 1)
    services.consume(right, by="basvuru1", now=now())
    with pytest.raises(Conflict) as caught:
        services.consume(right, by="basvuru2", now=now())
    assert caught.value.code == "payment.entitlement_used"
    assert services.entitlement_for(who.id, "application", term.code, 2) is None


def test_a_refused_callback_is_recorded_whatever_it_says(app, now):
    for oid in ("x" * 200, "a\x00b" * 10, ""):
        assert come_back({"oid": oid, "hashparams": "oid:"}, now) is None
    events_ = db.session.scalars(
        select(PaymentEvent).filter_by(kind="callback_refused").order_by(PaymentEvent.id)
    ).all()
    assert [event.order_id for event in events_] == ["x" * 60, "ab" * 10, ""]  # as long as the audit trail's subject
    entries = db.session.scalars(select(AuditEntry).filter_by(act="payments.callback_refused")).all()
    assert len(entries) == 3


def test_R038_a_silent_bank_does_not_hold_up_the_other_jobs(start, bank, term, now):
    for _ in range(5):
        person = factories.member()
        db.session.commit()
        start(person=person)
    bank.down, bank.asked = True, 0
    now.set(now() + timedelta(minutes=5))
    jobs.inquire_open_orders(now())
    assert bank.asked == jobs.SILENT
    bank.down = False
    now.set(now() + timedelta(minutes=5))
    assert jobs.inquire_open_orders(now()) == 5
