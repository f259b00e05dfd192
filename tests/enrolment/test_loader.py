"""R050, R052: the real lists, in Turkish order."""

from __future__ import annotations

from pathlib import Path

from lms.core.sources import Fault
from lms.core.text import sort_key
from lms.enrolment.loader import read_reference

CONTENT = Path(__file__).resolve().parents[2] / "content"


def test_R052_81_provinces_and_973_districts_in_turkish_order() -> None:
    faults: list[Fault] = []
    found = read_reference(CONTENT, faults)
    assert not faults
    provinces = list(found.districts)
    assert len(provinces) == 81
    assert sum(len(d) for d in found.districts.values()) == 973
    assert provinces == sorted(provinces, key=sort_key)
    assert provinces.index("Isparta") < provinces.index("İstanbul") < provinces.index("Kahramanmaraş")
    assert provinces.index("Çanakkale") == provinces.index("Bursa") + 1
    assert "19 Mayıs" in found.districts["Samsun"]
    assert "Çankaya" in found.districts["Ankara"]


def test_R050_institutions_by_type() -> None:
    faults: list[Fault] = []
    institutions = read_reference(CONTENT, faults).institutions
    assert set(institutions) == {"agency", "bank", "insurer", "broker", "other"}
    assert institutions["agency"] == institutions["other"] == ()
    assert "Türkiye Garanti Bankası A.Ş." in institutions["bank"]
    assert list(institutions["insurer"]) == sorted(institutions["insurer"], key=sort_key)


def test_a_broken_list_names_file_and_reason(tmp_path: Path) -> None:
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "provinces.json").write_text('[\n{"name": "Adana", "districts": ["Seyhan"]}\n]', "utf-8")
    (tmp_path / "reference" / "institutions.yaml").write_text("bank:\n  - A Bank\n  - A Bank\nclub: []\n", "utf-8")
    faults: list[Fault] = []
    read_reference(tmp_path, faults)
    assert [(f.file, f.line) for f in faults] == [
        ("reference/provinces.json", 1),
        ("reference/institutions.yaml", 4),
        ("reference/institutions.yaml", 3),
    ]
