"""Forms of the mail room."""

from wtforms import HiddenField, SelectField, StringField, TextAreaField

from lms.exemptions.forms import RELATION_LABELS
from lms.mailroom.rules import REASON, Outcome
from lms.mailroom.services.desk import CHOICES
from lms.membership.forms import Needed
from lms.web.forms import Form, Letters, choices

OUTCOME_LABELS = {
    Outcome.WAITING: "bekliyor",
    Outcome.TICKET: "destek talebi",
    Outcome.THREAD: "yazışmaya eklendi",
    Outcome.EXEMPTION: "muafiyet isteği",
    Outcome.REAPPLICATION: "yeniden başvuru isteği",
    Outcome.SLIP: "dekont",
    Outcome.BOUNCE: "geri dönen ileti",
    Outcome.AUTOMATIC: "otomatik ileti",
    Outcome.REFUSED: "dışarıda bırakıldı",
    Outcome.SET_ASIDE: "kenara ayrıldı",
}


class AssignForm(Form):
    expected = HiddenField()
    tckn = StringField("Üyenin T.C. kimlik numarası", [Needed()])


class TurnForm(Form):
    expected = HiddenField()
    outcome = SelectField("Bu posta ne olsun?", choices=choices([("", "Seçin"), *((one.value, OUTCOME_LABELS[one]) for one in CHOICES)]), validate_choice=False)  # fmt: skip
    relation = SelectField("Yakınlık derecesi", choices=choices([("", "Yalnızca muafiyet için"), *RELATION_LABELS.items()]), validate_choice=False)  # fmt: skip


class AsideForm(Form):
    expected = HiddenField()
    reason = TextAreaField("Gerekçe", [Needed(), Letters(*REASON)])
