"""R112: a question from a person, its acknowledgement, its answer by mail."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from lms.audit.rules import Act
from lms.audit.services import record
from lms.core.access import Actor
from lms.core.codes import new_code
from lms.core.db import db
from lms.core.errors import NotFound, checked
from lms.membership.queries import member_by_code
from lms.membership.rules import identity
from lms.notifications.services import Recipient, enqueue
from lms.support import queries, rules
from lms.support.models import Ticket

_CONTEXT_MAX: Final = 300


def open_ticket(
    *, subject: str, body: str, email: str = "", context: Mapping[str, str] | None = None, language: str = "tr",
    actor: Actor, now: datetime,
) -> Ticket:  # fmt: skip
    """Store the question and acknowledge it. A member is answered at the address on file; anybody else gives one.

    The acknowledgement repeats the text only to a member: else this form would send strangers' words to anybody.
    """
    member = member_by_code(actor.code) if actor.kind in ("member", "staff") else None
    values = checked(
        {
            "subject": lambda: rules.subject(subject),
            "body": lambda: rules.body(body),
            "email": lambda: member.email if member else identity.email(email),
        }
    )
    ticket = Ticket(
        code=new_code(8), member_id=member.id if member else None, status="open", created_at=now,
        context={name: value[:_CONTEXT_MAX] for name, value in (context or {}).items()}, **values,
    )  # fmt: skip
    db.session.add(ticket)
    db.session.flush()
    record(Act.TICKET_OPENED, actor=actor, subject=("ticket", ticket.code), now=now)
    told = {"subject": ticket.subject, "body": ticket.body} if member else {"subject": "", "body": ""}
    to = Recipient(ticket.email, language=member.language if member else language, code=member.code if member else None)
    enqueue(
        "ticket_opened", to=to, params={"code": ticket.code, **told}, dedupe=f"ticket_opened:{ticket.code}", now=now
    )
    return ticket


def answer(code: str, text: str, *, actor: Actor, now: datetime) -> Ticket:
    """Send an answer by mail; a further one replaces what the desk shows, and is sent as well."""
    ticket = _existing(code)
    written = rules.answer(text)
    ticket.status = rules.after(ticket.status, "answer")
    ticket.answer, ticket.answered_at, ticket.answered_by = written, now, actor.member_id
    record(Act.TICKET_ANSWERED, actor=actor, subject=("ticket", code), now=now)
    params = {"code": code, "subject": ticket.subject, "answer": written}
    to = Recipient(ticket.email, language=_language(ticket), code=_member_code(ticket))
    enqueue("ticket_answered", to=to, params=params, dedupe=f"ticket_answered:{new_code()}", now=now)
    return ticket


def close(code: str, *, actor: Actor, now: datetime) -> Ticket:
    """Nothing more to do."""
    ticket = _existing(code)
    ticket.status = rules.after(ticket.status, "close")
    record(Act.TICKET_CLOSED, actor=actor, subject=("ticket", code), now=now)
    return ticket


def _existing(code: str) -> Ticket:
    ticket = queries.by_code(code)
    if ticket is None:
        raise NotFound
    return ticket


def _language(ticket: Ticket) -> str:
    return ticket.member.language if ticket.member else ticket.context.get("language", "tr")


def _member_code(ticket: Ticket) -> str | None:
    return ticket.member.code if ticket.member else None
