"""Staff forms of certificates. What is refused comes from the rules; nothing typed is lost."""

from wtforms import RadioField, StringField, TextAreaField

from lms.certificates.rules import REASON_MAX, REASON_MIN, REFERENCE_MAX, REFERENCE_MIN, Ground
from lms.web.forms import Form, Letters, choices

GROUNDS = {
    Ground.FALSE_STATEMENT: "Gerçeğe aykırı beyan",
    Ground.MISCONDUCT: "Sınav kurallarının ihlali",
    Ground.ISSUED_IN_ERROR: "Yanlışlıkla düzenlenmiş ya da kabul edilmiş",
}


class RevocationForm(Form):
    """R114, R115: who asks says of which kind it is, and why."""

    ground = RadioField("Tür", choices=choices(GROUNDS.items()), validate_choice=False)
    reason = TextAreaField(
        "Gerekçe",
        [Letters(REASON_MIN, REASON_MAX)],
        description="Kararı verecek görevli yalnızca bunu ve kayıtları görür. Aday hakkında gereksiz bilgi yazmayın.",
        render_kw={"rows": 5},
    )


class DecisionForm(Form):
    """The other person's decision."""

    note = TextAreaField("Karar notu (isteğe bağlı)", render_kw={"maxlength": REASON_MAX, "rows": 3})


class InformedForm(Form):
    """R114: by which letter SEDDK and ÖRYM were told."""

    reference = StringField("Yazının sayısı ve tarihi", [Letters(REFERENCE_MIN, REFERENCE_MAX)])
