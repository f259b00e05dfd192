"""Messages that advertise: only with a consent that is named, and until it is taken back (Law 6563; DOMAIN.md 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import update

from lms.announcements import queries
from lms.announcements.models import TermAnnouncement
from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import Actor
from lms.core.calendar import local, spoken_end
from lms.core.config import config
from lms.core.db import db, insert_ignore
from lms.core.errors import Conflict, NotFound
from lms.membership.models import Acceptance, LegalText, Member
from lms.membership.queries import current_text, member_by_code
from lms.membership.services.accounts import accept, recipient
from lms.notifications.services import Draft, enqueue_many, withdraw_marketing
from lms.terms.models import Term
from lms.terms.services import current_term

TERM_ANNOUNCED: Final = "marketing/term_announced"


# --- the choice --------------------------------------------------------------------------------------------------


def wanted(member: Member) -> bool:
    """Whether the latest answer is yes. Nobody is asked by a ticked box: no answer is no."""
    answers = queries.history(member.id)
    return bool(answers) and answers[0].given


def history(member: Member) -> Sequence[Acceptance]:
    """Every answer, newest first."""
    return queries.history(member.id)


def text(language: str) -> LegalText:
    """The consent text in force."""
    found = current_text(queries.CONSENT, None, language)
    if found is None:
        raise NotFound
    return found


def choose(member: Member, *, given: bool, language: str, actor: Actor, now: datetime) -> bool:
    """Store an answer if it is another than the one before; a no also stops what waits. Whether anything changed."""
    if wanted(member) == given:
        return False
    accept(member, text(language), given=given, subject=("member", member.code), now=now, ip=actor.ip)
    if not given:
        withdraw_marketing(member.code)
    audit.record(Act.ANNOUNCEMENTS_CHOSEN, actor=actor, subject=("member", member.code), data={"given": given}, now=now)
    return True


# --- leaving at one press ----------------------------------------------------------------------------------------


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(config().secret_key, salt="announcements")


def leave_url(member: Member) -> str:
    """The signed address that ends these messages without a log-in."""
    return f"{config().base_url}/duyurular/birak/{_signer().dumps(member.code)}"


def leaver(token: str) -> Member:
    """Whose address it is. Errors: not_found."""
    try:
        code = _signer().loads(token)
    except BadSignature:
        raise NotFound from None
    found = member_by_code(code) if isinstance(code, str) else None
    if found is None:
        raise NotFound
    return found


# --- news of a term ----------------------------------------------------------------------------------------------


def audience_size(term_code: str) -> int:
    """How many the news of a term may be sent to."""
    return queries.audience_size(term_code)


def announce(term: Term, *, actor: Actor, now: datetime) -> int:
    """Tell whoever wants to hear of it, each once a term; how many that are now. A job writes to them.

    Of two at once one decides. Errors: term.closed, announcement.waiting.
    """
    if term.application_to <= now:
        raise Conflict("term.closed", closed_on=term.schedule.application.last_day)
    people = queries.audience_size(term.code)
    if people:
        row = {"term_code": term.code, "decided_at": now, "spread_at": None}
        if not insert_ignore(TermAnnouncement, [row]):
            raise Conflict("announcement.waiting")
        audit.record(Act.TERM_ANNOUNCED, actor=actor, subject=("term", term.code), data={"people": people}, now=now)
    return people


def spread(*, now: datetime) -> int:
    """The news of each term that was announced, for whoever allows it by now; how many messages are new."""
    waiting = db.session.scalars(
        update(TermAnnouncement)
        .where(TermAnnouncement.spread_at.is_(None))
        .values(spread_at=now)
        .returning(TermAnnouncement.term_code)
        .execution_options(synchronize_session=False)
    ).all()
    return sum(_spread(current_term(code), now) for code in waiting)


def _spread(term: Term, now: datetime) -> int:
    if term.application_to <= now:
        return 0
    drafts = [
        Draft(recipient(member), queries.dedupe(term.code, member.code), _params(term, member), consent_id=consent)
        for member, consent in queries.audience(term.code)
    ]
    return enqueue_many(TERM_ANNOUNCED, drafts, now=now)


def _params(term: Term, member: Member) -> dict[str, object]:
    return {
        "name": member.first_name,
        "term": term.name(member.language),
        "programme": term.programme.name(member.language),
        "opens_at": local(term.application_from).isoformat(),
        "closes_at": local(spoken_end(term.application_to)).isoformat(),
        "study_to": local(spoken_end(term.study_to)).isoformat(),
        "fee": term.fee_kurus,
        "unsubscribe": leave_url(member),
    }
