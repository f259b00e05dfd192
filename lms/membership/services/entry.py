"""Logging in and out, the second factor, and proving again who one is.

Functions marked **opens its own transactions** look at a password, which takes long, and nobody may hold the database
meanwhile: call them outside of `transaction()`. All others are called inside one, as everywhere.
`now` is the domain's time (audit, messages), `wall` is real time (sessions, links, throttles).
"""

from datetime import datetime
from functools import partial

from lms.audit.rules import Act
from lms.audit.services import record
from lms.core.access import Actor
from lms.core.config import vault
from lms.core.db import record_apart, release, transaction
from lms.core.errors import FieldErrors, Forbidden, Invalid, NotFound, Unauthenticated
from lms.membership import credential, passwords, queries
from lms.membership.credential import LogIn, Origin, open_session
from lms.membership.models import Member, MemberSession
from lms.membership.queries import member_by_tckn
from lms.membership.rules import second_factor, sessions
from lms.membership.services.accounts import existing, prove


def log_in(*, tckn: str, password: str, origin: Origin, now: datetime, wall: datetime, channel: str = "web") -> LogIn:
    """R031: number and password to a new session. **Opens its own transactions.**

    `login.failed` (401) says nothing about which of the two was wrong; `login.slow` (429) asks to wait. A staff member's
    session opens nothing before the second step; the API ("api") is for candidates only.
    """
    release()
    member = credential.prove_log_in(tckn, password, origin=origin, wall=wall)
    if member is None:
        record_apart(partial(_record_failure, tckn, origin=origin, now=now))
        raise Unauthenticated("login.failed")
    if member.staff_role is not None and channel == "api":
        raise Forbidden("auth.members_only")
    outdated = member.password_hash is not None and passwords.is_outdated(member.password_hash)
    renewed = passwords.hash_password(password) if outdated else member.password_hash
    with transaction():
        member = existing(member.code)
        member.password_hash = renewed
        if member.staff_role is not None and member.totp_sealed is None:
            member.totp_sealed = vault().seal(second_factor.new_secret())
        made = open_session(member, channel=channel, origin=origin, wall=wall)
        record(
            Act.LOGGED_IN,
            actor=member.actor(origin.ip),
            subject=("member", member.code),
            data={"via": channel},
            now=now,
        )
        return made


def _record_failure(tckn: str, *, origin: Origin, now: datetime) -> None:
    member = member_by_tckn(tckn)
    actor = Actor(kind="anonymous", label="anonymous", ip=origin.ip)
    subject = ("member", member.code) if member else ("network", (origin.ip or "")[:45])
    record(Act.LOGIN_FAILED, actor=actor, subject=subject, now=now)


def create_token(*, tckn: str, password: str, origin: Origin, now: datetime, wall: datetime) -> LogIn:
    """POST /sessions: a bearer token for a candidate; it ends at `session.expires_at`. **Opens its own transactions.**"""
    return log_in(tckn=tckn, password=password, origin=origin, now=now, wall=wall, channel="api")


def log_out(session: MemberSession, *, actor: Actor, now: datetime, wall: datetime) -> None:
    """End this session on the server: its token opens nothing any more."""
    session.ended_at = wall
    record(Act.LOGGED_OUT, actor=actor, subject=("member", session.member.code), now=now)


def end_session(code: str, *, actor: Actor, now: datetime, wall: datetime) -> None:
    """End one of one's own sessions (V7.5.2); somebody else's does not exist."""
    own = {session.code: session for session in queries.sessions_of(actor.member_id, wall)}
    if code not in own:
        raise NotFound
    own[code].ended_at = wall
    record(Act.SESSION_ENDED, actor=actor, subject=("member", actor.code), data={"session": code}, now=now)


# --- proving it again ------------------------------------------------------------------------------------------------


def confirm_again(
    session: MemberSession, *, password: str, code: str, actor: Actor, now: datetime, wall: datetime
) -> str | None:
    """V7.5.3: password and second factor once more, before a dangerous act; the session's new token.

    Errors: by field, or `login.slow`. **Opens its own transactions.**
    """
    release()
    member, subject = session.member, ("member", session.member.code)
    try:
        prove("confirm_password", member, password, wall=wall)
        _prove_code("confirm_code", member, code, wall=wall)
    except Invalid:
        record_apart(partial(record, Act.CONFIRMATION_FAILED, actor=actor, subject=subject, now=now))
        raise
    with transaction():
        record(Act.CONFIRMED_AGAIN, actor=actor, subject=subject, now=now)
        session.confirmed_at = wall
        return credential.rotate(session, wall)


def _prove_code(field: str, member: Member, typed: str, *, wall: datetime) -> None:
    try:
        credential.prove_code(member, typed, wall=wall)
    except Invalid as error:
        raise FieldErrors({field: error.code}) from error


def confirm_second_factor(
    session: MemberSession, typed: str, *, actor: Actor, now: datetime, wall: datetime
) -> str | None:
    """The second step of a staff log-in; the session's new token. **Opens its own transactions.**

    The first code that fits confirms the secret for good. Errors: `totp.wrong`, `login.slow`.
    """
    release()
    member = session.member
    subject = ("member", member.code)
    try:
        credential.prove_code(member, typed, wall=wall)
    except Invalid:
        record_apart(partial(record, Act.SECOND_FACTOR_FAILED, actor=actor, subject=subject, now=now))
        raise
    with transaction():
        if member.totp_confirmed_at is None:
            member.totp_confirmed_at = wall
            record(Act.SECOND_FACTOR_SET, actor=actor, subject=subject, now=now)
        session.second_factor_at = session.confirmed_at = wall
        session.expires_at = sessions.absolute_end(sessions.Kind.STAFF, session.created_at)
        return credential.rotate(session, wall)
