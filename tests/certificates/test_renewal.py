"""R109, R110 to the end: from "Sertifika Ödemesi" through the bank's own pages back to the open document."""

from collections.abc import Callable

from lms.certificates import jobs
from lms.core.db import db
from lms.membership.models import Member
from lms.notifications.models import OutboxMessage
from lms.notifications.services import compose
from lms.payments.models import BankOrder, Payment
from tests.bank_simulator.test_bank import Forms
from tests.certificates.helpers import passed
from tests.certificates.test_services import MONDAY, PASS, certificate_of
from tests.conftest import TestClock
from tests.payments.conftest import APPROVED, GOOD, bank, texts  # noqa: F401  fixtures
from tests.people import Browser

TICKED = {"accepts_contract": "y", "accepts_immediate_performance": "y"}


def pay(holder: Browser, bank, address: str) -> None:  # noqa: F811  the fixture's own name
    answer = holder.post(address, data=TICKED)
    assert answer.status_code == 303, answer.text
    url, fields = next(f for f in Forms(holder.get(answer.location).text).found if f[0].startswith("http://bank"))
    page = bank.pages.post("/servlet/gt3dengine", data=fields)
    for data in ({"cardnumber": APPROVED, **GOOD}, {"otp": "123456"}):
        page = bank.pages.post(Forms(page.text).found[0][0], data=data)
    url, fields = Forms(page.text).found[0]
    holder.post(url.removeprefix("http://localhost"), data=fields)


def test_R109_R110_pay_at_the_bank_and_open_it_again(
    become: Callable[[Member | None], Browser],
    bank,  # noqa: F811
    texts,  # noqa: F811
    now: TestClock,
) -> None:
    application = passed(at=PASS)
    jobs.issue_certificates(MONDAY)
    now.set("2025-09-01 15:30")  # 181 days and more after its Monday
    holder = become(application.member)
    document, address = f"/sertifikalarim/{application.code}.pdf", f"/sertifikalarim/{application.code}/odeme"
    assert holder.get(document).status_code == 403
    page = holder.get(address).text
    assert "150,00\N{NO-BREAK SPACE}₺" in page
    assert "180 gün daha görüntülenmesi" in page

    pay(holder, bank, address)
    paid = db.session.query(Payment).filter_by(purpose="certificate").one()
    assert (paid.status, paid.amount_kurus, paid.subject) == ("paid", 15000, application.code)
    service = "Sertifikanın 180 gün daha görüntülenmesi"
    for place in ("", f"/{paid.code}"):
        assert service in holder.get(f"/odemelerim{place}").text
    order = db.session.query(BankOrder).filter_by(payment_id=paid.id).one()
    assert service in holder.get(f"/odeme/sonuc/{order.order_id}").text
    told = db.session.query(OutboxMessage).filter_by(template="payment_received").one()
    assert "Sertifikanızın 180 gün daha görüntülenmesi için" in compose(told).text
    now.set("2025-09-01 15:40")
    assert holder.get(document).status_code == 200
    assert holder.get(address).status_code == 409  # it is open: nobody pays twice
    assert certificate_of(application).available_from == MONDAY  # same certificate, same date
    now.set("2026-03-01 12:00")
    assert holder.get(document).status_code == 403
