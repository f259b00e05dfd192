"""Forms of corrections."""

from wtforms import HiddenField, RadioField, StringField, TextAreaField

from lms.identity.rules import EVIDENCE_MAX, Ground
from lms.web.forms import Form, choices

GROUNDS = {
    Ground.TYPING: "Yazım hatası",
    Ground.REGISTRY: "Nüfus kaydı değişti",
    Ground.OFFICE: "Kurumun kayıt hatası",
}


class _CorrectionForm(Form):
    ground = RadioField("Neden", choices=choices(GROUNDS.items()), validate_choice=False)
    evidence = TextAreaField(
        "Dayanak",
        description="Hangi belgeye baktığınızı ve ne yazdığını not edin. T.C. kimlik numarasını buraya yazmayın.",
        render_kw={"maxlength": EVIDENCE_MAX, "rows": 3},
    )


class NameForm(_CorrectionForm):
    """R055: the name as it should be."""

    seen = HiddenField()
    first_name = StringField("Ad", render_kw={"maxlength": 60, "autocomplete": "off"})
    last_name = StringField("Soyad", render_kw={"maxlength": 60, "autocomplete": "off"})


class TcknForm(_CorrectionForm):
    """R115: the number as it should be; another person confirms."""

    tckn = StringField(
        "Doğru T.C. kimlik numarası", render_kw={"maxlength": 14, "inputmode": "numeric", "autocomplete": "off"}
    )


class DecisionForm(Form):
    """The other person's decision."""

    note = TextAreaField("Karar notu (isteğe bağlı)", render_kw={"maxlength": EVIDENCE_MAX, "rows": 3})
