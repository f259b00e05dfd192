"""The application form: nothing is preset but a mobile number the person gave before; what is typed is never lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired

from lms.enrolment.loader import reference
from lms.enrolment.rules import Answers, ApplicantType, Education, Form
from lms.membership.rules.identity import show_mobile
from lms.web import forms

APPLICANT_TYPES: Final[Mapping[str, LazyString]] = {
    ApplicantType.AGENCY: _l("Acente"),
    ApplicantType.BANK: _l("Banka/Özel Kurum"),
    ApplicantType.INSURER: _l("Sigorta,Reasürans ve Emeklilik Şirketi"),
    ApplicantType.BROKER: _l("Broker"),
    ApplicantType.OTHER: _l("Diğer"),
}
EDUCATION: Final[Mapping[str, LazyString]] = {
    Education.PRIMARY: _l("İlköğretim"),
    Education.SECONDARY: _l("Lise"),
    Education.ASSOCIATE: _l("Ön lisans"),
    Education.BACHELOR: _l("Lisans"),
    Education.MASTER: _l("Yüksek lisans"),
    Education.DOCTORATE: _l("Doktora"),
}
UNLISTED: Final = "*"


class ApplicationForm(forms.Form):
    """R047-R057. The five required fields carry the mark; what is right is judged by the rules."""

    applicant_type = RadioField(
        _l("Başvuru Tipi"),
        choices=forms.choices(APPLICANT_TYPES.items()),
        validate_choice=False,
        validators=[InputRequired()],
    )
    institution = SelectField(_l("Kurum Adı"), validate_choice=False)
    institution_name = StringField(_l("Kurumunuzun adı"))
    education = SelectField(
        _l("Öğrenim Durumu"),
        choices=forms.choices([("", _l("Öğrenim durumunuzu seçin")), *EDUCATION.items()]),
        validate_choice=False,
        validators=[InputRequired()],
    )
    phone = StringField(_l("Cep Telefonu"))
    province = SelectField(_l("İl"), validate_choice=False)
    district = SelectField(_l("İlçe"), validate_choice=False)
    accepts_notice = BooleanField(_l("Bilgilendirme metnini okudum"), validators=[InputRequired()])
    accepts_terms = BooleanField(
        _l("Başvuru Şartları ve Koşullar metnini okudum, kabul ediyorum"), validators=[InputRequired()]
    )
    explicit_consent = BooleanField(_l("Sonucumun çalıştığım kuruma bildirilmesine açık rıza veriyorum"))
    texts = HiddenField()

    def offer_choices(self) -> None:
        """The lists that hang on what was chosen so far: institutions by type, districts of the province."""
        lists = reference()
        listed = forms.choices((name, name) for names in lists.institutions.values() for name in names)
        groups = [str(APPLICANT_TYPES[kind]) for kind, names in lists.institutions.items() for _name in names]
        for choice, group in zip(listed, groups, strict=True):
            choice.optgroup = group
        nothing, unlisted = forms.choices([("", _l("Kurum seçin")), (UNLISTED, _l("Listede yok, adını yazacağım"))])
        self.institution.choices = [nothing, *listed, unlisted]
        districts = lists.districts.get(self.province.data or "", ())
        self.province.choices = forms.choices([("", _l("İl seçin")), *((name, name) for name in lists.districts)])
        self.district.choices = forms.choices([("", _l("İlçe seçin")), *((name, name) for name in districts)])

    def answers(self) -> Answers:
        """As typed. A name written by hand counts where nothing was chosen from the list."""
        chosen = _text(self.institution)
        typed = _text(self.institution_name)
        return Answers(
            applicant_type=_text(self.applicant_type),
            institution=typed if chosen in ("", UNLISTED) else chosen,
            education=_text(self.education),
            phone=_text(self.phone),
            province=_text(self.province),
            district=_text(self.district),
            accepts_notice=bool(self.accepts_notice.data),
            accepts_terms=bool(self.accepts_terms.data),
            explicit_consent=bool(self.explicit_consent.data),
        )

    def shown_texts(self) -> list[int]:
        """The ids of the legal texts that stood on the page."""
        return [int(part) for part in _text(self.texts).split(",") if part.isdecimal() and len(part) < 10]


def summary(form: Form) -> list[tuple[LazyString, LazyString | str | None]]:
    """The answers in words, for the review and the detail of a sent form."""
    return [
        (_l("Başvuru Tipi"), APPLICANT_TYPES[form.applicant_type]),
        (_l("Kurum Adı"), form.institution),
        (_l("Öğrenim Durumu"), EDUCATION[form.education]),
        (_l("Cep Telefonu"), show_mobile(form.phone) if form.phone else None),
        (_l("İl"), form.province),
        (_l("İlçe"), form.district),
    ]


def _text(field: HiddenField | SelectField | StringField | RadioField) -> str:
    return str(field.data or "").strip()
