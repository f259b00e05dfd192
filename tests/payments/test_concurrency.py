"""R022, R038: call-backs and tabs that arrive at the same instant, on real transactions (SQLite and PostgreSQL)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from sqlalchemy import func, select

from lms.core import clock
from lms.core.db import db
from lms.membership.models import Member
from lms.payments import gateways, jobs
from lms.payments.models import BankOrder, Entitlement, Payment
from lms.payments.services import orders as services
from lms.payments.services.orders import Consents
from lms.terms.models import Term
from tests import factories
from tests.payments.conftest import Bank, add_texts

NOW = datetime(2025, 3, 3, 6, 0, tzinfo=UTC)
ALL = Consents(accepts_contract=True, accepts_immediate_performance=True, declares_no_certificate=True)
AT_ONCE = 4


@pytest.fixture
def live(live_database, tmp_path, monkeypatch):
    app = live_database()
    bank = Bank(tmp_path)
    monkeypatch.setattr(gateways, "open_client", bank.client)
    clock.set_source(lambda: NOW)
    with app.app_context():
        factories.term()
        factories.member()
        add_texts()
        db.session.remove()
    yield app, bank
    clock.set_source(clock.wall)


def start():
    who, term = db.session.scalars(select(Member)).one(), db.session.scalars(select(Term)).one()
    quote = services.application_quote(who, term, now=NOW)
    return services.start_payment(who.actor(), quote, ALL, now=NOW)


def together(app, *works):
    """Run all at once, each in a context of its own; their answers in order."""
    gate = Barrier(len(works))

    def run(work):
        with app.app_context():
            gate.wait()
            try:
                return work()
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def counted(app, model):
    with app.app_context():
        return db.session.scalar(select(func.count(model.id)))


def test_R038_the_same_callback_and_the_job_at_once_give_one_right(live):
    app, bank = live
    with app.app_context():
        pairs = list(bank.pay(start().redirect).items())
        db.session.remove()
    works = [lambda: services.take_callback(pairs, now=NOW)] * AT_ONCE
    late = NOW.replace(minute=10)
    answers = together(app, *works, lambda: jobs.inquire_open_orders(late))
    assert len(set(answers[:AT_ONCE])) == 1
    assert counted(app, Entitlement) == 1
    with app.app_context():
        assert db.session.scalars(select(Payment.status)).all() == ["paid"]


def test_R022_two_tries_paid_and_told_at_once_are_one_right_and_a_duplicate(live):
    app, bank = live
    with app.app_context():
        tabs = [start().redirect, start().redirect]
        first, second = (list(bank.pay(tab).items()) for tab in tabs)
        db.session.remove()
    assert counted(app, Payment) == 1
    together(app, lambda: services.take_callback(first, now=NOW), lambda: services.take_callback(second, now=NOW))
    assert counted(app, Entitlement) == 1
    with app.app_context():
        notes = db.session.scalars(select(Payment.note)).all()
        assert sorted(str(note) for note in notes) == ["None", "duplicate"]


def test_R034_two_tabs_starting_at_once_share_one_order(live):
    app, _bank = live
    started = together(app, *[start] * AT_ONCE)
    assert len({one.redirect.fields["orderid"] for one in started}) == AT_ONCE
    assert counted(app, Payment) == 1
    assert counted(app, BankOrder) == AT_ONCE
