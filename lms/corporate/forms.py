"""Forms of an institution's page, of an invitation's answer, and of the office."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, StringField, TextAreaField

from lms.corporate.rules import REASON_LENGTH
from lms.membership.forms import Needed
from lms.web.forms import Form, Letters


class ListForm(Form):
    file = FileField(
        _l("Kişi listesi"),
        [FileRequired(_l("Dosyayı seçin."))],
        description=_l("Excel (.xlsx) ya da CSV; sütunlar: T.C. kimlik no, ad, soyad, e-posta. Dosya saklanmaz."),
    )


class AnswerForm(Form):
    read_notice = BooleanField(_l("Kurumsal başvuru aydınlatma metnini okudum."))
    declares = BooleanField(_l("Daha önce bu programdan sertifika almadım."))


class AppointForm(Form):
    institution = StringField("Kurumun adı", [Needed()], description="Yazılı talepteki tam adı.")
    tckn = StringField(
        "Temsilcinin T.C. kimlik numarası", [Needed()], description="Temsilci önce kendisi üye olmalıdır."
    )
    reason = TextAreaField(
        "Dayanak", [Needed(), Letters(*REASON_LENGTH)], description="Kurumun yazısının tarihi ve sayısı."
    )


class DismissForm(Form):
    reason = TextAreaField("Gerekçe", [Needed(), Letters(*REASON_LENGTH)])
