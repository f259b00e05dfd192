"""Reading course releases."""

from sqlalchemy import select

from lms.core.db import db
from lms.courses.models import CourseRelease


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
