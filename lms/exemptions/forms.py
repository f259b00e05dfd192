"""Forms of the exemption pages."""

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import MultipleFileField
from wtforms import BooleanField, EmailField, HiddenField, RadioField, SelectField, TelField, TextAreaField
from wtforms.validators import InputRequired, Length

from lms.attachments.rules import MAX_FILES
from lms.core.errors import Invalid
from lms.exemptions import rules
from lms.exemptions.rules import REASON_LENGTH, REASONS, STANDING, Action, Reason, Relation, Standing
from lms.membership.rules import identity
from lms.web.forms import Form, Letters, choices, grouped

RELATION_LABELS = {
    Relation.MARTYR_SPOUSE: _l("Şehit eşi"),
    Relation.MARTYR_CHILD: _l("Şehit çocuğu"),
    Relation.VETERAN: _l("Gazi"),
    Relation.VETERAN_SPOUSE: _l("Gazi eşi"),
    Relation.VETERAN_CHILD: _l("Gazi çocuğu"),
}
_STANDINGS = {
    Standing.MARTYR_RELATIVE: _l("Şehit yakını"),
    Standing.VETERAN: _l("Gazi"),
    Standing.VETERAN_RELATIVE: _l("Gazi yakını"),
}
STANDING_LABELS = {relation: _STANDINGS[standing] for relation, standing in STANDING.items()}
_ACCEPT = {"accept": "application/pdf,image/jpeg,image/png"}
_HINT = _l("PDF, JPEG ya da PNG; en çok %(most)s dosya, toplam 10 MB. Telefonla çekilmiş, okunaklı bir fotoğraf da olur.", most=MAX_FILES)  # fmt: skip


def _holds(form: Form, name: str, rule: Callable[[str], object]) -> bool:
    """Whether a rule takes what was typed in a field; why not is told there."""
    try:
        rule(form[name].data or "")
    except Invalid as error:
        form.refuse(error, name)
        return False
    return True


class DocumentsForm(Form):
    """Evidence: documents, barcodes, or both; the files are judged where they are cleaned."""

    documents = MultipleFileField(_l("Belgeler"), description=_HINT, render_kw=_ACCEPT)
    barcodes = TextAreaField(
        _l("e-Devlet belge doğrulama kodu (barkod)"),
        [Length(max=400)],
        description=_l(
            "Belgeyi e-Devlet'ten aldıysanız dosya yerine üzerindeki kodu yazabilirsiniz; her satıra bir kod."
        ),
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """A code that cannot be one is told together with the rest."""
        valid = super().validate(extra_validators)
        return _holds(self, "barcodes", rules.barcodes) and valid


class ContactForm(Form):
    """For which term, and where the answer goes."""

    term = SelectField(_l("Katılmak istediğiniz eğitim/sınavın adı"), [InputRequired()])
    phone = TelField(_l("Telefon"), [Length(max=40)])
    email = EmailField(
        _l("E-posta"), [InputRequired(_l("Yanıtı gönderebilmemiz için e-posta adresinizi yazın.")), Length(max=254)]
    )
    notice = BooleanField(
        _l("Aydınlatma metnini okudum."),
        [InputRequired(_l("Devam etmek için aydınlatma metnini okuduğunuzu işaretleyin."))],
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """A number or address that cannot be one is told together with the rest."""
        valid = super().validate(extra_validators)
        typed = {"phone": identity.mobile, "email": identity.email}
        told = [_holds(self, name, rule) for name, rule in typed.items() if self[name].data and not self[name].errors]
        return all(told) and valid


class RequestForm(ContactForm, DocumentsForm):
    """R118: the guide's seven fields. Identity comes from the membership; the standing follows from the relation."""

    relation = RadioField(
        _l("Yakınlık derecesi"),
        [InputRequired(_l("Beş yakınlıktan size uyanı seçin."))],
        choices=choices(RELATION_LABELS.items()),
        validate_choice=False,  # the rule refuses another one, with the list in its sentence (R117)
    )


class AgainForm(ContactForm):
    """An earlier approval, declared to hold still."""

    holds = BooleanField(
        _l("Muafiyetimin dayandığı yakınlığın ve durumun sürdüğünü beyan ederim."),
        [
            InputRequired(
                _l("Belgesiz devam etmek için bu beyanı işaretleyin; durum değiştiyse belgelerinizi gönderin.")
            )
        ],
    )


REASON_LABELS = {
    Reason.UNREADABLE: "Belge okunmuyor", Reason.STATUS_MISSING: "Durum belgesi eksik", Reason.KINSHIP_MISSING: "Yakınlık belgesi eksik",
    Reason.OUTDATED: "Belge güncel değil", Reason.BARCODE: "Barkodla belge bulunamadı", Reason.NOT_COVERED: "Yakınlık kapsam dışı",
    Reason.STATUS_UNPROVEN: "Durum kanıtlanmadı", Reason.KINSHIP_UNPROVEN: "Yakınlık kanıtlanmadı",
    Reason.NO_ANSWER: "İstenen belge gelmedi", Reason.OTHER: "Diğer (açıklama yazın)",
}  # fmt: skip
_GROUPS = {Action.ASK_MORE: "Ek belge isterken", Action.REJECT: "Uygun bulmazken"}


def _labels(action: Action) -> list[tuple[str, str]]:
    return [(reason.value, REASON_LABELS[reason]) for reason in REASONS[action]]


class DecisionForm(Form):
    """R119: what the reviewer found, and the decision (the pressed button)."""

    expected = HiddenField()
    status_proven = BooleanField("Şehitlik ya da gazilik durumu belgeyle kanıtlanıyor")
    kinship_proven = BooleanField("Yakınlık (eş, çocuk ya da kendisi) belgeyle kanıtlanıyor")
    reason_code = SelectField(
        "Gerekçe",
        choices=[
            *choices([("", "Onayda gerekmez")]),
            *(choice for action, text in _GROUPS.items() for choice in grouped(text, _labels(action))),
        ],
        default="",
        description="Aday bu gerekçeyi kendi dilinde tam cümle olarak okur.",
    )
    reason = TextAreaField(
        "Adaya yazılacak açıklama",
        [Letters(*REASON_LENGTH)],
        description="“Diğer” seçildiğinde zorunludur; aday bu metni olduğu gibi okur.",
    )


class ConfirmForm(Form):
    """R119: the second of two persons; the explanation stays inside the house."""

    expected = HiddenField()
    status_proven = BooleanField("Şehitlik ya da gazilik durumu belgeyle kanıtlanıyor")
    kinship_proven = BooleanField("Yakınlık (eş, çocuk ya da kendisi) belgeyle kanıtlanıyor")
    reason = TextAreaField(
        "Geri gönderme gerekçesi",
        [Letters(*REASON_LENGTH)],
        description="Yalnızca geri gönderirken; adaya yazılmaz, inceleyen görevli okur.",
    )


class SendAgainForm(Form):
    """R119: where a lost answer goes instead."""

    expected = HiddenField()
    email = EmailField("Düzeltilmiş e-posta adresi", [InputRequired("Adresi yazın."), Length(max=254)])
