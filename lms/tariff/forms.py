"""The question that /tarife answers. It asks and changes nothing, so it is a GET form: an answer has an address."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field, IntegerField, SelectField, StringField
from wtforms.validators import DataRequired, NumberRange, Optional, ValidationError

from lms.core.errors import Invalid
from lms.tariff.rules import quotes
from lms.web.forms import DayField, Form, choices
from lms.web.i18n import language
from lms.web.messages import sentence

TERMS = (120, 180, 240, 360)
MOST_BUYERS = 500


class QuoteForm(Form):
    """Turnover, term and day."""

    class Meta(Form.Meta):
        csrf = False

    ciro = StringField(_l("Vadeli satışlardan elde edilen yıllık ciro (TL)"), [DataRequired()])
    vade = SelectField(
        _l("Vade seçeneği"),
        coerce=int,
        choices=choices((str(days), _l("%(days)s güne kadar", days=days)) for days in TERMS),
    )
    tarih = DayField(_l("Hangi günün tarifesi"), [DataRequired()])
    alici = IntegerField(
        _l("Sorgulanacak alıcı sayısı (isteğe bağlı)"),
        [Optional(), NumberRange(1, MOST_BUYERS, message=_l("1 ile 500 arasında bir sayı yazın."))],
    )

    turnover: int = 0

    def validate_ciro(self, field: Field) -> None:
        """Kuruş, as `quotes.turnover_of` reads it."""
        try:
            self.turnover = quotes.turnover_of(str(field.data))
        except Invalid as error:
            if error.code == "tariff.turnover_absurd":  # past every table's last row: the answer names that row
                self.turnover = quotes.MAX_TURNOVER
                return
            raise ValidationError(sentence(error.code, error.params, language())) from None

    @property
    def values(self) -> dict[str, Any]:
        return {"turnover": self.turnover, "days": self.vade.data, "on": self.tarih.data}
