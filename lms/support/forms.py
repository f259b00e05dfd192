"""Forms of support."""

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, HiddenField, StringField, TextAreaField

from lms.membership.forms import Needed
from lms.web.forms import Form


class TicketForm(Form):
    subject = StringField(_l("Konu"), [Needed()])
    body = TextAreaField(_l("Sorunuz"), [Needed()])
    email = EmailField(_l("E-posta adresiniz"), [Needed()])
    page = HiddenField()


class AnswerForm(Form):
    answer = TextAreaField("Yanıt", [Needed()])
