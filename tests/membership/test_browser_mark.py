"""The mark of a browser: the same for whoever logs in with it, another for another browser, and nobody's number in it."""

from types import SimpleNamespace

from apiflask import APIFlask
from werkzeug import Response
from werkzeug.http import dump_cookie, parse_cookie

from lms.membership.views import base
from tests import factories


def _log_in(app: APIFlask, member: object, held: str | None = None) -> tuple[str, str | None]:
    """(the cookie after a log-in, the mark that the next request carries)."""
    headers = {"Cookie": dump_cookie("device", held)} if held else {}
    with app.test_request_context("/", headers=headers):
        response = base._remember(Response(), SimpleNamespace(member=member))  # type: ignore[arg-type]
    cookie = next(parse_cookie(one)["device"] for one in response.headers.getlist("Set-Cookie") if one.startswith("device="))  # fmt: skip
    with app.test_request_context("/", headers={"Cookie": f"device={cookie}"}):
        return cookie, base.browser_mark()


def test_the_mark_is_the_browsers_not_the_persons(app: APIFlask) -> None:
    first, second = factories.member(), factories.member()
    cookie, mark = _log_in(app, first)
    again, same = _log_in(app, second, cookie)
    assert mark == same
    assert mark is not None
    assert len(mark) == 64
    assert mark not in again
    assert _log_in(app, first)[1] != mark
    for _ in range(7):  # more people than the cookie remembers
        again, same = _log_in(app, factories.member(), again)
    assert same == mark


def test_before_a_log_in_there_is_none(app: APIFlask) -> None:
    with app.test_request_context("/"):
        assert base.browser_mark() is None
