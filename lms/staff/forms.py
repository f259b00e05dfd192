"""The desk's forms."""

from wtforms import RadioField, SearchField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from lms.audit.rules import Recipient
from lms.staff.evidence import AUTHORITIES, REASON, REFERENCE
from lms.web.forms import Form, Letters, choices


class SearchForm(Form):
    """Sent by POST: a T.C. identity number must not stand in an address."""

    q = SearchField(
        "Aday ara",
        [InputRequired("Ne arayacağınızı yazın."), Length(max=200)],
        description="TCKN, ad soyad, telefon, e-posta, başvuru ya da sertifika numarası, doğrulama kodu",
    )


class WholeEvidenceForm(Form):
    """Who asks that an evidence file leave with the whole identity number, by which letter, and why."""

    recipient = RadioField(
        "İsteyen",
        choices=choices([(one.value, "Mahkeme ya da başka bir yetkili makam" if one is Recipient.AUTHORITY else one.tr) for one in AUTHORITIES]),
        validate_choice=False,
    )  # fmt: skip
    reference = StringField(
        "Makam, yazının tarihi ve sayısı",
        [Letters(*REFERENCE)],
        description="Aktarım kaydında durur; ilgili kişi de görür.",
    )
    reason = TextAreaField(
        "Numara neden açık isteniyor?",
        [Letters(*REASON)],
        description="Denetim kaydında kalır, kişiye gönderilmez.",
        render_kw={"rows": 3},
    )
