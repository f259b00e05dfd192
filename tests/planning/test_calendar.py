"""D-1, R064, R127: the office's calendar, kept by a manager: what a day changes is told before it is entered."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from lms.audit.models import AuditEntry
from lms.core.access import SYSTEM
from lms.core.calendar import DayKind, Holiday
from lms.core.db import db
from lms.membership.models import Member
from lms.planning import formats, services
from lms.terms import services as terms
from tests import factories
from tests.conftest import TestClock, civil
from tests.enrolment.conftest import become

PAGE = "/yonetim/takvim"
REASON = "Cumhurbaşkanlığı genelgesi 2025/4"
LEAVE = {"on": "2025-04-02", "kind": "holiday", "name": "İdari izin", "reason": REASON}
LIST = """23.04.2025; tam; Ulusal Egemenlik
02.05.2025; tam; Köprü günü
dün; tam; Yanlış satır

2025-05-05;yarım;Yerel etkinlik
06.05.2025; bayram; Türü yanlış
02.05.2025; tam; İkinci kez
01.02.2025; tam; Geçmiş
07.05.2025"""


def enter(client: FlaskClient, address: str = PAGE, **data: str) -> Any:
    """Look at the effect, then store it."""
    page = client.get(address) if address.endswith("/geri-al") else client.post(address, data=data)
    token = re.search(r'name="token" value="(\w+)"', page.text)
    assert token is not None, page.text
    return client.post(address, data={**data, "token": token[1], "kaydet": "1"})


def test_R127_a_day_of_leave_is_entered_and_taken_back(client: FlaskClient, manager: Member) -> None:
    assert "İşlenmiş gün yok" in client.get(PAGE).text
    assert enter(client, **LEAVE).status_code == 303
    page = client.get(PAGE).text
    assert "2 Nisan 2025 Çarşamba" in page
    assert "Ramazan Bayramı" in page
    assert not terms.calendar().is_business_day(date(2025, 4, 2))
    back = f"{PAGE}/2025-04-02/geri-al"
    unread = client.post(back, data={"reason": "Karar geri alındı", "kaydet": "1"})
    assert (unread.status_code, "Kaydı geri al" in unread.text) == (200, True)
    assert enter(client, back, reason="kısa").status_code == 422
    assert not terms.calendar().is_business_day(date(2025, 4, 2))
    assert enter(client, back, reason="Karar geri alındı").status_code == 303
    assert terms.calendar().is_business_day(date(2025, 4, 2))
    acts = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(row.act, row.subject_code, row.actor_code) for row in acts] == [
        ("terms.calendar_overridden", "2025-04-02", manager.code),
        ("terms.calendar_withdrawn", "2025-04-02", manager.code),
    ]
    assert [act.data["reason"] for act in acts] == [REASON, "Karar geri alındı"]
    late = client.post(back, data={"reason": "Ben de geri alıyorum"})
    assert (late.status_code, f"{acts[1].actor_label} " in late.text) == (409, True)
    assert client.get(f"{PAGE}/2025-04-03/geri-al").status_code == 404
    assert client.get(f"{PAGE}/dun/geri-al").status_code == 404


def test_R127_taking_a_day_back_tells_what_moves_and_what_was_promised(
    client: FlaskClient, manager: Member, now: TestClock
) -> None:
    now.set("2025-03-27 09:00")
    term = factories.term()
    assert enter(client, **LEAVE).status_code == 303
    promised = factories.application(
        term=term, at=civil("2025-03-28 14:00"), assigned_at=civil("2025-04-03 00:00")
    )  # told with the leave in the calendar
    db.session.commit()
    page = client.get(f"{PAGE}/2025-04-02/geri-al").text
    assert "<strong>1 kişinin</strong> tarihi söz verildiği gibi kalır" in page
    assert "28 Mart 2025 Cuma, öğlen" in page
    assert page.index("3 Nisan 2025 Perşembe, 00.00") < page.index("2 Nisan 2025 Çarşamba, 00.00")
    assert not terms.calendar().is_business_day(date(2025, 4, 2))  # looking changes nothing
    assert enter(client, f"{PAGE}/2025-04-02/geri-al", reason="Karar geri alındı").status_code == 303
    db.session.refresh(promised)
    assert promised.assigned_at == civil("2025-04-03 00:00")


def test_R064_R127_the_preview_tells_what_moves_and_what_was_promised(
    client: FlaskClient, manager: Member, now: TestClock
) -> None:
    now.set("2025-03-27 09:00")
    term = factories.term()
    promised = factories.application(at=civil("2025-03-27 08:00"), assigned_at=civil("2025-04-02 00:00"))
    waiting = factories.member()
    factories.paid(waiting, term, civil("2025-03-26 10:00"))
    db.session.commit()
    page = client.post(PAGE, data=LEAVE).text
    assert "<strong>1 kişinin</strong> tarihi söz verildiği gibi kalır" in page
    assert "28 Mart 2025 Cuma, öğlen" in page
    assert "2 Nisan 2025 Çarşamba, 00.00" in page
    assert "3 Nisan 2025 Perşembe, 00.00" in page
    assert terms.calendar().is_business_day(date(2025, 4, 2))  # nothing is stored yet
    effect = services.calendar_preview({date(2025, 4, 2): Holiday("İdari izin")}, now=now())
    assert [shift.form_day for shift in effect.terms[0].shifts][:2] == [date(2025, 3, 28), date(2025, 3, 29)]
    assert enter(client, **LEAVE).status_code == 303
    db.session.refresh(promised)
    assert promised.assigned_at == civil("2025-04-02 00:00")


def test_R045_D20_safe_days_counted_back_from_the_end_move(
    client: FlaskClient, manager: Member, now: TestClock
) -> None:
    factories.term()
    db.session.commit()
    page = client.post(PAGE, data={**LEAVE, "on": "2025-11-19"}).text
    assert "Şube dekontu için son gün: 18 Kasım 2025 Salı → <strong>17 Kasım 2025 Pazartesi</strong>" in page
    assert "Muafiyet için güvenli son gün" in page


def test_a_day_without_consequence_says_so(client: FlaskClient, manager: Member, now: TestClock) -> None:
    factories.term()
    db.session.commit()
    page = client.post(PAGE, data={**LEAVE, "on": "2026-07-18"}).text
    assert "hiçbir tarih değişmez" in page
    assert "söz verilmiş bir eğitim tarihi yok" in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"on": "2025-03-02"}, "geçmişte kaldı"),
        ({"on": "soon"}, "Gün"),
        ({"on": ""}, "Günü takvimden seçin"),
        ({"name": ""}, "Bu alan boş bırakılamaz."),
        ({"name": "x" * 121}, "en çok 120 karakterle"),
        ({"kind": "feast"}, "Tür"),
    ],
)
def test_bad_input_changes_nothing(
    client: FlaskClient, manager: Member, changes: dict[str, str], sentence: str
) -> None:
    page = client.post(PAGE, data={**LEAVE, **changes, "kaydet": "1"})
    assert page.status_code == 422
    assert sentence in page.text
    assert terms.calendar().is_business_day(date(2025, 4, 2))


def test_what_was_not_read_is_not_stored(client: FlaskClient, manager: Member) -> None:
    assert client.post(PAGE, data={**LEAVE, "kaydet": "1", "token": "x"}).status_code == 200
    assert terms.calendar().is_business_day(date(2025, 4, 2))


@pytest.mark.parametrize("reason", ["", "  kısa    "])
def test_a_day_is_not_entered_without_its_reason(client: FlaskClient, manager: Member, reason: str) -> None:
    page = enter(client, **{**LEAVE, "reason": reason})
    assert page.status_code == 422
    assert "Gerekçeyi en az 10" in page.text
    assert "En az 10 karakter." in page.text  # told before, too
    assert 'id="effect"' in page.text
    assert terms.calendar().is_business_day(date(2025, 4, 2))


def test_a_day_is_entered_once_and_the_past_stays(client: FlaskClient, manager: Member, now: TestClock) -> None:
    enter(client, **LEAVE)
    assert "zaten bir kayıt var" in client.post(PAGE, data=LEAVE).text
    far = client.post(PAGE, data={**LEAVE, "on": "2052-04-02"})  # a slip of typing nobody would find again
    assert (far.status_code, "Gün çok ileride" in far.text) == (422, True)
    now.set("2025-04-03 09:00")
    assert client.post(f"{PAGE}/2025-04-02/geri-al").status_code == 422
    assert not terms.calendar().is_business_day(date(2025, 4, 2))
    for day in ("2025-05-05", "x"):
        assert client.post(f"{PAGE}/{day}/geri-al").status_code == 404


def test_a_list_is_told_line_by_line_and_its_good_days_are_entered(client: FlaskClient, manager: Member) -> None:
    page = client.post(f"{PAGE}/liste", data={"days": LIST})
    assert page.status_code == 200
    assert page.text.count("işlenecek") == 3
    for words in (
        "Satırın başında tarih yok",
        "Türü tam, yarım ya da çalışma",
        "zaten bir kayıt var",
        "geçmişte kaldı",
        "en çok 120 karakterle",
    ):
        assert words in page.text
    assert "Yanlış satır" in page.text  # what was typed stays
    assert terms.calendar().overrides == {}
    unreasoned = enter(client, f"{PAGE}/liste", days=LIST, reason="kısa")
    assert (unreasoned.status_code, "Gerekçeyi en az 10" in unreasoned.text, terms.calendar().overrides) == (
        422,
        True,
        {},
    )
    assert enter(client, f"{PAGE}/liste", days=LIST, reason=REASON).status_code == 303
    assert terms.calendar().overrides == {
        date(2025, 4, 23): Holiday("Ulusal Egemenlik"),
        date(2025, 5, 2): Holiday("Köprü günü"),
        date(2025, 5, 5): Holiday("Yerel etkinlik", DayKind.HALF_DAY),
    }
    assert client.post(f"{PAGE}/liste", data={"days": "çöp\nçöp"}).status_code == 422
    assert client.post(f"{PAGE}/liste", data={"days": ""}).status_code == 422


def test_a_list_is_read_as_it_is_pasted() -> None:
    assert [(line.number, line.kind, line.name) for line in formats.read_days("\n23.03.2026\tİdari izin\n24/03/2026 ; Çalışma ; Telafi")] == [
        (2, DayKind.HOLIDAY, "İdari izin"), (3, DayKind.BUSINESS, "Telafi"),
    ]  # fmt: skip
    assert len(formats.read_days("x\n" * 5000)) == formats.MOST_LINES


def test_the_year_shows_every_day_and_names_the_special_ones(
    client: FlaskClient, manager: Member, now: TestClock
) -> None:
    terms.add_override(date(2025, 5, 2), DayKind.HOLIDAY, "Köprü günü", REASON, actor=SYSTEM, now=now())
    db.session.commit()
    page = client.get(f"{PAGE}?yil=2025").text
    assert page.count("<caption>") == 12
    assert re.search(r'class="holiday entered">2<span class="sr"> Köprü günü', page)
    assert re.search(r'class="business today">3<', page)
    assert "kurum" in page
    for typed in ("1", "9999", "x", "-5"):
        assert client.get(f"{PAGE}?yil={typed}").status_code == 200


@pytest.mark.parametrize("role", ["reviewer", "editor", "accountant", "support", "auditor", None])
def test_only_a_manager_keeps_the_calendar(
    client: FlaskClient, manager: Member, monkeypatch: pytest.MonkeyPatch, role: str | None
) -> None:
    become(monkeypatch, factories.member(staff_role=role))
    assert client.get(PAGE).status_code == (200 if role == "auditor" else 403)
    assert client.post(PAGE, data=LEAVE).status_code == 403
    assert client.post(f"{PAGE}/liste", data={"days": LIST}).status_code == 403
    become(monkeypatch, None)
    assert client.get(PAGE).status_code == 302
