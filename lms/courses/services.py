"""Lessons from authored files to what a candidate watches: check, build, publish. A fault anywhere stops it before anything changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import Actor
from lms.core.codes import new_code
from lms.core.db import db, insert_ignore
from lms.core.errors import Conflict, Invalid, NotFound
from lms.core.files import files
from lms.core.sources import Documents, folders_in
from lms.courses import loader, queries
from lms.courses.build import recording
from lms.courses.formats.course import lessons_of, read_course
from lms.courses.models import CourseRelease, Lesson, RecordingProposal
from lms.courses.rules.captions import Cue, webvtt
from lms.courses.rules.lesson import Course
from lms.courses.rules.recording import MAX_VIDEO, Film, NamedCue, read_captions, transcript
from lms.tariff import services as tariffs
from lms.tariff.loader import load as load_tariffs
from lms.tariff.rules.standing import standing
from lms.tariff.rules.versions import RuleText

if TYPE_CHECKING:
    from lms.courses.build.pipeline import Built, Progress


UNUSED = timedelta(days=7)
"""So long is kept what was built and is of no use any more."""


@dataclass(frozen=True, slots=True)
class Published:
    """A release as it stands, and whether this import made it."""

    release: CourseRelease
    fresh: bool


def programmes(documents: Documents) -> list[str]:
    """The programmes that have lessons."""
    found = folders_in(documents, "content/programmes")
    return [programme for programme in found if f"{lessons_of(programme)}/course.yaml" in documents]


def check(documents: Documents) -> list[Course]:
    """Every course, with what its references to the tariffs give. Errors: BrokenSource with every fault."""
    catalogue = load_tariffs(documents)
    return [read_course(documents, programme, catalogue) for programme in programmes(documents)]


def build(documents: Documents, out: Path, progress: Progress | None = None) -> dict[str, list[Built]]:
    """Check, then build what changed; by programme."""
    from lms.courses.build import pipeline  # noqa: PLC0415 - pictures, voice and film: a web server never builds

    return {course.programme: pipeline.build(course, documents, out, progress) for course in check(documents)}


def prune(built: dict[str, list[Built]], out: Path, *, before: datetime) -> tuple[int, int]:
    """Delete what was built before this instant (real time) and is of no use to these; how many lessons and parts."""
    from lms.courses.build import pruning  # noqa: PLC0415 - as above

    return pruning.prune(out, [lesson.folder for lessons in built.values() for lesson in lessons], before)


def build_one(documents: Documents, out: Path) -> tuple[int, str]:
    """Check, then build one lesson that is missing: how many still are, and the title of the one that was made ("")."""
    from lms.courses.build import pipeline  # noqa: PLC0415 - as above

    courses = check(documents)
    title = next(filter(None, (pipeline.build_one(course, documents, out) for course in courses)), "")
    return sum(len(pipeline.missing(course, documents, out)) for course in courses), title


def publish(built: dict[str, list[Built]], *, now: datetime) -> list[Published]:
    """R079: make what was built the current release of each programme; started candidates keep theirs."""
    return [
        Published(*loader.load(programme, [loader.Source(lesson.facts, lesson.folder) for lesson in lessons], now))
        for programme, lessons in built.items()
    ]


def historical(lesson: Lesson, today: date) -> list[RuleText]:
    """The rule texts whose numbers a lesson shows although a later one has taken their place."""
    catalogue = tariffs.catalogue()
    found: dict[str, RuleText] = {}
    for one in lesson.citations:
        text = catalogue.rule_text(one["address"].partition(":")[0])
        if text and standing(one["address"], one["shown"], catalogue, today).kind.startswith("superseded"):
            found[text.id] = text
    return list(found.values())


# --- a recorded video in place of the built one: one person proposes, another publishes ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Recording:
    """An uploaded film that passed every check; its files wait to be taken over."""

    film: Film
    video: Path
    poster: Path
    cues: list[NamedCue]
    sha256: str


def lesson_now(programme: str, code: str) -> Lesson:
    """A lesson of the current release. Errors: NotFound."""
    release = queries.current_release(programme)
    found = next((lesson for lesson in release.lessons if lesson.code == code), None) if release else None
    if found is None:
        raise NotFound
    return found


def prepare_recording(video: Path, captions: bytes, folder: Path) -> Recording:
    """Check an uploaded film and its captions, without the database: it takes its time. Errors: recording.*, captions.*."""
    if not 0 < video.stat().st_size <= MAX_VIDEO:
        raise Invalid("recording.too_big" if video.stat().st_size else "recording.empty", most=MAX_VIDEO // 1_000_000)
    film, copy, poster = recording.inspect(video, folder)
    cues = read_captions(captions, film.duration)
    with copy.open("rb") as data:
        return Recording(film, copy, poster, cues, file_digest(data, "sha256").hexdigest())


def propose_recording(programme: str, code: str, made: Recording, *, actor: Actor, now: datetime) -> RecordingProposal:
    """Keep a checked film until a second person publishes it. Errors: NotFound; Conflict recording.proposed."""
    lesson_now(programme, code)
    if waiting := queries.open_proposal(programme, code):
        raise _waiting(waiting)
    film = {
        "video_key": files().take("lessons", made.video, made.film.suffix),
        "captions_key": files().put("lessons", webvtt(one.cue for one in made.cues).encode(), ".vtt"),
        "poster_key": files().take("lessons", made.poster, ".jpg"),
        "duration": made.film.duration,
        "sha256": made.sha256,
        "cues": [[one.name, one.cue.start, one.cue.end, one.cue.text] for one in made.cues],
    }
    return _propose(programme, code, film, actor=actor, now=now)


def propose_withdrawal(programme: str, code: str, *, actor: Actor, now: datetime) -> RecordingProposal:
    """Ask that the lesson shows again what was built. Errors: NotFound; Conflict recording.none, recording.proposed."""
    if lesson_now(programme, code).recorded is None:
        raise Conflict("recording.none")
    return _propose(programme, code, None, actor=actor, now=now)


def _propose(
    programme: str, code: str, film: dict[str, Any] | None, *, actor: Actor, now: datetime
) -> RecordingProposal:
    proposal = new_code(20)
    row = {
        "code": proposal, "programme_code": programme, "lesson_code": code, "state": "proposed", "film": film,
        "author_code": actor.code, "author_label": actor.label, "proposed_at": now,
    }  # fmt: skip
    if not insert_ignore(RecordingProposal, [row]):
        first = queries.open_proposal(programme, code)
        raise _waiting(first) if first else Conflict("recording.none")
    data = {"programme": programme, "sha256": film["sha256"] if film else None}
    audit.record(Act.LESSON_RECORDING_PROPOSED, actor=actor, subject=("lesson", code), now=now, data=data)
    return queries.proposal(proposal)


def _waiting(first: RecordingProposal) -> Conflict:
    return Conflict("recording.proposed", by=first.author_label, at=first.proposed_at)


def publish_proposal(code: str, *, actor: Actor, now: datetime) -> CourseRelease:
    """R079: what another person proposed becomes a new release; started candidates keep theirs.

    Errors: NotFound; Conflict recording.own, recording.decided, recording.none.
    """
    row = queries.proposal(code)
    if row.author_code == actor.code:
        raise Conflict("recording.own")
    _claim(row, "published", None, actor, now)
    old = lesson_now(row.programme_code, row.lesson_code)
    lesson = loader.copied(old)
    if row.film is None:
        if old.recorded is None:
            raise Conflict("recording.none")
        loader.put_film(lesson, old.recorded["built"], None)
    else:
        recorded = {"sha256": row.film["sha256"], "by": row.author_label, "at": now.isoformat()}
        loader.put_film(lesson, _film(row.film, lesson), recorded)
    release = loader.replace(old.release, lesson, now)
    act = Act.LESSON_RECORDED if row.film else Act.LESSON_RECORDING_WITHDRAWN
    data = {"programme": row.programme_code, "proposed_by": row.author_label, "seconds": lesson.duration}
    audit.record(act, actor=actor, subject=("lesson", row.lesson_code), now=now, data=data)
    return release


def return_proposal(code: str, *, reason: str, actor: Actor, now: datetime) -> RecordingProposal:
    """Not published: returned with a reason by another person, or taken back by its author. Errors: Conflict recording.decided."""
    row = queries.proposal(code)
    _claim(row, "returned", reason.strip() or None, actor, now)
    data = {"programme": row.programme_code, "reason": row.reason}
    audit.record(Act.LESSON_RECORDING_RETURNED, actor=actor, subject=("lesson", row.lesson_code), now=now, data=data)
    return row


def forget_film(row: RecordingProposal) -> None:
    """The files of a film that is not published, once that is stored."""
    for name in ("video_key", "captions_key", "poster_key"):
        if row.film:
            files().delete(row.film[name])


def _film(film: dict[str, Any], lesson: Lesson) -> dict[str, Any]:
    """The columns of a lesson that shows this film; its text follows from the captions, under the lesson's slides."""
    cues = [NamedCue(name, Cue(start, end, text)) for name, start, end, text in film["cues"]]
    return {
        **{name: film[name] for name in ("video_key", "captions_key", "poster_key")},
        "duration": film["duration"] // 1000,
        "transcript": transcript(cues, lesson.slides, lesson.title, film["duration"]),
        "citations": [one for one in lesson.citations if not one["place"].startswith("narration/")],
    }


def _claim(row: RecordingProposal, state: str, reason: str | None, actor: Actor, now: datetime) -> None:
    """Decide it if nobody has: the database decides between two at once; the later one is told who was first and when."""
    changed = db.session.execute(
        update(RecordingProposal)
        .where(RecordingProposal.id == row.id, RecordingProposal.state == "proposed")
        .values(state=state, reason=reason, decided_code=actor.code, decided_label=actor.label, decided_at=now)
        .returning(RecordingProposal.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.refresh(row)
    if changed is None:
        raise Conflict("recording.decided", by=row.decided_label, at=row.decided_at)
