"""Bad input that no form of ours would send: a refusal, never a fault."""

import pytest
from flask.testing import FlaskClient

DEEP = b"[" * 100_000


@pytest.mark.parametrize(
    "path", ["/giris", "/kaydol", "/kaydol/e-posta", "/sifremi-unuttum", "/destek", "/api/v1/sessions"]
)
@pytest.mark.parametrize(
    "body", [DEEP, b"[1]", b'"x"', b'{"tckn": [[1]], "email": 5, "password": {}}', b"\xff\xfe", b""]
)
def test_json_of_any_shape_is_no_fault(client: FlaskClient, path: str, body: bytes) -> None:
    answer = client.post(path, data=body, content_type="application/json")
    assert answer.status_code in (200, 400, 401, 422)


def test_too_deep_json_is_named(client: FlaskClient) -> None:
    answer = client.post("/api/v1/sessions", data=DEEP, content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (400, "bad_request")
