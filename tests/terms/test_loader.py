"""R007: terms and texts from authored files; a broken file stops with file, line and reason, the good ones are data."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from lms.core.calendar import DayKind, instant
from lms.core.sources import Fault
from lms.terms.loader import ProgrammeSource, read_overrides, read_programmes, read_texts

CONTENT = Path(__file__).resolve().parents[2] / "content"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    source = CONTENT / "programmes" / "ddta"
    target = tmp_path / "programmes" / "ddta"
    target.mkdir(parents=True)
    shutil.copy(source / "programme.yaml", target)
    shutil.copytree(source / "terms", target / "terms")
    shutil.copytree(CONTENT / "texts", tmp_path / "texts")
    return tmp_path


def read(content: Path) -> tuple[tuple[ProgrammeSource, ...], list[Fault]]:
    faults: list[Fault] = []
    programmes = read_programmes(content, faults)
    read_texts(content, faults)
    return programmes, faults


def only_fault(content: Path) -> Fault:
    _, faults = read(content)
    assert len(faults) == 1, faults
    return faults[0]


def edit(content: Path, old: str, new: str, file: str = "terms/2025.yaml") -> int:
    """Replace in a file of the programme; the line number of what was replaced."""
    path = content / "programmes" / "ddta" / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_R007_the_2025_term_is_the_guides() -> None:
    programmes, faults = read(CONTENT)
    assert not faults
    ddta = next(p for p in programmes if p.code == "ddta")
    assert ddta.service_name == "Devlet Destekli Ticari Alacak"
    term = next(t for t in ddta.terms if t.code == "ddta-2025-ilk").parameters
    assert term == {
        "kind": "first_time", "name_tr": "2025 dönemi", "name_en": "2025 term", "is_example": False,
        "application_from": instant(date(2025, 1, 8)), "application_to": instant(date(2025, 11, 22)),
        "study_from": instant(date(2025, 1, 9)), "study_to": instant(date(2025, 11, 29)),
        "fee_kurus": 53300, "vat_percent": 20, "attempts": 3, "question_count": 10, "pass_mark": 70,
        "exam_minutes": 20, "view_days": 180, "view_fee_kurus": 15000, "view_fee_is_example": True,
        "assignment_hours": 24, "branch_hours": 6, "receipt_days": 3, "exemption_safe_days": 5,
        "guard_minutes": 15, "warn_minutes": 60, "exemption_two_persons": False,
    }  # fmt: skip


def test_R007_what_the_guide_does_not_print_is_marked_as_an_example() -> None:
    programmes, _ = read(CONTENT)
    terms = {t.code: t.parameters for p in programmes for t in p.terms}
    assert {code for code, p in terms.items() if p["is_example"]} >= {"ddta-2024", "ddta-2025-yenileme"}
    assert terms["ddta-2025-yenileme"]["kind"] == "renewal"
    assert terms["ddta-2024"]["study_to"] < terms["ddta-2025-ilk"]["application_from"]


def test_R036_R057_every_text_stands_in_both_languages() -> None:
    found = read_texts(CONTENT, [])
    texts = {(t.kind, t.language) for t in found}
    kinds = {"kvkk_notice", "explicit_consent", "service_contract", "pre_information", "immediate_performance",
             "application_terms", "no_certificate_declaration"}  # fmt: skip
    assert {(k, lang) for k in kinds for lang in ("tr", "en")} <= texts
    assert next(t.title for t in found if (t.kind, t.language) == ("application_terms", "tr")) == (
        "Başvuru Şartları ve Koşullar"
    )


def test_R007_a_second_programme_and_a_2026_term_are_data_alone(content: Path) -> None:
    shutil.copytree(content / "programmes" / "ddta", content / "programmes" / "tarim")
    for path in (content / "programmes" / "tarim" / "terms").glob("*.yaml"):
        path.unlink()
    (content / "programmes" / "tarim" / "programme.yaml").write_text(
        "code: tarim\nname: {tr: Tarım Sigortası, en: Crop Insurance}\nservice_name: Tarım\nnumber_prefix: TRM\n",
        "utf-8",
    )
    term = (content / "programmes" / "ddta" / "terms" / "2025.yaml").read_text("utf-8")
    (content / "programmes" / "tarim" / "terms" / "2026.yaml").write_text(
        term.replace("ddta-2025-ilk", "tarim-2026").replace("2025", "2026").replace("attempts: 3", "attempts: 2"),
        "utf-8",
    )
    programmes, faults = read(content)
    assert not faults
    added = next(p for p in programmes if p.code == "tarim").terms[0]
    assert (added.code, added.parameters["attempts"]) == ("tarim-2026", 2)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('fee: "533.00"', "fee: 533", "text is expected here"),
        ('fee: "533.00"', 'fee: "533,00"', "an amount in lira"),
        ('fee: "533.00"', 'fee: "-1.00"', "an amount in lira"),
        ("attempts: 3", "attempts: 0", "between 1 and 10"),
        ("attempts: 3", "attempts: true", "a whole number is expected"),
        ("exam_minutes: 20", "exam_minuts: 20", "unknown key 'exam_minuts'"),
        ("last_day: 2025-11-21", "last_day: 2024-11-21", "before the first"),
        ("last_day: 2025-11-21", "last_day: someday", "a date"),
        ("example: false", "example: maybe", "true or false"),
    ],
)
def test_a_broken_term_names_file_line_and_reason(content: Path, old: str, new: str, reason: str) -> None:
    line = edit(content, old, new)
    programmes, faults = read(content)
    fault = next(f for f in faults if reason in f.reason)
    assert (fault.file, fault.line) == ("programmes/ddta/terms/2025.yaml", line)
    assert "ddta-2025-ilk" not in {t.code for p in programmes for t in p.terms}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("kind: first_time", "kind: third_time", "unknown kind"),
        ("code: ddta-2025-ilk", "code: DDTA 2025", "small letters"),
        ("question_count: 10", "question_count: 7", "evenly"),
        ("last_day: 2025-11-28", "last_day: 2025-11-20", "ends before the application window"),
        ("last_day: 2025-11-28", "last_day: 2025-11-23", "reaches no exam"),
        ("receipt_days: 3\n", "", "'receipt_days' is missing"),
        ("attempts: 3\n", "attempts: 3\nattempts: 4\n", "stands twice"),
        ("attempts: 3", "attempts: [3", "not YAML"),
    ],
)
def test_a_term_that_makes_no_sense_is_refused(content: Path, old: str, new: str, reason: str) -> None:
    edit(content, old, new)
    fault = only_fault(content)
    assert fault.file == "programmes/ddta/terms/2025.yaml"
    assert reason in fault.reason


def test_two_terms_with_one_code(content: Path) -> None:
    edit(content, "code: ddta-2024", "code: ddta-2025-ilk", "terms/2024.yaml")
    assert "stands twice" in only_fault(content).reason


def test_a_folder_is_the_programmes_code(content: Path) -> None:
    edit(content, "code: ddta", "code: other", "programme.yaml")
    assert "folder's name" in only_fault(content).reason


def test_a_text_needs_both_languages_and_a_title(content: Path) -> None:
    texts = content / "texts"
    (texts / "kvkk_notice.en.md").unlink()
    assert "'en' version is missing" in only_fault(content).reason
    (texts / "kvkk_notice.en.md").write_text("no title", "utf-8")
    assert any("first line is the title" in f.reason for f in read(content)[1])


def test_an_empty_content_folder_is_a_fault(tmp_path: Path) -> None:
    assert only_fault(tmp_path).reason == "there is no programme here"


def test_overrides(tmp_path: Path) -> None:
    faults: list[Fault] = []
    assert read_overrides(tmp_path, faults) == {}
    (tmp_path / "reference").mkdir()
    path = tmp_path / "reference" / "overrides.yaml"
    path.write_text("- {on: 2026-03-23, kind: holiday, name: İdari izin}\n", "utf-8")
    table = read_overrides(tmp_path, faults)
    assert not faults
    assert table[date(2026, 3, 23)].kind is DayKind.HOLIDAY
    path.write_text("- {on: 2026-03-23, kind: feast, name: x}\n- {on: soon, kind: holiday, name: y}\n", "utf-8")
    read_overrides(tmp_path, faults)
    assert [(f.line, f.file) for f in faults] == [(1, "reference/overrides.yaml"), (2, "reference/overrides.yaml")]


def test_the_products_own_overrides_are_sound() -> None:
    faults: list[Fault] = []
    read_overrides(CONTENT, faults)
    assert not faults


def test_a_programme_may_have_its_own_wording(content: Path) -> None:
    own = content / "programmes" / "ddta" / "texts"
    own.mkdir()
    (own / "service_contract.tr.md").write_text("# Sözleşme\nMetin.", "utf-8")
    (own / "service_contract.en.md").write_text("# Contract\nText.", "utf-8")
    programmes, faults = read(content)
    assert not faults
    assert {t.kind for p in programmes for t in p.texts} == {"ddta/service_contract"}
