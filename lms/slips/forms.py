"""Forms of accounting about slips."""

from wtforms import StringField, TextAreaField

from lms.membership.forms import Needed
from lms.web.forms import Form


class DecideForm(Form):
    reason = TextAreaField("Gerekçe")


class AssignForm(Form):
    tckn = StringField("Üyenin T.C. kimlik numarası", [Needed()])
