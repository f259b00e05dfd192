import shutil
from pathlib import Path

import pytest

from lms.core.sources import BrokenSource, Folder
from lms.tariff.loader import check, load

AUTHORED = Folder(Path())


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree("content/tariffs", tmp_path / "content/tariffs"))


def test_the_content_is_without_fault():
    assert check(AUTHORED)[1] == []


def test_every_known_value_has_a_source_and_every_unknown_a_reason():
    catalogue = load(AUTHORED)
    for text in (*catalogue.tariffs, *catalogue.laws):
        for fact in text.facts.values():
            assert fact.sources if fact.known else fact.note, (text.id, fact.key)


def test_every_statement_of_a_rule_text_has_words_also_if_it_is_unknown():
    for law in load(AUTHORED).laws:
        for fact in law.facts.values():
            assert fact.text, (law.id, fact.key)


@pytest.mark.parametrize(
    ("old", "new", "line_of", "reason"),
    [
        ("0,50  0,80", "0.50  0,80", "0-3.000.000", "'0.50' is not a rate like 0,50"),
        ("3.000.001-5.000.000 ", "3.000.002-5.000.000 ", "3.000.002", "does not follow the row above"),
        (
            "10.000.001-15.000.000       0,40",
            "10.000.001-15.000.000     ",
            "10.000.001-",
            "a row is a band and 5 cells",
        ),
        ("240   360   kat", "240   kat", "0-3.000.000", "a row is a band and 4 cells"),
        ("status: inferred", "status: sure", "status: sure", "status is one of"),
        ("    value: 2000\n", "", "text: Hesaplanan", "a known statement has a value"),
        ("value: 2000", "value: iki bin", "value: iki", "whole number"),
        ("  min_premium:", "  floor:", "floor:", "unknown statement 'floor'"),
        ("page: erdogansanal", "page: yok", "page: yok", "'yok' is not in sources.yaml"),
        ("id: DDAS-TT-2020", "id: DDAS-TT-2021", "id:", "the id must be the file's name"),
        ("value: [120, 180, 240, 360]", "value: [120, 180, 360]", "", "the table has the terms"),
        ("value: 2020-03-25", "value: 2022-05-27", "", "takes effect on the same day"),
        ("authority:", "authorty:", "authorty", "unknown key 'authorty'"),
    ],
)
def test_a_fault_names_file_line_and_reason(folder, old, new, line_of, reason):
    path = folder / "DDAS-TT-2020.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    faults = check(Folder(folder.parents[1]))[1]
    found = [fault for fault in faults if reason in fault.reason]
    assert found, faults
    if line_of:
        lines = path.read_text("utf-8").splitlines()
        near = next(number for number, line in enumerate(lines, 1) if line_of in line)
        assert any(abs(fault.line - near) <= 1 for fault in found), (near, found)
    assert all(fault.file.startswith("content/tariffs/DDAS-TT-202") for fault in found)
    with pytest.raises(BrokenSource):
        load(Folder(folder.parents[1]))


def test_an_unknown_value_without_a_reason_is_a_fault(folder):
    path = folder / "DDAS-TT-2018.yaml"
    path.write_text(
        path.read_text("utf-8").replace("    reason: 2.000 TL’lik taban ilk kez 2019 sunumunda görülüyor.\n", ""),
        "utf-8",
    )
    assert [fault.reason for fault in check(Folder(folder.parents[1]))[1]] == ["'reason' is missing"]


def test_an_empty_folder_is_a_fault(tmp_path):
    assert any("no tariff" in fault.reason for fault in check(Folder(tmp_path))[1])
