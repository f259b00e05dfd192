"""What follows a publication: the course is built anew, in the background and in sight."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.db import Key, Model
from lms.documents.models import Publication
from lms.editorial.rules import BuildState


class CourseBuild(Model):
    """The building of what one publication changed in the lessons: ``done`` of ``total`` lessons stand ready.

    ``effective``: the civil day on which the new release becomes the current one; None = as soon as it stands.
    """

    __tablename__ = "course_build"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(state.value) for state in BuildState)})", name="state"),
        CheckConstraint("done BETWEEN 0 AND total", name="done"),
    )

    id: Mapped[Key]
    publication_id: Mapped[int] = mapped_column(ForeignKey("document_publication.id"), unique=True)
    publication: Mapped[Publication] = relationship(lazy="joined", innerjoin=True)
    state: Mapped[str] = mapped_column(String(10), index=True)
    done: Mapped[int]
    total: Mapped[int]
    what: Mapped[str] = mapped_column(String(200))
    fault: Mapped[str] = mapped_column(Text)
    effective: Mapped[date | None]
    asked_at: Mapped[datetime]
    changed_at: Mapped[datetime]
