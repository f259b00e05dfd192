"""Forms of membership. They only carry what was typed; what it must be is said by the rules, in one answer for all."""

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    PasswordField,
    RadioField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length

from lms.membership.services.staff import SHORTEST_REASON
from lms.web.forms import Form, Letters, choices

ROLE_NAMES = {
    "reviewer": "İnceleme görevlisi", "editor": "İçerik editörü", "accountant": "Muhasebe", "support": "Destek",
    "manager": "Yönetici", "auditor": "Denetçi (salt okur)",
}  # fmt: skip


class Needed:
    """Marks a field as required for the reader and the browser; the rule itself stands in the services."""

    field_flags = {"required": True}  # noqa: RUF012  WTForms reads a plain attribute

    def __call__(self, _form: object, _field: object) -> None:
        return


_TYPED = [InputRequired(_l("Lütfen doldurun."))]


class RegisterForm(Form):
    tckn = StringField(_l("T.C. kimlik numarası"), [Needed()])
    first_name = StringField(_l("Ad"), [Needed()])
    last_name = StringField(_l("Soyad"), [Needed()])
    email = EmailField(_l("E-posta"), [Needed()])
    phone = TelField(_l("Cep telefonu"))
    password = PasswordField(_l("Şifre"), [Needed()])
    accepts_notice = BooleanField(_l("Kişisel verilerin korunması hakkında bilgilendirmeyi okudum"), [Needed()])
    asked_email = HiddenField()
    """The address about which a slip was already asked; sent again unchanged, it is meant as it stands."""


class LogInForm(Form):
    tckn = StringField(_l("T.C. kimlik numarası"), _TYPED)
    password = PasswordField(_l("Şifre"), _TYPED)


class SecondFactorForm(Form):
    code = StringField(_l("Doğrulama kodu"), _TYPED)


class InviteForm(Form):
    """A new staff account: its role, and where the one-time link goes."""

    role = RadioField("Görev", choices=choices(ROLE_NAMES.items()), validate_choice=False)
    email = EmailField(
        "E-posta", description="Boş bırakırsanız bağlantı bir kez ekranda gösterilir; kişiye güvenli bir yoldan iletin."
    )


class StaffActForm(Form):
    """A decision about a staff account. `expected` is the role as the page showed it."""

    role = RadioField("Görev", choices=choices(ROLE_NAMES.items()), validate_choice=False)
    reason = TextAreaField(
        "Gerekçe", [Letters(SHORTEST_REASON, 500), Length(max=500, message="En çok 500 karakter yazabilirsiniz.")]
    )
    expected = HiddenField()


class ConfirmForm(Form):
    """Asked before a dangerous act. The names must not meet those of the form that is kept meanwhile."""

    confirm_password = PasswordField("Şifreniz", _TYPED)
    confirm_code = StringField("Doğrulama kodu", _TYPED)


class ForgotPasswordForm(Form):
    tckn = StringField(_l("T.C. kimlik numarası"), _TYPED)
    channel = RadioField(
        _l("Bağlantı nereye gönderilsin?"),
        choices=choices([("mail", _l("Kayıtlı e-posta adresime")), ("sms", _l("Kayıtlı cep telefonuma (SMS)"))]),
        default="mail",
        validate_choice=False,
    )


class SetPasswordForm(Form):
    password = PasswordField(_l("Yeni şifre"), [Needed()])


class InvitedForm(Form):
    """The first page of a staff account: who it is, and the password."""

    tckn = StringField(_l("T.C. kimlik numarası"), [Needed()])
    first_name = StringField(_l("Ad"), [Needed()])
    last_name = StringField(_l("Soyad"), [Needed()])
    email = EmailField(_l("E-posta"), [Needed()])
    password = PasswordField(_l("Yeni şifre"), [Needed()])


class ChangePasswordForm(Form):
    current_password = PasswordField(_l("Şimdiki şifreniz"), [Needed()])
    password = PasswordField(_l("Yeni şifre"), [Needed()])


class ChangeEmailForm(Form):
    email = EmailField(_l("Yeni e-posta adresi"), [Needed()])
    password = PasswordField(_l("Şifreniz"), [Needed()])


class ChangePhoneForm(Form):
    phone = TelField(_l("Cep telefonu"))
    password = PasswordField(_l("Şifreniz"), [Needed()])


class LanguageForm(Form):
    language = RadioField(
        _l("Sayfaların ve iletilerin dili"),
        choices=choices([("tr", "Türkçe"), ("en", "English")]),
        validate_choice=False,
    )


class BareForm(Form):
    """A button: nothing but the token against forged requests."""
