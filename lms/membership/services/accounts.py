"""A membership and what is on file of it: registering, name and contact, acknowledged texts.

Functions marked **opens its own transactions** look at a password, which takes long, and nobody may hold the database
meanwhile: call them outside of `transaction()`. All others are called inside one, as everywhere.
`now` is the domain's time (audit, messages), `wall` is real time (sessions, links, throttles).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lms.audit.rules import Act
from lms.audit.services import record
from lms.core.access import Actor
from lms.core.codes import mask_tckn, new_code
from lms.core.config import vault
from lms.core.db import db, insert_ignore, record_apart, release, transaction
from lms.core.errors import Conflict, FieldErrors, Invalid, NotFound, checked
from lms.core.text import fold
from lms.membership import credential, passwords
from lms.membership.models import Acceptance, LegalText, Member, MemberSession
from lms.membership.queries import current_text, member_by_code, member_by_tckn
from lms.membership.rules import identity, throttling
from lms.membership.rules import passwords as password_rules
from lms.notifications.services import Recipient, enqueue

NOTICE: Final = "kvkk_notice"


def recipient(member: Member) -> Recipient:
    """Where a member is reached; for `notifications.services.enqueue`."""
    return Recipient(email=member.email, phone=member.phone, language=member.language, code=member.code)


def _require(condition: bool, code: str) -> None:
    if not condition:
        raise Invalid(code)


def check_password(password: str, personal: Iterable[str]) -> None:
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
        credential.forgive(buckets, wall)
        raise
    credential.forgive(buckets, wall)
    return member


def register(
    *, tckn: str, first_name: str, last_name: str, email: str, phone: str | None, password: str, accepts_notice: bool,
    language: str = "tr", actor: Actor, now: datetime,
) -> Member:  # fmt: skip
    """R028-R031: one membership per T.C. kimlik number, active at once. Errors by field, or `member.not_opened`.

    The password is hashed before the first statement and also for a number that exists: both take the same time.
    """
    values = registration(
        tckn=tckn, first_name=first_name, last_name=last_name, email=email, phone=phone, password=password,
        accepts_notice=accepts_notice,
    )  # fmt: skip
    hashed = passwords.hash_password(password)
    code = new_code()
    if not insert_member(code, values, language=language, now=now, password_hash=hashed):
        raise Conflict("member.not_opened")
    member = existing(code)
    own = member.actor(actor.ip)
    notice = current_text(NOTICE, lang=language)
    if notice is not None:
        accept(member, notice, subject=("member", code), now=now, ip=actor.ip)
    record(Act.REGISTERED, actor=own, subject=("member", code), now=now)
    enqueue("welcome", to=recipient(member), params={"name": member.first_name}, dedupe=f"welcome:{code}", now=now)
    return member


def registration(
    *, tckn: str, first_name: str, last_name: str, email: str, phone: str | None, password: str, accepts_notice: bool
) -> dict[str, Any]:
    """R028-R031: what a new member typed, as it is stored, or all that is wrong with it by field. Reads nothing."""
    return checked(
        {
            "tckn": lambda: identity.tckn(tckn),
            "first_name": lambda: identity.person_name(first_name),
            "last_name": lambda: identity.person_name(last_name),
            "email": lambda: identity.email(email),
            "phone": lambda: identity.mobile(phone) if phone and phone.strip() else None,
            "password": lambda: check_password(password, (tckn, first_name, last_name, email)),
            "accepts_notice": lambda: _require(accepts_notice is True, "notice.required"),
        }
    )


def insert_member(code: str, values: Mapping[str, Any], *, language: str, now: datetime, **more: object) -> bool:
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


def existing(code: str) -> Member:
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


def read_person(given: Mapping[str, str]) -> dict[str, Any]:
    checks: dict[str, Callable[[], Any]] = {
        "tckn": lambda: identity.tckn(given.get("tckn", "")),
        "first_name": lambda: identity.person_name(given.get("first_name", "")),
        "last_name": lambda: identity.person_name(given.get("last_name", "")),
        "email": lambda: identity.email(given.get("email", "")),
    }
    return {**checked(checks), "phone": None}


def complete(session: Session, member: Member, details: Mapping[str, Any]) -> None:
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


def prove(field: str, member: Member, password: str, *, wall: datetime) -> None:
    try:
        credential.prove_password(member, password, wall=wall)
    except Invalid as error:
        raise FieldErrors({field: error.code}) from error


def personal_words(member: Member) -> tuple[str, ...]:
    number = vault().open(member.tckn_sealed) if member.tckn_sealed else ""
    return (number, member.first_name, member.last_name, member.email)


# --- what is on file -------------------------------------------------------------------------------------------------


def change_email(
    session: MemberSession, *, email: str, password: str, actor: Actor, now: datetime, wall: datetime
) -> str | None:
    """V7.5.1: a new address, proved by the password; old and new address hear of it. **Opens its own transactions.**"""
    release()
    member = session.member
    value: str = checked({"email": lambda: identity.email(email)})["email"]
    prove("password", member, password, wall=wall)
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
    prove("password", member, password, wall=wall)
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
