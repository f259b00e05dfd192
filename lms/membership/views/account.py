"""One's own account."""

from collections.abc import Callable
from typing import Any

from flask import flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from lms.core import clock
from lms.core.db import transaction
from lms.core.errors import DomainError, Invalid
from lms.membership import credential, forms, queries
from lms.membership.rules import identity
from lms.membership.services import accounts, entry, links
from lms.membership.views.base import bp, own_session, session_seconds, set_language, take_token, times
from lms.web.access import current_actor, logged_in
from lms.web.forms import Form


@bp.get("/hesabim")
@logged_in
def account() -> ResponseReturnValue:
    """What is on file, and where one is logged in."""
    live = own_session()
    return render_template(
        "membership/account.html",
        member=live.member,
        live=live,
        sessions=queries.sessions_of(live.member_id, clock.wall()),
        form=forms.LanguageForm(language=live.member.language),
        show_mobile=identity.show_mobile,
    )


def _change(form: Form, template: str, act: Callable[[], str | None], done: str, **shown: Any) -> ResponseReturnValue:
    """One change that needs the password again: do it, take the new token, say so (V7.5.1)."""
    live = own_session()
    status = 200
    if form.validate_on_submit():
        try:
            token = act()
        except DomainError as error:
            form.refuse(error)
            status = error.status
        else:
            take_token(token, live)
            flash(done, "success")
            return redirect(url_for("membership.account"))
    return render_template(template, form=form, member=live.member, **shown), status


@bp.route("/hesabim/sifre", methods=["GET", "POST"])
@logged_in
def change_password() -> ResponseReturnValue:
    """R068: "Şifremi Değiştir"."""
    form = forms.ChangePasswordForm()

    def act() -> str | None:
        current, new = form.current_password.data or "", form.password.data or ""
        return links.change_password(own_session(), current=current, new=new, **times())

    return _change(form, "membership/change_password.html", act, _("Şifreniz değişti. Öteki oturumlarınız kapatıldı."))


@bp.route("/hesabim/e-posta", methods=["GET", "POST"])
@logged_in
def change_email() -> ResponseReturnValue:
    form = forms.ChangeEmailForm()

    def act() -> str | None:
        email, password = form.email.data or "", form.password.data or ""
        return accounts.change_email(own_session(), email=email, password=password, **times())

    return _change(
        form, "membership/change_email.html", act, _("E-posta adresiniz değişti; eski ve yeni adresinize bilgi verdik.")
    )


@bp.route("/hesabim/telefon", methods=["GET", "POST"])
@logged_in
def change_phone() -> ResponseReturnValue:
    live = own_session()
    form = forms.ChangePhoneForm(phone=identity.show_mobile(live.member.phone) if live.member.phone else "")

    def act() -> str | None:
        phone, password = form.phone.data or "", form.password.data or ""
        return accounts.change_phone(own_session(), phone=phone, password=password, **times())

    return _change(form, "membership/change_phone.html", act, _("Cep telefonunuz güncellendi."))


@bp.post("/hesabim/dil")
@logged_in
def change_language() -> ResponseReturnValue:
    form = forms.LanguageForm()
    if not form.validate_on_submit():
        raise Invalid("language.unknown")
    chosen = form.language.data or ""
    with transaction():
        accounts.change_language(own_session().member, chosen, actor=current_actor(), now=clock.now())
    response = redirect(url_for("membership.account"))
    set_language(response, chosen)
    return response


@bp.post("/hesabim/oturumlar/<code>/kapat")
@logged_in
def end_session(code: str) -> ResponseReturnValue:
    """V7.5.2: end one of one's own sessions."""
    with transaction():
        entry.end_session(code, **times())
    flash(_("Oturum kapatıldı."), "success")
    return redirect(url_for("membership.account"))


@bp.get("/hesabim/oturum")
@logged_in
def session_state() -> ResponseReturnValue:
    """For a page's script: the seconds left, which asking does not prolong, and a fresh form token."""
    return jsonify(seconds=session_seconds(), csrf=generate_csrf())


@bp.post("/hesabim/oturum")
@logged_in
def prolong_session() -> ResponseReturnValue:
    """WCAG 2.2.1: whoever was warned stays logged in by one press."""
    live = own_session()
    with transaction():
        credential.touch(live, clock.wall())
    return session_state()
