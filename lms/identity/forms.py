"""Forms of corrections and claims."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import EmailField, HiddenField, RadioField, StringField, TextAreaField

from lms.identity.rules import EVIDENCE_MAX, EVIDENCE_MIN, Ground
from lms.web.forms import Form, Letters, choices

GROUNDS = {
    Ground.TYPING: "Yazım hatası",
    Ground.REGISTRY: "Nüfus kaydı değişti",
    Ground.OFFICE: "Kurumun kayıt hatası",
}


_TOLD = Letters(EVIDENCE_MIN, EVIDENCE_MAX)


class _CorrectionForm(Form):
    ground = RadioField("Neden", choices=choices(GROUNDS.items()), validate_choice=False)
    evidence = TextAreaField(
        "Dayanak",
        [_TOLD],
        description="Hangi belgeye baktığınızı ve ne yazdığını not edin. T.C. kimlik numarasını buraya yazmayın.",
        render_kw={"rows": 3},
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


class ClaimForm(Form):
    """What somebody says whose identity number opened an account that is not theirs."""

    tckn = StringField(_l("T.C. kimlik numaranız"), render_kw={"maxlength": 14, "inputmode": "numeric"})
    name = StringField(_l("Adınız ve soyadınız"), render_kw={"maxlength": 60, "autocomplete": "name"})
    email = EmailField(
        _l("Size ulaşabileceğimiz e-posta adresi"), render_kw={"maxlength": 254, "autocomplete": "email"}
    )
    explanation = TextAreaField(_l("Ne oldu?"), [_TOLD], render_kw={"rows": 4})
    document = FileField(
        _l("Kimliğinizi gösteren belge"),
        description=_l("PDF, JPEG ya da PNG. Yalnızca karar veren görevliler açabilir; karardan 60 gün sonra silinir."),
        render_kw={"accept": "application/pdf,image/jpeg,image/png"},
    )


class ClaimDecisionForm(Form):
    """Why the account is moved, or why not."""

    reason = TextAreaField("Gerekçe", [_TOLD], description="Belgenin neyi gösterdiğini yazın.", render_kw={"rows": 3})
