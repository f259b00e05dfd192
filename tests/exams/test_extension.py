"""R127: the end of training and exams moved later, for all or for those hit: who is reached, what follows, what stays."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.audit.models import AuditEntry
from lms.core.access import Actor
from lms.core.calendar import Window
from lms.core.codes import mask_tckn, new_code
from lms.core.db import db, transaction
from lms.core.errors import Conflict, DomainError, Invalid
from lms.enrolment import services as enrolment
from lms.enrolment.models import Application
from lms.exams import jobs
from lms.exams.queries import extension as queries
from lms.exams.rules import exam as exams
from lms.exams.rules import extension as rules
from lms.exams.rules.exam import Parameters, Sitting
from lms.exams.rules.extension import Scope
from lms.exams.services import extension as services
from lms.exams.services.extension import Wanted
from lms.membership.models import Member
from lms.notifications.models import OutboxMessage
from lms.notifications.rendering import render
from lms.payments.gateways import Inquiry
from lms.payments.models import BankOrder, Entitlement, Payment, Seat
from lms.payments.rules import Purpose
from lms.payments.services import acts, branch
from lms.payments.services import orders as payments
from lms.payments.services.orders import Quote
from lms.terms import services as terms
from lms.terms.models import Term
from lms.terms.services import current_term, history
from tests import factories
from tests.conftest import TestClock, civil
from tests.corporate.conftest import opened
from tests.exams.conftest import Candidate, trained
from tests.membership.helpers import log_in
from tests.payments import branch_files

CODE = "ddta-2025"
LATER = civil("2025-12-13 00:00")
REASON = "Kesinti nedeniyle sınavı açık olan adaylara iki hafta ek süre."
PARAMS = Parameters(3, 10, 70, 20, Window(civil("2025-01-09 00:00"), civil("2025-11-29 00:00")))
LOST = Window(civil("2025-11-28 14:00"), civil("2025-11-28 18:00"))


def manager() -> Actor:
    return factories.member(staff_role="manager").actor()


def extend(wanted: Wanted, now: datetime, **changes: Any) -> int:
    code = changes.pop("code", None) or db.session.scalars(select(Application.term_code).limit(1)).one()
    with transaction():
        token = changes.pop("token", None) or services.plan(code, wanted, now=now).token
        return services.extend(code, wanted, reason=REASON, token=token, actor=manager(), now=now, **changes)


def failed(at: str) -> Sitting:
    start = civil(at)
    return exams.settle(Sitting(1, start, start + timedelta(minutes=20), 10, 70), start + timedelta(minutes=20))


@pytest.mark.parametrize(
    ("completed", "sittings", "hit"),
    [
        ("2025-11-28 10:00", [], True),  # open, not begun
        ("2025-11-28 18:00", [], False),  # trained only when it was over
        (None, [], False),
        ("2025-11-20 10:00", [failed("2025-11-28 13:50")], True),  # ran into it
        ("2025-11-20 10:00", [failed("2025-11-28 13:30")], False),  # failed before it; the next Monday is later
        ("2025-11-20 10:00", [failed("2025-11-28 17:00")], True),  # sat during it
        ("2025-11-20 10:00", [failed("2025-11-21 10:00")], True),  # the second was open since Monday
    ],
)
def test_r127_who_is_hit_by_an_outage(completed: str | None, sittings: list[Sitting], hit: bool) -> None:
    assert rules.was_hit(PARAMS, civil(completed) if completed else None, sittings, LOST) is hit


def test_numbers_are_read_once_each() -> None:
    assert rules.numbers("ddta-2025-000001\n DDTA-2025-000002, DDTA-2025-000001") == [
        "DDTA-2025-000001",
        "DDTA-2025-000002",
    ]
    with pytest.raises(Invalid):
        rules.numbers(" \n")


def test_r127_for_all_the_next_version_is_longer_and_everybody_moves(candidate: Candidate) -> None:
    application = candidate.application
    before = application.term
    old = before.id
    done = extend(Wanted(LATER, Scope.ALL), candidate.now())
    assert done == 1
    db.session.refresh(application)
    assert (application.term.study_to, application.term.fee_kurus) == (LATER, before.fee_kurus)
    assert application.term_id != old
    assert current_term(application.term_code).study_to == LATER
    assert db.session.get_one(Term, old).study_to == civil("2025-11-29 00:00")  # the promise itself stays as it was
    (mail,) = db.session.scalars(select(OutboxMessage.params).where(OutboxMessage.template == "window_extended"))
    assert mail["reopened"] is False
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "enrolment.extended")).all()
    assert {e.subject_kind for e in entries} == {"application", "term"}


def test_r127_one_extension_for_all_is_one_version_with_its_name_and_reason(candidate: Candidate) -> None:
    extend(Wanted(LATER, Scope.ALL), candidate.now())
    kept = history(candidate.application.term_code)
    assert [term.version for term, _entry in kept] == [2, 1]
    db.session.refresh(candidate.application)
    assert candidate.application.term_id == kept[0][0].id
    assert kept[0][1] is not None
    assert kept[0][1].data["reason"]


def test_r127_a_row_for_some_has_its_name_and_reason_too(candidate: Candidate) -> None:
    extend(Wanted(LATER, Scope.LISTED, candidate.application.number), candidate.now())
    (term, entry), _first = history(candidate.application.term_code)
    assert (term.version, entry is not None and entry.act) == (2, "enrolment.extended")


def test_r096_r127_who_lapsed_is_open_again_and_sits_the_exam(candidate: Candidate) -> None:
    candidate.now.set("2025-11-29 00:01")
    jobs.lapse_applications(candidate.now())
    assert candidate.outcome()[0] == "lapsed"
    extend(Wanted(LATER, Scope.LISTED, candidate.application.number.lower()), candidate.now())
    assert candidate.outcome() == (None, None)
    assert candidate.statuses() == ["assigned"]
    candidate.sit(8)
    assert candidate.outcome()[0] == "passed"
    assert current_term(candidate.application.term_code).study_to == civil("2025-11-29 00:00")  # newcomers' stays


def test_r127_those_hit_by_an_outage_and_nobody_else(candidate: Candidate) -> None:
    other = factories.application(at=civil("2025-03-05 09:00"))
    late = factories.application(at=civil("2025-03-05 09:00"))
    trained(late, civil("2025-03-20 09:00"))
    db.session.commit()
    now = civil("2025-03-21 09:00")
    wanted = Wanted(LATER, Scope.OUTAGE, lost=Window(civil("2025-03-10 10:00"), civil("2025-03-10 16:00")))
    assert extend(wanted, now) == 1
    for row in (candidate.application, other, late):
        db.session.refresh(row)
    assert candidate.application.term.study_to == LATER
    assert (other.term.study_to, late.term.study_to) == (civil("2025-11-29 00:00"),) * 2
    again = Wanted(civil("2025-12-20 00:00"), Scope.ALL)
    assert extend(again, now) == 3  # each version gets its own longer twin


def test_a_wrong_line_never_stops_the_good_ones(candidate: Candidate) -> None:
    wanted = Wanted(LATER, Scope.LISTED, f"DDTA-2025-999999 {candidate.application.number}")
    found = services.plan(candidate.application.term_code, wanted, now=candidate.now())
    assert (list(found.unknown), len(found.ids)) == (["DDTA-2025-999999"], 1)


def test_r127_nothing_is_shortened_and_what_was_not_shown_is_not_done(candidate: Candidate) -> None:
    for wanted, code in (
        (Wanted(civil("2025-11-20 00:00"), Scope.ALL), "extension.nobody"),
        (Wanted(civil("2025-03-01 00:00"), Scope.ALL), "extension.past"),
    ):
        with pytest.raises(DomainError) as refused:
            services.plan(candidate.application.term_code, wanted, now=candidate.now())
        assert refused.value.code == code
    with pytest.raises(Conflict) as changed:
        extend(Wanted(LATER, Scope.ALL), candidate.now(), token="of another plan")
    assert changed.value.code == "extension.changed"


def test_r127_many_in_a_fixed_number_of_statements(candidate: Candidate, count_statements: Any) -> None:
    for _ in range(5):
        factories.application(at=civil("2025-03-05 09:00"))
    db.session.commit()
    with count_statements() as few:
        extend(Wanted(LATER, Scope.LISTED, candidate.application.number), candidate.now())
    with count_statements() as many:
        extend(Wanted(LATER, Scope.ALL), candidate.now())
    assert len(many) <= len(few) + 12  # the term's own next version, nothing for each person


def test_the_page_shows_the_effect_first(candidate: Candidate, client: FlaskClient) -> None:
    log_in(client, factories.member(staff_role="manager"))
    path = f"/yonetim/donemler/{candidate.application.term_code}/uzatma"
    typed = {"last_day": "2025-12-12", "scope": "all"}
    page = client.post(path, data=typed)
    assert page.status_code == 200
    text = page.get_data(as_text=True)
    assert "başvurunun eğitim ve sınav süresi uzar" in text
    token = text.split('name="token" type="hidden" value="')[1].split('"')[0]
    answer = client.post(path, data={**typed, "token": token, "uzat": "1", "reason": "kısa"})
    assert answer.status_code == 422
    assert "2025-12-12" in answer.get_data(as_text=True)
    assert client.post(path, data={**typed, "token": token, "uzat": "1", "reason": REASON}).status_code == 303
    db.session.refresh(candidate.application)
    assert candidate.application.term.study_to == LATER
    assert client.post(path, data={"last_day": "", "scope": "all"}).status_code == 422


@pytest.mark.parametrize("language", ["tr", "en"])
def test_the_mail_is_written_in_both_languages(language: str) -> None:
    params = {
        "name": "Deniz",
        "number": "DDTA-2025-000001",
        "study_to": "2025-12-12T20:59:00+00:00",
        "reopened": True,
        "base_url": "https://x",
        "term": "2025",
        "until": "2025-12-05T20:59:00+00:00",
    }
    assert "https://x/basvuru" in render("form_extended", "mail", language, params).text
    assert "https://x/sinavlar" in render("window_extended", "mail", language, params).text


@pytest.mark.parametrize(("language", "whole", "held"), [
    ("tr", "tamamını ödediyseniz", "eksik olduğu için inceleniyorsa yeniden ödeme yapmayın"),
    ("en", "have paid the whole fee", "too low and is under review, do not pay again"),
])  # fmt: skip
def test_r024_r127_the_mail_is_true_of_who_paid_the_whole_fee_and_of_who_paid_too_little(
    language: str, whole: str, held: str
) -> None:
    params = {"name": "Deniz", "term": "2025", "until": "2025-12-05T20:59:00+00:00", "base_url": "https://x"}
    text = render("form_extended", "mail", language, params).text
    assert (whole in text, held in text) == (True, True)


# --- payment and form ------------------------------------------------------------------------------------------------

CLOSED = civil("2025-11-22 09:00")  # the application window ended at midnight
FORM = civil("2025-11-26 00:00")
TCKN = factories.valid_tckn(901)


def paying(who: Member, term: Term, status: str = "pending", purpose: str = "application") -> Payment:
    row = Payment(
        code=new_code(), member_id=who.id, term_id=term.id, term_code=term.code, purpose=purpose, subject="1",
        amount_kurus=term.fee_kurus, status=status, created_at=civil("2025-11-19 10:00"),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def told() -> list[str]:
    rows = select(OutboxMessage.recipient).where(OutboxMessage.template == "form_extended")
    return sorted(db.session.scalars(rows))


def test_r127_who_was_paying_in_an_outage_pays_and_applies_later_and_nobody_else(app: Any, now: TestClock) -> None:
    term = factories.term()
    hit, late, other = (factories.member(email=f"{name}@example.org") for name in ("hit", "late", "other"))
    paid = factories.paid(late, term, civil("2025-11-21 20:00"))  # paid; the form could not be sent
    failed = paying(hit, term, "failed")
    db.session.add(BankOrder(order_id="o1", payment=failed, amount_kurus=1, opened_at=civil("2025-11-21 22:30")))
    db.session.commit()
    lost = Window(civil("2025-11-21 22:00"), civil("2025-11-22 00:00"))
    for person in (hit, other):
        with pytest.raises(Conflict):
            payments.application_quote(person, terms.term_of(person.id, term.code), now=CLOSED)
    assert extend(Wanted(None, Scope.OUTAGE, lost=lost, application_to=FORM), CLOSED, code=term.code) == 2
    assert told() == ["hit@example.org", "late@example.org"]
    quote = payments.application_quote(hit, terms.term_of(hit.id, term.code), now=CLOSED)
    assert (quote.amount_kurus, quote.term.application_to) == (term.fee_kurus, FORM)
    assert [offered.code for offered, offer in payments.offers(hit, now=CLOSED) if offer.open] == [term.code]
    here = enrolment.entry(late, term.code, now=CLOSED)
    assert (here.refused, here.term.application_to, here.entitlement) == (None, FORM, paid)
    assert enrolment.form_due(late, now=CLOSED) == term.code
    assert enrolment.form_due(late, now=FORM) is None
    assert not enrolment.entry(other, term.code, now=CLOSED).is_open
    assert enrolment.entry(late, term.code, now=FORM).refused is not None
    assert terms.current_term(term.code).application_to == term.application_to  # newcomers' stays
    assert payments.offers(other, now=CLOSED) == []


def test_r127_an_institution_that_was_paying_in_an_outage_pays_later_and_its_people_apply(
    app: Any, now: TestClock
) -> None:
    term = opened(civil("2025-03-03 09:00"))
    agent, person, seated = (factories.member(email=f"{name}@example.org") for name in ("agent", "person", "paid"))
    failed, settled = paying(agent, term, "failed", "group"), paying(agent, term, "paid", "group")
    for payment, who, number in ((failed, person, 1), (settled, seated, 2)):
        db.session.add(Seat(payment_id=payment.id, member_id=who.id, ordinal=1))
        order = BankOrder(order_id=f"o{number}", payment=payment, amount_kurus=1, opened_at=civil("2025-11-21 22:30"))
        db.session.add(order)
    right = Entitlement(
        payment=settled, member_id=seated.id, purpose="application", term_code=term.code, subject="1",
        paid_at=civil("2025-11-21 22:31"), opens_at=civil("2025-11-21 22:31"),
    )  # fmt: skip
    db.session.add(right)
    db.session.commit()
    lost = Window(civil("2025-11-21 22:00"), civil("2025-11-22 00:00"))
    assert extend(Wanted(None, Scope.OUTAGE, lost=lost, application_to=FORM), CLOSED, code=term.code) == 3
    assert told() == ["agent@example.org", "paid@example.org", "person@example.org"]
    here = enrolment.entry(seated, term.code, now=CLOSED)  # paid for in time, the form could not be sent
    assert (here.refused, here.term.application_to, here.entitlement) == (None, FORM, right)
    longer = terms.term_of(agent.id, term.code)

    def quote() -> Quote:
        return Quote(Purpose.GROUP, longer, "g", 53300, seats=((person.id, 1),), on_behalf_of="Örnek", again=quote)

    db.session.commit()
    agreed = payments.Consents(accepts_contract=True, accepts_immediate_performance=True)
    started = payments.start_payment(agent.actor("192.0.2.1"), quote(), agreed, now=CLOSED)
    answer = Inquiry("approved", auth_amount=53300, paid_at=CLOSED)
    payments.apply_answer(started.redirect.fields["orderid"], answer, now=CLOSED)
    assert (started.payment.status, started.payment.note) == ("paid", None)
    assert enrolment.entry(person, term.code, now=CLOSED).is_open


def test_r127_for_all_payment_and_form_with_what_was_paid_already(app: Any, now: TestClock) -> None:
    """Also the study window: who paid before and sends the form afterwards has the longer one (R127)."""
    term = factories.term()
    member = factories.member(email="paid@example.org")
    factories.paid(member, term, civil("2025-11-10 10:00"))
    pending = paying(factories.member(email="paying@example.org"), term)
    db.session.commit()
    at = civil("2025-11-20 10:00")
    assert extend(Wanted(LATER, Scope.ALL, application_to=FORM), at, code=term.code) == 2
    assert told() == ["paid@example.org", "paying@example.org"]
    newest = terms.current_term(term.code)
    assert (newest.application_to, newest.study_to) == (FORM, LATER)
    held = enrolment.entry(member, term.code, now=at).term
    assert (held.application_to, held.study_to) == (FORM, LATER)
    db.session.refresh(pending)
    assert pending.term.application_to == FORM  # what the bank takes after the old end counts (R014)


def too_low(who: Member, term: Term, channel: str, purpose: str = "application") -> str:
    """R024: a payment that waits for accounting; the code of what is decided: the card's payment, the branch's line."""
    if channel == "branch":
        data = branch_files.collection([branch_files.row(1, tckn=TCKN, amount=50000)])
        return branch.take_file(data, actor=manager(), now=civil("2025-11-11 09:00")).lines[0].code
    payment = paying(who, term, "paid", purpose)
    payment.note, payment.captured_kurus, payment.paid_at = "underpaid", 50000, payment.created_at
    db.session.commit()
    return payment.code


def complete(code: str, channel: str) -> None:
    with transaction():
        if channel == "branch":
            branch.decide(code, "completed", "Fark vezneye yatırıldı.", actor=manager(), now=CLOSED)
        else:
            acts.complete(code, reason="Fark vezneye yatırıldı.", actor=manager(), now=CLOSED)


def wanted(scope: Scope) -> Wanted:
    lost = Window(civil("2025-11-21 18:00"), civil("2025-11-21 20:00")) if scope is Scope.OUTAGE else None
    return Wanted(None, scope, numbers=TCKN, lost=lost, application_to=FORM)


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("channel", ["card", "branch"])
def test_r024_r127_a_payment_that_was_too_low_is_completed_in_the_longer_window(
    app: Any, now: TestClock, scope: Scope, channel: str
) -> None:
    term, person = factories.term(), factories.member(tckn=TCKN, email="low@example.org")
    db.session.commit()
    code = too_low(person, term, channel)
    assert extend(wanted(scope), civil("2025-11-21 21:00"), code=term.code) == 1
    assert told() == ["low@example.org"]
    complete(code, channel)
    here = enrolment.entry(person, term.code, now=CLOSED)
    assert (here.is_open, here.term.application_to) == (True, FORM)
    (mail,) = db.session.scalars(select(OutboxMessage.params).where(OutboxMessage.template == "payment_received"))
    assert datetime.fromisoformat(mail["form_until"]) == FORM


@pytest.mark.parametrize("scope", Scope)
def test_r024_r127_the_people_of_a_group_whose_payment_was_too_low_have_the_longer_window(
    app: Any, now: TestClock, scope: Scope
) -> None:
    term = factories.term()
    agent = factories.member(tckn=TCKN, email="agent@example.org")
    person = factories.member(email="person@example.org")
    code = too_low(agent, term, "card", "group")
    payment = db.session.scalars(select(Payment)).one()
    db.session.add(Seat(payment_id=payment.id, member_id=person.id, ordinal=1))
    db.session.commit()
    listed = scope is Scope.LISTED  # only the payer: what they pay for holds what is theirs
    assert extend(wanted(scope), civil("2025-11-21 21:00"), code=term.code) == (1 if listed else 2)
    assert told() == ["agent@example.org"] + ["person@example.org"] * (not listed)
    complete(code, "card")
    here = enrolment.entry(person, term.code, now=CLOSED)
    assert (here.is_open, here.term.application_to) == (True, FORM)
    (mail,) = db.session.scalars(select(OutboxMessage.params).where(OutboxMessage.template == "seat_paid"))
    assert datetime.fromisoformat(mail["form_until"]) == FORM


def test_r024_r127_who_paid_too_little_after_an_outage_or_was_answered_is_not_reached(app: Any, now: TestClock) -> None:
    term, late, answered = factories.term(), factories.member(), factories.member()
    too_low(late, term, "card")
    db.session.scalars(select(Payment)).one().paid_at = civil("2025-11-21 20:30")
    code = too_low(answered, term, "card")
    with transaction():
        acts.review(code, reason="Banka parayı geri gönderdi.", actor=manager(), now=civil("2025-11-20 10:00"))
    for scope, reached in ((Scope.OUTAGE, set()), (Scope.ALL, {late.id})):
        assert queries.without_form(term.code, wanted(scope).lost) == reached


@pytest.mark.parametrize("scope", Scope)
def test_r014_r127_what_was_being_paid_counts_when_the_bank_takes_it_in_the_longer_window(
    app: Any, now: TestClock, scope: Scope
) -> None:
    term, person = factories.term(), factories.member(tckn=TCKN)
    payment = paying(person, term)
    order = BankOrder(order_id="o1", payment=payment, amount_kurus=1, opened_at=civil("2025-11-21 19:30"))
    db.session.add(order)
    db.session.commit()
    assert extend(wanted(scope), civil("2025-11-21 21:00"), code=term.code) == 1
    payments.apply_answer("o1", Inquiry("approved", auth_amount=term.fee_kurus, paid_at=CLOSED), now=CLOSED)
    assert (payment.status, payment.note, payment.term.application_to) == ("paid", None, FORM)
    assert enrolment.entry(person, term.code, now=CLOSED).is_open


def test_d4_r127_a_second_payment_counts_for_who_was_approved_in_the_longer_window(app: Any, now: TestClock) -> None:
    person = factories.member(tckn=TCKN)
    term = factories.application(person, outcome="failed", outcome_at=civil("2025-03-24 10:00")).term
    second = paying(person, term, "paid")
    second.note, second.captured_kurus = "duplicate", term.fee_kurus
    payments.permit(person.id, term.code, 2, now=CLOSED)
    db.session.commit()
    given = {"reason": "Aday iki kez ödemişti; yeniden başvurusu onaylandı.", "actor": manager(), "now": CLOSED}
    with pytest.raises(Conflict, match=r"payment\.window_closed"), transaction():
        acts.attach(second.code, **given)
    extend(wanted(Scope.LISTED), CLOSED, code=term.code)
    with transaction():
        acts.attach(second.code, **given)
    here = enrolment.entry(person, term.code, now=CLOSED)
    assert (here.is_open, here.ordinal, here.term.application_to) == (True, 2, FORM)


def test_r127_people_of_a_list_are_found_by_their_number_and_shown_masked(
    app: Any, client: FlaskClient, now: TestClock
) -> None:
    now.set("2025-11-22 09:00")
    term, number, unknown = factories.term(), factories.valid_tckn(777_101), factories.valid_tckn(777_102)
    member = factories.member(tckn=number)
    db.session.commit()
    log_in(client, factories.member(staff_role="manager"))
    path = f"/yonetim/donemler/{term.code}/uzatma"
    typed = {"form_day": "2025-11-25", "scope": "listed", "numbers": f"{number}\n{unknown}"}
    text = client.post(path, data=typed).get_data(as_text=True)
    assert member.tckn_masked in text
    assert mask_tckn(unknown) in text
    token = text.split('name="token" type="hidden" value="')[1].split('"')[0]
    answer = client.post(path, data={**typed, "token": token, "uzat": "1", "reason": REASON})
    assert answer.status_code == 303
    assert terms.term_of(member.id, term.code).application_to == FORM
    entries = str([e.data for e in db.session.scalars(select(AuditEntry))])
    assert number not in entries
    for wrong in ({"form_day": ""}, {"form_day": "2025-11-21"}, {"form_day": "2025-12-20"}):
        assert client.post(path, data={**typed, **wrong}).status_code in (409, 422)


def test_a_term_of_any_size_is_taken_in_parts(candidate: Candidate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_CHUNK", 2)
    for _ in range(4):
        factories.application(at=civil("2025-03-05 09:00"))
    db.session.commit()
    assert extend(Wanted(LATER, Scope.ALL), candidate.now()) == 5
    assert {a.term.study_to for a in db.session.scalars(select(Application))} == {LATER}


def test_r127_who_lapsed_and_applied_again_is_left_alone(candidate: Candidate) -> None:
    old = candidate.application
    old.outcome, old.outcome_at = "lapsed", candidate.now()
    factories.application(old.member, ordinal=2)
    db.session.commit()
    wanted = Wanted(LATER, Scope.LISTED, old.number)
    with pytest.raises(Invalid) as refused:
        services.plan(old.term_code, wanted, now=candidate.now())
    assert refused.value.code == "extension.nobody"
