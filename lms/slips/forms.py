"""Forms of slips: the person's, and accounting's."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import MultipleFileField
from wtforms import HiddenField, StringField, TextAreaField

from lms.attachments.rules import MAX_FILES
from lms.membership.forms import Needed
from lms.slips.rules import REASON
from lms.web.forms import Form, Letters


class UploadForm(Form):
    documents = MultipleFileField(
        _l("Dekont"),
        description=_l("PDF, JPEG ya da PNG; en çok %(most)s dosya, toplam 10 MB. Okunaklı bir fotoğraf da olur.", most=MAX_FILES),
        render_kw={"accept": "application/pdf,image/jpeg,image/png"},
    )  # fmt: skip


class DecideForm(Form):
    expected = HiddenField()
    reason = TextAreaField("Gerekçe", [Letters(*REASON)])


class AssignForm(Form):
    expected = HiddenField()
    tckn = StringField("Üyenin T.C. kimlik numarası", [Needed()])
