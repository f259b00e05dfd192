"""What the desk has done in the background."""

from __future__ import annotations

import logging
from datetime import datetime

from lms.core import clock
from lms.core.db import release, transaction
from lms.courses import services as courses
from lms.documents import services as documents
from lms.editorial.services import builds, files
from lms.editorial.services.builds import Step

log = logging.getLogger(__name__)


def rebuild(now: datetime) -> int:
    """Build one changed lesson, or publish the release when none is missing: the other jobs get their turn in between.

    Safe to run twice or in two processes: a lesson's folder gets its name only when it is complete.
    """
    with transaction():
        build = builds.claim(now)
        if build is None:
            return 0
        key = build.id
    texts = documents.published()
    release()
    try:
        left, title = courses.build_one(texts, files.BUILT)
        built = None if left else courses.build(texts, files.BUILT)
    except Exception as error:
        log.exception("the course could not be built")
        with transaction():
            builds.fail(key, str(error) or type(error).__name__, now=now)
        return -1
    with transaction():
        builds.advance(key, Step(left, title, built), now=now)
    if built:
        courses.prune(built, files.BUILT, before=clock.wall() - courses.UNUSED)
    return 1
