"""Members, sessions, profile, password, support."""

from typing import Any

from flask import request

from lms.api.forms import Created, Me, MemberIn, PasswordIn, SessionIn, SessionOut, SupportIn
from lms.api.views.base import ERRORS, SECURED, bearer_token, bp, idempotent, iso
from lms.core import clock
from lms.core.db import transaction
from lms.core.errors import FieldErrors, NotFound
from lms.journey import services as journey
from lms.membership import credential
from lms.membership import queries as people
from lms.membership.models import Member, MemberSession
from lms.membership.services import accounts, entry, links
from lms.support import services as support
from lms.support.views import ASK_LIMIT
from lms.web.access import api, client_ip, current_actor, public
from lms.web.filters import explain
from lms.web.i18n import language
from lms.web.messages import sentence
from lms.web.throttle import hit


def current_member() -> Member:
    """The member whose token this is."""
    member = people.member_by_code(current_actor().code)
    if member is None:
        raise NotFound
    return member


def _session() -> MemberSession:
    session = people.live_session(bearer_token(), "api", clock.wall())
    if session is None:
        raise NotFound
    return session


def _origin() -> credential.Origin:
    return credential.Origin(ip=client_ip(), user_agent=request.user_agent.string)


@bp.post("/members")
@public
@bp.input(MemberIn)
@bp.output(Created, status_code=201)
@bp.doc(summary="Register (R028-R031)", responses=ERRORS)
@idempotent
def register(json_data: MemberIn) -> tuple[dict[str, Any], int]:
    """One membership per TCKN, active at once. A number in use answers a neutral 409."""
    member = accounts.sign_up(
        tckn=json_data.tckn, first_name=json_data.first_name, last_name=json_data.last_name, email=json_data.email, phone=json_data.phone,
        password=json_data.password, accepts_notice=json_data.accepts_notice, language=language(), actor=current_actor(), now=clock.now(), wall=clock.wall(),
    )  # fmt: skip
    return {"id": member.code}, 201


@bp.post("/sessions")
@public
@bp.input(SessionIn)
@bp.output(SessionOut, status_code=201)
@bp.doc(summary="Log in: a bearer token", responses=ERRORS)
def open_session(json_data: SessionIn) -> tuple[dict[str, Any], int]:
    """TCKN and password to a token that ends at ``expires_at``."""
    made = entry.create_token(
        tckn=json_data.tckn, password=json_data.password, origin=_origin(), now=clock.now(), wall=clock.wall()
    )
    return {"access_token": made.token, "expires_at": iso(made.session.expires_at)}, 201


@bp.delete("/sessions/current")
@api
@bp.output({}, status_code=204)
@bp.doc(summary="Log out", security=SECURED, responses=ERRORS)
def close_session() -> tuple[str, int]:
    """End this token on the server."""
    with transaction():
        entry.log_out(_session(), actor=current_actor(), now=clock.now(), wall=clock.wall())
    return "", 204


@bp.get("/me")
@api
@bp.output(Me)
@bp.doc(summary="Profile and the one next step", security=SECURED, responses=ERRORS)
def me() -> dict[str, Any]:
    """Who I am, and what comes next, when and why."""
    member = current_member()
    return {
        "id": member.code, "tckn": member.tckn_masked, "first_name": member.first_name, "last_name": member.last_name,
        "email": member.email, "phone": member.phone, "language": member.language, "next": _next_step(member),
    }  # fmt: skip


def _next_step(member: Member) -> dict[str, Any]:
    step = journey.next_step(member, clock.now())
    return {
        "code": step.code, "title": sentence(f"next.{step.code}", step.shown, language()), "at": iso(step.at), "until": iso(step.until),
        "why": explain(step.why, language()) if step.why else None, "rule": step.rule, "url": step.url,
    }  # fmt: skip


@bp.post("/me/password")
@api
@bp.input(PasswordIn)
@bp.output(SessionOut)
@bp.doc(summary="Change the password; this token stays, all other sessions end", security=SECURED, responses=ERRORS)
def change_password(json_data: PasswordIn) -> dict[str, Any]:
    """R068: with the current password."""
    session = _session()
    try:
        token = links.change_password(
            session, current=json_data.current_password, new=json_data.new_password,
            actor=current_actor(), now=clock.now(), wall=clock.wall(),
        )  # fmt: skip
    except FieldErrors as error:
        named = {"new_password" if name == "password" else name: code for name, code in error.fields.items()}
        raise FieldErrors(named, **error.params) from error
    return {"access_token": token or bearer_token(), "expires_at": iso(session.expires_at)}


@bp.post("/support")
@public
@bp.input(SupportIn)
@bp.output(Created, status_code=201)
@bp.doc(summary="Ask for help (R112)", responses=ERRORS)
@idempotent
def ask_support(json_data: SupportIn) -> tuple[dict[str, Any], int]:
    """A ticket; with a token it is the member's, without one an e-mail address is needed."""
    actor = current_actor()
    if actor.kind != "member" and not json_data.email:
        raise FieldErrors({"email": "field.required"})
    hit("support", client_ip(), ASK_LIMIT)
    with transaction():
        ticket = support.open_ticket(
            subject=json_data.subject,
            body=json_data.body,
            email=json_data.email or "",
            context={**(json_data.context or {}), "language": language()},
            language=language(),
            actor=actor,
            now=clock.now(),
        )
    return {"id": ticket.code}, 201
