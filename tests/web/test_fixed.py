"""What programs ask for at fixed addresses."""

from flask.testing import FlaskClient


def test_search_engines_are_told_what_to_read(client: FlaskClient) -> None:
    answer = client.get("/robots.txt")
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    rules = [line for line in answer.text.splitlines() if not line.startswith("#")]
    assert rules[0] == "User-agent: *"
    assert rules[-1] == "Disallow: /"
    allowed = [rule.removeprefix("Allow: ") for rule in rules[1:-1]]
    assert {"/$", "/dogrula$", "/tarife"} <= set(allowed)
    assert {"/d/", "/D/"} <= set(allowed)  # or nobody would read that they are not to be listed
    served = {rule.rule for rule in client.application.url_map.iter_rules()}
    assert {one.rstrip("$") for one in allowed} - served == {"/static/", "/d/", "/D/"}


def test_a_browser_finds_the_mark_beside_an_answer_that_is_no_page(client: FlaskClient) -> None:
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    assert answer.data.startswith(b"<svg")
