"""Tables for a spreadsheet: what Excel shows, and that no cell of a stranger is a formula."""

import csv
import io
import tracemalloc
from datetime import UTC, date, datetime

import pytest
from openpyxl import load_workbook

from lms.core import sheets

HEAD = ("Ad", "Sayı", "Gün", "An", "Var")
ROWS = [("Işıl Örnek; Şube", 7, date(2025, 3, 9), datetime(2025, 3, 9, 21, 30, tzinfo=UTC), True), ("", 0.5, None, None, False)]  # fmt: skip


def _csv(head, rows):
    text = "".join(sheets.csv_lines(head, rows))
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:]), delimiter=";"))


def _xlsx(head, rows):
    out = io.BytesIO()
    sheets.write_xlsx(out, "Liste", head, rows)
    book = load_workbook(io.BytesIO(out.getvalue()))
    return book["Liste"]


def test_both_files_say_the_same_in_turkish_forms():
    expected = [["Işıl Örnek; Şube", "7", "09.03.2025", "10.03.2025 00:30:00", "evet"], ["", "0,5", "", "", "hayır"]]
    assert _csv(HEAD, ROWS) == [list(HEAD), *expected]
    cells = [[cell.value for cell in row] for row in _xlsx(HEAD, ROWS).iter_rows()]
    assert cells[0] == list(HEAD)
    assert cells[1] == ["Işıl Örnek; Şube", 7, "09.03.2025", "10.03.2025 00:30:00", "evet"]
    assert cells[2] == [None, 0.5, None, None, "hayır"]


@pytest.mark.parametrize(
    "text", ["=1+1", "+90", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", '=HYPERLINK("http://x")']
)
def test_what_would_be_a_formula_is_text(text):
    ((_, row),) = [_csv(("a",), [(text,)])]
    assert row[0].startswith("'")
    cell = _xlsx(("a",), [(text,)])["A2"]
    assert cell.data_type in ("s", "inlineStr")
    assert str(cell.value).startswith("'")


def test_letters_that_xml_cannot_hold_are_spaces():
    assert _xlsx(("a",), [("a\x00b\x1fc",)])["A2"].value == "a b c"


def test_memory_does_not_grow_with_the_rows():
    rows = (("Deniz Örnek", n, date(2025, 1, 1)) for n in range(20_000))
    tracemalloc.start()
    size = sum(len(part) for part in sheets.csv_lines(("a", "b", "c"), rows))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 500_000
    assert peak < 200_000
