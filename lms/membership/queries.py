"""Reading people, their live sessions and the texts they are asked to acknowledge."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from lms.core.config import vault
from lms.core.db import db
from lms.core.errors import Invalid
from lms.membership.models import LegalText, Member, MemberSession, OneTimeLink
from lms.membership.rules import identity, sessions


def member_by_code(code: str) -> Member | None:
    return db.session.scalars(select(Member).filter_by(code=code)).one_or_none()


def member_by_tckn(typed: str) -> Member | None:
    """The member with this number, however it is spaced; None also where it is no number."""
    try:
        number = identity.tckn(typed)
    except Invalid:
        return None
    return member_by_index(vault().index(number))


def member_by_index(tckn_index: str) -> Member | None:
    return db.session.scalars(select(Member).filter_by(tckn_index=tckn_index)).one_or_none()


def staff_directory(role: str | None = None) -> Sequence[Member]:
    """Everybody with a staff account that works, by name."""
    people = select(Member).where(Member.staff_role.is_not(None), Member.disabled_at.is_(None))
    if role is not None:
        people = people.where(Member.staff_role == role)
    return db.session.scalars(people.order_by(Member.name_folded)).all()


def staff_roster() -> Sequence[Member]:
    """Everybody who has or had a staff account: those that work first, then by name."""
    people = select(Member).where(Member.staff_role.is_not(None))
    return db.session.scalars(people.order_by(Member.disabled_at.is_not(None), Member.name_folded, Member.id)).all()


def live_sessions_of(member_ids: Collection[int], wall: datetime) -> dict[int, list[MemberSession]]:
    """The live sessions of several people, the latest first."""
    rows = select(MemberSession).where(MemberSession.member_id.in_(member_ids), MemberSession.ended_at.is_(None))
    found: dict[int, list[MemberSession]] = {}
    for session in db.session.scalars(rows.order_by(MemberSession.seen_at.desc())):
        if wall < ends_at(session):
            found.setdefault(session.member_id, []).append(session)
    return found


def last_seen(member_ids: Collection[int]) -> dict[int, datetime]:
    """When each of these people was last here, whatever became of the session."""
    rows = select(MemberSession.member_id, func.max(MemberSession.seen_at)).group_by(MemberSession.member_id)
    return {key: at for key, at in db.session.execute(rows.where(MemberSession.member_id.in_(member_ids))) if at}


def staff_by_code(code: str) -> Member | None:
    """A staff account, working or not."""
    rows = select(Member).where(Member.code == code, Member.staff_role.is_not(None))
    return db.session.scalars(rows).one_or_none()


def is_incomplete(member: Member) -> bool:
    """An invited account whose owner has not said who they are."""
    return not member.tckn_sealed


def totp_secret(member: Member) -> str | None:
    """The secret to show while the second factor is being set up; never again after its first use."""
    if member.totp_sealed is None or member.totp_confirmed_at is not None:
        return None
    return vault().open(member.totp_sealed)


# --- sessions ------------------------------------------------------------------------------------------------------


def fingerprint(token: str) -> str:
    """What is stored of a random token. A token has 256 random bits: a plain hash cannot be searched."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def kind_of(session: MemberSession) -> sessions.Kind:
    return sessions.kind_of(session.kind, staff=session.member.staff_role is not None)


def ends_at(session: MemberSession) -> datetime:
    """When the session is over if nothing more happens in it (real time)."""
    return sessions.ends_at(kind_of(session), seen_at=session.seen_at, expires_at=session.expires_at)


def live_session(token: str, channel: str, wall: datetime) -> MemberSession | None:
    """The session that a cookie ("web") or bearer token ("api") opens, in one statement; None if it opens nothing."""
    session = db.session.scalars(
        select(MemberSession).filter_by(token_hash=fingerprint(token), kind=channel, ended_at=None)
    ).one_or_none()
    if session is None or session.member.disabled_at is not None or wall >= ends_at(session):
        return None
    return session


LIVE_MEMBER_SQL: Final = """
SELECT m.id FROM member_session s JOIN member m ON m.id = s.member_id
WHERE s.token_hash = :token_hash AND s.kind = :channel AND s.ended_at IS NULL AND s.expires_at > :wall AND s.seen_at > :idle_since
  AND m.disabled_at IS NULL AND m.staff_role IS NULL
"""
"""The candidate whom a live session names, for statements that check and write in one (answers, beats)."""


def live_member_values(token: str, channel: str, wall: datetime) -> dict[str, object]:
    """The parameters of `LIVE_MEMBER_SQL` for a cookie's ("web") or bearer ("api") token."""
    idle = sessions.LIFETIMES[sessions.kind_of(channel, staff=False)].idle
    return {"token_hash": fingerprint(token), "channel": channel, "wall": wall, "idle_since": wall - idle}


def sessions_of(member_id: int, wall: datetime) -> Sequence[MemberSession]:
    """The live sessions of one person, the latest first."""
    rows = select(MemberSession).filter_by(member_id=member_id, ended_at=None).order_by(MemberSession.seen_at.desc())
    return [session for session in db.session.scalars(rows) if wall < ends_at(session)]


def live_link(token: str, wall: datetime) -> OneTimeLink | None:
    """The unused one-time link of this token, as long as it may be used."""
    link = db.session.scalars(select(OneTimeLink).filter_by(token_hash=fingerprint(token), used_at=None)).one_or_none()
    return link if link is not None and wall < link.expires_at and link.member.disabled_at is None else None


# --- texts ---------------------------------------------------------------------------------------------------------


def current_text(kind: str, program: str | None = None, lang: str = "tr") -> LegalText | None:
    """The text now in force: the programme's own where it has one (kind `<programme>/<kind>`), else the general one.

    A text that does not exist in `lang` is answered in Turkish.
    """
    kinds = ([f"{program}/{kind}"] if program else []) + [kind]
    rows = db.session.scalars(select(LegalText).where(LegalText.kind.in_(kinds), LegalText.superseded_at.is_(None)))
    found = {(row.kind, row.language): row for row in rows}
    wanted = [(name, tongue) for name in kinds for tongue in (lang, "tr")]
    return next((found[key] for key in wanted if key in found), None)


def text_versions(kind: str, lang: str) -> Sequence[LegalText]:
    """Every version of a text, the newest first."""
    rows = select(LegalText).filter_by(kind=kind, language=lang).order_by(LegalText.version.desc())
    return db.session.scalars(rows).all()
