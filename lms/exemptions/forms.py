"""Forms of the exemption pages."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import MultipleFileField
from wtforms import BooleanField, EmailField, HiddenField, RadioField, SelectField, TelField, TextAreaField
from wtforms.validators import InputRequired, Length

from lms.attachments.rules import MAX_FILES
from lms.exemptions.rules import REASON_LENGTH, STANDING, Relation, Standing
from lms.web.forms import Form, choices

RELATION_LABELS = {
    Relation.MARTYR_SPOUSE: _l("Şehit eşi"),
    Relation.MARTYR_CHILD: _l("Şehit çocuğu"),
    Relation.VETERAN: _l("Gazi"),
    Relation.VETERAN_SPOUSE: _l("Gazi eşi"),
    Relation.VETERAN_CHILD: _l("Gazi çocuğu"),
}
_STANDINGS = {
    Standing.MARTYR_RELATIVE: _l("Şehit yakını"),
    Standing.VETERAN: _l("Gazi"),
    Standing.VETERAN_RELATIVE: _l("Gazi yakını"),
}
STANDING_LABELS = {relation: _STANDINGS[standing] for relation, standing in STANDING.items()}
_ACCEPT = {"accept": "application/pdf,image/jpeg,image/png"}
_HINT = _l("PDF, JPEG ya da PNG; en çok %(most)s dosya, toplam 10 MB. Telefonla çekilmiş, okunaklı bir fotoğraf da olur.", most=MAX_FILES)  # fmt: skip


class DocumentsForm(Form):
    """Further documents for a request that exists."""

    documents = MultipleFileField(
        _l("Belgeler"), [InputRequired(_l("En az bir belge seçin."))], description=_HINT, render_kw=_ACCEPT
    )


class RequestForm(DocumentsForm):
    """R118: the guide's seven fields. Identity comes from the membership; the standing follows from the relation."""

    term = SelectField(_l("Katılmak istediğiniz eğitim/sınavın adı"), [InputRequired()])
    phone = TelField(_l("Telefon"), [Length(max=40)])
    email = EmailField(
        _l("E-posta"), [InputRequired(_l("Yanıtı gönderebilmemiz için e-posta adresinizi yazın.")), Length(max=254)]
    )
    relation = RadioField(
        _l("Yakınlık derecesi"),
        [InputRequired(_l("Beş yakınlıktan size uyanı seçin."))],
        choices=choices(RELATION_LABELS.items()),
        validate_choice=False,  # the rule refuses another one, with the list in its sentence (R117)
    )
    notice = BooleanField(
        _l("Aydınlatma metnini okudum."),
        [InputRequired(_l("Devam etmek için aydınlatma metnini okuduğunuzu işaretleyin."))],
    )


class DecisionForm(Form):
    """R119: what the reviewer found, and the decision (the pressed button)."""

    expected = HiddenField()
    status_proven = BooleanField("Şehitlik ya da gazilik durumu belgeyle kanıtlanıyor")
    kinship_proven = BooleanField("Yakınlık (eş, çocuk ya da kendisi) belgeyle kanıtlanıyor")
    reason = TextAreaField(
        "Adaya yazılacak açıklama",
        [Length(max=REASON_LENGTH[1])],
        description="Ek belge isterken ve uygun bulmazken zorunludur; aday bu metni olduğu gibi okur.",
    )
