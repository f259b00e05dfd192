"""Forms of the exams feature."""

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from lms.exams.rules.exam import EXPLANATION_MAX, EXPLANATION_MIN
from lms.web.forms import Form


class ReapplicationForm(Form):
    """R099: the candidate's own words."""

    explanation = TextAreaField(
        _l("Talebinizin açıklaması"),
        [InputRequired(), Length(EXPLANATION_MIN, EXPLANATION_MAX)],
        description=_l("Neden yeniden katılmak istediğinizi birkaç cümleyle yazın."),
    )


class AnnulForm(Form):
    """R093: why an item is taken out; the reason stays in the audit trail."""

    reason = TextAreaField(
        "Gerekçe", description="Neyin yanlış olduğunu yazın. Adaylar yalnız bir sorunun iptal edildiğini okur."
    )


class DecisionForm(Form):
    """The reviewer's decision; a rejection needs the reason that the candidate will read."""

    reason = TextAreaField(
        "Açıklama",
        [Length(max=EXPLANATION_MAX)],
        description="Uygun bulunmayan talepte zorunludur; aday bu metni okur.",
    )
