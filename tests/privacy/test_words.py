"""The trail's words: whoever reads it finds no bare key where a Turkish word belongs."""

import ast
from enum import StrEnum
from pathlib import Path

import pytest

from lms.core.db import Base
from lms.identity.rules import Ground
from lms.payments.rules import Result
from lms.privacy.loader import policy
from lms.privacy.rules.words import COLUMNS, SUBJECTS, VALUES, named
from lms.privacy.services import export
from lms.privacy.staff_views import detail
from lms.support.rules import Category


def _kinds(node: ast.AST) -> set[str]:
    """The kinds that stand first in a (kind, code) below this node."""
    pairs = (one for one in ast.walk(node) if isinstance(one, ast.Tuple) and len(one.elts) == 2)
    first = (pair.elts[0] for pair in pairs)
    return {one.value for one in first if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def test_each_kind_of_subject_that_the_trail_records_has_a_word() -> None:
    written = set()
    for path in (Path(__file__).resolve().parents[2] / "lms").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "subject":
                written |= _kinds(node.value)
    assert len(written) > 20, written
    assert sorted(written - SUBJECTS.keys()) == []


def test_R063_each_column_of_the_copy_has_a_word() -> None:
    left = [name for name, one in policy()[1].items() if one.personal and name not in export.UNREACHED]
    columns = {(name, column.name) for name in left for column in export._columns(Base.metadata.tables[name])}
    assert len(columns) > 300
    assert sorted(one for one in columns if one[1] not in COLUMNS and one[1] not in export._NAMED) == []


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (True, "evet"), (["a"], "a"), (["7q", "3k", "9m"], "7q, 3k, 9m"), ("2025-03-04T06:57:00+00:00", "4 Mart 2025, 09.57"),
        ({"fee_kurus": [53300, 60000]}, "fee_kurus 53300 → 60000"), ("DDTA-2025-000001", "DDTA-2025-000001"), (3, "3"),
    ],
)  # fmt: skip
def test_what_a_row_carries_is_written_for_people(value: object, said: str) -> None:
    assert detail(value) == said


def test_a_stored_code_is_told_in_words_wherever_it_stands() -> None:
    assert named("applicant_type", "agency") == "acente"
    assert detail({"was": ["passed", "invalid"]}) == "Önceki geçti → geçersiz"
    assert detail({"source": "form", "documents": 1}) == "Geliş yolu sayfa; Belgeler 1"
    assert detail({"ground": "typing"}) == "Neden yazım hatası"
    assert detail({"UNDERPAID": 2, "result": "UNKNOWN_TCKN"}) == "eksik ödeme 2; Sonuç üye bulunamadı"
    assert named("note", "Kendi cümlesi: failed.") == "Kendi cümlesi: failed."


@pytest.mark.parametrize("codes", [Result, Ground, Category], ids=lambda codes: str(codes.__name__))
def test_each_code_that_the_trail_carries_has_a_word(codes: type[StrEnum]) -> None:
    assert sorted(set(codes) - VALUES.keys()) == []
