"""The page of a refused form: why, the way back, and the words that were typed."""

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
