"""The candidate's journey: six steps, which of them are done, the one that is next, its date and why.

Everything is derived from facts and `now`; nothing is stored, so it is right even if no job has run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from lms.core.calendar import Explained, Window, local_date
from lms.core.calendar import Step as Reason
from lms.terms.rules import Phase, Schedule, attempts_from, finish_before, phase


class Stage(StrEnum):
    """R001, R012: the six steps, in the only order there is; training before the exam, both before the certificate."""

    MEMBERSHIP = "membership"
    PAYMENT = "payment"
    APPLICATION = "application"
    TRAINING = "training"
    EXAM = "exam"
    CERTIFICATE = "certificate"


class State(StrEnum):
    DONE = "done"
    NOW = "now"
    LATER = "later"
    STOPPED = "stopped"


# --- facts -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entrance:
    """What stands before an application: eligibility, the payment or the exemption."""

    schedule: Schedule
    term_code: str
    refused: str | None = None  # register.holder, register.revoked, register.no_certificate
    form_opens_at: datetime | None = None  # paid, or exempt and told
    exempt: bool = False
    pending_payment: str | None = None  # its code
    held_payment: str | None = None  # R024: of one that was too low, until accounting has decided
    exemption_pending: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """The one attempt that can be taken, runs, or will open."""

    code: str
    ordinal: int
    available: Explained
    ends_at: datetime | None = None  # it runs


@dataclass(frozen=True, slots=True)
class Enrolled:
    """An application and what came of it."""

    code: str
    study: Window
    attempts: int
    assigned: Explained
    outcome: str | None = None
    percent: int = 0
    trained_at: datetime | None = None
    attempt: Attempt | None = None
    taken: int = 0
    missed: Explained | None = None  # R096: the Monday that lies beyond the study window
    passed: Explained | None = None  # R102: the Monday of the certificate
    reapply_until: datetime | None = None  # R099: three fails, and the window is still open
    reapply_asked: bool = False
    declaration_due: bool = False  # D-16: the request came by mail and lacks the exempt person's declaration


@dataclass(frozen=True, slots=True)
class Held:
    """The certificate of the application."""

    id: str
    available: Explained
    viewable: Window | None
    can_renew: bool
    revoked: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """All that decides; of `entrance` and `enrolled` at least one, unless no term is announced."""

    entrance: Entrance | None = None
    enrolled: Enrolled | None = None
    held: Held | None = None


# --- the next step -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NextStep:
    """The one thing to do or to wait for. `at`: from when; `until`: before when; `rule`: what set the date."""

    code: str
    stage: Stage
    rule: str
    at: datetime | None = None
    until: datetime | None = None
    why: Explained | None = None
    url: str | None = None
    params: Mapping[str, str | int] = field(default_factory=dict)
    stopped: bool = False

    @property
    def shown(self) -> dict[str, object]:
        """What fills its sentences, `next.<code>` and `next.<code>.text`."""
        return {**self.params, **({"at": self.at} if self.at else {})}


def next_step(facts: Facts, now: datetime) -> NextStep:
    """R012: exactly one, whatever the state."""
    if facts.enrolled is not None:
        return _enrolled(facts.enrolled, facts.held, now)
    if facts.entrance is not None:
        return _entrance(facts.entrance, now)
    return NextStep("wait_term", Stage.PAYMENT, "R008")


def _entrance(entrance: Entrance, now: datetime) -> NextStep:
    """R008-R011, R034, R043, R119."""
    here = phase(entrance.schedule, now)
    if here in (Phase.STUDY_ONLY, Phase.OVER):
        paid = entrance.form_opens_at is not None
        code, stage = ("too_late_paid", Stage.APPLICATION) if paid else ("too_late", Stage.PAYMENT)
        return NextStep(code, stage, "R011" if paid else "R008", stopped=True)
    if entrance.refused is not None:
        code, rule, url = _REFUSED[entrance.refused]
        return NextStep(code, Stage.PAYMENT, rule, url=url, stopped=True)
    if entrance.form_opens_at is not None:
        return _form(entrance, entrance.form_opens_at, now)
    return _payment(entrance, here)


def _form(entrance: Entrance, opens: datetime, now: datetime) -> NextStep:
    end = entrance.schedule.application.end
    if now < opens:
        why = Explained(opens, (Reason.at("step.form_opens", opens),))
        return NextStep("wait_form", Stage.APPLICATION, "R043", at=opens, until=end, why=why)
    rule = "R119" if entrance.exempt else "R010"
    return NextStep("apply", Stage.APPLICATION, rule, until=end, url=f"/basvuru?donem={entrance.term_code}")


def _payment(entrance: Entrance, here: Phase) -> NextStep:
    schedule = entrance.schedule
    if here is Phase.UPCOMING:
        return NextStep("wait_opening", Stage.PAYMENT, "R008", at=schedule.application.start)
    if entrance.held_payment is not None:
        return NextStep("payment_held", Stage.PAYMENT, "R024", url=f"/odemelerim/{entrance.held_payment}")
    if entrance.pending_payment is not None:
        return NextStep("payment_pending", Stage.PAYMENT, "R038", url=f"/odemelerim/{entrance.pending_payment}")
    if here is Phase.GUARD:
        return NextStep("too_late", Stage.PAYMENT, "R010", stopped=True)
    return NextStep("pay", Stage.PAYMENT, "R034", until=schedule.last_card_start, url=f"/odeme/{entrance.term_code}")


_REFUSED: Final[Mapping[str, tuple[str, str, str]]] = {
    "register.holder": ("renewal", "R003", "/odeme"),
    "register.revoked": ("revoked", "R114", "/destek"),
    "register.no_certificate": ("no_certificate", "R003", "/odeme"),
}


def _enrolled(enrolled: Enrolled, held: Held | None, now: datetime) -> NextStep:
    if held is not None and held.revoked:
        return NextStep("certificate_revoked", Stage.CERTIFICATE, "R114", url="/destek", stopped=True)
    if enrolled.outcome == "invalid":
        return NextStep("invalid", Stage.APPLICATION, "R114", url="/destek", stopped=True)
    if enrolled.passed is not None:
        return _passed(enrolled.passed, held, now)
    if enrolled.outcome == "failed":
        return _failed(enrolled, now)
    if enrolled.outcome == "lapsed" or (now >= enrolled.study.end and not _running(enrolled)):
        return NextStep("lapsed", Stage.EXAM if enrolled.trained_at else Stage.TRAINING, "R013", stopped=True)
    return _studying(enrolled, now)


def _failed(enrolled: Enrolled, now: datetime) -> NextStep:
    """R098, R099: final, unless the window is still open."""
    until = enrolled.reapply_until
    if until is None or now >= until:
        return NextStep("failed", Stage.EXAM, "R098", stopped=True)
    asked = "declare_reapply" if enrolled.declaration_due else "wait_reapply"
    code = asked if enrolled.reapply_asked else "reapply"
    return NextStep(code, Stage.EXAM, "R099", until=until, url="/yeniden-basvuru", stopped=True)


def _running(enrolled: Enrolled) -> bool:
    return enrolled.attempt is not None and enrolled.attempt.ends_at is not None


def _studying(enrolled: Enrolled, now: datetime) -> NextStep:
    """R064, R074, R082, R085, R091, R096."""
    end = enrolled.study.end
    if now < enrolled.assigned.value:
        opens = enrolled.assigned
        return NextStep("wait_training", Stage.TRAINING, "R064", at=opens.value, until=end, why=opens)
    attempt = enrolled.attempt
    if attempt is None:
        if enrolled.missed is not None:
            return NextStep("missed", Stage.EXAM, "R096", until=end, why=enrolled.missed, stopped=True)
        url = f"/egitimlerim/{enrolled.code}"
        return NextStep("study", Stage.TRAINING, "R074", until=end, url=url, params={"percent": enrolled.percent})
    url, params = f"/sinavlar/{attempt.code}", {"ordinal": attempt.ordinal}
    if attempt.ends_at is not None:
        return NextStep("resume_exam", Stage.EXAM, "R085", until=attempt.ends_at, url=url, params=params)
    if now < attempt.available.value:
        opens = attempt.available
        return NextStep("wait_exam", Stage.EXAM, "R091", at=opens.value, until=end, why=opens, params=params)
    return NextStep(
        "sit_exam", Stage.EXAM, "R082" if attempt.ordinal == 1 else "R091", until=end, url=url, params=params
    )


def _passed(monday: Explained, held: Held | None, now: datetime) -> NextStep:
    """R102, R108-R110."""
    available = held.available if held is not None else monday
    if now < available.value:
        return NextStep("wait_certificate", Stage.CERTIFICATE, "R102", at=available.value, why=available)
    if held is not None and held.can_renew:
        return NextStep("renew_view", Stage.CERTIFICATE, "R109", url="/sertifikalarim")
    until = held.viewable.end if held is not None and held.viewable else None
    return NextStep(
        "view_certificate", Stage.CERTIFICATE, "R108", at=available.value, until=until, url="/sertifikalarim"
    )


# --- the line of six ---------------------------------------------------------------------------------------------


def states(step: NextStep) -> dict[Stage, State]:
    """Done before the next step, later after it. A certificate in hand is a step done."""
    reached = list(Stage).index(step.stage)
    found: dict[Stage, State] = {}
    for index, stage in enumerate(Stage):
        here = State.STOPPED if step.stopped else State.NOW
        found[stage] = State.DONE if index < reached else here if index == reached else State.LATER
    if step.code == "view_certificate":
        found[Stage.CERTIFICATE] = State.DONE
    return found


# --- what can still go wrong in time -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outlook:
    """R015, R096: how many attempts the calendar still leaves, and before when one must end to keep the others."""

    rights: int  # that the term still gives
    reachable: int  # of them, if everything goes as fast as it can
    finish_before: datetime | None = None  # the next attempt must end before this to keep all rights
    lost: bool = False


def outlook(enrolled: Enrolled, now: datetime) -> Outlook | None:
    """For an open application. None once nothing is left to decide."""
    if enrolled.outcome is not None or enrolled.passed is not None or now >= enrolled.study.end:
        return None
    rights = enrolled.attempts - enrolled.taken
    start = max(now, enrolled.assigned.value)
    if enrolled.attempt is not None:
        start = max(now, enrolled.attempt.available.value)
    reachable = 0 if enrolled.missed is not None else attempts_from(start, enrolled.study.end, rights)
    limit = finish_before(enrolled.study, reachable - 1) if reachable > 1 else None
    return Outlook(rights, reachable, limit, lost=reachable < rights)


# --- the dates, all of them --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dated:
    """One date of the journey: an instant, or a whole day (`at` a date). `why`: the steps that led to it."""

    code: str
    at: datetime | date
    why: Explained | None = None


def dates(facts: Facts) -> tuple[Dated, ...]:
    """What stands in a candidate's calendar, in order. A date that cannot come any more is left out."""
    found: list[Dated] = []
    if facts.enrolled is not None:
        found = _study_dates(facts.enrolled)
    elif facts.entrance is not None and facts.entrance.refused is None:
        found = [Dated("form_last", facts.entrance.schedule.application.last_day)]
    held = facts.held
    if held is not None and not held.revoked:
        found.append(Dated("certificate", held.available.value, held.available))
        if held.viewable is not None:
            found.append(Dated("view_last", held.viewable.last_day))
    elif facts.enrolled is not None and facts.enrolled.passed is not None and held is None:
        found.append(Dated("certificate", facts.enrolled.passed.value, facts.enrolled.passed))
    return tuple(sorted(found, key=lambda one: (_day(one.at), one.code)))


def _study_dates(enrolled: Enrolled) -> list[Dated]:
    """R064, R091, R096: the opening of the training and of the next exam, and the last day of both."""
    if enrolled.outcome is not None or enrolled.passed is not None:
        return []
    found = [
        Dated("training", enrolled.assigned.value, enrolled.assigned),
        Dated("study_last", enrolled.study.last_day),
    ]
    if enrolled.attempt is not None and enrolled.attempt.ends_at is None:
        found.append(Dated("exam", enrolled.attempt.available.value, enrolled.attempt.available))
    return found


def _day(at: datetime | date) -> date:
    return local_date(at) if isinstance(at, datetime) else at
