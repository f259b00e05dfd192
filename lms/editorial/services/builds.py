"""After a publication: the lessons that changed become films again, one lesson at a time, then one new release."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import update

from lms.audit import services as audit
from lms.audit.rules import Act
from lms.core.access import Actor
from lms.core.calendar import local_date
from lms.core.db import db
from lms.core.errors import Conflict
from lms.courses import services as courses
from lms.documents import services as documents
from lms.documents.models import Publication
from lms.editorial import queries
from lms.editorial.models import CourseBuild
from lms.editorial.rules import OPEN, BuildState

if TYPE_CHECKING:
    from lms.courses.build.pipeline import Built


@dataclass(frozen=True, slots=True)
class Step:
    """What one go of the job made: lessons still missing, and all of them built when none is."""

    left: int
    title: str
    built: dict[str, list[Built]] | None


def claim(now: datetime) -> CourseBuild | None:
    """The newest build that is not over; those before it are its own now."""
    builds = queries.open_builds()
    if not builds:
        return None
    newest, *older = builds
    for build in older:
        _set(build, now, state=BuildState.OUTRUN)
    if newest.state == BuildState.READY and not _due(newest, now):
        return None
    if newest.state != BuildState.RUNNING:
        _set(newest, now, state=BuildState.RUNNING)
    return newest


def ask(publication: Publication, effective: date | None, *, now: datetime) -> None:
    """A build for what was just published. What an earlier publication keeps for a day to come is kept with it."""
    waiting = [build.effective for build in queries.open_builds() if build.effective and not _due(build, now)]
    days = [*waiting, *([effective] if effective and effective > local_date(now) else [])]
    row = CourseBuild(
        publication_id=publication.id, state=BuildState.WAITING, done=0, total=0, what="", fault="",
        effective=max(days, default=None), asked_at=now, changed_at=now,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()


def _due(build: CourseBuild, now: datetime) -> bool:
    return build.effective is None or build.effective <= local_date(now)


def advance(build_id: int, step: Step, *, now: datetime) -> None:
    """Note how far it is; when nothing is missing, publish the release."""
    build = db.session.get_one(CourseBuild, build_id)
    if build.state != BuildState.RUNNING:
        return
    total = max(build.total, build.done + step.left + bool(step.title))
    _set(build, now, total=total, done=total - step.left, what=step.title)
    if build.publication.number != documents.number():  # files were taken in meanwhile, with a release of their own
        _set(build, now, state=BuildState.OUTRUN)
    elif step.built is not None and not _due(build, now):
        _set(build, now, state=BuildState.READY, what="")
    elif step.built is not None:
        courses.publish(step.built, now=now)
        _set(build, now, state=BuildState.DONE, what="")


def fail(build_id: int, fault: str, *, now: datetime) -> None:
    """It cannot be built: what is wrong is shown, and the release before stays."""
    build = db.session.get_one(CourseBuild, build_id)
    if build.state in OPEN:
        _set(build, now, state=BuildState.FAILED, fault=fault[:4000])


def retry(build_id: int, *, actor: Actor, now: datetime) -> None:
    """Try once more what failed."""
    build = db.session.get(CourseBuild, build_id)
    if build is None or build.state != BuildState.FAILED:
        raise Conflict("documents.moved")
    data = {"fault": build.fault[:500]}
    _set(build, now, state=BuildState.WAITING, fault="", done=0, total=0)
    subject = ("publication", build.publication.code)
    audit.record(Act.COURSE_BUILD_RETRIED, actor=actor, subject=subject, data=data, now=now)


def _set(build: CourseBuild, now: datetime, **values: object) -> None:
    db.session.execute(update(CourseBuild).where(CourseBuild.id == build.id).values(changed_at=now, **values))
    db.session.refresh(build)
