"""The payment form: the service again, and consents of which none is preset."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField

from lms.payments.services import Consents
from lms.web.forms import Form


class PaymentForm(Form):
    """R035, R036, D-6, R003. What is ticked is judged by the service; the price never comes from here."""

    service = SelectField(_l("Hizmet Adını Seçiniz"), validate_choice=False)
    accepts_contract = BooleanField(_l("Kabul ettim/Onaylıyorum"))
    accepts_immediate_performance = BooleanField(_l("Hizmetin hemen başlamasını istiyorum."))
    declares_no_certificate = BooleanField(_l("Daha önce bu programdan sertifika almadım."))

    def consents(self) -> Consents:
        return Consents(
            accepts_contract=bool(self.accepts_contract.data),
            accepts_immediate_performance=bool(self.accepts_immediate_performance.data),
            declares_no_certificate=bool(self.declares_no_certificate.data),
        )
