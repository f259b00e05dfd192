"""The one choice: news of new trainings, or not."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from lms.web.forms import Form


class ChoiceForm(Form):
    wanted = BooleanField(_l("Yeni eğitim duyurularını e-posta ile almak istiyorum"))
