"""R002, R003, R029, D-2: certificates held, by TCKN and not by account; leave after a revocation."""

from __future__ import annotations

from datetime import date

import pytest
from apiflask import APIFlask

from lms.core.access import Actor
from lms.core.config import vault
from lms.core.errors import Conflict, NotFound
from lms.core.sources import BrokenSource
from lms.register import services
from lms.register.rules import Standing
from tests.conftest import civil
from tests.factories import valid_tckn

NOW = civil("2025-03-03 09:00")
TCKN = valid_tckn(77)
STAFF = Actor(kind="staff", id=1, code="s1", label="Personel", role="manager")


def enter(number: str = "DDTA-2023-1", issued_on: date = date(2023, 3, 6)) -> None:
    services.add(
        tckn=TCKN,
        programme_code="ddta",
        number=number,
        holder="Deniz Örnek",
        issued_on=issued_on,
        verification_code=None,
        source="imported",
        now=NOW,
    )


def check(kind: str = "first_time", *, declared: bool = True) -> None:
    services.check_eligible(vault().index(TCKN), programme_code="ddta", kind=kind, declared=declared)


def test_R003_a_certificate_of_an_earlier_year_leads_to_renewal(app: APIFlask) -> None:
    check()
    enter()
    enter()
    held = services.holding(vault().index(TCKN), "ddta")
    assert held is not None
    assert (held.standing, len(held.entries), held.latest.number) == (Standing.HOLDER, 1, "DDTA-2023-1")
    with pytest.raises(Conflict) as refused:
        check()
    assert refused.value.code == "register.holder"
    check("renewal")
    assert services.holding(vault().index(TCKN), "other") is None
    assert services.holding(vault().index(valid_tckn(78)), "ddta") is None


def test_R114_D2_a_revoked_certificate_waits_for_leave(app: APIFlask) -> None:
    enter()
    services.revoke(programme_code="ddta", number="DDTA-2023-1", now=NOW)
    with pytest.raises(Conflict) as refused:
        check()
    assert refused.value.code == "register.revoked"
    assert services.awaiting_leave(vault().index(TCKN)) == ["ddta"]
    services.give_leave(vault().index(TCKN), programme_code="ddta", subject="m1", actor=STAFF, now=NOW)
    check()
    assert services.awaiting_leave(vault().index(TCKN)) == []
    with pytest.raises(Conflict) as again:
        services.give_leave(vault().index(TCKN), programme_code="ddta", subject="m1", actor=STAFF, now=NOW)
    assert again.value.code == "register.no_leave_needed"


def test_R003_a_second_certificate_that_stands_makes_a_holder(app: APIFlask) -> None:
    enter()
    services.revoke(programme_code="ddta", number="DDTA-2023-1", now=NOW)
    enter("DDTA-2024-9", date(2024, 5, 6))
    with pytest.raises(Conflict) as refused:
        check()
    assert refused.value.code == "register.holder"


def test_an_unknown_number_cannot_be_revoked(app: APIFlask) -> None:
    with pytest.raises(NotFound):
        services.revoke(programme_code="ddta", number="nope", now=NOW)


# --- earlier years -----------------------------------------------------------------------------------------------

HEAD = "tckn;number;holder;issued_on;revoked_on\n"


def load(text: str) -> int:
    return services.import_table(text.encode(), "2023.csv", programme_code="ddta", actor=STAFF, now=NOW)


def test_R029_earlier_years_are_imported_once(app: APIFlask) -> None:
    other = valid_tckn(78)
    table = f"{HEAD}{TCKN};2023-1;Deniz Örnek;2023-03-06;\n{other};2023-2;Işıl Çağ;2023-04-03;2024-01-15\n"
    assert load(table) == 2
    assert load(table) == 0
    with pytest.raises(Conflict) as refused:
        check()
    assert refused.value.code == "register.holder"
    held = services.holding(vault().index(other), "ddta")
    assert held is not None
    assert held.standing is Standing.REVOKED


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("number;tckn\n", 1, "the first line must be"),
        (HEAD + "12345678912;1;A;2023-03-06;\n", 2, "tckn is not valid"),
        (HEAD + f"{TCKN};1;A;06.03.2023;\n", 2, "issued_on must be a date"),
        (HEAD + f"{TCKN};;A;2023-03-06;\n", 2, "number must have"),
        (HEAD + f"{TCKN};1;A\n", 2, "5 columns"),
        (HEAD + f"{TCKN};1;A;2023-03-06;\n{TCKN};1;A;2023-03-06;\n", 3, "line 2 too"),
    ],
)
def test_a_broken_table_enters_nothing(app: APIFlask, text: str, line: int, reason: str) -> None:
    with pytest.raises(BrokenSource) as broken:
        load(text)
    assert broken.value.faults[0].line == line
    assert reason in broken.value.faults[0].reason
    assert "12345678912" not in str(broken.value)
    assert services.holding(vault().index(TCKN), "ddta") is None
