"""The payment form: the service again, and consents of which none is preset."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, ValidationError

from lms.payments.rules import ATTACH_REASON
from lms.payments.services.orders import Consents
from lms.web.forms import Form, Letters
from lms.web.i18n import language
from lms.web.messages import sentence


class PaymentForm(Form):
    """R035, R036, D-6, R003. What is ticked is judged by the service; the price never comes from here."""

    payable: Mapping[str, str] = {}
    service = SelectField(_l("Hizmet Adını Seçiniz"), validate_choice=False)
    accepts_contract = BooleanField(_l("Kabul ettim/Onaylıyorum"))
    accepts_immediate_performance = BooleanField(_l("Hizmetin hemen başlamasını istiyorum."))
    declares_no_certificate = BooleanField(_l("Daha önce bu programdan sertifika almadım."))

    def offer(self, payable: Mapping[str, str]) -> None:
        """The services that may be paid for now: code and label."""
        self.payable = payable
        self.service.choices = list(payable.items())

    def validate_service(self, field: SelectField) -> None:
        if field.data not in self.payable:
            raise ValidationError(sentence("payment.service_needed", {}, language()))

    def consents(self) -> Consents:
        return Consents(
            accepts_contract=bool(self.accepts_contract.data),
            accepts_immediate_performance=bool(self.accepts_immediate_performance.data),
            declares_no_certificate=bool(self.declares_no_certificate.data),
        )


class AttachForm(Form):
    """D-4: why a second payment counts for the approved application."""

    reason = TextAreaField(
        "Gerekçe", [Letters(*ATTACH_REASON)], description="Denetim kaydında adınızla birlikte durur."
    )


class ReviewForm(Form):
    """R018: what was done about a payment that gave no right."""

    done = TextAreaField(
        "Ne yapıldı", [Letters(*ATTACH_REASON)],
        description="Örneğin bankanın iade ettiği gün, ya da neden iade edilmediği. Ödeyene bildirilir; denetim kaydında adınızla birlikte durur.",
    )  # fmt: skip


class BranchFileForm(Form):
    """R044: the bank's collection file."""

    file = FileField("Bankanın dosyası", [InputRequired("Bankanın dosyasını seçin.")])


class BranchDecisionForm(Form):
    """R018, R024, R046: what was done about a line, and whose payment it is."""

    tckn = StringField(
        "Ödeyenin T.C. kimlik numarası",
        description="Yalnızca ödemeyi bir kişiye sayarken, dekontundan; kişinin hesabı olmalıdır.",
    )

    reason = TextAreaField(
        "Gerekçe",
        [Letters(*ATTACH_REASON)],
        description="Para geri gönderildiyse günü de yazın. Hesabı olan ödeyene bildirilir; denetim kaydında adınızla birlikte durur.",
    )
