"""The blueprint, the live session of a page, and the browser that holds it."""

from typing import Any, Final, cast

from flask import Blueprint, Flask, current_app, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin, login_user, logout_user
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from lms.core import clock
from lms.core.codes import new_code
from lms.core.errors import Unauthenticated
from lms.membership import credential, queries
from lms.membership.models import MemberSession
from lms.membership.rules import sessions
from lms.web.access import client_ip, current_actor, principal
from lms.web.addresses import own_page
from lms.web.i18n import COOKIE as LANGUAGE_COOKIE
from lms.web.i18n import LANGUAGES

bp = Blueprint("membership", __name__)

ISSUER: Final = "SEGEM Akademi"
_DEVICES_MAX: Final = 5
_BROWSER: Final = ""


class Person(UserMixin):
    """A live session as flask-login and the guard see it."""

    def __init__(self, token: str, live: MemberSession) -> None:
        self.token = token
        self.session = live
        self.actor = live.member.actor(client_ip())
        self.second_factor_done = live.second_factor_at is not None
        self.fresh = sessions.is_fresh(live.confirmed_at, clock.wall())

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


def browser_mark() -> str | None:
    """Which browser this is, whoever sits before it: the fingerprint of a random number in the cookie above; None on a phone
    or before the first log-in."""
    number = _known_devices().get(_BROWSER)
    return queries.fingerprint(number) if number else None


def origin() -> credential.Origin:
    """Where this request comes from."""
    return credential.Origin(ip=client_ip(), devices=_known_devices(), user_agent=request.headers.get("User-Agent", ""))


def _remember(response: Response, live: MemberSession) -> Response:
    """Mark the browser as known to this member, and speak the member's language from now on."""
    name, signer = _device_cookie()
    devices = _known_devices()
    device, browser = devices.pop(live.member.code, None) or new_code(26), devices.pop(_BROWSER, None) or new_code(26)
    kept = {_BROWSER: browser, **dict([*devices.items(), (live.member.code, device)][-_DEVICES_MAX:])}
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


def safe_next(default: str) -> str:
    """The page that asked for the log-in; only one of ours (V3.7.2)."""
    return own_page(request.values.get("next", "")) or default


def enter(made: credential.LogIn) -> Response:
    take_token(made.token, made.session)
    if made.member.staff_role is not None:
        target = url_for("membership.second_factor", next=request.values.get("next") or None)
    else:
        target = safe_next("/")
    return _remember(redirect(target), made.session)


def times() -> dict[str, Any]:
    """Who acts and when, for a service."""
    return {"actor": current_actor(), "now": clock.now(), "wall": clock.wall()}
