"""Reading what was kept out."""

from collections.abc import Sequence

from sqlalchemy import func, select

from lms.attachments.models import RefusedUpload
from lms.core.db import db

PAGE = 50


def refused(page: int, reason: str | None = None) -> tuple[Sequence[RefusedUpload], int]:
    """One page of refused files, newest first, and how many pages there are."""
    rows = select(RefusedUpload)
    if reason is not None:
        rows = rows.where(RefusedUpload.reason == reason)
    number = db.session.scalar(select(func.count()).select_from(rows.subquery())) or 0
    found = rows.order_by(RefusedUpload.id.desc()).limit(PAGE).offset((page - 1) * PAGE)
    return db.session.scalars(found).all(), max(1, -(-number // PAGE))


def reasons() -> dict[str, int]:
    """For each reason how many files were refused."""
    rows = select(RefusedUpload.reason, func.count()).group_by(RefusedUpload.reason).order_by(RefusedUpload.reason)
    return dict(db.session.execute(rows).all())
