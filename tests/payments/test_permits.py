"""R099: how often one person may pay for one term."""

from lms.payments.queries import permitted_ordinal
from lms.payments.services.orders import permit
from tests import factories


def test_R099_an_approval_permits_one_more_payment_of_that_term(app, now):
    who, term = factories.member(), factories.term()
    assert permitted_ordinal(who.id, term.code) == 1
    for _ in range(2):
        permit(who.id, term.code, 2, now=now())
    assert permitted_ordinal(who.id, term.code) == 2
    assert permitted_ordinal(who.id, "another") == 1
    assert permitted_ordinal(factories.member().id, term.code) == 1
