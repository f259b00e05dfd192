"""What staff do with a mail: say whose it is, make a case of it, set it aside. Each once; the second is told who was first."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from lms.audit.rules import Act
from lms.audit.services import record
from lms.core.access import Actor
from lms.core.db import db
from lms.core.errors import Conflict, Forbidden, Invalid, NotFound
from lms.core.files import files
from lms.exemptions.rules import check_relation
from lms.exemptions.services.requests import Posted
from lms.mailroom import queries, rules
from lms.mailroom.models import InboundDocument, InboundMail
from lms.mailroom.rules import Claim, Mailbox, Match, Outcome
from lms.mailroom.services import cases
from lms.membership.models import Member
from lms.membership.queries import member_by_tckn
from lms.membership.rules import identity
from lms.slips import services as slips
from lms.support import services as support
from lms.support.models import TicketMessage
from lms.support.rules import Category, mail_text

_EVIDENCE = ("reviewer", "manager")
_BOXES = {"accountant": (Mailbox.MUHASEBE,), "reviewer": (Mailbox.BILGI,)}


@dataclass(frozen=True, slots=True)
class Wish:
    """What staff want a mail to become; the relation only for an exemption."""

    outcome: Outcome
    relation: str = ""


def mailboxes(actor: Actor) -> tuple[Mailbox, ...]:
    """Whose mail this role reads: slips are accounting's, evidence is the reviewers'."""
    return _BOXES.get(actor.role or "", tuple(Mailbox))


def own_mail(actor: Actor, code: str) -> InboundMail:
    """A mail that this role may read, or NotFound."""
    mail = queries.by_code(code)
    if mail is None or mail.mailbox not in mailboxes(actor):
        raise NotFound
    return mail


def read(code: str, *, actor: Actor, now: datetime) -> InboundMail:
    """Open a mail; that staff read a person's words is recorded."""
    mail = own_mail(actor, code)
    record(Act.MAIL_OPENED, actor=actor, subject=("mail", code), now=now)
    return mail


def may_open(actor: Actor, mail: InboundMail) -> bool:
    """R118: evidence of an exemption may tell of health: only who examines it opens it. An auditor opens no attachment."""
    if actor.role == "auditor":
        return False
    evidence = mail.outcome == Outcome.EXEMPTION or (
        mail.mailbox == Mailbox.BILGI and rules.kind_of(mail.subject, mail.text) is rules.Kind.EXEMPTION
    )
    return not evidence or actor.role in _EVIDENCE


def document(actor: Actor, code: str) -> tuple[InboundDocument, bytes]:
    """An attachment that was kept, for who may open it."""
    found = queries.document(code)
    if found is None or found[1].mailbox not in mailboxes(actor) or found[0].file_key is None:
        raise NotFound
    if not may_open(actor, found[1]):
        raise Forbidden("auth.role_missing")
    return found[0], files().read(found[0].file_key)


def seen(mail: InboundMail) -> str:
    """What a page was made from."""
    return f"{mail.outcome}:{mail.case_code or ''}:{mail.member_id or ''}"


def assign(code: str, typed: str, *, expected: str, actor: Actor, now: datetime) -> InboundMail:
    """Say whose mail it is, by the number on its evidence."""
    mail = own_mail(actor, code)
    member = member_by_tckn(identity.tckn(typed))
    if member is None or member.staff_role is not None:
        raise Invalid("slip.no_member")
    _claim(mail, expected, actor, now, member_id=member.id, match=Match.BOTH.value)
    record(Act.MAIL_ASSIGNED, actor=actor, subject=("mail", code), now=now, data={"member": member.code})
    return mail


def set_aside(code: str, why: str, *, expected: str, actor: Actor, now: datetime) -> InboundMail:
    """Nothing is to be done; the reason stays with it."""
    mail = own_mail(actor, code)
    text = rules.reason(why)
    _claim(mail, expected, actor, now, outcome=Outcome.SET_ASIDE.value, reason=text)
    record(Act.MAIL_SET_ASIDE, actor=actor, subject=("mail", code), now=now, data={"reason": text})
    return mail


def turn_into(code: str, wish: Wish, *, expected: str, actor: Actor, now: datetime) -> InboundMail:
    """Make the right case of a mail, at the instant it arrived. A ticket that it was is closed."""
    mail = own_mail(actor, code)
    before, ticket = mail.outcome, mail.case_code
    if before == wish.outcome:
        raise Invalid("mail.is_that")
    _claim(mail, expected, actor, now, outcome=wish.outcome.value)
    mail.case_code = _MAKE[wish.outcome](mail, wish, actor, now)
    db.session.flush()
    if before in (Outcome.TICKET, Outcome.THREAD) and ticket and wish.outcome is not Outcome.TICKET:
        _close(ticket, mail, actor, now)
    record(Act.MAIL_SORTED, actor=actor, subject=("mail", code), now=now, data={"outcome": wish.outcome.value, "case": mail.case_code})  # fmt: skip
    return mail


def _close(ticket: str, mail: InboundMail, actor: Actor, now: datetime) -> None:
    why = f"Posta başka bir işe dönüştürüldü ({_NAMES[Outcome(mail.outcome)]}): {mail.case_code}"
    with suppress(Conflict):  # closed already
        support.close(ticket, reason=why, actor=actor, now=now)


def _ticket(mail: InboundMail, _wish: Wish, actor: Actor, now: datetime) -> str:
    if not mail.sender:
        raise Invalid("mail.nobody")
    said = TicketMessage(
        author="person", body=mail_text(mail.text), at=mail.received_at, mail_code=mail.code, message_id=mail.message_id
    )
    return support.open_by_mail(
        member=mail.member, email=mail.sender, name=mail.sender_name, subject=(mail.subject or "Konusuz ileti")[:160], said=said,
        category=Category.OTHER, context={"mailbox": mail.mailbox}, actor=actor, now=now,
    ).code  # fmt: skip


def _slip(mail: InboundMail, _wish: Wish, actor: Actor, now: datetime) -> str:
    documents = cases.stored(mail)
    if not documents:
        raise Invalid("mail.no_document")
    return slips.take(
        documents, member=mail.member, source="mail", arrived_at=mail.received_at, actor=actor, now=now, mail_code=mail.code,
        sender=mail.sender, replies_to=mail.thread,
    ).code  # fmt: skip


def _exemption(mail: InboundMail, wish: Wish, actor: Actor, now: datetime) -> str:
    """The relation is what staff chose, the evidence what the mail brought: files, a barcode, or both."""
    member, documents = _member(mail), cases.stored(mail)
    claim = Claim(relation=check_relation(wish.relation), barcodes=rules.claim_in(mail.text).barcodes)
    if not documents and not claim.barcodes:
        raise Invalid("mail.no_document")
    term = cases.term_for(member, mail.received_at)
    posted = Posted(documents, mail.received_at, claim.barcodes, thread=mail.thread)
    if term is None:
        raise Invalid("mail.no_term")
    return cases.request_exemption(member, term, claim, posted, actor=actor, now=now)


def _reapplication(mail: InboundMail, _wish: Wish, _actor: Actor, now: datetime) -> str:
    asked = cases.request_again(_member(mail), mail, now=now)
    if asked is None:
        raise Invalid("mail.no_application")
    return asked.code


_MAKE = {
    Outcome.TICKET: _ticket,
    Outcome.SLIP: _slip,
    Outcome.EXEMPTION: _exemption,
    Outcome.REAPPLICATION: _reapplication,
}
CHOICES = tuple(_MAKE)
_NAMES = {Outcome.SLIP: "dekont", Outcome.EXEMPTION: "muafiyet isteği", Outcome.REAPPLICATION: "yeniden başvuru isteği"}


def _member(mail: InboundMail) -> Member:
    if mail.member is None:
        raise Invalid("mail.no_member")
    return mail.member


def _claim(mail: InboundMail, expected: str, actor: Actor, now: datetime, **values: object) -> None:
    """Change the mail if it still is as the page showed it: the database decides between two at once."""
    shown = seen(mail)
    changed = None
    if shown == expected:
        changed = db.session.execute(
            update(InboundMail)
            .where(InboundMail.id == mail.id, InboundMail.outcome == mail.outcome,
                   InboundMail.case_code.is_not_distinct_from(mail.case_code), InboundMail.member_id.is_not_distinct_from(mail.member_id))
            .values(decided_by=actor.member_id, decided_at=now, **values)
            .returning(InboundMail.id)
            .execution_options(synchronize_session=False)
        ).first()  # fmt: skip
        db.session.refresh(mail)
    if changed is None:
        by = mail.decider.full_name if mail.decider else "kendiliğinden"
        raise Conflict("mail.changed", by=by, at=mail.decided_at or mail.taken_at)
