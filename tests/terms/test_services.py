"""R007, R008, R127: terms from content, idempotent, a change as a new version; open terms; overrides."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select

from lms.audit.models import AuditEntry
from lms.core.access import SYSTEM
from lms.core.calendar import DayKind
from lms.core.db import db
from lms.core.errors import NotFound
from lms.core.sources import BrokenSource
from lms.membership.models import LegalText
from lms.terms import services
from lms.terms.models import CalendarOverride, Term
from lms.terms.rules import Channel
from tests.conftest import civil

if TYPE_CHECKING:
    from tests.conftest import TestClock

CONTENT = Path(__file__).resolve().parents[2] / "content"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    for part in ("programmes/ddta/programme.yaml", "programmes/ddta/terms", "texts"):
        source, target = CONTENT / part, tmp_path / part
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    return tmp_path


def load(content: Path, at: str = "2025-01-02 09:00") -> int:
    return services.import_content(content, actor=SYSTEM, now=civil(at))


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_R007_import_is_idempotent(app: APIFlask) -> None:
    assert load(CONTENT) > 0
    rows = count(Term), count(LegalText)
    assert load(CONTENT, "2025-01-03 09:00") == 0
    assert (count(Term), count(LegalText)) == rows
    assert services.current_term("ddta-2025-ilk").fee_kurus == 53300


def test_R127_a_changed_term_is_a_new_version_and_the_old_row_stays(app: APIFlask, content: Path) -> None:
    load(content)
    old = services.current_term("ddta-2025-ilk")
    path = content / "programmes" / "ddta" / "terms" / "2025.yaml"
    path.write_text(path.read_text("utf-8").replace('"533.00"', '"600.00"'), "utf-8")
    assert load(content, "2025-02-01 09:00") == 1
    new = services.current_term("ddta-2025-ilk")
    assert (old.fee_kurus, old.version, old.superseded_at) == (53300, 1, civil("2025-02-01 09:00"))
    assert (new.fee_kurus, new.version, new.superseded_at) == (60000, 2, None)
    acts = db.session.scalars(select(AuditEntry.subject_code).where(AuditEntry.act == "terms.term_loaded")).all()
    assert sorted(acts) == ["ddta-2024", "ddta-2025-ilk", "ddta-2025-ilk", "ddta-2025-yenileme"]


def test_R036_a_changed_text_is_a_new_version(app: APIFlask, content: Path) -> None:
    load(content)
    path = content / "texts" / "kvkk_notice.tr.md"
    text = path.read_text("utf-8")
    path.write_text(text + "\nYeni bir cümle.\n", "utf-8")
    assert load(content, "2025-02-01 09:00") == 1
    versions = db.session.scalars(
        select(LegalText).where(LegalText.kind == "kvkk_notice", LegalText.language == "tr").order_by(LegalText.version)
    ).all()
    assert [(t.version, t.superseded_at is None) for t in versions] == [(1, False), (2, True)]
    path.write_text(text, "utf-8")
    assert load(content, "2025-03-01 09:00") == 1
    assert [(t.version, t.superseded_at is None) for t in versions] == [(1, True), (2, False)]


def test_a_broken_file_changes_nothing(app: APIFlask, content: Path) -> None:
    load(content)
    path = content / "programmes" / "ddta" / "terms" / "2025.yaml"
    path.write_text(path.read_text("utf-8").replace("attempts: 3", "attempts: 0").replace("533", "600"), "utf-8")
    with pytest.raises(BrokenSource, match=r"terms/2025\.yaml:\d+: attempts must be between"):
        load(content)
    assert services.current_term("ddta-2025-ilk").fee_kurus == 53300


@pytest.mark.parametrize(
    ("now", "open_terms", "announced"),
    [
        ("2024-06-03 09:00", ["ddta-2024"], {"ddta-2024", "ddta-2025-ilk", "ddta-2025-yenileme"}),
        ("2025-01-07 23:59", [], {"ddta-2025-ilk", "ddta-2025-yenileme"}),
        ("2025-01-08 00:00", ["ddta-2025-ilk", "ddta-2025-yenileme"], {"ddta-2025-ilk", "ddta-2025-yenileme"}),
        ("2025-11-21 23:59:59", ["ddta-2025-ilk", "ddta-2025-yenileme"], {"ddta-2025-ilk", "ddta-2025-yenileme"}),
        ("2025-11-22 00:00", [], {"ddta-2025-ilk", "ddta-2025-yenileme"}),
        ("2025-11-29 00:00", [], set()),
    ],
)
def test_R008_open_and_announced_terms(app: APIFlask, now: str, open_terms: list[str], announced: set[str]) -> None:
    load(CONTENT)
    assert [t.code for t in services.open_terms(civil(now))] == open_terms
    assert {t.code for t in services.announced_terms(civil(now))} == announced


def test_R015_reachable_attempts_of_a_term(app: APIFlask) -> None:
    load(CONTENT)
    term = services.current_term("ddta-2025-ilk")
    assert services.reachable_attempts(term, civil("2025-11-13 23:00")) == 3
    assert services.reachable_attempts(term, civil("2025-11-13 23:00"), Channel.BRANCH) == 2


def test_an_unknown_term_is_not_found(app: APIFlask) -> None:
    with pytest.raises(NotFound):
        services.current_term("ddta-1999")


def test_overrides_reach_the_calendar(app: APIFlask, content: Path, now: TestClock) -> None:
    (content / "reference").mkdir()
    (content / "reference" / "overrides.yaml").write_text(
        "- {on: 2025-04-02, kind: holiday, name: İdari izin}\n", "utf-8"
    )
    assert services.calendar().is_business_day(date(2025, 4, 2))
    load(content)
    assert not services.calendar().is_business_day(date(2025, 4, 2))
    assert load(content) == 0
    assert count(CalendarOverride) == 1


# --- one truth: files and the desk -------------------------------------------------------------------------------

ILK = "ddta-2025-ilk"
REASON = "Karar sayısı 12, ücret değişti"


def from_the_desk(fee: int, at: str = "2025-02-01 09:00") -> Term:
    before = services.current_term(ILK)
    values = {**before.parameters, "fee_kurus": fee}
    return services.change_term(ILK, values, seen=before.version, reason=REASON, actor=SYSTEM, now=civil(at))


def in_the_file(content: Path, fee: str) -> None:
    path = content / "programmes" / "ddta" / "terms" / "2025.yaml"
    path.write_text(path.read_text("utf-8").replace('"533.00"', f'"{fee}"'), "utf-8")


def test_R127_an_import_does_not_undo_the_desk(app: APIFlask, content: Path) -> None:
    load(content)
    from_the_desk(60000)
    assert load(content, "2025-02-02 09:00") == 0
    assert services.current_term(ILK).fee_kurus == 60000


def test_R127_changed_at_both_places_is_refused_by_name_unless_told(app: APIFlask, content: Path) -> None:
    load(content)
    from_the_desk(60000)
    in_the_file(content, "700.00")
    with pytest.raises(BrokenSource, match=r"programmes/ddta/terms/2025\.yaml:1: changed here and at the desk"):
        load(content, "2025-02-02 09:00")
    assert services.current_term(ILK).fee_kurus == 60000
    assert services.import_content(content, actor=SYSTEM, now=civil("2025-02-02 09:00"), over=True) == 1
    assert (services.current_term(ILK).fee_kurus, services.current_term(ILK).source) == (70000, "file")


def test_the_desks_terms_are_written_to_their_files_and_read_back(app: APIFlask, content: Path) -> None:
    load(content)
    from_the_desk(60050)
    written = services.export_terms(content, home=True, over=False, actor=SYSTEM, now=civil("2025-02-02 09:00"))
    assert written == ["programmes/ddta/terms/2025.yaml"]
    assert services.current_term(ILK).source == "file"
    assert load(content, "2025-02-03 09:00") == 0
    in_the_file(content, "1.00")  # the desk's fee stands there now: nothing to replace
    assert services.current_term(ILK).fee_kurus == 60050
    assert services.export_terms(content, home=True, over=False, actor=SYSTEM, now=civil("2025-02-04 09:00")) == []


def test_a_day_taken_back_is_not_entered_again_by_its_file(app: APIFlask, content: Path) -> None:
    (content / "reference").mkdir()
    (content / "reference" / "overrides.yaml").write_text(
        "- {on: 2025-05-02, kind: holiday, name: İdari izin}\n", "utf-8"
    )
    load(content)
    assert not services.calendar().is_business_day(date(2025, 5, 2))
    services.withdraw_override(date(2025, 5, 2), "Karar geri alındı", actor=SYSTEM, now=civil("2025-02-01 09:00"))
    assert load(content, "2025-02-02 09:00") == 0
    assert services.calendar().is_business_day(date(2025, 5, 2))
    again = {"actor": SYSTEM, "now": civil("2025-02-03 09:00")}
    services.add_override(date(2025, 5, 2), DayKind.HALF_DAY, "Köprü günü", "Karar yeniden verildi", **again)
    assert services.calendar().kind(date(2025, 5, 2)) is DayKind.HALF_DAY
