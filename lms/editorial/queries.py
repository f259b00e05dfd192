"""Reading the builds."""

from collections.abc import Sequence

from sqlalchemy import select

from lms.core.db import db
from lms.editorial.models import CourseBuild
from lms.editorial.rules import OPEN


def open_builds() -> Sequence[CourseBuild]:
    """The builds that are not over, the newest first."""
    rows = select(CourseBuild).where(CourseBuild.state.in_(OPEN)).order_by(CourseBuild.publication_id.desc())
    return db.session.scalars(rows).all()


def latest_builds(most: int = 20) -> Sequence[CourseBuild]:
    """The last builds, newest first."""
    return db.session.scalars(select(CourseBuild).order_by(CourseBuild.publication_id.desc()).limit(most)).all()
