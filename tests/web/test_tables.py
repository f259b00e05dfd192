"""A table of ours as a download."""

from io import BytesIO

from openpyxl import load_workbook

from lms.web import downloads

HEAD, ROWS = ("Kurum", "Başvuru"), [("Örnek Şirketi", 3)]


def test_csv_is_streamed_as_an_attachment(app):
    with app.test_request_context():
        response = downloads.table("Kurumlar Işıl", HEAD, ROWS)
        assert response.get_data(as_text=True) == "\ufeffKurum;Başvuru\r\nÖrnek Şirketi;3\r\n"
    assert response.headers["Content-Disposition"] == "attachment; filename=kurumlar-isil.csv"
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Cache-Control"] == "private, no-store"


def test_xlsx_opens(app):
    with app.test_request_context():
        response = downloads.table("Kurumlar", HEAD, ROWS, "xlsx")
        sheet = load_workbook(BytesIO(response.get_data()))["Kurumlar"]
        response.close()
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [list(HEAD), ["Örnek Şirketi", 3]]
    assert response.headers["Content-Disposition"].endswith("kurumlar.xlsx")
