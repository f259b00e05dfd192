"""Who may pay when, what a payment becomes, and what a settled amount is good for. Plain values in, decisions out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from lms.core.calendar import Window
from lms.core.errors import Conflict, FieldErrors, Invalid
from lms.register.rules import Eligibility
from lms.terms.rules import Channel, Phase, Schedule, branch_form_opens_at, phase

# R038: an order that nobody finished ends after half an hour, and only when the bank, asked, knows no payment for it.
EXPIRES_AFTER = timedelta(minutes=30)
# The bank is asked about an open order after these waits, counted from its start; then once an hour until GIVE_UP_AFTER.
INQUIRY_WAITS = tuple(timedelta(minutes=m) for m in (2, 4, 7, 11, 16, 22, 30))
INQUIRY_LATE = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=24)
ANSWER_STANDS = timedelta(minutes=2)


class Purpose(StrEnum):
    """What is paid for: the application of a term, another view period of a certificate, or the applications of many."""

    APPLICATION = "application"
    CERTIFICATE = "certificate"
    GROUP = "group"


class State(StrEnum):
    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


class Action(StrEnum):
    RETRY = "retry"
    SETTLE = "settle"
    DECLINE = "decline"
    EXPIRE = "expire"


NEXT: dict[tuple[State, Action], State] = {
    (State.PENDING, Action.RETRY): State.PENDING,
    (State.PENDING, Action.SETTLE): State.PAID,
    (State.PENDING, Action.DECLINE): State.FAILED,
    (State.PENDING, Action.EXPIRE): State.EXPIRED,
    # Money that the bank confirms late is money: an older try, paid in another tab after this order was given up.
    (State.FAILED, Action.SETTLE): State.PAID,
    (State.EXPIRED, Action.SETTLE): State.PAID,
}


def advance(state: State, action: Action) -> State:
    """The state after `action`. Raises Conflict("payment.not_possible") for every pair that is not in the table."""
    try:
        return NEXT[state, action]
    except KeyError:
        raise Conflict("payment.not_possible", state=state.value, action=action.value) from None


# --- may a payment begin? ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """The facts about one person and one term that decide whether "Ödeme Yap" is shown."""

    schedule: Schedule
    eligibility: Eligibility
    settled: bool = False
    underpaid: bool = False
    pending: bool = False
    exempt: bool = False
    exemption_pending: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """`refused` is the code of the reason when there is no button; `warnings` are codes to show beside it."""

    refused: str | None = None
    declaration: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        return self.refused is None


def offer(standing: Standing, now: datetime) -> Offer:
    """R034: the button is there inside the window, for who is eligible, without a paid order or an approved exemption.

    R021: a *pending* exemption never hides it, it warns. R003: with no hit in the register, a declaration is asked.
    A pending order does not hide it either: it is continued, after an inquiry. R024: an underpayment does, until accounting
    has decided: what is paid twice is not given back.
    """
    refused = _refusal(standing, now)
    if refused:
        return Offer(refused)
    warnings = []
    if standing.exemption_pending:
        warnings.append("payment.exemption_pending")
    if phase(standing.schedule, now) is Phase.LAST_HOUR:
        warnings.append("payment.last_hour")
    return Offer(declaration=standing.eligibility.needs_declaration, warnings=tuple(warnings))


def _refusal(standing: Standing, now: datetime) -> str | None:
    here = phase(standing.schedule, now)
    checks = (
        (here is Phase.UPCOMING, "payment.window_not_open"),
        (here in (Phase.STUDY_ONLY, Phase.OVER), "payment.window_closed"),
        (standing.settled, "payment.already_paid"),
        (standing.exempt, "payment.exempt"),
        (standing.underpaid, "payment.underpaid"),
        (not standing.eligibility.eligible, standing.eligibility.code),
        (here is Phase.GUARD, "payment.window_closing"),
    )
    return next((code for hit, code in checks if hit), None)


@dataclass(frozen=True, slots=True)
class Consents:
    """What the payer ticked; none is preset."""

    accepts_contract: bool = False
    accepts_immediate_performance: bool = False
    declares_no_certificate: bool = False


def check_consents(consents: Consents, *, declaration: bool) -> None:
    """R036, D-6, and R003 where `declaration` is asked. Raises FieldErrors with every missing one."""
    needed = {
        "accepts_contract": "payment.contract_needed",
        "accepts_immediate_performance": "payment.immediate_needed",
        **({"declares_no_certificate": "payment.declaration_needed"} if declaration else {}),
    }
    missing = {name: code for name, code in needed.items() if not getattr(consents, name)}
    if missing:
        raise FieldErrors(missing)


# --- what a settled amount is good for --------------------------------------------------------------------------------


class Note(StrEnum):
    DUPLICATE = "duplicate"
    UNDERPAID = "underpaid"
    OVERPAID = "overpaid"
    WRONG_SERVICE = "wrong_service"
    OUT_OF_WINDOW = "out_of_window"
    WRONG_CHANNEL = "wrong_channel"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class Settlement:
    """`entitles`: whether a right comes with it. `queue`: whether staff must look. Money is never given back (R018)."""

    note: Note | None = None
    surplus_kurus: int = 0

    @property
    def entitles(self) -> bool:
        return self.note in (None, Note.OVERPAID)

    @property
    def queue(self) -> bool:
        return self.note in (Note.UNDERPAID, Note.WRONG_SERVICE, Note.WRONG_CHANNEL, Note.OUT_OF_WINDOW)


def settle(
    *,
    base_kurus: int,
    expected_kurus: int,
    paid_at: datetime,
    window: Window | None,
    already_settled: bool = False,
) -> Settlement:
    """What a captured payment becomes.

    `base_kurus` is the amount without the bank's commission, which is never an overpayment (R040, D-7). `paid_at` is the
    bank's authorisation time, not the call-back's: paid 21 Nov 23:59:50 and told 22 Nov 00:00:20 is in time (R010).
    `window` is None for a certificate, which is not tied to one (R109). Order: out of the window
    (R014), a second payment for the same thing (R022), too little (R024), too much (R023: accepted, the rest is kept).
    """
    if window is not None and not window.contains(paid_at):
        return Settlement(Note.OUT_OF_WINDOW)
    if already_settled:
        return Settlement(Note.DUPLICATE)
    if base_kurus < expected_kurus:
        return Settlement(Note.UNDERPAID)
    if base_kurus > expected_kurus:
        return Settlement(Note.OVERPAID, base_kurus - expected_kurus)
    return Settlement()


def opens_at(channel: Channel, paid_at: datetime, *, imported_at: datetime | None = None, hours: int = 6) -> datetime:
    """R039: a card opens the form at `paid_at`. R043: the branch after its hours and not before the bank's file came."""
    if channel is Channel.CARD:
        return paid_at
    return branch_form_opens_at(paid_at, imported_at or paid_at, hours)


def viewable(paid: Iterable[datetime], days: int, at: datetime) -> bool:
    """R110: whether a view period that was paid for, [paid_at, paid_at + days), covers `at`. They are never stacked."""
    return any(Window(start, start + timedelta(days=days)).contains(at) for start in paid)


# --- open orders ------------------------------------------------------------------------------------------------------


def next_inquiry(started_at: datetime, now: datetime, *, declined: bool = False) -> datetime | None:
    """R038: when to ask the bank again about an order started at `started_at`; None once there is nothing to hope for.

    One that was `declined` can still be paid, by going back on the bank's page: it is asked about as long as that page lives.
    """
    age = now - started_at
    if age >= (EXPIRES_AFTER if declined else GIVE_UP_AFTER):
        return None
    for wait in INQUIRY_WAITS:
        if age < wait:
            return started_at + wait
    return now + INQUIRY_LATE


def expired(started_at: datetime, now: datetime) -> bool:
    """Half an hour passed since the newest try began."""
    return now - started_at >= EXPIRES_AFTER


def is_fresh(asked_at: datetime, now: datetime) -> bool:
    """R038: whether the bank was asked so lately that its answer still stands; older ones are asked again when somebody looks."""
    return now - asked_at < ANSWER_STANDS


# --- why the bank refused ---------------------------------------------------------------------------------------------

NOT_VERIFIED: Final = "3D"
"""Beside the bank's codes: the card holder was not verified, so that no provision was tried."""
_REFUSALS: Final = {
    NOT_VERIFIED: "verification",
    **dict.fromkeys(("51", "61", "65"), "limit"),
    **dict.fromkeys(("33", "54"), "expired"),
    **dict.fromkeys(("14", "82"), "details"),
    **dict.fromkeys(("57", "62"), "closed"),
    **dict.fromkeys(("91", "96"), "unreachable"),
}


def refusal(code: str) -> str:
    """The sentence for the bank's code of a refusal; its own words are never shown. An unknown code has the general one."""
    return f"payment.refused.{_REFUSALS.get(code, 'other')}"


# --- a second payment after an approval (D-4) ------------------------------------------------------------------------

ATTACH_REASON: Final = (10, 500)


@dataclass(frozen=True, slots=True)
class Second:
    """A payment that settled as a duplicate, as the accountant finds it; amounts without the bank's commission."""

    purpose: Purpose
    note: Note | None
    base_kurus: int
    expected_kurus: int
    closes_at: datetime


def check_attach(
    second: Second, *, permitted: int, taken: bool, decided: tuple[str, datetime] | None, now: datetime
) -> None:
    """D-4: an unapproved second payment stays a duplicate; after an approval (R099) it may count for that application.

    `permitted`: the highest ordinal allowed, 1 without an approval. `taken`: that application is paid for already. `decided`:
    who said, and when, what else was done about the money (R018). After the window it could open nothing (R010).
    """
    if second.purpose is not Purpose.APPLICATION or second.note is not Note.DUPLICATE:
        raise Conflict("payment.not_duplicate")
    if decided is not None:
        raise Conflict("payment.reviewed_by", by=decided[0], at=decided[1])
    if permitted < 2:
        raise Conflict("payment.no_approval")
    if taken:
        raise Conflict("payment.approved_one_paid")
    if second.base_kurus < second.expected_kurus:
        raise Conflict("payment.duplicate_underpaid")
    if now >= second.closes_at:
        raise Conflict("payment.window_closed", closes_at=second.closes_at)


def check_attach_reason(typed: str) -> str:
    """The reason, trimmed."""
    text = typed.strip()
    if not ATTACH_REASON[0] <= len(text) <= ATTACH_REASON[1]:
        raise Invalid("payment.attach_reason", least=ATTACH_REASON[0], most=ATTACH_REASON[1])
    return text


# --- the bank's collection file ---------------------------------------------------------------------------------------

BRANCH_CHANNEL: Final = "SB"


class Result(StrEnum):
    """What a line of the bank's file came to."""

    OK = "OK"
    UNKNOWN_TCKN = "UNKNOWN_TCKN"
    BAD_CHECKSUM = "BAD_CHECKSUM"
    WRONG_SERVICE = "WRONG_SERVICE"
    WRONG_CHANNEL = "WRONG_CHANNEL"
    UNDERPAID = "UNDERPAID"
    OVERPAID = "OVERPAID"
    DUPLICATE = "DUPLICATE"
    OUT_OF_WINDOW = "OUT_OF_WINDOW"
    NOT_REVERSED = "NOT_REVERSED"
    """Taken back by the bank, but its right is used, its amount is another, or nobody told of it before."""


def result_of(note: Note | None) -> Result:
    """A settled payment's note as a line's result."""
    return Result(note.value.upper()) if note else Result.OK


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the file as the rules see it; `window` is its term's, None without one."""

    tckn_good: bool
    known: bool
    channel: str
    service_known: bool
    eligible: bool
    paid_at: datetime
    opens_at: datetime
    window: Window | None


def judge(line: Told) -> Result | None:
    """R014, R033, R042, R046: why a line counts for nothing, whatever its amount; None if its amount decides.

    Order: the number, the channel, the service (also of who may not enter any term of it, R005), the member, the window. A
    form that could only open after the window (R043: paid late, or the file came late) is out of it as well.
    """
    outside = line.window is None or not line.window.contains(line.paid_at) or line.opens_at >= line.window.end
    checks = (
        (not line.tckn_good, Result.BAD_CHECKSUM),
        (line.channel != BRANCH_CHANNEL, Result.WRONG_CHANNEL),
        (not line.service_known, Result.WRONG_SERVICE),
        (not line.known, Result.UNKNOWN_TCKN),
        (not line.eligible, Result.WRONG_SERVICE),
        (outside, Result.OUT_OF_WINDOW),
    )
    return next((result for hit, result in checks if hit), None)


def check_decision(decision: str, result: str, kind: str, reason: str) -> str:
    """What staff may do about a waiting line: "returned" by the bank, "kept" (R018), an underpayment "completed" (R024), and
    "given" to its person if the number was wrong or nobody's (R046).

    The reason, trimmed. Errors: branch.no_decision, payment.attach_reason.
    """
    results = {"completed": (Result.UNDERPAID,), "given": (Result.UNKNOWN_TCKN, Result.BAD_CHECKSUM)}
    if decision not in ("returned", "kept") and not (kind == "D" and result in results.get(decision, ())):
        raise Conflict("branch.no_decision")
    return check_attach_reason(reason)
