"""R127: two managers store a change, enter the same day or announce a term at the same instant: one wins, the other is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select

from lms.announcements import services as announcements
from lms.core.access import SYSTEM, Actor
from lms.core.calendar import DayKind
from lms.core.db import db, transaction
from lms.core.errors import Conflict
from lms.membership.models import LegalText
from lms.terms import services as terms
from lms.terms.models import CalendarOverride, Term
from tests import factories
from tests.conftest import civil

CODE = "ddta-2025-ilk"
REASON = "Aynı anda iki karar"
NOW = civil("2025-03-03 09:00")


def _change(actor: Actor, n: int) -> None:
    values = {**terms.current_term(CODE).parameters, "fee_kurus": 60000 + n}
    terms.change_term(CODE, values, seen=1, reason=REASON, actor=actor, now=NOW)


def _enter(actor: Actor, n: int) -> None:
    terms.add_override(date(2025, 5, 2), DayKind.HOLIDAY, f"Köprü günü {n}", REASON, actor=actor, now=NOW)


def _withdraw(actor: Actor, n: int) -> None:
    terms.withdraw_override(date(2025, 5, 5), f"Karar geri alındı {n}", actor=actor, now=NOW)


def _announce(actor: Actor, n: int) -> None:
    announcements.announce(terms.current_term(CODE), actor=actor, now=NOW)


@pytest.mark.parametrize(
    ("act", "refusal"),
    [
        (_change, "term.changed_by"),
        (_enter, "calendar.exists"),
        (_withdraw, "calendar.withdrawn_by"),
        (_announce, "announcement.waiting"),
    ],
)
def test_R127_of_managers_at_the_same_instant_one_wins(
    live_database: Callable[[], APIFlask], act: Callable[[Actor, int], None], refusal: str
) -> None:
    app = live_database()
    with app.app_context(), transaction():
        factories.term()
        terms.add_override(date(2025, 5, 5), DayKind.HOLIDAY, "Köprü günü", REASON, actor=SYSTEM, now=NOW)
        db.session.add(
            LegalText(
                kind="announcements_consent", language="tr", version=1, title="Duyuru", body="İzin veriyorum.",
                sha256="0" * 64, published_at=NOW,
            )
        )  # fmt: skip
        reader = factories.member()
        announcements.choose(reader, given=True, language="tr", actor=reader.actor(), now=NOW)
        managers = [factories.member(staff_role="manager").actor() for _ in range(3)]
    together = threading.Barrier(len(managers))
    said: list[str] = []

    def press(n: int) -> None:
        with app.app_context():
            together.wait()
            try:
                with transaction():
                    act(managers[n], n)
                said.append("done")
            except Conflict as error:
                said.append(error.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=press, args=(n,)) for n in range(len(managers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == sorted(["done", refusal, refusal])
    with app.app_context():
        current = select(func.count()).select_from(Term).where(Term.superseded_at.is_(None))
        assert db.session.scalar(current) == 1
        assert (db.session.scalar(select(func.count()).select_from(CalendarOverride)) or 0) <= 2
