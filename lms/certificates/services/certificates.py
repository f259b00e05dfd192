"""What people and jobs do with certificates. Rights come from passes and the calendar; rows freeze what was promised."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import update

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.certificates import queries, rules
from lms.certificates.models import Certificate
from lms.certificates.pdf import Content, render
from lms.certificates.qr import verify_url
from lms.certificates.queries import Pass
from lms.core.access import SYSTEM, Actor
from lms.core.calendar import Explained, local, local_date
from lms.core.codes import new_verification_code
from lms.core.config import config
from lms.core.db import db, insert_many, take_turns, transaction
from lms.core.errors import NotFound
from lms.core.files import files
from lms.core.text import fold
from lms.exams.services import attempts as exams
from lms.membership.models import Member
from lms.notifications.services import Draft, Recipient, enqueue_many
from lms.payments.services import orders as payments
from lms.payments.services.orders import Quote
from lms.register import queries as register
from lms.register.models import RegisterEntry
from lms.terms.models import Term
from lms.terms.rules import VIEW_REMIND_BEFORE

_NUMBERING_LOCK = 0x5E67EC01
"""PostgreSQL's advisory lock under which numbers are given: no gap, no double, whoever issues. SQLite has one writer."""


@dataclass(frozen=True, slots=True)
class Held:
    """A right to a certificate as its holder sees it. There may be no row yet: then number and code are not known."""

    id: str
    program: str
    program_en: str
    term: str
    term_en: str
    holder: str
    passed_at: datetime
    available: Explained
    display: rules.Display
    term_id: int
    view_days: int
    view_fee_kurus: int
    certificate: Certificate | None = None

    @property
    def number(self) -> str | None:
        return self.certificate.number if self.certificate else None

    @property
    def issued_on(self) -> date:
        """The Monday it is dated with."""
        return local_date(self.available.value)

    @property
    def verify_url(self) -> str | None:
        return verify_url(config().base_url, self.certificate.code) if self.certificate else None


# --- what a member holds -------------------------------------------------------------------------------------------


def held_by(member_id: int, *, now: datetime) -> list[Held]:
    """R102, R104: all of a member's certificates, newest first, also those whose Monday is still to come.

    A pass is a certificate from its Monday on, whether or not a job has issued it.
    """
    passes = queries.passes_of(member_id, now)
    rows = queries.certificates_of(
        member_id
    )  # after the passes: what is issued between the two is in both, not in neither
    issued = {row.application.code for row in rows}
    passes = [one for one in passes if one.application_code not in issued]
    paid = payments.view_entitlements([c.application.code for c in rows] + [p.application_code for p in passes])
    held = [_of_row(row, paid.get(row.application.code, ()), now) for row in rows]
    held += [_of_pass(p, paid.get(p.application_code, ()), now) for p in passes]
    return sorted(held, key=lambda one: one.available.value, reverse=True)


@dataclass(frozen=True, slots=True)
class Earlier:
    """A certificate of an earlier year, from the register."""

    number: str
    programme: str
    issued_on: date
    revoked: bool
    verify_url: str


def earlier_of(actor: Actor) -> list[Earlier]:
    """R029, R111: earlier years' certificates of this number and this name, each with the page that an employer asks.

    A number alone proves nobody: where the register's name is another one, the office hands the address over.
    """
    person = db.session.get_one(Member, actor.member_id)
    names = dict(register.programmes())
    return [
        Earlier(
            entry.number, names.get(entry.programme_code, entry.programme_code), entry.issued_on, entry.revoked_at is not None,
            verify_url(config().base_url, entry.verification_code),
        )
        for entry in register.of_person(person.tckn_index)
        if entry.source == "imported" and entry.verification_code and fold(entry.holder) == person.name_folded
    ]  # fmt: skip


def own(certificate_id: str, *, actor: Actor, now: datetime) -> Held:
    """The member's own certificate; anybody else's does not exist (404)."""
    for held in held_by(actor.member_id, now=now):
        if held.id == certificate_id:
            return held
    raise NotFound


def _of_row(row: Certificate, paid: Sequence[datetime], now: datetime) -> Held:
    windows = rules.display_windows(row.available_from, row.view_days, paid)
    passed_at = row.attempt.finalised_at or row.available_from
    return Held(
        id=row.application.code,
        program=row.content["program"],
        program_en=row.content["program_en"],
        term=row.content["term"],
        term_en=row.content["term_en"],
        holder=row.printed_name,
        passed_at=passed_at,
        available=Explained(row.available_from, rules.available_from(passed_at, row.attempt.regraded_at).steps),
        display=rules.Display(windows, now, revoked=row.revoked_at is not None),
        term_id=row.application.term_id,
        view_days=row.view_days,
        view_fee_kurus=row.application.term.view_fee_kurus,
        certificate=row,
    )


def _of_pass(row: Pass, paid: Sequence[datetime], now: datetime) -> Held:
    available = rules.available_from(row.finalised_at, row.regraded_at)
    return Held(
        id=row.application_code,
        program=row.program_name,
        program_en=row.program_name_en,
        term=row.term_name,
        term_en=row.term_name_en,
        holder=row.printed_name,
        passed_at=row.finalised_at,
        available=available,
        display=rules.Display(rules.display_windows(available.value, row.view_days, paid), now),
        term_id=row.term_id,
        view_days=row.view_days,
        view_fee_kurus=row.view_fee_kurus,
    )


# --- issue ---------------------------------------------------------------------------------------------------------


def issue_due(*, now: datetime) -> int:
    """R103, R104: freeze every certificate whose Monday has come; how many. Twice, late or in two processes: the same.

    Set-based: the number of statements does not grow with the certificates.
    """
    lock_numbering()
    passes = queries.due(rules.due_before(now))
    _issue(passes, now)
    return len(passes)


def issue_one(certificate_id: str, *, actor: Actor, now: datetime) -> Certificate:
    """The row of one certificate that its holder needs now, made if no job has made it."""
    held = own(certificate_id, actor=actor, now=now)
    if held.certificate is None:
        rules.check_issuable(held.display)
        lock_numbering()  # what somebody else issued meanwhile is no pass without a row any more
        exams.settle_due(now=now)
        passes = queries.passes_of(actor.member_id, now)
        _issue([one for one in passes if one.application_code == certificate_id], now)
        held = own(certificate_id, actor=actor, now=now)
    assert held.certificate is not None  # noqa: S101  issued above
    return held.certificate


def lock_numbering() -> None:
    """Nobody issues until this transaction ends: also taken by what must not miss a certificate that is just being issued
    (a correction, a revocation)."""
    take_turns(_NUMBERING_LOCK)


def _issue(passes: Sequence[Pass], now: datetime) -> None:
    """R055: number, code, name and content are written once and never again. The caller holds the numbering lock."""
    if not passes:
        return
    rows = []
    mondays = [rules.available_from(one.finalised_at, one.regraded_at).value for one in passes]
    for one, available, number in zip(passes, mondays, _numbers(passes, mondays), strict=True):
        rows.append(
            {
                "code": new_verification_code(),
                "number": number,
                "version": 1,
                "application_id": one.application_id,
                "attempt_id": one.attempt_id,
                "member_id": one.member_id,
                "printed_name": one.printed_name,
                "content": _content(one, number, local_date(available)),
                "available_from": available,
                "view_days": one.view_days,
                "issued_at": now,
            }
        )
    insert_many(Certificate, rows)
    _register(passes, rows, now)
    audit.record_many(
        Act.CERTIFICATE_ISSUED,
        actor=SYSTEM,
        subjects=[
            (("certificate", one.application_code), {"number": row["number"]})
            for one, row in zip(passes, rows, strict=True)
        ],
        now=now,
    )


def _register(passes: Sequence[Pass], rows: Sequence[dict[str, Any]], now: datetime) -> None:
    """R002, R003: from now on the register knows the holder, whatever becomes of the account."""
    entries = [
        {
            "tckn_index": one.tckn_index,
            "tckn_sealed": one.tckn_sealed,
            "programme_code": one.program_code,
            "number": row["number"],
            "holder": row["printed_name"],
            "issued_on": local_date(row["available_from"]),
            "verification_code": row["code"],
            "source": "issued",
            "created_at": now,
        }
        for one, row in zip(passes, rows, strict=True)
    ]
    insert_many(RegisterEntry, entries)


def _numbers(passes: Sequence[Pass], mondays: Sequence[datetime]) -> list[str]:
    """Consecutive numbers for each programme's year, in the order given."""
    given: dict[tuple[str, int], int] = {}
    numbers = []
    for one, monday in zip(passes, mondays, strict=True):
        series = (one.number_prefix, rules.issue_year(monday))
        if series not in given:
            given[series] = rules.ordinal_of(queries.last_number(*series))
        given[series] += 1
        numbers.append(rules.number(*series, given[series]))
    return numbers


def _content(one: Pass, number: str, issued_on: date) -> dict[str, Any]:
    """Every field as it will be printed; the PDF is made from this and from nothing that can change later."""
    return {
        "number": number,
        "holder": one.printed_name,
        "holder_id": one.tckn_masked,
        "program": one.program_name,
        "program_en": one.program_name_en,
        "term": one.term_name,
        "term_en": one.term_name_en,
        "basis": one.basis,
        "passed_on": local_date(one.finalised_at).isoformat(),
        "issued_on": issued_on.isoformat(),
    }


# --- notices -------------------------------------------------------------------------------------------------------


def announce_due(*, now: datetime) -> int:
    """R104: tell every holder once that the certificate is there; how many. The right does not wait for the message."""
    rows = queries.unannounced()
    if not rows:
        return 0
    enqueue_many(
        "certificate_ready",
        [
            Draft(
                Recipient(row.email, language=row.language, code=row.member_code),
                dedupe=f"certificate_ready/{row.application_code}",
                params={
                    "name": row.printed_name,
                    "number": row.number,
                    "program": row.content["program"],
                    "available_at": local(row.available_from).isoformat(),
                    "why": rules.available_from(row.finalised_at, row.regraded_at).to_json()["steps"],
                    "viewable_until": rules.display_windows(row.available_from, row.view_days)[0].last_day.isoformat(),
                },
            )
            for row in rows
        ],
        now=now,
    )
    # Announced means queued: what was issued meanwhile by somebody else has a higher key and waits for the next run.
    db.session.execute(
        update(Certificate)
        .where(Certificate.announced_at.is_(None), Certificate.id <= rows[-1].id)
        .values(announced_at=now),
        execution_options={"synchronize_session": False},
    )
    return len(rows)


def remind_of_view(*, now: datetime) -> int:
    """R108, R110: two weeks before a window ends its holder is told, once a window; how many messages are new."""
    rows = queries.view_ending(now, VIEW_REMIND_BEFORE)
    paid = payments.view_entitlements([row.application.code for row in rows])
    drafts = []
    for row in rows:
        held = _of_row(row, paid.get(row.application.code, ()), now)
        window = held.display.current
        if window is None or window.end - VIEW_REMIND_BEFORE > now:
            continue
        member = row.application.member
        params = {
            "name": row.printed_name,
            "number": row.number,
            "program": held.program_en if member.language == "en" else held.program,
            "last_day": window.last_day.isoformat(),
            "view_days": row.view_days,
        }
        key = f"view-ends:{row.application.code}:{window.last_day.isoformat()}"
        drafts.append(Draft(Recipient(member.email, language=member.language, code=member.code), key, params))
    return enqueue_many("view_ends", drafts, now=now)


# --- the document --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Document:
    """The PDF as it was first made."""

    number: str
    data: bytes


def stored_pdf(certificate_id: str, *, actor: Actor, now: datetime) -> Document | None:
    """R106, R108: the holder's PDF if it has been made; None asks for `make_pdf`. Errors as `rules.check_viewable`."""
    held = own(certificate_id, actor=actor, now=now)
    rules.check_viewable(held.display)
    return _stored(held.certificate) if held.certificate else None


def make_pdf(certificate_id: str, *, actor: Actor, now: datetime) -> Document:
    """Issue the certificate if no job has, make its PDF from the frozen content, and keep these bytes for good.

    Typesetting takes long, and nobody holds the database meanwhile. **Opens its own transactions.**
    """
    with transaction():
        certificate = issue_one(certificate_id, actor=actor, now=now)
        rules.check_viewable(own(certificate_id, actor=actor, now=now).display)
        content = _printable(certificate)
    data = render(content)
    with transaction():
        return _keep(certificate_id, certificate, data, actor=actor, now=now)


def _keep(certificate_id: str, certificate: Certificate, data: bytes, *, actor: Actor, now: datetime) -> Document:
    """The first bytes that were stored are the document, whoever else was making it at the same instant."""
    db.session.refresh(certificate, with_for_update=True)
    made = _stored(certificate)
    if made is not None:
        return made
    certificate.pdf_key = files().put("certificates", data, ".pdf")
    certificate.pdf_sha256 = sha256(data).hexdigest()
    audit.record(
        Act.CERTIFICATE_VIEWED,
        actor=actor,
        subject=("certificate", certificate_id),
        data={"number": certificate.number, "sha256": certificate.pdf_sha256},
        now=now,
    )
    return Document(certificate.number, data)


def as_issued(certificate: Certificate) -> bytes:
    """The PDF for the evidence file: as it was first made, else from the frozen content, stored nowhere."""
    made = _stored(certificate)
    return made.data if made is not None else render(_printable(certificate))


def _stored(certificate: Certificate) -> Document | None:
    if certificate.pdf_key is None:
        return None
    try:
        return Document(certificate.number, files().read(certificate.pdf_key))
    except FileNotFoundError:  # a store that was lost: the frozen content gives the same bytes again
        return None


def _printable(certificate: Certificate) -> Content:
    frozen = certificate.content
    return Content(
        number=certificate.number,
        code=certificate.code,
        holder=certificate.printed_name,
        holder_id=frozen["holder_id"],
        program=frozen["program"],
        term=frozen["term"],
        basis=frozen["basis"],
        passed_on=date.fromisoformat(frozen["passed_on"]),
        issued_on=date.fromisoformat(frozen["issued_on"]),
        base_url=config().base_url,
    )


# --- another view period -------------------------------------------------------------------------------------------


def renewal_quote(certificate_id: str, *, actor: Actor, now: datetime) -> Quote:
    """R109, R110: what "Sertifika Ödemesi" costs; the fee is the frozen term's. Errors as `rules.check_renewable`."""
    held = own(certificate_id, actor=actor, now=now)
    rules.check_renewable(held.display)
    return payments.view_quote(held.id, db.session.get_one(Term, held.term_id))
