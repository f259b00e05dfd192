"""The desk's forms for the register."""

from flask_wtf.file import FileField
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from lms.register.formats import COLUMNS
from lms.web.forms import Form


class ImportForm(Form):
    """Certificates of earlier years."""

    programme = SelectField("Program")
    table = FileField(
        "Dosya",
        [InputRequired("Bir dosya seçin.")],
        description=f"CSV ya da XLSX. İlk satır: {'; '.join(COLUMNS)}. Günler 2023-03-06 ya da 06.03.2023 biçiminde; iptal günü boş olabilir.",
        render_kw={"accept": ".csv,.xlsx,text/csv"},
    )
    correct = BooleanField(
        "Kayıtlı numaraların bilgilerini düzelt",
        description="İşaretlenmezse başka bilgilerle kayıtlı numaralar atlanır. Her düzeltme denetim kaydına girer.",
    )


class FindForm(Form):
    """By number, or by the holder's T.C. kimlik number; what is typed never enters an address."""

    q = StringField("Sertifika ya da T.C. kimlik numarası", [InputRequired("Bir numara yazın."), Length(max=60)])
