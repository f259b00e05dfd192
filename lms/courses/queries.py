"""Reading course releases."""

from collections.abc import Sequence

from sqlalchemy import select

from lms.core.db import db
from lms.core.errors import NotFound
from lms.courses.models import CourseRelease, RecordingProposal


def current_release(programme_code: str) -> CourseRelease | None:
    """The state of a programme's lessons that a new assignment gets (R079): the one published last."""
    newest = select(CourseRelease).where(CourseRelease.programme_code == programme_code)
    return db.session.scalars(
        newest.order_by(CourseRelease.published_at.desc(), CourseRelease.id.desc()).limit(1)
    ).first()


def current_releases() -> list[CourseRelease]:
    """The current release of every programme that has one."""
    codes = db.session.scalars(select(CourseRelease.programme_code).distinct().order_by(CourseRelease.programme_code))
    return [release for code in codes if (release := current_release(code))]


def release_with(programme_code: str, content_hash: str) -> CourseRelease | None:
    """The release that holds exactly this content."""
    found = select(CourseRelease).where(
        CourseRelease.programme_code == programme_code, CourseRelease.content_hash == content_hash
    )
    return db.session.scalars(found).one_or_none()


def open_proposals(most: int = 100) -> Sequence[RecordingProposal]:
    """The films that wait for a second person, oldest first."""
    waiting = select(RecordingProposal).where(RecordingProposal.state == "proposed")
    return db.session.scalars(waiting.order_by(RecordingProposal.proposed_at).limit(most)).all()


def open_proposal(programme: str, lesson: str) -> RecordingProposal | None:
    """What waits for a lesson."""
    return db.session.scalars(
        select(RecordingProposal).where(
            RecordingProposal.programme_code == programme,
            RecordingProposal.lesson_code == lesson,
            RecordingProposal.state == "proposed",
        )
    ).one_or_none()


def proposal(code: str) -> RecordingProposal:
    """A proposal by its code. Errors: NotFound."""
    found = db.session.scalars(select(RecordingProposal).where(RecordingProposal.code == code)).one_or_none()
    if found is None:
        raise NotFound
    return found


def last_returned(programme: str, lesson: str) -> RecordingProposal | None:
    """The last proposal for a lesson, if it was returned: its author reads why."""
    last = db.session.scalars(
        select(RecordingProposal)
        .where(RecordingProposal.programme_code == programme, RecordingProposal.lesson_code == lesson)
        .order_by(RecordingProposal.id.desc())
        .limit(1)
    ).first()
    return last if last is not None and last.state == "returned" else None
