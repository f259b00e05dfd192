"""The staff's form for a day unlike the public calendar."""

from wtforms import DateField, SelectField, StringField
from wtforms.validators import InputRequired

from lms.core.calendar import DayKind
from lms.web.forms import Form, choices

KINDS = {
    DayKind.HOLIDAY: "Tam gün kapalı",
    DayKind.HALF_DAY: "Yarım gün (iş günü sayılır)",
    DayKind.BUSINESS: "Çalışma günü",
}


class OverrideForm(Form):
    """D-1: day, kind, and the name that candidates read in the explanation of their dates."""

    on = DateField("Gün", validators=[InputRequired("Günü takvimden seçin ya da 2026-03-23 biçiminde yazın.")])
    kind = SelectField("Tür", choices=choices(KINDS.items()))
    name = StringField("Adaylara gösterilecek ad", validators=[InputRequired("Bu alan boş bırakılamaz.")])
