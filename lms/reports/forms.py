"""Forms of the reports."""

from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from lms.audit.rules import Basis, Recipient
from lms.reports.rules import lists, signs
from lms.reports.rules.signs import State
from lms.web.forms import DayField, Form, Letters, choices

WORDS = {
    State.CLEAR: "Bakıldı: sorun yok",
    State.WATCHED: "İnceleniyor",
    State.OBJECTED: "Adayın açıklaması ya da itirazı bekleniyor",
}


class ListForm(Form):
    """R063: to whom, why, by which letter, and which certificates."""

    recipient = RadioField(
        "Alıcı",
        choices=choices([(one.value, one.tr) for one in Recipient if one.value in lists.RECIPIENTS]),
        validate_choice=False,
    )
    basis = RadioField(
        "Hukuki dayanak",
        choices=choices([(one.value, one.tr) for one in Basis if one.value in lists.BASES]),
        validate_choice=False,
    )
    reference = StringField(
        "Yazının tarihi ve sayısı",
        [Letters(lists.REFERENCE_MIN, lists.REFERENCE_MAX)],
        description="Aktarım kaydında durur; ilgili kişiler de görür. Örneğin: 03.03.2025 tarihli, E-12 sayılı yazı.",
    )
    term = SelectField("Dönem", description="Boş bırakılırsa iki tarih de yazılır.", validate_choice=False)
    from_day = DayField("Sertifika tarihi, ilk gün", [Optional()])
    to_day = DayField("Sertifika tarihi, son gün", [Optional()])


class WordForm(Form):
    """What a person says after looking."""

    state = RadioField("Sonuç", choices=choices([(word.value, text) for word, text in WORDS.items()]), validate_choice=False)  # fmt: skip
    reason = TextAreaField(
        "Gerekçe",
        [Letters(signs.REASON_MIN, signs.REASON_MAX)],
        description="Neye baktığınızı ve ne gördüğünüzü yazın; kayıtta kalır, adaya gönderilmez.",
    )
