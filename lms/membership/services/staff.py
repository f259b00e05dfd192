"""The staff accounts: who is let in, and as what.

A manager decides about others, never about themselves; so at least one manager stays. Every decision carries its reason,
ends the person's sessions, and is told to them by mail.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from lms.audit.rules import Act
from lms.audit.services import record
from lms.core.access import STAFF_ROLES, Actor
from lms.core.codes import new_code
from lms.core.db import db
from lms.core.errors import Conflict, Forbidden, Invalid, NotFound, checked
from lms.core.text import nfc
from lms.membership import credential, queries
from lms.membership.models import Member
from lms.membership.rules import identity, sessions
from lms.membership.services.accounts import existing, insert_member, read_person, recipient
from lms.membership.services.links import add_link, link_url, void_links
from lms.notifications.services import enqueue

SHORTEST_REASON = 5


def create_staff(
    role: str, *, person: Mapping[str, str] | None = None, email: str = "", actor: Actor, now: datetime, wall: datetime
) -> tuple[Member, str]:
    """A staff account and the address of its one-time page, where its owner sets the password (V6.4.1).

    What `person` (tckn, first_name, last_name, email) leaves out is asked for on that page. A candidate's number stays
    a candidate's: `staff.exists`. `email` is where the link is to be mailed (`mail_link`). Errors: `staff.role`, or by field.
    """
    if role not in STAFF_ROLES:
        raise Invalid("staff.role", roles=", ".join(STAFF_ROLES))
    code = new_code()
    if person:
        if not insert_member(code, read_person(person), language="tr", now=now, staff_role=role):
            raise Conflict("staff.exists")
    else:
        blank = {
            "tckn_index": f"invited:{code}",
            "tckn_sealed": b"",
            "tckn_masked": "",
            "first_name": "",
            "last_name": "",
        }
        db.session.add(
            Member(code=code, **blank, name_folded="", email=email, language="tr", created_at=now, staff_role=role)
        )
        db.session.flush()
    member = existing(code)
    link = _new_link(member, wall)
    record(Act.STAFF_CREATED, actor=actor, subject=("member", code), data={"role": role}, now=now)
    return member, link


def _new_link(member: Member, wall: datetime) -> str:
    """A fresh one-time page for a password; those given before open nothing any more."""
    void_links(member, wall=wall)
    token = secrets.token_urlsafe(24)
    add_link(member, "invite", token, until=wall + sessions.STAFF_LINK, wall=wall)
    return link_url(token)


def _mail_link(member: Member, link: str, *, now: datetime) -> None:
    params = {"hours": int(sessions.STAFF_LINK.total_seconds() // 3600)}
    dedupe = f"staff_invited:{member.code}:{new_code()}"
    enqueue("staff_invited", to=recipient(member), params=params, secret={"link": link}, dedupe=dedupe, now=now)


def invite(role: str, email: str, *, actor: Actor, now: datetime, wall: datetime) -> str | None:
    """A new staff account. With an address the link is mailed (None), else it is answered, to be shown once."""
    typed = {
        "role": lambda: _known_role(role),
        "email": lambda: identity.email(email) if email.strip() else "",
    }
    values = checked(typed)
    member, link = create_staff(values["role"], email=values["email"], actor=actor, now=now, wall=wall)
    if not member.email:
        return link
    _mail_link(member, link, now=now)
    return None


def _known_role(role: str) -> str:
    if role not in STAFF_ROLES:
        raise Invalid("staff.role_missing")
    return role


# --- decisions about an account ----------------------------------------------------------------------------------------


def change_role(
    code: str, role: str, *, expected: str, reason: str, actor: Actor, now: datetime, wall: datetime
) -> Member:
    """Another role. Errors: `staff.self`, `staff.changed`, by field."""
    values = checked({"role": lambda: _known_role(role), "reason": lambda: _reason(reason)})
    member = _other(code, actor)
    _claim(member, Member.staff_role == expected, staff_role=values["role"])
    data = {"from": expected, "to": values["role"]}
    _decided(Act.STAFF_ROLE_CHANGED, member, values["reason"], data, actor=actor, now=now, wall=wall)
    return member


def disable(code: str, *, reason: str, actor: Actor, now: datetime, wall: datetime) -> Member:
    """Close the account: its sessions end at once. Errors: `staff.self`, `staff.changed`, `reason.short`."""
    said = _reason(reason)
    member = _other(code, actor)
    _claim(member, Member.disabled_at.is_(None), disabled_at=now)
    _decided(Act.STAFF_DISABLED, member, said, {}, actor=actor, now=now, wall=wall)
    return member


def enable(code: str, *, reason: str, actor: Actor, now: datetime, wall: datetime) -> Member:
    """Open a closed account again; password and second factor are those of before."""
    said = _reason(reason)
    member = _other(code, actor)
    _claim(member, Member.disabled_at.is_not(None), disabled_at=None)
    _decided(Act.STAFF_ENABLED, member, said, {}, actor=actor, now=now, wall=wall)
    return member


def reset_second_factor(code: str, *, reason: str, actor: Actor, now: datetime, wall: datetime) -> Member:
    """The phone is lost: the next log-in shows a new secret. Nobody resets their own."""
    said = _reason(reason)
    member = _other(code, actor)
    _claim(
        member, Member.totp_sealed.is_not(None), totp_sealed=None, totp_confirmed_at=None, totp_last_step=None
    )  # fmt: skip
    _decided(Act.SECOND_FACTOR_RESET, member, said, {}, actor=actor, now=now, wall=wall)
    return member


def end_sessions(code: str, *, actor: Actor, now: datetime, wall: datetime) -> Member:
    """Log somebody of the staff out everywhere."""
    member = _other(code, actor)
    credential.end_sessions(member, wall=wall)
    record(Act.STAFF_SESSIONS_ENDED, actor=actor, subject=("member", member.code), now=now)
    return member


def invite_again(code: str, *, actor: Actor, now: datetime, wall: datetime) -> str | None:
    """A new one-time link for whoever lost theirs or the password; mailed where an address is known, else answered."""
    member = _other(code, actor)
    if member.disabled_at is not None:
        raise Conflict("staff.closed")
    link = _new_link(member, wall)
    record(Act.STAFF_INVITED_AGAIN, actor=actor, subject=("member", member.code), now=now)
    if not member.email:
        return link
    _mail_link(member, link, now=now)
    return None


def _reason(typed: str) -> str:
    said = nfc(typed).strip()
    if len(said) < SHORTEST_REASON:
        raise Invalid("staff.reason", least=SHORTEST_REASON)
    return said[:500]


def _other(code: str, actor: Actor) -> Member:
    """The staff account meant, which is not the actor's own; managers decide one after the other.

    Errors: 404, `staff.self`, `staff.no_manager` where the actor was demoted by another an instant ago.
    """
    managers = select(Member).where(Member.staff_role == "manager", Member.disabled_at.is_(None)).order_by(Member.id)
    working = db.session.scalars(managers.with_for_update().execution_options(populate_existing=True)).all()
    member = queries.staff_by_code(code)
    if member is None:
        raise NotFound
    if member.id == actor.member_id:
        raise Conflict("staff.self")
    if actor.member_id not in [manager.id for manager in working]:
        raise Forbidden("auth.role_missing")
    return member


def _claim(member: Member, still: Any, **values: object) -> None:
    changed = db.session.execute(
        update(Member)
        .where(Member.id == member.id, still)
        .values(**values)
        .returning(Member.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.refresh(member)
    if changed is None:
        raise Conflict("staff.changed")


def _decided(
    act: Act, member: Member, reason: str, data: Mapping[str, Any], *, actor: Actor, now: datetime, wall: datetime
) -> None:
    credential.end_sessions(member, wall=wall)
    record(act, actor=actor, subject=("member", member.code), data={**data, "reason": reason}, now=now)
    enqueue(
        "staff_changed",
        to=recipient(member),
        params={"name": member.first_name, "what": act.tr, "what_en": act.en, "by": actor.label, "at": now.isoformat()},
        dedupe=f"staff_changed:{member.code}:{new_code()}",
        now=now,
    )
