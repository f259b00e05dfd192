"""Forms of the exams feature."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from lms.exams.rules.accommodation import NEED_MAX, NEED_MIN, Unit
from lms.exams.rules.annulment import CAUSES, REASON_MAX, REASON_MIN
from lms.exams.rules.exam import EXPLANATION_MAX, EXPLANATION_MIN, Annulled
from lms.exams.rules.extension import Scope
from lms.exams.services import items
from lms.terms import services as terms
from lms.web.forms import DayField, Form, Letters, MomentField, choices
from lms.web.messages import sentence


class ReapplicationForm(Form):
    """R099: the candidate's own words."""

    explanation = TextAreaField(
        _l("Talebinizin açıklaması"),
        [InputRequired(), Length(EXPLANATION_MIN, EXPLANATION_MAX)],
        description=_l("Neden yeniden katılmak istediğinizi birkaç cümleyle yazın."),
    )


class ExemptReapplicationForm(ReapplicationForm):
    """D-16: whoever is exempt declares it anew."""

    exempt_declared = BooleanField(
        _l("Ücret muafiyetimin dayandığı yakınlığın ve durumun sürdüğünü beyan ederim."),
        [InputRequired(_l("Talebinizle birlikte muafiyet beyanınızı da işaretleyin."))],
    )


class AnnulForm(Form):
    """R093: why an item is taken out; the reason stays in the audit trail."""

    reason = TextAreaField(
        "Gerekçe",
        [Letters(items.REASON_MIN, items.REASON_MAX)],
        description="Neyin yanlış olduğunu yazın. Adaylar yalnız bir sorunun iptal edildiğini okur.",
    )


class DecisionForm(Form):
    """The reviewer's decision; a rejection needs the reason that the candidate will read."""

    reason = TextAreaField(
        "Açıklama",
        [Length(max=EXPLANATION_MAX)],
        description="Uygun bulunmayan talepte zorunludur; aday bu metni okur.",
    )


class ExamAnnulForm(Form):
    """R025, R098: how an exam is annulled, for which cause, and why."""

    kind = RadioField(
        "Tür",
        choices=choices([(Annulled.TECHNICAL, "Teknik neden: hak geri verilir"), (Annulled.MISCONDUCT, "Kural ihlali: hak kullanılmış sayılır")]),
        validate_choice=False,
    )  # fmt: skip
    cause = SelectField(
        "Neden",
        choices=choices([("", "Seçin"), *((code, sentence(f"exam.cause.{code}", {}, "tr")) for codes in CAUSES.values() for code in codes)]),
        validate_choice=False,
        description="Adaya bildirilir.",
    )  # fmt: skip
    reason = TextAreaField(
        "Gerekçe",
        [Letters(REASON_MIN, REASON_MAX)],
        description="Neyin olduğunu ve neye dayandığınızı yazın; denetim kaydında kalır, adaya gönderilmez.",
        render_kw={"rows": 4},
    )


class AccommodationForm(Form):
    """D-14: why, how much, and a document if there is one."""

    need = TextAreaField(
        _l("Neden ek süreye ihtiyacınız var?"),
        [Letters(NEED_MIN, NEED_MAX)],
        description=_l("Birkaç cümle yeter; sağlık bilgisinin ayrıntısını yazmanız gerekmez."),
        render_kw={"rows": 4},
    )
    amount = IntegerField(_l("İstediğiniz ek süre"), [Optional()], render_kw={"inputmode": "numeric"})
    unit = RadioField(
        _l("Birim"),
        choices=choices([(Unit.MINUTES, _l("dakika")), (Unit.PERCENT, _l("sınav süresinin yüzdesi"))]),
        default=Unit.MINUTES.value,
        validate_choice=False,
    )
    document = FileField(
        _l("Belge"),
        description=_l("PDF, JPEG ya da PNG. Belgeyi yalnızca karar veren görevliler açabilir; dönemin bitiminden 60 gün sonra silinir."),
        render_kw={"accept": "application/pdf,image/jpeg,image/png"},
    )  # fmt: skip


class AccommodationDecisionForm(Form):
    """D-14: how many minutes, or why not."""

    minutes = IntegerField("Tanınan ek süre (dakika)", [Optional()], render_kw={"inputmode": "numeric"})
    reason = TextAreaField(
        "Açıklama",
        description="Uygun bulunmayan istekte zorunludur; aday bu metni okur.",
        render_kw={"maxlength": EXPLANATION_MAX, "rows": 3},
    )


class ExtensionForm(Form):
    """R127: until when, for whom, why."""

    token = HiddenField()
    last_day = DayField("Eğitim ve sınav için yeni son gün", [Optional()])
    form_day = DayField("Ödeme ve başvuru formu için yeni son gün", [Optional()])
    scope = RadioField(
        "Kimler için",
        choices=choices([(Scope.ALL, "Dönemdeki herkes"), (Scope.OUTAGE, "Bir kesintiden etkilenenler"), (Scope.LISTED, "Yalnızca yazdığım numaralar")]),
        validate_choice=False,
    )  # fmt: skip
    lost_from = MomentField("Kesintinin başı", [Optional()])
    lost_to = MomentField("Kesintinin sonu", [Optional()])
    numbers = TextAreaField(
        "Numaralar",
        description="Her satıra bir numara: eğitim ve sınav süresi için başvuru numarası, ödeme ve form süresi için T.C. kimlik numarası. Bulunamayanlar gösterilir, kalanlar için uzatılır.",
        render_kw={"rows": 4},
    )  # fmt: skip
    reason = TextAreaField(
        "Gerekçe",
        [Letters(terms.REASON_MIN, terms.REASON_MAX)],
        description="Denetim kaydında ve dönemin sürümlerinde kalır.",
        render_kw={"rows": 3},
    )
