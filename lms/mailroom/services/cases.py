"""What a mail becomes: a message of a thread, or a case of its own, at the instant it arrived (R045, R099, R112, R118)."""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import update

from lms.attachments.formats import Clean
from lms.audit.rules import Act
from lms.audit.services import record
from lms.core.access import Actor
from lms.core.config import vault
from lms.core.db import db
from lms.core.errors import DomainError
from lms.core.files import files
from lms.exams.models import ReapplicationRequest
from lms.exams.queries import reapplication
from lms.exams.services import reapplication as reapplications
from lms.exemptions.rules import Source
from lms.exemptions.services import requests as exemptions
from lms.exemptions.services.requests import Asked, Posted
from lms.mailroom import queries, rules
from lms.mailroom.formats import Parsed
from lms.mailroom.models import InboundMail
from lms.mailroom.rules import Claim, Kind, Mailbox, Match, Outcome
from lms.membership.models import Member
from lms.membership.services import accounts
from lms.notifications import queries as outbox
from lms.notifications import services as notifications
from lms.slips import services as slips
from lms.support import queries as tickets
from lms.support import rules as support_rules
from lms.support import services as support
from lms.support.models import Ticket, TicketMessage
from lms.support.rules import Category
from lms.terms.models import Term
from lms.terms.services import open_terms

NAMESPACE: Final = "mail"
MAIL: Final = Actor(kind="system", label="posta")
_ANSWERS_A_DAY: Final = 10
_EXPLANATION_MAX: Final = 2000


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An attachment that was not kept: why, in the terms of the sentence that tells it."""

    label: str
    code: str
    params: Mapping[str, int | str]
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail on its way into a case."""

    row: InboundMail
    parsed: Parsed
    documents: tuple[Clean, ...]
    left_out: tuple[LeftOut, ...]
    now: datetime
    quiet: bool = False

    @property
    def may_act(self) -> bool:
        """Only who writes from the address on file asks for something in a member's name."""
        return may_act(self.row)

    def posted(self, documents: Sequence[Clean], barcodes: Sequence[str]) -> Posted:
        return Posted(
            documents, self.row.received_at, barcodes, thread=self.row.thread, left_out=_left_out(self), told=not self.quiet
        )  # fmt: skip


def is_quiet(sender: str, now: datetime) -> bool:
    """Who writes all day is not answered all day: it may be a machine that does not say so."""
    return queries.answered_lately(sender, now - timedelta(days=1)) >= _ANSWERS_A_DAY


def may_act(row: InboundMail) -> bool:
    return row.match in (Match.BOTH, Match.ADDRESS)


# --- the thread it belongs to ------------------------------------------------------------------------------------------


def into_thread(arrival: Arrival) -> bool:
    """Whether the mail answers something of ours: its references say so, or our code in its subject."""
    ids = arrival.parsed.replies_to
    answered = next((row for one in reversed(ids) if (row := outbox.by_message_id(one)) is not None), None)
    if answered is not None and answered.template.startswith("exemption_") and _to_exemption(arrival, answered.params):
        return True
    code = rules.case_in(arrival.parsed.subject)
    if answered is not None and answered.template.startswith(("ticket_", "mail_")):
        code = str(answered.params.get("code", "")) or code
    ticket = tickets.by_code(code) if code else None
    ticket = ticket or (tickets.of_message_ids(ids) if ids else None)
    if ticket is None:
        return False
    _add(arrival, ticket)
    return True


def _add(arrival: Arrival, ticket: Ticket) -> None:
    """The mail's words join the thread. An exemption's that lacked something is tried again with everything its person sent."""
    if arrival.row.sender.lower() != ticket.email.lower():
        ticket.context = {**ticket.context, "sender": Match.FOREIGN.value}
    support.add_mail(ticket, _said(arrival), actor=_actor(arrival), now=arrival.now)
    _became(arrival, Outcome.THREAD, ticket.code)
    own = ticket.member_id is not None and ticket.member_id == arrival.row.member_id
    if ticket.category == Category.EXEMPTION and own and arrival.may_act:
        earlier = _own_mails(arrival, ticket.code)
        words = "\n".join([arrival.parsed.text, *(mail.text for mail in earlier)])
        claim = rules.claim_in(words)
        documents = [*(clean for mail in earlier for clean in stored(mail)), *arrival.documents]
        _try_exemption(arrival, claim, documents, ticket=ticket)
        return
    if arrival.left_out:
        _tell(arrival, ticket, ())


def _own_mails(arrival: Arrival, case_code: str) -> list[InboundMail]:
    """The earlier mails of a case that the same person sent: a stranger's words and papers are nobody's evidence."""
    return [
        mail
        for mail in queries.of_case(case_code)
        if mail.id != arrival.row.id and mail.member_id == arrival.row.member_id and may_act(mail)
    ]


def _to_exemption(arrival: Arrival, params: Mapping[str, Any]) -> bool:
    """R118: documents or a barcode that were asked for come by mail as well."""
    member, code = arrival.row.member, str(params.get("code", ""))
    barcodes = rules.claim_in(arrival.parsed.text).barcodes
    if member is None or not arrival.may_act or not (arrival.documents or barcodes):
        return False
    posted = arrival.posted(arrival.documents, barcodes)
    try:
        exemptions.add_by_mail(member, code, posted, actor=member.actor(), now=arrival.now)
    except DomainError:
        return False
    _became(arrival, Outcome.EXEMPTION, code)
    return True


# --- a case of its own -----------------------------------------------------------------------------------------------


def open_case(arrival: Arrival) -> None:
    """By mailbox, then by what the words speak of; whatever does not become a request becomes a ticket."""
    row, parsed = arrival.row, arrival.parsed
    if row.mailbox == Mailbox.MUHASEBE:
        if arrival.documents:
            take_slip(arrival)
        else:
            _ticket(arrival, Category.PAYMENT, ("mail.missing_document",))
        return
    kind = rules.kind_of(parsed.subject, parsed.text)
    if kind is Kind.EXEMPTION:
        _exemption(arrival)
    elif kind is Kind.REAPPLICATION and row.member is not None and arrival.may_act and _reapply(arrival, row.member):
        return
    else:
        _ticket(arrival, Category.REAPPLICATION if kind is Kind.REAPPLICATION else Category.OTHER)


def take_slip(arrival: Arrival) -> None:
    """R045: a slip counts from its arrival; whose it is, accounting finds out where the mail does not say it."""
    row = arrival.row
    sure = row.member if row.match in (Match.BOTH, Match.ADDRESS, Match.FOREIGN) else None
    slip = slips.take(
        arrival.documents, member=sure, source="mail", arrived_at=row.received_at, actor=_actor(arrival), now=arrival.now,
        mail_code=row.code, sender=row.sender, replies_to=row.thread,
    )  # fmt: skip
    _became(arrival, Outcome.SLIP, slip.code)
    _confirm(arrival, "mail_slip")


def for_accounting_too(mail: InboundMail, *, now: datetime) -> None:
    """R045: the mail was sent to both addresses and became a ticket: its slip waits for accounting as well."""
    documents = stored(mail)
    if mail.outcome != Outcome.TICKET or not documents or rules.kind_of(mail.subject, mail.text) is Kind.EXEMPTION:
        return
    moved = (
        update(InboundMail)
        .where(InboundMail.id == mail.id, InboundMail.mailbox == Mailbox.BILGI)
        .values(mailbox=Mailbox.MUHASEBE)  # accounting reads it now; so does support, which reads both
        .returning(InboundMail.id)
    )
    if db.session.execute(moved).first() is None:
        return
    slip = slips.take(
        documents, member=mail.member, source="mail", arrived_at=mail.received_at, actor=MAIL, now=now, mail_code=mail.code,
        sender=mail.sender, replies_to=mail.thread,
    )  # fmt: skip
    record(Act.MAIL_SORTED, actor=MAIL, subject=("mail", mail.code), now=now, data={"outcome": Outcome.SLIP.value, "case": slip.code})  # fmt: skip


def _exemption(arrival: Arrival) -> None:
    claim = rules.claim_in(f"{arrival.parsed.subject}\n{arrival.parsed.text}")
    if arrival.row.member is not None and arrival.may_act:
        _try_exemption(arrival, claim, arrival.documents)
    elif arrival.row.match == Match.UNKNOWN:
        _ticket(arrival, Category.EXEMPTION, ("mail.missing_membership",))
    else:
        _ticket(arrival, Category.EXEMPTION)


def _try_exemption(arrival: Arrival, claim: Claim, documents: Sequence[Clean], ticket: Ticket | None = None) -> None:
    """R118: a request where everything is there; else a ticket whose thread asks for what is missing."""
    member, at = arrival.row.member, arrival.row.received_at
    assert member is not None  # noqa: S101 - the caller looked
    term = term_for(member, at)
    lacks = rules.missing(_with_number(claim, arrival), documents=len(documents), term=term is not None)
    code = None
    if not lacks and term is not None and claim.relation is not None:
        posted = arrival.posted(documents, claim.barcodes)
        with suppress(DomainError):  # the rules take none: a person looks
            code = request_exemption(member, term, claim, posted, actor=_actor(arrival), now=arrival.now)
    if code is not None:
        if ticket is not None:
            support.close(ticket.code, actor=MAIL, now=arrival.now)
        _became(arrival, Outcome.EXEMPTION, code)
    elif ticket is None:
        _ticket(arrival, Category.EXEMPTION, lacks)
    elif lacks or arrival.left_out:
        _tell(arrival, ticket, lacks)


def _with_number(claim: Claim, arrival: Arrival) -> Claim:
    """The number may stand in an earlier mail of the thread, where it is masked: the match of that mail remembers it."""
    known = any(mail.match == Match.BOTH for mail in _own_mails(arrival, arrival.row.case_code or "-"))
    return replace(claim, tckn="***") if known and not claim.tckn else claim


def term_for(member: Member, at: datetime) -> Term | None:
    """The open term in which this person may ask, or asked and is not answered yet, when there is no doubt which."""
    terms = [
        *exemptions.terms_for(member.actor(), at),
        *(term for term in open_terms(at) if exemptions.pending(member.id, term.code) is not None),
    ]
    return terms[0] if len(terms) == 1 else None


def request_exemption(member: Member, term: Term, claim: Claim, posted: Posted, *, actor: Actor, now: datetime) -> str:
    """The request's code, a waiting one's where this adds to it. Errors: those of ``request_by_mail``."""
    asked = Asked(term.code, claim.relation or "", claim.phone or "", claim.email or "")
    return exemptions.request_by_mail(member, asked, posted, actor=actor, now=now).code


def _reapply(arrival: Arrival, member: Member) -> bool:
    """R099: the mail explains itself; the request counts from its arrival."""
    asked = None
    with suppress(DomainError):  # the rules take none: a person looks
        asked = request_again(member, arrival.row, now=arrival.now)
    if asked is None:
        return False
    _became(arrival, Outcome.REAPPLICATION, asked.code)
    _confirm(arrival, "mail_reapplication", exempt=reapplications.exempt(asked.application))
    return True


def request_again(member: Member, mail: InboundMail, *, now: datetime) -> ReapplicationRequest | None:
    """The new request to apply again; None where there is nothing to ask for. Errors: reapplication.too_short."""
    application = reapplication.may_reapply(member.actor(), now=mail.received_at)
    if application is None:
        return None
    return reapplications.request_reapplication(
        application.code, mail.text[:_EXPLANATION_MAX], actor=member.actor(), now=now, source=Source.MAIL,
        arrived_at=mail.received_at, replies_to=mail.thread,
    )  # fmt: skip


def _ticket(arrival: Arrival, category: Category, lacks: Sequence[str] = ()) -> Ticket:
    row = arrival.row
    context = {"mailbox": row.mailbox} | ({"sender": row.match} if row.match in (Match.FOREIGN, Match.SEVERAL) else {})
    own = row.member if arrival.may_act else None  # a stranger's words never stand among a member's own
    ticket = support.open_by_mail(
        member=own, email=row.sender, name=row.sender_name, subject=(row.subject or "Konusuz ileti")[:160], said=_said(arrival),
        category=category, context=context, actor=_actor(arrival), now=arrival.now, told=not (lacks or arrival.left_out or arrival.quiet),
    )  # fmt: skip
    _became(arrival, Outcome.TICKET, ticket.code)
    if lacks or arrival.left_out:
        _tell(arrival, ticket, lacks)
    return ticket


def _tell(arrival: Arrival, ticket: Ticket, lacks: Sequence[str]) -> None:
    """In the thread: what is missing, and which attachment was left out and why."""
    if arrival.quiet:
        return
    support.say(ticket, "mail_missing", {"missing": list(lacks), "left_out": _left_out(arrival)}, now=arrival.now)


def _left_out(arrival: Arrival) -> list[dict[str, Any]]:
    return [{"label": one.label, "why": [{"code": one.code, "params": dict(one.params)}]} for one in arrival.left_out]


def _confirm(arrival: Arrival, template: str, **told: bool) -> None:
    """In the mail's own thread: what it became, when it arrived, what of it was left out."""
    if arrival.quiet:
        return
    row = arrival.row
    to = accounts.recipient(row.member) if row.member and arrival.may_act else None
    notifications.enqueue(
        template,
        to=notifications.Recipient(row.sender, language=to.language if to else "tr", code=to.code if to else None),
        params={
            "subject": support_rules.thread_subject(row.subject or "SEGEM Akademi"), "at": row.received_at.isoformat(),
            "left_out": _left_out(arrival), "missing": [], "code": "", **told,
        },
        dedupe=f"{template}:{row.code}", now=arrival.now, replies_to=row.thread,
    )  # fmt: skip


def _said(arrival: Arrival) -> TicketMessage:
    row = arrival.row
    return TicketMessage(
        author="person",
        body=support_rules.mail_text(row.text),
        at=row.received_at,
        mail_code=row.code,
        message_id=row.message_id,
    )


def _actor(arrival: Arrival) -> Actor:
    member = arrival.row.member
    return member.actor() if member is not None and arrival.may_act else Actor(kind="anonymous", label=arrival.row.sender[:120])  # fmt: skip


def _became(arrival: Arrival, outcome: Outcome, case_code: str) -> None:
    arrival.row.outcome, arrival.row.case_code = outcome.value, case_code
    record(Act.MAIL_SORTED, actor=MAIL, subject=("mail", arrival.row.code), now=arrival.now, data={"outcome": outcome.value, "case": case_code})  # fmt: skip
    db.session.flush()


def stored(mail: InboundMail) -> list[Clean]:
    """The kept attachments of a mail, as they were cleaned."""
    return [
        Clean(document.label, document.media_type, files().read(document.file_key), 0)
        for document in mail.documents
        if document.file_key is not None
    ]


def opened(mail: InboundMail) -> bytes | None:
    """The mail as it came, from its sealed bytes."""
    return b64decode(vault().open(files().read(mail.raw_key))) if mail.raw_key else None
