"""R116-R121 deeper: two persons, barcodes, an earlier right declared to hold, lost answers, requests by mail, erasure."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import select, update

from lms.audit.models import AuditEntry
from lms.core.access import SYSTEM
from lms.core.db import db, transaction
from lms.core.errors import Conflict, Invalid, NotFound
from lms.exemptions import jobs, queries
from lms.exemptions.models import ExemptionBarcode, ExemptionRequest
from lms.exemptions.rules import Action, Decision, Reason, Status
from lms.exemptions.services import requests, review
from lms.exemptions.services.requests import Asked, Posted
from lms.membership.models import Member
from lms.notifications import services as notifications
from lms.notifications.models import OutboxMessage
from tests import factories
from tests.conftest import civil
from tests.exemptions.test_services import ASKED, DECIDED, SENT, YES, approve, ask, decide, outbox, png, send_all, sent
from tests.together import at_once

TERM = "ddta-2025-ilk"
NEXT = "ddta-2026-ilk"
BARCODE = "YOK12345678"


@pytest.fixture
def candidate(app: APIFlask) -> Member:
    factories.term()
    return factories.member()


@pytest.fixture
def reviewer(app: APIFlask) -> Member:
    return factories.member(first_name="Ayşe", last_name="İnceler", staff_role="reviewer")


@pytest.fixture
def manager(app: APIFlask) -> Member:
    return factories.member(first_name="Can", last_name="Yönetir", staff_role="manager")


# --- two persons -------------------------------------------------------------------------------------------------------


def in_a_term_of_two(candidate: Member) -> ExemptionRequest:
    factories.term().exemption_two_persons = True
    return ask(candidate)


def test_R119_where_two_persons_decide_nothing_is_sent_before_the_second(
    candidate: Member, reviewer: Member, manager: Member
) -> None:
    row = in_a_term_of_two(candidate)
    approve(row, reviewer.actor())
    assert (row.status, row.first_by, row.decided_by, row.answer_dedupe) == ("confirming", reviewer.id, None, None)
    assert requests.status_of(row) is Status.REQUESTED
    assert outbox("exemption_approved") == []
    with pytest.raises(Conflict, match=r"exemption\.four_eyes"):
        approve(row, reviewer.actor())
    approve(row, manager.actor(), now=SENT)
    assert (row.status, row.first_by, row.decided_by) == ("approved", reviewer.id, manager.id)
    assert len(outbox("exemption_approved")) == 1
    acts = db.session.scalars(select(AuditEntry.act).filter_by(subject_code=row.code).order_by(AuditEntry.id)).all()
    assert acts == ["exemptions.requested", "exemptions.proposed", "exemptions.approved"]


def test_R119_the_second_person_may_send_it_back_and_the_first_may_then_ask(
    candidate: Member, reviewer: Member, manager: Member
) -> None:
    row = approve(in_a_term_of_two(candidate), reviewer.actor())
    decide(row, manager.actor(), Decision(Action.SEND_BACK, reason="İkinci sayfa eksik görünüyor."))
    assert (row.status, row.first_by, row.decided_by) == ("requested", None, manager.id)
    approve(row, manager.actor(), now=SENT)  # who sent it back may be the first of the next two
    assert (row.status, row.first_by, row.decided_by) == ("confirming", manager.id, None)
    assert approve(row, reviewer.actor(), now=SENT).status == "approved"


def test_R118_documents_that_come_after_the_first_approval_are_read_first(candidate: Member, reviewer: Member) -> None:
    row = approve(in_a_term_of_two(candidate), reviewer.actor())
    requests.add_documents(code=row.code, documents=sent(candidate), actor=candidate.actor(), now=SENT)
    assert (row.status, row.first_by) == ("requested", None)


# --- barcodes ----------------------------------------------------------------------------------------------------------


def by_barcode(candidate: Member) -> ExemptionRequest:
    return requests.request(
        term_code=TERM, relation="veteran", documents=[], barcodes=[BARCODE], actor=candidate.actor(), now=ASKED
    )


def test_R118_a_barcode_is_evidence_once_somebody_looked_it_up(candidate: Member, reviewer: Member) -> None:
    row = by_barcode(candidate)
    [barcode] = row.barcodes
    assert BARCODE.encode() not in (barcode.sealed or b"")
    assert review.open_evidence(row, actor=reviewer.actor(), now=DECIDED).barcodes == {barcode.code: BARCODE}
    with pytest.raises(Invalid, match="barcode_unverified"):
        approve(row, reviewer.actor())
    review.verify_barcode(row.code, barcode.code, actor=reviewer.actor(), now=DECIDED)
    assert (barcode.verified_by, barcode.verified_at) == (reviewer.id, DECIDED)
    with pytest.raises(Conflict, match="barcode_verified_by") as refused:
        review.verify_barcode(row.code, barcode.code, actor=factories.member().actor(), now=SENT)
    assert refused.value.params == {"by": "Ayşe İnceler", "at": DECIDED}
    assert approve(row, reviewer.actor()).status == "approved"
    with pytest.raises(NotFound):
        review.verify_barcode(row.code, "nobodys", actor=reviewer.actor(), now=SENT)
    trail = db.session.scalars(select(AuditEntry).filter_by(subject_code=row.code)).all()
    assert not any(BARCODE in str(entry.data) for entry in trail)


def test_R118_a_request_without_any_evidence_is_refused_by_the_service_too(candidate: Member) -> None:
    with pytest.raises(Invalid, match="no_document"):
        requests.request(term_code=TERM, relation="veteran", documents=[], actor=candidate.actor(), now=ASKED)


def test_D10_a_barcode_is_forgotten_with_the_documents(candidate: Member, reviewer: Member) -> None:
    row = by_barcode(candidate)
    review.verify_barcode(row.code, row.barcodes[0].code, actor=reviewer.actor(), now=DECIDED)
    approve(row, reviewer.actor())
    db.session.commit()
    over = DECIDED + timedelta(days=60, seconds=1)
    assert jobs.erase_documents(over) == 1
    assert jobs.erase_documents(over) == 0
    stored = db.session.scalars(select(ExemptionBarcode)).one()
    assert (stored.sealed, stored.erased_at) == (None, over)
    assert review.open_evidence(row, actor=reviewer.actor(), now=over).barcodes == {}


# --- an earlier right --------------------------------------------------------------------------------------------------


def next_term() -> None:
    factories.term(
        code=NEXT, application_from=civil("2026-01-08 00:00"), application_to=civil("2026-11-21 00:00"),
        study_from=civil("2026-01-09 00:00"), study_to=civil("2026-11-28 00:00"),
    )  # fmt: skip


def test_R116_an_approved_right_is_declared_to_hold_and_used_again(candidate: Member, reviewer: Member) -> None:
    first = approve(ask(candidate), reviewer.actor())
    next_term()
    year_later = civil("2026-02-02 10:00")
    with pytest.raises(Conflict, match="nothing_earlier"):  # the answer was never sent: nothing was approved
        requests.request_again(term_code=NEXT, actor=candidate.actor(), now=year_later)
    send_all(SENT)
    db.session.expire_all()
    row = requests.request_again(term_code=NEXT, actor=candidate.actor(), now=year_later)
    assert (row.earlier_id, row.relation, row.documents, row.status) == (first.id, "veteran_child", [], "requested")
    assert requests.approved(candidate.id, NEXT) is None
    approve(row, reviewer.actor(), now=year_later)
    send_all(year_later)
    db.session.expire_all()
    assert requests.approved(candidate.id, NEXT) is not None
    with pytest.raises(Conflict, match=r"exemption\.exists"):
        requests.request_again(term_code=NEXT, actor=candidate.actor(), now=year_later)


def test_R119_a_refused_request_is_no_earlier_right(candidate: Member, reviewer: Member) -> None:
    decide(ask(candidate), reviewer.actor(), Decision(Action.REJECT, Reason.NO_ANSWER))
    send_all(SENT)
    assert requests.reusable(candidate.id) is None


# --- lost answers ------------------------------------------------------------------------------------------------------


def came_back(candidate: Member, reviewer: Member) -> ExemptionRequest:
    row = approve(ask(candidate), reviewer.actor())
    send_all(SENT)
    [answer] = outbox("exemption_approved")
    assert notifications.bounced(f"<{answer.message_id}@segem.org.tr>", at=SENT, reason="550 no such user")
    db.session.expire_all()
    return row


def test_R119_an_answer_that_came_back_is_shown_and_the_right_stays(candidate: Member, reviewer: Member) -> None:
    row = came_back(candidate, reviewer)
    [waiting] = review.lost_answers(DECIDED)
    assert waiting.request.code == row.code
    assert waiting.lost == queries.Lost(SENT, "550 no such user", came_back=True)
    assert queries.count_lost(DECIDED) == (1, DECIDED)
    assert queries.count_lost(civil("2025-11-22 00:00"))[0] == 0  # the form closed: nothing can be saved any more
    found = requests.approved(candidate.id, TERM)
    assert found is not None
    assert found.answered_at == SENT


def test_R119_a_lost_answer_goes_to_a_corrected_address_once(candidate: Member, reviewer: Member) -> None:
    row = came_back(candidate, reviewer)
    before = row.answer_dedupe or ""
    with pytest.raises(Invalid):
        review.send_again(code=row.code, email="deniz@", expected=before, actor=reviewer.actor(), now=SENT)
    review.send_again(code=row.code, email="yeni@example.org", expected=before, actor=reviewer.actor(), now=SENT)
    assert [m.recipient for m in outbox("exemption_approved")] == [candidate.email, "yeni@example.org"]
    assert (row.email, row.answered_at) == ("yeni@example.org", SENT)
    assert queries.lost([row]) == {}
    with pytest.raises(Conflict, match="not_lost"):
        review.send_again(code=row.code, email="a@example.org", expected=before, actor=reviewer.actor(), now=SENT)


def test_R119_an_answer_that_never_left_begins_the_right_when_it_leaves_again(
    candidate: Member, reviewer: Member
) -> None:
    row = approve(ask(candidate), reviewer.actor())
    db.session.execute(update(OutboxMessage).values(failed_at=SENT, error="connection refused"))
    [waiting] = review.lost_answers(DECIDED)
    assert waiting.lost == queries.Lost(SENT, "connection refused", came_back=False)
    again = SENT + timedelta(days=2)
    review.send_again(
        code=row.code, email=row.email, expected=row.answer_dedupe or "", actor=reviewer.actor(), now=again
    )
    assert requests.approved(candidate.id, TERM) is None
    db.session.execute(
        update(OutboxMessage).where(OutboxMessage.dedupe == f"{row.answer_dedupe}/mail").values(sent_at=again)
    )
    db.session.expire_all()
    found = requests.approved(candidate.id, TERM)
    assert found is not None
    assert found.answered_at == again


# --- by mail -----------------------------------------------------------------------------------------------------------


def test_R118_a_request_by_mail_counts_from_its_arrival(candidate: Member) -> None:
    arrived, read = civil("2025-11-21 23:58"), civil("2025-11-22 00:03")
    row = requests.request_by_mail(
        candidate, Asked(TERM, "martyr_child"), Posted(sent(candidate), arrived), actor=SYSTEM, now=read
    )
    assert (row.source, row.requested_at, len(row.documents)) == ("mail", arrived, 1)
    late = factories.member()
    with pytest.raises(Conflict, match="term_closed"):
        requests.request_by_mail(
            late, Asked(TERM, "martyr_child"), Posted(sent(late), civil("2025-11-22 00:00")), actor=SYSTEM, now=read
        )


def test_R118_what_comes_by_mail_to_a_waiting_request_is_added(candidate: Member, reviewer: Member) -> None:
    row = ask(candidate)
    said = (candidate, Asked(TERM, "veteran_child"), Posted(sent(candidate, ("ek.png", png())), SENT, thread="<m1@x>"))
    assert requests.request_by_mail(*said, actor=SYSTEM, now=SENT).id == row.id
    assert len(row.documents) == 3
    approve(row, reviewer.actor())
    sent_answers = {one.template: one.replies_to for one in db.session.scalars(select(OutboxMessage))}
    assert sent_answers == {"exemption_received": None, "exemption_added": "<m1@x>", "exemption_approved": "<m1@x>"}
    with pytest.raises(Conflict, match=r"exemption\.exists"):
        requests.request_by_mail(*said, actor=SYSTEM, now=SENT)


def test_R120_an_approval_after_the_form_closed_is_useless_and_a_refusal_is_left(
    candidate: Member, reviewer: Member
) -> None:
    row, late = ask(candidate), civil("2025-11-22 00:00")
    with pytest.raises(Conflict, match=r"exemption\.term_closed"):
        approve(row, reviewer.actor(), now=late)
    refuse = Decision(Action.REJECT, Reason.NO_ANSWER)
    assert review.decide(code=row.code, decision=refuse, expected=review.seen(row), actor=reviewer.actor(), now=late).status == "rejected"  # fmt: skip


def test_R127_a_window_that_was_extended_is_the_requests_window_too(candidate: Member, reviewer: Member) -> None:
    row, late = ask(candidate), civil("2025-11-24 10:00")
    factories.term().superseded_at = ASKED
    db.session.flush()
    factories.term(
        version=2, application_to=factories.midnight(2025, 11, 27), study_to=factories.midnight(2025, 12, 20)
    )
    [waiting] = review.queue((Status.REQUESTED,), late)
    assert (waiting.urgency.last_day.isoformat(), waiting.urgency.left) == ("2025-11-26", 2)
    approve(row, reviewer.actor(), now=late)
    told = db.session.scalars(select(OutboxMessage).filter_by(template="exemption_approved")).one()
    assert told.params["last_day"] == "2025-11-26"


# --- the queue ---------------------------------------------------------------------------------------------------------


def test_D20_the_queue_is_paged_and_filtered_by_term(candidate: Member) -> None:
    next_term()
    codes = [ask(factories.member(), now=ASKED + timedelta(minutes=n)).code for n in range(3)]
    other = requests.request(
        term_code=NEXT, relation="veteran", documents=sent(candidate), actor=candidate.actor(), now=ASKED
    )
    pages = [review.queue([Status.REQUESTED], ASKED, page=n, size=2) for n in (1, 2, 3)]
    assert [[w.request.code for w in page] for page in pages] == [codes[:2], [codes[2], other.code], []]
    assert [w.request.code for w in review.queue([Status.REQUESTED], ASKED, term_code=NEXT)] == [other.code]
    assert [code for code, _name in queries.terms_asked_for()] == [NEXT, TERM]


# --- two at once -------------------------------------------------------------------------------------------------------


def test_R119_of_two_staff_at_the_same_moment_one_wins(live_database: Callable[[], APIFlask]) -> None:
    app = live_database()
    with app.app_context():
        with transaction():
            factories.term()
            people = [factories.member(staff_role="reviewer"), factories.member(staff_role="manager")]
            actors = [person.actor() for person in people]
            owner = factories.member()
        documents = sent(owner)
        with transaction():
            row = requests.request(
                term_code=TERM, relation="veteran", documents=documents, actor=owner.actor(), now=ASKED
            )
            code, expected = row.code, review.seen(row)

    def act(number: int) -> None:
        review.decide(code=code, decision=YES, expected=expected, actor=actors[number], now=DECIDED)

    assert at_once(app, 2, act) == ["exemption.decided_by", "won"]
    with app.app_context():
        assert len(outbox("exemption_approved")) == 1
