"""R063: an institution's list only invites; each person decides alone; it pays for many and sees completion, nothing more."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Final

from lms.audit import services as audit
from lms.audit.rules import Act, Basis, Fact
from lms.audit.rules import Recipient as Told
from lms.core.access import SYSTEM, Actor
from lms.core.codes import new_code
from lms.core.config import config, vault
from lms.core.db import db, insert_ignore
from lms.core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from lms.core.sheets import read_rows
from lms.core.text import tr_lower
from lms.corporate import queries, rules
from lms.corporate.models import Institution, Invitation, Representative
from lms.corporate.queries import Followed
from lms.corporate.rules import Guest, Known, Progress, State
from lms.membership.models import Member
from lms.membership.queries import current_text, fingerprint, member_by_tckn
from lms.membership.services.accounts import accept as accept_text
from lms.membership.services.accounts import recipient
from lms.notifications.services import Draft, Recipient, enqueue, enqueue_many, sealed
from lms.payments import queries as payments
from lms.payments.models import Payment
from lms.payments.rules import Purpose
from lms.payments.services import seats
from lms.payments.services.orders import Quote
from lms.register import services as register
from lms.terms import services as terms
from lms.terms.models import Term

NOTICE: Final = "corporate_notice"
DECLARATION: Final = "no_certificate_declaration"


# --- who acts for an institution -----------------------------------------------------------------------------------------


def appoint(name: str, tckn: str, reason: str, *, actor: Actor, now: datetime) -> Representative:
    """Staff let a member act for an institution, on its written request. Errors: institution.name, institution.reason,
    institution.no_member, institution.staff, institution.represents."""
    name, reason = rules.check_name(name), rules.check_reason(reason)
    member = member_by_tckn(tckn)
    if member is None or member.disabled_at is not None:
        raise Invalid("institution.no_member")
    if member.staff_role is not None:
        raise Invalid("institution.staff")
    standing = queries.representation(member.id)
    if standing is not None:
        raise Conflict("institution.represents", name=standing.institution.name)
    name = next(
        (one for one in queries.institution_names() if tr_lower(one) == tr_lower(name)), name
    )  # in whatever casing
    insert_ignore(Institution, [{"code": new_code(), "name": name, "created_at": now}], ("name",))
    values = {
        "code": new_code(), "institution_id": queries.institution_named(name).id, "member_id": member.id, "reason": reason,
        "appointed_by": actor.member_id, "appointed_at": now,
    }  # fmt: skip
    insert_ignore(Representative, [values])
    row = queries.representation(member.id)
    if row is None or row.code != values["code"]:  # somebody appointed the same person at this instant
        raise Conflict("institution.represents", name=row.institution.name if row else name)
    audit.record(Act.REPRESENTATIVE_APPOINTED, actor=actor, subject=("member", member.code), data={"institution": name, "reason": reason}, now=now)  # fmt: skip
    params = {"name": member.first_name, "institution": name}
    enqueue("represents", to=recipient(member), params=params, dedupe=f"represents:{row.code}", now=now)
    return row


def dismiss(code: str, reason: str, *, actor: Actor, now: datetime) -> Representative:
    """The member acts for the institution no longer, and is told; what was paid for stays. Of two at once one ends it.
    Errors: institution.reason, institution.ended."""
    row = queries.representative(code)
    if row is None:
        raise NotFound
    reason = rules.check_reason(reason)
    done = queries.dismiss(code, end_reason=reason, ended_at=now, ended_by=actor.member_id)
    db.session.refresh(row)
    if not done:
        by = db.session.get_one(Member, row.ended_by).full_name
        raise Conflict("institution.ended", by=by, at=row.ended_at)
    data = {"institution": row.institution.name, "reason": reason}
    audit.record(Act.REPRESENTATIVE_DISMISSED, actor=actor, subject=("member", row.member.code), data=data, now=now)
    params = {"name": row.member.first_name, "institution": row.institution.name}
    enqueue("represents_ended", to=recipient(row.member), params=params, dedupe=f"represents-ended:{row.code}", now=now)
    return row


def own_institution(actor: Actor) -> Institution:
    """The institution that this member acts for; for anybody else there is no such page."""
    found = queries.representation(actor.member_id)
    if found is None:
        raise NotFound
    return found.institution


# --- inviting ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one line of a list: ``refused`` names the fault; None: invited. No number is repeated."""

    number: int
    shown: str
    refused: DomainError | None = None


def invite(data: bytes, term_code: str, *, actor: Actor, now: datetime) -> list[Line]:
    """Invite everybody on a list (CSV or XLSX: tckn, ad, soyad, e-posta). A bad line never stops the good ones; who has a
    standing invitation gets no second one. The file is not kept. Errors: sheet.unreadable, sheet.too_long, invitation.empty, those of the window."""
    institution, term = own_institution(actor), terms.term_of(actor.member_id, term_code)
    seats.check_window(term, now)
    queries.erase_unanswered(now)
    lines: list[Line] = []
    guests: list[tuple[int, Guest]] = []
    for number, cells in read_rows(data, rules.MOST_LINES + 1):
        if number == 1 and rules.is_head(cells):
            continue
        try:
            guests.append((number, rules.read_line(cells)))
        except DomainError as fault:
            lines.append(Line(number, " ".join(cells[1:3])[:80], fault))
    if not lines and not guests:
        raise Invalid("invitation.empty")
    lines += _invite(institution, term, guests, actor, now)
    data_kept = {
        "institution": institution.name,
        "lines": len(lines),
        "invited": sum(not line.refused for line in lines),
    }
    audit.record(Act.GROUP_INVITED, actor=actor, subject=("term", term.code), data=data_kept, now=now)
    return sorted(lines, key=lambda line: line.number)


def _invite(
    institution: Institution, term: Term, guests: Sequence[tuple[int, Guest]], actor: Actor, now: datetime
) -> list[Line]:
    safe, rows, drafts = vault(), [], {}
    until = min(now + rules.VALID, term.application_to)
    for _, guest in guests:
        code, token = new_code(), secrets.token_urlsafe(24)
        rows.append(
            {
                "code": code, "institution_id": institution.id, "term_id": term.id, "term_code": term.code,
                "tckn_index": safe.index(guest.tckn), "first_name": guest.first_name, "last_name": guest.last_name,
                "email": guest.email, "token_hash": fingerprint(token), "state": State.INVITED.value,
                "invited_by": actor.member_id, "invited_at": now, "until": until,
            }
        )  # fmt: skip
        params = {
            "name": guest.first_name, "institution": institution.name, "service": term.programme.service_name,
            "term": term.name_tr, "until": until.isoformat(),
            **sealed({"link": f"{config().base_url}/davet/{token}"}),
        }  # fmt: skip
        drafts[code] = Draft(Recipient(guest.email), f"invited:{code}", params)
    insert_ignore(Invitation, rows)
    new = queries.stored(drafts)
    enqueue_many("invited", [draft for code, draft in drafts.items() if code in new], now=now)
    return [
        Line(
            number,
            f"{guest.first_name} {guest.last_name}",
            None if row["code"] in new else Conflict("invitation.standing"),
        )
        for (number, guest), row in zip(guests, rows, strict=True)
    ]


# --- the person's own answer -----------------------------------------------------------------------------------------------


def invitation(token: str) -> Invitation:
    """The invitation of a link. Errors: not_found."""
    found = queries.by_token(fingerprint(token))
    if found is None:
        raise NotFound
    return found


def ended(row: Invitation, now: datetime) -> DomainError | None:
    """Why an invitation can be answered no longer; None: it can."""
    try:
        rules.check_answer(State(row.state), row.until, now)
    except DomainError as fault:
        return fault
    return None


def is_meant(row: Invitation, member: Member) -> bool:
    """Whether the invitation is for this person."""
    return row.tckn_index == member.tckn_index


def needs_declaration(row: Invitation, member: Member) -> bool:
    """R003: no certificate in the register: the person declares that there is none. Errors: Conflict with the reason."""
    kind, programme = row.term.kind, row.term.programme.code
    decision = register.eligibility(member.tckn_index, programme_code=programme, kind=kind)
    if decision.code:
        raise Conflict(decision.code)
    return decision.needs_declaration


def accept(
    token: str, member: Member, *, read_notice: bool, declares: bool, language: str, actor: Actor, now: datetime
) -> Invitation:
    """The person read the notice, declared, and joins. Errors: invitation.other_person, invitation.answered,
    invitation.expired, invitation.notice_needed, register.*."""
    row = invitation(token)
    rules.check_answer(State(row.state), row.until, now)
    if not is_meant(row, member):
        raise Forbidden("invitation.other_person")
    declaration = needs_declaration(row, member)
    if not read_notice:
        raise Invalid("invitation.notice_needed")
    if declaration and not declares:
        raise Invalid("register.declaration_needed")
    if not queries.answer(row.id, state=State.ACCEPTED, answered_at=now, member_id=member.id):
        raise Conflict("invitation.answered")
    for kind in (NOTICE, DECLARATION) if declaration else (NOTICE,):
        text = current_text(kind, row.term.programme.code, language)
        if text is None:
            raise LookupError(f"no text {kind}: run `lms content import`")
        accept_text(member, text, given=True, subject=("invitation", row.code), now=now, ip=actor.ip)
    db.session.refresh(row)
    data = {"institution": row.institution.name, "term": row.term_code}
    audit.record(Act.INVITATION_ACCEPTED, actor=actor, subject=("invitation", row.code), data=data, now=now)
    return row


def refuse(token: str, *, actor: Actor, now: datetime) -> Invitation:
    """Whoever holds the link does not want it; what the institution told is erased at once."""
    row = invitation(token)
    rules.check_answer(State(row.state), row.until, now)
    if not queries.answer(row.id, state=State.REFUSED, answered_at=now):
        raise Conflict("invitation.answered")
    queries.erase_unanswered(now)
    audit.record(Act.INVITATION_REFUSED, actor=actor, subject=("invitation", row.code), now=now)
    return row


def joined(actor: Actor, now: datetime) -> list[tuple[Invitation, bool]]:
    """The invitations that this person accepted, of terms that are not over; whether each may still be left, because nobody
    has paid for it."""
    found = []
    for row in queries.of_member(actor.member_id):
        if row.term.study_to <= now:
            continue
        then = queries.followed(row.institution.name, row.term_code, [actor.member_id])
        found.append((row, actor.member_id not in then))
    return found


def leave(code: str, *, actor: Actor, now: datetime) -> Invitation:
    """Who joined steps back before the institution pays; it sees a refusal, and what it told of the person is erased.
    Errors: not_found, invitation.paid."""
    row = next((one for one in queries.of_member(actor.member_id) if one.code == code), None)
    if row is None:
        raise NotFound
    queries.hold(row)
    return _end(row, State.REFUSED, Act.INVITATION_REFUSED, actor=actor, now=now)


def withdraw(code: str, *, actor: Actor, now: datetime) -> Invitation:
    """The institution takes an invitation back before it pays: a wrong address, somebody who left it. Who had joined is told.
    Errors: not_found, invitation.paid."""
    row = next(iter(queries.of_codes(own_institution(actor).id, [code])), None)
    if row is None:
        raise NotFound
    queries.hold(row)
    person = row.member
    _end(row, State.WITHDRAWN, Act.INVITATION_WITHDRAWN, actor=actor, now=now)
    if person is not None:
        params = {
            "name": person.first_name,
            "institution": row.institution.name,
            "service": row.term.programme.service_name,
        }
        enqueue("invitation_withdrawn", to=recipient(person), params=params, dedupe=f"withdrawn:{row.code}", now=now)
    return row


def _end(row: Invitation, state: State, act: Act, *, actor: Actor, now: datetime) -> Invitation:
    if not queries.end_unpaid(row, state.value, now):
        raise Conflict("invitation.paid", institution=row.institution.name)
    queries.erase_unanswered(now)
    db.session.refresh(row)
    audit.record(
        act, actor=actor, subject=("invitation", row.code), data={"institution": row.institution.name}, now=now
    )
    return row


# --- what the institution sees -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Person:
    """One line of the institution's page. ``certificate``: number and day, once its disclosure is logged."""

    invitation: Invitation
    progress: Progress
    number: str | None = None
    issued_on: datetime | None = None
    payable: bool = False

    @property
    def may_be_taken_back(self) -> bool:
        return self.progress in (Progress.INVITED, Progress.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the people whom an institution invited to a term."""

    people: Sequence[Person]
    total: int
    number: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // rules.PAGE))

    @property
    def payable(self) -> int:
        """How many of the page can be paid for now."""
        return sum(one.payable for one in self.people)


def people(institution: Institution, term: Term, now: datetime, number: int = 1) -> Page:
    """Those it invited to a term, with completion and nothing more."""
    rows, total = queries.page_of(institution.id, term.code, number, rules.PAGE)
    ids = [row.member_id for row in rows if row.member_id is not None]
    known = queries.followed(institution.name, term.code, ids)
    open_ones = _payable(rows, term) if term.schedule.application.contains(now) else {}
    shown = [_person(row, known.get(row.member_id or 0, Followed()), term, now) for row in rows]
    return Page([replace(one, payable=one.invitation.code in open_ones) for one in shown], total, number)


def _person(row: Invitation, then: Followed, term: Term, now: datetime) -> Person:
    told = row.told_at is not None and then.number is not None
    shown = rules.progress(Known(State(row.state), row.until, then.paying, then.paid, told, term.study_to), now)
    return Person(row, shown, then.number, then.available_from) if shown is Progress.COMPLETED else Person(row, shown)


def terms_shown(institution: Institution, actor: Actor, now: datetime) -> list[Term]:
    """The terms open to its representative (R127), then those it ever invited people to."""
    listed = list(terms.open_to(actor.member_id, now))
    codes = {term.code for term in listed}
    return listed + [
        terms.current_term(code) for code in sorted(queries.terms_of(institution.id) - codes, reverse=True)
    ]


# --- paying for many -------------------------------------------------------------------------------------------------------------


def _payable(rows: Sequence[Invitation], term: Term) -> dict[str, Member]:
    """Invitation code -> who accepted and whose first application is still to be paid for.

    A further one (R099) is the person's own affair: that somebody may apply again tells that they failed.
    """
    accepted = {row.code: row.member for row in rows if row.member is not None}
    ordinals = seats.payable(list(accepted.values()), term)
    return {code: member for code, member in accepted.items() if ordinals.get(member.id) == 1}


def group_quote(institution: Institution, term: Term, chosen: Collection[str]) -> Quote:
    """The price of the chosen invitations. Errors: institution.nobody, institution.too_many."""
    rows = [row for row in queries.of_codes(institution.id, chosen) if row.term_code == term.code]
    open_ones = _payable(rows, term)
    if not open_ones:
        raise Conflict("institution.nobody")
    if len(open_ones) > rules.PAGE:
        raise Conflict("institution.too_many", most=rules.PAGE)
    chairs = tuple(sorted((member.id, 1) for member in open_ones.values()))
    digest = hashlib.sha256(repr(chairs).encode()).hexdigest()[:16]
    return Quote(
        Purpose.GROUP, term, f"{institution.code}:{digest}", term.fee_kurus * len(chairs), seats=chairs,
        on_behalf_of=institution.name, again=lambda: group_quote(institution, term, chosen),
    )  # fmt: skip


def payments_of(actor: Actor, institution: Institution) -> list[Payment]:
    """What the representative paid or is paying for this institution, newest first."""
    return [row for row in payments.payments_of(actor.member_id) if row.on_behalf_of == institution.name]


# --- jobs --------------------------------------------------------------------------------------------------------------------------


def tell_completions(now: datetime) -> int:
    """R063: log, institution by institution, that completions are disclosed; from then on its page shows them. How many."""
    told = 0
    for name, group in groupby(queries.claim_completions(now), key=lambda row: row.institution.name):
        rows = list(group)
        audit.disclose_many(
            Told.INSTITUTION, basis=Basis.CORPORATE, subjects=[("member", row.member.code) for row in rows if row.member],
            what=[Fact.NAME, Fact.COMPLETION, Fact.CERTIFICATE], actor=SYSTEM, now=now, name=name,
        )  # fmt: skip
        told += len(rows)
    return told
