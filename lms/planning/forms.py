"""The desk's forms for a term's parameters and for a day unlike the public calendar."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from wtforms import BooleanField, Field, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, ValidationError

from lms.core.calendar import DayKind, Window
from lms.core.errors import Invalid
from lms.core.money import decimal_text, kurus
from lms.core.text import nfc
from lms.terms import services as terms
from lms.terms.rules import COUNTS, Kind
from lms.web.forms import DayField, Form, Letters, choices

KINDS = {
    DayKind.HOLIDAY: "Tam gün kapalı",
    DayKind.HALF_DAY: "Yarım gün (iş günü sayılır)",
    DayKind.BUSINESS: "Çalışma günü",
}
TERM_KINDS: Final = {Kind.FIRST_TIME: "İlk defa sertifika alacaklar", Kind.RENEWAL: "Yenileme"}
LABELS: Final = {
    "kind": "Tür", "name_tr": "Adı (Türkçe)", "name_en": "Adı (İngilizce)", "is_example": "Örnek dönem",
    "application_from": "Başvurunun ilk günü", "application_to": "Başvurunun son günü",
    "study_from": "Eğitim ve sınavların ilk günü", "study_to": "Eğitim ve sınavların son günü",
    "fee_kurus": "Başvuru ücreti (TL, KDV dâhil)", "vat_percent": "KDV oranı (yüzde)", "attempts": "Sınav hakkı",
    "question_count": "Soru sayısı", "pass_mark": "Başarı puanı (100 üzerinden)", "exam_minutes": "Sınav süresi (dakika)",
    "view_days": "Sertifikanın görüntülenme süresi (gün)", "view_fee_kurus": "Yeniden görüntüleme ücreti (TL, KDV dâhil)",
    "view_fee_is_example": "Yeniden görüntüleme ücreti örnektir", "assignment_hours": "Formdan eğitime en az (saat)",
    "branch_hours": "Şubeden ödemede formun açılması (saat)", "receipt_days": "Dekontun son günü, kapanıştan önce (iş günü)",
    "exemption_safe_days": "Muafiyetin güvenli son günü, kapanıştan önce (iş günü)",
    "exemption_two_persons": "Muafiyeti iki kişi onaylar",
    "guard_minutes": "Kartla ödemenin kapanması, son (dakika)", "warn_minutes": "Uyarının başlaması, son (dakika)",
}  # fmt: skip
_NEEDED: Final = "Bu alan boş bırakılamaz."
_DAY: Final = "Günü takvimden seçin ya da 2026-03-23 biçiminde yazın."
_WINDOWS: Final = (("application_from", "application_to"), ("study_from", "study_to"))
_MONEY: Final = ("fee_kurus", "view_fee_kurus")
_MOST_KURUS: Final = 100_000_000
_LIRA: Final = re.compile(r"(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,[0-9]{1,2})?")


class _DecisionForm(Form):
    """A decision about the calendar, and why."""

    reason = TextAreaField(
        "Gerekçe", [Letters(terms.REASON_MIN, terms.REASON_MAX)], description="Denetim izinde adınızla birlikte durur."
    )


class OverrideForm(_DecisionForm):
    """D-1: day, kind, and the name that candidates read in the explanation of their dates."""

    on = DayField("Gün", validators=[InputRequired(_DAY)])
    kind = SelectField("Tür", choices=choices(KINDS.items()))
    name = StringField("Adaylara gösterilecek ad", validators=[InputRequired(_NEEDED)])


class DaysForm(_DecisionForm):
    """A list of days, pasted."""

    days = TextAreaField(
        "Günler",
        [
            InputRequired("Listeyi yapıştırın; her satıra bir gün."),
            Length(max=20_000, message="En çok 200 satır yapıştırın."),
        ],
        description="Her satıra bir gün: tarih; tür; ad. Örnek: 23.03.2026; tam; İdari izin. Tür: tam, yarım ya da çalışma.",
    )


class WithdrawForm(_DecisionForm):
    """An entry is taken back."""


def _name(label: str) -> StringField:
    return StringField(label, [InputRequired(_NEEDED), Length(max=200, message="En çok 200 karakter yazın.")])


def _count(name: str) -> IntegerField:
    low, high = COUNTS[name]
    said = f"{low} ile {high} arasında bir sayı yazın."
    return IntegerField(LABELS[name], [InputRequired(said), NumberRange(low, high, said)])


def _lira(typed: str) -> int:
    """ "533", "533,00" or "1.250,50" in kuruş."""
    plain = typed.strip().replace(" ", "").removesuffix("TL").removesuffix("₺")
    if not _LIRA.fullmatch(plain):
        raise Invalid("money.lira")
    value = kurus(plain.replace(".", "").replace(",", "."))
    if value > _MOST_KURUS:
        raise Invalid("money.lira")
    return value


class TermForm(Form):
    """R007: every parameter of a term."""

    kind = SelectField(LABELS["kind"], choices=choices(TERM_KINDS.items()))
    name_tr = _name(LABELS["name_tr"])
    name_en = _name(LABELS["name_en"])
    is_example = BooleanField(LABELS["is_example"], description="Adaylara “örnek” etiketiyle gösterilir.")
    application_from = DayField(LABELS["application_from"], [InputRequired(_DAY)])
    application_to = DayField(LABELS["application_to"], [InputRequired(_DAY)])
    study_from = DayField(LABELS["study_from"], [InputRequired(_DAY)])
    study_to = DayField(LABELS["study_to"], [InputRequired(_DAY)])
    fee_kurus = StringField(LABELS["fee_kurus"], [InputRequired(_NEEDED)])
    vat_percent = _count("vat_percent")
    attempts = _count("attempts")
    question_count = _count("question_count")
    pass_mark = _count("pass_mark")
    exam_minutes = _count("exam_minutes")
    view_days = _count("view_days")
    view_fee_kurus = StringField(LABELS["view_fee_kurus"], [InputRequired(_NEEDED)])
    view_fee_is_example = BooleanField(LABELS["view_fee_is_example"])
    assignment_hours = _count("assignment_hours")
    branch_hours = _count("branch_hours")
    receipt_days = _count("receipt_days")
    exemption_safe_days = _count("exemption_safe_days")
    exemption_two_persons = BooleanField(
        LABELS["exemption_two_persons"],
        description="İlk onaydan sonra başka bir görevli de onaylamadan yanıt gönderilmez.",
    )
    guard_minutes = _count("guard_minutes")
    warn_minutes = _count("warn_minutes")
    reason = TextAreaField(
        "Gerekçe",
        [Letters(terms.REASON_MIN, terms.REASON_MAX)],
        description="Dönemin geçmişinde adınızla birlikte durur. Kılavuz ya da karar numarasını yazın.",
    )
    seen = HiddenField()
    token = HiddenField()

    def validate_fee_kurus(self, field: Field) -> None:
        self._check_money(field)

    def validate_view_fee_kurus(self, field: Field) -> None:
        self._check_money(field)

    def validate_application_to(self, field: Field) -> None:
        self._check_window(self.application_from, field)

    def validate_study_to(self, field: Field) -> None:
        self._check_window(self.study_from, field)

    def _check_money(self, field: Field) -> None:
        try:
            _lira(str(field.data))
        except Invalid:
            raise ValidationError("Tutarı lira olarak yazın, örnek: 533,00.") from None

    def _check_window(self, first: Field, last: Field) -> None:
        if isinstance(first.data, date) and isinstance(last.data, date) and last.data < first.data:
            raise ValidationError("Son gün ilk günden önce olamaz.")

    def fill(self, parameters: Mapping[str, Any]) -> None:
        """Show a version's parameters."""
        for name, value in typed(parameters).items():
            self[name].data = value

    @property
    def parameters(self) -> dict[str, Any]:
        """What was typed, by the columns of a term."""
        values = {name: field.data for name, field in self._fields.items() if name in LABELS}
        for first, last in _WINDOWS:
            window = Window.of_days(values[first], values[last])
            values |= {first: window.start, last: window.end}
        for name in _MONEY:
            values[name] = _lira(values[name])
        return values | {name: nfc(values[name]) for name in ("name_tr", "name_en")}


class NewTermForm(TermForm):
    """A term that does not exist yet."""

    programme = SelectField("Program")
    code = StringField(
        "Kod", [InputRequired(_NEEDED)], description="Adreste ve dosyada geçer, sonra değişmez. Örnek: ddta-2026-ilk"
    )


def typed(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as the form's fields hold them: civil days, lira."""
    values = dict(parameters)
    for first, last in _WINDOWS:
        window = Window(values[first], values[last])
        values |= {first: window.first_day, last: window.last_day}
    for name in _MONEY:
        values[name] = decimal_text(values[name]).replace(".", ",")
    return values
