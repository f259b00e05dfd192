"""Pages of membership: registration, log-in, second factor, forgotten password, one's own account."""

from collections.abc import Callable
from typing import Any, Final, cast
from urllib.parse import urlsplit

from flask import Blueprint, Flask, current_app, flash, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from lms.core import clock
from lms.core.codes import new_code
from lms.core.db import transaction
from lms.core.errors import Conflict, DomainError, Invalid, NotFound, Unauthenticated
from lms.membership import credential, forms, qr, queries
from lms.membership.models import MemberSession
from lms.membership.rules import identity, sessions
from lms.membership.rules import second_factor as totp
from lms.membership.services import accounts, entry, links
from lms.web.access import client_ip, current_actor, logged_in, principal, public
from lms.web.forms import Form
from lms.web.i18n import COOKIE as LANGUAGE_COOKIE
from lms.web.i18n import LANGUAGES, language
from lms.web.throttle import hit

bp = Blueprint("membership", __name__)
ISSUER: Final = "SEGEM Akademi"
_DEVICES_MAX: Final = 5


class Person(UserMixin):
    """A live session as flask-login and the guard see it."""

    def __init__(self, token: str, live: MemberSession) -> None:
        self.token = token
        self.session = live
        self.actor = live.member.actor(client_ip())
        self.second_factor_done = live.second_factor_at is not None

    def get_id(self) -> str:
        return self.token


def init_login(app: Flask) -> None:
    """Wire flask-login: the cookie holds a random token, the database its hash. A change of address ends nothing."""
    manager = LoginManager()
    manager.session_protection = None
    app.login_manager = manager  # type: ignore[attr-defined] # not init_app: nothing is "remembered", so no cookie to look after
    manager.user_loader(_load)
    app.jinja_env.filters["device_name"] = _device_name
    app.jinja_env.globals["session_seconds"] = session_seconds


def _load(token: str) -> Person | None:
    asks_only = request.endpoint == "membership.session_state"
    live = credential.authenticate(token, "web", wall=clock.wall(), quietly=asks_only)
    return Person(token, live) if live else None


def _device_name(live: MemberSession) -> str:
    if live.kind == "api":
        return str(_("Mobil uygulama"))
    browser, system = sessions.browser_of(live.user_agent)
    return " · ".join(name for name in (browser or str(_("Tarayıcı")), system) if name)


def own_session() -> MemberSession:
    """The session of this request."""
    person = principal()
    if person is None:
        raise Unauthenticated("auth.login_needed")
    return cast("Person", person).session


def session_seconds() -> int | None:
    """How long this session lasts if nothing more happens in it; None where nobody is logged in."""
    if principal() is None:
        return None
    return max(0, int((queries.ends_at(own_session()) - clock.wall()).total_seconds()))


def take_token(token: str | None, live: MemberSession) -> None:
    """From now on the browser holds this token; whatever its cookie held before is gone (V7.2.4)."""
    if token is None:
        return
    logout_user()
    session.clear()
    login_user(Person(token, live))


# --- the browser -----------------------------------------------------------------------------------------------------


def _device_cookie() -> tuple[str, URLSafeTimedSerializer]:
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    return ("__Host-device" if secure else "device"), URLSafeTimedSerializer(str(current_app.secret_key), salt="device")


def _known_devices() -> dict[str, str]:
    """The memberships that logged in with this browser before, each with its device id (rules.throttling)."""
    name, signer = _device_cookie()
    try:
        devices = signer.loads(request.cookies.get(name, ""), max_age=int(sessions.KNOWN_DEVICE.total_seconds()))
    except BadSignature:
        return {}
    return devices if isinstance(devices, dict) else {}


def origin() -> credential.Origin:
    """Where this request comes from."""
    return credential.Origin(ip=client_ip(), devices=_known_devices(), user_agent=request.headers.get("User-Agent", ""))


def _remember(response: Response, live: MemberSession) -> Response:
    """Mark the browser as known to this member, and speak the member's language from now on."""
    name, signer = _device_cookie()
    devices = _known_devices()
    device = devices.pop(live.member.code, None) or new_code(26)
    kept = dict([*devices.items(), (live.member.code, device)][-_DEVICES_MAX:])
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    year = int(sessions.KNOWN_DEVICE.total_seconds())
    response.set_cookie(name, str(signer.dumps(kept)), max_age=year, httponly=True, secure=secure, samesite="Lax")
    if request.cookies.get(LANGUAGE_COOKIE) not in LANGUAGES:
        set_language(response, live.member.language)
    return response


def set_language(response: Response, chosen: str) -> None:
    """Let this browser's pages be in this language."""
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(LANGUAGE_COOKIE, chosen, max_age=31536000, httponly=True, secure=secure, samesite="Lax")


def _safe_next(default: str) -> str:
    """The page that asked for the log-in; only one of ours (V3.7.2)."""
    wanted = request.values.get("next", "")
    parts = urlsplit(wanted)
    ours = (
        wanted.startswith("/") and not parts.scheme and not parts.netloc and wanted.isprintable() and "\\" not in wanted
    )
    return wanted if ours else default


def _enter(made: credential.LogIn) -> Response:
    take_token(made.token, made.session)
    if made.member.staff_role is not None:
        target = url_for("membership.second_factor", next=request.values.get("next") or None)
    else:
        target = _safe_next("/")
    return _remember(redirect(target), made.session)


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
        if hint is None:
            try:
                return _sign_up(form)
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


def _sign_up(form: forms.RegisterForm) -> ResponseReturnValue:
    now, wall = clock.now(), clock.wall()
    typed: dict[str, Any] = {
        name: form[name].data or "" for name in ("tckn", "first_name", "last_name", "email", "phone", "password")
    }
    member = accounts.sign_up(
        **typed, accepts_notice=form.accepts_notice.data, language=language(), actor=current_actor(), now=now, wall=wall
    )
    with transaction():
        made = credential.open_session(member, origin=origin(), wall=wall)
    response = _enter(made)
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
        return redirect(_safe_next("/yonetim" if person.actor.kind == "staff" else "/"))
    form = forms.LogInForm()
    status, wait = 200, None
    if form.validate_on_submit():
        now, wall = clock.now(), clock.wall()
        try:
            made = entry.log_in(
                tckn=form.tckn.data or "", password=form.password.data or "", origin=origin(), now=now, wall=wall
            )
            return _enter(made)
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
        return redirect(_safe_next("/"))
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
            return redirect(_safe_next("/yonetim"))
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
    """End the session here and on the server. A GET only asks."""
    form = forms.BareForm()
    if not form.validate_on_submit():
        return render_template("membership/log_out.html", form=form)
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
    form = forms.InvitedForm() if invited else forms.SetPasswordForm()
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


# --- one's own account -----------------------------------------------------------------------------------------------


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


def _times() -> dict[str, Any]:
    return {"actor": current_actor(), "now": clock.now(), "wall": clock.wall()}


@bp.route("/hesabim/sifre", methods=["GET", "POST"])
@logged_in
def change_password() -> ResponseReturnValue:
    """R068: "Şifremi Değiştir"."""
    form = forms.ChangePasswordForm()

    def act() -> str | None:
        current, new = form.current_password.data or "", form.password.data or ""
        return links.change_password(own_session(), current=current, new=new, **_times())

    return _change(form, "membership/change_password.html", act, _("Şifreniz değişti. Öteki oturumlarınız kapatıldı."))


@bp.route("/hesabim/e-posta", methods=["GET", "POST"])
@logged_in
def change_email() -> ResponseReturnValue:
    form = forms.ChangeEmailForm()

    def act() -> str | None:
        email, password = form.email.data or "", form.password.data or ""
        return accounts.change_email(own_session(), email=email, password=password, **_times())

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
        return accounts.change_phone(own_session(), phone=phone, password=password, **_times())

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
        entry.end_session(code, **_times())
    flash(_("Oturum kapatıldı."), "success")
    return redirect(url_for("membership.account"))


@bp.get("/hesabim/oturum")
@logged_in
def session_state() -> ResponseReturnValue:
    """For the page's script: the seconds left; asking does not prolong them."""
    return jsonify(seconds=session_seconds())


@bp.post("/hesabim/oturum")
@logged_in
def prolong_session() -> ResponseReturnValue:
    """WCAG 2.2.1: whoever was warned stays logged in by one press."""
    live = own_session()
    with transaction():
        credential.touch(live, clock.wall())
    return jsonify(seconds=session_seconds())
