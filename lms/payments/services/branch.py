"""Payments at a branch (R041-R046): the bank's collection file, what each of its lines comes to, and what staff do about the rest."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, update

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import BANK, Actor
from lms.core.codes import mask_tckn, new_code
from lms.core.config import vault
from lms.core.db import db, insert_ignore, record_apart, transaction
from lms.core.errors import Conflict, DomainError, Invalid, NotFound
from lms.membership.models import Member
from lms.membership.queries import member_by_tckn
from lms.membership.rules import identity
from lms.payments import formats, queries, rules
from lms.payments.formats import Collection, Row
from lms.payments.models import BranchFile, BranchLine, Entitlement, Payment
from lms.payments.rules import Note, Purpose, Result, State, Told
from lms.payments.services import settling
from lms.payments.services.settling import Money
from lms.register import services as register
from lms.slips import queries as slips
from lms.terms import services as terms
from lms.terms.models import Term
from lms.terms.rules import Channel, branch_form_opens_at, receipt_in_time

_COUNTS_FOR_NOTHING: Final = {
    Result.WRONG_CHANNEL: Note.WRONG_CHANNEL, Result.WRONG_SERVICE: Note.WRONG_SERVICE, Result.OUT_OF_WINDOW: Note.OUT_OF_WINDOW,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Imported:
    """A file and its lines in order. `repeated`: it was imported before, and nothing changed."""

    file: BranchFile
    lines: Sequence[BranchLine]
    repeated: bool

    @property
    def tally(self) -> Counter[str]:
        return Counter(line.result for line in self.lines)


def take_file(data: bytes, *, actor: Actor, now: datetime) -> Imported:
    """R044: import a file, all of it or nothing; a refusal is recorded and raised. **Opens its own transactions.**"""
    try:
        with transaction():
            return import_file(data, actor=actor, now=now)
    except DomainError as error:
        told = {"why": error.code, "line": error.params.get("line", 0)}
        record_apart(
            lambda: audit.record(Act.BRANCH_REFUSED, actor=actor, subject=("branch_file", "-"), data=told, now=now)
        )
        raise


def import_file(data: bytes, *, actor: Actor, now: datetime) -> Imported:
    """Errors: branch.file.* (line), branch.file_differs (its number came before with other content)."""
    told = formats.read(data)
    queries.lock_branch()
    row = {
        "bank": told.bank, "number": told.number, "sha256": told.sha256, "made_at": told.created_at,
        "covers_from": told.covers_from, "covers_to": told.covers_to, "imported_at": now, "imported_by": actor.label,
        "lines": len(told.rows), "total_kurus": sum(one.amount_kurus for one in told.rows),
    }  # fmt: skip
    before = queries.last_branch_number(told.bank)
    new = insert_ignore(BranchFile, [row], ("bank", "number"))
    file = file_of(told.bank, told.number)
    if not new:
        if file.sha256 != told.sha256:
            raise Conflict("branch.file_differs", number=told.number, at=file.imported_at)
        return Imported(file, queries.branch_lines(file.id), repeated=True)
    _take_rows(file, told, now)
    subject = ("branch_file", str(told.number))
    if before is not None and told.number > before + 1:
        data_ = {"from": before + 1, "to": told.number - 1}
        audit.record(Act.BRANCH_GAP, actor=actor, subject=subject, data=data_, now=now)
    imported = Imported(file, queries.branch_lines(file.id), repeated=False)
    audit.record(Act.BRANCH_IMPORTED, actor=actor, subject=subject, data=dict(imported.tally), now=now)
    return imported


def _take_rows(file: BranchFile, told: Collection, now: datetime) -> None:
    people = queries.candidates_by_index({vault().index(row.tckn) for row in told.rows})
    known = queries.branch_references(file.bank, {row.bank_ref for row in told.rows})
    paid = {line.payment.member_id for line in known.values() if line.payment is not None}
    queries.lock_members({one.id for one in people.values()} | paid)
    for row in told.rows:
        line = _line(file, row)
        first = known.get((row.kind, row.bank_ref))
        if first is not None:
            line.repeats, line.result = True, Result.DUPLICATE
            line.waits = (first.tckn_index, first.amount_kurus) != (line.tckn_index, line.amount_kurus)
        db.session.add(line)
        db.session.flush()
        if first is not None:
            continue
        known[row.kind, row.bank_ref] = line
        if row.kind == "R":
            _reverse(line, known.get(("D", row.bank_ref)), now)
        else:
            _count(line, people.get(line.tckn_index), now)


def _line(file: BranchFile, row: Row) -> BranchLine:
    safe = vault()
    return BranchLine(
        code=new_code(), file=file, line_no=row.line_no, kind=row.kind, tckn_index=safe.index(row.tckn),
        tckn_sealed=safe.seal(row.tckn), tckn_masked=mask_tckn(row.tckn) if _good(row.tckn) else "*" * 11, name=row.name,
        service=row.service, amount_kurus=row.amount_kurus, paid_at=row.paid_at, channel=row.channel, branch=row.branch,
        bank=file.bank, bank_ref=row.bank_ref, result=Result.UNKNOWN_TCKN if _good(row.tckn) else Result.BAD_CHECKSUM,
        waits=True, repeats=False,
    )  # fmt: skip


def _good(tckn: str) -> bool:
    try:
        return identity.tckn(tckn) == tckn
    except Invalid:
        return False


# --- a payment --------------------------------------------------------------------------------------------------------


def _term(line: BranchLine, member: Member) -> tuple[Term | None, bool]:
    """The term that a line pays: open to the person when they paid, else the last of the service; and whether they may enter it."""
    served = sorted(terms.served_by(line.service), key=lambda t: (t.application_from <= line.paid_at, t.application_to))
    served.reverse()
    own = [t for t in terms.open_to(member.id, line.paid_at) if t.programme.branch_service == line.service]
    for term in (*own, *served):
        if register.eligibility(member.tckn_index, programme_code=term.programme.code, kind=term.kind).eligible:
            return term, True
    return next(iter((*own, *served)), None), False


def _count(line: BranchLine, member: Member | None, now: datetime) -> None:
    """R014, R033, R042, R046: the line's result; of a known member also the payment, through the way a card's goes."""
    term, eligible = _term(line, member) if member else (None, False)
    opens_at = branch_form_opens_at(line.paid_at, line.file.imported_at, term.branch_hours if term else 0)
    why = rules.judge(
        Told(
            tckn_good=line.result != Result.BAD_CHECKSUM, known=member is not None, channel=line.channel,
            service_known=bool(terms.served_by(line.service)), eligible=eligible, paid_at=line.paid_at, opens_at=opens_at,
            window=term.schedule.application if term else None,
        )
    )  # fmt: skip
    line.result = why or Result.OK
    if member is not None and term is not None and not _completes(line, member, term, why, now):
        line.payment = _payment(member, term, now)
        refused = _COUNTS_FOR_NOTHING.get(why) if why else None
        outcome = settling.settle(line.payment, _money(line, refused), now=now)
        line.result = rules.result_of(outcome.note)
    line.waits = line.result != Result.OK
    db.session.flush()


def _money(line: BranchLine, refused: Note | None = None) -> Money:
    facts = {"file": line.file.number, "line": line.line_no, "branch": line.branch}
    return Money(
        line.amount_kurus, line.amount_kurus, line.paid_at, line.bank_ref, facts, refused, line.file.imported_at
    )


def _payment(member: Member, term: Term, now: datetime) -> Payment:
    payment = Payment(
        code=new_code(), member=member, term=term, term_code=term.code, purpose=Purpose.APPLICATION,
        subject=str(queries.permitted_ordinal(member.id, term.code)), channel=Channel.BRANCH, amount_kurus=term.fee_kurus,
        status=State.EXPIRED, created_at=now,  # never open: only its settling is still to come
    )  # fmt: skip
    db.session.add(payment)
    db.session.flush()
    return payment


def _completes(line: BranchLine, member: Member, term: Term, why: Result | None, now: datetime) -> bool:
    """R024: exactly what an earlier underpayment lacked, through the same channel: that payment gets its right."""
    earlier = queries.waiting_underpaid(member.id, term.code) if why is None else None
    if earlier is None or earlier.payment is None or earlier.amount_kurus + line.amount_kurus != term.fee_kurus:
        return False
    if settling.already_settled(earlier.payment, line.paid_at):
        return False
    line.payment, earlier.waits = earlier.payment, False
    _complete(earlier.payment, _money(line), actor=BANK, now=now)
    return True


def _complete(payment: Payment, money: Money, *, reason: str = "", actor: Actor, now: datetime) -> None:
    """`money`: what was added, and when the right begins; the payment itself keeps the time at which it was made."""
    added, payment.note = money.base_kurus, None
    payment.term = settling.held(payment, now)
    payment.captured_kurus = (payment.captured_kurus or 0) + added
    settling.note_event(payment, "completed", now, money.reference, added=added, by=actor.label)
    settling.entitle(payment, money.paid_at, now, imported_at=money.imported_at)
    audit.record(
        Act.PAYMENT_COMPLETED,
        actor=actor,
        subject=("payment", payment.code),
        data={"added": added, "reason": reason},
        now=now,
    )
    settling.tell("payment_received", payment, now, of=money.reference)


# --- a payment taken back ---------------------------------------------------------------------------------------------


def _reverse(line: BranchLine, paid: BranchLine | None, now: datetime) -> None:
    """A right that was not used is withdrawn; everything else waits for the accountant."""
    line.result = Result.NOT_REVERSED
    if paid is None or paid.amount_kurus != line.amount_kurus:
        return
    line.payment = paid.payment
    if paid.payment is not None and not _withdraw(paid.payment):
        return
    line.result, line.waits, paid.waits = Result.OK, False, False
    db.session.flush()
    if paid.payment is not None:
        _note_reversed(paid.payment, line, now)


def _withdraw(payment: Payment) -> bool:
    """Whether nothing is left of the payment's right."""
    right = Entitlement.payment_id == payment.id
    db.session.execute(
        delete(Entitlement)
        .where(right, Entitlement.consumed_at.is_(None))
        .execution_options(synchronize_session="fetch")
    )
    return queries.entitlement_of(payment.id) is None


def _note_reversed(payment: Payment, line: BranchLine, now: datetime) -> None:
    """R024: what the bank did not take back of a completed payment is too low by itself, and waits as that."""
    lines = queries.lines_of_payment(payment.id)
    gone = {one.bank_ref for one in lines if one.kind == "R" and one.result == Result.OK}
    kept = [one for one in lines if one.kind == "D" and one.bank_ref not in gone]
    payment.note = Note.UNDERPAID if kept else Note.REVERSED
    payment.captured_kurus = sum(one.amount_kurus for one in kept) or payment.captured_kurus
    for one in kept:
        one.result, one.waits = Result.UNDERPAID, True
    settling.note_event(payment, "reversed", now, line.bank_ref, file=line.file.number, line=line.line_no)
    audit.record(Act.PAYMENT_REVERSED, actor=BANK, subject=("payment", payment.code), now=now)
    settling.tell("payment_reversed", payment, now, of=line.bank_ref)


# --- who registers later ----------------------------------------------------------------------------------------------


def match(now: datetime, limit: int = 200) -> int:
    """R046: lines of unknown numbers whose person has registered since, inside the window that they paid in. How many.

    Of who registered outside it the line is out of the window: the accountant's, and not asked again.
    """
    queries.lock_branch()
    matched, found = 0, queries.matching_lines(limit)
    queries.lock_members({member.id for _, member in found})
    for line, member in found:
        term, _ = _term(line, member)
        line.matched_at = now
        if term is None or not term.schedule.application.contains(member.created_at):
            line.result = Result.OUT_OF_WINDOW
            continue
        _count(line, member, now)
        matched += 1
        data = {"file": line.file.number, "line": line.line_no, "result": line.result}
        audit.record(Act.BRANCH_MATCHED, actor=BANK, subject=("member", member.code), data=data, now=now)
    return matched


# --- the accountant ---------------------------------------------------------------------------------------------------


def file_of(bank: str, number: int) -> BranchFile:
    """A file as accounting sees it."""
    found = queries.branch_file(bank, number)
    if found is None:
        raise NotFound
    return found


def existing(code: str) -> BranchLine:
    """A line as accounting sees it."""
    line = queries.branch_line(code)
    if line is None:
        raise NotFound
    return line


def receipt(line: BranchLine) -> str:
    """R045, D-8: whether the slip of a matched line came "in_time", "late" or "none"; the payment is good in each case."""
    payment = line.payment
    if payment is None:
        return "none"
    schedule = payment.term.schedule
    arrivals = [one.arrived_at for one in slips.of_member(payment.member_id) if one.status != "refused"]
    arrivals = [at for at in arrivals if schedule.application.contains(at)]
    if not arrivals:
        return "none"
    return "in_time" if receipt_in_time(min(arrivals), schedule, terms.calendar()) else "late"


def decide(code: str, decision: str, reason: str, *, tckn: str = "", actor: Actor, now: datetime) -> BranchLine:
    """R018, R024, R046: what was done about a waiting line; of two at once one decides, the other is told who and when.

    "completed" gives an underpayment its right from now on; "given" lets the line count for the member with this `tckn`.
    Errors: branch.no_decision (also of a line whose service no term has), branch.no_member, branch.decided_by, payment.*.
    """
    queries.lock_branch()  # the round of matching looks for the same lines
    line = existing(code)
    text = rules.check_decision(decision, line.result, line.kind, reason) if line.waits else ""
    person = line.payment.member if line.payment else None
    if decision == "given" and line.waits:
        person = _payer(tckn)
    if person is not None:
        queries.lock_members({person.id})
    claimed = db.session.execute(
        update(BranchLine)
        .where(BranchLine.id == line.id, BranchLine.waits)
        .values(waits=False, decision=decision, reason=text, decided_at=now, decided_by=actor.member_id)
        .returning(BranchLine.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.refresh(line)
    if claimed is None:
        by = line.decider.full_name if line.decider else BANK.label
        raise Conflict("branch.decided_by", by=by, at=line.decided_at or now)
    data = {"decision": decision, "reason": text, "file": line.file.number, "line": line.line_no}
    if decision == "given" and person is not None:
        data["member"], line.result = person.code, Result.UNKNOWN_TCKN
        _count(line, person, now)
        if line.payment is None:  # no term of such a service: the money is nobody's fee
            raise Conflict("branch.no_decision")
        if line.result in (Result.OK, Result.OVERPAID) and now >= line.payment.term.application_to:
            raise Conflict("payment.window_closed", closes_at=line.payment.term.application_to)
    audit.record(Act.BRANCH_DECIDED, actor=actor, subject=("branch_line", line.code), data=data, now=now)
    if decision == "completed":
        complete_by_staff(line.payment, actor=actor, now=now)
    elif decision != "given" and line.kind == "D" and line.payment is not None:
        settling.tell("payment_reviewed", line.payment, now, text)
    return line


def _payer(tckn: str) -> Member:
    member = member_by_tckn(tckn)
    if member is None or member.staff_role is not None or member.disabled_at is not None:
        raise Invalid("branch.no_member")
    return member


def complete_by_staff(payment: Payment | None, *, reason: str = "", actor: Actor, now: datetime) -> None:
    """R024: an underpayment gets its right; a view period (R109) begins with the decision. Under its member's lock.

    Errors: payment.already_paid, window_closed.
    """
    if payment is None or settling.already_settled(payment, now):
        raise Conflict("payment.already_paid")
    until = settling.held(payment, now).application_to
    if payment.purpose != Purpose.CERTIFICATE and now >= until:
        raise Conflict("payment.window_closed", closes_at=until)
    begins = now if payment.purpose == Purpose.CERTIFICATE else payment.paid_at or now
    given = Money(0, 0, begins, payment.code, imported_at=now)
    _complete(payment, given, reason=reason, actor=actor, now=now)
