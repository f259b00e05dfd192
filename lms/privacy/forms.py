"""Forms about personal data."""

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from lms.audit.rules import Act
from lms.privacy.rules.requests import ANSWER, BODY, Kind, Outcome, Reason
from lms.web.forms import DayField, Form, Letters, choices

KIND_LABELS = {
    Kind.INFORMATION: _l("Verilerimin nasıl işlendiğini öğrenmek istiyorum"),
    Kind.CORRECTION: _l("Yanlış ya da eksik verimin düzeltilmesini istiyorum"),
    Kind.ERASURE: _l("Üyeliğimin kapatılmasını ve verilerimin silinmesini istiyorum"),
    Kind.OBJECTION: _l("Otomatik puanlanan sınav sonucuma itiraz ediyorum; bir görevli incelesin"),
}
KIND_NAMES = {
    Kind.INFORMATION: _l("Bilgi isteği"), Kind.CORRECTION: _l("Düzeltme"), Kind.ERASURE: _l("Silme"),
    Kind.OBJECTION: _l("Sonuca itiraz"),
}  # fmt: skip
OUTCOME_NAMES = {
    Outcome.GRANTED: _l("yerine getirildi"), Outcome.PARTLY: _l("kısmen yerine getirildi"),
    Outcome.REFUSED: _l("yerine getirilemedi"),
}  # fmt: skip
REASON_NAMES = {
    Reason.DONE: "İstenen yapıldı",
    Reason.KEPT_BY_LAW: "Kanun saklamayı gerektiriyor",
    Reason.RUNNING: "Süren bir başvurusu var",
    Reason.DATA_RIGHT: "Veri doğru ve eksiksiz",
    Reason.RESULT_STANDS: "Görevli inceledi, sonuç değişmedi",
    Reason.RESULT_CHANGED: "Görevli inceledi, sonuç düzeltildi",
    Reason.IDENTITY: "Kimlik doğrulanamadı",
    Reason.OTHERS: "Başkalarının hakları engel",
}
_NEEDED = [InputRequired(_l("Lütfen doldurun."))]


class AskForm(Form):
    kind = RadioField(_l("Talebiniz"), [InputRequired(_l("Birini seçin."))], choices=choices(KIND_LABELS.items()))
    attempt = SelectField(_l("İtiraz ettiğiniz sınav"), [Optional()], validate_choice=False)
    body = TextAreaField(_l("Açıklamanız"), [*_NEEDED, Letters(*BODY)])


class EnterForm(Form):
    """What a person asked for on paper or by mail, entered by staff."""

    kind = RadioField("Talep", [InputRequired("Birini seçin.")], choices=choices((k, t) for k, t in KIND_NAMES.items() if k is not Kind.OBJECTION))  # fmt: skip
    source = RadioField("Nasıl geldi", [InputRequired("Birini seçin.")], choices=choices([("mail", "E-posta ya da KEP"), ("staff", "Mektup ya da elden")]))  # fmt: skip
    arrived = DayField("Geliş günü", [InputRequired("Geliş gününü yazın.")], description="30 gün bu günden sayılır.")
    body = TextAreaField("Talebin metni", [*_NEEDED, Letters(*BODY)])


class FetchForm(Form):
    """The copy is handed out to whoever knows the password again."""

    password = PasswordField(_l("Şifreniz"), _NEEDED)


class DecisionForm(Form):
    outcome = RadioField("Sonuç", [InputRequired("Birini seçin.")], choices=choices(OUTCOME_NAMES.items()))
    reason = SelectField("Gerekçe", validate_choice=False)
    answer = TextAreaField(
        "Kişiye yazılacak yanıt", [Letters(*ANSWER)], description="Kişi bu metni e-posta ile olduğu gibi okur."
    )


class TrailForm(Form):
    """What to look for in the audit trail; sent by GET, so it holds no identity number."""

    class Meta(Form.Meta):
        csrf = False

    act = SelectField("İşlem", choices=choices([("", "Hepsi"), *sorted(((one.value, one.tr) for one in Act), key=lambda pair: pair[1])]), validate_choice=False)  # fmt: skip
    actor = StringField("İşlemi yapanın kodu", [Length(max=40)])
    subject = StringField("Konunun kodu", [Length(max=60)], description="Üye, başvuru, ödeme, sertifika kodu")
    since = DayField("Başlangıç", [Optional()])
    until = DayField("Bitiş", [Optional()], description="Bu gün de aranır.")
