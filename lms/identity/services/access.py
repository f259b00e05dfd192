"""Helping somebody to log in without ever knowing or setting a password."""

from datetime import datetime

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import Actor
from lms.core.errors import Conflict
from lms.identity.services.corrections import candidate
from lms.membership import credential
from lms.membership.services import links


def send_link(code: str, *, actor: Actor, now: datetime, wall: datetime) -> None:
    """A link for a new password goes to the address on file, never to a staff member. Errors: help.too_soon, help.closed."""
    member = candidate(code)
    if member.disabled_at is not None:
        raise Conflict("help.closed")
    if not links.send_link(member, by_sms=False, now=now, wall=wall):
        raise Conflict("help.too_soon")
    audit.record(Act.PASSWORD_LINK_SENT, actor=actor, subject=("member", member.code), now=now)


def end_sessions(code: str, *, actor: Actor, now: datetime, wall: datetime) -> None:
    """All sessions of the person end, on every device; the password stays."""
    member = candidate(code)
    credential.end_sessions(member, wall=wall)
    audit.record(Act.SESSION_ENDED, actor=actor, subject=("member", member.code), data={"all": True}, now=now)
