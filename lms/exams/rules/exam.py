"""The rules of the exam: which attempts exist and when, how long one lasts, what it scores, what the application comes to.

Attempts are rights that are computed, not rows that a job delivers: from the instant at which the training became
complete and the attempts taken so far, `standing` says what exists at `now` and why. If no job ran for a month, nobody
would lose a minute (R124).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from lms.core.calendar import Explained, Step, Window, next_monday
from lms.core.errors import Conflict, DomainError, Invalid

GRACE: Final = timedelta(seconds=2)
FULL_SCORE: Final = 100
LETTERS: Final = "ABCDEFGH"
QUESTIONS_MAX: Final = 200
SEQ_MAX: Final = 2**31 - 1


class Status(StrEnum):
    """Of one attempt, as the candidate and the API see it."""

    SCHEDULED = "scheduled"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    PASSED = "passed"
    FAILED = "failed"
    LAPSED = "lapsed"
    ANNULLED = "annulled"


class Outcome(StrEnum):
    """Of the application: what enrolment is told."""

    PASSED = "passed"
    FAILED = "failed"
    LAPSED = "lapsed"


class Act(StrEnum):
    START = "start"
    SAVE = "save"
    FINISH = "finish"
    EXPIRE = "expire"
    RETURN = "return"
    FORFEIT = "forfeit"


class Annulled(StrEnum):
    """Why an attempt does not stand (R025, R098): the right comes back, or it was used and counts as failed."""

    TECHNICAL = "technical"
    MISCONDUCT = "misconduct"


FINAL: Final = frozenset({Status.PASSED, Status.FAILED, Status.LAPSED, Status.ANNULLED})

# (state, act) -> the states it may lead to. What is not here is refused with the word of the state.
TRANSITIONS: Final[dict[tuple[Status, Act], tuple[Status, ...]]] = {
    (Status.SCHEDULED, Act.EXPIRE): (Status.LAPSED,),
    (Status.ASSIGNED, Act.START): (Status.IN_PROGRESS,),
    (Status.ASSIGNED, Act.EXPIRE): (Status.LAPSED,),
    (Status.IN_PROGRESS, Act.START): (Status.IN_PROGRESS,),
    (Status.IN_PROGRESS, Act.SAVE): (Status.IN_PROGRESS,),
    (Status.IN_PROGRESS, Act.FINISH): (Status.PASSED, Status.FAILED),
    (Status.IN_PROGRESS, Act.EXPIRE): (Status.PASSED, Status.FAILED),
    (Status.PASSED, Act.FINISH): (Status.PASSED,),
    (Status.FAILED, Act.FINISH): (Status.FAILED,),
    (Status.IN_PROGRESS, Act.RETURN): (Status.ANNULLED,),
    (Status.FAILED, Act.RETURN): (Status.ANNULLED,),
    (Status.IN_PROGRESS, Act.FORFEIT): (Status.FAILED,),
    (Status.PASSED, Act.FORFEIT): (Status.FAILED,),
    (Status.FAILED, Act.FORFEIT): (Status.FAILED,),
}
REFUSALS: Final[dict[Status, str]] = {
    Status.SCHEDULED: "exam.not_yet",
    Status.ASSIGNED: "exam.not_started",
    Status.IN_PROGRESS: "exam.in_progress",
    Status.PASSED: "exam.closed",
    Status.FAILED: "exam.closed",
    Status.LAPSED: "exam.lapsed",
    Status.ANNULLED: "exam.annulled",
}


@dataclass(frozen=True, slots=True)
class Parameters:
    """R007, R084, R092: what the term froze; `minutes` with the `extra_minutes` granted to this person (D-14). `study` is STUDY; counts and minutes are whole numbers."""

    attempts: int
    question_count: int
    pass_mark: int
    minutes: int
    study: Window
    extra_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Sitting:
    """An attempt that was started. `correct` is the number of right answers saved; for one still running it counts only
    when its time is over. `finalised_at` is empty until somebody settled it."""

    ordinal: int
    started_at: datetime
    ends_at: datetime
    question_count: int
    pass_mark: int
    correct: int = 0
    finalised_at: datetime | None = None
    score: int | None = None
    passed: bool | None = None
    regraded_at: datetime | None = None  # an annulled item made a pass of it (D-15)
    annulled: Annulled | None = None
    returned_from: datetime | None = None  # annulled technically: from then the same ordinal may be sat again

    def is_due(self, now: datetime) -> bool:
        """Grace: nobody settles before `ends_at + 2 s`."""
        return self.finalised_at is None and now >= self.ends_at + GRACE


@dataclass(frozen=True, slots=True)
class Right:
    """One attempt of an application at a moment: its status, from when it may be taken, and why from then."""

    ordinal: int
    status: Status
    available: Explained
    sitting: Sitting | None = None
    take: int = 1
    """1, and one more for each sitting of this ordinal that was annulled technically before."""

    @property
    def available_at(self) -> datetime:
        return self.available.value

    @property
    def score(self) -> int | None:
        return self.sitting.score if self.sitting else None


@dataclass(frozen=True, slots=True)
class Standing:
    """All attempts of one application at a moment.

    `missed` is the Monday that lies beyond the study window (R096): no attempt, told at once. `outcome` is what the
    application came to, `outcome_at` the instant of it; both empty while something can still happen. `annulled` are the
    sittings whose right came back (R098): they count for nothing.
    """

    rights: tuple[Right, ...]
    missed: Explained | None = None
    outcome: Outcome | None = None
    outcome_at: datetime | None = None
    annulled: tuple[Right, ...] = ()

    def begun_only(self) -> Standing:
        """R114: of an invalid application only the attempts that were begun; nothing more can be taken, nothing was missed,
        and they come to nothing."""
        begun = tuple(r for r in self.rights if r.sitting is not None)
        return replace(self, rights=begun, missed=None, outcome=None, outcome_at=None)

    def right(self, ordinal: int) -> Right | None:
        return next((r for r in self.rights if r.ordinal == ordinal), None)

    @property
    def open_right(self) -> Right | None:
        """The one attempt that can be taken, is running, or will open: at most one at any moment."""
        return next((r for r in self.rights if r.status not in FINAL), None)


# --- time --------------------------------------------------------------------------------------------------------


def ends_at(started_at: datetime, *, minutes: int, study_end: datetime) -> datetime:
    """R084, R013: twenty minutes from the start, capped at the end of the study window. Raises exam.lapsed outside it."""
    if started_at >= study_end:
        raise Conflict(REFUSALS[Status.LAPSED], at=study_end)
    return min(started_at + timedelta(minutes=minutes), study_end)


def allotted(now: datetime, params: Parameters) -> timedelta:
    """R013: the time somebody who starts now would have; shorter than the exam near the end of the study window."""
    return max(min(timedelta(minutes=params.minutes), params.study.end - now), timedelta(0))


def is_shortened(now: datetime, params: Parameters) -> bool:
    """R013: say so before the start."""
    return allotted(now, params) < timedelta(minutes=params.minutes)


def remaining_ms(end: datetime, now: datetime) -> int:
    """R089: milliseconds left on the server's clock, never negative."""
    return max(0, int((end - now) / timedelta(milliseconds=1)))


def accepts_save(end: datetime, now: datetime) -> bool:
    """R088: until the end and two seconds for the network."""
    return now < end + GRACE


def check_finish(end: datetime, now: datetime) -> datetime:
    """R085, R090: the instant at which the candidate's own finish counts.

    Before the end it is `now`. In the grace nobody settles, because an answer may still be on its way: exam.settling,
    with the milliseconds to wait. After it the attempt ended by itself at its end.
    """
    if now < end:
        return now
    if now < end + GRACE:
        raise Conflict("exam.settling", retry_ms=remaining_ms(end + GRACE, now))
    return end


# --- score -------------------------------------------------------------------------------------------------------


def score(correct: int, question_count: int) -> int:
    """R092, R093: whole points of 100; 10 for each of ten questions; wrong and blank are both zero, nothing is taken off.

    Rounded down: whoever reaches the pass mark in whole points reached it exactly.
    """
    if not 0 <= correct <= question_count:
        raise ValueError("correct answers must lie between 0 and the number of questions")
    return FULL_SCORE * correct // question_count


def passes(points: int, pass_mark: int) -> bool:
    """R092: 70 passes."""
    return points >= pass_mark


def needed(question_count: int, pass_mark: int) -> int:
    """R092: how many right answers reach the pass mark (7 of 10), rounded up."""
    return -(-pass_mark * question_count // FULL_SCORE)


def settle(sitting: Sitting, at: datetime) -> Sitting:
    """The sitting as it stands once ended at `at`. Pure: the read shows it, the job and the finish write it."""
    points = score(sitting.correct, sitting.question_count)
    return replace(sitting, finalised_at=at, score=points, passed=passes(points, sitting.pass_mark))


# --- rights ------------------------------------------------------------------------------------------------------


def first_attempt(completed_at: datetime) -> Explained:
    """R082: at the instant at which the training is complete; no Monday, no business day."""
    return Explained(completed_at, (Step.at("step.training_complete", completed_at),))


def next_attempt(finalised_at: datetime) -> Explained:
    """R091, R095: the Monday 00:00 strictly after the end of the failed attempt; a holiday Monday is a Monday."""
    return next_monday(finalised_at, since="step.exam_failed")


def certificate_from(finalised_at: datetime, regraded_at: datetime | None = None) -> Explained:
    """R102, D-15: what the result page promises after a pass; the certificate itself is the business of the feature above."""
    if regraded_at is not None:
        return next_monday(regraded_at, since="step.regraded")
    return next_monday(finalised_at, since="step.passed")


def attempt_returned(returned_from: datetime) -> Explained:
    """R098: annulled for a technical cause, the same attempt may be taken again from the decision on; no Monday is waited for."""
    return Explained(returned_from, (Step.at("step.attempt_returned", returned_from),))


def standing(params: Parameters, completed_at: datetime | None, sittings: Sequence[Sitting], now: datetime) -> Standing:
    """R080-R083, R091, R094-R098: the rights of one application at `now`, in order, and what they came to.

    `sittings` are the attempts started; one whose time is over counts as ended at its end, settled or not. One annulled
    technically does not count. The lowest attempt that nothing counts for is the next one, so at most one is open.
    """
    over = now >= params.study.end
    if completed_at is None or completed_at >= params.study.end:
        return _lapsed((), params) if over else Standing(())
    known = sorted((_settled(s, now) for s in sittings), key=lambda s: s.started_at)
    taken = [_taken(sitting, completed_at, known[:place]) for place, sitting in enumerate(known)]
    annulled = tuple(right for right in taken if right.status is Status.ANNULLED)
    counted = sorted((right for right in taken if right.status is not Status.ANNULLED), key=lambda right: right.ordinal)
    return replace(_counted(params, completed_at, counted, known, now), annulled=annulled)


def _counted(
    params: Parameters, completed_at: datetime, rights: Sequence[Right], known: Sequence[Sitting], now: datetime
) -> Standing:
    passed = next((place for place, right in enumerate(rights, 1) if right.status is Status.PASSED), None)
    if passed is not None:
        return _ended(rights[:passed], Outcome.PASSED)
    if any(right.status is Status.IN_PROGRESS for right in rights):
        return Standing(tuple(rights))
    taken = {right.ordinal for right in rights}
    ordinal = next((n for n in range(1, params.attempts + 1) if n not in taken), None)
    if ordinal is None:
        return _ended(rights, Outcome.FAILED)
    take = 1 + sum(s.ordinal == ordinal for s in known)
    following = Right(ordinal, Status.SCHEDULED, _opened(ordinal, completed_at, known, now), take=take)
    return _open(following, rights, params, now)


def _open(following: Right, rights: Sequence[Right], params: Parameters, now: datetime) -> Standing:
    over = now >= params.study.end
    if following.available_at >= params.study.end:
        missed = _with_end(following.available, params.study.end)
        return _lapsed(rights, params, missed) if over else Standing(tuple(rights), missed)
    status = Status.LAPSED if over else Status.ASSIGNED if now >= following.available_at else Status.SCHEDULED
    rights = sorted([*rights, replace(following, status=status)], key=lambda right: right.ordinal)
    return _lapsed(rights, params) if over else Standing(tuple(rights))


def _settled(sitting: Sitting, now: datetime) -> Sitting:
    return settle(sitting, sitting.ends_at) if sitting.is_due(now) else sitting


def _taken(sitting: Sitting, completed_at: datetime, earlier: Sequence[Sitting]) -> Right:
    if sitting.returned_from is not None:
        status = Status.ANNULLED
    elif sitting.finalised_at is None:
        status = Status.IN_PROGRESS
    else:
        status = Status.PASSED if sitting.passed else Status.FAILED
    take = 1 + sum(s.ordinal == sitting.ordinal for s in earlier)
    return Right(
        sitting.ordinal, status, _opened(sitting.ordinal, completed_at, earlier, sitting.started_at), sitting, take
    )


def _opened(ordinal: int, completed_at: datetime, earlier: Sequence[Sitting], at: datetime) -> Explained:
    """From when an attempt may be taken, as it stood `at`: from the return of this very attempt, or from the Monday after
    the last one that counted, whichever came later."""
    counted = (s for s in earlier if s.returned_from is None or s.returned_from > at)
    ended = max((s.finalised_at for s in counted if s.finalised_at is not None), default=None)
    returns = (s.returned_from for s in earlier if s.ordinal == ordinal and s.returned_from is not None)
    back = max((returned for returned in returns if returned <= at), default=None)
    if back is not None and (ended is None or back >= ended):
        return attempt_returned(back)
    return first_attempt(completed_at) if ended is None else next_attempt(ended)


def _end_of(right: Right) -> datetime:
    if right.sitting is None or right.sitting.finalised_at is None:
        raise LookupError("an attempt that was not taken has no end")
    return right.sitting.finalised_at


def _ended(rights: Sequence[Right], outcome: Outcome) -> Standing:
    last = rights[-1:] if outcome is Outcome.PASSED else rights
    return Standing(tuple(rights), outcome=outcome, outcome_at=max(_end_of(right) for right in last))


def _lapsed(rights: Sequence[Right], params: Parameters, missed: Explained | None = None) -> Standing:
    """R013, R096: at the end of the study window, never at the time somebody noticed."""
    return Standing(tuple(rights), missed, Outcome.LAPSED, params.study.end)


def _with_end(available: Explained, study_end: datetime) -> Explained:
    return Explained(available.value, (*available.steps, Step.at("step.after_study_end", study_end)))


def after_result(taken: int, passed: bool, finalised_at: datetime, params: Parameters) -> tuple[str, Explained]:
    """What follows one result, for the notice: "certificate", "exam", "missed" (R096) or "none" (R098), and its date.

    `taken`: how many attempts of the application count by then.
    """
    if passed:
        return "certificate", certificate_from(finalised_at)
    monday = next_attempt(finalised_at)
    if taken >= params.attempts:
        return "none", monday
    return ("exam" if monday.value < params.study.end else "missed"), monday


# --- acts --------------------------------------------------------------------------------------------------------


def refusal(status: Status, right: Right | None = None, *, study_end: datetime | None = None) -> DomainError:
    """Why an act that the table does not know is refused, with the date that the sentence names."""
    at = right.available_at if right and status is Status.SCHEDULED else None
    if right and right.sitting:
        at = right.sitting.finalised_at
    return Conflict(REFUSALS[status], at=at or study_end)


def check(right: Right, act: Act, *, study_end: datetime | None = None) -> None:
    """The state machine as a table: raises exam.not_yet, exam.not_started, exam.in_progress, exam.closed or exam.lapsed."""
    if (right.status, act) not in TRANSITIONS:
        raise refusal(right.status, right, study_end=study_end)


def check_number(number: int, question_count: int) -> None:
    if not 1 <= number <= question_count:
        raise Invalid("exam.no_such_question", number=number, count=question_count)


def check_save(number: int, option: str | None, seq: int | None) -> None:
    """D-21: what no exam could take, before any paper is looked at. `seq` orders the saves of one attempt."""
    check_number(number, QUESTIONS_MAX)
    check_option(option, len(LETTERS))
    if seq is not None and not 0 <= seq <= SEQ_MAX:
        raise Invalid("exam.bad_seq")


def check_option(option: str | None, option_count: int) -> None:
    """An answer is one letter of the question's options, or nothing, which clears it."""
    if option is not None and (len(option) != 1 or option not in LETTERS[:option_count]):
        raise Invalid("exam.no_such_option", options=", ".join(LETTERS[:option_count]))


# --- applying again ----------------------------------------------------------------------------------------------


class Request(StrEnum):
    """Of a request to apply again in the same year."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"


EXPLANATION_MIN: Final = 20
EXPLANATION_MAX: Final = 2000

REQUEST_TRANSITIONS: Final[dict[tuple[Request, str], Request]] = {
    (Request.REQUESTED, "approve"): Request.APPROVED,
    (Request.REQUESTED, "reject"): Request.REJECTED,
}


def check_request(
    outcome: Outcome | None, application: Window, now: datetime, *, is_latest: bool, open_request: str | None
) -> None:
    """R099, R101: after three failed attempts, inside the application window, one request for one application.

    Lapsed is not failed: the window is over for those. How often somebody applies again in a year is not limited.
    """
    if outcome is not Outcome.FAILED:
        raise Conflict("reapplication.not_failed")
    if not application.contains(now):
        raise Conflict("reapplication.window_closed", at=application.end)
    if open_request is not None:
        raise Conflict("reapplication.exists", id=open_request)
    if not is_latest:
        raise Conflict("reapplication.newer_application")


def check_explanation(text: str) -> str:
    """R099: the request explains its matter in the candidate's words, 20 to 2,000 characters."""
    text = "\n".join(line.rstrip() for line in text.strip().splitlines())
    if len(text) < EXPLANATION_MIN:
        raise Invalid("reapplication.too_short", minimum=EXPLANATION_MIN)
    if len(text) > EXPLANATION_MAX:
        raise Invalid("reapplication.too_long", maximum=EXPLANATION_MAX)
    return text


def decide(status: Request, act: str, reason: str) -> Request:
    """R099: approve or reject, once. Whether an approval could still be used is asked with ``check_request``."""
    target = REQUEST_TRANSITIONS.get((status, act))
    if target is None:
        raise Conflict("reapplication.decided", status=status.value)
    if target is Request.REJECTED and not reason.strip():
        raise Invalid("reapplication.reason_missing")
    return target
