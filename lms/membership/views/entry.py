"""Registering, logging in and out, the second factor, the forgotten password."""

from typing import Any

from flask import current_app, flash, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, logout_user

from lms.core import clock
from lms.core.db import transaction
from lms.core.errors import Conflict, DomainError, Invalid, NotFound
from lms.membership import credential, forms, qr, queries
from lms.membership.rules import identity, sessions
from lms.membership.rules import second_factor as totp
from lms.membership.services import accounts, entry, links
from lms.membership.views.base import ISSUER, bp, enter, origin, own_session, safe_next, take_token
from lms.web.access import client_ip, current_actor, principal, public
from lms.web.i18n import language
from lms.web.navigation import going_on
from lms.web.throttle import hit

# --- registering -----------------------------------------------------------------------------------------------------


@bp.route("/kaydol", methods=["GET", "POST"])
@public
def register() -> ResponseReturnValue:
    """R028-R030: become a member, active and logged in at once."""
    if request.method == "GET" and principal() is not None:
        return redirect("/")
    form = forms.RegisterForm()
    status, hint = 200, None
    if form.validate_on_submit():
        hint = _unasked_slip(form)
        try:
            if hint is None:
                return _sign_up(form)
            accounts.registration(**_typed(form))
        except DomainError as error:
            form.refuse(error)
            status = error.status
        form.asked_email.data = form.email.data
    return render_template("membership/register.html", form=form, hint=hint), status


def _unasked_slip(form: forms.RegisterForm) -> str | None:
    """The address that was probably meant, unless the member has already said that this one is right."""
    try:
        typed = identity.email(form.email.data or "")
    except Invalid:
        return None
    return identity.email_hint(typed) if form.asked_email.data != form.email.data else None


def _typed(form: forms.RegisterForm) -> dict[str, Any]:
    fields = ("tckn", "first_name", "last_name", "email", "phone", "password")
    return {name: form[name].data or "" for name in fields} | {"accepts_notice": form.accepts_notice.data}


def _sign_up(form: forms.RegisterForm) -> ResponseReturnValue:
    now, wall = clock.now(), clock.wall()
    member = accounts.sign_up(**_typed(form), language=language(), actor=current_actor(), now=now, wall=wall)
    with transaction():
        made = credential.open_session(member, origin=origin(), wall=wall)
    response = enter(made)
    sentence = _(
        "Üyeliğiniz açıldı. Bilgilendirmeler %(email)s adresine gelecek; yanlışsa Hesabım sayfasında düzeltin."
    )
    flash(sentence % {"email": member.email}, "success")
    proposal = " ".join(identity.name_hint(name) or name for name in (member.first_name, member.last_name))
    if proposal != member.full_name:
        flash(
            _(
                "Sertifikanızda adınız yazdığınız gibi görünür: %(name)s. Büyük ve küçük harfleri düzeltmek isterseniz Destek sayfasından yazın."
            )
            % {"name": member.full_name},
            "warning",
        )
    return response


@bp.post("/kaydol/e-posta")
@public
def email_hint() -> ResponseReturnValue:
    """R047: the address read back as it was understood, with the question about a slip; for the page's own script."""
    hit("email-hint", client_ip(), "60/minute")
    body = request.get_json(silent=True)
    typed = body.get("email") if isinstance(body, dict) else None
    try:
        address = identity.email(typed if isinstance(typed, str) else "")
    except Invalid as error:
        return jsonify(email=None, meant=error.params.get("meant"))
    return jsonify(email=address, meant=identity.email_hint(address))


# --- logging in and out ----------------------------------------------------------------------------------------------


@bp.route("/giris", methods=["GET", "POST"])
@public
def log_in() -> ResponseReturnValue:
    """R031: T.C. kimlik number and password, for candidates and staff."""
    person = principal()
    if request.method == "GET" and person is not None:
        return redirect(safe_next("/yonetim" if person.actor.kind == "staff" else "/"))
    form = forms.LogInForm()
    status, wait = 200, None
    if form.validate_on_submit():
        now, wall = clock.now(), clock.wall()
        try:
            made = entry.log_in(
                tckn=form.tckn.data or "", password=form.password.data or "", origin=origin(), now=now, wall=wall
            )
            return enter(made)
        except DomainError as error:
            form.refuse(error)
            status, wait = error.status, error.params.get("retry_after")
    response = current_app.make_response(
        render_template("membership/log_in.html", form=form, next=request.values.get("next", ""))
    )
    response.status_code = status
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return response


@bp.route("/giris/kod", methods=["GET", "POST"])
@public
def second_factor() -> ResponseReturnValue:
    """V6.3.3: the second step of a staff log-in; at the first log-in the secret is shown to be put into an app."""
    live = own_session()
    if live.member.staff_role is None or live.second_factor_at is not None:
        return redirect(safe_next("/"))
    form = forms.SecondFactorForm()
    status = 200
    if form.validate_on_submit():
        try:
            token = entry.confirm_second_factor(
                live, form.code.data or "", actor=current_actor(), now=clock.now(), wall=clock.wall()
            )
        except DomainError as error:
            form.refuse(error, "code")
            status = error.status
        else:
            take_token(token, live)
            return redirect(safe_next("/yonetim"))
    secret = queries.totp_secret(live.member)
    enrolment = None
    if secret is not None:
        uri = totp.provisioning_uri(secret, issuer=ISSUER, account=live.member.email or live.member.code)
        enrolment = {"secret": totp.readable(secret), "qr": qr.modules(uri)}
    page = render_template(
        "membership/second_factor.html", form=form, enrolment=enrolment, next=request.values.get("next", "")
    )
    return page, status


@bp.route("/cikis", methods=["GET", "POST"])
@public
def log_out() -> ResponseReturnValue:
    """End the session here and on the server. A GET only asks, and so does the menu's button where something runs on."""
    form = forms.BareForm()
    running = going_on()
    if not form.validate_on_submit() or (running and "asked" not in request.form):
        return render_template("membership/log_out.html", form=form, running=running)
    if current_user.is_authenticated:
        with transaction():
            entry.log_out(own_session(), actor=current_actor(), now=clock.now(), wall=clock.wall())
    logout_user()
    session.clear()
    flash(_("Çıkış yaptınız."), "success")
    response = redirect(url_for("membership.log_in"))
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


# --- one-time links --------------------------------------------------------------------------------------------------


@bp.route("/sifremi-unuttum", methods=["GET", "POST"])
@public
def forgot_password() -> ResponseReturnValue:
    """R032: ask for a link; the answer is the same for everybody."""
    form = forms.ForgotPasswordForm()
    status = 200
    if form.validate_on_submit():
        try:
            links.ask_password_link(
                tckn=form.tckn.data or "", channel=form.channel.data or "mail", actor=current_actor(),
                now=clock.now(), wall=clock.wall(),
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error)
            status = error.status
        else:
            return render_template("membership/link_sent.html", minutes=int(sessions.RESET_LINK.total_seconds() // 60))
    return render_template("membership/forgot_password.html", form=form), status


@bp.route("/sifre-belirle/<token>", methods=["GET", "POST"])
@public
def set_password(token: str) -> ResponseReturnValue:
    """V6.4.1, V6.4.3: set a password through a one-time link; then log in with it."""
    link = queries.live_link(token, clock.wall())
    if link is None:
        return render_template("membership/link_dead.html"), 404
    invited = queries.is_incomplete(link.member)
    form = forms.InvitedForm(email=link.member.email) if invited else forms.SetPasswordForm()
    status = 200
    if form.validate_on_submit():
        person = (
            {name: form[name].data or "" for name in ("tckn", "first_name", "last_name", "email")} if invited else None
        )
        try:
            links.set_password(
                token,
                password=form.password.data or "",
                person=person,
                actor=current_actor(),
                now=clock.now(),
                wall=clock.wall(),
            )
        except NotFound:
            return render_template("membership/link_dead.html"), 404
        except (Invalid, Conflict) as error:
            form.refuse(error)
            status = error.status
        else:
            flash(_("Şifreniz belirlendi. Yeni şifrenizle giriş yapabilirsiniz."), "success")
            return redirect(url_for("membership.log_in"))
    response = current_app.make_response(
        (render_template("membership/set_password.html", form=form, invited=invited), status)
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
