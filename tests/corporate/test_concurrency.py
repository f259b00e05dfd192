"""R063: an invitation that ends and the group payment for its person exclude each other, on real transactions."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from sqlalchemy import func, select

from lms.core.db import db, transaction
from lms.core.errors import Conflict
from lms.corporate import services
from lms.corporate.models import Invitation
from lms.payments.models import Seat
from lms.payments.services import orders, seats
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
