"""The mobile client's certificates: the same rights, the same bytes, the same refusals."""

from flask.testing import FlaskClient

from lms.core.db import db
from tests.certificates.helpers import passed
from tests.certificates.test_services import PASS
from tests.conftest import TestClock
from tests.membership.helpers import PASSWORD, person, register


def test_R102_R108_R111_certificates_through_the_api(client: FlaskClient, now: TestClock) -> None:
    who = register(501)
    application = passed(who, at=PASS)
    db.session.commit()
    login = client.post("/api/v1/sessions", json={"tckn": person(501)["tckn"], "password": PASSWORD})
    headers = {"Authorization": f"Bearer {login.json['access_token']}"}

    now.set("2025-01-10 10:00")
    (early,) = client.get("/api/v1/certificates", headers=headers).json
    assert (early["status"], early["available_at"]) == ("scheduled", "2025-01-13T00:00:00+03:00")
    assert (early["number"], early["verify_url"], early["is_viewable"]) == (None, None, False)
    refused = client.get(f"/api/v1/certificates/{early['id']}.pdf", headers=headers)
    assert (refused.status_code, refused.json["code"]) == (409, "certificate.not_yet")

    now.set("2025-01-13 00:00")
    (right,) = client.get("/api/v1/certificates", headers=headers).json
    assert (right["status"], right["is_viewable"], right["number"]) == ("viewable", True, None)  # a GET issues nothing
    assert right["viewable"] == {"from": "2025-01-13T00:00:00+03:00", "to": "2025-07-12T00:00:00+03:00"}
    pdf = client.get(f"/api/v1/certificates/{right['id']}.pdf", headers=headers)
    assert pdf.mimetype == "application/pdf"
    (there,) = client.get("/api/v1/certificates", headers=headers).json
    assert (there["status"], there["number"]) == ("viewable", "DDTA-2025-000001")

    now.set("2025-07-12 00:00")
    closed = client.get(f"/api/v1/certificates/{there['id']}.pdf", headers=headers)
    assert (closed.status_code, closed.json["code"]) == (403, "certificate.view_expired")
    code = there["verify_url"].rpartition("/")[2]
    answer = client.get(f"/api/v1/verify/{code}").json
    assert (answer["status"], answer["number"]) == ("valid", there["number"])
    assert who.last_name not in answer["holder"]
    nothing = client.get("/api/v1/verify/0000")
    assert (nothing.status_code, nothing.json["status"], nothing.json["number"]) == (200, "unknown", None)
    assert application.code == there["id"]
