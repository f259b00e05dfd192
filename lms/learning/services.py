"""Trainings as a candidate sees them, and the reports of players that fill them."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import Actor
from lms.core.calendar import local_date
from lms.core.config import config
from lms.core.errors import Conflict, NotFound
from lms.core.files import files
from lms.courses.models import CourseRelease, Lesson
from lms.courses.queries import current_release
from lms.enrolment.models import Application
from lms.learning import queries, rules
from lms.learning.models import LessonProgress, Training
from lms.learning.rules import Claim, Pulse, Ranges

MEDIA_PATH = "/medya/"
_MEDIA_HOURS = 12
_TRIES = 5


# --- what a candidate sees -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LessonView:
    """A lesson and what was watched of it; seconds."""

    lesson: Lesson
    ranges: Ranges
    watched: int
    position: int

    @property
    def id(self) -> str:
        """The lesson's name in addresses."""
        return self.lesson.code

    @property
    def gaps(self) -> Ranges:
        """What is still open."""
        return rules.gaps(self.ranges, self.lesson.duration)

    @property
    def percent(self) -> int:
        """R074: floored; 100 only when complete."""
        return rules.percent(self.watched, self.lesson.duration)

    @property
    def resume_at(self) -> int:
        """R073."""
        return rules.resume_at(self.ranges, self.position, self.lesson.duration)


@dataclass(frozen=True, slots=True)
class TrainingView:
    """One application's training (R061, R072): its public id is the application's code."""

    application: Application
    release: CourseRelease | None
    lessons: tuple[LessonView, ...]
    status: str
    started_at: datetime | None
    completed_at: datetime | None
    is_open: bool

    @property
    def id(self) -> str:
        """The training's name in addresses."""
        return self.application.code

    @property
    def available_at(self) -> datetime:
        """R064: when it opens."""
        return self.application.assigned_at

    @property
    def closes_at(self) -> datetime:
        """D-13: until when it can be played."""
        return self.application.term.study_to

    @property
    def last_day(self) -> date:
        """The civil day of the last moment in which it can be played."""
        return local_date(self.closes_at - timedelta(microseconds=1))

    @property
    def duration(self) -> int:
        """Seconds of all lessons."""
        return sum(view.lesson.duration for view in self.lessons)

    @property
    def watched(self) -> int:
        """Seconds watched of all lessons."""
        return sum(view.watched for view in self.lessons)

    @property
    def percent(self) -> int:
        """R075: the number that the exam's gate uses."""
        return 100 if self.completed_at else rules.percent(self.watched, self.duration)

    @property
    def next_lesson(self) -> LessonView | None:
        """The first lesson with something open."""
        return next((view for view in self.lessons if view.percent < 100), None)

    def lesson(self, code: str) -> LessonView:
        """The lesson of this code. Errors: NotFound."""
        found = next((view for view in self.lessons if view.lesson.code == code), None)
        if found is None:
            raise NotFound
        return found


def trainings_of(actor: Actor, *, now: datetime, application_code: str | None = None) -> list[TrainingView]:
    """R064, R065, R072, R077: every training of a member, also those not open yet; newest first. An invalid application
    has none, unless it is asked for by its code."""
    rows = queries.trainings(actor.member_id, application_code)
    begun = {training.application_id: training for _, training in rows if training is not None}
    kept = queries.releases({training.release_id for training in begun.values()})
    watched = queries.progress([training.id for training in begun.values()])
    newest: dict[str, CourseRelease | None] = {}
    views = []
    for application, training in rows:
        if application.outcome == "invalid" and application_code is None:
            continue
        if training is not None:
            release: CourseRelease | None = kept[training.release_id]
        else:
            programme = application.term.programme.code
            if programme not in newest:
                newest[programme] = current_release(programme)
            release = newest[programme]
        views.append(_view(application, training, release, watched, now))
    return views


def training_of(actor: Actor, code: str, *, now: datetime) -> TrainingView:
    """The training of one of the member's own applications, whatever became of it. Errors: NotFound."""
    found = trainings_of(actor, now=now, application_code=code)
    if not found:
        raise NotFound
    return found[0]


def training_to_play(actor: Actor, code: str, *, now: datetime) -> TrainingView:
    """As `training_of`, for the player's page: an invalid application has nothing to play (R020, R114). Errors: NotFound."""
    found = training_of(actor, code, now=now)
    if found.application.outcome == "invalid":
        raise NotFound
    return found


def lesson_to_read(actor: Actor, code: str, lesson: str, *, now: datetime) -> tuple[TrainingView, LessonView]:
    """A lesson's other pages, open as long as its film. Errors: NotFound; Conflict training.not_yet, training.closed."""
    training = training_to_play(actor, code, now=now)
    rules.check_access(training.available_at, training.closes_at, training.application.outcome, now)
    return training, training.lesson(lesson)


def _view(
    application: Application,
    training: Training | None,
    release: CourseRelease | None,
    watched: dict[tuple[int, int], LessonProgress],
    now: datetime,
) -> TrainingView:
    lessons = []
    for lesson in release.lessons if release else ():
        row = watched.get((training.id, lesson.id)) if training else None
        ranges = rules.union(row.ranges) if row else ()
        lessons.append(LessonView(lesson, ranges, rules.length(ranges), row.position if row else 0))
    completed_at = training.completed_at if training else None
    return TrainingView(
        application=application,
        release=release,
        lessons=tuple(lessons),
        status=rules.status(application.assigned_at, completed_at, started=training is not None, now=now),
        started_at=training.started_at if training else None,
        completed_at=completed_at,
        is_open=application.assigned_at <= now < application.term.study_to
        and release is not None
        and application.outcome != "invalid",
    )


# --- for features above --------------------------------------------------------------------------------------------------------


def completed_at(application_ids: Collection[int]) -> dict[int, datetime]:
    """R082, R083: the applications whose training is complete, and since when; from that instant attempt 1 exists."""
    return queries.completions(application_ids)


# --- a player's report ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """What a player is told: the lesson's state, and whether this was all that it claimed."""

    watched: int
    percent: int
    training_percent: int
    gaps: Ranges
    completed: bool
    elsewhere: bool
    counted: int  # seconds that this report added

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Answer:
        """From `whole`."""
        return cls(**{**stored, "gaps": tuple((start, end) for start, end in stored["gaps"])})

    def public(self) -> dict[str, Any]:
        """The part that CONTRACT.md names."""
        return {
            "watched": self.watched,
            "percent": self.percent,
            "training_percent": self.training_percent,
            "gaps": [list(gap) for gap in self.gaps],
        }

    def whole(self) -> dict[str, Any]:
        """All of it: what our own player is told, and what the ledger keeps for a repeat."""
        return {**self.public(), "completed": self.completed, "elsewhere": self.elsewhere, "counted": self.counted}


def beat(actor: Actor, training_code: str, lesson_code: str, claim: Claim, *, now: datetime) -> Answer:
    """R069, R073, R074, R082: credit what was really played; at the last second the training is complete, in the same write.

    A session's newest report again: the same answer. An older one: nothing changes. Where the application has ended or the
    training is complete, playing is free and nothing is counted. Errors: NotFound; Conflict training.not_yet,
    training.closed, training.busy (many devices at the same instant).
    """
    for _ in range(_TRIES):
        state = queries.state(actor.member_id, training_code, lesson_code, claim.session)
        if state is None:
            raise NotFound
        rules.check_access(state.assigned_at, state.study_to, state.outcome, now)
        if state.training_id is None:
            if not rules.counts(state.study_from, state.outcome, now):
                return _as_it_stands(state)
            if queries.begin(state.application_id, actor.member_id, state.release_id, now):
                audit.record(Act.TRAINING_STARTED, actor=actor, subject=("application", training_code), now=now)
            continue
        answer = _known_answer(state, claim, now)
        if answer is not None:
            return answer
        answer, values = _judge(state, claim, now)
        if queries.store(values):
            if answer.completed:
                audit.record(Act.TRAINING_COMPLETED, actor=actor, subject=("application", training_code), now=now)
            return answer
    raise Conflict("training.busy")


def beat_at_once(
    training_code: str, lesson_code: str, claim: Claim, *, log_in: Mapping[str, object], now: datetime
) -> Answer | None:
    """The same for a log-in that nobody has looked up yet, on PostgreSQL: log-in, ownership, time, credit and the union in one
    statement that is its own transaction. `log_in` is membership's `live_member_values`.

    None: not taken, for whatever reason (also a session's first report, and the one that completes a training: they leave
    more than a beat); `beat` does it or names why not.
    """
    answer = queries.credit_at_once(log_in, training_code, lesson_code, claim, now)
    return None if answer is None else Answer.of(answer)


def _known_answer(state: Any, claim: Claim, now: datetime) -> Answer | None:
    """The answer to a report that changes nothing, or None."""
    if state.seq is not None and claim.seq <= state.seq:
        if claim.seq == state.seq and state.beat_lesson_id == state.lesson_id:
            return Answer.of(state.answer)
        return _as_it_stands(state)
    if state.completed_at is not None or not rules.counts(state.study_from, state.outcome, now):
        return _as_it_stands(state)
    return None


def _as_it_stands(state: Any) -> Answer:
    return _answer(state, rules.union(state.ranges or ()), completed=state.completed_at is not None)


def _answer(state: Any, ranges: Ranges, *, completed: bool, elsewhere: bool = False, counted: int = 0) -> Answer:
    return Answer(
        watched=rules.length(ranges),
        percent=rules.percent(rules.length(ranges), state.duration),
        training_percent=100 if completed else rules.percent(state.watched_total + counted, state.total),
        gaps=rules.gaps(ranges, state.duration),
        completed=completed,
        elsewhere=elsewhere,
        counted=counted,
    )


def _judge(state: Any, claim: Claim, now: datetime) -> tuple[Answer, dict[str, Any]]:
    """The answer, and what is to be stored for it."""
    watched = rules.union(state.ranges or ())
    seen = Pulse(state.last_beat_at, state.slack_ms, state.session)
    verdict = rules.credit(claim, watched, state.duration, seen, opening=state.seq is None, now=now)
    ranges = rules.union(watched, verdict.credited)
    counted = rules.length(verdict.credited)
    complete = state.watched_total + counted == state.total
    answer = _answer(state, ranges, completed=complete, elsewhere=verdict.elsewhere, counted=counted)
    values = {
            "member": state.member_id, "training": state.training_id, "lesson": state.lesson_id, "now": now,
            "at": verdict.pulse.at, "slack": verdict.pulse.slack_ms, "session": claim.session, "seq": claim.seq,
            "seen_at": seen.at, "seen_slack": seen.slack_ms, "seen_session": seen.session,
            "claimed": [list(r) for r in claim.played], "credited": [list(r) for r in verdict.credited], "answer": answer.whole(),
            "ranges": [list(r) for r in ranges], "watched": answer.watched, "position": min(claim.position, state.duration),
            "complete": complete,
    }  # fmt: skip
    return answer, values


# --- media: addresses that are signed and expire -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where a lesson teaches some slides (by lesson code and slide id): what to watch again."""

    lesson: Lesson
    second: int
    slide: str
    of: frozenset[tuple[str, str | None]]


def places(application_id: int, taught_by: Collection[tuple[str, str | None]]) -> list[Place]:
    """Lesson and second of slides in the applicant's own release, in the order of the course; what it lacks is left out."""
    found: dict[tuple[int, int], Place] = {}
    for lesson in queries.taught(application_id, {code for code, _ in taught_by}):
        for code, slide in taught_by:
            if code == lesson.code:
                second, title = rules.slide_in(lesson.transcript, slide)
                before = found.get((lesson.ordinal, second))
                of = frozenset({(code, slide)}) | (before.of if before else frozenset())
                found[lesson.ordinal, second] = Place(lesson, second, title, of)
    return [found[key] for key in sorted(found)]


def media_url(key: str, *, wall: datetime) -> str:
    """The address of a film, caption file or poster, good for half a day of real time."""
    hour = (
        int((wall + timedelta(hours=_MEDIA_HOURS)).timestamp()) // 3600 * 3600
    )  # the same address for an hour: caches work
    return f"{MEDIA_PATH}{key}?{urlencode({'son': hour, 'imza': _signature(key, hour)})}"


def media_file(key: str, until: int, signature: str, *, wall: datetime) -> Path:
    """The file behind a signed address. Errors: NotFound for one that we did not sign, that expired, or whose file is gone."""
    if not hmac.compare_digest(_signature(key, until).encode(), signature.encode()) or wall.timestamp() >= until:
        raise NotFound
    path = files().path(key)
    if not path.is_file():
        raise NotFound
    return path


def _signature(key: str, until: int) -> str:
    message = f"media|{key}|{until}".encode()
    return hmac.new(config().secret_key.encode(), message, sha256).hexdigest()[:40]
