"""What every call of /api/v1 shares: instants, idempotency, refusals, the document. The calls themselves are tested with their features."""

import io
from datetime import datetime
from typing import Any

import pikepdf
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from lms.api import jobs, services
from lms.api.models import IdempotentAnswer
from lms.core import clock
from lms.core.db import db, transaction
from lms.enrolment.rules import Education
from lms.exemptions.rules import Relation
from lms.membership.credential import open_session
from lms.membership.models import Member
from lms.notifications.models import OutboxMessage
from lms.privacy.services import erasure
from lms.support.models import Ticket
from lms.terms import services as terms
from lms.web import throttle
from tests import factories
from tests.certificates.helpers import passed
from tests.conftest import TestClock, civil

ASK = {"subject": "Video açılmıyor", "body": "İkinci dersin videosu açılmıyor."}


@pytest.fixture
def who(app: object) -> Member:
    factories.term()
    return factories.member()


@pytest.fixture
def headers(who: Member) -> dict[str, str]:
    token = open_session(who, channel="api", wall=clock.wall()).token
    db.session.commit()
    return {"Authorization": f"Bearer {token}"}


def blank_pdf() -> str:
    out = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(out)
    return out.getvalue().decode("latin-1")


def is_istanbul(text: str) -> bool:
    return text.endswith("+03:00") and datetime.fromisoformat(text).utcoffset() is not None


def test_R064_a_refusal_names_its_instant_in_istanbul(
    client: FlaskClient, who: Member, headers: dict[str, str], now: TestClock
) -> None:
    factories.release()
    code = factories.application(who, at=civil("2025-03-28 14:00"), assigned_at=civil("2025-04-02 00:00")).code
    db.session.commit()
    now.set("2025-03-29 10:00")
    beat = {"session": "s", "seq": 1, "played": [], "position": 0, "rate": 1}
    path = f"/api/v1/trainings/{code}/lessons/01-ders/progress"
    early = client.post(path, json=beat, headers=headers)
    assert (early.status_code, early.json["code"]) == (409, "training.not_yet")
    assert early.json["available_at"] == "2025-04-02T00:00:00+03:00"
    now.set("2025-11-29 00:00")
    late = client.post(path, json=beat, headers=headers)
    assert (late.json["code"], late.json["closed_at"]) == ("training.closed", "2025-11-29T00:00:00+03:00")


def test_R111_the_issue_date_is_an_instant_everywhere(
    client: FlaskClient, who: Member, headers: dict[str, str], now: TestClock
) -> None:
    passed(who, at=civil("2025-05-28 10:00"))
    db.session.commit()
    now.set("2025-06-02 10:00")
    (unissued,) = client.get("/api/v1/certificates", headers=headers).json
    assert (unissued["number"], unissued["is_viewable"]) == (
        None,
        True,
    )  # a GET writes nothing; the PDF or the job issues
    assert client.get(f"/api/v1/certificates/{unissued['id']}.pdf", headers=headers).data.startswith(b"%PDF")
    (held,) = client.get("/api/v1/certificates", headers=headers).json
    assert held["pdf_url"].startswith("http://localhost/api/v1/certificates/")
    told = client.get(f"/api/v1/verify/{held['verify_url'].rpartition('/')[2]}").json
    assert told["issued_at"] == held["issued_at"]
    assert is_istanbul(told["issued_at"])


# --- Idempotency-Key -----------------------------------------------------------------------------------------------------


def test_a_key_is_honoured_where_nothing_else_tells_a_repeat(client: FlaskClient, headers: dict[str, str]) -> None:
    keyed = {**headers, "Idempotency-Key": "k-1"}
    first, again = (client.post("/api/v1/support", json=ASK, headers=keyed) for _ in range(2))
    assert (first.status_code, again.status_code, first.json) == (201, 201, again.json)
    assert db.session.query(Ticket).count() == 1
    other = client.post("/api/v1/support", json={**ASK, "subject": "Başka bir konu"}, headers=keyed)
    assert (other.status_code, other.json["code"]) == (422, "idempotency.mismatch")


def test_a_form_sent_again_with_another_boundary_is_the_same_request(
    client: FlaskClient, headers: dict[str, str], now: TestClock
) -> None:
    page = blank_pdf()

    def send(boundary: str, relation: str = "veteran") -> TestResponse:
        parts = [
            ("term_id", "", "ddta-2025-ilk"),
            ("relation", "", relation),
            ("documents[]", '; filename="kart.pdf"', page),
        ]
        lines = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{n}"{more}\r\n\r\n{v}\r\n' for n, more, v in parts
        ]
        body = ("".join(lines) + f"--{boundary}--\r\n").encode("latin-1")
        typed = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Idempotency-Key": "k-3"}
        return client.post("/api/v1/exemptions", data=body, headers={**headers, **typed})

    first, again, other = send("one"), send("two"), send("three", "veteran_child")
    assert (first.status_code, again.status_code, first.json) == (201, 201, again.json)
    assert (other.status_code, other.json["code"]) == (422, "idempotency.mismatch")


def test_R063_what_was_answered_to_who_is_erased_does_not_stay_the_day(
    client: FlaskClient, headers: dict[str, str], who: Member
) -> None:
    other = factories.member()
    services.claim(other.id, "k-4", "hash", clock.wall())
    assert client.post("/api/v1/support", json=ASK, headers={**headers, "Idempotency-Key": "k-4"}).status_code == 201
    assert jobs.tidy(clock.now()) == 0
    with transaction():
        erasure.erase(who, request="k", now=clock.now(), wall=clock.wall())
    assert jobs.tidy(clock.now()) == 1
    assert db.session.scalars(select(IdempotentAnswer.member_id)).all() == [other.id]


def test_a_key_is_free_again_after_any_failure(
    client: FlaskClient, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    keyed = {**headers, "Idempotency-Key": "k-2"}

    def fault(*_args: object, **_more: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr("lms.support.services.open_ticket", fault)
        with pytest.raises(ZeroDivisionError):
            client.post("/api/v1/support", json=ASK, headers=keyed)
    assert client.post("/api/v1/support", json=ASK, headers=keyed).status_code == 201


# --- what strangers may cost -----------------------------------------------------------------------------------------------


def test_R112_a_stranger_cannot_have_mail_sent_without_end(client: FlaskClient) -> None:
    ask = {**ASK, "email": "soran@example.org"}
    statuses = [client.post("/api/v1/support", json=ask).status_code for _ in range(11)]
    assert statuses == [201] * 10 + [429]


def test_R112_a_stranger_is_answered_in_the_language_of_the_call(client: FlaskClient) -> None:
    ask = {**ASK, "email": "soran@example.org", "context": {"language": "../../x"}}
    assert client.post("/api/v1/support", json=ask, headers={"Accept-Language": "en"}).status_code == 201
    assert db.session.query(Ticket).one().context["language"] == "en"
    assert db.session.query(OutboxMessage).one().language == "en"
    many = {**ask, "context": {str(n): "x" for n in range(30)}}
    assert client.post("/api/v1/support", json=many).status_code == 422


def test_starting_payments_is_counted_by_page_and_api_together(
    client: FlaskClient, who: Member, headers: dict[str, str], now: TestClock
) -> None:
    for _ in range(20):
        throttle.hit("payment_start", who.code, "20/hour")
    body = {
        "purpose": "application", "term_id": "ddta-2025-ilk", "accepts_contract": True, "accepts_immediate_performance": True,
        "declares_no_certificate": True,
    }  # fmt: skip
    refused = client.post("/api/v1/payments", json=body, headers=headers)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3600")


@pytest.mark.parametrize(
    ("subject", "wrong"),
    [
        ({}, {"term_id": "field.required"}),
        ({"certificate_id": "x"}, {"term_id": "field.required", "certificate_id": "field.unknown"}),
        ({"term_id": "ddta-2025-ilk", "certificate_id": "x"}, {"certificate_id": "field.unknown"}),
    ],
)
def test_a_payment_names_what_its_purpose_is_for(
    client: FlaskClient, headers: dict[str, str], subject: dict[str, str], wrong: dict[str, str]
) -> None:
    body = {"purpose": "application", "accepts_contract": True, "accepts_immediate_performance": True, **subject}
    refused = client.post("/api/v1/payments", json=body, headers=headers)
    assert refused.status_code == 422
    assert {name: one["code"] for name, one in refused.json["errors"].items()} == wrong


# --- the document ------------------------------------------------------------------------------------------------------------


def test_every_error_is_documented_as_a_problem(client: FlaskClient) -> None:
    spec: dict[str, Any] = client.get("/api/v1/openapi.json").json
    for path, calls in spec["paths"].items():
        for method, call in calls.items():
            for status, answer in call["responses"].items():
                if path.startswith("/api/v1/") and status >= "400":
                    assert "application/problem+json" in answer["content"], (method, path, status)


def test_every_call_says_what_it_answers(client: FlaskClient) -> None:
    spec: dict[str, Any] = client.get("/api/v1/openapi.json").json
    for path, calls in spec["paths"].items():
        for method, call in calls.items():
            answers = {status: one for status, one in call["responses"].items() if status < "300"}
            assert answers, (method, path)
            assert all("content" in one for status, one in answers.items() if status != "204"), (method, path)


def test_the_document_says_what_a_call_needs(client: FlaskClient) -> None:
    spec: dict[str, Any] = client.get("/api/v1/openapi.json").json
    bodies = [
        call["requestBody"] for calls in spec["paths"].values() for call in calls.values() if "requestBody" in call
    ]
    assert len(bodies) > 8
    assert all(body["required"] is True for body in bodies)
    asked = spec["paths"]["/api/v1/tariff/quote"]["get"]["parameters"]
    assert [(one["name"], one["in"], one["required"]) for one in asked] == [
        ("turnover", "query", True), ("days", "query", True), ("on", "query", True),
    ]  # fmt: skip


def test_the_document_says_where_a_key_counts(client: FlaskClient) -> None:
    spec: dict[str, Any] = client.get("/api/v1/openapi.json").json
    keyed = {
        (method, path.removeprefix("/api/v1"))
        for path, calls in spec["paths"].items()
        for method, call in calls.items()
        for one in call.get("parameters", ())
        if (one["name"], one["in"], one["required"]) == ("Idempotency-Key", "header", False)
    }
    once = ("/members", "/payments", "/exemptions", "/applications", "/reapplications", "/support")
    assert keyed == {("post", path) for path in once}


def test_the_document_has_both_answers_of_a_payment_begun(client: FlaskClient) -> None:
    answers = client.get("/api/v1/openapi.json").json["paths"]["/api/v1/payments"]["post"]["responses"]
    schemas = [answers[status]["content"]["application/json"]["schema"] for status in ("200", "201")]
    assert schemas == [{"$ref": "#/components/schemas/PaymentOut"}] * 2


def test_the_document_names_the_values_that_the_rules_know(client: FlaskClient) -> None:
    spec: dict[str, Any] = client.get("/api/v1/openapi.json").json
    schemas = spec["components"]["schemas"]
    for name in ("ApplicationIn", "ApplicationOut"):
        assert schemas[name]["properties"]["education"]["enum"] == list(Education), name
    form = spec["paths"]["/api/v1/exemptions"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["properties"]["relation"]["enum"] == list(Relation)
    assert schemas["ExemptionOut"]["properties"]["relation"]["enum"] == list(Relation)


def test_a_value_that_the_document_does_not_name_is_refused_by_the_rules(
    client: FlaskClient, headers: dict[str, str], who: Member, now: TestClock
) -> None:
    factories.paid(who, terms.current_term("ddta-2025-ilk"), clock.now())
    form = {
        "term_id": "ddta-2025-ilk", "applicant_type": "broker", "institution": "Örnek Aracılık", "education": "none",
        "accepts_notice": True, "accepts_terms": True, "explicit_consent": False, "phone": "0532 000 00 00",
        "province": "Ankara", "district": "Çankaya",
    }  # fmt: skip
    refused = client.post("/api/v1/applications", json=form, headers=headers)
    assert (refused.status_code, refused.json["errors"]["education"]["code"]) == (422, "form.choose")
    wish = {
        "term_id": "ddta-2025-ilk",
        "relation": "cousin",
        "documents[]": (io.BytesIO(blank_pdf().encode("latin-1")), "k.pdf"),
    }
    refused = client.post("/api/v1/exemptions", data=wish, headers=headers)
    assert (refused.status_code, refused.json["code"]) == (422, "exemption.relation")


def test_a_method_that_is_not_there_says_which_are(client: FlaskClient) -> None:
    answer = client.delete("/api/v1/terms")
    assert (answer.status_code, answer.json["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]
