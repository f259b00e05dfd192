"""What people do with their accounts: register, log in and out, prove who they are, change what is theirs.

Functions marked **opens its own transactions** look at a password, which takes long, and nobody may hold the database
meanwhile: call them outside of `transaction()`. All others are called inside one, as everywhere.
`now` is the domain's time (audit, messages), `wall` is real time (sessions, links, throttles).
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lms.audit.rules import Act
from lms.audit.services import record
from lms.core.access import STAFF_ROLES, Actor
from lms.core.codes import mask_tckn, new_code
from lms.core.config import config, vault
from lms.core.db import db, insert_ignore, record_apart, release, transaction
from lms.core.errors import Conflict, FieldErrors, Forbidden, Invalid, NotFound, Unauthenticated, checked
from lms.core.text import fold
from lms.membership import credential, passwords, queries
from lms.membership.credential import LogIn, Origin, authenticate, keep_sessions, member_for_token, open_session, touch
from lms.membership.models import Acceptance, LegalText, Member, MemberSession, OneTimeLink
from lms.membership.queries import current_text, member_by_code, member_by_tckn, staff_directory
from lms.membership.rules import identity, second_factor, sessions, throttling
from lms.membership.rules import passwords as password_rules
from lms.notifications.services import Recipient, enqueue

__all__ = [
    "LogIn",
    "Origin",
    "authenticate",
    "current_text",
    "keep_sessions",
    "member_by_code",
    "member_by_tckn",
    "member_for_token",
]
__all__ += ["open_session", "staff_directory", "touch"]

NOTICE: Final = "kvkk_notice"


def recipient(member: Member) -> Recipient:
    """Where a member is reached; for `notifications.services.enqueue`."""
    return Recipient(email=member.email, phone=member.phone, language=member.language, code=member.code)


def _require(condition: bool, code: str) -> None:
    if not condition:
        raise Invalid(code)


def _check_password(password: str, personal: Iterable[str]) -> None:
    password_rules.check(password, common=passwords.common(), personal=[value for value in personal if value])


# --- registering -----------------------------------------------------------------------------------------------------


def sign_up(
    *, tckn: str, first_name: str, last_name: str, email: str, phone: str | None, password: str, accepts_notice: bool,
    language: str = "tr", actor: Actor, now: datetime, wall: datetime,
) -> Member:  # fmt: skip
    """R028, R030: register at the edge. **Opens its own transactions.**

    A number that already has a membership answers the neutral `member.not_opened` (409); its owner is told by mail.
    """
    release()
    buckets = credential.claim("register", actor.ip, throttling.REGISTRATION, wall)
    try:
        with transaction():
            member = register(
                tckn=tckn, first_name=first_name, last_name=last_name, email=email, phone=phone, password=password,
                accepts_notice=accepts_notice, language=language, actor=actor, now=now,
            )  # fmt: skip
    except Conflict:
        record_apart(partial(_tell_owner, tckn, actor=actor, now=now))
        raise
    except Invalid:
        credential.forgive(buckets)
        raise
    credential.forgive(buckets)
    return member


def register(
    *, tckn: str, first_name: str, last_name: str, email: str, phone: str | None, password: str, accepts_notice: bool,
    language: str = "tr", actor: Actor, now: datetime,
) -> Member:  # fmt: skip
    """R028-R031: one membership per T.C. kimlik number, active at once. Errors by field, or `member.not_opened`.

    The password is hashed before the first statement and also for a number that exists: both take the same time.
    """
    values = checked(
        {
            "tckn": lambda: identity.tckn(tckn),
            "first_name": lambda: identity.person_name(first_name),
            "last_name": lambda: identity.person_name(last_name),
            "email": lambda: identity.email(email),
            "phone": lambda: identity.mobile(phone) if phone and phone.strip() else None,
            "password": lambda: _check_password(password, (tckn, first_name, last_name, email)),
            "accepts_notice": lambda: _require(accepts_notice is True, "notice.required"),
        }
    )
    hashed = passwords.hash_password(password)
    code = new_code()
    if not _insert_member(code, values, language=language, now=now, password_hash=hashed):
        raise Conflict("member.not_opened")
    member = _existing(code)
    own = member.actor(actor.ip)
    notice = current_text(NOTICE, lang=language)
    if notice is not None:
        accept(member, notice, subject=("member", code), now=now, ip=actor.ip)
    record(Act.REGISTERED, actor=own, subject=("member", code), now=now)
    enqueue("welcome", to=recipient(member), params={"name": member.first_name}, dedupe=f"welcome:{code}", now=now)
    return member


def _insert_member(code: str, values: Mapping[str, Any], *, language: str, now: datetime, **more: object) -> bool:
    row = {
        "code": code,
        "tckn_index": vault().index(values["tckn"]),
        "tckn_sealed": vault().seal(values["tckn"]),
        "tckn_masked": mask_tckn(values["tckn"]),
        "name_folded": fold(f"{values['first_name']} {values['last_name']}"),
        "language": language if language in ("tr", "en") else "tr",
        "created_at": now,
        **{name: values[name] for name in ("first_name", "last_name", "email", "phone")},
        **more,
    }
    return insert_ignore(Member, [row], ["tckn_index"]) == 1


def _existing(code: str) -> Member:
    member = member_by_code(code)
    if member is None:
        raise NotFound
    return member


def _tell_owner(tckn: str, *, actor: Actor, now: datetime) -> None:
    """The owner of a number hears, once a day at most, that somebody tried to register with it again."""
    member = member_by_tckn(tckn)
    if member is None:
        return
    record(Act.REGISTRATION_REPEATED, actor=actor, subject=("member", member.code), now=now)
    dedupe = f"account_exists:{member.code}:{now:%Y%m%d}"
    enqueue("account_exists", to=recipient(member), params={"name": member.first_name}, dedupe=dedupe, now=now)


# --- logging in and out ----------------------------------------------------------------------------------------------


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
        member = _existing(member.code)
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
        session.second_factor_at = wall
        session.expires_at = sessions.absolute_end(sessions.Kind.STAFF, session.created_at)
        return credential.rotate(session, wall)


# --- passwords -------------------------------------------------------------------------------------------------------


def change_password(
    session: MemberSession, *, current: str, new: str, actor: Actor, now: datetime, wall: datetime
) -> str | None:
    """R068, V6.2.3: with the old password; ends all other sessions; the new token. **Opens its own transactions.**"""
    release()
    member = session.member
    checked({"password": lambda: _check_password(new, _personal(member))})
    _prove("current_password", member, current, wall=wall)
    hashed = passwords.hash_password(new)
    with transaction():
        member.password_hash = hashed
        _password_changed(Act.PASSWORD_CHANGED, member, actor=actor, now=now, wall=wall, but=session)
        return credential.rotate(session, wall)


def _prove(field: str, member: Member, password: str, *, wall: datetime) -> None:
    try:
        credential.prove_password(member, password, wall=wall)
    except Invalid as error:
        raise FieldErrors({field: error.code}) from error


def _personal(member: Member) -> tuple[str, ...]:
    number = vault().open(member.tckn_sealed) if member.tckn_sealed else ""
    return (number, member.first_name, member.last_name, member.email)


def _password_changed(
    act: Act, member: Member, *, actor: Actor, now: datetime, wall: datetime, but: MemberSession | None = None
) -> None:
    credential.end_sessions(member, wall=wall, but=but)
    db.session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.member_id == member.id, OneTimeLink.used_at.is_(None))
        .values(used_at=wall)
    )
    record(act, actor=actor, subject=("member", member.code), now=now)
    params = {"name": member.first_name, "at": now.isoformat()}
    enqueue(
        "password_changed",
        to=recipient(member),
        params=params,
        dedupe=f"password_changed:{member.code}:{int(wall.timestamp())}",
        now=now,
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
    by_sms = channel == "sms" and member.phone is not None
    pause = int(wall.timestamp() // sessions.RESET_PAUSE.total_seconds())
    token = secrets.token_urlsafe(24)
    fresh = enqueue(
        "password_reset",
        to=recipient(member),
        params={"name": member.first_name, "minutes": int(sessions.RESET_LINK.total_seconds() // 60)},
        secret={"link": link_url(token)},
        dedupe=f"password_reset:{member.code}:{pause}",
        channels=("sms",) if by_sms else ("mail",),
        now=now,
    )
    if fresh:
        _add_link(member, "reset", token, until=wall + sessions.RESET_LINK, wall=wall)


def link_url(token: str) -> str:
    return f"{config().base_url}/sifre-belirle/{token}"


def _add_link(member: Member, purpose: str, token: str, *, until: datetime, wall: datetime) -> None:
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
    details = _person(person or {}) if queries.is_incomplete(member) else {}
    personal = [*_personal(member), *(value for value in details.values() if value)]
    checked({"password": lambda: _check_password(password, personal)})
    release()
    hashed = passwords.hash_password(password)
    with transaction() as session:
        claim = update(OneTimeLink).where(OneTimeLink.id == link.id, OneTimeLink.used_at.is_(None)).values(used_at=wall)
        if not session.execute(claim.returning(OneTimeLink.id)).all():
            raise NotFound("link.dead")
        member = _existing(member.code)
        if details:
            _complete(session, member, details)
        member.password_hash = hashed
        _password_changed(Act.PASSWORD_SET, member, actor=member.actor(actor.ip), now=now, wall=wall)
        return member


# --- what is on file -------------------------------------------------------------------------------------------------


def change_email(
    session: MemberSession, *, email: str, password: str, actor: Actor, now: datetime, wall: datetime
) -> str | None:
    """V7.5.1: a new address, proved by the password; old and new address hear of it. **Opens its own transactions.**"""
    release()
    member = session.member
    value: str = checked({"email": lambda: identity.email(email)})["email"]
    _prove("password", member, password, wall=wall)
    with transaction():
        before, member.email = recipient(member), value
        _contact_changed(member, "email", value, tell=(before, recipient(member)), actor=actor, now=now)
        return credential.rotate(session, wall)


def change_phone(
    session: MemberSession, *, phone: str, password: str, actor: Actor, now: datetime, wall: datetime
) -> str | None:
    """V7.5.1: another mobile number, or none; proved by the password. **Opens its own transactions.**"""
    release()
    member = session.member
    value = checked({"phone": lambda: identity.mobile(phone) if phone.strip() else None})["phone"]
    _prove("password", member, password, wall=wall)
    with transaction():
        member.phone = value
        shown = identity.show_mobile(value) if value else ""
        _contact_changed(member, "phone", shown, tell=(recipient(member),), actor=actor, now=now)
        return credential.rotate(session, wall)


def _contact_changed(
    member: Member, what: str, shown: str, *, tell: Iterable[Recipient], actor: Actor, now: datetime
) -> None:
    act = Act.EMAIL_CHANGED if what == "email" else Act.PHONE_CHANGED
    record(act, actor=actor, subject=("member", member.code), now=now)
    params = {"name": member.first_name, "what": what, "shown": shown, "at": now.isoformat()}
    for to in tell:
        enqueue("email_changed", to=to, params=params, dedupe=f"contact:{new_code()}", now=now)


def change_language(member: Member, language: str, *, actor: Actor, now: datetime) -> None:
    """The language of pages and messages."""
    _require(language in ("tr", "en"), "language.unknown")
    member.language = language
    record(Act.LANGUAGE_CHANGED, actor=actor, subject=("member", member.code), data={"language": language}, now=now)


# --- staff -----------------------------------------------------------------------------------------------------------


def create_staff(
    role: str, *, person: Mapping[str, str] | None = None, actor: Actor, now: datetime, wall: datetime
) -> tuple[Member, str]:
    """A staff account and the address of its one-time page, where its owner sets the password (V6.4.1).

    What `person` (tckn, first_name, last_name, email) leaves out is asked for on that page. A candidate's number stays
    a candidate's: `staff.exists`. Errors: `staff.role`, or by field.
    """
    if role not in STAFF_ROLES:
        raise Invalid("staff.role", roles=", ".join(STAFF_ROLES))
    code = new_code()
    if person:
        if not _insert_member(code, _person(person), language="tr", now=now, staff_role=role):
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
            Member(code=code, **blank, name_folded="", email="", language="tr", created_at=now, staff_role=role)
        )
        db.session.flush()
    member = _existing(code)
    token = secrets.token_urlsafe(24)
    _add_link(member, "invite", token, until=wall + sessions.STAFF_LINK, wall=wall)
    record(Act.STAFF_CREATED, actor=actor, subject=("member", code), data={"role": role}, now=now)
    return member, link_url(token)


def _person(given: Mapping[str, str]) -> dict[str, Any]:
    checks: dict[str, Callable[[], Any]] = {
        "tckn": lambda: identity.tckn(given.get("tckn", "")),
        "first_name": lambda: identity.person_name(given.get("first_name", "")),
        "last_name": lambda: identity.person_name(given.get("last_name", "")),
        "email": lambda: identity.email(given.get("email", "")),
    }
    return {**checked(checks), "phone": None}


def _complete(session: Session, member: Member, details: Mapping[str, Any]) -> None:
    if member_by_tckn(details["tckn"]) is not None:
        raise Conflict("staff.exists")
    member.tckn_index, member.tckn_sealed = vault().index(details["tckn"]), vault().seal(details["tckn"])
    member.tckn_masked = mask_tckn(details["tckn"])
    member.first_name, member.last_name, member.email = details["first_name"], details["last_name"], details["email"]
    member.name_folded = fold(member.full_name)
    try:
        session.flush()
    except IntegrityError:  # somebody with the same number was faster by an instant
        raise Conflict("staff.exists") from None


# --- texts -----------------------------------------------------------------------------------------------------------


def accept(
    member: Member,
    text: LegalText,
    *,
    given: bool = True,
    subject: tuple[str, str],
    now: datetime,
    ip: str | None = None,
) -> Acceptance:
    """R036, R057: store that this person answered this version of a text, yes or no, for this subject."""
    answer = Acceptance(
        member_id=member.id, text=text, subject_kind=subject[0], subject_code=subject[1], given=given, at=now, ip=ip
    )
    db.session.add(answer)
    db.session.flush()
    return answer
