"""R112: a question from a person, the thread that follows from it, its answers by mail."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import update

from lms.attachments.formats import Clean
from lms.audit.rules import Act
from lms.audit.services import record, record_many
from lms.core.access import SYSTEM, Actor
from lms.core.codes import new_code
from lms.core.config import config, vault
from lms.core.db import db
from lms.core.errors import Conflict, Invalid, NotFound, checked
from lms.identity.models import Dispute
from lms.identity.services import disputes
from lms.journey import services as journey
from lms.membership.models import Member
from lms.membership.queries import member_by_code, member_by_index
from lms.membership.rules import identity
from lms.membership.services import accounts, links
from lms.notifications import rendering
from lms.notifications.services import Recipient, enqueue
from lms.support import queries, rules
from lms.support.models import CannedAnswer, Ticket, TicketMessage
from lms.support.rules import Category

_CONTEXT_MAX: Final = 300
_THREAD_IDS: Final = 20


# --- the person ------------------------------------------------------------------------------------------------------


def open_ticket(
    *, subject: str, body: str, email: str = "", context: Mapping[str, str] | None = None, category: str = "",
    language: str = "tr", actor: Actor, now: datetime,
) -> Ticket:  # fmt: skip
    """Store the question and acknowledge it. A member is answered at the address on file; anybody else gives one."""
    member = member_by_code(actor.code) if actor.kind in ("member", "staff") else None
    values = checked(
        {
            "subject": lambda: rules.subject(subject),
            "body": lambda: rules.body(body),
            "email": lambda: member.email if member else identity.email(email),
        }
    )
    told = {name: value[:_CONTEXT_MAX] for name, value in (context or {}).items()}
    ticket = Ticket(
        member_id=member.id if member else None, email=values["email"], subject=values["subject"], source="form",
        category=rules.category(category, told.get("page", "")), context={**told, **_situation(member, now)},
    )  # fmt: skip
    return _open(ticket, TicketMessage(author="person", body=values["body"]), language=language, actor=actor, now=now)


def ask_for_account(
    *, name: str, tckn: str, email: str, body: str, context: Mapping[str, str], language: str, actor: Actor, now: datetime
) -> Ticket:  # fmt: skip
    """Somebody who cannot reach their account. Says nothing about who exists; of the number only its keyed hash is kept."""
    values = checked(
        {
            "name": lambda: identity.person_name(name),
            "tckn": lambda: identity.tckn(tckn),
            "email": lambda: identity.email(email),
            "body": lambda: rules.body(body),
        }
    )
    ticket = Ticket(
        email=values["email"], name=values["name"], tckn_index=vault().index(values["tckn"]), source="form",
        subject="Hesabıma ulaşamıyorum", category=Category.ACCOUNT,
        context={key: value[:_CONTEXT_MAX] for key, value in context.items()},
    )  # fmt: skip
    said = TicketMessage(author="person", body=identity.without_tckn(values["body"]))
    return _open(ticket, said, language=language, actor=actor, now=now)


def open_by_mail(
    *, member: Member | None, email: str, name: str, subject: str, said: TicketMessage, category: Category,
    context: Mapping[str, Any], actor: Actor, now: datetime, told: bool = True,
) -> Ticket:  # fmt: skip
    """R112: a mail becomes a ticket at the instant it arrived (``said.at``); the answers go to its sender, in its thread."""
    ticket = Ticket(
        member_id=member.id if member else None, email=email, name=name[:120] or None, subject=subject, source="mail",
        category=category, context={**context, **_situation(member, now)},
    )  # fmt: skip
    return _open(ticket, said, language=member.language if member else "tr", actor=actor, now=now, told=told)


def _open(
    ticket: Ticket, said: TicketMessage, *, language: str, actor: Actor, now: datetime, told: bool = True
) -> Ticket:
    """The acknowledgement repeats the text only to a member: else the form would send strangers' words to anybody."""
    at = said.at or now
    ticket.code, ticket.status, ticket.messages = new_code(8), "open", 1
    ticket.created_at = ticket.since = said.at = at
    db.session.add(ticket)
    db.session.flush()
    said.ticket_id, said.written_by = ticket.id, ticket.member_id
    db.session.add(said)
    db.session.flush()
    record(Act.TICKET_OPENED, actor=actor, subject=("ticket", ticket.code), now=now, data={"source": ticket.source})
    if told:
        own = ticket.member_id is not None and ticket.source == "form"
        words = {"subject": ticket.subject, "body": said.body} if own else {"subject": "", "body": ""}
        _mail(ticket, "ticket_opened", words, dedupe=f"ticket_opened:{ticket.code}", language=language, now=now)
    return ticket


def _situation(member: Member | None, now: datetime) -> dict[str, Any]:
    """Where the person stood when they asked: by value, for it will have changed when somebody reads it."""
    if member is None or member.staff_role is not None:
        return {}
    found = journey.journey(member, now)
    step, application = found.next, found.application
    return {
        "step": step.code,
        "step_params": dict(step.params),
        "step_at": step.at.isoformat() if step.at else None,
        "application": application.number if application else None,
    }


def own_ticket(actor: Actor, code: str) -> Ticket:
    """The person's own ticket, or NotFound."""
    ticket = queries.by_code(code)
    if ticket is None or ticket.member_id is None or ticket.member_id != actor.id:
        raise NotFound
    return ticket


def write(code: str, text: str, *, actor: Actor, now: datetime) -> Ticket:
    """The person adds to their own ticket; it waits for an answer again."""
    ticket = own_ticket(actor, code)
    _reopen(ticket, TicketMessage(author="person", body=rules.body(text), at=now, written_by=actor.id), actor, now)
    return ticket


def add_mail(ticket: Ticket, said: TicketMessage, *, actor: Actor, now: datetime) -> None:
    """R112: an answer by mail lands in the thread and opens it again."""
    _reopen(ticket, said, actor, now)


def _reopen(ticket: Ticket, said: TicketMessage, actor: Actor, now: datetime) -> None:
    """A ticket that waits goes on waiting since it began to; also with two messages at once."""
    since = Ticket.since if ticket.status == "open" else said.at
    db.session.execute(
        update(Ticket)
        .where(Ticket.id == ticket.id)
        .values(status=rules.after(ticket.status, "write"), since=since, messages=Ticket.messages + 1)
        .execution_options(synchronize_session=False)
    )
    _append(ticket, said)
    record(Act.TICKET_WRITTEN, actor=actor, subject=("ticket", ticket.code), now=now)


def _append(ticket: Ticket, said: TicketMessage) -> None:
    said.ticket_id = ticket.id
    db.session.add(said)
    db.session.flush()
    db.session.refresh(ticket)


# --- staff -----------------------------------------------------------------------------------------------------------


def answer(code: str, text: str, *, expected: int | None = None, actor: Actor, now: datetime) -> Ticket:
    """Send an answer by mail, into the thread it belongs to.

    ``expected``: how many messages the writer's page showed. Of two who answer at once one does; the other is told who.
    """
    ticket = existing(code)
    written = rules.answer(text)
    status = rules.after(ticket.status, "answer")
    seen = ticket.messages if expected is None else expected
    _claim(ticket, seen, status=status, since=now, messages=seen + 1)
    _append(ticket, TicketMessage(author="staff", body=written, at=now, written_by=actor.member_id))
    record(Act.TICKET_ANSWERED, actor=actor, subject=("ticket", code), now=now)
    _mail(ticket, "ticket_answered", {"subject": rules.thread_subject(ticket.subject), "answer": written}, dedupe=f"ticket_answered:{ticket.code}:{ticket.messages}", now=now)  # fmt: skip
    return ticket


def say(ticket: Ticket, template: str, params: Mapping[str, Any], *, now: datetime) -> None:
    """A message of the system into the thread, by mail as well: what is missing, which attachment was left out."""
    seen = Ticket.messages + 1
    db.session.execute(
        update(Ticket).where(Ticket.id == ticket.id).values(messages=seen).execution_options(synchronize_session=False)
    )
    filled = {"subject": rules.thread_subject(ticket.subject), "code": ticket.code, **params}
    text = rendering.render(template, "mail", language_of(ticket), {"base_url": config().base_url, **filled}).text
    _append(ticket, TicketMessage(author="system", body=text.strip(), at=now))
    _mail(ticket, template, filled, dedupe=f"{template}:{ticket.code}:{ticket.messages}", now=now)


def note(code: str, text: str, *, actor: Actor, now: datetime) -> Ticket:
    """What only staff read."""
    ticket = existing(code)
    _append(ticket, TicketMessage(author="note", body=rules.answer(text), at=now, written_by=actor.member_id))
    record(Act.TICKET_NOTED, actor=actor, subject=("ticket", code), now=now)
    return ticket


def take(code: str, *, actor: Actor, now: datetime) -> Ticket:
    """One person cares for it from now on; the second is told who was first."""
    ticket = existing(code)
    taken = db.session.execute(
        update(Ticket)
        .where(Ticket.id == ticket.id, Ticket.assigned_to.is_(None))
        .values(assigned_to=actor.member_id, assigned_at=now)
        .returning(Ticket.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.refresh(ticket)
    if taken is None and ticket.assigned_to != actor.id:
        assert ticket.holder is not None  # noqa: S101 - a row that is taken names who took it
        raise Conflict("support.taken_by", by=ticket.holder.full_name, at=ticket.assigned_at)
    record(Act.TICKET_TAKEN, actor=actor, subject=("ticket", code), now=now)
    return ticket


def release(code: str, *, actor: Actor, now: datetime) -> Ticket:
    """Give it back to everybody; a manager also takes it from somebody else."""
    ticket = existing(code)
    if ticket.assigned_to != actor.id and actor.role != "manager":
        raise Conflict("support.not_yours")
    ticket.assigned_to = ticket.assigned_at = None
    record(Act.TICKET_RELEASED, actor=actor, subject=("ticket", code), now=now)
    return ticket


def categorise(code: str, category: str, *, actor: Actor, now: datetime) -> Ticket:
    """Staff correct what a ticket is about."""
    ticket = existing(code)
    before, ticket.category = ticket.category, rules.category(category)
    record(Act.TICKET_SORTED, actor=actor, subject=("ticket", code), now=now, data={"from": before, "to": ticket.category})  # fmt: skip
    return ticket


def close(code: str, *, reason: str = "", actor: Actor, now: datetime) -> Ticket:
    """Nothing more to do. Staff who close what nobody answered say why, in a note (support.reason)."""
    ticket = existing(code)
    why = reason.strip()
    if ticket.status == "open" and actor.kind == "staff":
        why = rules.reason(reason)
    _claim(ticket, ticket.messages, status=rules.after(ticket.status, "close"), since=now)
    if why:
        _append(ticket, TicketMessage(author="note", body=why, at=now, written_by=actor.member_id))
    record(Act.TICKET_CLOSED, actor=actor, subject=("ticket", code), now=now, data={"reason": why} if why else None)
    return ticket


def send_reset_link(code: str, *, actor: Actor, now: datetime, wall: datetime) -> None:
    """A link for a new password, only to the address on file. Nobody here learns a password. **Opens its own transactions.**"""
    member = match_of(existing(code))
    if member is None or member.disabled_at is not None:
        raise Conflict("support.no_match")
    number = vault().open(member.tckn_sealed)
    links.ask_password_link(tckn=number, channel="mail", actor=actor, now=now, wall=wall)


def open_dispute(
    code: str, *, tckn: str, name: str, email: str, explanation: str, document: Clean, actor: Actor, now: datetime
) -> Dispute:
    """ "Bu TCKN benim, hesap benim değil", told in a ticket: staff open the claim with the evidence that came with it.

    The number is read from the evidence; where the ticket names one it has to be the same (support.other_number).
    """
    ticket = existing(code)
    if ticket.tckn_index is not None and vault().index(identity.tckn(tckn)) != ticket.tckn_index:
        raise Invalid("support.other_number")
    claim = disputes.claim(
        tckn=tckn, name=name, email=email, explanation=explanation, document=document, language=language_of(ticket),
        actor=actor, now=now,
    )  # fmt: skip
    note(code, f"Kimlik itirazı açıldı: {claim.code}", actor=actor, now=now)
    return claim


def match_of(ticket: Ticket) -> Member | None:
    """The membership that the number of an account ticket belongs to; the ticket itself never becomes that person's."""
    return member_by_index(ticket.tckn_index) if ticket.tckn_index else None


def close_quiet(now: datetime) -> int:
    """What was answered and quiet for thirty days is closed, without a word to anybody. How many."""
    closed = db.session.scalars(
        update(Ticket)
        .where(Ticket.status == "answered", Ticket.since < now - rules.QUIET)
        .values(status="closed", since=now)
        .returning(Ticket.code)
        .execution_options(synchronize_session=False)
    ).all()
    if closed:
        record_many(Act.TICKET_CLOSED, actor=SYSTEM, subjects=[(("ticket", code), {}) for code in closed], now=now)
    return len(closed)


# --- answers that stand ready ----------------------------------------------------------------------------------------


def keep_answer(code: str | None, *, title: str, body_tr: str, body_en: str, actor: Actor, now: datetime) -> CannedAnswer:  # fmt: skip
    """A manager writes or changes a text that stands ready."""
    values = checked(
        {
            "title": lambda: rules.subject(title)[:120],
            "body_tr": lambda: rules.answer(body_tr),
            "body_en": lambda: rules.answer(body_en),
        }
    )
    row = queries.answer_ready(code) if code else CannedAnswer(code=new_code(8))
    if row is None:
        raise NotFound
    row.title, row.body_tr, row.body_en, row.updated_at = values["title"], values["body_tr"], values["body_en"], now
    db.session.add(row)
    db.session.flush()
    record(Act.CANNED_ANSWER_KEPT, actor=actor, subject=("canned_answer", row.code), now=now, data={"title": row.title})
    return row


def drop_answer(code: str, *, actor: Actor, now: datetime) -> None:
    """What was sent with it stays in its thread."""
    row = queries.answer_ready(code)
    if row is None:
        raise NotFound
    db.session.delete(row)
    record(Act.CANNED_ANSWER_DROPPED, actor=actor, subject=("canned_answer", code), now=now, data={"title": row.title})


# --- inside ----------------------------------------------------------------------------------------------------------


def existing(code: str) -> Ticket:
    """A ticket as staff see it."""
    ticket = queries.by_code(code)
    if ticket is None:
        raise NotFound
    return ticket


def language_of(ticket: Ticket) -> str:
    """The language in which this person is answered."""
    return ticket.member.language if ticket.member else str(ticket.context.get("language", "tr"))


def _claim(ticket: Ticket, seen: int, **values: object) -> None:
    """Change the ticket if nobody wrote since it was read: the database decides between two at once."""
    changed = db.session.execute(
        update(Ticket)
        .where(Ticket.id == ticket.id, Ticket.messages == seen, Ticket.status == ticket.status)
        .values(**values)
        .returning(Ticket.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.refresh(ticket)
    if changed is None:
        latest = next((m for m in reversed(ticket.thread) if m.author != "note"), None)
        if ticket.status == "closed" or latest is None:
            raise Conflict("support.closed")
        by = latest.writer.full_name if latest.writer and latest.author == "staff" else ticket.email
        raise Conflict("support.changed", by=by, at=latest.at)


def _mail(
    ticket: Ticket, template: str, params: Mapping[str, Any], *, dedupe: str, now: datetime, language: str | None = None
) -> None:
    member = ticket.member
    to = Recipient(ticket.email, language=language or language_of(ticket), code=member.code if member else None)
    if member is not None:
        to = replace(accounts.recipient(member), email=ticket.email)
    ids = [m.message_id for m in ticket.thread if m.message_id][-_THREAD_IDS:]
    enqueue(template, to=to, params={"code": ticket.code, **params}, dedupe=dedupe, now=now, replies_to=" ".join(ids) or None)  # fmt: skip
