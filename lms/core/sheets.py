"""Tables as files of a spreadsheet, both ways: CSV as a Turkish Excel opens it, and XLSX. Written rows stream: memory does not
grow with them.

A cell that would begin a formula is text here: Excel, LibreOffice and Google read `=`, `+`, `-`, `@`, a tab or a line's end at
the start as one, and a name or an institution is typed by strangers.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import IO
from zipfile import BadZipFile, ZipFile

from lms.core.clock import ISTANBUL
from lms.core.errors import Invalid
from lms.core.text import nfc

Cell = str | int | float | bool | date | datetime | None
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_CONTROL = {code: " " for code in range(32) if code not in (9, 10)}


def plain(text: str) -> str:
    """``text`` as a cell that no program takes for a formula; control letters that XML cannot hold are spaces."""
    kept = text.translate(_CONTROL)
    return f"'{kept}" if text.startswith(_FORMULA) or kept.lstrip().startswith(_FORMULA) else kept


def _shown(cell: Cell) -> str | int | float:
    """As both files write it: instants in Istanbul's civil time, yes and no in Turkish."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "evet" if cell else "hayır"
    if isinstance(cell, datetime):
        return cell.astimezone(ISTANBUL).strftime("%d.%m.%Y %H:%M:%S")
    if isinstance(cell, date):
        return cell.strftime("%d.%m.%Y")
    return plain(cell) if isinstance(cell, str) else cell


def csv_lines(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Semicolons, a mark of UTF-8 at the start, decimal commas: what Excel opens by a double click in Turkey."""
    yield "\ufeff"
    line = io.StringIO()
    writer = csv.writer(line, delimiter=";", lineterminator="\r\n")
    for row in _all(head, rows):
        writer.writerow([str(cell).replace(".", ",") if isinstance(cell, float) else cell for cell in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def write_xlsx(out: IO[bytes], title: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """One sheet, written row by row through a file of its own."""
    from openpyxl import Workbook  # noqa: PLC0415 - 23 MB in each worker, for a file a day

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for row in _all(head, rows):
        sheet.append(row)
    book.save(out)


def _all(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[list[str | int | float]]:
    yield [plain(name) for name in head]
    for row in rows:
        yield [_shown(cell) for cell in row]


# --- reading what strangers send -----------------------------------------------------------------------------------------

_UNPACKED = 100 * 1024 * 1024
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def read_rows(data: bytes, most: int) -> list[tuple[int, list[str]]]:
    """The rows of a CSV (UTF-8 or Windows-1254; semicolons, commas or tabs) or of an XLSX file's first sheet that are not empty,
    as trimmed text, each with the number of its line.

    Errors: Invalid sheet.unreadable, sheet.too_long (more than ``most`` rows).
    """
    rows: list[tuple[int, list[str]]] = []
    try:
        for number, cells in _xlsx_rows(data) if data.startswith(b"PK\x03\x04") else _csv_rows(data):
            row = [nfc(cell) for cell in cells]
            if any(row):
                rows.append((number, row))
            if len(rows) > most:
                raise Invalid("sheet.too_long", most=most)
    except (
        csv.Error,
        BadZipFile,
        LookupError,
        AttributeError,
        ValueError,
        TypeError,
        SyntaxError,
        EOFError,
        OSError,
    ):
        raise Invalid("sheet.unreadable") from None
    return rows


def _csv_rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    if data.startswith(_UTF_16):
        raise ValueError("UTF-16")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1254")
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(";,\t", key=head.count), strict=True)
    for cells in reader:
        yield reader.line_num, cells


def _xlsx_rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    from openpyxl import load_workbook  # noqa: PLC0415 - as above

    with ZipFile(io.BytesIO(data)) as parts:
        if sum(part.file_size for part in parts.infolist()) > _UNPACKED:
            raise ValueError("unpacks to too much")
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    try:
        for number, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), 1):
            yield number, [_read(cell) for cell in cells]
    finally:
        book.close()


def _read(cell: object) -> str:
    """A cell as it would be typed: Excel keeps an identity number as a decimal, a day as an instant."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return str(cell)
