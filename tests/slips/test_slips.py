"""Bank slips: by mail or upload, each at its arrival; decided once, told to who sent it (R045, D-8)."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from lms.attachments.models import RefusedUpload
from lms.audit import queries as audit
from lms.core.db import db, transaction
from lms.mailroom.models import InboundMail
from lms.mailroom.rules import Mailbox
from lms.mailroom.services import intake
from lms.membership.models import Member
from lms.notifications.models import OutboxMessage
from lms.notifications.services import compose
from lms.slips import jobs, rules, services
from lms.slips.models import BankSlip
from tests import factories
from tests.conftest import civil
from tests.mailroom.letters import letter, png
from tests.mailroom.test_intake import ARRIVED, NOW, PROOF, TCKN
from tests.people import Browser
from tests.together import at_once

Become = Callable[[Member | None], Browser]


@pytest.fixture
def deniz(app: APIFlask) -> Member:
    with transaction():
        factories.term()
        return factories.member(tckn=TCKN, email="deniz@example.org")


def clerk(role: str, **names: str) -> Member:
    with transaction():
        return factories.member(staff_role=role, **names)


def by_mail(**changes: object) -> BankSlip:
    mail: InboundMail = intake.take(letter(files=PROOF, **changes), mailbox=Mailbox.MUHASEBE, now=NOW)[0]  # type: ignore[arg-type]
    return db.session.scalars(select(BankSlip).filter_by(code=mail.case_code)).one()


def answers() -> list[OutboxMessage]:
    return list(db.session.scalars(select(OutboxMessage).filter_by(template="slip_decided").order_by(OutboxMessage.id)))


def test_R045_an_upload_counts_from_its_arrival_and_is_followed_on_the_page(deniz: Member, become: Become) -> None:
    person = become(deniz)
    assert "Dekont gönder" in person.get("/odemelerim").text
    assert "muhasebe@segem.org.tr" in person.get("/odemelerim/dekont").text
    nothing = person.post("/odemelerim/dekont", data={})
    assert nothing.status_code == 422
    assert "Dekontun dosyasını ekleyin" in nothing.text
    bad = person.post("/odemelerim/dekont", data={"documents": [(io.BytesIO(b"MZ"), "dekont.exe")]})
    assert bad.status_code == 422
    assert db.session.scalars(select(RefusedUpload)).one().place == "slips"
    sent = person.post("/odemelerim/dekont", data={"documents": [(io.BytesIO(png()), "dekont.png")]})
    assert sent.status_code == 303
    slip = db.session.scalars(select(BankSlip)).one()
    assert (slip.member_id, slip.source, slip.status, len(slip.documents)) == (deniz.id, "form", "waiting", 1)
    assert "inceleniyor" in person.get("/odemelerim").text
    money = clerk("accountant").actor()
    with transaction():
        services.decide(slip.code, "refuse", "Kurum kodu başka.", expected=services.seen(slip), actor=money, now=NOW)
    assert "Kurum kodu başka." in person.get("/odemelerim/dekont").text
    [told] = answers()
    assert (told.recipient, told.replies_to) == ("deniz@example.org", None)
    assert "Kurum kodu başka." in compose(told).text
    assert slip.code not in become(factories.member()).get("/odemelerim/dekont").text


def test_nobody_fills_the_queue_alone(deniz: Member, become: Become) -> None:
    person = become(deniz)
    for _ in range(rules.MOST_WAITING):
        assert person.post("/odemelerim/dekont", data={"documents": [(io.BytesIO(png()), "d.png")]}).status_code == 303
    more = person.post("/odemelerim/dekont", data={"documents": [(io.BytesIO(png()), "d.png")]})
    assert more.status_code == 409
    assert "aynı anda inceleme bekleyebilir" in more.text


def test_R045_accounting_decides_a_slip_once_and_gives_nobodys_to_its_person(deniz: Member, become: Become) -> None:
    slip = by_mail(sender="esim@example.net")
    money = become(clerk("accountant"))
    assert "Kime ait olduğu bilinmiyor" in money.get("/yonetim/dekontlar").text
    page = f"/yonetim/dekontlar/{slip.code}"

    def post(path: str, **data: str) -> int:
        return money.post(path, data={"expected": services.seen(slip), **data}).status_code

    assert post(page, karar="kabul") == 422  # whose payment would it prove?
    mistyped = money.post(f"{page}/uye", data={"tckn": "12345678901"}).text
    assert f'<form method="post" action="{page}"' in mistyped  # to decide after a slip of typing
    assert 'value="12345678901"' in mistyped
    assert post(f"{page}/uye", tckn="") == 422
    assert post(f"{page}/uye", tckn=factories.valid_tckn(970)) == 422
    assert post(f"{page}/uye", tckn=TCKN) == 303
    assert services.in_time([slip]) == {slip.id: True}
    assert slip.decided_at is not None  # who touched it last; nothing is decided, so nothing is erased
    assert jobs.tidy(slip.decided_at + timedelta(days=61)) == 0
    assert deniz.tckn_masked in money.get(page).text
    assert money.get(f"/yonetim/dekontlar/dosya/{slip.documents[0].code}").status_code == 200
    assert post(page, karar="uygun-degil", reason="") == 422
    assert post(page, karar="uygun-degil", reason="Kurum kodu başka.") == 303
    assert post(page, karar="kabul") == 303
    assert post(page, karar="kabul") == 409
    assert "kabul edildi" in money.get(page).text
    acts = [entry.act for entry in audit.of_subject("slip", slip.code)]
    assert acts == ["slips.accepted", "slips.refused", "slips.assigned", "slips.taken"]
    told = answers()  # in the thread of whoever wrote, not to the member who was found behind it
    assert [(one.recipient, one.member_code, one.replies_to) for one in told] == [
        ("esim@example.net", None, "<m1@example.org>")
    ] * 2
    decided = slip.decided_at
    assert decided is not None
    assert jobs.tidy(decided + timedelta(days=59)) == 0
    assert jobs.tidy(decided + timedelta(days=61)) == 1


def test_who_decides_an_old_page_is_told_who_was_quicker(deniz: Member, become: Become) -> None:
    slip = by_mail()
    shown = services.seen(slip)
    first, second = clerk("accountant", first_name="Ayşe", last_name="Hesap"), become(clerk("manager"))
    with transaction():
        services.decide(slip.code, "refuse", "Kurum kodu başka.", expected=shown, actor=first.actor(), now=NOW)
    late = second.post(f"/yonetim/dekontlar/{slip.code}", data={"karar": "kabul", "expected": shown})
    assert late.status_code == 409
    assert "Ayşe Hesap" in late.text
    given = second.post(f"/yonetim/dekontlar/{slip.code}/uye", data={"tckn": TCKN, "expected": shown})
    assert given.status_code == 409
    db.session.refresh(slip)
    assert slip.status == "refused"


def test_of_two_at_the_same_moment_one_decides(live_database: Callable[[], APIFlask]) -> None:
    app = live_database()
    with app.app_context():
        with transaction():
            factories.term()
            factories.member(tckn=TCKN, email="deniz@example.org")
            actors = [factories.member(staff_role="accountant").actor() for _ in range(2)]
        slip = by_mail()
        code, shown = slip.code, services.seen(slip)

    def act(number: int) -> None:
        what = ("accept", "refuse")[number]
        services.decide(code, what, "Kurum kodu başka.", expected=shown, actor=actors[number], now=NOW)

    assert at_once(app, 2, act) == ["slip.decided_by", "won"]
    with app.app_context():
        assert len(answers()) == 1


def test_R045_a_slip_is_late_from_the_third_business_day_on(deniz: Member) -> None:
    slip = by_mail()
    for at, timely in (("2025-11-18T23:59:59+03:00", True), ("2025-11-19T00:00:00+03:00", False)):
        slip.arrived_at = datetime.fromisoformat(at)
        assert services.in_time([slip]) == {slip.id: timely}
    slip.arrived_at = civil("2025-12-10 10:00")
    assert services.in_time([slip]) == {slip.id: None}
    assert ARRIVED < NOW
