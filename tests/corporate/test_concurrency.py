"""R022, R063: a group payment, and what its people do at the same instant, exclude each other, on real transactions."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import pytest
from sqlalchemy import func, select

from lms.core.db import db, transaction
from lms.core.errors import Conflict
from lms.corporate import services
from lms.corporate.models import Invitation
from lms.membership.models import Member
from lms.payments.gateways import Inquiry
from lms.payments.models import Entitlement, Payment, Seat
from lms.payments.services import acts, orders, seats
from lms.terms import services as terms
from tests import factories
from tests.conftest import civil
from tests.corporate.conftest import opened
from tests.corporate.test_services import CONSENTS, guest, joined, table

NOW = civil("2025-03-03 09:00")


def withdraw(code, agent, _person):
    services.withdraw(code, actor=agent, now=NOW)


def leave(code, _agent, person):
    services.leave(code, actor=person, now=NOW)


ends = pytest.mark.parametrize("end", [withdraw, leave])


@pytest.fixture
def live(live_database):
    """The application, the code of an invitation that was accepted, and the actors: the representative and the person."""
    app = live_database()
    with app.app_context():
        with transaction():
            term, manager = opened(NOW), factories.member(staff_role="manager")
            agent = factories.member(tckn=factories.valid_tckn(900_001))
            services.appoint("Örnek Acentesi", factories.valid_tckn(900_001), "2025/17 sayılı yazı", actor=manager.actor(), now=NOW)  # fmt: skip
            services.invite(table(guest(1)), term.code, actor=agent.actor(), now=NOW)
            person = joined(1, lambda: NOW)
        code, actors = db.session.scalars(select(Invitation.code)).one(), (agent.actor("192.0.2.1"), person.actor())
        db.session.remove()
        yield app, code, *actors
        db.session.remove()


def alone(app, act):
    """Do something in a context of its own: the code of its refusal, or None."""
    with app.app_context():
        try:
            act()
        except Conflict as refused:
            return refused.code
        finally:
            db.session.remove()
    return None


def ended(end, code, agent, person):
    with transaction():
        end(code, agent, person)


def quote_of(agent):
    codes = db.session.scalars(select(Invitation.code)).all()
    found = services.group_quote(services.own_institution(agent), terms.current_term("ddta-2025-ilk"), codes)
    db.session.commit()
    return found


def pay(agent, quote=None):
    orders.start_payment(agent, quote or quote_of(agent), CONSENTS, now=NOW)


@ends
def test_R063_who_ended_before_the_order_began_is_not_paid_for(live, end):
    _app, code, agent, person = live
    quote = quote_of(agent)
    ended(end, code, agent, person)
    with pytest.raises(Conflict, match=r"institution\.nobody"):
        pay(agent, quote)
    assert db.session.scalar(select(func.count(Seat.id))) == 0


@ends
def test_R063_an_invitation_does_not_end_while_its_payment_begins(live, end, monkeypatch):
    app, code, agent, person = live
    checked, go_on, reserve = Event(), Event(), seats.reserve

    def slowly(payment, chairs):
        checked.set()
        assert go_on.wait(10)
        reserve(payment, chairs)

    monkeypatch.setattr(seats, "reserve", slowly)
    with ThreadPoolExecutor(2) as pool:
        paying = pool.submit(alone, app, lambda: pay(agent))
        assert checked.wait(10)
        ending = pool.submit(alone, app, lambda: ended(end, code, agent, person))
        try:
            with pytest.raises(TimeoutError):
                ending.result(0.5)  # it waits until the seat is written
        finally:
            go_on.set()
        assert (paying.result(), ending.result()) == (None, "invitation.paid")
    assert db.session.scalar(select(func.count(Seat.id))) == 1
    assert db.session.scalars(select(Invitation.state)).one() == "accepted"


def capture(order_id, amount=53300):
    with transaction():
        orders.apply_answer(order_id, Inquiry("approved", auth_amount=amount, paid_at=NOW), now=NOW)


def complete(code, clerk):
    with transaction():
        acts.complete(code, reason="Eksik tutar tamamlandı.", actor=clerk, now=NOW)


@pytest.mark.parametrize("completed", [False, True])
def test_R022_who_pays_alone_while_the_group_is_settled_waits_and_is_a_duplicate(live, completed, monkeypatch):
    app, _code, agent, person = live
    group = orders.start_payment(agent, quote_of(agent), CONSENTS, now=NOW)
    code, order_id = group.payment.code, group.redirect.fields["orderid"]
    alone_quote = orders.application_quote(
        db.session.get_one(Member, person.id), terms.current_term("ddta-2025-ilk"), now=NOW
    )
    db.session.commit()
    consents = replace(CONSENTS, declares_no_certificate=True)
    own = orders.start_payment(person, alone_quote, consents, now=NOW).redirect.fields["orderid"]
    with transaction():
        clerk = factories.member(staff_role="accountant").actor()
    if completed:
        capture(order_id, 100)
    db.session.remove()
    written, go_on, entitle = Event(), Event(), seats.entitle

    def slowly(*given):
        entitle(*given)
        written.set()
        assert go_on.wait(10)

    monkeypatch.setattr(seats, "entitle", slowly)
    with ThreadPoolExecutor(2) as pool:
        settling = pool.submit(alone, app, lambda: complete(code, clerk) if completed else capture(order_id))
        assert written.wait(10)
        paying = pool.submit(alone, app, lambda: capture(own))
        try:
            with pytest.raises(TimeoutError):
                paying.result(0.5)  # it waits until the right is written
        finally:
            go_on.set()
        assert (settling.result(), paying.result()) == (None, None)
    assert db.session.scalars(select(Entitlement.member_id)).all() == [person.id]
    notes = db.session.execute(select(Payment.purpose, Payment.note).order_by(Payment.id)).all()
    assert notes == [("group", None), ("application", "duplicate")]
