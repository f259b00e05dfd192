"""R063: the list invites, the person decides, the institution pays once for many and sees completion."""

import io
from datetime import timedelta

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from lms.audit.models import Disclosure
from lms.certificates.services import certificates
from lms.core.db import db
from lms.core.errors import Conflict, Forbidden, Invalid, NotFound
from lms.corporate import queries, services
from lms.corporate.models import Invitation
from lms.corporate.rules import Progress
from lms.enrolment import services as enrolment
from lms.exemptions.models import ExemptionRequest
from lms.membership.models import Acceptance
from lms.notifications.models import OutboxMessage
from lms.notifications.services import compose
from lms.payments import queries as payments
from lms.payments.gateways import Inquiry
from lms.payments.models import Entitlement, Payment
from lms.payments.services import acts, branch, orders, settling
from lms.payments.services import seats as payment_seats
from lms.payments.services.orders import Consents
from lms.terms import services as terms
from tests import factories
from tests.certificates.helpers import passed
from tests.conftest import civil
from tests.payments import branch_files

CONSENTS = Consents(accepts_contract=True, accepts_immediate_performance=True)


def tckn(n):
    return factories.valid_tckn(910_000 + n)


def table(*rows):
    return "\n".join(";".join(row) for row in rows).encode()


def guest(n):
    return (tckn(n), "Deniz", f"Örnek {chr(64 + n)}", f"davet{n}@example.org")


def token_of(n):
    row = db.session.scalars(
        select(OutboxMessage).filter_by(template="invited", recipient=f"davet{n}@example.org")
    ).one()
    return compose(row).text.partition("/davet/")[2].split()[0]


def joined(n, now, **more):
    person = factories.member(tckn=tckn(n))
    given = {"read_notice": True, "declares": True, "language": "tr", "actor": person.actor("192.0.2.9"), "now": now()}
    services.accept(token_of(n), person, **{**given, **more})
    return person


def quoted(agent, term):
    """The price of everybody who accepted."""
    codes = db.session.scalars(select(Invitation.code).filter_by(state="accepted")).all()
    found = services.group_quote(services.own_institution(agent.actor()), term, codes)
    db.session.commit()
    return found


def settled(agent, term, now, short=0):
    quote = quoted(agent, term)
    started = orders.start_payment(agent.actor("192.0.2.1"), quote, CONSENTS, now=now())
    order = payments.newest_order(started.payment.id)
    orders.apply_answer(
        order.order_id, Inquiry("approved", auth_amount=quote.amount_kurus - short, paid_at=now()), now=now()
    )
    return started.payment


def shown(agent, term, now):
    institution = services.own_institution(agent.actor())
    return {one.invitation.last_name: one.progress for one in services.people(institution, term, now()).people}


def code_of(n):
    return db.session.scalars(select(Invitation.code).filter_by(email=f"davet{n}@example.org", state="accepted")).one()


def payable(agent, term, now):
    page = services.people(services.own_institution(agent.actor()), term, now())
    return {one.invitation.last_name for one in page.people if one.payable}


def test_R063_a_bad_line_never_stops_the_good_ones(agent, term, now):
    data = table(("tckn", "ad", "soyad", "e-posta"), guest(1), ("123", "X", "Y", "z"), guest(2), guest(1))
    lines = services.invite(data, term.code, actor=agent.actor(), now=now())
    assert [(line.number, line.refused is None) for line in lines] == [(2, True), (3, False), (4, True), (5, False)]
    assert lines[3].refused.code == "invitation.standing"
    assert not any(tckn(1) in line.shown for line in lines)
    assert db.session.scalars(select(OutboxMessage.template)).all() == ["represents", "invited", "invited"]
    again = services.invite(data, term.code, actor=agent.actor(), now=now())
    assert all(line.refused for line in again)


def test_R063_an_excel_list_is_read_as_it_is_typed(agent, term, now):
    book = Workbook()
    book.active.append(["TCKN", "Ad", "Soyad", "E-posta"])
    book.active.append([int(tckn(1)), "Deniz", "Örnek", "davet1@example.org"])
    out = io.BytesIO()
    book.save(out)
    [line] = services.invite(out.getvalue(), term.code, actor=agent.actor(), now=now())
    assert line.refused is None


@pytest.mark.parametrize("data", [b"PK\x03\x04not a zip", b'"open quote\n', b"\x81\x8d\x8f"])
def test_a_file_that_is_no_list_changes_nothing(agent, term, now, data):
    with pytest.raises(Invalid, match=r"sheet\.unreadable"):
        services.invite(data, term.code, actor=agent.actor(), now=now())
    assert not db.session.scalars(select(Invitation)).all()


def test_R063_only_who_was_appointed_has_the_page(term, manager, agent, now):
    with pytest.raises(NotFound):
        services.own_institution(factories.member().actor())
    assert services.own_institution(agent.actor()).name == "Örnek Acentesi"
    row = queries.representation(agent.id)
    services.dismiss(row.code, "kurumun yeni yazısı", actor=manager, now=now())
    with pytest.raises(NotFound):
        services.own_institution(agent.actor())
    with pytest.raises(Conflict, match=r"institution\.ended") as refused:
        services.dismiss(row.code, "başka bir yazı", actor=factories.member(staff_role="manager").actor(), now=now())
    assert (refused.value.params["by"], refused.value.params["at"]) == (manager.label, now())
    assert row.end_reason == "kurumun yeni yazısı"
    assert db.session.scalars(select(OutboxMessage.template)).all() == ["represents", "represents_ended"]


def test_R063_one_institution_in_whatever_casing(agent, term, manager, now):
    for n, name in enumerate(("ÖRNEK  ACENTESİ", "Örnek Açentesi")):
        other = factories.member(tckn=factories.valid_tckn(900_010 + n))
        services.appoint(name, factories.valid_tckn(900_010 + n), "2025/18 sayılı yazı", actor=manager, now=now())
        assert (services.own_institution(other.actor()).name == "Örnek Acentesi") is (n == 0)


def test_R063_the_invited_person_reads_declares_and_decides_alone(agent, term, now):
    services.invite(table(guest(1)), term.code, actor=agent.actor(), now=now())
    with pytest.raises(Forbidden, match=r"invitation\.other_person"):
        services.accept(
            token_of(1), agent, read_notice=True, declares=True, language="tr", actor=agent.actor(), now=now()
        )
    person = factories.member(tckn=tckn(1))
    given = {"language": "tr", "actor": person.actor(), "now": now()}
    with pytest.raises(Invalid, match=r"invitation\.notice_needed"):
        services.accept(token_of(1), person, read_notice=False, declares=True, **given)
    with pytest.raises(Invalid, match=r"register\.declaration_needed"):
        services.accept(token_of(1), person, read_notice=True, declares=False, **given)
    row = services.accept(token_of(1), person, read_notice=True, declares=True, **given)
    kept = db.session.scalars(select(Acceptance).filter_by(subject_code=row.code)).all()
    assert {one.text.kind for one in kept} == {"corporate_notice", "no_certificate_declaration"}
    with pytest.raises(Conflict, match=r"invitation\.answered"):
        services.refuse(token_of(1), actor=person.actor(), now=now())


def test_R063_who_refuses_or_keeps_silent_is_forgotten(agent, term, now):
    services.invite(table(guest(1), guest(2)), term.code, actor=agent.actor(), now=now())
    services.refuse(token_of(1), actor=factories.member().actor(), now=now())
    now.set(now() + timedelta(days=30))
    assert queries.erase_unanswered(now()) == 1
    rows = db.session.scalars(select(Invitation)).all()
    assert {(row.first_name, row.last_name, row.email, row.tckn_index) for row in rows} == {("", "", "", None)}
    page = services.people(services.own_institution(agent.actor()), term, now())
    assert sorted(one.progress for one in page.people) == [Progress.EXPIRED, Progress.REFUSED]


def test_R063_one_payment_gives_each_person_the_right(agent, term, now):
    services.invite(table(guest(1), guest(2), guest(3)), term.code, actor=agent.actor(), now=now())
    first, second = joined(1, now), joined(2, now)
    assert shown(agent, term, now) == {
        "Örnek A": Progress.ACCEPTED,
        "Örnek B": Progress.ACCEPTED,
        "Örnek C": Progress.INVITED,
    }
    payment = settled(agent, term, now)
    assert (payment.amount_kurus, payment.on_behalf_of, payment.status) == (2 * 53300, "Örnek Acentesi", "paid")
    rights = db.session.scalars(select(Entitlement)).all()
    assert {(one.member_id, one.subject, one.opens_at) for one in rights} == {
        (first.id, "1", now()),
        (second.id, "1", now()),
    }
    assert enrolment.entry(first, term.code, now=now()).is_open
    assert not enrolment.entry(agent, term.code, now=now()).is_open
    assert shown(agent, term, now)["Örnek A"] is Progress.PAID
    with pytest.raises(Conflict, match=r"institution\.nobody"):
        quoted(agent, term)


def test_R022_who_paid_meanwhile_keeps_that_right_and_the_seat_is_a_duplicate(agent, term, now):
    services.invite(table(guest(1), guest(2)), term.code, actor=agent.actor(), now=now())
    first, second = joined(1, now), joined(2, now)
    quote = quoted(agent, term)
    started = orders.start_payment(agent.actor("192.0.2.1"), quote, CONSENTS, now=now())
    own = factories.paid(first, term, now())
    order = payments.newest_order(started.payment.id)
    orders.apply_answer(order.order_id, Inquiry("approved", auth_amount=quote.amount_kurus, paid_at=now()), now=now())
    notes = {seat.member_id: seat.note for seat in payments.seats_of(started.payment.id)}
    assert notes == {first.id: "duplicate", second.id: None}
    assert payments.application_entitlement(first.id, term.code, "1").id == own.id


def test_R003_R021_R022_who_holds_paid_or_is_exempt_is_not_paid_for(agent, term, now):
    services.invite(table(*(guest(n) for n in range(1, 4))), term.code, actor=agent.actor(), now=now())
    one, payer, exempt = (joined(n, now) for n in range(1, 4))
    factories.paid(payer, term, now())
    db.session.add(
        ExemptionRequest(
            code="muaf", member_id=exempt.id, term_id=term.id, term_code=term.code, relation="veteran", email=exempt.email,
            status="approved", requested_at=now(), answered_at=now() - timedelta(hours=1),
        )
    )  # fmt: skip
    assert payable(agent, term, now) == {"Örnek A"}
    assert [seat[0] for seat in quoted(agent, term).seats] == [one.id]


def test_R024_an_underpaid_group_gives_nobody_a_right(agent, term, now):
    services.invite(table(guest(1)), term.code, actor=agent.actor(), now=now())
    joined(1, now)
    quote = quoted(agent, term)
    started = orders.start_payment(agent.actor("192.0.2.1"), quote, CONSENTS, now=now())
    order = payments.newest_order(started.payment.id)
    orders.apply_answer(order.order_id, Inquiry("approved", auth_amount=100, paid_at=now()), now=now())
    assert started.payment.note == "underpaid"
    assert not db.session.scalars(select(Entitlement)).all()


def test_R024_a_group_that_was_paid_too_little_waits_and_a_whole_payment_later_counts(agent, term, now):
    services.invite(table(guest(1)), term.code, actor=agent.actor(), now=now())
    person = joined(1, now)
    held = settled(agent, term, now, short=10000)
    assert held.note == "underpaid"
    assert payable(agent, term, now) == set()  # what is paid twice is not given back
    clerk = factories.member(staff_role="accountant").actor()
    acts.review(held.code, reason="Banka tutarı geri gönderdi.", actor=clerk, now=now())
    assert payable(agent, term, now) == {"Örnek A"}
    assert settled(agent, term, now).note is None
    assert db.session.scalars(select(Entitlement.member_id)).all() == [person.id]


@pytest.mark.parametrize("decision", ["returned", "kept"])
def test_R024_an_underpayment_at_a_branch_bars_the_group_until_accounting_decides(agent, term, now, decision):
    services.invite(table(guest(1)), term.code, actor=agent.actor(), now=now())
    person = joined(1, now)
    clerk = factories.member(staff_role="accountant").actor()
    db.session.commit()
    now.set("2025-11-11 09:00")
    taken = branch.take_file(
        branch_files.collection([branch_files.row(1, tckn=tckn(1), amount=50000)]), actor=clerk, now=now()
    )
    assert payable(agent, term, now) == set()
    branch.decide(taken.lines[0].code, decision, "Fark yatırılmadı.", actor=clerk, now=now())
    assert payable(agent, term, now) == {"Örnek A"}
    assert settled(agent, term, now).note is None
    assert db.session.scalars(select(Entitlement.member_id)).all() == [person.id]


def test_R022_R024_of_two_captures_of_one_group_the_whole_one_counts(agent, term, now, monkeypatch):
    services.invite(table(guest(1), guest(2)), term.code, actor=agent.actor(), now=now())
    people = {joined(n, now).id for n in (1, 2)}
    quote = quoted(agent, term)
    monkeypatch.setattr(orders, "refresh", lambda *_, **__: Inquiry("unknown"))  # the first tab is open at the bank
    tries = [orders.start_payment(agent.actor("192.0.2.1"), quote, CONSENTS, now=now()).redirect for _ in range(2)]
    for one, short in zip(tries, (10000, 0), strict=True):
        answer = Inquiry("approved", auth_amount=quote.amount_kurus - short, paid_at=now())
        orders.apply_answer(one.fields["orderid"], answer, now=now())
    low, whole = db.session.scalars(select(Payment).order_by(Payment.id)).all()
    assert (low.note, whole.note) == ("underpaid", None)
    assert payments.members_entitled_by(whole.id) == people
    clerk = factories.member(staff_role="accountant").actor()
    with pytest.raises(Conflict, match=r"payment\.already_paid"):
        acts.complete(low.code, reason="Eksik tutar tamamlandı.", actor=clerk, now=now())


def test_R022_R127_a_group_paid_out_of_the_window_does_not_make_its_good_payment_a_duplicate(agent, term, now):
    services.invite(table(guest(1)), term.code, actor=agent.actor(), now=now())
    person = joined(1, now)
    quote = quoted(agent, term)
    started = orders.start_payment(agent.actor("192.0.2.1"), quote, CONSENTS, now=now())
    late = term.application_to + timedelta(minutes=1)
    order = payments.newest_order(started.payment.id)
    orders.apply_answer(order.order_id, Inquiry("approved", auth_amount=quote.amount_kurus, paid_at=late), now=late)
    assert started.payment.note == "out_of_window"
    more = timedelta(days=3)
    longer = terms.longer(term, application_to=term.application_to + more, study_to=term.study_to + more, now=late)
    terms.give([agent.id], longer)
    db.session.commit()
    now.set("2025-11-23 12:00")
    assert payable(agent, longer, now) == {"Örnek A"}
    assert settled(agent, longer, now).note is None
    assert db.session.scalars(select(Entitlement.member_id)).all() == [person.id]


def test_R008_no_list_and_no_payment_outside_the_window(agent, term, now):
    now.set("2025-11-22 00:00")
    with pytest.raises(Conflict, match=r"payment\.window_closed"):
        services.invite(table(guest(1)), term.code, actor=agent.actor(), now=now())


def test_R063_completion_is_logged_once_before_the_institution_sees_it(agent, term, now):
    services.invite(table(guest(1), guest(2)), term.code, actor=agent.actor(), now=now())
    first, second = joined(1, now), joined(2, now)
    settled(agent, term, now)
    by_seat = payments.application_entitlement(first.id, term.code, "1")
    passed(first, at=civil("2025-03-10 11:00"), term=term, entitlement_id=by_seat.id)
    passed(second, at=civil("2025-03-10 11:00"), term=term, ordinal=2)  # paid by the person: none of the institution's
    now.set("2025-03-17 00:00")
    certificates.issue_due(now=now())
    assert (
        shown(agent, term, now)["Örnek A"] is Progress.PAID
    )  # neither the form nor the pass is the institution's to see
    assert services.tell_completions(now()) == 1
    assert services.tell_completions(now()) == 0
    [told] = db.session.scalars(select(Disclosure)).all()
    assert (told.recipient, told.recipient_name, told.subject_code) == ("institution", "Örnek Acentesi", first.code)
    assert shown(agent, term, now) == {"Örnek A": Progress.COMPLETED, "Örnek B": Progress.PAID}


def test_two_captures_of_one_group_are_one_right_each(agent, term, now):
    services.invite(table(guest(1)), term.code, actor=agent.actor(), now=now())
    joined(1, now)
    payment = settled(agent, term, now)
    with_more = settling.second_capture(payment, now())
    assert payments.group_settled(with_more)
    assert db.session.query(Payment).count() == 2


def test_R063_a_further_application_is_not_the_institutions_to_pay_for_or_see(agent, term, now):
    """That somebody may apply again tells that they failed three times."""
    services.invite(table(guest(1)), term.code, actor=agent.actor(), now=now())
    person = joined(1, now)
    settled(agent, term, now)
    before = shown(agent, term, now)
    orders.permit(person.id, term.code, 2, now=now())
    assert payment_seats.payable([person], term) == {person.id: 2}
    assert (shown(agent, term, now), payable(agent, term, now)) == (before, set())
    with pytest.raises(Conflict, match=r"institution\.nobody"):
        quoted(agent, term)


def test_R063_who_joined_steps_back_until_the_fee_is_paid(agent, term, now):
    services.invite(table(guest(1), guest(2)), term.code, actor=agent.actor(), now=now())
    first, second = joined(1, now), joined(2, now)
    assert [leavable for _, leavable in services.joined(first.actor(), now())] == [True]
    with pytest.raises(NotFound):
        services.leave(code_of(1), actor=second.actor(), now=now())
    row = services.leave(code_of(1), actor=first.actor(), now=now())
    assert (row.state, row.member_id, row.last_name, row.tckn_index) == ("refused", None, "", None)
    settled(agent, term, now)
    assert [leavable for _, leavable in services.joined(second.actor(), now())] == [False]
    with pytest.raises(Conflict, match=r"invitation\.paid"):
        services.leave(code_of(2), actor=second.actor(), now=now())
    assert not enrolment.entry(first, term.code, now=now()).is_open
    assert enrolment.entry(second, term.code, now=now()).is_open
    assert services.joined(second.actor(), term.study_to) == []  # a term that is over needs no telling


@pytest.mark.parametrize("end", ["leave", "withdraw"])
def test_R024_R063_an_invitation_ends_once_its_too_low_payment_was_sent_back(agent, term, now, end):
    services.invite(table(guest(1)), term.code, actor=agent.actor(), now=now())
    person = joined(1, now)
    held = settled(agent, term, now, short=10000)
    actor = {"leave": person, "withdraw": agent}[end].actor()

    def offered():
        [(_, may_leave)] = services.joined(person.actor(), now())
        [line] = services.people(services.own_institution(agent.actor()), term, now()).people
        return may_leave, line.may_be_taken_back

    assert offered() == (False, False)
    with pytest.raises(Conflict, match=r"invitation\.paid"):
        getattr(services, end)(code_of(1), actor=actor, now=now())
    clerk = factories.member(staff_role="accountant").actor()
    acts.review(held.code, reason="Banka tutarı geri gönderdi.", actor=clerk, now=now())
    assert offered() == (True, True)
    assert getattr(services, end)(code_of(1), actor=actor, now=now()).member_id is None


def test_R063_an_invitation_is_taken_back_and_sent_to_the_right_address(agent, term, now):
    services.invite(table(guest(1), guest(2)), term.code, actor=agent.actor(), now=now())
    person = joined(2, now)
    wrong = db.session.scalars(select(Invitation).filter_by(email="davet1@example.org")).one()
    token = token_of(1)
    with pytest.raises(NotFound):
        services.withdraw(wrong.code, actor=person.actor(), now=now())
    services.withdraw(wrong.code, actor=agent.actor(), now=now())
    with pytest.raises(Conflict, match=r"invitation\.withdrawn"):
        services.refuse(token, actor=person.actor(), now=now())
    [line] = services.invite(
        table((tckn(1), "Deniz", "Örnek A", "dogru@example.org")), term.code, actor=agent.actor(), now=now()
    )
    assert line.refused is None
    services.withdraw(code_of(2), actor=agent.actor(), now=now())
    told = db.session.scalars(select(OutboxMessage).filter_by(template="invitation_withdrawn")).all()
    assert [one.member_code for one in told] == [person.code]  # only who had joined waits for the fee
