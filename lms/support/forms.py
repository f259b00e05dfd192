"""Forms of support."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import EmailField, HiddenField, SelectField, StringField, TextAreaField

from lms.identity.rules import EVIDENCE_MAX, EVIDENCE_MIN
from lms.membership.forms import Needed
from lms.support.rules import ANSWER, BODY, REASON, Category
from lms.web.forms import Form, Letters, choices

CATEGORY_LABELS = {
    Category.ACCOUNT: _l("Giriş ve hesap"),
    Category.PAYMENT: _l("Ödeme"),
    Category.TRAINING: _l("Eğitim"),
    Category.EXAM: _l("Sınav"),
    Category.CERTIFICATE: _l("Sertifika"),
    Category.EXEMPTION: _l("Ücret muafiyeti"),
    Category.REAPPLICATION: _l("Yeniden başvuru"),
    Category.OTHER: _l("Diğer"),
}


class TicketForm(Form):
    category = SelectField(
        _l("Neyle ilgili?"),
        choices=choices([("", _l("Seçmek zorunda değilsiniz")), *CATEGORY_LABELS.items()]),
        validate_choice=False,
    )
    subject = StringField(_l("Konu"), [Needed()])
    body = TextAreaField(_l("Sorunuz"), [Needed(), Letters(*BODY)])
    email = EmailField(_l("E-posta adresiniz"), [Needed()])
    page = HiddenField()


class AccountForm(Form):
    """The door of who cannot reach the account. The number is never shown again, not even beside an error."""

    name = StringField(_l("Ad ve soyad"), [Needed()])
    tckn = StringField(_l("T.C. kimlik numarası"), [Needed()])
    email = EmailField(_l("Size ulaşabileceğimiz e-posta adresi"), [Needed()])
    body = TextAreaField(_l("Ne oluyor?"), [Needed(), Letters(*BODY)])


class WriteForm(Form):
    body = TextAreaField(_l("İletiniz"), [Needed(), Letters(*BODY)])


class AnswerForm(Form):
    expected = HiddenField()
    ready = SelectField("Hazır yanıt", validate_choice=False)
    answer = TextAreaField("Yanıt", [Needed(), Letters(*ANSWER)])


class NoteForm(Form):
    note = TextAreaField("İç not", [Needed()])


class CloseForm(Form):
    reason = TextAreaField("Gerekçe", [Needed(), Letters(*REASON)], description="Yalnızca görevliler görür.")


class SortForm(Form):
    category = SelectField("Konu", choices=choices(CATEGORY_LABELS.items()))


class DisputeForm(Form):
    """A claim to an identity number, opened by staff from what a ticket says."""

    tckn = StringField("Kişinin T.C. kimlik numarası", [Needed()], description="Belgede yazan numara.")
    name = StringField("Adı ve soyadı", [Needed()])
    email = EmailField("Ulaşılacak e-posta adresi", [Needed()])
    explanation = TextAreaField("Ne oldu?", [Needed(), Letters(EVIDENCE_MIN, EVIDENCE_MAX)])
    document = FileField(
        "Kimliğini gösteren belge",
        description="Postayla geldiyse ekini kaydedip buradan seçin. PDF, JPEG ya da PNG.",
        render_kw={"accept": "application/pdf,image/jpeg,image/png"},
    )


class CannedForm(Form):
    title = StringField("Başlık", [Needed()])
    body_tr = TextAreaField("Türkçe metin", [Needed()])
    body_en = TextAreaField("İngilizce metin", [Needed()])
