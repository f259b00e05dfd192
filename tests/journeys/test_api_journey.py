"""The 2025 term lived through the JSON API alone, as a mobile client or a script would (CONTRACT.md)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx
import pytest

from tests.factories import valid_tckn
from tests.journeys.bank_pages import pay
from tests.journeys.conftest import Demo

pytestmark = pytest.mark.browser
PASSWORD = "uzun bir yolculuk 42"
ISTANBUL = "+03:00"


@pytest.fixture
def api(demo: Demo) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{demo.url}/api/v1", timeout=180) as client:
        yield client


def _ok(answer: httpx.Response, status: int = 200) -> dict:
    assert answer.status_code == status, (
        f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
    )
    return answer.json() if answer.content else {}


def _register(api: httpx.Client, tckn: str) -> None:
    body = {"tckn": tckn, "first_name": "Işıl", "last_name": "Örneközü", "email": f"isil{tckn[-4:]}@example.org", "phone": "532 000 00 00",
            "password": PASSWORD, "accepts_notice": True}  # fmt: skip
    _ok(api.post("/members", json=body), 201)
    again = api.post("/members", json=body)
    assert again.status_code == 409
    token = _ok(api.post("/sessions", json={"tckn": tckn, "password": PASSWORD}), 201)["access_token"]
    api.headers["Authorization"] = f"Bearer {token}"


def _pay(api: httpx.Client, **what: str) -> dict:
    boxes = {"accepts_contract": True, "accepts_immediate_performance": True, "declares_no_certificate": True}
    started = _ok(api.post("/payments", json={**what, **boxes}), 201)
    assert started["status"] == "pending"
    assert pay(started["redirect"]).status_code == 303
    paid = _ok(api.get(f"/payments/{started['id']}"))
    assert paid["status"] == "paid"
    return paid


def _apply(api: httpx.Client, term: str) -> dict:
    form = {"term_id": term, "phone": "5320000000", "province": "Çanakkale", "district": "Gökçeada", "applicant_type": "agency",
            "institution": "Örnek Acentesi", "education": "bachelor", "accepts_notice": True, "accepts_terms": True, "explicit_consent": False}  # fmt: skip
    sent = _ok(api.post("/applications", json=form), 201)
    twice = api.post("/applications", json=form)
    assert twice.status_code == 409
    assert twice.json()["id"] == sent["id"]
    return sent


def _watch(demo: Demo, api: httpx.Client, training: str) -> None:
    for lesson in _ok(api.get("/trainings"))[0]["lessons"]:
        path = f"/trainings/{training}/lessons/{lesson['id']}/progress"
        beat = {"session": f"s-{lesson['id']}", "played": [[0, lesson["duration"]]], "position": 0, "rate": 1}
        opened = _ok(api.post(path, json={**beat, "seq": 1}))
        assert opened["watched"] == 0
        demo.jump(demo.now() + timedelta(seconds=lesson["duration"] + 1))
        done = _ok(api.post(path, json={**beat, "seq": 2, "position": lesson["duration"]}))
        assert done["percent"] == 100, done
    assert _ok(api.get("/trainings"))[0]["status"] == "completed"


def _sit(demo: Demo, api: httpx.Client, exam: str, right: int) -> dict:
    paper = _ok(api.post(f"/exams/{exam}/start"))
    assert len(paper["questions"]) == 10
    key, seq = demo.key(exam), paper["seq"]
    for question in paper["questions"]:
        number, letters = question["number"], [option["key"] for option in question["options"]]
        letter = key[str(number)] if number <= right else next(x for x in letters if x != key[str(number)])
        seq += 1
        saved = _ok(api.put(f"/exams/{exam}/answers/{number}", json={"option": letter, "seq": seq}))
        assert saved["saved"] is True
    result = _ok(api.post(f"/exams/{exam}/complete"))
    assert result["score"] == 10 * right
    assert _ok(api.post(f"/exams/{exam}/complete")) == result
    return result


def _monday_after(instant: str) -> datetime:
    at = datetime.fromisoformat(instant)
    return datetime.fromisoformat(f"{(at + timedelta(days=7 - at.weekday())).date()}T00:00:00{ISTANBUL}")


def test_the_whole_term_through_the_api(demo: Demo, api: httpx.Client) -> None:
    _register(api, valid_tckn(424_242))
    assert _ok(api.get("/me"))["next"]["url"]
    term = next(t for t in _ok(api.get("/terms")) if t["kind"] == "first_time" and not t["is_example"])
    assert term["fee"] == {"amount": "533.00", "currency": "TRY"}
    assert term["reachable_attempts"] == 3
    paid = _pay(api, purpose="application", term_id=term["id"])
    assert paid["amount"] == {"amount": "533.00", "currency": "TRY"}
    applied = _apply(api, term["id"])

    training = _ok(api.get("/trainings"))[0]
    assert training["status"] == "scheduled"
    early = api.post(
        f"/trainings/{training['id']}/lessons/{training['lessons'][0]['id']}/progress",
        json={"session": "s", "seq": 1, "played": [], "position": 0, "rate": 1},
    )
    assert early.status_code == 409
    demo.jump(training["available_at"])
    _watch(demo, api, training["id"])

    exams = _ok(api.get("/exams"))
    assert (exams[0]["ordinal"], exams[0]["status"]) == (1, "assigned")
    failed = _sit(demo, api, exams[0]["id"], right=6)
    assert failed["passed"] is False
    second = next(e for e in _ok(api.get("/exams")) if e["ordinal"] == 2)
    assert second["status"] == "scheduled"
    assert datetime.fromisoformat(second["available_at"]) == _monday_after(failed["finalised_at"])
    refused = api.post(f"/exams/{second['id']}/start")
    assert (refused.status_code, refused.json()["code"]) == (409, "exam.not_yet")
    demo.jump(second["available_at"])  # R097: nothing has to be watched again
    passed = _sit(demo, api, second["id"], right=7)
    assert passed["passed"] is True

    assert _ok(api.get(f"/applications/{applied['id']}"))["status"] == "passed"
    demo.jump(_monday_after(passed["finalised_at"]))
    certificate = _ok(api.get("/certificates"))[0]
    assert certificate["is_viewable"] is True
    pdf = api.get(f"/certificates/{certificate['id']}.pdf")
    assert pdf.content.startswith(b"%PDF")
    code = certificate["verify_url"].rsplit("/", 1)[1]
    public = _ok(httpx.get(f"{demo.url}/api/v1/verify/{code}"))
    assert (public["status"], public["number"]) == ("valid", certificate["number"])
    assert "Örneközü" not in public["holder"]

    demo.jump(demo.now() + timedelta(days=181))
    assert _ok(api.get("/certificates"))[0]["is_viewable"] is False
    closed = api.get(f"/certificates/{certificate['id']}.pdf")
    assert (closed.status_code, closed.json()["code"]) == (403, "certificate.view_expired")
    _pay(api, purpose="certificate", certificate_id=certificate["id"])
    assert api.get(f"/certificates/{certificate['id']}.pdf").content == pdf.content
    assert _ok(httpx.get(f"{demo.url}/api/v1/verify/{code}"))["status"] == "valid"
