import shutil
from pathlib import Path

import pytest

from lms.core.sources import BrokenSource, Folder
from lms.questions.loader import check, load
from lms.tariff.loader import load as load_tariffs

CATALOGUE = load_tariffs(Folder(Path()))


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree("question_bank", tmp_path / "question_bank"))


def faults_after(folder, name, old, new):
    path = folder / "ddta" / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return check(Folder(folder.parent), CATALOGUE)[1]


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        ("hesap.yaml", "turnover: [11000000,", "turnover: [13000000,", "13000000 × 88 is not done in the head"),
        ("hesap.yaml", "turnover: [11000000,", "turnover: [900000000,", "tariff.turnover_out_of_range"),
        ("hesap.yaml", "mistakes: [marginal,", "mistakes: [typo,", "the mistake 'typo' gives no further option"),
        ("hesap.yaml", "25 Mart 2020 tarifesine", "Tarifeye", "the stem must name its date (25 Mart 2020)"),
        ("hesap.yaml", "mobilya üreticisi {{days}} gün", "mobilya üreticisi bu", "two variants have the same stem"),
        ("hesap.yaml", "{{turnover}} × %{{rate}}", "{{ciro}} × %{{rate}}", "there is no {{ciro}}"),
        ("hesap.yaml", "premium: [10.000.001-15.000.000,", "premium: [10.000.000-15.000.000,", "has no row"),
        ("hesap.yaml", "what: net_premium", "what: premium", "what is one of"),
        ("hesap.yaml", "what: net_premium", "what: per_buyer_limit", "per_buyer_limit is given turnover"),
        (
            "hesap.yaml",
            "    asks: {what: net_premium",
            "    answer: x\n    asks: {what: net_premium",
            "has no 'answer'",
        ),
        ("hesap.yaml", "{from: 8000, to: 40000, step: 4000}", "{from: 8000, to: 40000, step: 0}", "a range has"),
        ("hesap.yaml", '["DDAS-TT-2020:premium/10.000.001-', '["DDAS-TT-2020:premium/9-', "there is no known value"),
        ("prim.yaml", 'answer: "%10"', 'answer: "%{{DDAS-TT-2022:cash}}"', "there is no such known value"),
        (
            "prim.yaml",
            'answer: "%10"',
            'answer: "%{{DDAS-TT-2022:cash_discount}}"',
            "must name its date (27 Mayıs 2022)",
        ),
        ("prim.yaml", '      - "%25"\n', "", "one answer and 3 distractors"),
        ("prim.yaml", '- "%15"', '- "%5"', "two options are equal"),
        ("prim.yaml", "code: prim-002", "code: prim-001", "is taken by"),
        ("prim.yaml", "code: prim-002", "code: P2", "a code is like prim-001"),
        ("prim.yaml", "difficulty: 1", "difficulty: 5", "difficulty is one of"),
        ("prim.yaml", "document: ddas-faq", "document: faq", "is not in sources.yaml"),
        ("prim.yaml", "explanation:", "explanaton:", "unknown key 'explanaton'"),
        ("sistem.yaml", 'cells: ["DDAS-FAQ:manager"]', "until: 2030-01-01", "it cites no cell"),
        ("paper.yaml", "topics: [sistem, kobi]", "topics: [sistem]", "kobi: in no area"),
        ("paper.yaml", "topics: [sistem, kobi]", "topics: [sistem]", "an area has at least 2 questions of a paper"),
        ("paper.yaml", "topics: [sistem, kobi]", "topics: [sistem, kobi, prim]", "prim: in two areas"),
        ("paper.yaml", "topic: prim,", "topic: para,", "there is no topic 'para'"),
        ("paper.yaml", "{topic: prim, difficulty: 1}", "{topic: sistem, difficulty: 3}", "3 papers need 3"),
    ],
)
def test_a_fault_names_file_line_and_reason(folder, name, old, new, reason):
    faults = faults_after(folder, name, old, new)
    found = [fault for fault in faults if reason in fault.reason]
    assert found, faults
    assert all(fault.file == f"question_bank/ddta/{name}" and fault.line >= 1 for fault in found)
    with pytest.raises(BrokenSource):
        load(Folder(folder.parent), CATALOGUE)


def test_a_lesson_that_does_not_exist_is_a_fault(folder, tmp_path):
    (tmp_path / "content/programmes/ddta/lessons/01").mkdir(parents=True)
    (tmp_path / "content/programmes/ddta/lessons/01/lesson.yaml").write_text("code: sistem\n", "utf-8")
    reasons = {fault.reason for fault in check(Folder(tmp_path), CATALOGUE)[1]}
    assert "prim-001: there is no lesson 'prim'" in reasons
    assert not any("no lesson 'sistem'" in reason for reason in reasons)


def test_a_slide_that_does_not_exist_is_a_fault(folder, tmp_path):
    lesson = tmp_path / "content/programmes/ddta/lessons/01"
    lesson.mkdir(parents=True)
    (lesson / "lesson.yaml").write_text("code: prim\n", "utf-8")
    (lesson / "slides.md").write_text("# Prim\nid: taban\n\n???\nAnlatım.\n", "utf-8")
    path = folder / "ddta/prim.yaml"
    text = path.read_text("utf-8")
    for slide, missing in (("taban", False), ("tavan", True)):
        path.write_text(text.replace("lesson: prim#ciro", f"lesson: prim#{slide}", 1), "utf-8")
        reasons = {fault.reason for fault in check(Folder(tmp_path), CATALOGUE)[1]}
        assert ("prim-001: the lesson 'prim' has no slide 'tavan'" in reasons) == missing
        assert not any("no lesson 'prim'" in reason for reason in reasons)


def test_an_empty_bank_is_a_fault(tmp_path):
    assert [fault.reason for fault in check(Folder(tmp_path), CATALOGUE)[1]] == ["holds no programme's questions"]


def test_tables_are_filled_from_the_tariff(folder):
    bank, _ = check(Folder(folder.parent), CATALOGUE)
    table = next(question for question in bank.questions if question.code == "hesap-001").variants[0].table
    assert table.caption == "25 Mart 2020 tarifesi: prim oranları (%)"
    assert table.head == ("Vadeli satış cirosu (TL)", "120 gün", "180 gün", "240 gün", "360 gün")
    assert table.rows[1] == ("10.000.001-15.000.000", "0,40", "0,50", "0,60", "0,88")


def test_references_are_filled_in_and_cited(folder):
    bank, _ = check(Folder(folder.parent), CATALOGUE)
    (one,) = next(question for question in bank.questions if question.code == "prim-019").variants
    assert one.options[0] == "2.000 TL"
    assert one.explanation.startswith("Hesaplanan prim 2.000 TL’nin altında")
    assert [(cite.address, cite.shown) for cite in one.cites] == [
        ("DDAS-TT-2022:min_premium", "2.000"),
        ("DDAS-TT-2022:deductible", "2.500"),
    ]
    (law,) = next(question for question in bank.questions if question.code == "kobi-022").variants
    assert law.options[0] == "125 milyon TL’den 250 milyon TL’ye çıkardı"
    assert {cite.address for cite in law.cites} == {f"KOBI-{year}:medium_sales" for year in (2018, 2022, 2023)}


def test_a_code_is_unique_over_all_programmes(folder):
    shutil.copytree(folder / "ddta", folder / "kopya")
    assert any(
        "is taken by question_bank/ddta/" in fault.reason for fault in check(Folder(folder.parent), CATALOGUE)[1]
    )
