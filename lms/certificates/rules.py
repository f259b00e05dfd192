"""When a certificate is there, when it can be seen, what its holder may pay for, and how it is taken back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lms.core.calendar import Explained, Window, instant, local, next_monday
from lms.core.errors import Conflict, Forbidden, Invalid

REASON_MIN, REASON_MAX = 20, 2000
REFERENCE_MIN, REFERENCE_MAX = 3, 120


# --- the Monday ----------------------------------------------------------------------------------------------------


def available_from(finalised_at: datetime, regraded_at: datetime | None = None) -> Explained:
    """R102: the first Monday 00:00 after the pass; a pass on a Monday, even at 00:00:00, waits a week.

    R104: a late run changes nothing, for this reads no clock. D-15: a fail that a regrade turned into a pass counts
    from the regrade; a pass keeps its own Monday whatever is regraded later, so the caller gives `regraded_at` only
    for a turned fail.
    """
    if regraded_at is not None:
        return next_monday(regraded_at, since="step.regraded")
    return next_monday(finalised_at, since="step.passed")


def due_before(now: datetime) -> datetime:
    """R103, R104, D-17: passes before this instant, Sunday's last moment too, have their Monday behind them: the latest Monday 00:00 not after `now`.

    The job asks for `finalised_at < due_before(now)` and so catches up however many Mondays it has missed.
    """
    here = local(now)
    return instant(here.date() - timedelta(days=here.weekday()))


# --- viewing -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Display:
    """What the holder can see at an instant, derived from facts alone and stored nowhere."""

    windows: tuple[Window, ...]
    now: datetime
    revoked: bool = False

    @property
    def current(self) -> Window | None:
        return next((window for window in self.windows if window.contains(self.now)), None)

    @property
    def is_viewable(self) -> bool:
        return self.current is not None and not self.revoked

    @property
    def is_scheduled(self) -> bool:
        """R102: the right is known, its Monday has not come."""
        return self.now < self.windows[0].start

    @property
    def latest(self) -> Window:
        """The window that is open, else the one that closed last, else the first to come."""
        return self.current or self.windows[-1]

    @property
    def status(self) -> str:
        """One word for programs: scheduled, viewable, view_expired or revoked."""
        if self.revoked:
            return "revoked"
        if self.is_scheduled:
            return "scheduled"
        return "viewable" if self.is_viewable else "view_expired"

    @property
    def can_renew(self) -> bool:
        """R109: "Sertifika Ödemesi" appears only when the display has expired, and never for a revoked certificate."""
        return not (self.revoked or self.is_scheduled or self.is_viewable)


def display_windows(start: datetime, view_days: int, paid_at: Iterable[datetime] = ()) -> tuple[Window, ...]:
    """R108, D-18: [Monday, + view_days); R110: each renewal opens [paid_at, + view_days).

    A payment while the certificate can be seen (or before its Monday) is a duplicate and opens nothing: windows are
    never stacked and never overlap. Verification does not ask this (R111).
    """
    span = timedelta(days=view_days)
    windows = [Window(start, start + span)]
    for paid in sorted(paid_at):
        if paid >= windows[-1].end:
            windows.append(Window(paid, paid + span))
    return tuple(windows)


def check_viewable(display: Display) -> None:
    """R106, R108: the PDF opens inside a window only.

    Errors: `certificate.revoked` (R114), `certificate.not_yet` (R102), `certificate.view_expired` (R109).
    """
    if display.revoked:
        raise Forbidden("certificate.revoked")
    if display.is_scheduled:
        raise Conflict("certificate.not_yet", available_at=display.windows[0].start)
    if not display.is_viewable:
        raise Forbidden("certificate.view_expired", expired_at=display.latest.end)


def check_issuable(display: Display) -> None:
    """R102: nothing is issued before its Monday, by nobody."""
    if display.is_scheduled:
        raise Conflict("certificate.not_yet", available_at=display.windows[0].start)


def check_renewable(display: Display) -> None:
    """R109: nobody pays for what is open, not yet there, or revoked. Errors as above, and `certificate.still_viewable`."""
    if display.revoked:
        raise Conflict("certificate.revoked")
    if display.is_scheduled:
        raise Conflict("certificate.not_yet", available_at=display.windows[0].start)
    if display.is_viewable:
        raise Conflict("certificate.still_viewable", until=display.latest.end)


# --- the number ----------------------------------------------------------------------------------------------------


def number(prefix: str, year: int, ordinal: int) -> str:
    """`DDTA-2025-004217`: consecutive within a programme's year, the year being that of the Monday it is dated."""
    return f"{prefix}-{year}-{ordinal:06d}"


def ordinal_of(last: str | None) -> int:
    """How many numbers a programme's year has given, from the last of them."""
    return int(last.rpartition("-")[2]) if last else 0


def issue_year(available: datetime) -> int:
    """The civil year the certificate is dated in."""
    return local(available).year


# --- revocation (R114): one asks, another confirms ------------------------------------------------------------------


class Ground(StrEnum):
    """R115: who asks must say which it is; a slip of typing (R055) is neither, that is corrected by a new version."""

    FALSE_STATEMENT = "false_statement"
    MISCONDUCT = "misconduct"
    ISSUED_IN_ERROR = "issued_in_error"


class Revocation(StrEnum):
    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


class Decision(StrEnum):
    CONFIRM = "confirm"
    REFUSE = "refuse"


_NEXT = {
    (Revocation.REQUESTED, Decision.CONFIRM): Revocation.CONFIRMED,
    (Revocation.REQUESTED, Decision.REFUSE): Revocation.REFUSED,
}


def check_request(*, invalid: bool, certified: bool, pending: bool, ground: str, reason: str) -> str:
    """R114, R115: asked once at a time, with its kind and a reason that somebody else can judge; gives the reason.

    Errors: `certificate.revoked`, `certificate.application_invalid`, `certificate.revocation_pending`, `certificate.ground_missing`,
    `certificate.reason_short`, `certificate.reason_long`.
    """
    if invalid:
        raise Conflict("certificate.revoked" if certified else "certificate.application_invalid")
    if pending:
        raise Conflict("certificate.revocation_pending")
    if ground not in list(Ground):
        raise Invalid("certificate.ground_missing")
    told = reason.strip()
    if len(told) < REASON_MIN:
        raise Invalid("certificate.reason_short", least=REASON_MIN)
    if len(told) > REASON_MAX:
        raise Invalid("certificate.reason_long", most=REASON_MAX)
    return told


def decide(state: Revocation, decision: Decision, *, requested_by: int, decided_by: int) -> Revocation:
    """R114: four eyes; who asked decides nothing, neither way.

    Errors: `certificate.revocation_decided`, `certificate.revocation_same_person`.
    """
    following = _NEXT.get((state, decision))
    if following is None:
        raise Conflict("certificate.revocation_decided", by="", at="", state=state.value)
    if requested_by == decided_by:
        raise Forbidden("certificate.revocation_same_person")
    return following


def check_informed(state: Revocation, reference: str) -> str:
    """R114: what the authorities are told is a decision, not a request; the letter's reference, 3 to 120 characters."""
    if state is not Revocation.CONFIRMED:
        raise Conflict("certificate.not_confirmed")
    told = " ".join(reference.split())
    if not REFERENCE_MIN <= len(told) <= REFERENCE_MAX:
        raise Invalid("certificate.reference", least=REFERENCE_MIN, most=REFERENCE_MAX)
    return told
