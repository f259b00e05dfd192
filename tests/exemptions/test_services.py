"""R116-R121: the request, the decision, and the answer that makes it count."""

import io
from datetime import datetime, timedelta

import pikepdf
import pytest
from apiflask import APIFlask
from PIL import Image
from sqlalchemy import select, update

from lms.attachments.formats import Clean
from lms.audit.models import AuditEntry
from lms.core import clock
from lms.core.access import Actor
from lms.core.db import db
from lms.core.errors import Conflict, Invalid, NotFound
from lms.core.files import files
from lms.exemptions import jobs, queries
from lms.exemptions.models import ExemptionRequest
from lms.exemptions.rules import Action, Decision, Reason, Status
from lms.exemptions.services import keeping, review
from lms.exemptions.services import requests as services
from lms.membership.models import Member
from lms.notifications.models import OutboxMessage
from lms.notifications.services import compose
from tests import factories
from tests.conftest import civil

pytestmark = pytest.mark.usefixtures("app")

ASKED = civil("2025-03-27 16:40")
DECIDED = civil("2025-03-28 10:00")
SENT = civil("2025-03-28 10:01")
YES = Decision(Action.APPROVE, status_proven=True, kinship_proven=True)
NO = Decision(Action.REJECT, Reason.KINSHIP_UNPROVEN, "Belge yakınlığı göstermiyor.")
MORE = Decision(Action.ASK_MORE, Reason.UNREADABLE)


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "#123c69").save(out, "PNG")
    return out.getvalue()


def pdf(pages: int = 2) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as document:
        for _ in range(pages):
            document.add_blank_page()
        document.save(out)
    return out.getvalue()


@pytest.fixture
def candidate(app: APIFlask) -> Member:
    factories.term()
    return factories.member(phone="+905321234567")


@pytest.fixture
def reviewer(app: APIFlask) -> Member:
    return factories.member(first_name="Ayşe", last_name="İnceler", staff_role="reviewer")


def sent(by: Member | Actor, *uploads: tuple[str, bytes]) -> list[Clean]:
    actor = by.actor() if isinstance(by, Member) else by
    return services.prepare(uploads or [("a.png", png())], actor=actor, now=ASKED)


def ask(candidate: Member, *, now: datetime = ASKED, relation: str = "veteran_child") -> ExemptionRequest:
    return services.request(
        term_code="ddta-2025-ilk",
        relation=relation,
        documents=sent(candidate, ("gazi kartı.png", png()), ("nüfus.pdf", pdf())),
        actor=candidate.actor(),
        now=now,
    )


def approve(row: ExemptionRequest, by: Actor, *, now: datetime = DECIDED) -> ExemptionRequest:
    return decide(row, by, YES, now=now)


def decide(row: ExemptionRequest, by: Actor, decision: Decision, *, now: datetime = DECIDED) -> ExemptionRequest:
    return review.decide(code=row.code, decision=decision, expected=review.seen(row), actor=by, now=now)


def outbox(template: str) -> list[OutboxMessage]:
    return list(db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == template)))


def send_all(at: datetime) -> None:
    db.session.execute(update(OutboxMessage).values(sent_at=at))


def test_R118_a_request_carries_the_membership_and_clean_documents(candidate: Member) -> None:
    row = ask(candidate)
    assert (row.status, row.email, row.phone) == ("requested", candidate.email, "+905321234567")
    assert [(d.label, d.media_type) for d in row.documents] == [
        ("gazi kartı.png", "image/png"),
        ("nüfus.pdf", "application/pdf"),
    ]
    assert all(files().read(d.file_key) for d in row.documents)
    assert all("gazi" not in d.file_key for d in row.documents)
    assert [m.recipient for m in outbox("exemption_received")] == [candidate.email]
    acts = db.session.scalars(select(AuditEntry.act).where(AuditEntry.subject_code == row.code)).all()
    assert acts == ["exemptions.requested"]


def test_a_file_that_no_row_names_is_swept_after_a_day_and_no_other(candidate: Member) -> None:
    failing = db.session.begin_nested()
    lost = [document.file_key for document in ask(candidate).documents]
    failing.rollback()
    kept = [document.file_key for document in ask(candidate).documents]
    assert keeping.sweep_files(clock.wall() + timedelta(hours=23)) == 0
    assert keeping.sweep_files(clock.wall() + timedelta(hours=25)) >= len(lost)
    assert [files().path(key).exists() for key in (*lost, *kept)] == [False, False, True, True]
    assert jobs.sweep_files(ASKED) == 0


def test_R117_another_relation_is_refused(candidate: Member) -> None:
    with pytest.raises(Invalid, match=r"exemption\.relation"):
        ask(candidate, relation="martyr_parent")


def test_R118_a_second_request_in_the_same_term_names_the_first(candidate: Member) -> None:
    first = ask(candidate)
    with pytest.raises(Conflict) as refused:
        ask(candidate)
    assert (refused.value.code, refused.value.params["id"]) == ("exemption.exists", first.code)


def test_R120_a_request_after_the_form_closed_is_useless(candidate: Member) -> None:
    ask(candidate, now=civil("2025-11-21 23:59"))
    other = factories.member()
    with pytest.raises(Conflict, match=r"exemption\.term_closed"):
        ask(other, now=civil("2025-11-22 00:00"))


def test_R119_the_exemption_begins_when_the_answer_was_sent(candidate: Member, reviewer: Member) -> None:
    row = ask(candidate)
    key = (candidate.id, "ddta-2025-ilk")
    assert services.pending(*key) is row
    approve(row, reviewer.actor())
    assert services.approved(*key) is None
    assert services.status_of(row) is Status.REQUESTED
    assert services.pending(*key) is row

    send_all(SENT)
    db.session.expire_all()
    found = services.approved(*key)
    assert found is not None
    assert found.answered_at == SENT
    assert services.pending(*key) is None
    assert [m.template for m in outbox("exemption_approved")] == ["exemption_approved"]


def test_R119_the_right_needs_no_job_and_the_job_stores_the_same_instant(candidate: Member, reviewer: Member) -> None:
    row = approve(ask(candidate), reviewer.actor())
    assert jobs.store_answers(SENT) == 0
    send_all(SENT)
    db.session.expire_all()
    assert services.own_request(candidate.actor(), row.code).answered_at == SENT
    assert not db.session.dirty
    db.session.commit()
    assert jobs.store_answers(SENT + timedelta(days=1)) == 1
    assert jobs.store_answers(SENT + timedelta(days=1)) == 0
    stored = db.session.scalar(select(ExemptionRequest.answered_at).where(ExemptionRequest.id == row.id))
    assert stored == SENT


def test_R119_rejected_means_the_normal_fee_and_a_new_request_may_follow(candidate: Member, reviewer: Member) -> None:
    row = ask(candidate)
    decide(row, reviewer.actor(), NO)
    assert services.status_of(row) is Status.REJECTED
    [mail] = outbox("exemption_rejected")
    assert "Yakınlık belgelerle kanıtlanamadı.\nBelge yakınlığı göstermiyor." in compose(mail).text
    assert services.pending(candidate.id, row.term_code) is None
    assert ask(candidate, now=DECIDED).id != row.id


def test_R118_more_documents_are_asked_for_and_added(candidate: Member, reviewer: Member) -> None:
    row = ask(candidate)
    decide(row, reviewer.actor(), MORE)
    assert row.status == "more_documents"
    assert "Gönderilen belge okunamıyor." in compose(outbox("exemption_more")[0]).text
    services.add_documents(
        code=row.code, documents=sent(candidate, ("nüfus.png", png())), actor=candidate.actor(), now=SENT
    )
    assert (row.status, len(row.documents), row.decided_by) == ("requested", 3, None)
    assert approve(row, reviewer.actor()).status == "approved"


def test_R119_of_two_reviewers_one_wins_and_the_other_is_told(candidate: Member, reviewer: Member) -> None:
    other = factories.member(staff_role="manager")
    row = ask(candidate)
    expected = review.seen(row)
    approve(row, reviewer.actor())
    with pytest.raises(Conflict) as refused:
        review.decide(code=row.code, decision=NO, expected=expected, actor=other.actor(), now=SENT)
    assert refused.value.code == "exemption.decided_by"
    assert refused.value.params == {"by": "Ayşe İnceler", "at": DECIDED}
    assert (row.status, row.decided_by) == ("approved", reviewer.id)
    assert not outbox("exemption_rejected")


def test_R118_a_decision_on_documents_not_seen_is_refused(candidate: Member, reviewer: Member) -> None:
    row = ask(candidate)
    expected = review.seen(row)
    services.add_documents(
        code=row.code, documents=sent(candidate, ("ek.png", png())), actor=candidate.actor(), now=ASKED
    )
    with pytest.raises(Conflict, match=r"exemption\.changed"):
        review.decide(code=row.code, decision=NO, expected=expected, actor=reviewer.actor(), now=DECIDED)


def test_R118_a_strangers_request_and_documents_are_not_found(candidate: Member) -> None:
    row = ask(candidate)
    stranger = factories.member().actor()
    with pytest.raises(NotFound):
        services.own_request(stranger, row.code)
    with pytest.raises(NotFound):
        services.own_document(stranger, row.documents[0].code)
    with pytest.raises(NotFound):
        services.add_documents(code=row.code, documents=sent(stranger), actor=stranger, now=ASKED)
    assert services.own_document(candidate.actor(), row.documents[0].code)[1]


def test_D20_the_queue_begins_with_what_becomes_useless_first(candidate: Member) -> None:
    factories.term(code="ddta-2025-yenileme", kind="renewal", application_to=civil("2025-04-12 00:00"))
    late = ask(candidate, now=civil("2025-03-26 09:12"))
    soon = services.request(
        term_code="ddta-2025-yenileme", relation="veteran", documents=sent(candidate),
        actor=factories.member().actor(), now=ASKED,
    )  # fmt: skip
    rows = review.queue([Status.REQUESTED], civil("2025-04-08 09:00"))
    assert [w.request.code for w in rows] == [soon.code, late.code]
    assert [(w.urgency.left, w.urgency.safe) for w in rows] == [(3, False), (rows[1].urgency.left, True)]


def test_D10_documents_are_erased_sixty_days_after_the_decision(candidate: Member, reviewer: Member) -> None:
    row = approve(ask(candidate), reviewer.actor())
    keys = [d.file_key for d in row.documents]
    db.session.commit()
    assert jobs.erase_documents(DECIDED + timedelta(days=60)) == 0
    assert jobs.erase_documents(DECIDED + timedelta(days=60, seconds=1)) == 2
    assert jobs.erase_documents(DECIDED + timedelta(days=61)) == 0
    assert not any(files().path(key).exists() for key in keys)
    assert queries.document(row.documents[0].code) is None
    [record] = db.session.scalars(select(AuditEntry).filter_by(act="exemptions.evidence_erased"))
    assert (record.subject_code, record.data, record.actor_kind) == (
        row.code,
        {"documents": 2, "barcodes": 0},
        "system",
    )
