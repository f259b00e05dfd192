"""Every address with every kind of person: a stranger, a candidate, each staff role (ASVS 8.2.1, 8.2.2, 3.4, 3.5.3)."""

from collections.abc import Iterator
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.routing import Rule as Route

from lms.cli.operate import role_lines
from lms.core.access import STAFF_ROLES
from lms.core.db import Base, db, transaction
from lms.web.access import rule_of
from tests import factories
from tests.membership.helpers import log_in

NOBODYS = "zzzzzzzzzzzz"
SPECIAL = {"demo.jump", "demo.set_clock"}


def _routes(app: APIFlask) -> Iterator[tuple[Route, str]]:
    for route in app.url_map.iter_rules():
        if route.endpoint in ("static", "openapi.spec") or route.endpoint in SPECIAL:
            continue
        values = {
            name: 1 if type(converter).__name__ == "IntegerConverter" else NOBODYS
            for name, converter in route._converters.items()
        }
        yield route, route.build(values, append_unknown=False)[1]  # type: ignore[index]


def _open(client: FlaskClient, route: Route, path: str) -> Any:
    method = "GET" if "GET" in route.methods else min(route.methods - {"OPTIONS", "HEAD"})
    return client.open(path, method=method)


def test_a_stranger_sees_only_what_is_public(app: APIFlask, client: FlaskClient) -> None:
    wrong = []
    for route, path in _routes(app):
        answer, rule = _open(client, route, path), rule_of(route.endpoint)
        assert rule is not None
        if rule.kind == "public":
            ok = answer.status_code < 500 and (
                "/giris" not in answer.headers.get("Location", "") or path.startswith("/giris")
            )
        elif rule.kind == "api":
            ok = answer.status_code == 401
        else:
            ok = answer.status_code == 302 and answer.headers["Location"].startswith("/giris")
        if not ok:
            wrong.append((path, answer.status_code, answer.headers.get("Location")))
    assert wrong == []


@pytest.mark.parametrize("role", [None, *STAFF_ROLES])
def test_every_role_sees_only_its_pages(app: APIFlask, client: FlaskClient, role: str | None) -> None:
    with transaction():
        person = factories.member(staff_role=role)
    log_in(client, person)
    wrong = []
    for route, path in _routes(app):
        rule = rule_of(route.endpoint)
        if rule is None or rule.kind in ("public", "api", "person"):
            continue
        allowed = role in rule.roles if rule.kind == "staff" else role is None
        status = _open(client, route, path).status_code
        if (status == 403) == allowed or status >= 500:
            wrong.append((path, rule, status))
    assert wrong == []


def test_the_table_of_roles_names_every_act_of_the_staff(app: APIFlask) -> None:
    lines = role_lines()
    assert "/yonetim/personel/<code>  POST! manager" in lines
    assert "/yonetim/personel/<code>  GET  manager, auditor" in lines
    acts = {route.rule for route, _ in _routes(app) if (rule := rule_of(route.endpoint)) and rule.kind == "staff"}
    assert {line.split("  ")[0] for line in lines} == acts


READS_BY_POST = {
    "staff.search",
    "staff_messages.search",
    "membership.confirm",
    "staff_attendance.download",
    "register_staff.find",
}
"""Sent by POST only to keep what is typed out of an address, or to prove who asks: nothing is stored about anybody."""


def test_the_auditor_only_reads(app: APIFlask) -> None:
    acts = [route for route, _ in _routes(app) if (route.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}]
    rules = {route.endpoint: rule_of(route.endpoint) for route in acts}
    taken = {endpoint for endpoint, rule in rules.items() if rule and rule.kind == "staff" and "auditor" in rule.roles}
    assert taken == READS_BY_POST


def _rows() -> dict[str, int]:
    return {t.name: db.session.scalar(select(func.count()).select_from(t)) or 0 for t in Base.metadata.tables.values()}


@pytest.mark.parametrize("role", [None, "manager"])
def test_a_get_writes_nothing(app: APIFlask, client: FlaskClient, role: str | None) -> None:
    with transaction():
        person = factories.member(staff_role=role)
        if role is None:
            factories.application(person)
    log_in(client, person)
    before = _rows()
    for route, path in _routes(app):
        if "GET" in route.methods:
            client.get(path)
    assert _rows() == before


@pytest.mark.parametrize("role", [None, "manager", "accountant", "editor"])
def test_no_number_or_day_in_an_address_breaks_a_page(app: APIFlask, client: FlaskClient, role: str | None) -> None:
    """Beyond what a database counts with, and at the ends of the calendar."""
    with transaction():
        factories.application()
        person = factories.member(staff_role=role)
    log_in(client, person)
    far = dict.fromkeys(("sayfa", "once", "surum", "slayt", "soru", "an", "vade", "ust", "son"), "9" * 30)
    broken = []
    for days in (
        {"since": "0001-01-01", "until": "9999-12-31"},
        {"tarih": "9999-12-31", "bas": "0001-01-01", "son": "9999-12-31"},
    ):
        for route, path in _routes(app):
            if "GET" in route.methods and client.get(path, query_string={**far, **days}).status_code >= 500:
                broken.append(path)
    assert broken == []


def test_every_answer_carries_the_security_headers(app: APIFlask, client: FlaskClient) -> None:
    missing = []
    for route, path in _routes(app):
        headers = _open(client, route, path).headers
        wanted = ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options")
        missing += [(path, name) for name in wanted if name not in headers]
        if "unsafe" in headers.get("Content-Security-Policy", ""):
            missing.append((path, "unsafe CSP"))
    assert missing == []


def test_a_post_without_its_csrf_token_is_refused(app: APIFlask, client: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        with transaction():
            person = factories.member()
        log_in(client, person)
        taken = []
        for route, path in _routes(app):
            if (
                "POST" in route.methods
                and not path.startswith("/api/")
                and client.post(path, data={"x": "1"}).status_code != 400
            ):
                taken.append(path)
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    signed = ("/odeme/donus", "/duyurular/birak/")  # by the bank; by us, in a message
    assert [path for path in taken if not path.startswith(signed)] == []


def test_what_does_not_exist_is_a_page_with_a_sentence(client: FlaskClient) -> None:
    answer = client.get("/boyle-bir-sayfa-yok")
    assert answer.status_code == 404
    assert "bulunamadı" in answer.text
