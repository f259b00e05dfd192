"""Forms of the practice screens: what is typed is kept, amounts are read as people write them."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from lms.core.errors import Invalid
from lms.practice.rules.firms import Firm
from lms.practice.rules.policies import Invoice
from lms.practice.rules.quoting import Application, Line
from lms.practice.rules.states import State
from lms.tariff.rules.quotes import turnover_of
from lms.tariff.rules.versions import Tariff
from lms.web.forms import DayField, Form, choices
from lms.web.i18n import language
from lms.web.messages import sentence

TAXPAYERS: Final = {
    "corporate": _l("Kurumlar vergisi"),
    "income": _l("Gelir vergisi, gerçek usul"),
    "simple": _l("Gelir vergisi, basit usul"),
}
SIZES: Final = {
    "micro": _l("Mikro işletme"),
    "small": _l("Küçük işletme"),
    "medium": _l("Orta büyüklükte işletme"),
    "none": _l("KOBİ değil"),
}
KINDS: Final = {
    "company": _l("Şirket (A.Ş., Ltd. Şti.)"),
    "sole_trader": _l("Şahıs işletmesi (tacir)"),
    "partnership": _l("Adi ortaklık"),
    "public_body": _l("Kamu kurumu"),
    "municipality": _l("Belediye"),
    "chamber": _l("Oda, borsa, meslek birliği"),
    "association": _l("Dernek, vakıf"),
    "state_enterprise": _l("Kamu iktisadi kuruluşu"),
    "private_person": _l("Tacir olmayan gerçek kişi"),
    "group_company": _l("Grup şirketi"),
    "foreign": _l("Yurt dışındaki alıcı"),
}
SALES: Final = {
    "open_account": _l("Açık hesap, yurt içi"),
    "cheque_and_note": _l("Çek ve senetle, yurt içi"),
    "cash": _l("Peşin"),
    "card": _l("Kredi kartıyla"),
    "bank_secured": _l("Banka teminatlı (teminat mektubu, DBS)"),
    "public": _l("Kamuya ve belediyelere"),
    "group": _l("Grup şirketlerine"),
    "export": _l("Yurt dışına"),
    "currency": _l("Dövize endeksli"),
}
STATES: Final = {
    State.DRAFT: _l("Taslak"),
    State.OFFERED: _l("Teklif hazır"),
    State.EXPIRED: _l("Süresi doldu"),
    State.DECLINED: _l("Uygun bulunmadı"),
    State.ISSUED: _l("Poliçeleşti"),
}
_CHOOSE = _l("Seçin")


class MoneyField(StringField):
    """An amount in lira as people write it; ``kurus`` once the form was validated."""

    kurus: int = 0

    def post_validate(self, form: Any, validation_stopped: bool) -> None:  # noqa: ARG002 - the signature of WTForms
        if validation_stopped or not str(self.data or "").strip():
            return
        try:
            self.kurus = turnover_of(str(self.data))
        except Invalid:
            raise ValidationError(sentence("practice.amount_invalid", {}, language())) from None


def _with_blank(pairs: dict[str, Any]) -> list[Any]:
    return choices([("", _CHOOSE), *pairs.items()])


class InsuredForm(Form):
    """The first part of an application: who is to be insured."""

    firm = SelectField(_l("İşletme"), [InputRequired()])
    founded = DayField(_l("Kuruluş tarihi"), [InputRequired()])
    taxpayer = SelectField(_l("Vergi mükellefiyeti"), [InputRequired()], choices=_with_blank(TAXPAYERS))
    size = SelectField(_l("KOBİ sınıfı"), [InputRequired()], choices=_with_blank(SIZES))
    net_sales = MoneyField(_l("Yıllık net satış hasılatı (TL)"), [InputRequired(), Length(max=30)])
    turnover = MoneyField(_l("Vadeli satışlardan elde edilen ciro (TL)"), [InputRequired(), Length(max=30)])
    days = SelectField(_l("Azami vade"), [InputRequired()])

    def offer(self, firms: list[Firm], tariff: Tariff) -> None:
        """The firms of the exercise and the terms of the day's tariff."""
        self.firm.choices = choices([("", _CHOOSE), *((firm.code, firm.name) for firm in firms)])
        terms = [(str(days), _l("%(days)s güne kadar", days=days)) for days in tariff.terms]
        self.days.choices = choices([("", _CHOOSE), *terms])

    def fill(self, application: Application) -> None:
        """What was typed before."""
        self.process(
            data={
                "firm": application.firm, "founded": application.founded, "taxpayer": application.taxpayer, "size": application.size,
                "net_sales": typed_lira(application.net_sales), "turnover": typed_lira(application.turnover), "days": str(application.days),
            }
        )  # fmt: skip

    @property
    def application(self) -> Application:
        return Application(
            self.firm.data, self.founded.data or date.min, self.taxpayer.data, self.size.data, self.net_sales.kurus, self.turnover.kurus,
            int(self.days.data),
        )  # fmt: skip


def typed_lira(kurus: int) -> str:
    """400000000 -> "4.000.000": an amount as people type it."""
    whole = f"{kurus // 100:,}".replace(",", ".")
    return whole if kurus % 100 == 0 else f"{whole},{kurus % 100:02d}"


class LineForm(Form):
    """A buyer of the application, or one added to a policy."""

    buyer = SelectField(_l("Alıcı"), [InputRequired()])
    kind = SelectField(_l("Alıcının türü"), [InputRequired()], choices=_with_blank(KINDS))
    share = IntegerField(_l("Vadeli ciro içindeki payı (yüzde)"), [Optional()])
    requested = MoneyField(_l("İstenen kredi limiti (TL)"), [Optional(), Length(max=30)])
    manual = BooleanField(_l("Tablodaki üst sınır yetmezse manuel limit istensin"))

    def offer(self, firm: Firm) -> None:
        """The buyers that the firm's file names."""
        self.buyer.choices = choices([("", _CHOOSE), *((buyer.code, buyer.name) for buyer in firm.buyers)])

    @property
    def line(self) -> Line:
        return Line(self.buyer.data, self.kind.data, self.share.data or 0, self.requested.kurus, self.manual.data)


class IssueForm(Form):
    """How the premium is paid."""

    way = RadioField(
        _l("Ödeme"),
        [InputRequired()],
        choices=choices([("cash", _l("Tamamı peşin")), ("instalments", _l("Peşinat ve taksit"))]),
    )
    down_percent = IntegerField(_l("Peşinat (yüzde)"), [Optional()])
    count = IntegerField(_l("Taksit sayısı"), [Optional()])

    @property
    def values(self) -> dict[str, Any]:
        return {"way": self.way.data, "down_percent": self.down_percent.data or 0, "count": self.count.data or 0}


class ClaimForm(Form):
    """An invoice that was not paid."""

    buyer = SelectField(_l("Alıcı"), [InputRequired()])
    issued = DayField(_l("Fatura tarihi"), [InputRequired()])
    due = DayField(_l("Fatura vadesi"), [InputRequired()])
    amount = MoneyField(_l("Ödenmeyen tutar (TL)"), [InputRequired(), Length(max=30)])
    extension = IntegerField(_l("Vade uzatımı (gün)"), [Optional()])

    @property
    def invoice(self) -> Invoice:
        issued, due = self.issued.data or date.min, self.due.data or date.min
        return Invoice(self.buyer.data, issued, due, self.amount.kurus, self.extension.data or 0)


class SearchForm(Form):
    """What quotes and policies are searched by; it asks and changes nothing, so it is a GET form."""

    class Meta(Form.Meta):
        csrf = False

    numara = StringField(_l("Numara"), [Length(max=40)])
    firma = StringField(_l("İşletme"), [Length(max=80)])
    durum = SelectField(_l("Durum"), validate_choice=False)
    bas = DayField(_l("Şu günden"), [Optional()])
    son = DayField(_l("Şu güne"), [Optional()])
