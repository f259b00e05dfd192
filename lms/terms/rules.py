"""The windows of a term and what the calendar leaves of them: who may still pay, apply and sit how many exams."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from lms.core.calendar import DAY, Calendar, Explained, Step, Window, instant, local, local_date, next_monday
from lms.core.errors import Conflict, Invalid


class Kind(StrEnum):
    FIRST_TIME = "first_time"
    RENEWAL = "renewal"


class Channel(StrEnum):
    """R033: the only two ways to pay."""

    CARD = "card"
    BRANCH = "branch"


class Phase(StrEnum):
    """Where an instant falls in a term."""

    UPCOMING = "upcoming"
    OPEN = "open"
    LAST_HOUR = "last_hour"
    GUARD = "guard"  # the form may be sent, a card payment may not be started
    STUDY_ONLY = "study_only"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Schedule:
    """R007: the parameters of a term that decide about time, as plain values; never constants in code."""

    application: Window
    study: Window
    attempts: int = 3
    assignment_hours: int = 24
    branch_hours: int = 6
    guard_minutes: int = 15
    receipt_days: int = 3
    warn_minutes: int = 60
    exemption_safe_days: int = 5

    @property
    def last_card_start(self) -> datetime:
        """D-3: no card payment is started from this instant on."""
        return self.application.end - timedelta(minutes=self.guard_minutes)


PARAMETERS: Final = (
    "kind", "name_tr", "name_en", "is_example", "application_from", "application_to", "study_from", "study_to",
    "fee_kurus", "vat_percent", "attempts", "question_count", "pass_mark", "exam_minutes", "view_days", "view_fee_kurus",
    "view_fee_is_example", "assignment_hours", "branch_hours", "receipt_days", "exemption_safe_days", "guard_minutes",
    "warn_minutes", "exemption_two_persons",
)  # fmt: skip
"""R007: what one version of a term says, by the names of its columns."""

COUNTS: Final[Mapping[str, tuple[int, int]]] = {
    "vat_percent": (0, 100),
    "attempts": (1, 10),
    "question_count": (1, 100),
    "pass_mark": (1, 100),
    "exam_minutes": (1, 300),
    "view_days": (1, 3650),
    "assignment_hours": (0, 240),
    "branch_hours": (0, 240),
    "receipt_days": (0, 30),
    "exemption_safe_days": (0, 60),
    "guard_minutes": (0, 1440),
    "warn_minutes": (0, 1440),
}
"""Whole-number parameters and what is sane for them."""

CODE: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
CODE_MAX: Final = 40


# --- windows -----------------------------------------------------------------------------------------------------


def phase(schedule: Schedule, now: datetime) -> Phase:
    """R008, R009, D-3: half-open windows; 21 November 23:59:59.999 is in, 22 November 00:00 is out."""
    application = schedule.application
    if now < application.start:
        return Phase.UPCOMING
    if now >= application.end:
        return Phase.STUDY_ONLY if now < schedule.study.end else Phase.OVER
    if now >= schedule.last_card_start:
        return Phase.GUARD
    return Phase.LAST_HOUR if now >= application.end - timedelta(minutes=schedule.warn_minutes) else Phase.OPEN


def check_application_window(schedule: Schedule, now: datetime) -> None:
    """R008, R010: payment and form each need an instant inside the application window."""
    if now < schedule.application.start:
        raise Conflict("term.not_open_yet", opens_at=schedule.application.start)
    if now >= schedule.application.end:
        raise Conflict("term.closed", closed_on=schedule.application.last_day)


# --- from the form to the training -------------------------------------------------------------------------------


def branch_form_opens_at(paid_at: datetime, imported_at: datetime, hours: int) -> datetime:
    """R043: six hours after paying at the branch, and not before the bank's file has arrived."""
    return max(paid_at + timedelta(hours=hours), imported_at)


def training_assignment(form_at: datetime, schedule: Schedule, calendar: Calendar) -> Explained:
    """R064, D-11: 24 hours after the form, or 00:00 of the first business day from there on.

    t0 = form_at + 24 h. On a business day the training opens at t0 itself. Half-days count as business days (D-1). Never
    before the study window starts (R009).
    """
    hours = schedule.assignment_hours
    t0 = form_at + timedelta(hours=hours)
    day = local_date(t0)
    first = calendar.next_business_day(day)
    opens = t0 if first == day else instant(first)
    steps = [Step.at("step.form_sent", form_at), Step.at("step.hours_later", t0, hours=hours)]
    steps += calendar.explain_skipped(day, first)
    if first != day:
        steps.append(Step.at("step.first_business_day", opens))
    if opens < schedule.study.start:
        opens = schedule.study.start
        steps.append(Step.at("step.study_starts", opens))
    return Explained(opens, tuple(steps))


# --- attempts that the calendar still leaves ---------------------------------------------------------------------


def attempts_from(first: datetime, study_end: datetime, rights: int) -> int:
    """R091, R096: how many attempts can start before the study window ends if the next one is possible from `first`.

    Every further one waits for the Monday after the one before.
    """
    count = 0
    while count < rights and first < study_end:
        count += 1
        first = next_monday(first).value
    return count


def reachable_attempts(form_at: datetime, schedule: Schedule, calendar: Calendar) -> int:
    """R015: attempts still reachable for a form sent at `form_at`; 0 outside the application window."""
    if not schedule.application.contains(form_at):
        return 0
    assigned = training_assignment(form_at, schedule, calendar).value
    return attempts_from(assigned, schedule.study.end, schedule.attempts)


def reachable_if_paid_now(now: datetime, channel: Channel, schedule: Schedule, calendar: Calendar) -> int:
    """R015: the number shown before paying. By card the form follows at once, by branch after six hours (R043)."""
    wait = timedelta(hours=schedule.branch_hours if channel is Channel.BRANCH else 0)
    if not schedule.application.contains(now):
        return 0
    if channel is Channel.CARD and now >= schedule.last_card_start:
        return 0
    return reachable_attempts(now + wait, schedule, calendar)


def last_form_days(schedule: Schedule, calendar: Calendar) -> Mapping[int, date]:
    """R015: for each number of attempts the last civil day on which a form, sent at any time of it, still reaches it."""
    found: dict[int, date] = {}
    day = schedule.application.last_day
    while day >= schedule.application.first_day and len(found) < schedule.attempts:
        last_moment = min(instant(day, time.max), schedule.application.end - timedelta(microseconds=1))
        for count in range(reachable_attempts(last_moment, schedule, calendar), 0, -1):
            found.setdefault(count, day)
        day -= DAY
    return found


def finish_before(study: Window, wanted_after: int) -> datetime:
    """R015: an attempt must be finished before this instant so that `wanted_after` further ones can still start.

    2025: the first before Mon 17 Nov 00:00 and the second before Mon 24 Nov 00:00 for all three.
    """
    if wanted_after == 0:
        return study.end
    last = study.end - timedelta(microseconds=1)
    last_monday = instant(local_date(last) - timedelta(days=local(last).weekday()))
    return last_monday - timedelta(weeks=wanted_after - 1)


# --- last safe days ----------------------------------------------------------------------------------------------


def receipt_last_day(schedule: Schedule, calendar: Calendar) -> date:
    """R045: the receipt of a branch payment must arrive by the end of this day (2025: Tue 18 Nov)."""
    return calendar.business_days_before(schedule.application.last_day, schedule.receipt_days)


def receipt_in_time(received_at: datetime, schedule: Schedule, calendar: Calendar) -> bool:
    return received_at < instant(receipt_last_day(schedule, calendar) + DAY)


def branch_advisable(now: datetime, schedule: Schedule, calendar: Calendar) -> bool:
    """R045: branch instructions are shown only while the receipt can still be in time."""
    return schedule.application.contains(now) and receipt_in_time(now, schedule, calendar)


def branch_last_payment(schedule: Schedule) -> datetime:
    """R043: paid at the branch at or after this instant, the form never opens inside the window (2025: 21 Nov 18:00)."""
    return schedule.application.end - timedelta(hours=schedule.branch_hours)


def exemption_last_day(schedule: Schedule, calendar: Calendar) -> date:
    """D-20: the last day on which an exemption request is sure to be answered in time."""
    return calendar.business_days_before(schedule.application.last_day, schedule.exemption_safe_days)


# --- changing a term ---------------------------------------------------------------------------------------------


def senseless(schedule: Schedule, question_count: int, calendar: Calendar) -> str | None:
    """What no single value shows: the windows fit each other, and whoever applies on the last day can still sit an exam."""
    if 100 % question_count:
        return "term.uneven_points"
    if schedule.study.end < schedule.application.end:
        return "term.study_ends_first"
    if not reachable_attempts(schedule.application.end - timedelta(microseconds=1), schedule, calendar):
        return "term.last_day_too_late"
    return None


def check_change(before: Schedule, after: Schedule, now: datetime) -> None:
    """R127: nothing is shortened retroactively, and a term that is over says what it said.

    What people were promised stays with their own version; this keeps a new version from saying that a window which
    was open for others has ended, or not begun, in the past. Errors: term.over, term.retroactive_<window>, term.begun_<window>.
    """
    if now >= before.study.end:
        raise Conflict("term.over", ended_on=before.study.last_day)
    for name, old, new in (
        ("application", before.application, after.application),
        ("study", before.study, after.study),
    ):
        if new.end != old.end and new.end <= now:
            raise Conflict(f"term.retroactive_{name}", today=local_date(now))
        if old.start <= now < new.start:
            raise Conflict(f"term.begun_{name}", began_on=old.first_day)


def last_instant(promised: Window, current: Window) -> datetime:
    """R127: before when somebody whose right began under `promised` may send the form: a later version may only add."""
    return max(promised.end, current.end)


def shown_first(schedule: Schedule, now: datetime) -> tuple[bool, bool, datetime]:
    """What a list opens with is the greatest: running before over, over before not begun, and the one that began last."""
    begun = schedule.application.start <= now
    return begun and now < schedule.study.end, begun, schedule.application.start


def next_year(day: date) -> date:
    """The same day a year later, to begin a copy with; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def check_new_code(code: str) -> None:
    """The code stands in addresses: small letters, digits, hyphens."""
    if len(code) > CODE_MAX or not CODE.fullmatch(code):
        raise Invalid("term.code", maximum=CODE_MAX)


# --- reminders ---------------------------------------------------------------------------------------------------


class Reminder(StrEnum):
    """R011: paid in the window, no form yet."""

    WEEK = "week"
    TWO_DAYS = "two_days"
    THREE_HOURS = "three_hours"


REMIND_BEFORE: Final[Mapping[Reminder, timedelta]] = {
    Reminder.WEEK: timedelta(days=7),
    Reminder.TWO_DAYS: timedelta(days=2),
    Reminder.THREE_HOURS: timedelta(hours=3),
}


STUDY_REMIND_BEFORE: Final[Mapping[Reminder, timedelta]] = {
    Reminder.WEEK: timedelta(days=7),
    Reminder.TWO_DAYS: timedelta(days=2),
}
"""R013, R096: a training not finished, or an exam not sat, shortly before the study window ends."""

VIEW_REMIND_BEFORE: Final = timedelta(days=14)
"""R108: how long before a certificate's display ends its holder is told."""


# --- calendar overrides ------------------------------------------------------------------------------------------

OVERRIDE_NAME_MAX: Final = 120
OVERRIDE_YEARS: Final = 5
"""An entry is made for this year and so many to come: a year further away is a slip of typing."""


def check_ahead(day: date, today: date) -> None:
    """R127: what the past was, it stays."""
    if day < today:
        raise Invalid("calendar.past", day=day)


def check_override(day: date, name: str, *, taken: bool, today: date) -> None:
    """D-1, R127: an override is for a day of this year or the next five, once for a day, with a name that people will read."""
    check_ahead(day, today)
    if day.year > today.year + OVERRIDE_YEARS:
        raise Invalid("calendar.far")
    if taken:
        raise Conflict("calendar.exists", day=day)
    if not 0 < len(name) <= OVERRIDE_NAME_MAX or not name.isprintable():
        raise Invalid("calendar.name", maximum=OVERRIDE_NAME_MAX)
