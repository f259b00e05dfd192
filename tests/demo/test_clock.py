"""The demonstration's clock and calls (CONTRACT.md, Modes)."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from lms import scheduler
from lms.core import clock
from lms.core.config import config
from lms.core.errors import Conflict
from lms.demo import services
from lms.demo.clock import START, shared_clock
from tests import factories
from tests.membership.helpers import log_in


@pytest.fixture
def demo(app: APIFlask) -> Iterator[None]:
    """The shared clock at the start of the demonstration."""
    (config().var_dir / "clock.json").unlink(missing_ok=True)
    clock.set_source(shared_clock())
    yield
    clock.set_source(clock.wall)
    (config().var_dir / "clock.json").unlink()


@pytest.mark.usefixtures("demo")
def test_a_past_instant_is_a_conflict_told_to_programs(client: FlaskClient) -> None:
    begun = datetime.fromisoformat(client.get("/demo/clock").json["now"])
    assert timedelta(0) <= begun - START < timedelta(minutes=1)
    refused = client.post("/demo/clock", json={"now": "2025-03-03T08:59:00+03:00"})
    assert (refused.status_code, refused.json["code"]) == (409, "clock.backwards")
    assert refused.json["now"].endswith("+03:00")
    assert client.post("/demo/clock", data={"now": "2025-03-04T09:00:00+03:00"}).json["code"] == "clock.unreadable"
    for unreadable in ("2025-03-04T09:00:00", "gelecek", 5, None, "\ud800", "9" * 5000):
        assert client.post("/demo/clock", json={"now": unreadable}).json["code"] == "clock.unreadable"
    before = client.get("/demo/exams/yok-1/key")
    assert (before.status_code, before.json["code"]) == (409, "exam.key_before_start")


@pytest.mark.usefixtures("demo")
def test_two_jumps_at_once_never_put_the_clock_back(app: APIFlask) -> None:
    far, near = START + timedelta(days=30), START + timedelta(days=1)
    sweeping = threading.Event()

    def slow(_at: datetime) -> None:
        sweeping.set()

    def jump_far() -> None:
        with app.app_context():
            services.move_clock(far, sweep=lambda at, **_: (slow(at), threading.Event().wait(0.01)))

    first = threading.Thread(target=jump_far)
    first.start()
    sweeping.wait(5)
    with pytest.raises(Conflict, match=r"clock\.backwards"):
        services.move_clock(near, sweep=lambda _at, **_: None)
    first.join()
    assert shared_clock()() >= far


def test_a_session_s_times_are_said_to_be_real(app: APIFlask, client: FlaskClient) -> None:
    manager = factories.member(staff_role="manager")
    for person, address in ((factories.member(), "/hesabim"), (manager, f"/yonetim/personel/{manager.code}")):
        log_in(client, person)
        assert "Saatler gösterimin değil, gerçek saattir" in client.get(address).text


@pytest.mark.usefixtures("demo")
def test_a_jump_does_what_falls_due_on_the_way_and_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: dict[str, list[datetime]] = {job.name: [] for job in scheduler.JOBS}

    def note(job: scheduler.Job, now: datetime) -> int:
        ran[job.name].append(now)
        return 0

    monkeypatch.setattr(scheduler, "run_job", note)
    target = START + timedelta(days=10)
    services.move_clock(target, sweep=scheduler.sweep)
    midnights = [START.replace(hour=0) + timedelta(days=day) for day in range(1, 11)]
    assert ran["exams_settle"] == ran["certificates_issue"] == [*midnights, target]
    assert ran["exams_items"] == ran["reports_count"] == [target]
