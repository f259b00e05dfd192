"""Lessons from authored files to what a candidate watches: check, build, publish. A fault anywhere stops it before anything changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import Actor
from lms.core.errors import Conflict, Invalid, NotFound
from lms.core.files import files
from lms.core.sources import Documents, folders_in
from lms.courses import loader, queries
from lms.courses.build import recording
from lms.courses.formats.course import lessons_of, read_course
from lms.courses.models import CourseRelease, Lesson
from lms.courses.rules.captions import webvtt
from lms.courses.rules.lesson import Course
from lms.courses.rules.recording import MAX_VIDEO, Film, NamedCue, read_captions, transcript
from lms.tariff import services as tariffs
from lms.tariff.loader import load as load_tariffs
from lms.tariff.rules.standing import standing
from lms.tariff.rules.versions import RuleText

if TYPE_CHECKING:
    from lms.courses.build.pipeline import Built, Progress


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


# --- a recorded video in place of the built one ----------------------------------------------------------------------------------


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


def record(programme: str, code: str, made: Recording, *, actor: Actor, now: datetime) -> CourseRelease:
    """R079: a new release in which this lesson shows the uploaded film; started candidates keep theirs. Errors: NotFound."""
    old = lesson_now(programme, code)
    lesson = loader.copied(old)
    captions = webvtt(one.cue for one in made.cues)
    film = {
        "video_key": files().take("lessons", made.video, made.film.suffix),
        "captions_key": files().put("lessons", captions.encode(), ".vtt"),
        "poster_key": files().take("lessons", made.poster, ".jpg"),
        "duration": made.film.duration // 1000,
        "transcript": transcript(made.cues, lesson.slides, lesson.title, made.film.duration),
        "citations": [one for one in lesson.citations if not one["place"].startswith("narration/")],
    }
    loader.put_film(lesson, film, {"sha256": made.sha256, "by": actor.label, "at": now.isoformat()})
    release = loader.replace(old.release, lesson, now)
    data = {"programme": programme, "seconds": lesson.duration, "sha256": made.sha256}
    audit.record(Act.LESSON_RECORDED, actor=actor, subject=("lesson", code), now=now, data=data)
    return release


def withdraw_recording(programme: str, code: str, *, actor: Actor, now: datetime) -> CourseRelease:
    """R079: a release in which the lesson shows again what was built. Errors: NotFound; Conflict recording.none."""
    old = lesson_now(programme, code)
    if old.recorded is None:
        raise Conflict("recording.none")
    lesson = loader.copied(old)
    loader.put_film(lesson, old.recorded["built"], None)
    release = loader.replace(old.release, lesson, now)
    audit.record(
        Act.LESSON_RECORDING_WITHDRAWN, actor=actor, subject=("lesson", code), now=now, data={"programme": programme}
    )
    return release
