"""Many at one instant, with real commits, on either database."""

import threading
from collections import Counter
from collections.abc import Callable

from apiflask import APIFlask
from sqlalchemy import func, select

from lms.core import clock
from lms.core.access import ANONYMOUS, SYSTEM
from lms.core.db import db, transaction
from lms.core.errors import DomainError
from lms.membership.credential import Origin
from lms.membership.models import LoginTally, Member
from lms.membership.services import accounts, entry, links, staff
from tests.membership.helpers import NOW, PASSWORD, code_now, person

WALL = clock.wall()


def together(app: APIFlask, act: Callable[[int], object], number: int = 8) -> Counter[str]:
    """What `number` threads got that did the same at once: "ok" or an error's code."""
    results: list[str] = []
    gate = threading.Barrier(number)

    def run(n: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                act(n)
                results.append("ok")
            except DomainError as error:
                results.append(error.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return Counter(results)


def test_R028_registrations_of_one_number_at_once_give_one_member(live_database: Callable[[], APIFlask]) -> None:
    app = live_database()

    def sign_up(n: int) -> None:
        accounts.sign_up(**person(email=f"biri{n}@example.org"), actor=ANONYMOUS, now=NOW, wall=WALL)

    assert together(app, sign_up) == {"ok": 1, "member.not_opened": 7}
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Member)) == 1


def test_R028_one_registration_sent_several_times_at_once_under_its_key(live_database: Callable[[], APIFlask]) -> None:
    app, answers = live_database(), []
    sent = {name: value for name, value in person().items() if value != ""}

    def send(_n: int) -> None:
        answers.append(app.test_client().post("/api/v1/members", json=sent, headers={"Idempotency-Key": "k"}))

    together(app, send)
    codes = Counter((one.status_code, one.json.get("code")) for one in answers)
    assert set(codes) <= {(201, None), (409, "idempotency.running")}
    assert len({one.json["id"] for one in answers if one.status_code == 201}) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Member)) == 1


def test_R031_tries_at_one_instant_are_no_way_round_the_waits(live_database: Callable[[], APIFlask]) -> None:
    app = live_database()
    with app.app_context():
        accounts.sign_up(**person(), actor=ANONYMOUS, now=NOW, wall=WALL)

    def guess(n: int) -> None:
        entry.log_in(
            tckn=person()["tckn"], password=f"tahmin {n} olmaz", origin=Origin(ip="203.0.113.7"), now=NOW, wall=WALL
        )

    assert together(app, guess, 12) == {"login.failed": 5, "login.slow": 7}
    with app.app_context():
        pair = db.session.scalars(select(LoginTally).where(LoginTally.bucket.startswith("pair:"))).one()
        assert pair.failures == 5


def test_V6_5_1_one_code_in_many_tabs_opens_one(live_database: Callable[[], APIFlask]) -> None:
    app = live_database()
    typed = {name: person()[name] for name in ("tckn", "first_name", "last_name", "email")}
    with app.app_context():
        with transaction():
            _member, link = staff.create_staff("manager", person=typed, actor=SYSTEM, now=NOW, wall=WALL)
        links.set_password(link.rsplit("/", 1)[1], password=PASSWORD, actor=ANONYMOUS, now=NOW, wall=WALL)
        db.session.remove()
    wall = clock.wall()
    seen: list[str] = []

    def open_tab(_n: int) -> None:
        made = entry.log_in(tckn=typed["tckn"], password=PASSWORD, origin=Origin(ip="203.0.113.7"), now=NOW, wall=wall)
        seen.append(code_now(made.member))
        entry.confirm_second_factor(made.session, seen[0], actor=made.member.actor(), now=NOW, wall=wall)

    assert together(app, open_tab, 4) == {"ok": 1, "totp.wrong": 3}


def test_R032_a_link_used_in_two_windows_sets_one_password(live_database: Callable[[], APIFlask]) -> None:
    app = live_database()
    with app.app_context():
        with transaction():
            _member, link = staff.create_staff("auditor", actor=SYSTEM, now=NOW, wall=WALL)
        db.session.remove()
    typed = {name: person()[name] for name in ("tckn", "first_name", "last_name", "email")}

    def use(n: int) -> None:
        links.set_password(
            link.rsplit("/", 1)[1], password=f"{n} yepyeni bir şifre", person=typed, actor=ANONYMOUS, now=NOW, wall=WALL
        )

    assert together(app, use, 4) == {"ok": 1, "link.dead": 3}


def test_R028_two_invitations_completed_for_one_number_at_once(live_database: Callable[[], APIFlask]) -> None:
    app = live_database()
    with app.app_context():
        with transaction():
            made = [staff.create_staff("auditor", actor=SYSTEM, now=NOW, wall=WALL) for _ in range(4)]
        sent = [link.rsplit("/", 1)[1] for _member, link in made]
        db.session.remove()
    typed = {name: person()[name] for name in ("tckn", "first_name", "last_name", "email")}

    def complete(n: int) -> None:
        links.set_password(sent[n], password=PASSWORD, person=typed, actor=ANONYMOUS, now=NOW, wall=WALL)

    assert together(app, complete, 4) == {"ok": 1, "staff.exists": 3}
