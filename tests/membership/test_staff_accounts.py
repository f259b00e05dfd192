"""Staff accounts: a manager decides about others, with a reason, once; the auditor only reads."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.audit.models import AuditEntry
from lms.core import clock
from lms.core.db import db, transaction
from lms.core.errors import Conflict, Forbidden
from lms.membership import credential, queries
from lms.membership.models import Member
from lms.membership.services import staff
from lms.notifications import queries as outbox
from lms.notifications.services import compose
from tests import factories
from tests.membership.helpers import NOW, PASSWORD, log_in, person
from tests.people import Browser

Become = Callable[[Member | None], Browser]
WALL = clock.wall()
PAGE = "/yonetim/personel"


def colleague(role: str = "support", **more: Any) -> Member:
    return factories.member(staff_role=role, **more)


def act(browser: Browser, who: Member, karar: str, **typed: str) -> Any:
    data = {"karar": karar, "reason": "ekip değişikliği", "expected": who.staff_role or "", **typed}
    return browser.post(f"{PAGE}/{who.code}", data=data)


def last_act(who: Member) -> AuditEntry:
    rows = select(AuditEntry).where(AuditEntry.subject_code == who.code).order_by(AuditEntry.id.desc())
    return db.session.scalars(rows).first()  # type: ignore[return-value]


def test_the_list_says_role_second_factor_and_sessions(become: Become) -> None:
    other = colleague("editor", first_name="Deniz", last_name="Deneme")
    credential.open_session(other, wall=clock.wall())
    page = become(colleague("manager")).get(PAGE).text
    assert "Deniz Deneme" in page
    assert "İçerik editörü" in page
    assert "kurulmadı" in page
    assert page.count("<tr>") == 3


def test_an_invitation_is_mailed_or_shown_once(become: Become) -> None:
    manager = become(colleague("manager"))
    shown = manager.post(PAGE, data={"role": "auditor", "email": ""})
    link = shown.text.split('class="secret">')[1].split("<")[0]
    assert queries.live_link(link.rsplit("/", 1)[1], clock.wall()) is not None
    assert link not in manager.get(PAGE).text
    sent = manager.post(PAGE, data={"role": "editor", "email": "yeni@example.org"})
    assert sent.status_code == 303
    mail = next(row for row in outbox.latest() if row.template == "staff_invited")
    assert mail.recipient == "yeni@example.org"
    assert "/sifre-belirle/" in compose(mail).text
    assert "sifre-belirle" not in str(mail.params)


@pytest.mark.parametrize("typed", [{"role": "king", "email": ""}, {"role": "editor", "email": "a@b"}, {}])
def test_a_bad_invitation_makes_nothing(become: Become, typed: dict[str, str]) -> None:
    manager = become(colleague("manager"))
    assert manager.post(PAGE, data=typed).status_code == 422
    assert len(queries.staff_roster()) == 1


def test_a_role_changes_with_a_reason_and_ends_the_sessions(become: Become) -> None:
    other = colleague("support")
    made = credential.open_session(other, wall=clock.wall())
    manager = become(colleague("manager"))
    assert act(manager, other, "gorev", role="reviewer").status_code == 303
    assert queries.staff_by_code(other.code).staff_role == "reviewer"  # type: ignore[union-attr]
    assert queries.live_session(made.token, "web", clock.wall()) is None
    assert last_act(other).data == {"from": "support", "to": "reviewer", "reason": "ekip değişikliği"}
    mail = next(row for row in outbox.latest() if row.template == "staff_changed")
    assert "Personelin görevi değiştirildi" in compose(mail).text


def test_without_a_reason_nothing_happens_and_the_rest_is_kept(become: Become) -> None:
    other = colleague("support")
    answer = act(become(colleague("manager")), other, "gorev", role="auditor", reason=" ")
    assert answer.status_code == 422
    assert "gerekçeyi yazın" in answer.text
    assert 'checked id="role-5"' in answer.text
    assert queries.staff_by_code(other.code).staff_role == "support"  # type: ignore[union-attr]


def test_an_account_is_closed_and_opened_again(become: Become) -> None:
    other = colleague("support")
    manager = become(colleague("manager"))
    act(manager, other, "kapat")
    assert queries.staff_by_code(other.code).disabled_at is not None  # type: ignore[union-attr]
    again = act(manager, other, "kapat")
    assert again.status_code == 409
    assert "siz bakarken değişti" in again.text
    assert act(manager, other, "baglanti").status_code == 409
    act(manager, other, "ac")
    assert queries.staff_by_code(other.code).disabled_at is None  # type: ignore[union-attr]


def test_a_lost_phone_is_replaced_by_another_manager(become: Become) -> None:
    other = colleague("manager", totp_sealed=b"x", totp_confirmed_at=NOW, totp_last_step=5)
    act(become(colleague("manager")), other, "ikinci-adim")
    now = queries.staff_by_code(other.code)
    assert now is not None
    assert (now.totp_sealed, now.totp_confirmed_at, now.totp_last_step) == (None, None, None)


@pytest.mark.parametrize("karar", ["gorev", "kapat", "ikinci-adim", "oturumlar", "baglanti"])
def test_nobody_decides_about_themselves(become: Become, karar: str) -> None:
    own = colleague("manager", totp_sealed=b"x")
    answer = act(become(own), own, karar, role="auditor")
    assert answer.status_code == 409
    assert queries.staff_by_code(own.code).staff_role == "manager"  # type: ignore[union-attr]


def test_a_second_decision_on_an_older_view_is_told(become: Become) -> None:
    other = colleague("support")
    manager = become(colleague("manager"))
    act(manager, other, "gorev", role="auditor")
    assert act(manager, other, "gorev", role="editor", expected="support").status_code == 409
    assert queries.staff_by_code(other.code).staff_role == "auditor"  # type: ignore[union-attr]


def test_a_stale_manager_is_asked_first(client: FlaskClient) -> None:
    with transaction():
        manager, other = colleague("manager"), colleague("support")
    log_in(client, manager)
    with transaction():
        queries.sessions_of(manager.id, clock.wall())[0].confirmed_at -= timedelta(minutes=20)
    answer = client.post(f"{PAGE}/{other.code}", data={"karar": "kapat", "reason": "ayrıldı"})
    assert answer.status_code == 401
    assert queries.staff_by_code(other.code).disabled_at is None  # type: ignore[union-attr]


def test_the_auditor_sees_the_accounts(become: Become) -> None:
    other = colleague("support")
    auditor = become(colleague("auditor"))
    assert auditor.get(PAGE).status_code == auditor.get(f"{PAGE}/{other.code}").status_code == 200
    assert act(auditor, other, "kapat").status_code == 403


def test_two_managers_who_demote_each_other_at_once_leave_one(live_database: Callable[[], APIFlask]) -> None:
    app = live_database()
    with app.app_context():
        with transaction():
            pair = [colleague("manager") for _ in range(2)]
        actors = [one.actor() for one in pair]
        db.session.remove()
    results: Counter[str] = Counter()
    start = threading.Barrier(2)

    def demote(n: int) -> None:
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    staff.change_role(
                        actors[1 - n].code, "auditor", expected="manager", reason="denge", actor=actors[n], now=NOW, wall=WALL
                    )  # fmt: skip
                results["ok"] += 1
            except (Conflict, Forbidden) as error:
                results[error.code] += 1
            db.session.remove()

    threads = [threading.Thread(target=demote, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {"ok": 1, "auth.role_missing": 1}


def test_R028_two_invitations_completed_for_one_number_at_once_through_the_page(
    live_database: Callable[[], APIFlask],
) -> None:
    app = live_database()
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        with transaction():
            links = [
                staff.invite("auditor", "", actor=factories.member().actor(), now=NOW, wall=WALL) for _ in range(3)
            ]
        db.session.remove()
    typed = {name: person()[name] for name in ("tckn", "first_name", "last_name", "email")}
    found: Counter[int] = Counter()
    start = threading.Barrier(3)

    def complete(link: str) -> None:
        start.wait()
        answer = app.test_client().post("/" + link.split("/", 3)[3], data={**typed, "password": PASSWORD})
        found[answer.status_code] += 1

    threads = [threading.Thread(target=complete, args=(link,)) for link in links]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {302: 1, 409: 2}
