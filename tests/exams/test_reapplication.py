"""R099-R101, D-16, D-4: applying again by form and by mail, exempt or not, decided once, up to the last minute."""

import pytest

from lms.audit import queries as audit
from lms.core.db import db, transaction
from lms.core.errors import Conflict
from lms.enrolment import services as enrolment
from lms.enrolment.models import Application
from lms.exams.models import Attempt
from lms.exams.queries.reapplication import requests_by_status
from lms.exams.services import annulment, attempts, reapplication
from lms.exemptions.models import ExemptionRequest
from lms.exemptions.rules import Source
from lms.mailroom.rules import Mailbox
from lms.mailroom.services import intake
from lms.membership.models import Member
from lms.notifications.services import compose
from lms.payments.queries import permitted_ordinal
from tests import factories
from tests.conftest import civil
from tests.exams.conftest import trained
from tests.exams.test_services import WORDS, ask, messages
from tests.mailroom.letters import letter
from tests.together import at_once

LAST_EVENING = civil("2025-11-21 23:30")


@pytest.fixture
def reviewer(app):
    return factories.member(first_name="Ayşe", last_name="İnceler", staff_role="reviewer")


def exempted(member: Member) -> None:
    at = civil("2025-02-03 10:00")
    db.session.add(
        ExemptionRequest(
            code="ex", member_id=member.id, term_id=factories.term().id, term_code=factories.term().code, relation="veteran",
            email=member.email, status="approved", requested_at=at, decided_at=at, answer_dedupe="x", answered_at=at,
            status_proven=True, kinship_proven=True,
        )
    )  # fmt: skip
    db.session.flush()


def test_R099_a_request_by_mail_counts_from_its_arrival(failed, reviewer):
    arrived = civil("2025-11-21 23:58")
    asked = reapplication.request_reapplication(
        failed.application.code, WORDS, actor=failed.actor, now=civil("2025-11-22 00:01"), arrived_at=arrived,
        source=Source.MAIL,
    )  # fmt: skip
    assert (asked.source, asked.requested_at) == ("mail", arrived)
    assert not messages("reapplication_received")  # a mail is answered in its thread
    with pytest.raises(Conflict, match=r"reapplication\.window_closed"):  # read after midnight: of no use any more
        reapplication.decide_reapplication(
            asked.code, "approve", reason="", actor=reviewer.actor(), now=civil("2025-11-22 00:01")
        )


def test_R099_a_mail_of_who_failed_three_times_is_a_request_from_its_arrival(failed):
    db.session.commit()
    arrived, taken = civil("2025-11-21 23:58"), civil("2025-11-22 00:03")
    raw = letter(
        "Üç sınavda da başarısız oldum, yeniden başvurmak istiyorum.",
        sender=failed.member.email,
        subject="Yeniden başvuru",
    )
    mail, _new = intake.take(raw, mailbox=Mailbox.BILGI, delivered_at=arrived, now=taken)
    asked = requests_by_status("requested")[0]
    assert (mail.outcome, mail.case_code, asked.source, asked.requested_at) == (
        "reapplication",
        asked.code,
        "mail",
        arrived,
    )
    again, _new = intake.take(
        letter("Yeniden başvuru?", sender=failed.member.email, message_id="<m2@x>"), mailbox=Mailbox.BILGI, now=taken
    )
    assert (again.outcome, len(requests_by_status("requested"))) == ("ticket", 1)


def test_R099_an_approval_on_the_last_evening_leaves_half_an_hour(failed, reviewer):
    asked = ask(failed)
    reapplication.decide_reapplication(asked.code, "approve", reason="", actor=reviewer.actor(), now=LAST_EVENING)
    assert permitted_ordinal(failed.member.id, asked.application.term_code) == 2
    factories.paid(failed.member, asked.application.term, civil("2025-11-21 23:31"), subject="2")
    term_code = asked.application.term_code
    assert enrolment.entry(failed.member, term_code, now=civil("2025-11-21 23:59")).is_open
    assert not enrolment.entry(failed.member, term_code, now=civil("2025-11-22 00:00")).is_open


def test_D16_an_exempt_person_declares_waits_for_the_approval_and_pays_nothing(failed, reviewer):
    exempted(failed.member)
    asked = reapplication.request_reapplication(
        failed.application.code, WORDS, actor=failed.actor, now=failed.now(), exempt_declared=True
    )
    term_code = asked.application.term_code
    assert asked.exempt_declared
    assert not enrolment.entry(failed.member, term_code, now=failed.now()).is_open
    reapplication.decide_reapplication(asked.code, "approve", reason="", actor=reviewer.actor(), now=failed.now())
    here = enrolment.entry(failed.member, term_code, now=failed.now())
    assert (here.is_open, here.ordinal, here.entitlement) == (True, 2, None)
    assert "yeniden ödeme yapmazsınız" in compose(messages("reapplication_approved")[0]).text


def test_D16_a_mail_declares_nothing_so_the_person_is_asked_and_approved_only_then(failed, reviewer, become):
    exempted(failed.member)
    db.session.commit()
    raw = letter(
        "Üç sınavda da başarısız oldum, yeniden başvurmak istiyorum.",
        sender=failed.member.email,
        subject="Yeniden başvuru",
    )
    intake.take(raw, mailbox=Mailbox.BILGI, delivered_at=failed.now(), now=failed.now())
    [asked] = requests_by_status("requested")
    assert "muafiyetinizin dayandığı durumun sürdüğünü beyan edin" in compose(messages("mail_reapplication")[0]).text
    with pytest.raises(Conflict, match=r"reapplication\.undeclared"):
        reapplication.decide_reapplication(asked.code, "approve", reason="", actor=reviewer.actor(), now=failed.now())
    assert become(factories.member()).post(f"/yeniden-basvuru/{asked.code}/beyan").status_code == 404
    person = become(failed.member)
    assert "Beyanınızı bekliyoruz" in person.get("/yeniden-basvuru").text
    assert "Muafiyetinizin sürdüğünü beyan edin" in person.get("/").text
    assert person.post(f"/yeniden-basvuru/{asked.code}/beyan").status_code == 303
    assert person.post(f"/yeniden-basvuru/{asked.code}/beyan").status_code == 303
    assert "Beyanınızı bekliyoruz" not in person.get("/yeniden-basvuru").text
    trail = [entry.act for entry in audit.of_subject("application", asked.application.code)]
    assert trail.count("exams.reapplication_declared") == 1
    reapplication.decide_reapplication(asked.code, "approve", reason="", actor=reviewer.actor(), now=failed.now())
    [answer] = messages("reapplication_approved")
    assert answer.replies_to == "<m1@example.org>"  # the decision goes where the question came from


def test_R098_an_application_that_is_open_again_is_not_approved_for_another(failed, reviewer):
    asked = ask(failed)
    annulment.annul(
        failed.code(3),
        kind="technical",
        cause="outage",
        reason="Sınav merkezinde elektrik kesildi.",
        actor=reviewer.actor(),
        now=failed.now(),
    )
    with pytest.raises(Conflict, match=r"reapplication\.not_failed"):
        reapplication.decide_reapplication(asked.code, "approve", reason="", actor=reviewer.actor(), now=failed.now())
    assert permitted_ordinal(failed.member.id, asked.application.term_code) == 1
    decided = reapplication.decide_reapplication(
        asked.code, "reject", reason="Sınav hakkınız iade edildi.", actor=reviewer.actor(), now=failed.now()
    )
    assert decided.status == "rejected"


def test_R098_an_approval_waits_again_while_the_application_is_open_again(failed, reviewer):
    asked = ask(failed)
    term_code, member = asked.application.term_code, failed.member

    def approve():
        reapplication.decide_reapplication(asked.code, "approve", reason="", actor=reviewer.actor(), now=failed.now())

    def annul():
        annulment.annul(
            failed.code(3), kind="technical", cause="outage", reason="Sınav merkezinde elektrik kesildi.",
            actor=reviewer.actor(), now=failed.now(),
        )  # fmt: skip

    approve()
    annul()
    db.session.refresh(asked)
    assert (asked.status, asked.decided_at, permitted_ordinal(member.id, term_code)) == ("requested", None, 1)
    trail = [entry.act for entry in audit.of_subject("application", asked.application.code)]
    assert "exams.reapplication_suspended" in trail
    db.session.commit()
    failed.now.set("2025-03-18 12:00")
    for act in (attempts.start, attempts.complete):  # sat again, and left blank
        with transaction():
            act(f"{failed.code(3)}.2", actor=failed.actor, now=failed.now())
    approve()  # failed again: it counts again, and is told again
    assert len(messages("reapplication_approved")) == 2
    assert permitted_ordinal(member.id, term_code) == 2


def test_R098_what_was_paid_after_the_approval_stays(failed, reviewer):
    asked = ask(failed)
    reapplication.decide_reapplication(asked.code, "approve", reason="", actor=reviewer.actor(), now=failed.now())
    factories.paid(failed.member, asked.application.term, failed.now(), subject="2")
    reapplication.suspend(asked.application, actor=reviewer.actor(), now=failed.now())
    assert (asked.status, permitted_ordinal(failed.member.id, asked.application.term_code)) == ("approved", 2)


def test_R127_the_window_of_a_term_that_was_extended_counts(failed, reviewer):
    late = civil("2025-11-24 10:00")
    factories.term().superseded_at = failed.now()
    db.session.flush()
    factories.term(
        version=2, application_to=factories.midnight(2025, 11, 27), study_to=factories.midnight(2025, 12, 20)
    )
    asked = reapplication.request_reapplication(failed.application.code, WORDS, actor=failed.actor, now=late)
    reapplication.decide_reapplication(asked.code, "approve", reason="", actor=reviewer.actor(), now=late)
    assert "27 Kasım 2025 Perşembe, 00.00" in compose(messages("reapplication_approved")[0]).text


def test_D16_who_is_not_exempt_declares_nothing(failed, reviewer):
    asked = reapplication.request_reapplication(
        failed.application.code, WORDS, actor=failed.actor, now=failed.now(), exempt_declared=True
    )
    assert not asked.exempt_declared
    reapplication.decide_reapplication(asked.code, "approve", reason="", actor=reviewer.actor(), now=failed.now())
    assert "Hizmet bedelini yeniden yatırmanız" in compose(messages("reapplication_approved")[0]).text


def test_D16_the_page_asks_an_exempt_person_for_the_declaration(failed, become):
    exempted(failed.member)
    client = become(failed.member)
    assert "Ücret muafiyetimin dayandığı" in client.get("/yeniden-basvuru").text
    refused = client.post("/yeniden-basvuru", data={"explanation": WORDS})
    assert refused.status_code == 422
    assert "muafiyet beyanınızı" in refused.text
    assert client.post("/yeniden-basvuru", data={"explanation": WORDS, "exempt_declared": "y"}).status_code == 303
    client = become(factories.member(staff_role="reviewer"))
    [asked] = requests_by_status("requested")
    assert "beyan etti" in client.get(f"/yonetim/yeniden-basvuru/{asked.code}").text
    assert "iş günü" in client.get("/yonetim/yeniden-basvuru").text


def test_R099_who_decides_later_is_told_who_was_quicker(failed, reviewer):
    asked = ask(failed)
    reapplication.decide_reapplication(asked.code, "approve", reason="", actor=reviewer.actor(), now=failed.now())
    with pytest.raises(Conflict) as refused:
        reapplication.decide_reapplication(
            asked.code, "reject", reason="Dönem sonu", actor=factories.member().actor(), now=failed.now()
        )
    assert refused.value.code == "reapplication.decided_by"
    assert refused.value.params == {"by": "Ayşe İnceler", "at": failed.now()}


def three_fails() -> Application:
    application = factories.application(outcome="failed", outcome_at=civil("2025-03-17 09:10"))
    trained(application, civil("2025-03-06 11:00"))
    for ordinal, day in ((1, "2025-03-08"), (2, "2025-03-16"), (3, "2025-03-17")):
        at, end = civil(f"{day} 09:00"), civil(f"{day} 09:10")
        db.session.add(
            Attempt(
                code=f"{application.code}-{ordinal}", application_id=application.id, member_id=application.member_id, ordinal=ordinal,
                available_at=at, started_at=at, ends_at=civil(f"{day} 09:20"), question_count=10, pass_mark=70, state="finished",
                finalised_at=end, correct=0, score=0, passed=False,
            )
        )  # fmt: skip
    return application


def test_R099_of_two_staff_at_the_same_moment_one_wins(live_database):
    app = live_database()
    with app.app_context(), transaction():
        application = three_fails()
        asked = reapplication.ReapplicationRequest(
            code="asked", application_id=application.id, member_id=application.member_id, explanation=WORDS,
            status="requested", requested_at=civil("2025-03-18 09:00"), source="form",
        )  # fmt: skip
        db.session.add(asked)
        actors = [factories.member(staff_role=role).actor() for role in ("reviewer", "manager")]
        key = (application.member_id, application.term_code)

    def act(number):
        what, actor = ("approve", "reject")[number], actors[number]
        reapplication.decide_reapplication(
            "asked", what, reason="Yeterli değil.", actor=actor, now=civil("2025-03-19 09:00")
        )

    assert at_once(app, 2, act) == ["reapplication.decided_by", "won"]
    with app.app_context():
        approved = requests_by_status("approved")
        assert permitted_ordinal(*key) == (2 if approved else 1)
