"""Passwords and the one-time links that set them.

Functions marked **opens its own transactions** look at a password, which takes long, and nobody may hold the database
meanwhile: call them outside of `transaction()`. All others are called inside one, as everywhere.
`now` is the domain's time (audit, messages), `wall` is real time (sessions, links, throttles).
"""

import secrets
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import update

from lms.audit.rules import Act
from lms.audit.services import record
from lms.core.access import Actor
from lms.core.config import config
from lms.core.db import db, release, transaction
from lms.core.errors import NotFound, checked
from lms.membership import credential, passwords, queries
from lms.membership.models import Member, MemberSession, OneTimeLink
from lms.membership.queries import member_by_tckn
from lms.membership.rules import sessions, throttling
from lms.membership.services.accounts import (
    check_password,
    complete,
    existing,
    personal_words,
    prove,
    read_person,
    recipient,
)
from lms.notifications.services import enqueue


def change_password(
    session: MemberSession, *, current: str, new: str, actor: Actor, now: datetime, wall: datetime
) -> str | None:
    """R068, V6.2.3: with the old password; ends all other sessions; the new token. **Opens its own transactions.**"""
    release()
    member = session.member
    checked({"password": lambda: check_password(new, personal_words(member))})
    prove("current_password", member, current, wall=wall)
    hashed = passwords.hash_password(new)
    with transaction():
        member.password_hash = hashed
        _password_changed(Act.PASSWORD_CHANGED, member, actor=actor, now=now, wall=wall, but=session)
        return credential.rotate(session, wall)


def _password_changed(
    act: Act, member: Member, *, actor: Actor, now: datetime, wall: datetime, but: MemberSession | None = None
) -> None:
    credential.end_sessions(member, wall=wall, but=but)
    void_links(member, wall=wall)
    record(act, actor=actor, subject=("member", member.code), now=now)
    params = {"name": member.first_name, "at": now.isoformat()}
    enqueue(
        "password_changed",
        to=recipient(member),
        params=params,
        dedupe=f"password_changed:{member.code}:{int(wall.timestamp())}",
        now=now,
    )


def void_links(member: Member, *, wall: datetime) -> None:
    """Whatever link was given before opens nothing any more."""
    db.session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.member_id == member.id, OneTimeLink.used_at.is_(None))
        .values(used_at=wall)
    )


def ask_password_link(*, tckn: str, channel: str, actor: Actor, now: datetime, wall: datetime) -> None:
    """R032: send a link for a new password by "mail" or "sms" to what is on file. Says nothing about who exists.

    An SMS that cannot be sent becomes a mail. A further link within two minutes is not sent. **Opens its own
    transactions.**
    """
    release()
    credential.claim("reset", actor.ip, throttling.RESET, wall)
    with transaction():
        _send_password_link(tckn, channel, actor=actor, now=now, wall=wall)


def _send_password_link(tckn: str, channel: str, *, actor: Actor, now: datetime, wall: datetime) -> None:
    member = member_by_tckn(tckn)
    subject = ("member", member.code) if member else ("network", (actor.ip or "")[:45])
    record(Act.PASSWORD_RESET_ASKED, actor=actor, subject=subject, now=now)
    if member is None or member.disabled_at is not None or not member.email:
        return
    send_link(member, by_sms=channel == "sms" and member.phone is not None, now=now, wall=wall)


def send_link(member: Member, *, by_sms: bool, now: datetime, wall: datetime) -> bool:
    """Send a link for a new password to what is on file; False where one left within the last two minutes."""
    pause = int(wall.timestamp() // sessions.RESET_PAUSE.total_seconds())
    dedupe = f"password_reset:{member.code}:{pause}"
    return mail_link(member, "password_reset", name=member.first_name, dedupe=dedupe, by_sms=by_sms, now=now, wall=wall)


def mail_link(
    member: Member, template: str, *, name: str, dedupe: str, by_sms: bool = False, now: datetime, wall: datetime
) -> bool:
    """A message with a link for a new password; False where `dedupe` was used already, then there is no new link either."""
    token = secrets.token_urlsafe(24)
    fresh = enqueue(
        template,
        to=recipient(member),
        params={"name": name, "minutes": int(sessions.RESET_LINK.total_seconds() // 60)},
        secret={"link": link_url(token)},
        dedupe=dedupe,
        channels=("sms",) if by_sms else ("mail",),
        now=now,
    )
    if fresh:
        add_link(member, "reset", token, until=wall + sessions.RESET_LINK, wall=wall)
    return bool(fresh)


def link_url(token: str) -> str:
    return f"{config().base_url}/sifre-belirle/{token}"


def add_link(member: Member, purpose: str, token: str, *, until: datetime, wall: datetime) -> None:
    db.session.add(
        OneTimeLink(
            member_id=member.id,
            purpose=purpose,
            token_hash=queries.fingerprint(token),
            created_at=wall,
            expires_at=until,
        )
    )


def set_password(
    token: str, *, password: str, person: Mapping[str, str] | None = None, actor: Actor, now: datetime, wall: datetime
) -> Member:
    """R032, V6.4.3: use a one-time link; ends all sessions; does not log in, so no second factor is passed by.

    `person` completes an invited staff account (tckn, first_name, last_name, email). Errors: `link.dead` (404), or by
    field. **Opens its own transactions.**
    """
    link = queries.live_link(token, wall)
    if link is None:
        raise NotFound("link.dead")
    member = link.member
    details = read_person(person or {}) if queries.is_incomplete(member) else {}
    personal = [*personal_words(member), *(value for value in details.values() if value)]
    checked({"password": lambda: check_password(password, personal)})
    release()
    hashed = passwords.hash_password(password)
    with transaction() as session:
        claim = update(OneTimeLink).where(OneTimeLink.id == link.id, OneTimeLink.used_at.is_(None)).values(used_at=wall)
        if not session.execute(claim.returning(OneTimeLink.id)).all():
            raise NotFound("link.dead")
        member = existing(member.code)
        if details:
            complete(session, member, details)
        member.password_hash = hashed
        _password_changed(Act.PASSWORD_SET, member, actor=member.actor(actor.ip), now=now, wall=wall)
        return member
