"""Who may see which view. Deny by default: a view without one of these decorators is refused (ASVS 8.2.1)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, Protocol, TypeVar, cast

from flask import Flask, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.wrappers import Response

from lms.core.access import ANONYMOUS, Actor
from lms.core.errors import Forbidden, Unauthenticated

P = ParamSpec("P")
R = TypeVar("R")
MARK = "__lms_access__"
_RESOLVER = "lms_token_resolver"
_CONFIRM = "lms_confirm"


class Principal(Protocol):
    """What ``membership`` gives to flask-login: a person in a live session."""

    actor: Actor
    second_factor_done: bool
    fresh: bool


@dataclass(frozen=True)
class Rule:
    """What a view asks for: ``kind`` of person and, for staff, the roles and whether they proved themselves just now."""

    kind: str
    roles: tuple[str, ...] = ()
    late: bool = False
    fresh: bool = False


def client_ip() -> str:
    """The peer's address; X-Forwarded-For counts only through configured proxies (ProxyFix in create_app)."""
    return request.remote_addr or "0.0.0.0"  # noqa: S104 - a placeholder, nothing is bound to it


def principal() -> Principal | None:
    """The logged-in person, or None."""
    return cast("Principal", current_user) if current_user.is_authenticated else None


def set_token_resolver(app: Flask, resolve: Callable[[], Actor | None]) -> None:
    """Tell how a bearer token becomes an actor; ``lms.api`` knows."""
    app.extensions[_RESOLVER] = resolve


def set_confirmation(app: Flask, ask: Callable[[], ResponseReturnValue | None]) -> None:
    """Tell what asks for the proof again; it answers None when the request itself brought it. ``lms.membership`` knows."""
    app.extensions[_CONFIRM] = ask


def token_actor() -> Actor | None:
    """Whose bearer token this call carries; asked once a request."""
    if "token_actor" not in g:
        g.token_actor = current_app.extensions[_RESOLVER]()
    return cast("Actor | None", g.token_actor)


def current_actor() -> Actor:
    """Who acts in this request: from the page's session, or the API's token."""
    if request.path.startswith("/api/"):
        return token_actor() or Actor(kind="anonymous", label=ANONYMOUS.label, ip=client_ip())
    person = principal()
    if person is None:
        return Actor(kind="anonymous", label=ANONYMOUS.label, ip=client_ip())
    return person.actor


def _decorate(rule: Rule) -> Callable[[Callable[P, R]], Callable[P, R]]:
    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            return view(*args, **kwargs)

        setattr(guarded, MARK, rule)
        return guarded

    return decorate


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Anybody; the view itself shows nothing private."""
    return _decorate(Rule("public"))(view)


def member(view: Callable[P, R]) -> Callable[P, R]:
    """A logged-in candidate."""
    return _decorate(Rule("member"))(view)


def member_in_write(view: Callable[P, R]) -> Callable[P, R]:
    """A logged-in candidate whom the view's own statement checks, to save round trips; what that statement does not take
    goes on only with ``check_late()``."""
    return _decorate(Rule("member", late=True))(view)


def check_late() -> Actor:
    """The full check of such a view: who acts, or the refusal that the guard would have given."""
    rule = rule_of(request.endpoint or "")
    if rule is None:
        raise Forbidden("auth.undeclared")
    _check(rule)
    return current_actor()


def logged_in(view: Callable[P, R]) -> Callable[P, R]:
    """Any logged-in person, candidate or staff."""
    return _decorate(Rule("person"))(view)


def staff(*roles: str, fresh: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Staff in one of ``roles``, after the second factor.

    ``fresh``: a dangerous act. Whoever proved themselves longer ago than ``membership.rules.sessions.FRESH`` is asked for
    password and code first; what was sent is kept meanwhile.
    """
    return _decorate(Rule("staff", roles, fresh=fresh))


def api(view: Callable[P, R]) -> Callable[P, R]:
    """A call of /api/v1 of a member with a bearer token."""
    return _decorate(Rule("api"))(view)


def api_in_write(view: Callable[P, R]) -> Callable[P, R]:
    """The same as ``member_in_write`` for a bearer token."""
    return _decorate(Rule("api", late=True))(view)


def rule_of(endpoint: str) -> Rule | None:
    """The rule of an endpoint, None where nothing was declared (the matrix test walks these)."""
    return cast("Rule | None", getattr(current_app.view_functions.get(endpoint), MARK, None))


_OPEN_ENDPOINTS = {"static", "openapi.spec"}


def _check(rule: Rule) -> Response | None:
    if rule.kind == "public":
        return None
    if rule.kind == "api":
        if token_actor() is None:
            raise Unauthenticated("auth.token_missing")
        return None
    person = principal()
    if person is None:
        raise Unauthenticated("auth.login_needed")
    if rule.kind == "member" and person.actor.kind != "member":
        raise Forbidden("auth.members_only")
    if person.actor.kind == "staff" and not person.second_factor_done:
        return redirect(url_for("membership.second_factor"))  # its password alone opens nothing (V6.3.3)
    return _check_staff(rule, person) if rule.kind == "staff" else None


def _check_staff(rule: Rule, person: Principal) -> Response | None:
    if person.actor.kind != "staff":
        raise Forbidden("auth.staff_only")
    if person.actor.role not in rule.roles:
        raise Forbidden("auth.role_missing")
    return None


def allowed() -> bool:
    """Whether the guard lets this request through. Errors: those of the guard."""
    rule = rule_of(request.endpoint or "")
    return rule is not None and _check(rule) is None


def guard() -> ResponseReturnValue | None:
    """Before every request: the endpoint's rule, or refusal."""
    if request.endpoint is None or request.endpoint in _OPEN_ENDPOINTS:
        return None
    rule = rule_of(request.endpoint)
    if rule is None:
        raise Forbidden("auth.undeclared")
    carries_proof = "Authorization" in request.headers if rule.kind == "api" else bool(request.cookies)
    if rule.late and carries_proof:
        return None
    return _check(rule) or _confirm(rule)


def _confirm(rule: Rule) -> ResponseReturnValue | None:
    person = principal()
    if not rule.fresh or person is None or person.fresh:
        return None
    ask: Callable[[], ResponseReturnValue | None] = current_app.extensions[_CONFIRM]
    return ask()


def init_app(app: Flask) -> None:
    """Put the guard in front of every view."""
    app.before_request(guard)
