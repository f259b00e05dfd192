"""The page of a refused form: why, the way back, and the words that were typed."""

from urllib.parse import unquote

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

WORDS = "Videoyu açamıyorum, ekran siyah kalıyor."
SENT = {
    "subject": "Video",
    "body": WORDS,
    "email": "a@example.org",
    "password": "never shown again",
    "csrf_token": "stale",
}


@pytest.fixture
def refused(app: APIFlask, client: FlaskClient):
    """A form whose token is no longer good, as the page at `referrer` sent it."""

    def send(referrer: str) -> str:
        app.config["WTF_CSRF_ENABLED"] = True
        try:
            answer = client.post("/destek", data=SENT, headers={"Referer": referrer})
        finally:
            app.config["WTF_CSRF_ENABLED"] = False
        assert answer.status_code == 400
        return answer.text

    return send


def test_nothing_typed_is_lost_and_no_password_is_repeated(refused) -> None:
    page = refused("http://localhost/destek?donem=1")
    assert WORDS in page
    assert 'href="/destek?donem=1"' in page
    assert "never shown again" not in page


def test_the_way_back_is_never_an_address_that_only_takes_forms(refused) -> None:
    page = refused("http://localhost/kaydol/e-posta")
    assert WORDS in page
    assert 'href="/kaydol/e-posta"' not in page


@pytest.mark.parametrize(
    "referrer",
    [
        "",
        "https://elsewhere.example/destek",
        "http://localhost:81/destek",
        "//localhost/destek",
        "http://localhost//elsewhere.example",
        "http://[",
    ],
)
def test_V3_5_what_another_page_sent_is_not_repeated(refused, referrer: str) -> None:
    page = refused(referrer)
    assert WORDS not in page
    assert "elsewhere" not in page


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("/giris/", "/giris"),
        ("/giris/?next=/%C3%B6deme&next=b", "/giris?next=/%C3%B6deme&next=b"),
        ("/yonetim/personel/a b%3F/", "/yonetim/personel/a%20b%3F"),
        ("/api/v1/terms/", "/api/v1/terms"),
        ("//giris/", "/giris"),
    ],
)
def test_a_slash_too_many_leads_to_the_page(client: FlaskClient, asked: str, meant: str) -> None:
    path, _, query = asked.partition("?")
    for method in ("GET", "HEAD"):
        answer = client.open("/", method=method, environ_overrides={"PATH_INFO": unquote(path), "QUERY_STRING": query})
        assert (answer.status_code, answer.headers["Location"]) == (308, meant)
    assert client.get(meant).status_code < 400


@pytest.mark.parametrize(
    "asked", ["//evil.example/", "/\\evil.example/", "/yok/", "/giris//", "/kaydol/e-posta/", "//evil.example/giris/"]
)
def test_a_slash_leads_nowhere_but_to_a_page_of_ours(client: FlaskClient, asked: str) -> None:
    answer = client.get("/", environ_overrides={"PATH_INFO": asked})
    assert answer.status_code == 404


def test_a_code_typed_with_a_slash_is_answered_at_once(client: FlaskClient) -> None:
    assert client.get("/d/7k2m-xx yy/").status_code == 200


def test_what_is_sent_goes_to_its_exact_address(client: FlaskClient) -> None:
    assert client.post("/giris/", data=SENT).status_code == 404
    assert client.post("/api/v1/sessions/", json={}).status_code == 404
