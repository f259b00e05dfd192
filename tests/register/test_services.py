"""R002, R003, R029, D-2: certificates held, by TCKN and not by account; leave after a revocation."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from apiflask import APIFlask
from openpyxl import Workbook
from sqlalchemy import select

from lms.audit.models import AuditEntry
from lms.cli.main import parser
from lms.core.access import Actor
from lms.core.config import vault
from lms.core.db import db, transaction
from lms.core.errors import Conflict, Invalid, NotFound
from lms.register import services
from lms.register.formats import COLUMNS
from lms.register.models import RegisterEntry
from lms.register.rules import Standing
from lms.verification.rules import Status
from lms.verification.services import verify
from tests import factories
from tests.conftest import civil
from tests.factories import valid_tckn
from tests.together import at_once

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


@pytest.fixture(autouse=True)
def programme(app: APIFlask) -> None:
    factories.programme()


def load(text: str | bytes, **options: bool) -> list[tuple[int, str, str]]:
    data = text.encode() if isinstance(text, str) else text
    results = services.import_table(data, programme_code="ddta", actor=STAFF, now=NOW, **options)
    return [(one.line, one.outcome.value, one.why) for one in results]


def workbook(*rows: tuple[object, ...]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    book.active.append(COLUMNS)
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def test_R111_an_imported_certificate_answers_an_employer(app: APIFlask) -> None:
    enter("DDTA-2023-1")
    load(f"{HEAD}{TCKN};DDTA-2023-1;Deniz Örnek;2023-03-06;\n{TCKN};DDTA-2022-9;Deniz Örnek;2022-05-02;2022-06-01\n")
    codes = {row.number: row.verification_code for row in db.session.query(RegisterEntry)}
    valid, revoked = (verify(codes[number] or "", now=NOW).verdict for number in ("DDTA-2023-1", "DDTA-2022-9"))
    assert (valid.status, valid.number, revoked.status) == (Status.VALID, "DDTA-2023-1", Status.REVOKED)
    assert "Deniz" not in (valid.holder or "")


def test_R029_earlier_years_are_imported_once(app: APIFlask) -> None:
    other = valid_tckn(78)
    table = f"{HEAD}{TCKN};2023-1;Deniz Örnek;2023-03-06;\n{other};2023-2;Işıl Çağ;03.04.2023;2024-01-15\n"
    assert load(table, dry_run=True) == [(2, "added", ""), (3, "added", "")]
    assert services.holding(vault().index(TCKN), "ddta") is None
    assert load(table) == [(2, "added", ""), (3, "added", "")]
    assert load(table) == [(2, "present", ""), (3, "present", "")]
    with pytest.raises(Conflict) as refused:
        check()
    assert refused.value.code == "register.holder"
    held = services.holding(vault().index(other), "ddta")
    assert held is not None
    assert held.standing is Standing.REVOKED


def test_R029_a_bad_line_never_stops_the_good_ones(app: APIFlask) -> None:
    lines = (
        f"{TCKN};1;Deniz Örnek;2023-03-06;", "12345678912;2;A;2023-03-06;", f"{TCKN};3;A;6 Mart;", f"{TCKN};;A;2023-03-06;",
        f"{TCKN};5;A", "", f"{TCKN};1;Deniz Örnek;2023-03-06;", f"{TCKN};7;;2023-03-06;", f"{TCKN};8;A;2023-03-06;2022-01-01",
        f"{TCKN};9;Deniz Örnek;2024-03-06;", f"{TCKN};10;=cmd|'/c x'!A1;2024-03-06;",
    )  # fmt: skip
    assert load(HEAD + "\n".join(lines)) == [
        (2, "added", ""), (3, "refused", "tckn"), (4, "refused", "issued_on"), (5, "refused", "number"),
        (6, "refused", "columns"), (8, "refused", "twice"), (9, "refused", "holder"), (10, "refused", "revoked_on"),
        (11, "added", ""), (12, "refused", "holder"),
    ]  # fmt: skip


def test_R029_a_spreadsheet_is_read_like_a_table(app: APIFlask) -> None:
    book = workbook((int(TCKN), 20231, "Deniz Örnek", date(2023, 3, 6), None), (TCKN, "2", "=1+1", "06.03.2023", ""))
    assert load(book) == [(2, "added", ""), (3, "refused", "holder")]
    assert [entry.number for entry in services.find(TCKN)] == ["20231"]
    assert [entry.holder for entry in services.find(" 20231 ")] == ["Deniz Örnek"]
    assert services.find("nobodys") == []


def test_R029_other_facts_are_taken_only_on_demand_and_on_record(app: APIFlask) -> None:
    load(f"{HEAD}{TCKN};1;Deniz Örnek;2023-03-06;\n")
    services.add(
        tckn=TCKN, programme_code="ddta", number="own", holder="Deniz Örnek", issued_on=date(2025, 3, 3), verification_code=None, now=NOW
    )  # fmt: skip
    changed = f"{HEAD}{TCKN};1;Deniz Örnekoğlu;2023-03-06;2024-05-05\n{TCKN};own;Başka;2025-03-03;\n"
    assert load(changed) == [(2, "refused", "differs"), (3, "refused", "issued_here")]
    assert load(changed, correct=True, dry_run=True) == [(2, "corrected", ""), (3, "refused", "issued_here")]
    assert services.find("1")[0].holder == "Deniz Örnek"
    assert load(changed, correct=True) == [(2, "corrected", ""), (3, "refused", "issued_here")]
    assert services.find("1")[0].holder == "Deniz Örnekoğlu"
    [entry] = db.session.scalars(select(AuditEntry).filter_by(act="register.corrected"))
    assert (entry.subject_code, entry.data) == ("1", {"programme": "ddta", "changed": ["holder", "revoked_at"]})


def test_a_table_of_an_unknown_programme_is_refused(app: APIFlask) -> None:
    table = f"{HEAD}{TCKN};1;Deniz Örnek;2023-03-06;\n".encode()
    with pytest.raises(Invalid, match=r"register\.programme"):
        services.import_table(table, programme_code="ddtb", actor=STAFF, now=NOW)
    assert services.find("1") == []


def test_R029_of_two_imports_at_once_the_second_meets_what_the_first_entered(
    live_database: Callable[[], APIFlask],
) -> None:
    app = live_database()
    with app.app_context(), transaction():
        factories.programme()
    lines = [f"{valid_tckn(n)};N-{n};%s;2023-03-06;" for n in range(300)]
    tables = [(HEAD + "\n".join(lines) % ((name,) * 300)).encode() for name in ("Deniz Örnek", "Başka Kişi")]
    told: list[set[tuple[str, str]]] = []

    def act(number: int) -> None:
        results = services.import_table(tables[number], programme_code="ddta", actor=STAFF, now=NOW)
        told.append({(one.outcome.value, one.why) for one in results})

    assert at_once(app, 2, act) == ["won", "won"]
    assert sorted(told, key=str) == [{("added", "")}, {("refused", "differs")}]
    with app.app_context():
        assert len({row.holder for row in db.session.scalars(select(RegisterEntry))}) == 1


def test_R029_the_command_tells_each_line_and_fails_where_one_was_refused(
    app: APIFlask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("lms.cli.operate.create_app", lambda: app)
    table = tmp_path / "eski.csv"
    table.write_text(f"{HEAD}{TCKN};1;Deniz Örnek;2023-03-06;\n12345678912;2;A;2023-03-06;\n", "utf-8")

    def run(*words: str) -> int:
        args = parser().parse_args(["register", "import", str(table), *words])
        return int(args.run(args))

    assert run("--dry-run") == 1
    assert services.find("1") == []
    assert run() == 1
    said = capsys.readouterr().out
    assert said.splitlines()[-3:] == ["line;number;result;reason", "2;1;added;", "3;2;refused;the tckn is not valid"]
    assert TCKN not in said
    table.write_text(f"{HEAD}{TCKN};1;Deniz Örnekoğlu;2023-03-06;\n", "utf-8")
    assert run("--json") == 1
    assert json.loads(capsys.readouterr().out)[0]["result"] == "refused"
    assert (run("--correct"), run()) == (0, 0)
    [entry] = db.session.scalars(select(AuditEntry).filter_by(act="register.imported"))
    assert (entry.actor_kind, entry.data) == ("system", {"rows": 2, "new": 1})


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xff\xfe", "register.file"),
        (b"PK\x03\x04 no book", "register.file"),
        (b"", "register.columns"),
        (b"number;tckn\n", "register.columns"),
        (HEAD.encode() + b'"open', "register.file"),
    ],
)
def test_what_is_no_such_table_is_refused_whole(app: APIFlask, data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        load(data)
    assert refused.value.code == code
