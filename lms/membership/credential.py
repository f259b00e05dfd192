"""Proving who one is, and the sessions that come of it.

A password or a code is looked at only after its tally says that it may be (rules.throttling). Each proof runs in three steps, so that nobody holds the database while a hash is computed: count the try, look at the
secret, take the count back if it was right. The `prove_*` functions
open transactions of their own: call them outside of `transaction()`.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import case, delete, literal, select, update

from lms.core.access import Actor
from lms.core.codes import new_code
from lms.core.config import vault
from lms.core.db import db, insert_ignore, transaction
from lms.core.errors import Invalid, TooMany
from lms.membership import passwords, queries
from lms.membership.models import LoginTally, Member, MemberSession
from lms.membership.rules import identity, second_factor, sessions, throttling
from lms.membership.rules.throttling import Pace, Tally


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a try comes from: the network address, and the devices this browser has signed proof of (code -> device)."""

    ip: str | None = None
    devices: Mapping[str, str] = field(default_factory=dict)
    user_agent: str = ""


def prove_log_in(typed: str, password: str, *, origin: Origin, wall: datetime) -> Member | None:
    """The member whose number and password these are; None for a wrong or unknown one, after the same work.

    Raises `TooMany("login.slow")` where the try has to wait.
    """
    index = _index_of(typed)
    with transaction():
        member = queries.member_by_index(index)
        device = origin.devices.get(member.code) if member else None
        buckets = _claim_log_in(index, device, throttling.network_of(origin.ip), wall)
    works = member is not None and member.disabled_at is None
    if not passwords.verify(member.password_hash if member and works else None, password):
        return None
    forgive(buckets, wall)
    return member


def prove_password(member: Member, password: str, *, wall: datetime) -> None:
    """That a logged-in member still knows the password (V7.5.1), or `password.wrong`."""
    buckets = _claim({f"confirm:{member.code}": throttling.DEVICE}, wall)
    if not passwords.verify(member.password_hash, password):
        raise Invalid("password.wrong")
    forgive(buckets, wall)


def prove_code(member: Member, typed: str, *, wall: datetime) -> None:
    """That a staff member holds the second factor, or `totp.wrong`; a code opens once, also in two tabs at an instant."""
    buckets = _claim({f"code:{member.code}": throttling.SECOND_FACTOR}, wall)
    if member.totp_sealed is None:
        raise Invalid("totp.wrong")
    secret = vault().open(member.totp_sealed)
    step = second_factor.accept(secret, typed, now=wall, last_step=member.totp_last_step)
    fresh = Member.totp_last_step.is_(None) | (Member.totp_last_step < step)
    with transaction() as session:
        used = session.execute(
            update(Member).where(Member.id == member.id, fresh).values(totp_last_step=step).returning(Member.id)
        ).all()
    if not used:
        raise Invalid("totp.wrong")
    forgive(buckets, wall)


def _index_of(typed: str) -> str:
    """The key under which tries for a number are counted, also for what is no number at all."""
    try:
        return vault().index(identity.tckn(typed))
    except Invalid:
        return vault().index(f"no number: {typed[:40]!r}")


# --- tallies -------------------------------------------------------------------------------------------------------

_SHARED: Final = ("account:", "network:", "register:")
Claimed = dict[str, datetime]
"""The buckets in which a try was counted, each with the instant of the one before."""
_UNSLOWED: Final = Pace(free=1 << 30, first=0, cap=0, memory=throttling.ACCOUNT_MEMORY)


def _claim_log_in(index: str, device: str | None, network: str, wall: datetime) -> Claimed:
    """Count a log-in try in its buckets, inside the caller's transaction."""
    if device is not None:
        return _count({f"device:{device}": throttling.DEVICE}, wall)
    account = f"account:{index}"
    tally = db.session.get(LoginTally, account)
    pace = throttling.pair_pace(_value(tally), wall)
    return _count({account: _UNSLOWED, f"network:{network}": throttling.NETWORK, f"pair:{index}:{network}": pace}, wall)


def claim(what: str, ip: str | None, pace: Pace, wall: datetime) -> Claimed:
    """Count a try of `what` from a network, in a transaction of its own; give the buckets to `forgive` if all is well."""
    return _claim({f"{what}:{throttling.network_of(ip)}": pace}, wall)


def _claim(paces: Mapping[str, Pace], wall: datetime) -> Claimed:
    with transaction():
        return _count(paces, wall)


def _count(paces: Mapping[str, Pace], wall: datetime) -> Claimed:
    """Raise each bucket's count by one, or raise `TooMany` and leave all as they were. Rows are locked in one order."""
    names = sorted(paces)
    insert_ignore(LoginTally, [{"bucket": name, "failures": 0, "last_at": wall} for name in names], ["bucket"])
    rows = db.session.scalars(
        select(LoginTally)
        .where(LoginTally.bucket.in_(names))
        .order_by(LoginTally.bucket)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    wait = max(throttling.wait(_value(row), paces[row.bucket], wall) for row in rows)
    if wait > 0:
        raise TooMany("login.slow", retry_after=wait)
    claimed = {row.bucket: row.last_at for row in rows}
    for row in rows:
        row.failures = throttling.remembered(_value(row), paces[row.bucket].memory, wall).failures + 1
        row.last_at = wall
    return claimed


def forgive(claimed: Claimed, wall: datetime) -> None:
    """The try of `wall` was right: a device's or a pair's failures are forgotten, elsewhere only this one is taken back, and
    with it its instant: who comes next behind the same address does not wait for a success."""
    own = [name for name in claimed if not name.startswith(_SHARED)]
    failures = case((LoginTally.bucket.in_(own), 0), else_=LoginTally.failures - 1)
    ours = LoginTally.last_at == wall  # nobody has tried since
    before = [
        (ours & (LoginTally.bucket == name), literal(at, LoginTally.last_at.type)) for name, at in claimed.items()
    ]
    with transaction() as session:
        session.execute(
            update(LoginTally)
            .where(LoginTally.bucket.in_(claimed), LoginTally.failures > 0)
            .values(failures=failures, last_at=case(*before, else_=LoginTally.last_at))
            .execution_options(synchronize_session=False)
        )


def _value(row: LoginTally | None) -> Tally:
    return Tally(row.failures, row.last_at) if row else Tally()


def forget_tallies(wall: datetime) -> int:
    """Delete what no bucket remembers any more."""
    with transaction() as session:
        gone = delete(LoginTally).where(LoginTally.last_at < wall - 2 * throttling.ACCOUNT_MEMORY)
        return len(session.scalars(gone.returning(LoginTally.bucket)).all())


# --- sessions ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LogIn:
    """A new log-in; `token` (the cookie or bearer token) is told once and stored nowhere."""

    token: str
    session: MemberSession

    @property
    def member(self) -> Member:
        return self.session.member


def open_session(member: Member, *, channel: str = "web", origin: Origin | None = None, wall: datetime) -> LogIn:
    """A new session with a token of its own. A staff member's waits for the second step, for a short while only."""
    kind = sessions.kind_of(channel, staff=member.staff_role is not None)
    waits = kind is sessions.Kind.STAFF
    token = secrets.token_urlsafe(32)
    session = MemberSession(
        code=new_code(),
        member=member,
        kind=channel,
        token_hash=queries.fingerprint(token),
        created_at=wall,
        seen_at=wall,
        confirmed_at=wall,
        expires_at=wall + sessions.SECOND_STEP if waits else sessions.absolute_end(kind, wall),
        ip=origin.ip if origin else None,
        user_agent=_printable(origin.user_agent) if origin else "",
    )
    db.session.add(session)
    db.session.flush()
    return LogIn(token, session)


def _printable(text: str) -> str:
    return "".join(c for c in text if c.isprintable())[:200]


def authenticate(token: str, channel: str, *, wall: datetime, quietly: bool = False) -> MemberSession | None:
    """The live session of a cookie ("web") or bearer token ("api"), remembered as in use unless `quietly`.

    One statement; now and then (`sessions.needs_touch`) a second one in a transaction of its own. Call it before anything
    else in a request.
    """
    session = queries.live_session(token, channel, wall)
    if session and not quietly and sessions.needs_touch(queries.kind_of(session), session.seen_at, wall):
        with transaction():
            touch(session, wall)
    return session


def member_for_token(token: str, *, wall: datetime, ip: str | None = None) -> Actor | None:
    """Who calls the API with this bearer token."""
    session = authenticate(token, "api", wall=wall)
    return session.member.actor(ip) if session else None


def touch(session: MemberSession, wall: datetime) -> None:
    """Remember that the session is in use."""
    db.session.execute(
        update(MemberSession)
        .where(MemberSession.id == session.id, MemberSession.seen_at < wall)
        .values(seen_at=wall)
        .execution_options(synchronize_session="evaluate")
    )


def keep_sessions(member_id: int, lasts: timedelta, *, wall: datetime) -> None:
    """An exam runs for `lasts` from now: no live page session of this member idles out before it ends (V7.3.1)."""
    life = sessions.LIFETIMES[sessions.Kind.MEMBER]
    seen_at = sessions.seen_while_busy(sessions.Kind.MEMBER, wall + lasts)
    db.session.execute(
        update(MemberSession)
        .where(MemberSession.member_id == member_id, MemberSession.ended_at.is_(None), MemberSession.kind == "web")
        .where(MemberSession.seen_at < seen_at, MemberSession.seen_at > wall - life.idle)
        .values(seen_at=seen_at)
        .execution_options(synchronize_session=False)
    )


def end_sessions(member: Member, *, wall: datetime, but: MemberSession | None = None) -> None:
    ended = update(MemberSession).where(MemberSession.member_id == member.id, MemberSession.ended_at.is_(None))
    if but is not None:
        ended = ended.where(MemberSession.id != but.id)
    db.session.execute(ended.values(ended_at=wall))


def rotate(session: MemberSession, wall: datetime) -> str | None:
    """A new token for the same page session: whoever held the old one holds nothing (V7.2.4).

    A bearer token stays as it is (None): its holder would have no way to learn of another. ``confirmed_at`` stays too: a
    password alone is not the full proof that a dangerous act asks for (V7.5.3).
    """
    if session.kind == "api":
        return None
    token = secrets.token_urlsafe(32)
    session.token_hash = queries.fingerprint(token)
    session.seen_at = wall
    return token
